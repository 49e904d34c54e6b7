"""How much waits, in a few counts that an index answers: for those who watch the service."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from tallyscan.store.held_events import SinkStanding, standing_of_sinks
from tallyscan.store.tables import OPEN, WAITING, WHOLES, DeskRow, OutboxRow, ScanRow, ScanScoreRow

WaitingClass = Literal["first", "again"]
CLASSES: tuple[WaitingClass, ...] = ("first", "again")
_DESK = timedelta(days=7)


@dataclass(frozen=True)
class ServiceStanding:
    """Scans that wait to be read (for the `first` time, or `again`), with the arrival of the oldest that waits; those
    that are read now, and dead letters. By sink, what has not arrived, and when the oldest of it happened. How many
    scans of a week wait for a person."""

    waiting: dict[WaitingClass, int]
    oldest: dict[WaitingClass, datetime]
    in_reading: int
    dead: int
    outbox: dict[str, SinkStanding]
    oldest_unsent: dict[str, datetime]
    at_desk: int


def service_standing(session: Session, now: datetime) -> ServiceStanding:
    """As it is now."""
    of = case((ScanRow.revision == 0, "first"), else_="again").label("class")
    rows = select(of, ScanRow.state, func.count(), func.min(ScanRow.received_at)).where(
        ScanRow.state.in_((*WAITING, "dead"))
    )
    waiting: dict[WaitingClass, int] = dict.fromkeys(CLASSES, 0)
    oldest: dict[WaitingClass, datetime] = {}
    in_reading = dead = 0
    for kind, state, count, first in session.execute(rows.group_by(of, ScanRow.state)):
        if state == "dead":
            dead += count
            continue
        in_reading += count if state == "reading" else 0
        waiting[kind] += count if state == "received" else 0
        oldest[kind] = min(first, oldest.get(kind, first))
    unsent = select(OutboxRow.sink, func.min(OutboxRow.created_at)).where(OutboxRow.state.in_(OPEN))
    return ServiceStanding(
        waiting,
        oldest,
        in_reading,
        dead,
        standing_of_sinks(session),
        {row.sink: row[1] for row in session.execute(unsent.group_by(OutboxRow.sink))},
        _at_desk(session, now),
    )


def _at_desk(session: Session, now: datetime) -> int:
    waits = (
        select(func.count())
        .select_from(ScanScoreRow)
        .join(ScanRow, ScanRow.id == ScanScoreRow.scan_id)
        .outerjoin(DeskRow, DeskRow.scan_id == ScanScoreRow.scan_id)
        .where(
            ScanRow.received_at >= now - _DESK,
            ScanRow.state.not_in(WAITING),
            ScanScoreRow.scan_id.not_in(WHOLES),
            or_(DeskRow.scan_id.is_(None), DeskRow.waits_for.is_not(None)),
        )
    )
    return session.execute(waits).scalar_one()
