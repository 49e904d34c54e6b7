"""What came in about consignments from elsewhere: rows that are only added, and the history that they make."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.control_result import ControlResult
from tallyscan.errors import Conflict
from tallyscan.incoming import ON_RECORD, Incoming, IncomingHistory, IncomingKind, IncomingSaid, kind_of
from tallyscan.risk import Effect
from tallyscan.store.tables import IncomingRow
from tallyscan.weighed_mass import WeighedMass
from tallyscan.weighing import Weighing

_EFFECT = TypeAdapter(Effect)


@dataclass(frozen=True)
class ReceivedEntry:
    """An entry, what it does to the risk, and the step that it makes in the risk record. `source` is the crossing point
    where it came in, None for here.
    """

    entry: Incoming
    effect: Effect
    source: str | None = None

    @property
    def event(self) -> str:
        """The name of the step."""
        kind = kind_of(self.entry)
        outcome = self.entry.outcome if isinstance(self.entry, ControlResult) else "received"
        return f"{kind}_{outcome}"

    @property
    def detail(self) -> dict[str, Any]:
        """By whom, when, what, and with which effect."""
        said = self.entry.model_dump(mode="json", exclude={"consignment", "received_at"})
        told = {name: value for name, value in said.items() if value not in (None, [])}
        heard = {"source": self.source} if self.source else {}
        return {**told, **heard, "effect": self.effect.in_words}


def add_incoming(session: Session, received: ReceivedEntry, *, said_sha256: str) -> None:
    """Keep it, in the caller's transaction."""
    entry = received.entry
    session.add(
        IncomingRow(
            id=str(entry.id),
            consignment_id=entry.consignment,
            kind=kind_of(entry),
            replaces=str(entry.corrects) if entry.corrects else None,
            sender=entry.by,
            at=entry.at,
            received_at=entry.received_at,
            said_sha256=said_sha256,
            document=entry.model_dump(mode="json"),
            effect=_EFFECT.dump_python(received.effect, mode="json"),
        )
    )
    session.flush()


def incoming_history(session: Session, consignment: str) -> IncomingHistory:
    """All that came about one consignment, in the order in which it came."""
    rows = select(IncomingRow).where(IncomingRow.consignment_id == consignment).order_by(IncomingRow.position)
    return IncomingHistory(tuple(_entry(row) for row in session.execute(rows).scalars()))


def effects_standing(
    session: Session, history: IncomingHistory
) -> tuple[tuple[IncomingKind, str, Effect], ...]:
    """Kind, id and effect, as it was stated when it came, of what stands."""
    standing = {str(entry.id): kind_of(entry) for entry in history.standing}
    rows = select(IncomingRow.id, IncomingRow.effect).where(IncomingRow.id.in_(standing))
    ordered = session.execute(rows.order_by(IncomingRow.position))
    return tuple((standing[row.id], row.id, _EFFECT.validate_python(row.effect)) for row in ordered)


def knows_incoming(session: Session, identity: str) -> bool:
    """Whether an entry of that id is on record."""
    return session.execute(select(IncomingRow.id).where(IncomingRow.id == identity)).first() is not None


def received_before(session: Session, consignment: str, said: IncomingSaid) -> Incoming | None:
    """The same, if it is on record under the same id. Raises `Conflict` where the id stands for something else."""
    identity, kind = str(said.id_for(consignment)), kind_of(said)
    row = session.execute(select(IncomingRow).where(IncomingRow.id == identity)).scalar()
    if row is None:
        return None
    if (row.consignment_id, row.kind, row.said_sha256) != (consignment, kind, said.sha256):
        raise Conflict(
            f"The id {identity} stands for something else that is on record.",
            remedy="Make a new id for each new entry; the same id is for sending the same again.",
        )
    return _entry(row)


def weighed_masses(session: Session, consignment: str | None) -> tuple[WeighedMass, ...]:
    """What was weighed of a consignment and stands, oldest first."""
    if consignment is None:
        return ()
    return tuple(weighing.mass for weighing in incoming_history(session, consignment).of(Weighing))


def _entry(row: IncomingRow) -> Incoming:
    return ON_RECORD[row.kind].model_validate(row.document)
