"""The queue as JSON: each consignment with its reason in one line, and what of the shift's budget is left."""

from dataclasses import dataclass
from datetime import datetime

from tallyscan.alert_budget import LookedAt
from tallyscan.disposition import Disposition
from tallyscan.risk import Lane
from tallyscan.store.targeting_queue import QueueCounts, QueueLine
from tallyscan.triage.queue_place import PLACES, DeadlineBy, WaitsFor
from tallyscan.web.record_words import INDICATORS_IN_WORDS


@dataclass(frozen=True)
class QueueEntry:
    """A consignment in the queue. `place` is how pressing it is; `waits_for` what has to happen next; `deadline_at` by
    when, and `deadline_by` what says so, null where nothing does.

    `reason` is one line, made of `unassessed` (why it is not assessed), the `indicators` that raise its risk most, and
    `selected` (the profiles and shares that select it). `record` is the newest step of its risk record, which a
    disposition names. `disposition` is the newest that stands.
    """

    consignment: str
    lane: Lane
    risk_score: float | None
    place: str
    urgent: bool
    waits_for: WaitsFor
    deadline_at: datetime | None
    deadline_by: DeadlineBy | None
    reason: str
    unassessed: str | None
    indicators: tuple[str, ...]
    selected: str | None
    for_scan: bool
    for_opening: bool
    opened: bool
    released: bool
    disposition: Disposition | None
    declared: str | None
    marks: tuple[str, ...]
    traders: tuple[str, ...]
    sites: tuple[str, ...]
    scans: int
    arrived_at: datetime | None
    record: int
    changed_at: datetime


@dataclass(frozen=True)
class ShiftBudget:
    """What a shift can look at, and what of it is done: `done` are those that were opened in it, or read a second time,
    whichever `of` counts; `waiting` are those that still wait for that.
    """

    of: LookedAt
    shift: str
    begins_at: datetime
    ends_at: datetime
    budget: int
    done: int
    waiting: int


@dataclass(frozen=True)
class Queue:
    """A page of the queue, the most pressing first; `next` leads to the page after it. `counts` are over all pages;
    `budget` is that of the site asked for, null where it has none. `to_be_written` lines are still to be written, after
    an update of the service or a new budget of a site: until it is 0 the queue may not be whole.
    """

    entries: tuple[QueueEntry, ...]
    next: str | None
    counts: QueueCounts
    budget: ShiftBudget | None
    to_be_written: int


def queue_entry(line: QueueLine) -> QueueEntry:
    """A line as it is published."""
    shown = line.shown
    disposition = shown["disposition"]
    return QueueEntry(
        consignment=line.consignment,
        lane=line.lane,
        risk_score=shown["score"],
        place=PLACES[line.place],
        urgent=shown["urgent"],
        waits_for=line.waits_for,
        deadline_at=line.deadline_at,
        deadline_by=shown["deadline_by"],
        reason=reason_in_words(line),
        unassessed=shown["unassessed"],
        indicators=tuple(shown["indicators"]),
        selected=shown["selected"],
        for_scan=line.for_scan,
        for_opening=line.for_opening,
        opened=shown["opened"],
        released=line.released,
        disposition=Disposition.model_validate(disposition) if disposition else None,
        declared=shown["declared"],
        marks=tuple(shown["marks"]),
        traders=tuple(shown["traders"]),
        sites=line.sites,
        scans=shown["scans"],
        arrived_at=datetime.fromisoformat(shown["arrived_at"]) if shown["arrived_at"] else None,
        record=shown["record"],
        changed_at=line.changed_at,
    )


def reason_in_words(line: QueueLine) -> str:
    """Why it stands where it stands, in one line."""
    shown = line.shown
    raising = [INDICATORS_IN_WORDS.get(code, code) for code in shown["indicators"]]
    said = [shown["unassessed"], *raising, shown["selected"]]
    nothing = "Nothing speaks against it." if line.scanned else "Not scanned, and nothing selects it."
    return "; ".join(each.rstrip(".") for each in said if each) or nothing
