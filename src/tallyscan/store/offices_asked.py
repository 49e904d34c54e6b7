"""Which offices a case is referred to now: their contact points see it although it is of another site."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.disposition import DispositionHistory
from tallyscan.referral import ReferredTo
from tallyscan.store.consignment_referrals import consignment_referral, refers_consignment
from tallyscan.store.dispositions import disposition_history
from tallyscan.store.join_steps import consignments_of
from tallyscan.store.referral_tables import ReferralRow
from tallyscan.store.referrals import office_key, referral
from tallyscan.store.tables import PartRow, ScanRow
from tallyscan.store.targeting_tables import QueueRow


def offices_asked_of_scan(session: Session, scan_id: str) -> frozenset[str]:
    """By an open referral of it, of the whole scan that it is a part of, or of its consignment."""
    asked = [_asked_of_consignment(session, each) for each in consignments_of(session, scan_id)]
    return _asked_of_scans(session, [scan_id]).union(*asked)


def offices_asked_of_consignment(session: Session, consignment: str) -> frozenset[str]:
    """By an open referral of it, or of one of its scans."""
    scans = session.execute(select(ScanRow.id).where(ScanRow.consignment_id == consignment)).scalars().all()
    return _asked_of_scans(session, scans) | _asked_of_consignment(session, consignment)


def offices_of_referral(session: Session, referral_id: str, *, ever: bool) -> frozenset[str]:
    """Where it is while it is open; `ever`: wherever it was, open or not. Empty where there is no such referral."""
    if refers_consignment(session, referral_id) is not None:
        of_consignment = consignment_referral(session, referral_id)
        said = of_consignment.disposition
        first, found = DispositionHistory().asked(said), of_consignment
        return _offices(found.to, [first, *(step.to for step in found.steps)], found.state == "open", ever)
    if session.get(ReferralRow, referral_id) is None:
        return frozenset()
    of_scan = referral(session, referral_id)
    to = [of_scan.decision.refer_to, *(step.to for step in of_scan.steps)]
    return _offices(of_scan.to, to, of_scan.state == "open", ever)


def _offices(
    now: ReferredTo | None, every: Collection[ReferredTo | None], is_open: bool, ever: bool
) -> frozenset[str]:
    wanted = every if ever else [now] if is_open else []
    return frozenset(office_key(each.office) for each in wanted if each is not None and each.office)


def _asked_of_scans(session: Session, scans: Collection[str]) -> frozenset[str]:
    wholes = select(PartRow.part_of).where(PartRow.scan_id.in_(scans))
    of_them = ReferralRow.scan_id.in_(scans) | ReferralRow.scan_id.in_(wholes)
    rows = select(ReferralRow.office).where(ReferralRow.state == "open", ReferralRow.office != "", of_them)
    return frozenset(session.execute(rows).scalars())


def _asked_of_consignment(session: Session, consignment: str) -> frozenset[str]:
    line = session.get(QueueRow, consignment)
    if line is None or line.waits_for != "answer":
        return frozenset()
    history = disposition_history(session, consignment)
    office = history.asked(history.current).office if history.current else ""
    return frozenset({office_key(office)} if office else ())
