"""How each crossing point stands, as far as it was heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.store.crossing_tables import CrossingPointRow


@dataclass(frozen=True, kw_only=True)
class PointHeard:
    """All that came from one source so far. `newest_at` is the time of its newest event, by its own clock."""

    source: str
    heard_at: datetime
    newest_at: datetime | None
    taken: int
    repeats: int
    gaps: int
    late: int
    refused: int
    refusal: str | None
    waiting: int | None
    waiting_since: datetime | None


def points_heard(session: Session) -> dict[str, PointHeard]:
    """By source."""
    return {
        row.source: PointHeard(
            source=row.source,
            heard_at=row.heard_at,
            newest_at=row.newest_at,
            taken=row.taken,
            repeats=row.repeats,
            gaps=row.gaps,
            late=row.late,
            refused=row.refused,
            refusal=row.refusal,
            waiting=row.waiting,
            waiting_since=row.waiting_since,
        )
        for row in session.execute(select(CrossingPointRow)).scalars()
    }


def heard_standing(
    session: Session, source: str, waiting: int, waiting_since: datetime | None, now: datetime
) -> None:
    """It says how many events wait there."""
    row = _row(session, source, now)
    row.waiting, row.waiting_since = waiting, waiting_since


def heard_taken(
    session: Session, source: str, at: datetime, now: datetime, *, missing: bool, late: bool
) -> None:
    """A new event came from it."""
    row = _row(session, source, now)
    row.taken += 1
    row.gaps += missing
    row.late += late
    row.newest_at = at if row.newest_at is None else max(at, row.newest_at)


def heard_again(session: Session, sources: Iterable[str], now: datetime) -> None:
    """An event came from each of these that is on record."""
    for source in sources:
        _row(session, source, now).repeats += 1


def heard_refused(session: Session, source: str, reason: str, now: datetime) -> None:
    """What came from it was refused."""
    row = _row(session, source, now)
    row.refused += 1
    row.refusal = reason


def _row(session: Session, source: str, now: datetime) -> CrossingPointRow:
    row = session.get(CrossingPointRow, source)
    if row is None:
        row = CrossingPointRow(
            source=source, heard_at=now, newest_at=None, taken=0, repeats=0, gaps=0, late=0, refused=0
        )
        session.add(row)
    row.heard_at = now
    return row
