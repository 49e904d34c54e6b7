"""A decision must fit the scan as it stands: a failure never looks like a clear scan."""

from datetime import timedelta
from typing import Any

import pytest

from tallyscan.decision import Claim, DecisionSaid, Reader
from tallyscan.errors import Claimed, Conflict, NotFound
from tallyscan.review.decide import check_decision, check_undo
from tests.review.builders import AT, clear, decision, history, one, reviewed, suspicious, undo_of

UNREAD = {"reason": "cleared_unread", "comment": "Opened and seen by an officer at the gate."}
NOT_READ: list[dict[str, Any]] = [
    {"status": "not_readable", "reason": "black_image: no signal."},
    {"status": "rejected", "reason": "corrupt_scan: it ends early."},
    {"status": None, "reason": "It is read again: version 2 of the declaration came."},
    {"status": None, "revision": 0},
]


def check(
    said: dict[str, Any],
    before: Any = None,
    *,
    waits: Reader | None = None,
    claim: Claim | None = None,
    **scan: Any,
) -> None:
    made = DecisionSaid.model_validate(said)
    check_decision(made, reviewed(**scan), before or history(), AT, waits=waits, claim=claim)


def test_a_scan_that_was_read_can_be_cleared_by_its_image() -> None:
    check(clear())


@pytest.mark.parametrize("scan", NOT_READ)
def test_a_scan_that_was_not_read_is_never_clear_by_its_image(scan: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="cannot be clear by its image") as refused:
        check(clear(revision=scan.get("revision", 1)), **scan)
    assert scan.get("reason", "") in refused.value.detail
    assert "cleared_unread" in refused.value.remedy


@pytest.mark.parametrize("scan", NOT_READ)
def test_it_can_be_cleared_when_that_is_said_and_why(scan: dict[str, Any]) -> None:
    check(clear(**UNREAD, revision=scan.get("revision", 1)), **scan)


@pytest.mark.parametrize("scan", NOT_READ)
@pytest.mark.parametrize(
    "said",
    [
        suspicious(),
        clear(decision="not_readable", reason="image_dark"),
        clear(decision="refer", reason="specialist"),
    ],
)
def test_any_other_decision_fits_a_scan_that_was_not_read(said: dict[str, Any], scan: dict[str, Any]) -> None:
    check(said | {"revision": scan.get("revision", 1)}, **scan)


def test_a_scan_that_was_read_is_not_cleared_as_unread() -> None:
    with pytest.raises(Conflict, match="cannot be cleared as unread"):
        check(clear(**UNREAD))


def test_what_was_read_again_is_not_cleared_by_an_older_reading_but_may_be_suspicious() -> None:
    with pytest.raises(Conflict, match="reading 1 no longer counts"):
        check(clear(revision=1), revision=2)
    with pytest.raises(Conflict, match="was read, so"):
        check(clear(**UNREAD, revision=1), revision=2)
    check(suspicious(revision=1), revision=2)


def test_a_reading_that_there_is_not_is_refused() -> None:
    with pytest.raises(Conflict, match="has no reading 2"):
        check(suspicious(revision=2))


def test_a_time_ahead_is_refused_and_a_clock_a_little_wrong_is_not() -> None:
    check(clear(at=(AT + timedelta(minutes=4)).isoformat()))
    check(clear(at=(AT - timedelta(days=30)).isoformat()))
    with pytest.raises(Conflict, match="lies ahead"):
        check(clear(at=(AT + timedelta(minutes=6)).isoformat()))


def test_a_decision_that_stands_is_replaced_only_by_one_that_names_it() -> None:
    stands = history(decision(1, **suspicious()))
    with pytest.raises(Conflict, match=rf"decision {one(1)}, by officer-7, stands"):
        check(clear(), stands)
    with pytest.raises(Conflict, match="stands"):
        check(clear(corrects=one(2)), stands)
    check(clear(corrects=one(1)), stands)
    with pytest.raises(Conflict, match="none stands"):
        check(clear(corrects=one(1)))
    check(clear(), history(decision(1), undone=(decision(1),)))


def test_the_second_reader_is_another_person_whoever_comes_first() -> None:
    first, second = history(decision(1)), history(decision(1, reader="second"))
    check(clear(reader="second", by="officer-8"), first)
    check(clear(by="officer-8"), second)
    with pytest.raises(Conflict, match="officer-7 is the first reader"):
        check(clear(reader="second"), first)
    with pytest.raises(Conflict, match="officer-7 is the second reader"):
        check(clear(), second)


def test_whoever_comes_too_late_is_told_for_which_reader_the_scan_waits_and_not_what_was_said() -> None:
    first = history(decision(1, **suspicious()))
    with pytest.raises(Conflict, match="by officer-7, stands") as refused:
        check(clear(by="officer-8"), first, waits="second")
    assert "waits for its second reader" in refused.value.remedy
    assert "suspicious" not in refused.value.reason
    check(clear(by="officer-8", reader="second"), first, waits="second")
    with pytest.raises(Conflict, match="waits for its first reader, and not for a second one"):
        check(clear(by="officer-8", reader="second"), first, waits="first")
    check(clear(corrects=one(1)), first, waits="second")  # their own, while another is waited for
    check(clear(by="officer-8", reader="second"), first)  # an expert who was asked


def test_a_scan_that_somebody_reads_now_is_decided_by_them_alone() -> None:
    taken = Claim("officer-8", AT + timedelta(seconds=90))
    with pytest.raises(Claimed, match=r"officer-8 reads scan .* now, until \d\d:\d\d:\d\d UTC") as refused:
        check(clear(), waits="first", claim=taken)
    assert "Wait until" in refused.value.remedy
    check(clear(by="officer-8"), waits="first", claim=taken)
    stands = history(decision(1))
    check(clear(corrects=one(1)), stands, waits="second", claim=taken)


def test_a_decision_can_be_undone_for_ten_seconds_by_who_made_it() -> None:
    made = decision(1)
    assert check_undo(str(made.id), made.by, history(made), AT + timedelta(seconds=10)) == made
    with pytest.raises(Conflict, match="more than 10 seconds ago"):
        check_undo(str(made.id), made.by, history(made), AT + timedelta(seconds=10.1))
    with pytest.raises(Conflict, match="by somebody else"):
        check_undo(str(made.id), "officer-8", history(made), AT)


def test_what_does_not_stand_or_is_not_there_cannot_be_undone() -> None:
    made, later = decision(1), decision(2, corrects=one(1))
    with pytest.raises(Conflict, match="does not stand"):
        check_undo(str(made.id), made.by, history(made, later), AT)
    with pytest.raises(Conflict, match="does not stand"):
        check_undo(str(made.id), made.by, history(made, undone=(made,)), AT)
    with pytest.raises(NotFound, match="no decision"):
        check_undo(str(undo_of(made).id), made.by, history(made), AT)


def test_nobody_is_second_or_third_before_there_is_one_before_them() -> None:
    with pytest.raises(Conflict, match="as its first reader, so it has no second one"):
        check(clear(reader="second"))
    third = clear(reader="third", by="officer-9")
    with pytest.raises(Conflict, match="as its second reader, so it has no third one") as refused:
        check(third, history(decision(1)))
    assert refused.value.remedy == "Decide as the second reader."
    second = decision(2, reader="second", by="officer-8")
    check(third, history(decision(1), second))
    check(clear(reader="second", by="officer-8", corrects=str(second.id)), history(second))
