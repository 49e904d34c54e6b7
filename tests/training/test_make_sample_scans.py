"""The sample cases are drawn as they are described, and old ones go."""

import json
from pathlib import Path

import pytest

from training import make_sample_scans as module
from training.make_sample_scans import CASES, Case, drawn, wish, without_old_cases
from training.simulate.scanner import Scanner, at_pitch

SAMPLES = Path(__file__).parents[2] / "sample_scans"


@pytest.fixture(autouse=True)
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    def coarse(scanner: Scanner, _along: float, _across: float) -> Scanner:
        return at_pitch(scanner, 20.0, 20.0)

    monkeypatch.setattr(module, "at_pitch", coarse)


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
    for name in (CASES[0].name, "15-unreadable-black", "00-old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scan.expected.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("# Sample scans\n")
    without_old_cases(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        CASES[0].name, "15-unreadable-black", "notes", "README.md",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_that_should_show_something_has_it_in_its_truth(case: Case) -> None:
    truth = json.loads((SAMPLES / case.name / "scan.expected.json").read_text(encoding="utf-8"))
    assert [anomaly["family"] for anomaly in truth["anomalies"]] == list(case.wish.families or ())
