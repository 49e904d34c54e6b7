"""What comes in says what it says without contradiction, and nothing is made of it that was not said."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tallyscan.control_result import MEANINGS, ControlResultSaid, Outcome, outcome_of
from tallyscan.incoming import ON_RECORD, SAID, IncomingHistory, IncomingKind, kind_of
from tallyscan.interview import InterviewSaid
from tallyscan.report.incoming_risk import effect_of_incoming, nats_of
from tallyscan.risk_score import RiskScore, RiskScoreSaid
from tallyscan.settings import Settings
from tallyscan.triage.odds import PRIOR, log_odds
from tallyscan.weighed_mass import WeighedMass
from tallyscan.weighing import WeighingSaid
from tests.review.builders import AT, one


def control(**said: Any) -> ControlResultSaid:
    return ControlResultSaid.model_validate({"by": "inspector-3", "code": "A1"} | said)


def score(number: int, **said: Any) -> RiskScore:
    known = {
        "id": one(number),
        "by": "engine-1",
        "at": AT,
        "received_at": AT,
        "consignment": "C-1",
        "score": 0.2,
    }
    return RiskScore.model_validate(known | said)


@pytest.mark.parametrize(
    ("code", "opened", "outcome"),
    [
        ("A1", None, "nothing"),
        ("A1", "wholly", "nothing"),
        ("A1", "no", "not_opened"),
        ("A2", None, "not_opened"),
        ("A2", "wholly", "nothing"),
        ("A3", "in_part", "nothing"),
        ("A4", "no", "discrepancy"),
        ("B1", None, "found"),
        ("B3", "wholly", "found"),
        ("Z9", "wholly", "unknown"),
        ("conforme", None, "unknown"),
        ("07-b", None, "unknown"),
    ],
)
def test_a_code_means_what_the_table_says_and_not_looked_at_is_never_nothing_found(
    code: str, opened: str | None, outcome: Outcome
) -> None:
    assert outcome_of(control(code=code, opened=opened)) == outcome


def test_a_site_has_a_table_of_its_own() -> None:
    assert outcome_of(control(code="A2"), {"A2": "nothing"}) == "nothing"
    assert outcome_of(control(code="B1"), {"A2": "nothing"}) == "unknown"
    assert outcome_of(control(code="KONF-2"), {"KONF-2": "nothing"}) == "nothing"
    assert {code for code, outcome in MEANINGS.items() if outcome == "found"} == {"A5", "B1", "B2", "B3"}


def test_the_table_of_codes_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().control_result_codes == MEANINGS
    monkeypatch.setenv("TALLYSCAN_CONTROL_RESULT_CODES", '{"A2": "nothing", "C1": "found"}')
    assert Settings().control_result_codes == {"A2": "nothing", "C1": "found"}
    for wrong in ('{"A2": "fine"}', '{"satisfactory": "nothing"}', '{"A 1": "nothing"}'):
        monkeypatch.setenv("TALLYSCAN_CONTROL_RESULT_CODES", wrong)
        with pytest.raises(ValidationError):
            Settings()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("risk_score", {"by": "e"}),
        ("risk_score", {"by": "e", "score": float("nan")}),
        ("weighing", {"by": "g", "kg": 10000, "covers": "unit_gross", "tare_kg": 10000}),
        ("weighing", {"by": "g", "kg": float("inf"), "covers": "unit_gross"}),
        ("control_result", {"by": "i", "code": "A1", "quantity": 5}),
        ("control_result", {"by": "i\n", "code": "A1", "office": "XX\x00"}),
        ("interview", {"by": "o", "answers": [{"question": "", "answer": "yes"}]}),
        ("interview", {"by": "o", "answers": [{"question": "?", "answer": "yes", "weight": 3}]}),
    ],
)
def test_what_contradicts_itself_is_refused(kind: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SAID[kind].model_validate(wrong)


def test_every_kind_knows_itself_said_and_on_record() -> None:
    assert set(SAID) == set(ON_RECORD)
    for kind, model in ON_RECORD.items():
        assert issubclass(model, SAID[kind])
        assert [other for other, said in SAID.items() if issubclass(model, said)] == [kind]
    assert kind_of(score(1)) == "risk_score"


def test_of_the_scores_of_one_engine_the_newest_stands_and_a_corrected_one_never() -> None:
    later = datetime(2026, 2, 2, tzinfo=UTC)
    old, new, other = score(1), score(2, at=later), score(3, by="engine-2")
    assert IncomingHistory((new, old, other)).standing == (new, other)
    corrected = score(4, corrects=one(2))
    assert IncomingHistory((old, new, corrected)).standing == (corrected,)
    same_time = score(5)
    assert IncomingHistory((old, same_time)).standing == (same_time,)


def test_a_score_weighs_what_leads_from_the_prior_to_it() -> None:
    for value in (0.0, 0.01, PRIOR, 0.5, 1.0):
        said = RiskScoreSaid(by="e", score=value)
        assert log_odds(PRIOR) + nats_of(said) == pytest.approx(log_odds(value))
    assert (
        nats_of(RiskScoreSaid(by="e", score=0.01, lane="red"))
        < 0
        < nats_of(RiskScoreSaid(by="e", lane="red"))
    )


def test_answers_never_weigh_anything() -> None:
    said = InterviewSaid.model_validate({"by": "o", "answers": [{"question": "?", "answer": "Contraband."}]})
    known = {"id": one(1), "at": AT, "received_at": AT, "consignment": "C-1"}
    effect = effect_of_incoming(ON_RECORD["interview"].model_validate(said.model_dump() | known))
    assert effect.risk is None
    assert [(each.weight, each.group, each.lifts_to) for each in effect.indicators] == [(0.0, "note", None)]


def test_a_weighed_mass_knows_its_goods_only_by_a_tare() -> None:
    said = {"by": "gate", "kg": 24000, "covers": "vehicle_gross"}
    assert WeighingSaid.model_validate(said).tare_kg is None
    assert WeighedMass(24000, "vehicle_gross", None, AT, "bridge").goods_kg is None
    assert WeighedMass(24000, "vehicle_gross", 14000, AT, "bridge").goods_kg == 10000
    with pytest.raises(ValueError, match="less than what was weighed"):
        WeighedMass(24000, "unit_gross", 24000, AT, None)


@pytest.mark.parametrize(
    ("covers", "kg", "fits"),
    [
        ("vehicle_gross", 24.3, False),
        ("vehicle_gross", 499, False),
        ("vehicle_gross", 1200, True),
        ("vehicle_gross", 2_000_000, True),
        ("unit_gross", 24.3, False),
        ("unit_gross", 90, True),
        ("unit_gross", 30_480, True),
        ("unit_gross", 243_000, False),
    ],
)
def test_a_weighing_in_tonnes_is_refused_and_one_on_record_stays_readable(
    covers: str, kg: float, fits: bool
) -> None:
    said = {"by": "gate", "kg": kg, "covers": covers}
    if fits:
        assert WeighingSaid.model_validate(said).kg == kg
    else:
        with pytest.raises(ValidationError, match="does not weigh"):
            WeighingSaid.model_validate(said)
    known = {"id": one(1), "at": AT, "received_at": AT, "consignment": "C-1"}
    assert ON_RECORD["weighing"].model_validate(said | known)


@pytest.mark.parametrize(
    ("kind", "said", "ends"),
    [
        (
            "weighing",
            {"kg": 24000, "covers": "unit_gross"},
            "NOPE 1 is not declared in this consignment, so no",
        ),
        ("weighing", {"kg": 24000, "covers": "vehicle_gross"}, "NOPE 1 is not declared in this consignment."),
        ("control_result", {"code": "B1"}, "NOPE 1 is not declared in this consignment."),
    ],
)
def test_an_effect_says_that_a_container_is_not_declared(
    kind: IncomingKind, said: dict[str, Any], ends: str
) -> None:
    known = {"id": one(1), "at": AT, "received_at": AT, "consignment": "C-1", "by": "x", "outcome": "found"}
    entry = ON_RECORD[kind].model_validate(said | known | {"container": "NOPE 1"})
    effect = effect_of_incoming(entry, ("CSQU3054383",))
    assert ends in effect.in_words
    plain = effect_of_incoming(entry)
    assert "NOPE" not in plain.in_words
    assert (effect.risk, effect.indicators) == (plain.risk, plain.indicators)
    assert effect_of_incoming(entry, ("NOPE1",)) == plain
