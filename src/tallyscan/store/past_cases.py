"""Past consignments for a dry run: which came to be judged when, what is known of them, and what became of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallyscan.consignment_evidence import ConsignmentEvidence
from tallyscan.risk import Lane
from tallyscan.risk_profile import Stage
from tallyscan.store.evidence import evidence_of
from tallyscan.store.selections import standing_of
from tallyscan.store.tables import Consignment, DeclarationVersion, ReadingRow, RiskRecordRow, ScanRow
from tallyscan.store.traders import what_became

_AT_ONCE = 500


@dataclass(frozen=True)
class PastEvidence:
    """`at` is when it came to be judged: with its first declaration, or with the last of its readings. `selected`:
    something else than the profile in question selected it at that stage, and `hit_by` are the others that hit it,
    drawn or not (None: the random share). `found` is None where nothing was opened, `lane` where there is no risk
    record.
    """

    at: datetime
    evidence: ConsignmentEvidence
    selected: bool
    found: bool | None
    lane: Lane | None
    hit_by: frozenset[str | None]


def past_evidence(
    session: Session, stage: Stage, *, since: datetime, until: datetime, besides: str, now: datetime
) -> Iterator[PastEvidence]:
    """Each one as it was known when it came to be judged, oldest first; `besides` is the id of the profile."""
    judged = _judged_at(session, stage, since, until)
    for begin in range(0, len(judged), _AT_ONCE):
        some = judged[begin : begin + _AT_ONCE]
        ids = [consignment for consignment, _ in some]
        known = _loaded(session, ids)
        stands = standing_of(session, ids, stage)
        lanes = _lanes(session, ids)
        became = what_became(session, select(Consignment.id).where(Consignment.id.in_(ids)), now)
        for consignment, at in some:
            evidence = evidence_of(session, consignment, stage, at)
            if evidence is None:
                continue
            others = stands[consignment].reasons if consignment in stands else ()
            yield PastEvidence(
                at=at,
                evidence=evidence,
                selected=any(each.drawn and each.profile != besides for each in others),
                found=became[consignment].found if consignment in became else None,
                lane=lanes.get(consignment),
                hit_by=frozenset(
                    each.profile
                    for each in others
                    if (each.kind == "hit" and each.profile != besides)
                    or (each.kind == "audit" and each.drawn)
                ),
            )
        del known  # held until here


def _loaded(session: Session, ids: list[str]) -> list[Any]:
    """Consignments and their declarations: as long as they are held, the session asks for none of them again."""
    current = (
        select(Consignment, DeclarationVersion)
        .outerjoin(
            DeclarationVersion,
            (DeclarationVersion.consignment_id == Consignment.id)
            & (DeclarationVersion.version == Consignment.declaration_version),
        )
        .where(Consignment.id.in_(ids))
    )
    return [*session.execute(current)]


def _lanes(session: Session, ids: list[str]) -> dict[str, Lane]:
    """That of the newest step of each risk record."""
    newest = (
        select(RiskRecordRow.consignment_id, func.max(RiskRecordRow.sequence).label("sequence"))
        .where(RiskRecordRow.consignment_id.in_(ids))
        .group_by(RiskRecordRow.consignment_id)
        .subquery()
    )
    rows = select(RiskRecordRow.consignment_id, RiskRecordRow.lane).join(
        newest,
        (newest.c.consignment_id == RiskRecordRow.consignment_id)
        & (newest.c.sequence == RiskRecordRow.sequence),
    )
    lanes: dict[str, Lane] = {row.consignment_id: row.lane for row in session.execute(rows)}
    return lanes


def _judged_at(
    session: Session, stage: Stage, since: datetime, until: datetime
) -> list[tuple[str, datetime]]:
    if stage == "before_scan":
        first = select(DeclarationVersion.consignment_id, DeclarationVersion.received_at).where(
            DeclarationVersion.version == 1,
            DeclarationVersion.received_at >= since,
            DeclarationVersion.received_at < until,
        )
        rows = session.execute(first.order_by(DeclarationVersion.received_at)).all()
        return [(row.consignment_id, row.received_at) for row in rows]
    last = func.max(ReadingRow.created_at)
    read = (
        select(ScanRow.consignment_id, last.label("at"))
        .join(ReadingRow, (ReadingRow.scan_id == ScanRow.id) & (ReadingRow.revision == ScanRow.revision))
        .where(ScanRow.consignment_id.is_not(None))
        .group_by(ScanRow.consignment_id)
        .having(last >= since, last < until)
        .order_by(last)
    )
    return [(row.consignment_id, row.at) for row in session.execute(read)]
