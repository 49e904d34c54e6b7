"""What is known of a consignment when it is judged: its declaration, who trades, and what its scans were read to be."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.consignment_evidence import ConsignmentEvidence, ScanEvidence, consignment_sites
from tallyscan.errors import NotFound
from tallyscan.reading import reading_from_dict
from tallyscan.risk import Risk
from tallyscan.risk_profile import Stage
from tallyscan.store.crossing_events import crossing_history, crossing_readings
from tallyscan.store.readings import load_declaration
from tallyscan.store.risk_record import risk_then
from tallyscan.store.tables import WAITING, Consignment, ReadingRow, ScanRow
from tallyscan.store.traders import trader_history


def evidence_of(
    session: Session, consignment: str, stage: Stage, as_of: datetime
) -> ConsignmentEvidence | None:
    """As it was known at that time, but for the declaration, which is the newest. None where the stage is not reached:
    before the scan without a declaration, and after it while a scan of it waits to be read. Raises `NotFound`.
    """
    row = session.get(Consignment, consignment)
    if row is None:
        raise NotFound(f"There is no consignment {consignment!r}.")
    if stage == "before_scan" and row.declaration_version == 0:
        return None
    scans: tuple[ScanEvidence, ...] | None = None
    risk: Risk | None = None
    if stage == "after_scan":
        if _waits(session, consignment):
            return None
        scans = _scans(session, consignment)
        risk = risk_then(session, consignment, as_of) if scans else None
    declaration = load_declaration(session, consignment, row.declaration_version)
    parties = (declaration.consignor, declaration.consignee) if declaration else (None, None)
    consignor, consignee = (
        trader_history(session, party, consignment=consignment, before=row.created_at, as_of=as_of)
        for party in parties
    )
    return ConsignmentEvidence(
        consignment, row.declaration_version, declaration, consignor, consignee, scans, risk
    )


def unread_evidence(session: Session, consignment: str) -> ConsignmentEvidence:
    """Where what is known of it cannot be used: only which declaration counts. Of no office, so of every one."""
    row = session.get_one(Consignment, consignment)
    return ConsignmentEvidence(consignment, row.declaration_version, None)


def sites_of(session: Session, consignment: str) -> tuple[str, ...]:
    """Where it was scanned, else where it is declared to come. Raises `NotFound`."""
    row = session.get_one(Consignment, consignment)
    seen = select(ScanRow.seen).where(ScanRow.consignment_id == consignment)
    scanned = session.execute(seen.order_by(ScanRow.received_at, ScanRow.id)).scalars()
    declaration = load_declaration(session, consignment, row.declaration_version)
    elsewhere = crossing_history(session, consignment).sites
    return consignment_sites((*(each.get("site") for each in scanned), *elsewhere), declaration)


def _waits(session: Session, consignment: str) -> bool:
    waiting = select(ScanRow.id).where(ScanRow.consignment_id == consignment, ScanRow.state.in_(WAITING))
    return session.execute(waiting.limit(1)).first() is not None


def _scans(session: Session, consignment: str) -> tuple[ScanEvidence, ...]:
    newest = (
        select(ReadingRow.document, ScanRow.seen)
        .join(ScanRow, (ScanRow.id == ReadingRow.scan_id) & (ScanRow.revision == ReadingRow.revision))
        .where(ScanRow.consignment_id == consignment)
        .order_by(ScanRow.received_at, ScanRow.id)
    )
    here = tuple(
        ScanEvidence(reading_from_dict(document), seen.get("site"))
        for document, seen in session.execute(newest)
    )
    elsewhere = tuple(
        ScanEvidence(reading, next(iter(entry.told.sites), None))
        for scan in crossing_history(session, consignment).scans
        for entry in [scan.reading]
        if entry is not None
        for reading in crossing_readings(session, [entry])
    )
    return here + elsewhere
