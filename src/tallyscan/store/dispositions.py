"""What was decided of consignments: rows that are only added, the history that they make, and its steps."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.disposition import Disposition, DispositionHistory, DispositionSaid, DispositionUndo
from tallyscan.errors import Conflict
from tallyscan.referral import ReferralStep, ReferralStepSaid, StepKind
from tallyscan.store.targeting_tables import DispositionRow

_UNDONE = "undone"
_STEPS = get_args(StepKind)


@dataclass(frozen=True)
class DispositionStep:
    """The step that a disposition makes in the risk record, or taking it back, or answering it; `replaces` is the id of
    the one that counts no more.
    """

    consignment: str
    event: str
    replaces: str | None
    detail: dict[str, Any]


def step_of(said: Disposition | DispositionUndo) -> DispositionStep:
    """By whom, when, what."""
    if isinstance(said, DispositionUndo):
        detail = {"id": str(said.id), "by": said.by, "undoes": str(said.undoes)}
        return DispositionStep(said.consignment, "disposition_undone", str(said.undoes), detail)
    document = said.model_dump(mode="json", exclude={"consignment", "received_at", "record"})
    told = {name: value for name, value in document.items() if value not in (None, [])}
    replaces = str(said.corrects) if said.corrects else None
    return DispositionStep(said.consignment, f"disposition_{said.disposition}", replaces, told)


def step_of_referral(consignment: str, step: ReferralStep) -> DispositionStep:
    """By whom, when, what: it replaces nothing, for the referral stays on record as it was made."""
    document = step.model_dump(mode="json", exclude={"scan_id", "received_at"})
    told = {name: value for name, value in document.items() if value is not None}
    return DispositionStep(consignment, f"disposition_{step.step}", None, told)


def add_disposition(session: Session, said: Disposition, *, said_sha256: str) -> None:
    """Keep it, in the caller's transaction."""
    session.add(
        DispositionRow(
            id=str(said.id),
            consignment_id=said.consignment,
            replaces=str(said.corrects) if said.corrects else None,
            disposition=said.disposition,
            ground=said.ground,
            person=said.by,
            at=said.at,
            received_at=said.received_at,
            said_sha256=said_sha256,
            document=said.model_dump(mode="json"),
        )
    )
    session.flush()


def add_disposition_undo(session: Session, undo: DispositionUndo) -> None:
    """Keep that a disposition was taken back; the disposition itself stays as it is."""
    session.add(
        DispositionRow(
            id=str(undo.id),
            consignment_id=undo.consignment,
            replaces=str(undo.undoes),
            disposition=_UNDONE,
            person=undo.by,
            at=undo.at,
            received_at=undo.at,
            document=undo.model_dump(mode="json"),
        )
    )
    session.flush()


def add_referral_step(session: Session, consignment: str, step: ReferralStep, *, said_sha256: str) -> None:
    """Keep what was done about a referral of the consignment; the disposition itself stays as it is."""
    session.add(
        DispositionRow(
            id=str(step.id),
            consignment_id=consignment,
            replaces=str(step.referral),
            disposition=step.step,
            person=step.by,
            at=step.at,
            received_at=step.received_at,
            said_sha256=said_sha256,
            document=step.model_dump(mode="json"),
        )
    )
    session.flush()


def disposition_history(session: Session, consignment: str) -> DispositionHistory:
    """Of one consignment; empty where nobody decided."""
    return disposition_histories(session, [consignment])[consignment]


def disposition_histories(session: Session, consignments: Collection[str]) -> dict[str, DispositionHistory]:
    """Of each of these consignments."""
    rows = select(DispositionRow.consignment_id, DispositionRow.disposition, DispositionRow.document).where(
        DispositionRow.consignment_id.in_(consignments)
    )
    histories = {consignment: DispositionHistory() for consignment in consignments}
    for of, kind, document in session.execute(rows.order_by(DispositionRow.position)):
        known = histories[of]
        if kind == _UNDONE:
            more = replace(known, undos=(*known.undos, DispositionUndo.model_validate(document)))
        elif kind in _STEPS:
            more = replace(known, steps=(*known.steps, ReferralStep.model_validate(document)))
        else:
            more = replace(known, dispositions=(*known.dispositions, Disposition.model_validate(document)))
        histories[of] = more
    return histories


def disposed_before(
    session: Session, consignment: str, said: DispositionSaid | ReferralStepSaid, about: str | None = None
) -> bool:
    """Whether the same is on record under the same id; `about` is the referral of which a step is. Raises `Conflict`
    where the id stands for something else.
    """
    identity = str(said.id_for(about or consignment))
    row = select(DispositionRow.consignment_id, DispositionRow.said_sha256).where(
        DispositionRow.id == identity
    )
    known = session.execute(row).first()
    if known is not None and tuple(known) != (consignment, said.sha256):
        raise Conflict(
            f"The id {identity} stands for something else that is on record.",
            remedy="Make a new id (a UUID) for each new entry; the same id is for sending the same again.",
        )
    return known is not None


def consignment_of(session: Session, disposition_id: str) -> str | None:
    """Of which consignment a disposition is; None where there is none of that id."""
    row = select(DispositionRow.consignment_id).where(DispositionRow.id == disposition_id)
    return session.execute(row).scalar()
