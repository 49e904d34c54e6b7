"""What was decided of consignments: rows that are only added, the history that they make, and its steps."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.disposition import Disposition, DispositionHistory, DispositionSaid, DispositionUndo
from tallyscan.errors import Conflict
from tallyscan.store.targeting_tables import DispositionRow

_UNDONE = "undone"


@dataclass(frozen=True)
class DispositionStep:
    """The step that a disposition, or taking it back, makes in the risk record; `replaces` is the earlier one's id."""

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


def disposition_history(session: Session, consignment: str) -> DispositionHistory:
    """Of one consignment; empty where nobody decided."""
    rows = select(DispositionRow.disposition, DispositionRow.document).where(
        DispositionRow.consignment_id == consignment
    )
    said: list[Disposition] = []
    undos: list[DispositionUndo] = []
    for kind, document in session.execute(rows.order_by(DispositionRow.position)):
        if kind == _UNDONE:
            undos.append(DispositionUndo.model_validate(document))
        else:
            said.append(Disposition.model_validate(document))
    return DispositionHistory(tuple(said), tuple(undos))


def disposed_before(session: Session, consignment: str, said: DispositionSaid) -> bool:
    """Whether the same is on record under the same id. Raises `Conflict` where the id stands for something else."""
    identity = str(said.id_for(consignment))
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
