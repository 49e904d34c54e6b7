"""Which reader a scan waits for: every combination of answers, machine, draw and profile."""

from itertools import product
from typing import get_args

import pytest

from tallyscan.decision import REASONS, Answer, Decision, Reader, WaitsFor
from tallyscan.review.readers import MachineSays, machine_says, may_read, shown_to, waits_for
from tests.review.builders import decision, history

ANSWERS: tuple[Answer, ...] = get_args(Answer)
MACHINE: tuple[MachineSays, ...] = get_args(MachineSays)
AGAINST = {("clear", "alarm"), ("suspicious", "no_alarm")}
UNDECIDED = WaitsFor("first", "undecided")


def said(answer: Answer, reader: Reader = "first", by: str = "officer-7", number: int = 1) -> Decision:
    return decision(number, decision=answer, reason=REASONS[answer][0], reader=reader, by=by)


@pytest.mark.parametrize(
    ("answer", "machine", "because"),
    [
        ("clear", "alarm", "disagreement"),
        ("suspicious", "no_alarm", "disagreement"),
        ("clear", "no_alarm", None),
        ("suspicious", "alarm", None),
        ("clear", "not_assessed", None),
        ("suspicious", "not_assessed", None),
        ("not_readable", "alarm", None),
    ],
)
def test_an_officer_against_the_machine_goes_to_another_person(
    answer: Answer, machine: MachineSays, because: str | None
) -> None:
    waits = waits_for(history(said(answer)), machine, drawn=False, selected=False)
    assert waits == (WaitsFor("second", because) if because else None)  # type: ignore[arg-type]


def test_a_scan_is_never_done_without_a_first_reader_and_every_disagreement_waits_for_another() -> None:
    for machine, drawn, selected in product(MACHINE, (False, True), (False, True)):
        asked = {"drawn": drawn, "selected": selected}
        assert waits_for(history(), machine, **asked) == UNDECIDED
        for first, second in product(ANSWERS, ANSWERS):
            one, other = said(first), said(second, "second", "officer-8", 2)
            after_one = waits_for(history(one), machine, **asked)
            against = (first, machine) in AGAINST
            assert not against or after_one == WaitsFor("second", "disagreement")
            assert after_one is None or after_one.reader == "second"
            if drawn and first != "refer":
                assert after_one is not None
            both = waits_for(history(one, other), machine, **asked)
            differ = first != second and "refer" not in (first, second)
            answers_alone = first == "refer" and (second, machine) in AGAINST
            asks = second == "refer"  # for a second opinion
            because = (
                "asked_for" if asks
                else "readers_differ" if differ
                else "disagreement" if answers_alone
                else None
            )  # fmt: skip
            assert both == (WaitsFor("third", because) if because else None)  # type: ignore[arg-type]
            settles = said("clear", "third", "officer-9", 3)
            assert waits_for(history(one, other, settles), machine, **asked) is None


def test_whoever_refers_a_scan_to_another_officer_is_given_one_and_others_are_answered_by_whom_they_asked() -> (
    None
):
    for reason in REASONS["refer"]:
        referral = decision(1, decision="refer", reason=reason, comment="why")
        waits = waits_for(history(referral), "no_alarm", drawn=True, selected=True)
        assert waits == (WaitsFor("second", "asked_for") if reason == "second_opinion" else None)


def test_a_second_reader_who_asks_for_another_opinion_is_given_one_and_whom_they_refer_to_else_answers() -> (
    None
):
    for first, reason in product(ANSWERS, REASONS["refer"]):
        asks = decision(2, decision="refer", reason=reason, comment="why", reader="second", by="officer-8")
        waits = waits_for(history(said(first), asks), "alarm", drawn=False, selected=False)
        assert waits == (WaitsFor("third", "asked_for") if reason == "second_opinion" else None)


def test_what_is_undone_or_corrected_counts_no_more() -> None:
    first = said("clear")
    assert waits_for(history(first, undone=(first,)), "alarm", drawn=False, selected=False) == UNDECIDED
    corrected = decision(2, decision="suspicious", reason="anomaly", corrects=first.id)
    assert waits_for(history(first, corrected), "alarm", drawn=False, selected=False) is None


def test_nobody_is_given_what_they_decided_as_another_reader() -> None:
    people, readers = ("officer-7", "officer-8", "officer-9"), ("first", "second", "third")
    for one, two, next_person, next_reader in product(people, people, people, readers):
        past = history(said("clear", "first", one), said("suspicious", "second", two, 2))
        own = {"first": one, "second": two}
        as_another = any(by == next_person and reader != next_reader for reader, by in own.items())
        assert may_read(next_person, next_reader, past) is not as_another  # type: ignore[arg-type]
    taken_back = said("clear")
    assert may_read("officer-7", "second", history(taken_back, undone=(taken_back,)))


def test_what_a_reader_said_is_shown_to_nobody_else_while_somebody_is_waited_for() -> None:
    first, second = said("clear"), said("suspicious", "second", "officer-8", 2)
    past, waits = history(first, second), WaitsFor("third", "readers_differ")
    assert shown_to("officer-7", waits, past) == (first,)
    assert shown_to("officer-9", waits, past) == ()
    assert shown_to("officer-9", None, past) == (first, second)


@pytest.mark.parametrize(
    ("lane", "alarm", "says"),
    [
        ("green", False, "no_alarm"),
        ("yellow", True, "alarm"),
        ("red", False, "alarm"),
        ("not_assessed", None, "not_assessed"),
    ],
)
def test_a_red_lane_is_an_alarm_whatever_it_rests_on(lane: str, alarm: bool | None, says: str) -> None:
    assert machine_says({"risk": {"lane": lane}, "anomaly": {"alarm": alarm}}) == says
    assert machine_says(None) == "not_assessed"
