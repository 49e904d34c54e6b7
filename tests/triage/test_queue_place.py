"""Where a consignment stands in the queue, what it waits for, and by when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tallyscan.consignment_now import ConsignmentNow, Heard, ScanNow
from tallyscan.disposition import Disposition, DispositionHistory
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.triage.odds import URGENT_SCORE
from tallyscan.triage.queue_place import AT_THE_POST, PLACES, deadline, place, raising, waits_for

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
RED, YELLOW, GREEN, UNKNOWN = (
    Risk(0.9, "red"),
    Risk(0.2, "yellow"),
    Risk(0.02, "green"),
    Risk(None, "not_assessed"),
)
REPORTED = Risk(None, "not_assessed", (RiskIndicator("IN-RISK", 2.5, group="incoming"),))
OPENED = Heard("inspector-3", NOON + timedelta(minutes=30), looked_inside=True)


def scan(**more: Any) -> ScanNow:
    said: dict[str, Any] = {"waits": False, "usable": True, "in_question": False, "reason": None}
    return ScanNow("s1", NOON, **(said | more))


def now(risk: Risk = RED, *scans: ScanNow, **more: Any) -> ConsignmentNow:
    said: dict[str, Any] = {
        "urgent": False, "heard": (), "selected": frozenset(), "dispositions": DispositionHistory(),
    }  # fmt: skip
    return ConsignmentNow(consignment="C-1", record=1, risk=risk, scans=scans, **(said | more))


def disposed(step: str, ground: str, at: datetime = NOON, **more: Any) -> DispositionHistory:
    said = {
        "id": "2f1c6d0a-9d6e-4b7a-8a55-6e1b0f3c2d10",
        "by": "officer-7",
        "record": 1,
        "consignment": "C-1",
    }
    times = {"at": at, "received_at": at}
    entry = Disposition.model_validate({**said, **times, "disposition": step, "ground": ground, **more})
    return DispositionHistory((entry,))


@pytest.mark.parametrize(
    ("standing", "placed", "waits"),
    [
        (now(RED, scan(), urgent=True), "urgent", "disposition"),
        (now(RED, scan()), "red", "disposition"),
        (now(UNKNOWN, scan(usable=False)), "not_assessed", "disposition"),
        (now(UNKNOWN, scan(waits=True)), "not_assessed", "reading"),
        (now(UNKNOWN, scan(in_question=True)), "not_assessed", "join"),
        (now(GREEN, scan(), selected=frozenset({"open"})), "selected", "opening"),
        (now(YELLOW, scan(), selected=frozenset({"second_reading"})), "selected", "second_reading"),
        (now(GREEN, scan(), selected=frozenset({"open"}), heard=(OPENED,)), "green", "disposition"),
        (now(YELLOW, scan()), "yellow", "disposition"),
        (now(UNKNOWN, selected=frozenset({"scan"})), "to_be_scanned", "scan"),
        (now(GREEN, scan(), selected=frozenset({"scan"})), "green", "nothing"),
        (now(UNKNOWN, scan(usable=False), selected=frozenset({"scan"})), "not_assessed", "disposition"),
        (now(REPORTED), "reported", "disposition"),
        (now(REPORTED, selected=frozenset({"scan"})), "reported", "scan"),
        (now(UNKNOWN), "not_selected", "nothing"),
        (now(RED, scan(), dispositions=disposed("open", "anomaly")), "red", "opening"),
        (
            now(RED, scan(), dispositions=disposed("open", "anomaly"), heard=(OPENED,)),
            "red",
            "disposition",
        ),
        (
            now(RED, scan(), dispositions=disposed("open", "anomaly", NOON + timedelta(hours=1)), heard=(OPENED,)),
            "red",
            "opening",
        ),
        (now(GREEN, scan(), dispositions=disposed("release", "nothing_against")), "green", "nothing"),
    ],
)  # fmt: skip
def test_each_consignment_has_its_place_and_waits_for_one_thing(
    standing: ConsignmentNow, placed: str, waits: str
) -> None:
    assert (PLACES[place(standing)], waits_for(standing)) == (placed, waits)


def test_a_rescan_is_done_by_a_scan_that_comes_after_it() -> None:
    before = disposed("rescan", "image_poor", NOON - timedelta(minutes=1))
    assert waits_for(now(RED, scan(), dispositions=before)) == "disposition"
    after = disposed("rescan", "image_poor", NOON + timedelta(minutes=1))
    assert waits_for(now(RED, scan(), dispositions=after)) == "scan"


def test_who_referred_it_does_not_answer_it() -> None:
    referred = disposed("refer", "specialist", contact_point="Laboratory", purpose="Which goods?")
    own, other = (Heard(by, NOON + timedelta(minutes=1)) for by in ("officer-7", "laboratory-1"))
    assert waits_for(now(RED, scan(), dispositions=referred, heard=(own,))) == "answer"
    assert waits_for(now(RED, scan(), dispositions=referred, heard=(own, other))) == "disposition"


def test_a_deadline_is_what_a_referral_says_else_the_shift_else_since_it_stands_at_the_post() -> None:
    shift, expected = NOON + timedelta(hours=2), NOON + timedelta(days=1)

    def due(standing: ConsignmentNow, shift_ends_at: datetime | None = shift) -> tuple[datetime, str] | None:
        found = deadline(standing, shift_ends_at=shift_ends_at, expected_at=expected)
        return (found.at, found.by) if found else None

    until = (NOON + timedelta(minutes=7)).isoformat()
    asked = {"contact_point": "Laboratory", "purpose": "Which goods?", "until": until}
    referred = now(RED, scan(), dispositions=disposed("refer", "specialist", **asked))
    assert due(referred) == (NOON + timedelta(minutes=7), "referral")
    assert due(now(RED, scan())) == (shift, "shift")
    assert due(now(RED, scan()), None) == (NOON + AT_THE_POST, "arrival")
    assert due(now(UNKNOWN)) == (expected, "expected")
    assert due(now(GREEN, scan(), dispositions=disposed("release", "nothing_against"))) is None
    assert deadline(now(UNKNOWN), shift_ends_at=None, expected_at=None) is None


def test_what_speaks_against_a_load_is_named_before_what_could_not_be_assessed_of_it() -> None:
    told = [
        RiskIndicator("XR-UNVERIFIED", 0.0, lifts_to=0.1),
        RiskIndicator("XR-FILL", 1.6),
        RiskIndicator("XR-EXPECTATION", 2.2),
        RiskIndicator("XR-PEOPLE", 0.0, lifts_to=URGENT_SCORE),
        RiskIndicator("XR-EXPECTATION", 0.4),
        RiskIndicator("XR-NOTED", 0.3, group="note"),
        RiskIndicator("XR-AGREES", -1.0),
    ]
    assert raising(told) == ("XR-PEOPLE", "XR-EXPECTATION", "XR-FILL", "XR-UNVERIFIED")
