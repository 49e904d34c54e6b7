"""What a join comes to, and the steps of each scan's join as they are kept."""

from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.join.answer import Answer, Joined, Open, Proposed, Weighed
from tallyscan.join.change import How
from tallyscan.store.tables import JoinRow, JoinState, PartRow, ScanRow
from tallyscan.wording import as_document, said, together


@dataclass(frozen=True)
class Settled:
    """What a join comes to; see `JoinRow`."""

    state: JoinState
    consignment: str | None
    how: How | None
    confidence: float | None
    why: str
    decided_by: str | None = None
    candidates: tuple[Weighed, ...] = ()


def settled_by(answer: Answer, consignment: str | None, *, taken_out: bool) -> Settled:
    """By what was read. `consignment` is the one that the scan is of; `taken_out`: a person took it out of one, so that
    only a person puts it into one.
    """
    if isinstance(answer, Joined):
        best, candidates = answer.best, (answer.best, *answer.others)
        if not taken_out:
            return Settled(
                "joined", best.consignment, best.read_on, best.confidence, best.why, candidates=candidates
            )
        answer = Proposed(
            candidates, together(said("A person took it out of a consignment before."), best.why)
        )
    if isinstance(answer, Open):
        return Settled("open", None, None, None, answer.why)
    mine = next((each for each in answer.candidates if each.consignment == consignment and each.sure), None)
    if mine is None:
        return Settled("proposed", None, None, None, answer.why, candidates=answer.candidates)
    return Settled(
        "proposed", consignment, mine.read_on, mine.confidence, answer.why, candidates=answer.candidates
    )


def settled_as_said(row: ScanRow) -> Settled:
    """By what the delivery of a scan says of it, and so of its units."""
    assert row.said_consignment is not None
    if row.said_how == "sender":
        return Settled("joined", row.said_consignment, "sender", None, said("The sender named it."))
    why = said("Its declaration came beside the scan.")
    return Settled("joined", row.said_consignment, "declaration_beside", None, why)


def settled_as(decision: JoinRow) -> Settled:
    """As a person decided before."""
    return Settled(decision.state, decision.consignment_id, "person", None, decision.why, decision.decided_by)


def settled_by_units(parts: list[ScanRow]) -> Settled:
    """A whole scan is of the consignment that all of its cargo units are of, else of none."""
    of = {row.consignment_id for row in parts}
    one = of.pop() if len(of) == 1 else None
    if one is None:
        return Settled(
            "split",
            None,
            None,
            None,
            said("Its {count} cargo units are joined one by one.", count=len(parts)),
        )
    return Settled(
        "joined", one, "units", None, said("All of its {count} cargo units are of it.", count=len(parts))
    )


def newest_join(session: Session, scan_id: str) -> JoinRow | None:
    """The step that counts."""
    steps = select(JoinRow).where(JoinRow.scan_id == scan_id).order_by(JoinRow.sequence.desc()).limit(1)
    return session.execute(steps).scalar()


def last_decision(session: Session, scan_id: str) -> JoinRow | None:
    """What a person decided last."""
    decisions = (
        select(JoinRow)
        .where(JoinRow.scan_id == scan_id, JoinRow.how == "person")
        .order_by(JoinRow.sequence.desc())
        .limit(1)
    )
    return session.execute(decisions).scalar()


def was_of(session: Session, scan_id: str, consignment: str | None) -> bool:
    """Whether the scan was of that consignment, or is."""
    of_it = select(JoinRow.sequence).where(JoinRow.scan_id == scan_id, JoinRow.consignment_id == consignment)
    return consignment is not None and session.execute(of_it).first() is not None


def add_step(session: Session, scan_id: str, settled: Settled, now: datetime) -> bool:
    """Keep the step, unless it says what the newest one says."""
    newest = newest_join(session, scan_id)
    step = JoinRow(
        scan_id=scan_id,
        sequence=newest.sequence + 1 if newest else 1,
        at=now,
        state=settled.state,
        consignment_id=settled.consignment,
        how=settled.how,
        confidence=settled.confidence,
        why=str(settled.why),
        said=as_document(settled.why),
        decided_by=settled.decided_by,
        candidates=[_kept(candidate) for candidate in settled.candidates],
    )
    if newest is not None and _says(newest) == _says(step):
        return False
    session.add(step)
    return True


def _kept(candidate: Weighed) -> dict[str, Any]:
    """With its reasons in English, and as they can be said in other languages."""
    evidence = [
        {"code": each.code, "odds": each.odds, "reason": str(each.reason), "said": as_document(each.reason)}
        for each in candidate.evidence
    ]
    return asdict(candidate) | {"why": str(candidate.why), "evidence": evidence}


def units_of(session: Session, scan_id: str) -> list[ScanRow]:
    """The scans that are each one cargo unit of this one, left to right."""
    of_whole = select(ScanRow).join(PartRow, PartRow.scan_id == ScanRow.id).where(PartRow.part_of == scan_id)
    return list(session.execute(of_whole.order_by(PartRow.unit)).scalars())


def whole_of(session: Session, scan_id: str) -> ScanRow | None:
    """The scan of which this one is a cargo unit."""
    part = session.get(PartRow, scan_id)
    return session.get(ScanRow, part.part_of) if part is not None else None


def wholes_of(session: Session, scan_ids: AbstractSet[str]) -> set[str]:
    """The whole scans of which these are cargo units."""
    return set(session.execute(select(PartRow.part_of).where(PartRow.scan_id.in_(scan_ids))).scalars())


def consignments_of(session: Session, scan_id: str) -> list[str]:
    """That of a scan; of one whose cargo units are joined one by one, all of theirs."""
    row = session.get(ScanRow, scan_id)
    if row is not None and row.consignment_id is not None:
        return [row.consignment_id]
    return sorted({unit.consignment_id for unit in units_of(session, scan_id) if unit.consignment_id})


def _says(row: JoinRow) -> tuple[object, ...]:
    said = (row.state, row.consignment_id, row.how, row.confidence, row.why, row.decided_by)
    return (*said, [(each["consignment"], each["confidence"]) for each in row.candidates])
