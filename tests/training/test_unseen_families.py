"""What is found of families that were never trained on, and when that may stand in a released card."""

import re
from pathlib import Path
from typing import Any

import pytest

from tallyscan.detect.card import ModelCard, read_card
from tallyscan.finding import ANOMALY_FAMILIES
from tests.tiny_model import tiny_card, write_tiny_models_dir
from tests.training.observations import anomaly, candidate, seen
from training.unseen_families import FEWEST_POSITIVES, FIGURE, copy_figure, left_out, unseen_figures

SCRIPT = Path(__file__).parents[2] / "training" / "runs" / "without_families.sh"


def card(**trained_on: Any) -> ModelCard:
    return tiny_card("0" * 64).model_copy(update={"trained_on": trained_on})


def test_a_family_is_left_out_only_if_no_model_before_was_shown_it() -> None:
    both = ["void", "cash_gold"]
    assert left_out(card()) == ()
    assert left_out(card(without_families=both, started_from=None)) == ("cash_gold", "void")
    before = {"trained_on": {"without_families": ["void"], "started_from": None}}
    assert left_out(card(without_families=both, started_from=before)) == ("void",)
    assert left_out(card(without_families=both, started_from={"trained_on": {}})) == ()


def test_the_figure_says_what_it_rests_on() -> None:
    benign = [seen(0.01 * i) for i in range(100)]
    faint = seen(0.98, anomalies=[anomaly("void", contrast=2.0)], candidates=[candidate(0.98)])
    missed = seen(0.98, anomalies=[anomaly("void")], candidates=[candidate(0.98, x=300.0)])
    known = seen(0.98, anomalies=[anomaly("cash_gold")], candidates=[candidate(0.98)])
    figure = unseen_figures(card(without_families=["void"], steps=16_000), [faint, missed, known], benign)
    assert (figure["families"], figure["steps"], figure["positives"]) == (["void"], 16_000, 2)
    assert (figure["benign_scans"], figure["at"]) == (100, 0.05)
    assert figure["detected"][3:] == [1, 2]
    assert figure["contrast_5_and_over"][3:] == [0, 1]
    assert figure["by_family"]["void"][3:] == [1, 2]


def test_it_is_copied_only_where_enough_was_measured(tmp_path: Path) -> None:
    write_tiny_models_dir(tmp_path)
    released = tmp_path / "tiny" / "1"
    with pytest.raises(ValueError, match=f"rests on {FEWEST_POSITIVES - 1}"):
        copy_figure({"positives": FEWEST_POSITIVES - 1}, released)
    assert FIGURE not in read_card(released).figures
    copy_figure({"positives": FEWEST_POSITIVES, "steps": 9}, released)
    assert read_card(released).figures[FIGURE] == {"positives": FEWEST_POSITIVES, "steps": 9}


def test_the_one_command_asks_for_enough_and_leaves_out_what_there_is() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    left_out_families = re.search(r"--without-families (.+)", text)
    assert left_out_families
    assert len(set(left_out_families[1].split()) & set(ANOMALY_FAMILIES)) == 3
    asked = re.search(r'--unseen "\$\{SCANS:-(\d+)\}"', text)
    assert asked
    assert int(asked[1]) >= FEWEST_POSITIVES
