"""What crossing points told: rows that are only added, and what they come to for a consignment."""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from tallyscan.crossing_history import CrossingHistory
from tallyscan.crossing_point import CrossingEntry, CrossingTold
from tallyscan.reading import Reading, reading_from_dict
from tallyscan.store.crossing_tables import CrossingEventRow

_TOLD = TypeAdapter(CrossingTold)
_JUMPS = "selection/"
"""Steps in which nothing is selected are not told: their numbers jump."""


@dataclass(frozen=True)
class Place:
    """Where an event stands in its subject: so many numbers are `missing` before it; `late`: a later one was heard."""

    missing: int
    late: bool


def sha256_of(event: dict[str, Any]) -> str:
    """Of its content, however that was written; the head of the audit beside it is that of each try."""
    content = {name: value for name, value in event.items() if name != "audithead"}
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def heard_before(session: Session, source: str, event_ids: Collection[str]) -> dict[str, str]:
    """Those of these events that are on record, with the hash of what they said."""
    rows = select(CrossingEventRow.event_id, CrossingEventRow.sha256).where(
        CrossingEventRow.source == source, CrossingEventRow.event_id.in_(event_ids)
    )
    return dict(session.execute(rows).all())


def place_of(session: Session, source: str, subject: str, sequence: int) -> Place:
    """Held against what was heard of its subject so far; of a subject that was not heard of, against the beginning."""
    newest = select(func.max(CrossingEventRow.sequence)).where(
        CrossingEventRow.source == source, CrossingEventRow.subject == subject
    )
    known = session.execute(newest).scalar() or 0
    missing = 0 if subject.startswith(_JUMPS) else max(sequence - known - 1, 0)
    return Place(missing, late=sequence < known)


def put_crossing_event(
    session: Session,
    event: dict[str, Any],
    told: CrossingTold,
    place: Place,
    *,
    heard_at: datetime,
    told_by: str | None,
) -> CrossingEntry:
    """Keep it, in the caller's transaction; its consignment is known by now."""
    row = CrossingEventRow(
        source=event["source"],
        event_id=event["id"],
        type=event["type"],
        subject=event["subject"],
        sequence=int(event["sequence"]),
        missing=place.missing,
        late=place.late,
        at=datetime.fromisoformat(event["time"]),
        heard_at=heard_at,
        told_by=told_by,
        kind=told.kind,
        consignment_id=told.consignment,
        scan=told.scan,
        part_of=told.part_of,
        sha256=sha256_of(event),
        told=_TOLD.dump_python(told, mode="json"),
        event=event,
    )
    session.add(row)
    session.flush()
    return _entry(row)


def crossing_history(session: Session, consignment: str) -> CrossingHistory:
    """All that crossing points told of it, and of the scans that ever were in it, in the order in which it came."""
    of_it = CrossingEventRow.consignment_id == consignment
    scans = select(CrossingEventRow.source, CrossingEventRow.scan, CrossingEventRow.part_of).where(
        of_it, CrossingEventRow.scan.is_not(None)
    )
    about = {
        (source, each)
        for source, scan, part_of in session.execute(scans.distinct())
        for each in (scan, part_of)
        if each
    }
    wanted = or_(of_it, tuple_(CrossingEventRow.source, CrossingEventRow.scan).in_(about)) if about else of_it
    rows = session.execute(select(CrossingEventRow).where(wanted).order_by(CrossingEventRow.position))
    return CrossingHistory(consignment, tuple(map(_entry, rows.scalars())))


def consignments_told_of(session: Session, source: str, told: CrossingTold) -> set[str]:
    """Those that an event is about: the one that it names, else where its scan, or a unit of it, was told to be."""
    if told.consignment is not None or told.scan is None:
        return {told.consignment} if told.consignment is not None else set()
    rows = select(CrossingEventRow.consignment_id).where(
        CrossingEventRow.source == source,
        or_(CrossingEventRow.scan == told.scan, CrossingEventRow.part_of == told.scan),
        CrossingEventRow.consignment_id.is_not(None),
    )
    return {consignment for consignment in session.execute(rows.distinct()).scalars() if consignment}


def crossing_readings(session: Session, entries: Iterable[CrossingEntry]) -> tuple[Reading, ...]:
    """The readings of these entries, whole."""
    positions = [each.position for each in entries]
    rows = select(CrossingEventRow.event).where(CrossingEventRow.position.in_(positions))
    events = session.execute(rows.order_by(CrossingEventRow.position)).scalars()
    return tuple(reading_from_dict(event["data"]["reading"]) for event in events)


def _entry(row: CrossingEventRow) -> CrossingEntry:
    return CrossingEntry(
        position=row.position,
        source=row.source,
        event_id=row.event_id,
        at=row.at,
        heard_at=row.heard_at,
        told=_TOLD.validate_python(row.told),
    )
