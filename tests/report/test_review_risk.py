"""What people say counts beside what scans were read to be, and takes nothing off."""

from typing import Any

import pytest

from tallyscan.decision import DecisionSaid
from tallyscan.inspection import InspectionSaid
from tallyscan.report.indicators import INDICATORS
from tallyscan.report.review_risk import REVIEW_INDICATORS, effect_of_decision, effect_of_inspection
from tallyscan.risk import Effect, Risk
from tallyscan.triage.consignment import worst_risk
from tallyscan.triage.odds import PRIOR, log_odds, probability
from tests.review.builders import clear, found, nothing, suspicious

WORST_OF_A_SCAN = Risk(1.0, "red")


def effect_of(said: dict[str, Any]) -> Effect:
    if "opened" in said:
        return effect_of_inspection(InspectionSaid.model_validate(said))
    return effect_of_decision(DecisionSaid.model_validate(said))


@pytest.mark.parametrize(
    ("said", "lane", "score", "code"),
    [
        (suspicious(), "red", 0.5, "OP-SUSPICIOUS"),
        (clear(decision="refer", reason="specialist"), "yellow", 0.1, "OP-REFERRED"),
        (clear(decision="not_readable", reason="image_cut"), "not_assessed", None, "OP-NOT-READABLE"),
        (found(), "red", 1.0, "CR-FOUND"),
        (found(opened="in_part"), "red", 1.0, "CR-FOUND"),
    ],
)
def test_what_raises_the_risk_says_by_how_much(
    said: dict[str, Any], lane: str, score: float | None, code: str
) -> None:
    risk = effect_of(said).risk
    assert risk is not None
    assert (risk.lane, risk.score) == (lane, score)
    (indicator,) = risk.indicators
    assert indicator.code == code
    if score is not None:
        assert probability(log_odds(PRIOR) + indicator.weight) == pytest.approx(score, abs=1e-3)


@pytest.mark.parametrize(
    "said",
    [clear(), clear(reason="cleared_unread", comment="Why."), nothing(), nothing(opened="in_part"),
     nothing(opened="no", found=None)],
)  # fmt: skip
def test_what_speaks_for_the_load_takes_nothing_off(said: dict[str, Any]) -> None:
    effect = effect_of(said)
    assert effect.risk is None
    assert "takes nothing off" in effect.in_words


def test_what_was_found_outranks_the_worst_that_a_scan_can_come_to() -> None:
    risk = effect_of(found()).risk
    assert risk is not None
    assert worst_risk([risk, WORST_OF_A_SCAN]) == risk
    opinion = effect_of(suspicious()).risk
    assert opinion is not None
    assert worst_risk([risk, opinion]) == worst_risk([opinion, risk]) == risk


def test_no_code_passes_for_what_a_machine_saw() -> None:
    assert not set(REVIEW_INDICATORS) & set(INDICATORS)
    assert {code.split("-")[0] for code in REVIEW_INDICATORS} == {"OP", "CR"}
