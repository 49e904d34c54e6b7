"""Scans that were given up: which and why, and that a person lets them be read again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from tallyscan.errors import Conflict, InputError, NotFound
from tallyscan.store.deletions import check_images
from tallyscan.store.queue_rows import touch
from tallyscan.store.tables import DeadLetterActionRow, ReadingRow, ScanRow
from tallyscan.store.waiting import let_wait


@dataclass(frozen=True)
class DeadLetterReplay:
    """That a person let it be read again, and why; what had been said of it then."""

    by: str
    reason: str
    at: datetime
    reason_before: str | None
    attempts_before: int


@dataclass(frozen=True)
class DeadLetter:
    """A scan that was given up at `since` after so many tries; `replays` are those before, oldest first."""

    scan: str
    name: str
    consignment: str | None
    site: str | None
    since: datetime
    reason: str | None
    attempts: int
    traceback: str | None
    replays: tuple[DeadLetterReplay, ...]


def dead_letters(session: Session, *, after: str | None = None, limit: int) -> tuple[DeadLetter, ...]:
    """The oldest first, after that scan."""
    found = _dead().order_by(ReadingRow.created_at, ScanRow.id).limit(limit)
    last = session.execute(_dead().where(ScanRow.id == after)).first() if after is not None else None
    if last is not None:
        found = found.where(tuple_(ReadingRow.created_at, ScanRow.id) > tuple_(last[1], last[0].id))
    return tuple(_letter(session, row, since) for row, since in session.execute(found))


def read_dead_again(session: Session, scan: str, *, by: str, reason: str) -> None:
    """It waits with all its tries, in its old consignment; who asked for it and why is on record.

    Raises `NotFound`, `InputError` without name or reason, `Conflict` for a scan that was not given up, and `Deleted`.
    """
    if not by.strip() or not reason.strip():
        raise InputError("The record needs to know who does it, and why.")
    row = session.get(ScanRow, scan)
    if row is None:
        raise NotFound(f"There is no scan {scan!r}.")
    if row.state != "dead":
        raise Conflict(
            f"Scan {scan} was not given up: it is {row.state}.", remedy="See GET /v1/dead-letters."
        )
    check_images(session, scan)
    taken = select(func.count()).where(DeadLetterActionRow.scan_id == scan)
    session.add(
        DeadLetterActionRow(
            scan_id=scan,
            sequence=session.execute(taken).scalar_one() + 1,
            person=by,
            reason=reason,
            at=datetime.now(UTC),
            reason_before=row.reason,
            attempts_before=row.attempts,
        )
    )
    row.ended_readers = 0
    let_wait(session, row, reason=f"It is read again: {by} asked for it.")
    touch(session, row.consignment_id)
    session.flush()


def all_dead(session: Session) -> tuple[str, ...]:
    """The ids of all, the oldest first."""
    dead = select(ScanRow.id).where(ScanRow.state == "dead").order_by(ScanRow.received_at, ScanRow.id)
    return tuple(session.execute(dead).scalars())


def _dead() -> Select[ScanRow, datetime]:
    newest = (ReadingRow.scan_id == ScanRow.id) & (ReadingRow.revision == ScanRow.revision)
    return select(ScanRow, ReadingRow.created_at).join(ReadingRow, newest).where(ScanRow.state == "dead")


def _letter(session: Session, row: ScanRow, since: datetime) -> DeadLetter:
    replays = select(DeadLetterActionRow).where(DeadLetterActionRow.scan_id == row.id)
    return DeadLetter(
        scan=row.id,
        name=row.name,
        consignment=row.consignment_id,
        site=row.site,
        since=since,
        reason=row.reason,
        attempts=row.attempts,
        traceback=row.traceback,
        replays=tuple(
            DeadLetterReplay(each.person, each.reason, each.at, each.reason_before, each.attempts_before)
            for each in session.execute(replays.order_by(DeadLetterActionRow.sequence)).scalars()
        ),
    )
