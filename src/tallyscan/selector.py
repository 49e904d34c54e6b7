"""Selects consignments: evidence from the store, profiles and draws from `select`, then step and event in one go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tallyscan.consignment_evidence import ConsignmentEvidence
from tallyscan.errors import NotFound, Unavailable
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.report.selection_event import selection_event
from tallyscan.risk_profile import STAGES, RiskProfile, Stage
from tallyscan.select.choose import choose, judged_later, unjudged
from tallyscan.select.facts_of import facts_of
from tallyscan.select.judge import judge
from tallyscan.selection import Chosen, Selection
from tallyscan.store.database import Database
from tallyscan.store.evidence import evidence_of, unread_evidence
from tallyscan.store.outbox_rows import FILE, put_event
from tallyscan.store.risk_profiles import ReleasedProfiles
from tallyscan.store.selections import is_scanned, pending, put_selection, standing, to_be_judged

_log = structlog.get_logger(__name__)


MOST_AT_ONCE = 100_000
"""Profiles times goods items that are judged while a declaration or reading is kept: some 0.1 s, in which nothing else
can be kept."""


@dataclass(frozen=True)
class Ahead:
    """What a consignment comes to, as long as evidence and profiles are these."""

    evidence: ConsignmentEvidence
    profiles: tuple[RiskProfile, ...]
    chosen: Chosen


@dataclass(frozen=True)
class Selector:
    """`shares` is the site's own random share of each stage, `key` what all draws are made with."""

    key: bytes = field(repr=False)
    shares: dict[Stage, float]
    source: str
    sinks: Sequence[str] = (FILE,)
    profiles: ReleasedProfiles = field(default_factory=ReleasedProfiles)
    nomenclature: Nomenclature = CHAPTERS_ONLY

    def select(
        self, session: Session, consignment: str, stage: Stage, now: datetime, ahead: Ahead | None = None
    ) -> Selection | None:
        """Judge a consignment anew, in the caller's transaction. None where the stage is not reached, or where the
        answer is as it was. A step that selects nothing is told outside only where the one before did.

        What cannot be judged is selected, so that a person looks: whatever is wrong with the evidence or a profile
        must keep no declaration or reading from being kept. So is what takes long, until `Reconsideration` comes with
        the answer as `ahead`. Raises where the database fails.
        """
        before = standing(session, consignment, stage)
        evidence = None
        try:
            evidence = evidence_of(session, consignment, stage, now)
            if evidence is None:
                return None
            profiles = self._profiles(session, evidence, stage, now)
            if ahead is not None and (ahead.evidence, ahead.profiles) == (evidence, profiles):
                chosen = ahead.chosen
            elif len(profiles) * _items_in(evidence) > MOST_AT_ONCE:
                chosen = judged_later(stage)
            else:
                chosen = self._choose(profiles, evidence, stage)
        except (SQLAlchemyError, Unavailable, NotFound):
            raise  # of the transaction: its caller tries all of it again
        except Exception as error:  # noqa: BLE001 - the edge of what officers write: logged, and a person looks
            evidence = evidence or unread_evidence(session, consignment)
            chosen = _failed(consignment, stage, error)
        selection = put_selection(session, evidence, stage, chosen, before, now)
        if selection is not None and (selection.selected or (before is not None and before.selected)):
            put_event(session, selection_event(selection, source=self.source), self.sinks)
            _log.info("selection", consignment=consignment, stage=stage, actions=selection.actions)
        return selection

    def judge_ahead(self, session: Session, consignment: str, stage: Stage, now: datetime) -> Ahead | None:
        """What `select` would come to, from a transaction that only reads; None where it would not judge."""
        try:
            evidence = evidence_of(session, consignment, stage, now)
            if evidence is None:
                return None
            profiles = self._profiles(session, evidence, stage, now)
        except (SQLAlchemyError, Unavailable, NotFound):
            raise
        except Exception:  # noqa: BLE001 - `select` finds the same, and tells it
            return None
        try:
            chosen = self._choose(profiles, evidence, stage)
        except Exception as error:  # noqa: BLE001 - as in `select`
            chosen = _failed(consignment, stage, error)
        return Ahead(evidence, profiles, chosen)

    def _profiles(
        self, session: Session, evidence: ConsignmentEvidence, stage: Stage, now: datetime
    ) -> tuple[RiskProfile, ...]:
        if evidence.scans == ():  # its scans are of another consignment now
            return ()
        return self.profiles.in_force(session, stage, now, evidence.sites)

    def _choose(
        self, profiles: tuple[RiskProfile, ...], evidence: ConsignmentEvidence, stage: Stage
    ) -> Chosen:
        if evidence.scans == ():
            return Chosen((), {}, ())
        judged = judge(profiles, facts_of(evidence, self.nomenclature))
        return choose(judged, evidence.consignment, stage, key=self.key, audit_share=self.shares[stage])

    def before_scan(self, session: Session, consignment: str, now: datetime) -> None:
        """A declaration came, or was corrected. Of what is scanned already, what was selected before stays."""
        if not session.execute(select(is_scanned(consignment))).scalar_one():
            self.select(session, consignment, "before_scan", now)

    def after_scan(self, session: Session, consignment: str, now: datetime) -> None:
        """A scan of it was read, came to it or left it."""
        self.select(session, consignment, "after_scan", now)


def _items_in(evidence: ConsignmentEvidence) -> int:
    return len(evidence.declaration.goods_items) if evidence.declaration else 0


def _failed(consignment: str, stage: Stage, error: Exception) -> Chosen:
    _log.error("selection failed", consignment=consignment, stage=stage, exc_info=error)
    return unjudged(stage, f"{type(error).__name__}: {error}")


class Reconsideration:
    """Judges again what is still pending when other profiles are in force: one was released, retired, began or ended.
    Judges too what was too large to be judged while it was kept.

    One consignment a step, so that nothing else has to wait; at the start everything that is pending. One that fails
    is tried again after all others.
    """

    def __init__(self, database: Database, selector: Selector, *, within: timedelta) -> None:
        self._database = database
        self._selector = selector
        self._within = within
        self._judged_by: dict[Stage, tuple[str, ...]] = {}
        self._waiting: list[tuple[str, Stage]] = []
        self._failed: list[tuple[str, Stage]] = []

    def step(self) -> bool:
        """Whether there is more to do at once."""
        now = datetime.now(UTC)
        if not self._waiting:
            self._waiting, self._failed = self._failed + self._outdated(now), []
            return bool(self._waiting)
        consignment, stage = self._waiting.pop()
        try:
            with self._database.read() as session:
                ahead = self._selector.judge_ahead(session, consignment, stage, now)
            with self._database.write() as session:
                step = self._selector.select(session, consignment, stage, now, ahead)
        except Exception:
            self._failed.append((consignment, stage))
            raise
        return bool(step or self._waiting)

    def _outdated(self, now: datetime) -> list[tuple[str, Stage]]:
        found: list[tuple[str, Stage]] = []
        with self._database.read() as session:
            for stage in STAGES:
                profiles = self._selector.profiles.in_force(session, stage, now, ())
                names = tuple(profile.name for profile in profiles)
                if self._judged_by.get(stage) != names:
                    self._judged_by[stage] = names
                    nothing_selects = not names and self._selector.shares[stage] == 0
                    waiting = pending(
                        session, stage, since=now - self._within, selected_alone=nothing_selects
                    )
                    found += [(each, stage) for each in waiting]
            found += to_be_judged(session)
        return list(dict.fromkeys(found))
