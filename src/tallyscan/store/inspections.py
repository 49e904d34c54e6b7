"""What controls of loads came to: rows that are only added, and the histories that they make."""

from collections import defaultdict
from collections.abc import Set as AbstractSet

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.inspection import Inspection, InspectionHistory
from tallyscan.risk import Effect
from tallyscan.store.tables import InspectionRow

_EFFECT = TypeAdapter(Effect)


def add_inspection(session: Session, inspection: Inspection, *, said_sha256: str, effect: Effect) -> None:
    """Keep it, in the caller's transaction."""
    session.add(
        InspectionRow(
            id=str(inspection.id),
            scan_id=inspection.scan_id,
            replaces=str(inspection.corrects) if inspection.corrects else None,
            result=inspection.result,
            person=inspection.by,
            at=inspection.at,
            received_at=inspection.received_at,
            said_sha256=said_sha256,
            document=inspection.model_dump(mode="json"),
            effect=_EFFECT.dump_python(effect, mode="json"),
        )
    )
    session.flush()


def inspection_histories(session: Session, scan_ids: AbstractSet[str]) -> dict[str, InspectionHistory]:
    """Of each scan of which the load was inspected."""
    found: dict[str, list[Inspection]] = defaultdict(list)
    rows = select(InspectionRow).where(InspectionRow.scan_id.in_(scan_ids)).order_by(InspectionRow.position)
    for row in session.execute(rows).scalars():
        found[row.scan_id].append(Inspection.model_validate(row.document))
    return {scan: InspectionHistory(tuple(inspections)) for scan, inspections in found.items()}


def inspection_history(session: Session, scan_id: str) -> InspectionHistory:
    """Of one scan; empty where nobody inspected."""
    return inspection_histories(session, {scan_id}).get(scan_id, InspectionHistory())


def effects_of_inspections(session: Session, ids: AbstractSet[str]) -> dict[str, Effect]:
    """What each of them does to the risk, as it was stated when it was made."""
    rows = select(InspectionRow.id, InspectionRow.effect).where(InspectionRow.id.in_(ids))
    return {row.id: _EFFECT.validate_python(row.effect) for row in session.execute(rows)}
