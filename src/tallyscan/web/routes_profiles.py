"""Risk profiles over HTTP: drafts, their release by a second person, and dry runs over the past."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import AwareDatetime

from tallyscan.risk_profile import (
    ProfileStatus,
    ReleaseSaid,
    RetireSaid,
    RiskProfile,
    RiskProfileSaid,
    Stage,
)
from tallyscan.select.dry_run import DryRun
from tallyscan.store import risk_profiles
from tallyscan.web.errors import problem_responses
from tallyscan.web.selection_examples import DRY_RUN, PROFILE, PROFILE_SAID
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

ProfileId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="small letters, digits and hyphens")
]
Version = Annotated[int, Path(ge=1, le=1_000_000)]
_DAYS = 30

router = APIRouter(prefix="/v1/risk-profiles", tags=["risk profiles"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class ProfileList:
    """Versions of profiles, by id and version."""

    profiles: tuple[RiskProfile, ...]


@router.get("", responses=problem_responses(422))
def list_profiles(
    service: ServiceDep,
    status: Annotated[ProfileStatus | None, Query()] = None,
    stage: Annotated[Stage | None, Query()] = None,
) -> ProfileList:
    """Every version of every profile, or those of that status and stage."""
    with service.database.read() as session:
        return ProfileList(risk_profiles.profiles(session, status=status, stage=stage))


@router.get("/{profile}", responses=problem_responses(404, 422))
def get_profile(profile: ProfileId, service: ServiceDep) -> ProfileList:
    """All versions of a profile, oldest first."""
    with service.database.read() as session:
        return ProfileList(risk_profiles.versions(session, profile))


@router.put(
    "/{profile}/draft",
    responses={
        200: {"content": {"application/json": {"example": PROFILE}}},
        **problem_responses(413, 422, 503),
    },
)
def put_draft(
    profile: ProfileId, said: Annotated[RiskProfileSaid, Body(examples=[PROFILE_SAID])], service: ServiceDep
) -> RiskProfile:
    """Save the draft of the next version, instead of the one that is there. 422 says where the expression is wrong."""
    return service.profiles.save(profile, said)


@router.delete("/{profile}/draft", status_code=204, responses=problem_responses(404, 422, 503))
def delete_draft(profile: ProfileId, service: ServiceDep) -> Response:
    """Throw the draft away."""
    service.profiles.drop(profile)
    return Response(status_code=204)


@router.post("/{profile}/versions/{version}/release", responses=problem_responses(404, 409, 413, 422, 503))
def release_profile(
    profile: ProfileId, version: Version, said: Annotated[ReleaseSaid, Body()], service: ServiceDep
) -> RiskProfile:
    """Put a draft into force instead of the version before. 409 for who wrote any of it: another person releases it."""
    return service.profiles.release(profile, version, said)


@router.post("/{profile}/versions/{version}/retire", responses=problem_responses(404, 409, 413, 422, 503))
def retire_profile(
    profile: ProfileId, version: Version, said: Annotated[RetireSaid, Body()], service: ServiceDep
) -> RiskProfile:
    """Take a version out of force. What it selected and is still pending is judged again without it."""
    return service.profiles.retire(profile, version, said)


@router.get(
    "/{profile}/versions/{version}/dry-run",
    responses={
        200: {"content": {"application/json": {"example": DRY_RUN}}},
        **problem_responses(404, 409, 422),
    },
)
def try_profile(
    profile: ProfileId,
    version: Version,
    service: ServiceDep,
    since: Annotated[AwareDatetime | None, Query(description="30 days ago, where it is left out")] = None,
    until: Annotated[AwareDatetime | None, Query(description="now, where it is left out")] = None,
) -> DryRun:
    """What a version, a draft too, would have done with past consignments. Nothing is kept."""
    end = (until or datetime.now(UTC)).astimezone(UTC)
    begin = since.astimezone(UTC) if since else end - timedelta(days=_DAYS)
    return service.profiles.dry_run(profile, version, begin, end)
