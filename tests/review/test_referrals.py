"""Who answers a referral, and who withdraws it."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from tallyscan.decision import Decision, DecisionSaid
from tallyscan.errors import Conflict
from tallyscan.inspection import Inspection, InspectionHistory
from tallyscan.referral import ReferralStepSaid
from tallyscan.review.referrals import check_step, open_referrals, what_closed
from tests.review.builders import (
    AT,
    clear,
    decision,
    found,
    history,
    inspection,
    nothing,
    one,
    step_of,
    step_said,
    undo_of,
)


def refer(number: int = 1, **said: object) -> Decision:
    return decision(number, **clear(decision="refer", reason="specialist") | said)


def later(entry: Decision | Inspection, seconds: int = 60) -> Decision | Inspection:
    return entry.model_copy(update={"received_at": AT + timedelta(seconds=seconds)})


SECOND = decision(2, reader="second", by="officer-8")


@pytest.mark.parametrize(
    ("decisions", "inspections", "expected"),
    [
        ([refer()], [], [1]),
        ([decision(1)], [], []),
        ([refer(), later(SECOND)], [], []),
        ([SECOND, later(refer())], [], [1]),  # who had decided before was not asked
        ([refer(), decision(2, corrects=one(1))], [], []),
        ([decision(1), refer(2, corrects=one(1))], [], [2]),
        ([refer(), later(refer(2, reader="second", by="officer-8"))], [], [2]),
        ([refer()], [inspection(5)], []),
        ([refer()], [inspection(5, **found())], []),
        ([refer()], [inspection(5, opened="no", found=None)], [1]),
        ([later(refer())], [inspection(5)], [1]),
    ],
)
def test_a_referral_is_open_until_somebody_else_has_looked(
    decisions: list[Decision], inspections: list[Inspection], expected: list[int]
) -> None:
    still = open_referrals(history(*decisions), InspectionHistory(tuple(inspections)))
    assert [each.id for each in still] == [one(number) for number in expected]


def test_it_is_open_again_when_its_answer_is_undone() -> None:
    answer = later(SECOND)
    assert isinstance(answer, Decision)
    (still,) = open_referrals(history(refer(), answer, undone=(answer,)), InspectionHistory())
    assert still == refer()


@pytest.mark.parametrize(
    ("by", "change"),
    [
        (undo_of(refer()), "withdrawn"),
        (decision(2, corrects=one(1)), "withdrawn"),
        (decision(2, corrects=one(1), by="officer-8"), "answered"),
        (SECOND, "answered"),
        (inspection(3, **nothing()), "answered"),
        (step_of("answered"), "answered"),
        (step_of("withdrawn"), "withdrawn"),
    ],
)
def test_who_made_it_withdraws_and_others_answer(by: Decision, change: str) -> None:
    assert what_closed(refer(), by) == change


def test_what_its_office_answered_is_open_no_more() -> None:
    assert open_referrals(history(refer()), InspectionHistory(), closed={one(1)}) == ()


@pytest.mark.parametrize(
    ("said", "state", "what"),
    [
        (step_said(), "answered", "is answered"),
        (step_said("forwarded", to={"office": "XX1"}), "withdrawn", "is withdrawn"),
        (step_said(by="officer-7"), "open", "another person answers"),
        (step_said("withdrawn"), "open", "nobody else withdraws"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_with_the_reason(
    said: dict[str, object], state: str, what: str
) -> None:
    with pytest.raises(Conflict, match=what):
        check_step(ReferralStepSaid.model_validate(said), refer(), state, AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (step_said(comment=None), "say in words"),
        (step_said(code=None), "an answer has a code"),
        (step_said("withdrawn", code="stop"), "an answer has a code"),
        (step_said("forwarded"), "to whom"),
        (step_said(to={"office": "XX1"}), "to whom"),
        (step_said("forwarded", to={"office": " "}), "at least 1 character"),
        (step_said("forwarded", to={"office": "XX1", "answer_by": "2026-02-01T10:00:00"}), "timezone"),
        (step_said(corrects=str(one(4))), "is not corrected"),
    ],
)
def test_a_step_that_contradicts_itself_is_refused_with_the_reason(
    wrong: dict[str, object], what: str
) -> None:
    with pytest.raises(ValidationError, match=what):
        ReferralStepSaid.model_validate(wrong)


def test_only_a_referral_says_to_whom() -> None:
    with pytest.raises(ValidationError, match="only a decision that is refer"):
        DecisionSaid.model_validate(clear(refer_to={"office": "XX1"}))
