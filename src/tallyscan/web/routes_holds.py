"""Legal holds over HTTP: of what nothing may be deleted, and why."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from tallyscan.statement import ConsignmentName, Words
from tallyscan.store.holds import Hold, holds, lift_hold, set_hold
from tallyscan.web.errors import problem_responses
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

router = APIRouter(prefix="/v1/holds", tags=["audit"], route_class=SmallBodyRoute)

_SAID: JsonDict = {
    "by": "Auditor 1",
    "reason": "Appeal 12 against the decision on this consignment",
    "consignment": "26NL000510A1B2C3D4",
    "until": "2027-12-31T00:00:00Z",
}
_LIFTED: JsonDict = {"by": "Auditor 1", "reason": "The appeal is settled."}
_HOLD: JsonDict = {
    "id": "6b0f9a52-0000-4000-8000-000000000001",
    "consignment": "26NL000510A1B2C3D4",
    "scan": None,
    "set_by": "Auditor 1",
    "set_at": "2026-02-01T08:00:00Z",
    "reason": "Appeal 12 against the decision on this consignment",
    "until": "2027-12-31T00:00:00Z",
    "stands": True,
    "lifted_by": None,
    "lifted_at": None,
    "lifted_why": None,
}


@dataclass(frozen=True)
class Holds:
    """Newest first."""

    holds: tuple[Hold, ...]


class HoldLifted(BaseModel):
    """Who ends it, and why: both stay on record."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra={"example": _LIFTED}
    )

    by: Words = Field(description="who does it: who is signed in, or without sign-in as it is given")
    reason: str = Field(min_length=1, max_length=1000)


class HoldSaid(HoldLifted):
    """Of a consignment with all its scans, or of a scan: one of the two."""

    model_config = ConfigDict(json_schema_extra={"example": _SAID})

    consignment: ConsignmentName | None = None
    scan: str | None = Field(None, min_length=1, max_length=36)
    until: AwareDatetime | None = Field(None, description="when it ends by itself; none: open")


@router.get("", responses={200: {"content": {"application/json": {"example": {"holds": [_HOLD]}}}}})
def list_holds(
    service: ServiceDep,
    consignment: Annotated[str | None, Query(max_length=80, description="of this one and its scans")] = None,
    all_of_them: Annotated[bool, Query(alias="all", description="also those that are over")] = False,
) -> Holds:
    """Those that stand: nothing of these consignments and scans is deleted or erased."""
    with service.database.read() as session:
        return Holds(holds(session, consignment=consignment, every=all_of_them))


@router.post(
    "",
    status_code=201,
    responses={
        201: {"content": {"application/json": {"example": _HOLD}}},
        **problem_responses(400, 404, 413, 422, 503),
    },
)
def post_hold(said: HoldSaid, service: ServiceDep) -> Hold:
    """Hold a case from now on."""
    with service.database.write() as session:
        return set_hold(
            session,
            by=said.by,
            reason=said.reason,
            consignment=said.consignment,
            scan=said.scan,
            until=said.until,
        )


@router.post("/{hold}/lift", responses=problem_responses(404, 409, 413, 422, 503))
def post_lift(hold: str, said: HoldLifted, service: ServiceDep) -> Hold:
    """End a hold before its time; it stays on record."""
    with service.database.write() as session:
        return lift_hold(session, hold, by=said.by, reason=said.reason)
