"""The command that calibrates and tests a model, on coarse scans with a small model."""

import re
from pathlib import Path
from typing import Any

import pytest

from tallyscan.detect.card import ModelCard, read_card, write_card
from tests.test_docs import section
from tests.tiny_model import tiny_card, write_tiny_model
from tests.training.observations import Observation, anomaly, candidate, said_unit, seen, true_unit
from training import evaluate as module
from training import observe
from training.evaluate import TEST_PLANS, held_out_figures, sets_of
from training.simulate.scanner import Rng, Scanner, at_pitch, draw_scanner
from training.unseen_families import FIGURE

CARD: ModelCard = tiny_card("0" * 64)


def hidden(kind: str, *, found: bool) -> Observation:
    things = [anomaly("vehicles_engines", kind=kind)]
    return seen(0.99, anomalies=things, candidates=[candidate(0.99, x=10.0 if found else 300.0)])


def observations_of_every_plan() -> dict[str, list[Observation]]:
    loaded, empty = (true_unit(), said_unit()), (true_unit(empty=True), said_unit(empty=0.9))
    return {
        "benign": [seen(0.009 * i, units=[loaded]) for i in range(100)],
        "anomaly": [hidden("car", found=True) | {"overlap": {"regions": 0, "by_score": []}}],
        "small_metallic": [hidden("pistol", found=True)],
        "concealed_vehicles": [hidden("car", found=True), hidden("engine", found=False), hidden("car", found=False)],
        "empty": [seen(0.1, units=[empty])],
        "tiny_load": [seen(0.1, units=[(true_unit(300.0), said_unit(empty=0.4))])],
        "declared": [seen(0.1, units=[loaded], declared=("textiles_garments",))],
    }  # fmt: skip


def test_only_cars_count_as_concealed_vehicles() -> None:
    figures = held_out_figures(CARD, observations_of_every_plan())
    row = figures["rows"]["concealed_cars_at_0.2_percent"]
    assert row["detected"][3:] == [1, 2]
    assert (row["positives"], row["benign_scans"]) == (2, 100)


def test_every_figure_is_described() -> None:
    """And nothing that is not there: the page has R for a false alarm rate."""
    figures = held_out_figures(CARD, observations_of_every_plan())
    names = {re.sub(r"_at_[\d.]+$", "_at_R", name) for name in figures}
    tables = section("docs/reference/model-card.md", "figures").split("| figure of ")
    (table,) = (table for table in tables if table.startswith("`held_out_simulation`"))
    first = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", table, re.MULTILINE)
    assert {name for cell in first for name in re.findall(r"`([^`]+)`", cell)} == names


def test_every_plan_gets_its_share_and_one_scan_at_the_least() -> None:
    sets = sets_of(TEST_PLANS, 100, 7, held_out=True)
    assert {chosen.plan: count for chosen, count in sets.items()} == {
        plan: round(100 * share) for plan, share in TEST_PLANS.items()
    }
    assert set(sets_of(TEST_PLANS, 1, 7, held_out=True).values()) == {1}
    assert sum(TEST_PLANS.values()) == pytest.approx(1.0)


@pytest.fixture
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    def coarse_scanner(rng: Rng, **asked: Any) -> Scanner:
        return at_pitch(draw_scanner(rng, **asked), 20.0, 20.0)

    monkeypatch.setattr(observe, "draw_scanner", coarse_scanner)


def evaluated(monkeypatch: pytest.MonkeyPatch, model: Path, work: Path, *more: str) -> ModelCard:
    words = ["evaluate", "--model", str(model), "--work", str(work), *more]
    monkeypatch.setattr("sys.argv", words)
    module.main()
    return read_card(model)


@pytest.mark.usefixtures("_coarse")
def test_families_that_were_left_out_are_measured_by_themselves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = write_tiny_model(tmp_path / "run" / "tiny" / "1")
    with pytest.raises(SystemExit, match="every family"):
        evaluated(monkeypatch, model, tmp_path, "--unseen", "4")
    trained_on = {"without_families": ["cash_gold", "void"], "steps": 12, "started_from": None}
    write_card(model, read_card(model).model_copy(update={"trained_on": trained_on}))
    figure = evaluated(monkeypatch, model, tmp_path, "--unseen", "4").figures[FIGURE]
    assert (figure["positives"], figure["steps"]) == (4, 12)
    assert {name: rate[4] for name, rate in figure["by_family"].items()} == {"cash_gold": 2, "void": 2}
    with pytest.raises(SystemExit, match="300 or more"):
        evaluated(monkeypatch, model, tmp_path, "--unseen", "4", "--figures-into", str(model))


def test_the_pipeline_can_be_measured_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_tiny_model(tmp_path / "run" / "tiny" / "1")
    measured = {"seconds": 0.51234, "peak_memory_mb": 512.0}
    monkeypatch.setattr(module, "pipeline_figures", lambda _: measured)
    assert evaluated(monkeypatch, model, tmp_path, "--pipeline").figures["pipeline"]["seconds"] == 0.5123
    assert "| at most 0.60 s | 0.51 s | yes |" in capsys.readouterr().out
