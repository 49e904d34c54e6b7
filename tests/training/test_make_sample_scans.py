"""The sample cases are drawn as they are described, and old ones go."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tallyscan.declaration import Declaration
from tallyscan.reconcile.rules import RULES
from training import make_sample_scans as module
from training import sample_series
from training.make_sample_scans import CASES, SERIES, Case, drawn, list_of_cases, wish, without_old_cases
from training.sample_declarations import WRONG_PAPERS
from training.sample_series import lot, same_lorry
from training.simulate.scanner import Scanner, at_pitch

SAMPLES = Path(__file__).parents[2] / "sample_scans"


@pytest.fixture(autouse=True)
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    def coarse(scanner: Scanner, _along: float, _across: float) -> Scanner:
        return at_pitch(scanner, 20.0, 20.0)

    for part in (module, sample_series):
        monkeypatch.setattr(part, "at_pitch", coarse)


def test_a_case_shows_what_it_says_and_is_the_same_again() -> None:
    case = next(case for case in CASES if case.wish.families == ("false_wall",))
    scan = drawn(case, CASES.index(case))
    assert [anomaly["family"] for anomaly in scan.truth["anomalies"]] == ["false_wall"]
    assert (scan.pixels == drawn(case, CASES.index(case)).pixels).all()


def test_a_case_that_cannot_show_what_it_says_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no insulation to hide anything in."""
    monkeypatch.setattr(module, "MOST_ATTEMPTS", 2)
    case = Case("99-nowhere", "nothing", wish("open_wagon", "empty", None, "reefer_insulation"))
    with pytest.raises(ValueError, match="99-nowhere should hide"):
        drawn(case, 99)


def test_cases_that_are_no_longer_in_the_list_go_and_nothing_else(tmp_path: Path) -> None:
    kept = (CASES[0].name, "15-unreadable-black", SERIES[0].name)
    for name in (*kept, "00-old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}-01.expected.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("# Sample scans\n")
    without_old_cases(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "notes", "README.md"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_that_should_show_something_has_it_in_its_truth(case: Case) -> None:
    truth = json.loads((SAMPLES / case.name / "scan.expected.json").read_text(encoding="utf-8"))
    assert [anomaly["family"] for anomaly in truth["anomalies"]] == list(case.wish.families or ())


def beside(series: str, ending: str) -> list[dict[str, Any]]:
    """Documents of one kind of the committed scans of a series, in their order."""
    paths = sorted((SAMPLES / series).glob(f"*.{ending}"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def test_the_readme_lists_every_case_in_order_with_what_it_shows() -> None:
    text = (SAMPLES / "README.md").read_text(encoding="utf-8")
    rows = "".join(f"| {name} | {shows} |\n" for name, shows in list_of_cases())
    assert text.endswith(f"| case | shows |\n|---|---|\n{rows}")
    assert {path.name for path in SAMPLES.iterdir() if path.is_dir()} == dict(list_of_cases()).keys()


@pytest.mark.parametrize("way", WRONG_PAPERS)
def test_wrong_papers_can_be_read_and_are_not_the_true_ones_of_the_same_scan(way: str) -> None:
    case = next(case for case in CASES if case.declared == way)
    index = CASES.index(case)
    wrong, true = drawn(case, index), drawn(replace(case, declared="truth"), index)
    assert (wrong.pixels == true.pixels).all()
    assert (wrong.truth.pop("declared"), true.truth.pop("declared")) == (way, "truth")
    assert wrong.truth == true.truth
    assert Declaration.model_validate(wrong.declaration) != Declaration.model_validate(true.declaration)
    assert set(WRONG_PAPERS[way].differs) <= set(RULES)


def test_the_containers_of_the_lot_have_one_declaration_and_numbers_of_their_own() -> None:
    declarations, truths = beside("25-lot", "declaration.json"), beside("25-lot", "expected.json")
    assert all(declaration == declarations[0] for declaration in declarations)
    declared = [part["containerIdentificationNumber"] for part in declarations[0]["transportEquipment"]]
    assert declared == [truth["units"][0]["mark"] for truth in truths]
    assert len(set(declared)) == len(declared)
    goods = [truth["units"][0]["commodities"] for truth in truths]
    assert all(held == goods[0] for held in goods[:-1])
    assert goods[-1] != goods[0]


def test_the_lorry_comes_again_on_other_days_with_other_papers() -> None:
    sidecars, declarations = beside("26-lorry", "json"), beside("26-lorry", "declaration.json")
    sidecars = [document for document in sidecars if "acquired_at" in document]
    assert len({document["units"][0]["plate"] for document in sidecars}) == 1
    assert len({document["LRN"] for document in declarations}) == len(sidecars)
    times = [datetime.fromisoformat(document["acquired_at"]) for document in sidecars]
    assert all(later - earlier > timedelta(days=1) for earlier, later in pairwise(times))


def test_a_series_is_the_same_whenever_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_series, "LOT_SIZE", 2)
    for make in (lot, same_lorry):
        first, again = make(5), make(5)
        assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(first, again, strict=True))
        assert [scan.truth for scan in first] == [scan.truth for scan in again]
