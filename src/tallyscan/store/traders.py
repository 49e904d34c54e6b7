"""Who is named in which declaration, and what became of a trader's earlier consignments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration, Party, normal_mark
from tallyscan.risk import Lane
from tallyscan.store.controls import consignments_opened
from tallyscan.store.selection_tables import DeclaredPartyRow
from tallyscan.store.tables import Consignment, ScanRow
from tallyscan.store.targeting_tables import QueueRow
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


@dataclass(frozen=True)
class EarlierConsignment:
    """One that named a trader before; its lane, risk, number of scans and goods as the queue shows them."""

    consignment: str
    came_at: datetime
    role: str
    lane: Lane
    risk_score: float | None
    scans: int
    declared: str | None
    opened: bool
    found: bool


def earlier_consignments(
    session: Session, party: Party | None, *, consignment: str, most: int
) -> tuple[EarlierConsignment, ...]:
    """The newest other ones that name that party, as consignor or consignee."""
    number = party_number(party)
    if not number:
        return ()
    named = (
        select(Consignment.id, Consignment.created_at, DeclaredPartyRow.role, QueueRow.lane, QueueRow.shown)
        .join(DeclaredPartyRow, DeclaredPartyRow.consignment_id == Consignment.id)
        .join(QueueRow, QueueRow.consignment_id == Consignment.id)
        .where(DeclaredPartyRow.party == number, Consignment.id != consignment)
        .order_by(Consignment.created_at.desc(), Consignment.id, DeclaredPartyRow.role)
        .limit(most)
    )
    rows = session.execute(named).all()
    ids = select(Consignment.id).where(Consignment.id.in_([row.id for row in rows]))
    opened = consignments_opened(session, ids, datetime.now(UTC))
    return tuple(
        EarlierConsignment(
            consignment=row.id,
            came_at=row.created_at,
            role=row.role,
            lane=row.lane,
            risk_score=row.shown["score"],
            scans=row.shown["scans"],
            declared=row.shown["declared"],
            opened=row.id in opened,
            found=opened.get(row.id, False),
        )
        for row in rows
    )


def what_became(session: Session, ids: Select[Any], as_of: datetime) -> Mapping[str, WhatBecame]:
    """Of each consignment that was scanned or controlled by then."""
    came = select(ScanRow.consignment_id).where(ScanRow.consignment_id.in_(ids), ScanRow.received_at <= as_of)
    scanned = set(session.execute(came).scalars())
    opened = consignments_opened(session, ids, as_of)
    return {name: WhatBecame(name in scanned, opened.get(name)) for name in scanned | set(opened) if name}
