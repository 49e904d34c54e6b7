"""Puts on record what people say of a scan: the entry, its step in the risk record and its event, in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

import structlog
from sqlalchemy.orm import Session

from tallyscan.decision import UNDO_SECONDS, Decision, DecisionSaid, Undo, UndoSaid
from tallyscan.errors import Conflict
from tallyscan.inspection import Inspection, InspectionSaid
from tallyscan.report.decision_event import decision_event
from tallyscan.report.inspection_event import inspection_event
from tallyscan.report.referral_event import referral_event
from tallyscan.report.review_risk import effect_of_decision, effect_of_inspection
from tallyscan.review.decide import check_decision, check_undo
from tallyscan.review.inspect import check_inspection
from tallyscan.review.referrals import ReferralChange, open_referrals, what_closed
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.risk import Effect, RiskRecordEntry
from tallyscan.store.database import Database
from tallyscan.store.decisions import add_decision, add_undo, decision_history
from tallyscan.store.inspections import add_inspection, inspection_history
from tallyscan.store.join_steps import consignments_of
from tallyscan.store.outbox_rows import FILE, put_event
from tallyscan.store.reviewed_scans import reviewed_scan
from tallyscan.store.reviews import (
    Review,
    count_reviews,
    review_of_decision,
    review_of_inspection,
    review_of_undo,
    said_before,
)
from tallyscan.store.risk_record import append_review
from tallyscan.store.tables import DecisionRow, InspectionRow

_Entry = TypeVar("_Entry", Decision, Undo, Inspection)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Recorded(Generic[_Entry]):
    """`new` is False when the same was on record already."""

    entry: _Entry
    new: bool


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Recorder:
    """What is said twice is on record once. Nothing is overwritten: a later entry corrects or takes back."""

    database: Database
    source: str
    sinks: Sequence[str] = (FILE,)
    now: Callable[[], datetime] = _now

    def decide(self, scan_id: str, said: DecisionSaid) -> Recorded[Decision]:
        """Raises `NotFound`, or `Conflict` where it does not fit the scan, with the reason.

        That a scan is clear is told outside only when it can no longer be undone.
        """
        with self.database.write() as session:
            scan = reviewed_scan(session, scan_id)
            history = decision_history(session, scan_id)
            if said_before(session, DecisionRow, scan_id, said):
                known = next(each for each in history.decisions if each.id == said.id_for(scan_id))
                if said.id is None and known not in history.standing:
                    raise _said_again(known)
                return Recorded(known, new=False)
            now = self.now()
            check_decision(said, scan, history, now)
            decision = Decision.model_validate(said.model_dump() | _on_record(said, scan_id, now))
            referred = self._referred(session, scan_id)
            effect = effect_of_decision(said)
            add_decision(session, decision, said_sha256=said.sha256, effect=effect)
            self._tell_decision(session, scan, decision, effect, referred)
        _log.info("decided", scan=scan_id, decision=decision.decision, reason=decision.reason)
        return Recorded(decision, new=True)

    def undo(self, scan_id: str, decision_id: str, said: UndoSaid) -> Recorded[Undo]:
        """Raises `NotFound`, or `Conflict` with the reason: too late, or not by who made it."""
        with self.database.write() as session:
            scan = reviewed_scan(session, scan_id)
            history = decision_history(session, scan_id)
            undone = (each for each in history.undos if (str(each.undoes), each.by) == (decision_id, said.by))
            if known := next(undone, None):
                return Recorded(known, new=False)
            now = self.now()
            decision = check_undo(decision_id, said.by, history, now)
            undo = Undo(
                id=uuid5(decision.id, "undo"), scan_id=scan_id, undoes=decision.id, by=said.by, at=now
            )
            referred = self._referred(session, scan_id)
            add_undo(session, undo)
            self._tell_decision(session, scan, decision, review_of_undo(undo).effect, referred, undo)
        _log.info("undone", scan=scan_id, decision=decision.decision)
        return Recorded(undo, new=True)

    def inspect(self, scan_id: str, said: InspectionSaid) -> Recorded[Inspection]:
        """Raises `NotFound`, or `Conflict` where it does not fit the scan, with the reason."""
        with self.database.write() as session:
            scan = reviewed_scan(session, scan_id)
            history = inspection_history(session, scan_id)
            if said_before(session, InspectionRow, scan_id, said):
                known = next(each for each in history.inspections if each.id == said.id_for(scan_id))
                if said.id is None and known not in history.standing:
                    raise _said_again(known)
                return Recorded(known, new=False)
            now = self.now()
            check_inspection(said, scan, history, now)
            inspection = Inspection.model_validate(said.model_dump() | _on_record(said, scan_id, now))
            effect = effect_of_inspection(said)
            referred = self._referred(session, scan_id)
            add_inspection(session, inspection, said_sha256=said.sha256, effect=effect)
            entry = self._step(session, scan, review_of_inspection(inspection, effect), now)
            event = inspection_event(
                scan,
                inspection,
                effect,
                number=len(history.inspections) + 1,
                entry=entry,
                sequence=_sequence(session, scan, entry),
                source=self.source,
            )
            put_event(session, event, self.sinks)
            self._tell_referrals(session, scan, referred, inspection, event)
        _log.info("inspected", scan=scan_id, result=inspection.result)
        return Recorded(inspection, new=True)

    def _tell_decision(
        self,
        session: Session,
        scan: ReviewedScan,
        decision: Decision,
        effect: Effect,
        referred: Sequence[Decision],
        undo: Undo | None = None,
    ) -> None:
        history = decision_history(session, scan.scan_id)
        at = undo.at if undo else decision.received_at
        review = review_of_undo(undo) if undo else review_of_decision(decision, effect)
        entry = self._step(session, scan, review, at)
        event = decision_event(
            scan,
            decision,
            effect,
            undo=undo,
            standing=history.standing_of(decision.reader),
            number=len(history.decisions) + len(history.undos),
            entry=entry,
            sequence=_sequence(session, scan, entry),
            source=self.source,
        )
        cannot_be_undone = decision.received_at + timedelta(seconds=UNDO_SECONDS)
        held = cannot_be_undone if decision.decision == "clear" else None
        put_event(session, event, self.sinks, not_before=held)
        self._tell_referrals(session, scan, referred, undo or decision, event, held)

    def _referred(self, session: Session, scan_id: str) -> tuple[Decision, ...]:
        return open_referrals(decision_history(session, scan_id), inspection_history(session, scan_id))

    def _tell_referrals(
        self,
        session: Session,
        scan: ReviewedScan,
        before: Sequence[Decision],
        by: Decision | Undo | Inspection,
        told: dict[str, Any],
        not_before: datetime | None = None,
    ) -> None:
        """What an entry, which was `told`, did to the referrals that were open before it."""
        now = self._referred(session, scan.scan_id)
        known, still = ({each.id for each in referrals} for referrals in (before, now))
        closed = [(what_closed(each, by), each) for each in before if each.id not in still]
        opened: list[tuple[ReferralChange, Decision]] = [
            ("opened", each) for each in now if each.id not in known
        ]
        for change, referral in (*closed, *opened):
            event = referral_event(
                change,
                referral,
                scan,
                by_event=told["id"],
                sequence=told["sequence"],
                at=by.at if isinstance(by, Undo) else by.received_at,
                source=self.source,
            )
            put_event(session, event, self.sinks, not_before=not_before)

    def _step(
        self, session: Session, scan: ReviewedScan, review: Review, at: datetime
    ) -> RiskRecordEntry | None:
        """In the record of its consignment; of a whole scan whose units are of several, in each of theirs."""
        entries = {
            consignment: append_review(session, consignment=consignment, review=review, at=at)
            for consignment in consignments_of(session, scan.scan_id)
        }
        return entries.get(scan.consignment) if scan.consignment else None


def _sequence(session: Session, scan: ReviewedScan, entry: RiskRecordEntry | None) -> int:
    return entry.sequence if entry else scan.revision + count_reviews(session, scan.scan_id)


def _on_record(said: DecisionSaid | InspectionSaid, scan_id: str, now: datetime) -> dict[str, object]:
    at = said.at.astimezone(UTC) if said.at else now
    return {"id": said.id_for(scan_id), "at": at, "scan_id": scan_id, "received_at": now}


def _said_again(known: Decision | Inspection) -> Conflict:
    which: UUID = known.id
    return Conflict(
        f"The same is on record as {which}, which was corrected or undone.",
        remedy="If it is meant anew, send it with an `id` (a UUID) or a time `at` of its own.",
    )
