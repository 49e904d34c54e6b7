"""What the risk must always be, whatever the weights: explained, monotone, and never greener than known."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from tallyscan.finding import NOT_PENETRATED, Anomaly, Detection, NotAssessed
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, PRIOR_WRONG
from tallyscan.reconcile.rules import RULES
from tallyscan.report.indicators import (
    CONTENTS_RULES,
    INDICATORS,
    NEUTRAL_VERDICT_SCORE,
    NOT_PENETRATED_FROM,
    RELEVANCE,
    REUSED_IMAGE,
    VERIFYING_RULES,
    code_of,
    reused_image,
)
from tallyscan.report.risk_update import assess_risk
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.scan import Quality
from tallyscan.triage.combine import CONTENTS_MOST
from tallyscan.triage.odds import PRIOR, RED_FROM, YELLOW_FROM, lane_of, log_odds, probability
from tallyscan.verdict import Outcome, Verdict
from tests.reconcile.builders import ALARM, CLEAR, READABLE, made_detection, made_finding, made_unit

LANES = ("green", "yellow", "red")
SCORES: dict[str, float | None] = {"agrees": 0.03, "differs": 0.9, "undetermined": None}


def verdict(rule: str, outcome: Outcome, score: float | None = None, unit: int | None = 1) -> Verdict:
    return Verdict(unit, rule, outcome, score if score is not None else SCORES[outcome], "invented")


def all_of(outcome: Outcome, unit: int | None = 1) -> tuple[Verdict, ...]:
    return tuple(verdict(rule, outcome, unit=unit) for rule in RULES)


def risk_of(
    *verdicts: Verdict,
    anomaly: Anomaly = CLEAR,
    detection: Detection | NotAssessed | None = None,
    quality: Quality = READABLE,
    indicators: tuple[RiskIndicator, ...] = (),
) -> Risk:
    found = detection or made_detection(made_unit(), anomaly=anomaly)
    return assess_risk(quality, found, verdicts, indicators)


def codes(risk: Risk) -> set[str]:
    return {indicator.code for indicator in risk.indicators}


def test_the_two_rooms_hold_the_same_prior_and_know_the_same_rules() -> None:
    assert NEUTRAL_VERDICT_SCORE == PRIOR_WRONG
    assert set(RELEVANCE) == set(RULES)
    assert {code_of(rule) for rule in RULES} <= set(INDICATORS)


def test_an_honest_consignment_is_green() -> None:
    risk = risk_of(*all_of("agrees"))
    assert risk.lane == "green"
    assert risk.score is not None
    assert risk.score < PRIOR


@pytest.mark.parametrize("rule", RULES)
def test_any_contradiction_alone_leaves_the_green_lane(rule: str) -> None:
    others = [verdict(other, "agrees") for other in RULES if other != rule]
    risk = risk_of(*others, verdict(rule, "differs", FORMAL_FAULT_SCORE))
    assert risk.lane in ("yellow", "red")
    assert codes(risk) == {code_of(rule)}


def test_an_alarm_is_never_green_and_a_strong_one_is_red() -> None:
    barely = replace(ALARM, score=ALARM.threshold)
    assert risk_of(*all_of("agrees"), anomaly=barely).lane == "yellow"
    assert risk_of(*all_of("agrees"), anomaly=ALARM).lane == "red"
    assert risk_of(*all_of("agrees"), anomaly=Anomaly("alarm", True)).lane == "yellow"


@pytest.mark.parametrize(("family", "code"), [("people", "XR-PEOPLE"), ("shielded_nuclear", "XR-NUCLEAR")])
def test_people_and_nuclear_in_an_alarm_are_red_whatever_else(family: str, code: str) -> None:
    barely = replace(ALARM, score=ALARM.threshold)
    found = made_detection(made_unit(), anomaly=barely, findings=(made_finding(family),))
    risk = risk_of(*all_of("agrees"), detection=found)
    assert risk.lane == "red"
    assert code in codes(risk)
    quiet = made_detection(made_unit(), anomaly=CLEAR, findings=(made_finding(family),))
    assert risk_of(*all_of("agrees"), detection=quiet).lane == "green"


def test_without_a_declaration_a_clear_scan_is_yellow_and_says_why() -> None:
    risk = risk_of(*all_of("undetermined"))
    assert risk.lane == "yellow"
    assert "XR-UNVERIFIED" in codes(risk)
    formal = verdict("container_number", "agrees"), verdict("hs_code", "agrees")
    contents = [verdict(rule, "undetermined") for rule in sorted(CONTENTS_RULES)]
    assert risk_of(*formal, *contents).lane == "yellow"
    assert risk_of().lane == "yellow"


def about_empty(declared_empty: bool, unit: int = 1) -> Verdict:
    return Verdict(unit, "empty", "agrees", 0.01, "invented", {"declared_empty": declared_empty})


def test_that_goods_are_there_does_not_verify_which_goods() -> None:
    formal = verdict("container_number", "agrees"), verdict("hs_code", "agrees")
    blind = verdict("mass", "undetermined"), verdict("commodity", "undetermined")
    loaded = risk_of(*formal, *blind, about_empty(False))
    assert loaded.lane == "yellow"
    assert "XR-UNVERIFIED" in codes(loaded)
    empty = risk_of(*formal, *blind, about_empty(True))
    assert empty.lane == "green"
    assert "XR-UNVERIFIED" not in codes(empty)
    for rule in ("mass", "commodity"):
        assert risk_of(*formal, about_empty(False), verdict(rule, "agrees")).lane == "green"


def test_an_empty_unit_does_not_verify_the_loaded_one_beside_it() -> None:
    loaded = verdict("mass", "undetermined", unit=2), about_empty(False, 2)
    assert risk_of(about_empty(True, 1), *loaded).lane == "yellow"


@pytest.mark.parametrize(
    ("share", "lane"), [(0.0, "green"), (0.04, "green"), (NOT_PENETRATED_FROM, "yellow"), (0.63, "yellow")]
)
def test_goods_that_let_nothing_through_are_not_seen_and_not_green(share: float, lane: str) -> None:
    found = made_detection(made_unit(1), made_unit(2, not_penetrated=share))
    risk = risk_of(*all_of("agrees", 1), *all_of("agrees", 2), detection=found)
    assert risk.lane == lane
    assert ("XR-NOT-PENETRATED" in codes(risk)) == (lane == "yellow")
    if lane == "yellow":
        total = log_odds(PRIOR) + sum(indicator.weight for indicator in risk.indicators)
        assert risk.score == pytest.approx(probability(total), abs=1e-3)


def test_a_scan_that_let_nothing_through_is_not_green_whatever_was_taken_for_goods() -> None:
    caution = f"{NOT_PENETRATED}: 12 % of the scan let nothing through."
    found = made_detection(made_unit())
    risk = assess_risk(READABLE, found, all_of("agrees"), scan_cautions=(caution,))
    assert risk.lane == "yellow"
    assert "XR-NOT-PENETRATED" in codes(risk)
    assert assess_risk(READABLE, found, all_of("agrees"), scan_cautions=("drift: 2 %",)).lane == "green"
    alarm = made_detection(made_unit(), anomaly=ALARM)
    red = assess_risk(READABLE, alarm, all_of("agrees"), scan_cautions=(caution,))
    assert (red.lane, RiskIndicator("XR-NOT-PENETRATED", 0.0, lifts_to=YELLOW_FROM) in red.indicators) == (
        "red",
        True,
    )


def test_a_reused_image_keeps_the_name_of_the_first_scan() -> None:
    for quality in (READABLE, Quality(False, ("cut: half",))):
        risk = risk_of(*all_of("agrees"), quality=quality, indicators=(reused_image("s0"),))
        (reused,) = [indicator for indicator in risk.indicators if indicator.code == "XR-REUSED-IMAGE"]
        assert (reused.first_scan, reused.weight) == ("s0", REUSED_IMAGE)


def test_one_unverified_unit_of_two_is_enough_to_leave_the_green_lane() -> None:
    assert risk_of(*all_of("agrees", 1), *all_of("agrees", 2)).lane == "green"
    assert risk_of(*all_of("agrees", 1), *all_of("undetermined", 2)).lane == "yellow"


def test_a_search_for_anomalies_without_an_answer_is_not_green() -> None:
    risk = risk_of(*all_of("agrees"), anomaly=Anomaly("not_assessed"))
    assert risk.lane == "yellow"
    assert "XR-ANOMALY-NOT-ASSESSED" in codes(risk)


@pytest.mark.parametrize("quality", [READABLE, Quality(False, ("black_image: nothing.",))])
@pytest.mark.parametrize("outcome", ["agrees", "undetermined"])
def test_a_scan_that_was_not_read_has_no_score_and_no_lane(quality: Quality, outcome: Outcome) -> None:
    reused = RiskIndicator("XR-REUSED-IMAGE", 2.5)
    risk = risk_of(
        *all_of(outcome), detection=NotAssessed(quality.reasons), quality=quality, indicators=(reused,)
    )
    assert risk.score is None
    assert risk.lane == "not_assessed"
    assert codes(risk) == {"XR-NOT-READ", "XR-REUSED-IMAGE"}


def test_a_detection_of_an_unreadable_scan_is_not_assessed() -> None:
    assert risk_of(*all_of("agrees"), quality=Quality(False, ("cut: half",))).lane == "not_assessed"


OUTCOMES: tuple[Outcome, ...] = ("agrees", "differs", "undetermined")
# All of them would be 3 to the number of rules: those that are alike or differ in one rule, and some others.
SOME_OUTCOMES = [
    *(tuple(others if n != place else one for n in range(len(RULES)))
      for place, one, others in product(range(len(RULES)), OUTCOMES, OUTCOMES)),
    *(tuple(OUTCOMES[i] for i in row) for row in np.random.default_rng(3).integers(0, 3, (300, len(RULES)))),
]  # fmt: skip


@pytest.mark.parametrize("anomaly", [CLEAR, ALARM, Anomaly("not_assessed")])
def test_the_weights_add_up_to_the_score_and_the_score_is_the_lane(anomaly: Anomaly) -> None:
    for outcomes in SOME_OUTCOMES:
        risk = risk_of(*(verdict(rule, o) for rule, o in zip(RULES, outcomes, strict=True)), anomaly=anomaly)
        total = log_odds(PRIOR) + sum(indicator.weight for indicator in risk.indicators)
        assert risk.score == pytest.approx(probability(total), abs=1e-3)
        assert risk.score is not None
        assert risk.lane == lane_of(risk.score)
        assert codes(risk) <= set(INDICATORS)
        if anomaly.decision != "clear" or "differs" in outcomes:
            assert risk.lane != "green"


@pytest.mark.parametrize("anomaly", [CLEAR, ALARM])
def test_the_risk_never_falls_when_an_indicator_is_added(anomaly: Anomaly) -> None:
    extra = [RiskIndicator("XR-REUSED-IMAGE", weight) for weight in (0.0, 0.01, 0.6, 3.0)]
    for outcome in OUTCOMES:
        verdicts = all_of(outcome)
        for size in range(3):
            for chosen in combinations(extra, size):
                before = risk_of(*verdicts, anomaly=anomaly, indicators=chosen)
                for more in extra:
                    after = risk_of(*verdicts, anomaly=anomaly, indicators=(*chosen, more))
                    assert before.score is not None
                    assert after.score is not None
                    assert after.score >= before.score
                    assert LANES.index(after.lane) >= LANES.index(before.lane)


@pytest.mark.parametrize("rule", RULES)
def test_the_risk_never_falls_as_a_verdict_grows_worse(rule: str) -> None:
    others = [verdict(other, "agrees") for other in RULES if other != rule]
    scores = []
    for percent in (1, 5, 10, 20, 60, 80, 95, 99):
        outcome: Outcome = "agrees" if percent <= 20 else "differs"
        scores.append(risk_of(*others, verdict(rule, outcome, percent / 100)).score)
    assert None not in scores
    assert scores == sorted(scores, key=lambda score: score or 0.0)
    assert scores[0] != scores[-1]


def test_the_risk_never_falls_when_an_agreement_is_lost() -> None:
    for rule in RULES:
        others = [verdict(other, "agrees") for other in RULES if other != rule]
        with_it = risk_of(*others, verdict(rule, "agrees")).score
        without = risk_of(*others, verdict(rule, "undetermined")).score
        assert with_it is not None
        assert without is not None
        assert without >= with_it


def test_rules_about_the_same_pixels_do_not_add_up_without_end() -> None:
    contents = [verdict(rule, "differs", 0.99) for rule in ("empty", "mass", "commodity")]
    one = {i.code: i.weight for i in risk_of(contents[0]).indicators}
    three = {i.code: i.weight for i in risk_of(*contents).indicators}
    assert sum(three.values()) == pytest.approx(CONTENTS_MOST, abs=0.01)
    assert sum(three.values()) >= sum(one.values()) - 0.01
    assert risk_of(*contents).score == risk_of(contents[0]).score


@pytest.mark.parametrize("rule", sorted((CONTENTS_RULES - VERIFYING_RULES) | {"conveyance"}))
def test_what_rests_on_rough_measures_is_yellow_at_most_on_its_own(rule: str) -> None:
    others = [verdict(other, "agrees") for other in RULES if other != rule]
    assert risk_of(*others, verdict(rule, "differs", 0.99)).lane == "yellow"


@pytest.mark.parametrize("rule", sorted(CONTENTS_RULES - VERIFYING_RULES))
def test_that_a_rough_rule_agrees_neither_verifies_a_load_nor_takes_anything_off(rule: str) -> None:
    loaded = (about_empty(False), verdict("mass", "undetermined"), verdict("commodity", "undetermined"))
    assert "XR-UNVERIFIED" in codes(risk_of(*loaded, verdict(rule, "agrees")))
    without = risk_of(*all_of("agrees"))
    assert code_of(rule) not in codes(without)


def test_an_indicator_from_elsewhere_cannot_lower_the_risk() -> None:
    with pytest.raises(ValueError, match="cannot lower"):
        risk_of(indicators=(RiskIndicator("XR-TRUSTED", -1.0),))


def test_lanes_begin_where_they_say() -> None:
    edges = (0.0, YELLOW_FROM - 1e-6, YELLOW_FROM, RED_FROM - 1e-6, RED_FROM, 1.0)
    assert [lane_of(score) for score in edges] == ["green", "green", "yellow", "yellow", "red", "red"]
