"""At which sites a scan or a consignment is; what names none is of every site."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration, normal_mark
from tallyscan.store.crossing_events import crossing_history
from tallyscan.store.dispositions import consignment_of
from tallyscan.store.readings import load_declaration
from tallyscan.store.tables import Consignment, DecisionRow, ScanRow, scans_at


def sites_of_scan(session: Session, scan_id: str) -> frozenset[str]:
    """Where it was taken, as it is compared; empty where nobody says it, or there is no such scan."""
    site = session.execute(select(ScanRow.site).where(ScanRow.id == scan_id)).scalar()
    return frozenset({site} if site else ())


def at_sites(session: Session, scan_ids: Iterable[str], sites: frozenset[str] | None) -> set[str]:
    """Those of these scans that are of these sites, or of none; of every one for None."""
    ids = set(scan_ids)
    if sites is None:
        return ids
    return set(session.execute(select(ScanRow.id).where(ScanRow.id.in_(ids), scans_at(sites))).scalars())


def sites_of_referral(session: Session, referral_id: str) -> frozenset[str]:
    """Where the scan was taken that this decision is of, or the consignment is that this disposition is of; empty where
    there is neither.
    """
    scan = session.execute(select(DecisionRow.scan_id).where(DecisionRow.id == referral_id)).scalar()
    if scan is not None:
        return sites_of_scan(session, scan)
    consignment = consignment_of(session, referral_id)
    return sites_of_consignment(session, consignment) if consignment is not None else frozenset()


def sites_of_consignment(session: Session, consignment: str) -> frozenset[str]:
    """Where it was scanned and where it is declared to come; empty where nobody says it, or there is none."""
    row = session.get(Consignment, consignment)
    if row is None:
        return frozenset()
    scanned = session.execute(select(ScanRow.site).where(ScanRow.consignment_id == consignment)).scalars()
    declaration = load_declaration(session, consignment, row.declaration_version)
    elsewhere = crossing_history(session, consignment).sites
    return frozenset(site for site in (*scanned, *elsewhere) if site) | (
        offices_of(declaration) if declaration else frozenset()
    )


def offices_of(declaration: Declaration) -> frozenset[str]:
    """Where goods are declared to come, as it is compared."""
    offices = (normal_mark(office.reference_number)[:80] for office in declaration.customs_offices)
    return frozenset(office for office in offices if office)
