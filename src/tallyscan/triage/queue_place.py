"""Where a consignment stands in the queue of a targeting officer: how pressing, what it waits for, by when.

docs/reference/queue.md explains it; change both together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tallyscan.consignment_now import ConsignmentNow
from tallyscan.risk import RiskIndicator
from tallyscan.triage.odds import URGENT_SCORE

WaitsFor = Literal["disposition", "opening", "scan", "second_reading", "answer", "reading", "join", "nothing"]
DeadlineBy = Literal["referral", "shift", "arrival", "expected"]

PLACES = (
    "urgent",
    "red",
    "not_assessed",
    "reported",
    "selected",
    "yellow",
    "to_be_scanned",
    "green",
    "not_selected",
)
"""From the most pressing. `reported`: not scanned, and what came from elsewhere raises its risk. `selected`: to be
opened or read a second time, whatever its lane. What has no scan and is not selected for one comes last."""

AT_THE_POST = timedelta(hours=4)
"""Within which goods that stand at a post without shifts are decided on."""


@dataclass(frozen=True)
class Deadline:
    """When it must be decided, and what says so."""

    at: datetime
    by: DeadlineBy


def place(now: ConsignmentNow) -> int:
    """Its number among `PLACES`."""
    return PLACES.index(_place(now))


def _place(now: ConsignmentNow) -> str:
    lane, to_do = now.risk.lane, now.to_do
    if now.urgent:
        return "urgent"
    if lane == "red" or (lane == "not_assessed" and now.scans):
        return lane
    if _is_reported(now):
        return "reported"
    if to_do & {"open", "second_reading"}:
        return "selected"
    if lane in ("yellow", "green"):
        return lane
    return "to_be_scanned" if "scan" in to_do else "not_selected"


def waits_for(now: ConsignmentNow) -> WaitsFor:
    """What has to happen next: what an officer decided, else what was selected, else that an officer decides."""
    if now.released:
        return "nothing"
    awaited = now.awaited
    if awaited is not None:
        steps: dict[str, WaitsFor] = {
            "open": "opening",
            "rescan": "scan",
            "second_reading": "second_reading",
            "refer": "answer",
        }
        return steps[awaited.disposition]
    if any(scan.waits for scan in now.scans):
        return "reading"
    if any(scan.in_question for scan in now.scans):
        return "join"
    return _waits_for_selected(now)


def _waits_for_selected(now: ConsignmentNow) -> WaitsFor:
    if now.urgent or now.risk.lane == "red" or (now.scans and now.risk.lane == "not_assessed"):
        return "disposition"
    if "open" in now.to_do:
        return "opening"
    if "second_reading" in now.to_do:
        return "second_reading"
    if "scan" in now.to_do:
        return "scan"
    needs_one = now.risk.lane == "yellow" or now.opened or _is_reported(now)
    return "disposition" if needs_one else "nothing"


def _is_reported(now: ConsignmentNow) -> bool:
    return not now.scans and any(each.weight > 0 for each in now.risk.indicators)


def deadline(
    now: ConsignmentNow, *, shift_ends_at: datetime | None, expected_at: datetime | None
) -> Deadline | None:
    """A referral says it itself. Goods that were scanned stand at the post: the end of the shift in which their first
    scan came, else so long after it. What is not scanned is due when it is declared to come. None: nothing says when.
    """
    if now.released:
        return None
    awaited = now.awaited
    if awaited is not None and awaited.disposition == "refer":
        answer_by = now.dispositions.asked(awaited).answer_by
        if answer_by is not None:
            return Deadline(answer_by.astimezone(UTC), "referral")
    if now.scans:
        if shift_ends_at is not None:
            return Deadline(shift_ends_at, "shift")
        return Deadline(min(scan.received_at for scan in now.scans) + AT_THE_POST, "arrival")
    return Deadline(expected_at, "expected") if expected_at is not None else None


def raising(indicators: Iterable[RiskIndicator]) -> tuple[str, ...]:
    """The codes of what raises a risk, each once: what is urgent, then what adds most, then what lifts it out of green.

    So what speaks against a load is named before what could not be assessed of it.
    """
    found = [each for each in indicators if each.weight > 0 or each.lifts_to is not None]
    found.sort(key=lambda each: (each.lifts_to != URGENT_SCORE, -each.weight, -(each.lifts_to or 0.0)))
    return tuple(dict.fromkeys(each.code for each in found if each.group != "note"))
