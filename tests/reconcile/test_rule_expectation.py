"""The model's mismatch, brought to the share of wrong declarations at a border."""

import pytest

from tallyscan.load_seen import Surprise
from tallyscan.reconcile.outcome import PRIOR_WRONG
from tallyscan.reconcile.rule_expectation import WRONG_IN_CALIBRATION, at_border
from tallyscan.scan import Box
from tests.reconcile.builders import (
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_load,
    made_scan,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

SURPRISE = Surprise(Box(14, 12, 25, 20), -12.5)


@pytest.mark.parametrize(
    ("mismatch", "outcome", "says"),
    [
        (0.01, "agrees", "looks as such goods"),
        (0.3, "agrees", "looks as such goods"),
        (0.6, "undetermined", "neither near enough"),
        (0.97, "differs", "12.5 g/cm2 less"),
        (1.0, "differs", "12.5 g/cm2 less"),
        (None, "undetermined", "expects nothing in particular"),
    ],
)
def test_expectation(mismatch: float | None, outcome: str, says: str) -> None:
    detection = made_detection(made_unit(mismatch=mismatch, load=made_load(surprise=SURPRISE)))
    verdict = verdict_of("expectation", detection, made_declaration(made_item()))
    assert verdict.outcome == outcome
    assert says in verdict.reason
    if mismatch is not None:
        assert verdict.evidence["region"] == [14, 12, 25, 20]
        assert verdict.evidence["excess_g_cm2"] == -12.5
        assert verdict.evidence["expected"] == "/v1/scans/{scan}/expected"


@pytest.mark.parametrize("grade", ["display", "guessed", "empty"])
def test_where_nothing_can_be_said_of_the_goods_nothing_is(grade: str) -> None:
    detection = made_detection(made_unit(mismatch=0.99))
    scan = made_scan(
        "display" if grade == "display" else "transmission",
        cautions=("no_open_beam: none.",) if grade == "guessed" else (),
    )
    items = () if grade == "empty" else (made_item(),)
    declaration = made_declaration(*items, containers=(made_container(empty=grade == "empty"),))
    assert verdict_of("expectation", detection, declaration, scan=scan).outcome == "undetermined"


def test_without_a_region_the_unit_is_the_region() -> None:
    verdict = verdict_of(
        "expectation", made_detection(made_unit(mismatch=0.99)), made_declaration(made_item())
    )
    assert verdict.outcome == "differs"
    assert verdict.evidence["region"] == [10.0, 10.0, 45.0, 30.0]


def test_odds_of_the_calibration_become_odds_at_a_border() -> None:
    assert at_border(WRONG_IN_CALIBRATION) == pytest.approx(PRIOR_WRONG)
    assert 0 < at_border(0.0) < at_border(0.5) < at_border(1.0) < 1
