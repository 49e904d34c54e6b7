"""Puts on record what people say of a scan, and what comes in about a consignment from elsewhere.

The entry, its step in the risk record and its event, in one go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

import structlog
from sqlalchemy.orm import Session

from tallyscan.control_result import MEANINGS, ControlResultSaid, Outcome, outcome_of
from tallyscan.decision import UNDO_SECONDS, Decision, DecisionSaid, Undo, UndoSaid
from tallyscan.desk import Desk
from tallyscan.errors import Conflict
from tallyscan.incoming import ON_RECORD, Incoming, IncomingSaid, kind_of
from tallyscan.inspection import Inspection, InspectionSaid
from tallyscan.interview import InterviewSaid
from tallyscan.referral import ReferralStep, ReferralStepSaid
from tallyscan.report.decision_event import decision_event
from tallyscan.report.incoming_event import incoming_event
from tallyscan.report.incoming_risk import effect_of_incoming
from tallyscan.report.inspection_event import inspection_event
from tallyscan.report.referral_event import referral_event
from tallyscan.report.review_risk import effect_of_decision, effect_of_inspection
from tallyscan.review.decide import check_decision, check_undo
from tallyscan.review.inspect import check_inspection
from tallyscan.review.receive import check_incoming
from tallyscan.review.referrals import ReferralChange, check_step, open_referrals, what_closed
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.risk import Effect, RiskRecordEntry
from tallyscan.statement import Said
from tallyscan.store.database import Database
from tallyscan.store.decisions import add_decision, add_undo, decision_history
from tallyscan.store.declarations import ensure_consignment, marks_declared, read_again
from tallyscan.store.desk import waits_for
from tallyscan.store.evidence import sites_of
from tallyscan.store.incoming import ReceivedEntry, add_incoming, incoming_history, received_before
from tallyscan.store.inspections import add_inspection, inspection_history
from tallyscan.store.join_steps import consignments_of
from tallyscan.store.outbox_rows import FILE, put_event
from tallyscan.store.referrals import (
    add_step,
    close_referral,
    closed_by_steps,
    put_referral,
    referral,
    scan_of_referral,
    step_said_before,
)
from tallyscan.store.reviewed_scans import reviewed_scan
from tallyscan.store.reviews import (
    Review,
    count_reviews,
    review_of_decision,
    review_of_inspection,
    review_of_referral,
    review_of_undo,
    said_before,
)
from tallyscan.store.risk_profiles import check_profile
from tallyscan.store.risk_record import append_incoming, append_review
from tallyscan.store.scan_scores import read_first_at, score_again
from tallyscan.store.tables import DecisionRow, InspectionRow
from tallyscan.weighing import Weighing

_Entry = TypeVar("_Entry", Decision, Undo, Inspection, Incoming, ReferralStep)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Recorded(Generic[_Entry]):
    """`new` is False when the same was on record already."""

    entry: _Entry
    new: bool


def _now() -> datetime:
    return datetime.now(UTC)


def _nobody_waits(_session: Session, _consignment: str, _now: datetime) -> None:
    pass


@dataclass(frozen=True)
class Recorder:
    """What is said twice is on record once. Nothing is overwritten: a later entry corrects or takes back. `on_risk` is
    told of each consignment of which the risk record has a new step, in the same transaction. The `desk` says
    after each decision for whom the scan waits. `decided` hears what was decided, so long after the first reading.
    """

    database: Database
    source: str
    sinks: Sequence[str] = (FILE,)
    now: Callable[[], datetime] = _now
    control_codes: Mapping[str, Outcome] = field(default_factory=lambda: MEANINGS)
    on_risk: Callable[[Session, str, datetime], None] = _nobody_waits
    desk: Desk = field(default_factory=Desk)
    decided: Callable[[str, float | None], None] = lambda *_: None

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
            waits, claim = waits_for(session, scan_id, now)
            check_decision(said, scan, history, now, waits=waits, claim=claim)
            blind = self.desk.is_blind(scan_id) and not said.marks_shown and said.by not in history.people
            decision = Decision.model_validate(
                said.model_dump() | _on_record(said, scan_id, now) | {"scan_id": scan_id, "blind": blind}
            )
            referred = self._referred(session, scan_id)
            effect = effect_of_decision(said)
            add_decision(session, decision, said_sha256=said.sha256, effect=effect)
            self._tell_decision(session, scan, decision, effect, referred)
            first_read_at = read_first_at(session, scan_id)
        self.decided(decision.decision, (now - first_read_at).total_seconds() if first_read_at else None)
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
            inspection = Inspection.model_validate(
                said.model_dump() | _on_record(said, scan_id, now) | {"scan_id": scan_id}
            )
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
            self._judge_again(session, scan, now)
        _log.info("inspected", scan=scan_id, result=inspection.result)
        return Recorded(inspection, new=True)

    def answer(self, referral_id: str, said: ReferralStepSaid) -> Recorded[ReferralStep]:
        """What an office does about a referral: answers or forwards it; who made it withdraws it.

        Raises `NotFound`, or `Conflict` where it does not fit, with the reason.
        """
        with self.database.write() as session:
            scan = reviewed_scan(session, scan_of_referral(session, referral_id))
            before = referral(session, referral_id)
            decision = before.decision
            if known := step_said_before(session, referral_id, said):
                return Recorded(known, new=False)
            now = self.now()
            check_step(said, decision, before.state, now)
            about = {"referral": decision.id, "scan_id": decision.scan_id}
            step = ReferralStep.model_validate(said.model_dump() | _on_record(said, referral_id, now) | about)
            add_step(session, step, said_sha256=said.sha256)
            if step.step == "forwarded":  # flushed above: it is where that says
                put_referral(session, decision)
            else:
                close_referral(session, decision, step.step, now)
            entry = self._step(session, scan, review_of_referral(step), now)
            event = referral_event(
                step.step,
                decision,
                scan,
                to=step.to or before.to,
                step=step,
                entry=entry,
                sequence=str(_sequence(session, scan, entry)),
                at=now,
                source=self.source,
            )
            put_event(session, event, self.sinks)
        _log.info("referral", scan=step.scan_id, step=step.step, code=step.code)
        return Recorded(step, new=True)

    def receive(self, consignment: str, said: IncomingSaid) -> Recorded[Incoming]:
        """What comes in about a consignment, which may not be known yet. Raises `Conflict` with the reason.

        With a weighbridge value the scans of the consignment are read again.
        """
        with self.database.write() as session:
            known = received_before(session, consignment, said)
            history = incoming_history(session, consignment)
            if known is not None:
                if said.id is None and known not in history.standing:
                    raise _said_again(known)
                return Recorded(known, new=False)
            now = self.now()
            check_incoming(said, consignment, history, now)
            if isinstance(said, InterviewSaid) and said.profile is not None:
                check_profile(session, said.profile)
            entry = self._entry_of(consignment, said, now)
            received = ReceivedEntry(entry, effect_of_incoming(entry, marks_declared(session, consignment)))
            row = ensure_consignment(session, consignment, now)
            add_incoming(session, received, said_sha256=said.sha256)
            if received.effect.indicators:
                score_again(session, consignment)
            if isinstance(entry, Weighing):
                row.weighings += 1
                read_again(session, consignment, f"it was weighed, {entry.kg:,.0f} kg")
            step = append_incoming(session, received, now)
            sites = sites_of(session, consignment)
            told = incoming_event(entry, received.effect, step, sites=sites, source=self.source)
            put_event(session, told, self.sinks)
            self.on_risk(session, consignment, now)
        _log.info("received", consignment=consignment, kind=kind_of(entry))
        return Recorded(entry, new=True)

    def _entry_of(self, consignment: str, said: IncomingSaid, now: datetime) -> Incoming:
        about = {"consignment": consignment, **_on_record(said, consignment, now)}
        if isinstance(said, ControlResultSaid):
            about["outcome"] = outcome_of(said, self.control_codes)
        return ON_RECORD[kind_of(said)].model_validate(said.model_dump() | about)

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
            waits=self.desk.settle(session, scan.scan_id, at),
        )
        cannot_be_undone = decision.received_at + timedelta(seconds=UNDO_SECONDS)
        held = cannot_be_undone if decision.decision == "clear" else None
        put_event(session, event, self.sinks, not_before=held)
        self._tell_referrals(session, scan, referred, undo or decision, event, held)
        self._judge_again(session, scan, at)
        self.desk.settle(session, scan.scan_id, at)  # a risk profile may ask for a second reading now

    def _referred(self, session: Session, scan_id: str) -> tuple[Decision, ...]:
        decisions, inspections = decision_history(session, scan_id), inspection_history(session, scan_id)
        return open_referrals(decisions, inspections, closed_by_steps(session, scan_id))

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
        at = by.at if isinstance(by, Undo) else by.received_at
        for change, decision in (*closed, *opened):
            if change == "answered" or change == "withdrawn":
                close_referral(session, decision, change, at)
            else:
                put_referral(session, decision)
            event = referral_event(
                change,
                decision,
                scan,
                to=referral(session, str(decision.id)).to,
                by_event=told["id"],
                sequence=told["sequence"],
                at=at,
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

    def _judge_again(self, session: Session, scan: ReviewedScan, now: datetime) -> None:
        for consignment in consignments_of(session, scan.scan_id):
            self.on_risk(session, consignment, now)


def _sequence(session: Session, scan: ReviewedScan, entry: RiskRecordEntry | None) -> int:
    return entry.sequence if entry else scan.revision + count_reviews(session, scan.scan_id)


def _on_record(said: Said, about: str, now: datetime) -> dict[str, object]:
    at = said.at.astimezone(UTC) if said.at else now
    return {"id": said.id_for(about), "at": at, "received_at": now}


def _said_again(known: Decision | Inspection | Incoming) -> Conflict:
    which: UUID = known.id
    return Conflict(
        f"The same is on record as {which}, which was corrected or undone, or a newer one stands.",
        remedy="If it is meant anew, send it with an `id` (a UUID) or a time `at` of its own.",
    )
