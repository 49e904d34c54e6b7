"""Events that wait to be told outside, in the order in which they happened, each sink's apart from the others'."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from tallyscan.store.database import Database
from tallyscan.store.live_lines import tell_watchers
from tallyscan.store.tables import OPEN, OutboxRow

FILE = "file"
"""The sink that every service has."""

LONGEST_PAUSE = timedelta(hours=1)
"""The relay makes none longer: what waits for later than that failed before the clock was set back, and is due."""


@dataclass(frozen=True)
class WaitingEvent:
    """A CloudEvent to be delivered; `attempts` were made before."""

    event_id: str
    event: dict[str, Any]
    attempts: int


def put_event(
    session: Session,
    event: dict[str, Any],
    sinks: Sequence[str] = (FILE,),
    *,
    not_before: datetime | None = None,
) -> None:
    """Tell it to these sinks when, and only when, the caller's transaction is committed.

    Until `not_before` it waits, and what comes later of its subject behind it.
    """
    for sink in sinks:
        session.add(
            OutboxRow(
                sink=sink,
                event_id=event["id"],
                subject=event["subject"],
                event=event,
                created_at=datetime.now(UTC),
                attempts=0,
                not_before=not_before,
            )
        )
    session.flush()
    tell_watchers(session, event)


def event_told(session: Session, event_id: str) -> dict[str, Any] | None:
    """An event as it was told, or is going to be; None when there is none of that id."""
    event = select(OutboxRow.event).where(OutboxRow.event_id == event_id).limit(1)
    return session.execute(event).scalar()


def waiting_for(session: Session, sink: str) -> tuple[int, datetime | None]:
    """How many events have not arrived at a sink, and since when the oldest of them waits."""
    waiting = select(func.count(), func.min(OutboxRow.created_at)).where(
        OutboxRow.sink == sink, OutboxRow.state.in_(OPEN)
    )
    count, oldest = session.execute(waiting).one()
    return count, oldest


class OutboxRows:
    """The rows for the relay of one sink: one that does not answer holds back no other."""

    def __init__(self, database: Database, sink: str = FILE) -> None:
        self._database = database
        self._sink = sink

    def due(self, limit: int) -> tuple[WaitingEvent, ...]:
        """What can be delivered now, oldest first; nothing of a subject of which an earlier event waits.

        Of a long queue, only so many are loaded.
        """
        now = datetime.now(UTC)
        earlier = aliased(OutboxRow)
        held = exists().where(
            earlier.sink == OutboxRow.sink,
            earlier.subject == OutboxRow.subject,
            earlier.position <= OutboxRow.position,
            or_(
                earlier.state == "undeliverable",
                and_(
                    earlier.state == "waiting",
                    earlier.not_before > now,
                    earlier.not_before <= now + LONGEST_PAUSE,
                ),
            ),
        )
        due = (
            select(OutboxRow)
            .where(OutboxRow.sink == self._sink, OutboxRow.state == "waiting", ~held)
            .order_by(OutboxRow.position)
            .limit(limit)
        )
        with self._database.read() as session:
            rows = session.execute(due).scalars()
            return tuple(WaitingEvent(row.event_id, row.event, row.attempts) for row in rows)

    def delivered(self, event_id: str) -> None:
        """It has arrived."""
        with self._database.write() as session:
            row = self._row(session, event_id)
            row.state, row.delivered_at = "delivered", datetime.now(UTC)
            row.attempts += 1
            row.last_error = None

    def failed(self, event_id: str, error: str, delay_seconds: float) -> None:
        """It has not arrived; try again later."""
        with self._database.write() as session:
            row = self._row(session, event_id)
            row.attempts += 1
            row.last_error = error
            row.not_before = datetime.now(UTC) + timedelta(seconds=delay_seconds)

    def refused(self, event_id: str, error: str) -> None:
        """It will never arrive as it is: held back, and with it what comes later of its subject, for a person."""
        with self._database.write() as session:
            row = self._row(session, event_id)
            row.attempts += 1
            row.last_error = error
            if row.state == "waiting":  # else a person has skipped it while it was sent
                row.state = "undeliverable"

    def _row(self, session: Session, event_id: str) -> OutboxRow:
        row = select(OutboxRow).where(OutboxRow.event_id == event_id, OutboxRow.sink == self._sink)
        return session.execute(row).scalar_one()
