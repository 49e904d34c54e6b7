"""Legal holds: of what is under one, nothing is deleted and nothing erased."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from tallyscan.errors import Conflict, InputError, NotFound
from tallyscan.store.retention_tables import HoldRow
from tallyscan.store.tables import Consignment, PartRow, ScanRow


@dataclass(frozen=True)
class Hold:
    """Of a consignment with all its scans, or of a scan. `until` is null for an open end; `stands`: it holds now."""

    id: str
    consignment: str | None
    scan: str | None
    set_by: str
    set_at: datetime
    reason: str
    until: datetime | None
    stands: bool
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_why: str | None


def set_hold(
    session: Session,
    *,
    by: str,
    reason: str,
    consignment: str | None = None,
    scan: str | None = None,
    until: datetime | None = None,
) -> Hold:
    """Of one of the two. Raises `NotFound`, and `InputError` without a reason or for an end that is over."""
    now = datetime.now(UTC)
    if (consignment is None) == (scan is None):
        raise InputError("A hold is of a consignment, or of a scan.", remedy="Name one of the two.")
    if not reason.strip() or not by.strip():
        raise InputError("A hold says who set it and why.", remedy="Say both.")
    if until is not None and until <= now:
        raise InputError("The hold would be over already.", remedy="Name a later time, or none.")
    if consignment is not None and session.get(Consignment, consignment) is None:
        raise NotFound(f"There is no consignment {consignment!r}.")
    if scan is not None and session.get(ScanRow, scan) is None:
        raise NotFound(f"There is no scan {scan!r}.")
    row = HoldRow(
        id=str(uuid4()),
        consignment_id=consignment,
        scan_id=scan,
        set_by=by,
        set_at=now,
        reason=reason,
        until=until,
    )
    session.add(row)
    session.flush()
    return _hold(row, now)


def lift_hold(session: Session, hold: str, *, by: str, reason: str) -> Hold:
    """From now on it holds no more; it stays on record. Raises `NotFound`, `Conflict` for one that is over."""
    now = datetime.now(UTC)
    if not reason.strip() or not by.strip():
        raise InputError("Who lifts a hold says who they are and why.", remedy="Say both.")
    row = session.get(HoldRow, hold)
    if row is None:
        raise NotFound(f"There is no hold {hold!r}.")
    if not _stands(row, now):
        raise Conflict(f"The hold {hold} is over already.")
    row.lifted_by, row.lifted_at, row.lifted_why = by, now, reason
    session.flush()
    return _hold(row, now)


def holds(session: Session, *, consignment: str | None = None, every: bool = False) -> tuple[Hold, ...]:
    """Those that stand, newest first, of one consignment with its scans or of all; `every`: also those that are
    over."""
    now = datetime.now(UTC)
    rows = select(HoldRow).order_by(HoldRow.set_at.desc(), HoldRow.id)
    if not every:
        rows = rows.where(_standing(now))
    if consignment is not None:
        of_it = select(ScanRow.id).where(ScanRow.consignment_id == consignment)
        rows = rows.where(or_(HoldRow.consignment_id == consignment, HoldRow.scan_id.in_(of_it)))
    return tuple(_hold(row, now) for row in session.execute(rows).scalars())


def held_consignments(now: datetime) -> Select[str]:
    """Part of a question: those under a hold, or with a scan under one."""
    held = select(HoldRow.scan_id).where(HoldRow.scan_id.is_not(None), _standing(now))
    scanned = select(ScanRow.consignment_id).where(ScanRow.id.in_(held), ScanRow.consignment_id.is_not(None))
    named = select(HoldRow.consignment_id).where(HoldRow.consignment_id.is_not(None), _standing(now))
    return select(Consignment.id).where(or_(Consignment.id.in_(named), Consignment.id.in_(scanned)))


def held_scans(now: datetime) -> Select[str]:
    """Part of a question: those under a hold, of a consignment under one, and with them the whole and its units."""
    named = select(HoldRow.scan_id).where(HoldRow.scan_id.is_not(None), _standing(now))
    consignments = select(HoldRow.consignment_id).where(HoldRow.consignment_id.is_not(None), _standing(now))
    direct = select(ScanRow.id).where(or_(ScanRow.id.in_(named), ScanRow.consignment_id.in_(consignments)))
    wholes = select(PartRow.part_of).where(PartRow.scan_id.in_(direct))
    parts = select(PartRow.scan_id).where(or_(PartRow.part_of.in_(direct), PartRow.part_of.in_(wholes)))
    return select(ScanRow.id).where(
        or_(ScanRow.id.in_(direct), ScanRow.id.in_(wholes), ScanRow.id.in_(parts))
    )


def _standing(now: datetime) -> ColumnElement[bool]:
    return HoldRow.lifted_at.is_(None) & or_(HoldRow.until.is_(None), HoldRow.until > now)


def _stands(row: HoldRow, now: datetime) -> bool:
    return row.lifted_at is None and (row.until is None or row.until > now)


def _hold(row: HoldRow, now: datetime) -> Hold:
    return Hold(
        id=row.id,
        consignment=row.consignment_id,
        scan=row.scan_id,
        set_by=row.set_by,
        set_at=row.set_at,
        reason=row.reason,
        until=row.until,
        stands=_stands(row, now),
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
        lifted_why=row.lifted_why,
    )
