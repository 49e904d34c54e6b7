"""Jobs for the workers of many machines, put into the queue of PostgreSQL in the transaction that makes them needed.

A job only says that a scan is to be looked at, and how pressing that is. What is to be done is in the row of the scan:
a job too many finds that there is nothing, and ends.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.store.tables import WAITING, PartRow, ScanRow

if TYPE_CHECKING:
    from procrastinate import App

QUEUE, TASK = "readings", "read"
_BEFORE = datetime(2060, 1, 1, tzinfo=UTC)  # seconds to it fit into 32 bits from 1992 to 2128
_MOST = 2**31 - 1


def defer(session: Session, rows: Iterable[ScanRow]) -> None:
    """A job for each that can be read, through the connection of the session: it is there when, and only when, the
    caller's transaction is committed. On SQLite there are no jobs.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    ready = [row for row in rows if row.state in WAITING and not _waits_for_whole(session, row)]
    if not ready:
        return
    app = deferring_app()
    connection = session.connection().connection.driver_connection
    for row in ready:
        app.configure_task(
            TASK,
            queue=QUEUE,
            priority=priority(row.due_at or row.received_at),
            schedule_at=row.not_before,
            connection=connection,
        ).defer(scan_id=row.id)


def deferring_app(**more: Any) -> "App":
    """procrastinate without connections of its own."""
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector(**more))


def priority(due_at: datetime) -> int:
    """The earlier due, the higher; procrastinate takes the highest first, and of the same the oldest."""
    return max(-_MOST, min(_MOST, int((_BEFORE - due_at).total_seconds())))


def _waits_for_whole(session: Session, row: ScanRow) -> bool:
    """A part is read from its whole: it gets its job when that is read."""
    of_whole = select(ScanRow.id).join(PartRow, PartRow.part_of == ScanRow.id)
    waiting = of_whole.where(PartRow.scan_id == row.id, ScanRow.state.in_(WAITING))
    return session.execute(waiting).first() is not None
