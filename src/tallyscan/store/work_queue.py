"""The work queue of one machine: the scans themselves, by their own state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from tallyscan.store.claimant import is_dead, this_process
from tallyscan.store.database import Database
from tallyscan.store.tables import WAITING, Consignment, PartRow, ScanRow
from tallyscan.store.waiting import MOST_ENDED_READERS, give_back

LONGEST_DELAY = timedelta(minutes=5)
"""What is put back for later than that was put back before the clock was set back: it is due."""


@dataclass(frozen=True)
class Claim:
    """A scan that is this worker's to read, and what its reading will rest on: the declaration version, how many
    weighbridge values came, the scanner profile that was asked for (None: the scan itself says it) and the first use of
    its image.

    Of a scan that is one cargo unit of another, `part_of` is the whole, `unit` its number in it, and `rests_on` stands
    for what its reading takes from that of the whole. `view` is the one that it is of, where its files hold several.
    `exhausted`: it was tried as often as is allowed and never finished, or ended its reader `MOST_ENDED_READERS`
    times; it must not be tried again. `last_reason` says why the try before did not finish, where that is known. `job`
    is the job under which it is claimed, on PostgreSQL.
    """

    scan_id: str
    name: str
    sha256: str
    token: str
    attempts: int
    exhausted: bool
    consignment: str | None
    declaration_version: int
    profile: str | None
    reused_from: str | None
    last_reason: str | None
    part_of: str | None = None
    unit: int | None = None
    rests_on: str | None = None
    weighings: int = 0
    view: str | None = None
    job: int | None = None


class DatabaseQueue:
    """Claims with a lease. A claim that ran out, or whose process is gone, is claimed again under a new
    token; whoever comes late with the old token is refused, so nothing is read twice into a risk record."""

    def __init__(self, database: Database, *, lease_seconds: float, max_attempts: int) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)
        self._max_attempts = max_attempts
        self._claimant = this_process()

    def claim(self) -> Claim | None:
        """The scan that is due first, or None."""
        now = datetime.now(UTC)
        later = and_(ScanRow.not_before > now, ScanRow.not_before <= now + LONGEST_DELAY)
        due = and_(ScanRow.state == "received", or_(ScanRow.not_before.is_(None), ~later))
        run_out = and_(ScanRow.state == "reading", ScanRow.claimed_at < now - self._lease)
        waiting = (
            select(ScanRow)
            .where(or_(due, run_out), ~whole_is_unread())
            .order_by(ScanRow.due_at, ScanRow.received_at, ScanRow.id)
            .limit(1)
        )
        with self._database.write() as session:
            row = session.execute(waiting.with_for_update(skip_locked=True)).scalar()
            return claim_row(session, row, self._claimant, now, self._max_attempts) if row else None

    def put_back(self, claim: Claim, *, delay_seconds: float = 0.0, reason: str | None, counts: bool) -> None:
        """Give the scan back to be read later; `counts` is False when the try was not its fault."""
        with self._database.write() as session:
            now = datetime.now(UTC)
            put_back(session, claim, now, delay_seconds=delay_seconds, reason=reason, counts=counts)

    def done(self, claim: Claim) -> None:
        """The state of the scan says it already."""

    def call_when_there_is_work(self, wake: Callable[[], None]) -> None:
        """Whoever brings a scan on this machine wakes the worker."""

    def close(self) -> None:
        """Nothing is held."""

    def return_claims_of_the_dead(self) -> int:
        """At the start: whatever a process of this machine had claimed when it died is waiting again."""
        with self._database.write() as session:
            held = session.execute(select(ScanRow).where(ScanRow.state == "reading")).scalars()
            orphans = [row for row in held if row.claimed_by is None or is_dead(row.claimed_by)]
            for row in orphans:
                row.ended_readers += 1
                give_back(session, row, reason="the process that read it ended")
            return len(orphans)


def whole_is_unread() -> ColumnElement[bool]:
    """Whether a `ScanRow` is a part of a scan that waits: it is read from that, so after it."""
    whole = aliased(ScanRow)
    return exists().where(
        PartRow.scan_id == ScanRow.id, whole.id == PartRow.part_of, whole.state.in_(WAITING)
    )


def claim_row(
    session: Session,
    row: ScanRow,
    claimant: str,
    now: datetime,
    max_attempts: int,
    job: int | None = None,
) -> Claim:
    """The scan is this worker's from now on, whoever had it before."""
    if row.state == "reading":  # nobody gave it back: its reader ended, or stands
        row.ended_readers += 1
    row.state = "reading"
    row.claim = str(uuid4())
    row.claimed_by = claimant
    row.claimed_at = now
    row.job = job
    row.attempts += 1
    consignment = session.get(Consignment, row.consignment_id) if row.consignment_id else None
    part, image = session.get(PartRow, row.id), image_of(session, row)
    return Claim(
        scan_id=row.id,
        name=row.name,
        sha256=row.sha256,
        token=row.claim,
        attempts=row.attempts,
        exhausted=row.attempts > max_attempts or row.ended_readers >= MOST_ENDED_READERS,
        consignment=row.consignment_id,
        declaration_version=consignment.declaration_version if consignment else 0,
        profile=image.profile,
        reused_from=image.reused_from,
        last_reason=row.reason,
        part_of=part.part_of if part else None,
        unit=part.unit if part else None,
        rests_on=part.rests_on if part else None,
        weighings=consignment.weighings if consignment else 0,
        view=row.view,
        job=job,
    )


def put_back(
    session: Session, claim: Claim, now: datetime, *, delay_seconds: float, reason: str | None, counts: bool
) -> bool:
    """The scan waits again, in the caller's transaction; False where the claim had run out and it is someone else's."""
    row = held_by(session, claim)
    if row is None:
        return False
    later = now + timedelta(seconds=delay_seconds) if delay_seconds else None
    row.attempts -= 0 if counts else 1
    give_back(session, row, reason=reason, not_before=later)
    return True


def image_of(session: Session, row: ScanRow) -> ScanRow:
    """The scan whose files a scan is read from: the whole of which it is a part, else itself."""
    part = session.get(PartRow, row.id)
    whole = session.get(ScanRow, part.part_of) if part is not None else None
    return whole or row


def held_by(session: Session, claim: Claim) -> ScanRow | None:
    """The claimed scan, or None when the claim is no longer the holder's."""
    row = session.get(ScanRow, claim.scan_id)
    return row if row is not None and row.claim == claim.token else None
