"""The lines of the queue: each is written anew at the end of every transaction that changes what it rests on.

What changes a consignment says so by `touch`; before the transaction is committed, its line is made of all that is then
on record. So a line is never behind, and a page needs no question for each of its lines.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from tallyscan.consignment_evidence import consignment_sites
from tallyscan.consignment_now import ConsignmentNow
from tallyscan.declaration import Declaration, normal_mark
from tallyscan.store.alert_budgets import shift_end
from tallyscan.store.before_commit import once_before_commit
from tallyscan.store.consignment_state import consignment_with_scans
from tallyscan.store.queue_words import words_of
from tallyscan.store.risk_inputs import ConsignmentScans
from tallyscan.store.scan_scores import UNNAMED
from tallyscan.store.selection_tables import DeclaredOfficeRow, SelectionReasonRow, SelectionRow
from tallyscan.store.tables import Consignment, DeclarationVersion, ScanRow, ScanScoreRow
from tallyscan.store.targeting_tables import QueueRenewalRow, QueueRow, QueueWordRow
from tallyscan.store.waiting import know_risk
from tallyscan.triage.queue_place import deadline, place, raising, waits_for
from tallyscan.triage.urgency import KnownRisk

NO_DEADLINE = datetime(9999, 12, 31, tzinfo=UTC)
MOST_INDICATORS = 3
_TOUCHED = "consignments_touched"
_MOST_SITES = 9  # of 80 characters each, in the column of 800


def touch(session: Session, consignment: str | None) -> None:
    """What is known of a consignment changes in this transaction: its line is written anew at its end."""
    if consignment is None:
        return
    touched: set[str] = session.info.setdefault(_TOUCHED, set())
    touched.add(consignment)
    once_before_commit(session, "lines", _renew_touched)


def renew_later(session: Session, site: str) -> None:
    """What the deadlines of a site rest on has changed: its lines are written anew one after another (`renew_some`)."""
    known = select(QueueRenewalRow.consignment_id)
    at_site = select(QueueRow.consignment_id).where(
        is_listed_as(site),
        QueueRow.released.is_(False),
        QueueRow.consignment_id.not_in(known),
    )
    session.execute(insert(QueueRenewalRow).from_select(["consignment_id"], at_site))


def is_listed_as(site: str) -> ColumnElement[bool]:
    """Whether it is listed at a site, named as sites are compared; `UNNAMED`: whether nobody says where it is."""
    return QueueRow.sites == "|" if site == UNNAMED else QueueRow.sites.contains(f"|{site}|", autoescape=True)


def is_at(*sites: str) -> ColumnElement[bool]:
    """Whether it is listed at one of these sites, or nobody says where it is: then it is of every one."""
    return or_(*map(is_listed_as, sorted({UNNAMED, *sites})))


def listed_at(session: Session, consignments: Collection[str], sites: frozenset[str]) -> set[str]:
    """Those of these consignments that are listed at one of these sites, or of which nobody says where they are."""
    rows = select(QueueRow.consignment_id).where(QueueRow.consignment_id.in_(consignments), is_at(*sites))
    return set(session.execute(rows).scalars())


def renewals_waiting(session: Session) -> int:
    """How many lines are still to be written."""
    return session.execute(select(func.count()).select_from(QueueRenewalRow)).scalar_one()


def renew_some(session: Session, most: int) -> int:
    """Write the lines of some consignments that wait for that; gives how many."""
    waiting = select(QueueRenewalRow.consignment_id).order_by(QueueRenewalRow.consignment_id).limit(most)
    ids = list(session.execute(waiting).scalars())
    for consignment in ids:
        renew(session, consignment)
    session.execute(delete(QueueRenewalRow).where(QueueRenewalRow.consignment_id.in_(ids)))
    return len(ids)


def _renew_touched(session: Session) -> None:
    session.flush()
    for consignment in sorted(session.info.pop(_TOUCHED, ())):
        renew(session, consignment)


def renew(session: Session, consignment: str) -> None:
    """Write its line from what is on record."""
    declaration = _declaration(session, consignment)
    now, scans = consignment_with_scans(session, consignment)
    sites = _sites(session, consignment, declaration, scans)
    due = deadline(
        now,
        shift_ends_at=_shift_ends_at(session, sites, now),
        expected_at=_expected_at(session, consignment),
    )
    row = session.get(QueueRow, consignment) or QueueRow(consignment_id=consignment)
    row.released = now.released
    row.place = place(now)
    row.deadline_at = due.at if due else NO_DEADLINE
    row.score_key = 0 if now.risk.score is None else 10_000 - round(10_000 * now.risk.score)
    row.lane = now.risk.lane
    row.waits_for = waits_for(now)
    row.scanned = bool(now.scans)
    row.for_scan, row.for_opening = "scan" in now.to_do, "open" in now.to_do
    row.sites = f"|{'|'.join(sites)}|" if sites else "|"
    row.changed_at = datetime.now(UTC)
    row.shown = _shown(session, now, scans, declaration, due.by if due else None)
    session.add(row)
    _put_words(session, consignment, declaration)
    session.flush()
    know_risk(session, consignment, _known_risk(session, scans, consignment).level)


def _known_risk(session: Session, scans: ConsignmentScans, consignment: str) -> KnownRisk:
    """What is known of it without the scans that wait, but with what earlier readings of them were."""
    said = [share.risk.lane for share in scans.inputs.shares]
    read = select(ScanScoreRow.lane).join(ScanRow, ScanRow.id == ScanScoreRow.scan_id)
    lanes = {*said, *session.execute(read.where(ScanRow.consignment_id == consignment)).scalars()}
    return KnownRisk(lanes, scans.inputs.incoming, _is_selected(session, consignment))


def _is_selected(session: Session, consignment: str) -> bool:
    """By a risk profile that hit it or could not be judged, for whatever is to be done; a random draw is none."""
    of_step = (
        (SelectionReasonRow.consignment_id == SelectionRow.consignment_id)
        & (SelectionReasonRow.stage == SelectionRow.stage)
        & (SelectionReasonRow.sequence == SelectionRow.sequence)
    )
    found = (
        select(SelectionRow.sequence)
        .join(SelectionReasonRow, of_step)
        .where(SelectionRow.consignment_id == consignment, SelectionRow.superseded.is_(False))
        .where(SelectionReasonRow.drawn.is_(True), SelectionReasonRow.kind != "audit")
    )
    return session.execute(found.limit(1)).first() is not None


def _shown(
    session: Session,
    now: ConsignmentNow,
    scans: ConsignmentScans,
    declaration: Declaration | None,
    deadline_by: str | None,
) -> dict[str, Any]:
    """What an officer reads of it; `indicators` are the codes of those that raise its risk most."""
    current, awaited = now.dispositions.current, now.awaited
    parties = (declaration.consignor, declaration.consignee) if declaration else ()
    return {
        "score": now.risk.score,
        "urgent": now.urgent,
        "record": now.record,
        "deadline_by": deadline_by,
        "scans": len(now.scans),
        "arrived_at": now.scans[0].received_at.isoformat() if now.scans else None,
        "indicators": list(raising(now.risk.indicators)[:MOST_INDICATORS]),
        "unassessed": _unassessed(session, now, scans),
        "selected": _selected_for(session, now),
        "opened": now.opened,
        "disposition": current.model_dump(mode="json") if current else None,
        "awaited": awaited.disposition if awaited else None,
        "declared": declaration.in_words if declaration else None,
        "marks": list(declaration.unit_marks[:4]) if declaration else [],
        "traders": [
            name for party in parties if party and (name := party.name or party.identification_number)
        ],
    }


def _unassessed(session: Session, now: ConsignmentNow, scans: ConsignmentScans) -> str | None:
    """Why it is not assessed, in words; None where it is, and where there is nothing that could be."""
    if now.risk.lane != "not_assessed" or not now.scans:
        return None
    row = session.get_one(Consignment, now.consignment)
    pending = scans.pending(row.declaration_version)
    failed = next((scan.reason for scan in now.scans if not scan.usable and scan.reason), None)
    return pending or failed or "An officer says that the scan cannot be read."


def _selected_for(session: Session, now: ConsignmentNow) -> str | None:
    """By which profiles or shares, of the stages in which something is still to be done."""
    steps = select(SelectionRow.document).where(
        SelectionRow.consignment_id == now.consignment,
        SelectionRow.superseded.is_(False),
        SelectionRow.selected.is_(True),
    )
    said = (
        document["in_words"]
        for document in session.execute(steps.order_by(SelectionRow.stage)).scalars()
        if now.to_do & set(document["actions"])
    )
    return "; ".join(dict.fromkeys(said)) or None


def _declaration(session: Session, consignment: str) -> Declaration | None:
    row = session.get_one(Consignment, consignment)
    current = session.get(DeclarationVersion, (consignment, row.declaration_version))
    return Declaration.model_validate(current.document) if current else None


def _sites(
    session: Session, consignment: str, declaration: Declaration | None, scans: ConsignmentScans
) -> list[str]:
    """Where it was scanned, else where it is declared to come, as sites are compared."""
    seen = select(ScanRow.seen).where(ScanRow.consignment_id == consignment)
    scanned = session.execute(seen.order_by(ScanRow.received_at, ScanRow.id)).scalars()
    scanned_at = (*(each.get("site") for each in scanned), *scans.elsewhere.sites)
    sites = consignment_sites(scanned_at, declaration)
    return list(dict.fromkeys(filter(None, (normal_mark(site)[:80] for site in sites))))[:_MOST_SITES]


def _shift_ends_at(session: Session, sites: list[str], now: ConsignmentNow) -> datetime | None:
    """Of the shift in which its first scan came, where the site has shifts."""
    site = sites[0] if sites else UNNAMED
    return shift_end(session, site, now.scans[0].received_at) if now.scans else None


def _expected_at(session: Session, consignment: str) -> datetime | None:
    first = select(func.min(DeclaredOfficeRow.expected_at)).where(
        DeclaredOfficeRow.consignment_id == consignment
    )
    return session.execute(first).scalar()


def _put_words(session: Session, consignment: str, declaration: Declaration | None) -> None:
    """Only where they differ: most changes are not of the declaration."""
    of_it = QueueWordRow.consignment_id == consignment
    known = {tuple(row) for row in session.execute(select(QueueWordRow.word, QueueWordRow.kind).where(of_it))}
    words = words_of(consignment, declaration)
    if known == set(words):
        return
    session.execute(delete(QueueWordRow).where(of_it))
    rows = [{"word": word, "kind": kind, "consignment_id": consignment} for word, kind in words]
    session.execute(insert(QueueWordRow), rows)
