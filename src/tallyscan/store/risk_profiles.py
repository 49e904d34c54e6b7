"""Risk profiles on record: every version, and which are in force."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallyscan.errors import Conflict, NotFound
from tallyscan.risk_profile import ProfileStatus, RiskProfile, Stage
from tallyscan.store.selection_tables import RiskProfileRow

_Key = tuple[str, int]


class ReleasedProfiles:
    """Those in force, each loaded once: a released version never changes."""

    def __init__(self) -> None:
        self._loaded: dict[_Key, RiskProfile] = {}

    def in_force(
        self, session: Session, stage: Stage, now: datetime, sites: tuple[str, ...]
    ) -> tuple[RiskProfile, ...]:
        """Of that stage, for one of these sites, by id."""
        released = (
            select(RiskProfileRow.profile_id, RiskProfileRow.version)
            .where(RiskProfileRow.stage == stage, RiskProfileRow.status == "released")
            .order_by(RiskProfileRow.profile_id, RiskProfileRow.version)
        )
        keys: list[_Key] = [(row.profile_id, row.version) for row in session.execute(released)]
        for key in keys:
            if key not in self._loaded:
                self._loaded[key] = profile(session, *key)
        return tuple(found for key in keys if (found := self._loaded[key]).in_force(now, sites))


def profile(session: Session, profile_id: str, version: int) -> RiskProfile:
    """One version. Raises `NotFound`."""
    row = session.get(RiskProfileRow, (profile_id, version))
    if row is None:
        raise NotFound(f"There is no version {version} of a profile {profile_id!r}.")
    return RiskProfile.model_validate(row.document)


def check_profile(session: Session, profile_id: str) -> None:
    """Raises `Conflict` where there never was such a profile."""
    known = select(RiskProfileRow.version).where(RiskProfileRow.profile_id == profile_id)
    if session.execute(known.limit(1)).first() is None:
        raise Conflict(
            f"There is no risk profile {profile_id!r} that could have named the questions.",
            remedy="Name the profile as `GET /v1/risk-profiles` has it, or leave `profile` out.",
        )


def versions(session: Session, profile_id: str) -> tuple[RiskProfile, ...]:
    """All of a profile, oldest first. Raises `NotFound`."""
    rows = select(RiskProfileRow).where(RiskProfileRow.profile_id == profile_id)
    found = session.execute(rows.order_by(RiskProfileRow.version)).scalars().all()
    if not found:
        raise NotFound(f"There is no profile {profile_id!r}.")
    return tuple(RiskProfile.model_validate(row.document) for row in found)


def draft(session: Session, profile_id: str) -> RiskProfile | None:
    """That of a profile, where there is one."""
    rows = select(RiskProfileRow).where(
        RiskProfileRow.profile_id == profile_id, RiskProfileRow.status == "draft"
    )
    row = session.execute(rows).scalar()
    return RiskProfile.model_validate(row.document) if row else None


def profiles(
    session: Session, *, status: ProfileStatus | None = None, stage: Stage | None = None
) -> tuple[RiskProfile, ...]:
    """Every version that stands there, by id and version."""
    rows = select(RiskProfileRow).order_by(RiskProfileRow.profile_id, RiskProfileRow.version)
    if status is not None:
        rows = rows.where(RiskProfileRow.status == status)
    if stage is not None:
        rows = rows.where(RiskProfileRow.stage == stage)
    return tuple(RiskProfile.model_validate(row.document) for row in session.execute(rows).scalars())


def next_version(session: Session, profile_id: str) -> int:
    """That of the next draft."""
    newest = select(func.max(RiskProfileRow.version)).where(RiskProfileRow.profile_id == profile_id)
    return (session.execute(newest).scalar() or 0) + 1


def put_profile(session: Session, profile: RiskProfile) -> None:
    """Keep a version as it stands now."""
    row = session.get(RiskProfileRow, (profile.id, profile.version))
    if row is None:
        row = RiskProfileRow(profile_id=profile.id, version=profile.version)
        session.add(row)
    row.status, row.stage, row.saved_at = profile.status, profile.stage, profile.saved_at
    row.document = profile.model_dump(mode="json")
    session.flush()


def drop_draft(session: Session, profile_id: str) -> None:
    """Throw the draft away. Raises `NotFound` where there is none."""
    found = draft(session, profile_id)
    if found is None:
        raise NotFound(f"There is no draft of a profile {profile_id!r}.")
    session.delete(session.get_one(RiskProfileRow, (found.id, found.version)))
    session.flush()
