"""The book of risk profiles: drafts are checked when saved, released by a second person, and tried on the past."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from sqlalchemy.orm import Session

from tallyscan.errors import Conflict
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.risk_profile import ReleaseSaid, RetireSaid, RiskProfile, RiskProfileSaid, Stage
from tallyscan.select.change import check_release, check_retire
from tallyscan.select.check_expression import check_expression
from tallyscan.select.dry_run import DryRun, PastCase, dry_run
from tallyscan.select.fact_types import Record, facts_known
from tallyscan.select.facts_of import facts_of
from tallyscan.store import risk_profiles
from tallyscan.store.database import Database
from tallyscan.store.past_cases import past_evidence

_log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ProfileBook:
    """`rules` are those that give verdicts, which a profile may name; `key` is what draws are made with."""

    database: Database
    rules: tuple[str, ...]
    key: bytes = field(repr=False)
    nomenclature: Nomenclature = CHAPTERS_ONLY
    now: Callable[[], datetime] = _now

    def save(self, profile_id: str, said: RiskProfileSaid) -> RiskProfile:
        """As the draft of that profile, instead of the one that was there. Raises `InvalidRiskProfile`."""
        self.check(said)
        with self.database.write() as session:
            before = risk_profiles.draft(session, profile_id)
            authors = (*(before.authors if before else ()), said.by)
            draft = RiskProfile(
                **said.model_dump(),
                id=profile_id,
                version=before.version if before else risk_profiles.next_version(session, profile_id),
                status="draft",
                saved_at=self.now(),
                authors=tuple(dict.fromkeys(authors)),
            )
            risk_profiles.put_profile(session, draft)
        return draft

    def check(self, said: RiskProfileSaid) -> None:
        """Raises `InvalidRiskProfile` with the place of what is wrong."""
        check_expression(said.expression, self.facts(said.stage))

    def facts(self, stage: Stage) -> Record:
        """All that a profile of that stage may ask of."""
        return facts_known(stage, self.rules)

    def drop(self, profile_id: str) -> None:
        """Throw the draft away. Raises `NotFound`."""
        with self.database.write() as session:
            risk_profiles.drop_draft(session, profile_id)

    def release(self, profile_id: str, version: int, said: ReleaseSaid) -> RiskProfile:
        """Put a draft into force instead of the version before. Raises `NotFound`, or `Conflict` with the reason.

        The expression is checked again: what may be named can have changed since the draft was saved.
        """
        with self.database.write() as session:
            profile = risk_profiles.profile(session, profile_id, version)
            check_release(profile, said.by)
            self.check(profile)
            now = self.now()
            for earlier in risk_profiles.versions(session, profile_id):
                if earlier.status == "released":
                    because = f"Version {version} was released."
                    self._retire(session, earlier, RetireSaid(by=said.by, because=because), now)
            released = profile.model_copy(
                update={"status": "released", "released_by": said.by, "released_at": now}
            )
            risk_profiles.put_profile(session, released)
        _log.info("profile released", profile=released.name, by=said.by)
        return released

    def retire(self, profile_id: str, version: int, said: RetireSaid) -> RiskProfile:
        """Take a version out of force. Raises `NotFound`, or `Conflict` for what is not in force."""
        with self.database.write() as session:
            profile = risk_profiles.profile(session, profile_id, version)
            check_retire(profile)
            retired = self._retire(session, profile, said, self.now())
        _log.info("profile retired", profile=retired.name, by=said.by)
        return retired

    def dry_run(self, profile_id: str, version: int, since: datetime, until: datetime) -> DryRun:
        """What a version, a draft too, would have selected of the consignments of that time. Raises `NotFound`."""
        with self.database.read() as session:
            profile = risk_profiles.profile(session, profile_id, version)
        return self.try_on(profile, since, until)

    def try_on(self, profile: RiskProfile, since: datetime, until: datetime) -> DryRun:
        """The same of a profile that need not be on record."""
        if until <= since:
            raise Conflict("The dry run ends before it begins.", remedy="Give `since` before `until`.")
        with self.database.read() as session:
            past = past_evidence(
                session, profile.stage, since=since, until=until, besides=profile.id, now=self.now()
            )
            cases = (
                PastCase(
                    each.evidence.consignment,
                    each.at.date(),
                    facts_of(each.evidence, self.nomenclature),
                    each.selected,
                    each.found,
                    each.lane,
                    each.hit_by,
                )
                for each in past
                if profile.is_for(each.evidence.sites)
            )
            return dry_run(profile, cases, key=self.key)

    def _retire(self, session: Session, profile: RiskProfile, said: RetireSaid, now: datetime) -> RiskProfile:
        retired = profile.model_copy(
            update={
                "status": "retired",
                "retired_by": said.by,
                "retired_at": now,
                "retired_because": said.because,
            }
        )
        risk_profiles.put_profile(session, retired)
        return retired
