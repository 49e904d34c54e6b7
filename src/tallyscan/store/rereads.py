"""Reading an archive again with another model: begun, claimed scan by scan, kept beside what is on record, stopped.

No row of a scan is touched: a scan that waits has no reading that counts, and these go on counting.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Select, exists, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from tallyscan.errors import Conflict, InputError, NotFound
from tallyscan.finding import ModelIdentity
from tallyscan.reading import Reading, reading_to_dict
from tallyscan.store.reread_tables import RereadRow, RereadScanRow, RereadState
from tallyscan.store.tables import ScanRow


@dataclass(frozen=True)
class RereadSaid:
    """What is to be read again, and who says so and why. `until` is exclusive, `site` None for every site."""

    model: ModelIdentity
    since: datetime
    until: datetime
    site: str | None
    by: str
    why: str


@dataclass(frozen=True)
class Reread:
    """A run, and how far it is: of `total` scans so many are `read`, so many `failed`. `seconds_left` is by the time
    that those before took, None before the first one.
    """

    id: str
    model: ModelIdentity
    since: datetime
    until: datetime
    site: str | None
    by: str
    why: str
    begun_at: datetime
    state: RereadState
    changed_at: datetime
    changed_by: str
    said: str | None
    total: int
    read: int
    failed: int
    seconds_left: float | None


@dataclass(frozen=True)
class ArchiveClaim:
    """A scan of a run, for one reader alone as long as the token is its; `attempts` with this one."""

    reread: str
    position: int
    scan: str
    model: ModelIdentity
    token: str
    attempts: int


def begin_reread(session: Session, said: RereadSaid) -> str:
    """Its id. Raises `InputError` where nothing on record is of that time and place, or nobody says who and why."""
    if not said.by.strip() or not said.why.strip():
        raise InputError("The record needs to know who does it, and why.")
    if said.since >= said.until:
        raise InputError("The time ends before it begins.", remedy="Give --since before --until.")
    now, reread = datetime.now(UTC), str(uuid4())
    session.add(
        RereadRow(
            id=reread,
            model_name=said.model.name,
            model_version=said.model.version,
            model_sha256=said.model.sha256,
            since=said.since,
            until=said.until,
            site=said.site,
            person=said.by.strip()[:120],
            why=said.why.strip(),
            begun_at=now,
            state="running",
            changed_at=now,
            changed_by=said.by.strip()[:120],
        )
    )
    session.flush()
    place = func.row_number().over(order_by=(ScanRow.received_at, ScanRow.id))
    chosen = select(literal(reread), place, ScanRow.id, literal("waits")).where(
        ScanRow.received_at >= said.since, ScanRow.received_at < said.until, ScanRow.revision > 0
    )
    if said.site is not None:
        chosen = chosen.where(ScanRow.site == said.site)
    session.execute(insert(RereadScanRow).from_select(["reread_id", "position", "scan_id", "state"], chosen))
    if not _counts(session, reread):
        raise InputError(
            "No scan of that time and place was read.", remedy="Look at --since, --until, --site."
        )
    return reread


def change_reread(
    session: Session, reread: str, to: RereadState, *, by: str, said: str | None = None
) -> None:
    """Stop it, or let it go on. Raises `NotFound`, and `Conflict` where it stands there already or is done."""
    row = _row(session, reread)
    if row.state == "done" or row.state == to:
        raise Conflict(f"The run {reread} is {row.state} already.")
    row.state, row.changed_at, row.changed_by, row.said = to, datetime.now(UTC), by.strip()[:120], said


def reread(session: Session, named: str) -> Reread:
    """How it stands. Raises `NotFound`."""
    return _view(session, _row(session, named))


def rereads(session: Session, *, limit: int = 50) -> tuple[Reread, ...]:
    """The newest first."""
    newest = select(RereadRow).order_by(RereadRow.begun_at.desc(), RereadRow.id).limit(limit)
    return tuple(_view(session, row) for row in session.execute(newest).scalars())


def is_archive_waiting(session: Session) -> bool:
    """Whether a run goes on."""
    return bool(session.execute(select(exists().where(RereadRow.state == "running"))).scalar())


def claim_archived(session: Session, *, lease: timedelta) -> ArchiveClaim | None:
    """The next scan of the run that began first; None while any scan waits for its own reading, and where there is
    none. A run of which nothing is left is done.
    """
    now = datetime.now(UTC)
    live = select(
        exists().where(
            ScanRow.state == "received", or_(ScanRow.not_before.is_(None), ScanRow.not_before <= now)
        )
    )
    if session.execute(live).scalar():
        return None
    running = select(RereadRow).where(RereadRow.state == "running").order_by(RereadRow.begun_at, RereadRow.id)
    for run in session.execute(running).scalars():
        row = session.execute(_next(run.id, now - lease)).scalar()
        if row is not None:
            row.state, row.claim, row.claimed_at = "reading", str(uuid4()), now
            row.attempts += 1
            model = ModelIdentity(run.model_name, run.model_version, run.model_sha256)
            return ArchiveClaim(run.id, row.position, row.scan_id, model, row.claim, row.attempts)
        if not session.execute(_of(run.id).where(RereadScanRow.state == "reading")).first():
            run.state, run.changed_at, run.said = "done", now, None
    return None


def keep_archived(
    session: Session, claim: ArchiveClaim, before: Reading, revision: int, after: Reading
) -> None:
    """What the model says, beside what is on record; nothing where somebody else reads it by now."""
    row = _held(session, claim)
    if row is None:
        return
    row.state, row.claim, row.read_at = "read", None, datetime.now(UTC)
    row.seconds, row.revision = after.seconds.total, revision
    row.status_before, row.status = before.status, after.status
    row.lane_before, row.lane = before.risk.lane, after.risk.lane
    row.score_before, row.score = before.risk.score, after.risk.score
    row.document = reading_to_dict(after)


def fail_archived(session: Session, claim: ArchiveClaim, reason: str) -> None:
    """It cannot be read again; the others go on."""
    row = _held(session, claim)
    if row is not None:
        row.state, row.claim, row.reason, row.read_at = "failed", None, reason, datetime.now(UTC)


def give_back_archived(session: Session, claim: ArchiveClaim) -> None:
    """Not now: it waits again, and the try was not its fault."""
    row = _held(session, claim)
    if row is not None:
        row.state, row.claim, row.claimed_at = "waits", None, None
        row.attempts -= 1


def _next(reread: str, run_out: datetime) -> Select[RereadScanRow]:
    free = or_(
        RereadScanRow.state == "waits",
        (RereadScanRow.state == "reading") & (RereadScanRow.claimed_at < run_out),
    )
    return _of(reread).where(free).order_by(RereadScanRow.position).limit(1)


def _of(reread: str) -> Select[RereadScanRow]:
    return select(RereadScanRow).where(RereadScanRow.reread_id == reread)


def _held(session: Session, claim: ArchiveClaim) -> RereadScanRow | None:
    row = session.get(RereadScanRow, (claim.reread, claim.position))
    return row if row is not None and row.claim == claim.token else None


def _row(session: Session, reread: str) -> RereadRow:
    row = session.get(RereadRow, reread)
    if row is None:
        raise NotFound(f"There is no run {reread!r}.", remedy="tallyscan reread list names them.")
    return row


def _counts(session: Session, reread: str) -> dict[str, int]:
    by_state = select(RereadScanRow.state, func.count()).where(RereadScanRow.reread_id == reread)
    return {row[0]: row[1] for row in session.execute(by_state.group_by(RereadScanRow.state))}


def _view(session: Session, row: RereadRow) -> Reread:
    counts = _counts(session, row.id)
    total, read, failed = sum(counts.values()), counts.get("read", 0), counts.get("failed", 0)
    mean = select(func.avg(RereadScanRow.seconds)).where(RereadScanRow.reread_id == row.id)
    each = session.execute(mean).scalar()
    return Reread(
        id=row.id,
        model=ModelIdentity(row.model_name, row.model_version, row.model_sha256),
        since=row.since,
        until=row.until,
        site=row.site,
        by=row.person,
        why=row.why,
        begun_at=row.begun_at,
        state=row.state,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        said=row.said,
        total=total,
        read=read,
        failed=failed,
        seconds_left=None if each is None else float(each) * (total - read - failed),
    )
