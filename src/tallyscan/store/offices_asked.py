"""Which offices a case is referred to, and until when: their contact points see it although it is of another site."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

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

Asked = Mapping[str, datetime | None]
"""Offices as they are compared, each with the time until which it has the case, also where that has passed; None:
without a limit."""
_Found = Iterable[tuple[str, datetime | None]]


def offices_asked_of_scan(session: Session, scan_id: str) -> Asked:
    """By an open referral of it, of the whole scan that it is a part of, or of its consignment."""
    found = list(_asked_of_scans(session, [scan_id]))
    for each in consignments_of(session, scan_id):
        found.extend(_asked_of_consignment(session, each))
    return _latest(found)


def offices_asked_of_consignment(session: Session, consignment: str) -> Asked:
    """By an open referral of it, or of one of its scans."""
    scans = session.execute(select(ScanRow.id).where(ScanRow.consignment_id == consignment)).scalars().all()
    return _latest([*_asked_of_scans(session, scans), *_asked_of_consignment(session, consignment)])


def offices_of_referral(session: Session, referral_id: str, *, ever: bool) -> Asked:
    """Where it is while it is open; `ever`: wherever it was, open or not, without a limit. Empty where there is no such
    referral."""
    if refers_consignment(session, referral_id) is not None:
        of_consignment = consignment_referral(session, referral_id)
        said = of_consignment.disposition
        first, found = DispositionHistory().asked(said), of_consignment
        return _offices(found.to, [first, *(step.to for step in found.steps)], found.state == "open", ever)
    if session.get(ReferralRow, referral_id) is None:
        return {}
    of_scan = referral(session, referral_id)
    to = [of_scan.decision.refer_to, *(step.to for step in of_scan.steps)]
    return _offices(of_scan.to, to, of_scan.state == "open", ever)


def _latest(found: _Found) -> Asked:
    """Where a case is referred to an office more than once, it has it for as long as the last of them says."""
    asked: dict[str, datetime | None] = {}
    for office, until in found:
        before = asked.get(office, until)
        asked[office] = None if until is None or before is None else max(until, before)
    return asked


def _offices(
    now: ReferredTo | None, every: Collection[ReferredTo | None], is_open: bool, ever: bool
) -> Asked:
    if ever:
        return {office_key(each.office): None for each in every if each is not None and each.office}
    return {office_key(now.office): now.answer_by} if is_open and now is not None and now.office else {}


def _asked_of_scans(session: Session, scans: Collection[str]) -> Iterator[tuple[str, datetime | None]]:
    wholes = select(PartRow.part_of).where(PartRow.scan_id.in_(scans))
    of_them = ReferralRow.scan_id.in_(scans) | ReferralRow.scan_id.in_(wholes)
    rows = select(ReferralRow.office, ReferralRow.answer_by)
    found = session.execute(rows.where(ReferralRow.state == "open", ReferralRow.office != "", of_them))
    yield from ((row.office, row.answer_by) for row in found)


def _asked_of_consignment(session: Session, consignment: str) -> Iterator[tuple[str, datetime | None]]:
    line = session.get(QueueRow, consignment)
    if line is None or line.waits_for != "answer":
        return
    history = disposition_history(session, consignment)
    if history.current is not None and (asked := history.asked(history.current)).office:
        yield office_key(asked.office), asked.answer_by
