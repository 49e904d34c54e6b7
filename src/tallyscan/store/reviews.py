"""What people said of scans, as the risk record tells it: decisions, inspections, and what offices did about referrals,
each under its own name.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallyscan.decision import Decision, Undo
from tallyscan.errors import Conflict
from tallyscan.inspection import Inspection
from tallyscan.referral import ReferralStep
from tallyscan.risk import Effect
from tallyscan.statement import Said
from tallyscan.store.decisions import decision_histories, effects_of_decisions
from tallyscan.store.inspections import effects_of_inspections, inspection_histories
from tallyscan.store.referrals import referral_steps
from tallyscan.store.tables import DecisionRow, InspectionRow

_EVENTS = ("decision_", "inspection_", "referral_")
_NO_RISK = Effect("It is an opinion, and changes no risk.")


@dataclass(frozen=True)
class Review:
    """What a person said of a scan, and the step that it makes; `replaces` is the id of the earlier one."""

    said: Decision | Undo | Inspection | ReferralStep
    event: str
    replaces: str | None
    detail: dict[str, Any]
    effect: Effect

    @property
    def id(self) -> str:
        """By which it is known."""
        return str(self.said.id)

    @property
    def kind(self) -> str:
        """A decision, an inspection or a referral."""
        return self.event.partition("_")[0]

    @property
    def scan_id(self) -> str:
        """Of which scan."""
        assert self.said.scan_id is not None, "steps of a consignment's referral are dispositions"
        return self.said.scan_id


def is_review(event: str) -> bool:
    """Whether a person made that step of the risk record."""
    return event.startswith(_EVENTS)


def review_of_decision(decision: Decision, effect: Effect) -> Review:
    """The step that a decision makes."""
    detail = {
        "reason": decision.reason,
        "comment": decision.comment,
        "reader": decision.reader,
        "revision": decision.revision,
    }
    return _review(decision, f"decision_{decision.decision}", detail, effect)


def review_of_undo(undo: Undo) -> Review:
    """The step that taking a decision back makes."""
    effect = Effect("The decision counts no more; what it had corrected stands again.")
    detail = {"id": str(undo.id), "by": undo.by, "undoes": str(undo.undoes), "effect": effect.in_words}
    return Review(undo, "decision_undone", str(undo.undoes), detail, effect)


def review_of_inspection(inspection: Inspection, effect: Effect) -> Review:
    """The step that an inspection makes."""
    detail = {
        "opened": inspection.opened,
        "items": [item.in_words for item in inspection.items],
        "comment": inspection.comment,
        "office": inspection.office,
        "reference": inspection.reference,
    }
    return _review(inspection, f"inspection_{inspection.result}", detail, effect)


def review_of_referral(step: ReferralStep) -> Review:
    """The step that an answer to a referral of the scan makes, or forwarding or withdrawing it. It replaces nothing:
    the decision that refers the scan stays as it was made.
    """
    document = step.model_dump(mode="json", exclude={"scan_id", "received_at", "step"})
    told = {name: value for name, value in document.items() if value is not None}
    detail = {**told, "effect": _NO_RISK.in_words}
    return Review(step, f"referral_{step.step}", None, detail, _NO_RISK)


def reviews_standing(session: Session, scan_ids: AbstractSet[str]) -> tuple[Review, ...]:
    """What stands of all that was said of these scans, inspections first; and what was done about their referrals."""
    inspections = [
        each for history in inspection_histories(session, scan_ids).values() for each in history.standing
    ]
    decisions = [
        each for history in decision_histories(session, scan_ids).values() for each in history.standing
    ]
    found = effects_of_inspections(session, {str(each.id) for each in inspections})
    thought = effects_of_decisions(session, {str(each.id) for each in decisions})
    return (
        *(review_of_inspection(each, found[str(each.id)]) for each in inspections),
        *(review_of_decision(each, thought[str(each.id)]) for each in decisions),
        *map(review_of_referral, referral_steps(session, scan_ids)),
    )


def count_reviews(session: Session, scan_id: str) -> int:
    """How many entries people made on a scan."""
    return sum(
        session.execute(select(func.count()).where(table.scan_id == scan_id)).scalar_one()
        for table in (DecisionRow, InspectionRow)
    )


def said_before(
    session: Session, table: type[DecisionRow] | type[InspectionRow], scan_id: str, said: Said
) -> bool:
    """Whether the same is on record under the same id. Raises `Conflict` where the id stands for something else."""
    identity = str(said.id_for(scan_id))
    known = session.execute(select(table.scan_id, table.said_sha256).where(table.id == identity)).first()
    if known is not None and tuple(known) != (scan_id, said.sha256):
        raise Conflict(
            f"The id {identity} stands for something else that is on record.",
            remedy="Make a new id (a UUID) for each new entry; the same id is for sending the same again.",
        )
    return known is not None


def _review(statement: Decision | Inspection, event: str, detail: dict[str, Any], effect: Effect) -> Review:
    said = {"id": str(statement.id), "by": statement.by, "at": statement.at.isoformat()}
    told = {name: value for name, value in detail.items() if value not in (None, [])}
    replaces = str(statement.corrects) if statement.corrects else None
    return Review(statement, event, replaces, {**said, **told, "effect": effect.in_words}, effect)
