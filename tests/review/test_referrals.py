"""Who answers a referral, and who withdraws it."""

from datetime import timedelta

import pytest

from tallyscan.decision import Decision
from tallyscan.inspection import Inspection, InspectionHistory
from tallyscan.review.referrals import open_referrals, what_closed
from tests.review.builders import AT, clear, decision, found, history, inspection, nothing, one, undo_of


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
    ],
)
def test_who_made_it_withdraws_and_others_answer(by: Decision, change: str) -> None:
    assert what_closed(refer(), by) == change
