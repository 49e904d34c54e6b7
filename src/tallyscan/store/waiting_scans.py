"""What waits to be read: how much, in which place a scan is, and how fast it goes.

What was never read counts: its bytes and its place are new. What is read again comes after it and is refused nowhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from tallyscan.store.selection_tables import SelectionReasonRow, SelectionRow
from tallyscan.store.tables import WAITING, ReadingRow, ScanFile, ScanRow
from tallyscan.store.targeting_tables import QueueRow
from tallyscan.triage.queue_place import PLACES

LOOK_BACK = timedelta(minutes=5)
LEAST_READINGS = 3
"""Fewer say nothing of how fast it goes."""

_HIGH = tuple(PLACES.index(place) for place in ("urgent", "red", "reported"))


@dataclass(frozen=True)
class Waiting:
    """Scans that wait for their first reading, the bytes of their files, and how many readings are made in a second
    while scans wait; None while too few were."""

    scans: int
    bytes: int
    readings_per_second: float | None


def waiting(session: Session, now: datetime) -> Waiting:
    """All that waits."""
    scans, oldest = session.execute(
        select(func.count(), func.min(ScanRow.received_at)).where(_never_read())
    ).one()
    sizes = select(func.sum(ScanFile.size_bytes)).join(ScanRow, ScanRow.id == ScanFile.scan_id)
    size = session.execute(sizes.where(_never_read())).scalar() if scans else 0
    return Waiting(scans, int(size or 0), _readings_per_second(session, oldest, now))


def place_of(session: Session, scan_id: str) -> int | None:
    """The place of a scan in the order, the first is 1, over all that wait; None of one that does not wait, or is being
    read."""
    row = session.get(ScanRow, scan_id)
    if row is None or row.state != "received":
        return None
    return session.execute(
        select(func.count()).where(ScanRow.state == "received", _not_after(row))
    ).scalar_one()


def is_high_risk(session: Session, consignment: str) -> bool:
    """Whether its risk says so, what came from elsewhere, or a risk profile that selects it. A random draw does not."""
    row = session.get(QueueRow, consignment)
    if row is None or row.released:
        return False
    return row.place in _HIGH or row.lane == "red" or _is_selected(session, consignment)


def _never_read() -> ColumnElement[bool]:
    return ScanRow.state.in_(WAITING) & (ScanRow.revision == 0)


def _not_after(row: ScanRow) -> ColumnElement[bool]:
    """Scans that are claimed before a scan, and itself: the order of `DatabaseQueue.claim`."""
    place = tuple_(ScanRow.due_at, ScanRow.received_at, ScanRow.id)
    return place <= tuple_(row.due_at, row.received_at, row.id)


def _readings_per_second(session: Session, oldest: datetime | None, now: datetime) -> float | None:
    """Counted over the time in which there was always something to read: since the oldest that waits arrived."""
    if oldest is None:
        return None
    since = max(oldest, now - LOOK_BACK)
    count = session.execute(select(func.count()).where(ReadingRow.created_at >= since)).scalar_one()
    seconds = (now - since).total_seconds()
    return count / seconds if count >= LEAST_READINGS and seconds > 0 else None


def _is_selected(session: Session, consignment: str) -> bool:
    of_step = (
        (SelectionReasonRow.consignment_id == SelectionRow.consignment_id)
        & (SelectionReasonRow.stage == SelectionRow.stage)
        & (SelectionReasonRow.sequence == SelectionRow.sequence)
    )
    hit = (
        select(SelectionRow.sequence)
        .join(SelectionReasonRow, of_step)
        .where(SelectionRow.consignment_id == consignment, SelectionRow.superseded.is_(False))
        .where(SelectionReasonRow.drawn.is_(True), SelectionReasonRow.kind != "audit")
    )
    return session.execute(hit.limit(1)).first() is not None
