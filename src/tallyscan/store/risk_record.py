"""The risk record of a consignment: a history that only grows, and what it comes to now."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.risk import Lane, Risk, RiskRecord, RiskRecordEntry
from tallyscan.store.tables import WAITING, Consignment, RiskRecordRow, ScanRow

# A scan that was not assessed may hide anything, so it outranks yellow and green.
_WORST_FIRST: tuple[Lane, ...] = ("red", "not_assessed", "yellow", "green")
_NOT_READ_YET = Risk(score=None, lane="not_assessed")
_RISK = TypeAdapter(Risk)


def worst_risk(risks: Iterable[Risk]) -> Risk:
    """What several scans of one consignment come to: the worst of them; without a scan, not assessed."""
    ranked = sorted(risks, key=lambda risk: (_WORST_FIRST.index(risk.lane), -(risk.score or 0.0)))
    return ranked[0] if ranked else _NOT_READ_YET


def append_entry(
    session: Session,
    *,
    consignment: str,
    declaration_version: int,
    scan_id: str,
    event: str,
    scan_risk: Risk,
    detail: dict[str, Any],
    at: datetime,
) -> RiskRecordEntry:
    """Add what a reading found. The entry's risk is the consignment's, over the last reading of each scan; one
    that is still to be read counts as not assessed."""
    session.flush()
    last = _last_entries(session, consignment)
    unread = _unread(session, consignment, declaration_version, last) - {scan_id}
    of_scan = last.pop(scan_id, None)
    risk = worst_risk([scan_risk, *_shares(last, unread)])
    newest = session.execute(
        select(func.max(RiskRecordRow.sequence)).where(RiskRecordRow.consignment_id == consignment)
    ).scalar()
    row = RiskRecordRow(
        consignment_id=consignment,
        sequence=(newest or 0) + 1,
        at=at,
        event=event,
        scan_id=scan_id,
        declaration_version=declaration_version,
        lane=risk.lane,
        risk=_RISK.dump_python(risk, mode="json"),
        scan_risk=_RISK.dump_python(scan_risk, mode="json"),
        supersedes=of_scan.sequence if of_scan else None,
        detail=detail,
    )
    session.add(row)
    session.flush()
    return _entry(row)


def risk_record(session: Session, consignment: str) -> RiskRecord:
    """The current risk and the whole history, oldest first. Raises `NotFound`.

    A reading counts only while it rests on what is so now: of a scan that waits, or that was read against
    another version of the declaration, nothing is known.
    """
    row = session.get(Consignment, consignment)
    if row is None:
        raise NotFound(
            f"There is no consignment {consignment!r}.", remedy="Send its declaration or a scan first."
        )
    last = _last_entries(session, consignment)
    unread = _unread(session, consignment, row.declaration_version, last)
    return RiskRecord(
        consignment,
        worst_risk(_shares(last, unread)),
        row.declaration_version,
        tuple(_entry(entry) for entry in _entries(session, consignment)),
        _pending(session, row, len(unread)),
    )


def _entries(session: Session, consignment: str) -> Iterable[RiskRecordRow]:
    of_consignment = select(RiskRecordRow).where(RiskRecordRow.consignment_id == consignment)
    return session.execute(of_consignment.order_by(RiskRecordRow.sequence)).scalars()


def _last_entries(session: Session, consignment: str) -> dict[str, RiskRecordRow]:
    return {row.scan_id: row for row in _entries(session, consignment)}


def _unread(
    session: Session, consignment: str, declaration_version: int, last: dict[str, RiskRecordRow]
) -> set[str]:
    """Scans that are not read yet, or not as the consignment stands now."""
    scans = select(ScanRow.id, ScanRow.state).where(ScanRow.consignment_id == consignment)
    return {
        scan
        for scan, state in session.execute(scans)
        if state in WAITING or scan not in last or last[scan].declaration_version != declaration_version
    }


def _shares(last: dict[str, RiskRecordRow], unread: set[str]) -> list[Risk]:
    """What each scan adds to the risk of its consignment."""
    read = [_RISK.validate_python(row.scan_risk) for scan, row in last.items() if scan not in unread]
    return [*read, *([_NOT_READ_YET] if unread else [])]


def _pending(session: Session, consignment: Consignment, unread: int) -> str | None:
    if not unread:
        return None
    of_consignment = select(func.count()).where(ScanRow.consignment_id == consignment.id)
    scans = session.execute(of_consignment).scalar_one()
    version = consignment.declaration_version
    against = f" against version {version} of the declaration" if version else ""
    return f"Not yet read{against}: {unread} of {scans} scan{'' if scans == 1 else 's'}."


def _entry(row: RiskRecordRow) -> RiskRecordEntry:
    return RiskRecordEntry(
        sequence=row.sequence,
        at=row.at,
        event=row.event,
        scan_id=row.scan_id,
        declaration_version=row.declaration_version,
        risk=_RISK.validate_python(row.risk),
        supersedes=row.supersedes,
        detail=row.detail,
    )
