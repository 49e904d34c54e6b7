"""Puts on record what officers decide of consignments: entry, step in the risk record and event, in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy.orm import Session

from tallyscan.decision import UNDO_SECONDS, UndoSaid
from tallyscan.desk import Desk
from tallyscan.disposition import Disposition, DispositionHistory, DispositionSaid, DispositionUndo
from tallyscan.errors import Conflict
from tallyscan.referral import ReferralStep, ReferralStepSaid
from tallyscan.report.disposition_event import disposition_event
from tallyscan.review.dispose import check_disposition, check_disposition_undo
from tallyscan.review.referrals import check_step
from tallyscan.store.consignment_referrals import consignment_referral
from tallyscan.store.consignment_state import consignment_now, with_findings
from tallyscan.store.database import Database
from tallyscan.store.dispositions import (
    add_disposition,
    add_disposition_undo,
    add_referral_step,
    disposed_before,
    disposition_history,
    step_of,
    step_of_referral,
)
from tallyscan.store.evidence import sites_of
from tallyscan.store.outbox_rows import FILE, put_event
from tallyscan.store.risk_record import append_disposition

_log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Disposed:
    """`new` is False when the same was on record already."""

    entry: Disposition
    new: bool


@dataclass(frozen=True)
class Undone:
    """`new` is False when it was taken back already."""

    entry: DispositionUndo
    new: bool


@dataclass(frozen=True)
class Answered:
    """`new` is False when the same was on record already."""

    entry: ReferralStep
    new: bool


@dataclass(frozen=True)
class Disposer:
    """What is said twice is on record once. Nothing is overwritten: a later entry corrects or takes back. The `desk`
    says after each which of its scans wait for a further reader.
    """

    database: Database
    source: str
    sinks: Sequence[str] = (FILE,)
    now: Callable[[], datetime] = _now
    desk: Desk = field(default_factory=Desk)

    def dispose(self, consignment: str, said: DispositionSaid) -> Disposed:
        """Raises `NotFound`, or `Conflict` where it does not fit the consignment, with the reason.

        A release is told outside only when it can no longer be undone.
        """
        with self.database.write() as session:
            now = consignment_now(session, consignment)
            if disposed_before(session, consignment, said):
                known = next(
                    each for each in now.dispositions.dispositions if each.id == said.id_for(consignment)
                )
                if said.id is None and known not in now.dispositions.standing:
                    raise _said_again(known.id)
                return Disposed(known, new=False)
            _check_made_here(said, disposition_history(session, consignment), now.dispositions)
            at = self.now()
            check_disposition(said, with_findings(session, now) if said.look else now, at)
            disposition = Disposition.model_validate(
                said.model_dump()
                | {
                    "id": said.id_for(consignment),
                    "consignment": consignment,
                    "at": said.at.astimezone(UTC) if said.at else at,
                    "received_at": at,
                }
            )
            add_disposition(session, disposition, said_sha256=said.sha256)
            self._tell(session, disposition, at)
        _log.info("disposed", consignment=consignment, disposition=disposition.disposition)
        return Disposed(disposition, new=True)

    def answer(self, referral_id: str, said: ReferralStepSaid) -> Answered:
        """What an office does about a referral: answers or forwards it; who made it withdraws it.

        Raises `NotFound`, or `Conflict` where it does not fit, with the reason.
        """
        with self.database.write() as session:
            before = consignment_referral(session, referral_id)
            referral = before.disposition
            if disposed_before(session, referral.consignment, said, referral_id):
                known = next(each for each in before.steps if each.id == said.id_for(referral_id))
                return Answered(known, new=False)
            at = self.now()
            check_step(said, referral, before.state, at)
            on_record = {
                "id": said.id_for(referral_id),
                "at": said.at.astimezone(UTC) if said.at else at,
                "received_at": at,
                "referral": referral.id,
                "scan_id": None,
            }
            step = ReferralStep.model_validate(said.model_dump() | on_record)
            add_referral_step(session, referral.consignment, step, said_sha256=said.sha256)
            self._tell(session, referral, at, answer=step)
        _log.info("referral", consignment=referral.consignment, step=step.step, code=step.code)
        return Answered(step, new=True)

    def undo(self, consignment: str, disposition_id: str, said: UndoSaid) -> Undone:
        """Raises `NotFound`, or `Conflict` with the reason: too late, or not by who made it."""
        with self.database.write() as session:
            history = disposition_history(session, consignment)
            undone = (
                each for each in history.undos if (str(each.undoes), each.by) == (disposition_id, said.by)
            )
            if known := next(undone, None):
                return Undone(known, new=False)
            at = self.now()
            disposition = check_disposition_undo(disposition_id, said.by, history, at)
            undo = DispositionUndo(
                id=uuid5(disposition.id, "undo"),
                consignment=consignment,
                undoes=disposition.id,
                by=said.by,
                at=at,
            )
            add_disposition_undo(session, undo)
            self._tell(session, disposition, at, undo)
        _log.info("undone", consignment=consignment, disposition=disposition.disposition)
        return Undone(undo, new=True)

    def _tell(
        self,
        session: Session,
        said: Disposition,
        at: datetime,
        undo: DispositionUndo | None = None,
        answer: ReferralStep | None = None,
    ) -> None:
        made = step_of_referral(said.consignment, answer) if answer else step_of(undo or said)
        step = append_disposition(session, made, at)
        event = disposition_event(
            said,
            undo=undo,
            answer=answer,
            standing=disposition_history(session, said.consignment).current,
            step=step,
            sites=sites_of(session, said.consignment),
            source=self.source,
        )
        cannot_be_undone = said.received_at + timedelta(seconds=UNDO_SECONDS)
        held = cannot_be_undone if said.disposition == "release" else None
        put_event(session, event, self.sinks, not_before=held)
        self.desk.settle_consignment(session, said.consignment, at)


def _check_made_here(said: DispositionSaid, here: DispositionHistory, known: DispositionHistory) -> None:
    """Raises `Conflict` for what would correct the word of a crossing point, which would not hear of it."""
    elsewhere = {each.id for each in known.dispositions} - {each.id for each in here.dispositions}
    if said.corrects in elsewhere:
        raise Conflict(
            f"{said.corrects} was said at a crossing point.",
            remedy="Correct it there; what is said here is a further step.",
        )


def _said_again(known: UUID) -> Conflict:
    return Conflict(
        f"The same is on record as {known}, which was corrected or undone, or a newer one stands.",
        remedy="If it is meant anew, send it with an `id` (a UUID) or a time `at` of its own.",
    )
