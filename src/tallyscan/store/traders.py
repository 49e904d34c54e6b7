"""Who is named in which declaration, and what became of a trader's earlier consignments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, exists, select, union_all
from sqlalchemy.orm import Session, aliased

from tallyscan.declaration import Declaration, Party, normal_mark
from tallyscan.store.selection_tables import DeclaredPartyRow
from tallyscan.store.tables import Consignment, IncomingRow, InspectionRow, PartRow, ScanRow
from tallyscan.trader_history import TraderHistory

_LONGEST = 64
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class WhatBecame:
    """Whether a consignment was scanned, and what controls of its load came to; None where nothing was opened."""

    scanned: bool = False
    found: bool | None = None


def put_parties(session: Session, consignment: str, declaration: Declaration) -> None:
    """Instead of those that were declared before."""
    session.execute(delete(DeclaredPartyRow).where(DeclaredPartyRow.consignment_id == consignment))
    roles: dict[str, Party | None] = {
        "consignor": declaration.consignor,
        "consignee": declaration.consignee,
    }
    for role, party in roles.items():
        number = party_number(party)
        if number:
            session.add(DeclaredPartyRow(consignment_id=consignment, role=role, party=number))


def party_number(party: Party | None) -> str:
    """The identification number as it is compared; empty where there is none."""
    return normal_mark((party.identification_number if party else None) or "")[:_LONGEST]


def trader_history(
    session: Session, party: Party | None, *, consignment: str, before: datetime, as_of: datetime
) -> TraderHistory | None:
    """Over consignments that came before that time, and what was known of them at the other; None without a number."""
    number = party_number(party)
    if not number:
        return None
    named = select(DeclaredPartyRow.consignment_id).where(DeclaredPartyRow.party == number)
    earlier = select(Consignment.id, Consignment.created_at).where(
        Consignment.id.in_(named), Consignment.id != consignment, Consignment.created_at < before
    )
    came = {row.id: row.created_at for row in session.execute(earlier)}
    if not came:
        return TraderHistory()
    ids = earlier.with_only_columns(Consignment.id)
    became = what_became(session, ids, as_of).values()
    return TraderHistory(
        consignments=len(came),
        scanned=sum(each.scanned for each in became),
        opened=sum(each.found is not None for each in became),
        finds=sum(each.found is True for each in became),
        days_since_last=round((before - max(came.values())).total_seconds() / _SECONDS_A_DAY, 3),
    )


def what_became(session: Session, ids: Select[Any], as_of: datetime) -> Mapping[str, WhatBecame]:
    """Of each consignment that was scanned or controlled by then; what is in a whole scan is in all of its units."""
    own = select(ScanRow.id.label("scan"), ScanRow.consignment_id.label("consignment")).where(
        ScanRow.consignment_id.in_(ids), ScanRow.received_at <= as_of
    )
    whole = (
        select(PartRow.part_of.label("scan"), ScanRow.consignment_id.label("consignment"))
        .join(ScanRow, ScanRow.id == PartRow.scan_id)
        .where(ScanRow.consignment_id.in_(ids), ScanRow.received_at <= as_of)
    )
    scans = union_all(own, whole).subquery()
    later = aliased(InspectionRow)
    corrected = exists().where(later.replaces == InspectionRow.id, later.received_at <= as_of)
    counts = and_(InspectionRow.scan_id == scans.c.scan, InspectionRow.received_at <= as_of, ~corrected)
    rows = session.execute(
        select(scans.c.consignment, InspectionRow.result).select_from(scans).outerjoin(InspectionRow, counts)
    )
    found: dict[str, WhatBecame] = {}
    for consignment, result in rows:
        before = found.get(consignment, WhatBecame(scanned=True)).found
        opened = result in ("found", "nothing")
        found[consignment] = WhatBecame(True, (before or result == "found") if opened else before)
    for consignment, outcome in _control_results(session, ids, as_of):
        known = found.get(consignment, WhatBecame())
        found[consignment] = replace(known, found=known.found or outcome == "found")
    return found


def _control_results(session: Session, ids: Select[Any], as_of: datetime) -> Iterator[tuple[str, str]]:
    """What customs' own results say of loads that were looked into; a minor discrepancy is no find."""
    later = aliased(IncomingRow)
    corrected = exists().where(later.replaces == IncomingRow.id, later.received_at <= as_of)
    rows = select(IncomingRow.consignment_id, IncomingRow.document).where(
        IncomingRow.consignment_id.in_(ids),
        IncomingRow.kind == "control_result",
        IncomingRow.received_at <= as_of,
        ~corrected,
    )
    for consignment, document in session.execute(rows):
        if document["outcome"] in ("found", "nothing", "discrepancy"):
            yield consignment, document["outcome"]
