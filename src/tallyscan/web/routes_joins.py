"""Which scan is of which consignment, over HTTP: what waits for a person, what a person decides, and every step."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from tallyscan.statement import ConsignmentName
from tallyscan.store import join_views, queries
from tallyscan.store.join_views import JoinView, WaitingJoin
from tallyscan.store.whose_site import sites_of_consignment
from tallyscan.web.documents import ScanWithReading, WaitingScan, scan_document
from tallyscan.web.errors import problem_responses
from tallyscan.web.examples import DECISION, JOIN_LIST, WAITING_SCAN
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute
from tallyscan.web.withheld import hidden_readings

router = APIRouter(prefix="/v1", tags=["joins"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class JoinList:
    """A page of scans that wait for a join, newest first; `next` leads to the page after it."""

    joins: list[WaitingJoin]
    next: str | None


@dataclass(frozen=True)
class JoinHistory:
    """Every step of the join of a scan, oldest first; the last one counts."""

    scan: str
    steps: list[JoinView]


class JoinDecision(BaseModel):
    """What a person decides: the consignment that the scan is of, null for none that is known here."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra={"example": DECISION}
    )

    consignment: ConsignmentName | None
    by: str = Field(
        min_length=1,
        max_length=120,
        description="who decides: who is signed in, or without sign-in as it is given",
    )
    reason: str = Field(min_length=1, max_length=1000, description="why, for whoever reads the risk record")


@router.get(
    "/joins",
    responses={200: {"content": {"application/json": {"example": JOIN_LIST}}}, **problem_responses(404, 422)},
)
def list_joins(
    service: ServiceDep,
    caller: CallerDep,
    state: Annotated[
        Literal["proposed", "open"] | None,
        Query(description="`proposed`: a person must choose; `open`: nothing that is declared fits"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(description="the last scan of the page before")] = None,
) -> JoinList:
    """Scans that wait for a join, newest first, in pages, with the consignments that they may be of."""
    with service.database.read() as session:
        found = join_views.waiting_joins(
            session, state=state, sites=caller.sites, before=before, limit=limit + 1
        )
    page, more = list(found[:limit]), len(found) > limit
    filtered = f"&state={state}" if state else ""
    return JoinList(page, f"/v1/joins?before={page[-1].scan}&limit={limit}{filtered}" if more else None)


@router.get("/scans/{scan_id}/joins", responses=problem_responses(404))
def get_joins(scan_id: str, service: ServiceDep) -> JoinHistory:
    """How a scan came to its consignment: every step, by what or by whom, and what was weighed."""
    with service.database.read() as session:
        return JoinHistory(scan_id, list(join_views.join_history(session, scan_id)))


@router.put(
    "/scans/{scan_id}/consignment",
    response_model=ScanWithReading | WaitingScan,
    responses={
        200: {"content": {"application/json": {"example": WAITING_SCAN}}},
        **problem_responses(404, 422, 503),
    },
)
def put_consignment(
    scan_id: str, decision: JoinDecision, caller: CallerDep, service: ServiceDep
) -> JSONResponse:
    """Say of which consignment a scan is. It is read again with that declaration; the risk records of both keep what
    was there. What a person decided is not changed by what comes later, only by a person.
    """
    with service.database.write() as session:
        if decision.consignment is not None:
            caller.check_at(sites_of_consignment(session, decision.consignment), "That consignment")
        service.joins.decide(
            session,
            scan_id,
            decision.consignment,
            by=decision.by,
            reason=decision.reason,
            now=datetime.now(UTC),
        )
    service.wake()
    with service.database.read() as session:
        hidden = bool(hidden_readings(session, service, caller, [scan_id]))
        return JSONResponse(scan_document(queries.scan(session, scan_id), hidden=hidden))
