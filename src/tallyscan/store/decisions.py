"""What officers said of scans: rows that are only added, and the histories that they make."""

from collections import defaultdict
from collections.abc import Set as AbstractSet

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.decision import Decision, DecisionHistory, Undo
from tallyscan.risk import Effect
from tallyscan.store.tables import DecisionRow

_UNDONE = "undone"
_EFFECT = TypeAdapter(Effect)


def add_decision(session: Session, decision: Decision, *, said_sha256: str, effect: Effect) -> None:
    """Keep it, in the caller's transaction."""
    session.add(
        DecisionRow(
            id=str(decision.id),
            scan_id=decision.scan_id,
            replaces=str(decision.corrects) if decision.corrects else None,
            answer=decision.decision,
            reason=decision.reason,
            reader=decision.reader,
            person=decision.by,
            at=decision.at,
            received_at=decision.received_at,
            said_sha256=said_sha256,
            document=decision.model_dump(mode="json"),
            effect=_EFFECT.dump_python(effect, mode="json"),
        )
    )
    session.flush()


def add_undo(session: Session, undo: Undo) -> None:
    """Keep that a decision was taken back; the decision itself stays as it is."""
    session.add(
        DecisionRow(
            id=str(undo.id),
            scan_id=undo.scan_id,
            replaces=str(undo.undoes),
            answer=_UNDONE,
            person=undo.by,
            at=undo.at,
            received_at=undo.at,
            document=undo.model_dump(mode="json"),
        )
    )
    session.flush()


def decision_histories(session: Session, scan_ids: AbstractSet[str]) -> dict[str, DecisionHistory]:
    """Of each scan on which somebody decided."""
    decisions: dict[str, list[Decision]] = defaultdict(list)
    undos: dict[str, list[Undo]] = defaultdict(list)
    rows = select(DecisionRow).where(DecisionRow.scan_id.in_(scan_ids)).order_by(DecisionRow.position)
    for row in session.execute(rows).scalars():
        if row.answer == _UNDONE:
            undos[row.scan_id].append(Undo.model_validate(row.document))
        else:
            decisions[row.scan_id].append(Decision.model_validate(row.document))
    return {scan: DecisionHistory(tuple(decisions[scan]), tuple(undos[scan])) for scan in list(decisions)}


def decision_history(session: Session, scan_id: str) -> DecisionHistory:
    """Of one scan; empty where nobody decided."""
    return decision_histories(session, {scan_id}).get(scan_id, DecisionHistory())


def effects_of_decisions(session: Session, ids: AbstractSet[str]) -> dict[str, Effect]:
    """What each of them does to the risk, as it was stated when it was made."""
    rows = select(DecisionRow.id, DecisionRow.effect).where(DecisionRow.id.in_(ids))
    return {row.id: _EFFECT.validate_python(row.effect) for row in session.execute(rows)}
