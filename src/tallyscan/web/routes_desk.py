"""The desk of those who read scans. What is hidden until somebody decided is hidden here, not in the browser."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Query
from pydantic import Field

from tallyscan.decision import READERS, Reader
from tallyscan.risk import Lane
from tallyscan.statement import Part, Words
from tallyscan.store.scan_scores import sites
from tallyscan.web.desk_answers import desk_choices, desk_lines, desk_scan
from tallyscan.web.desk_documents import DeskChoices, DeskList, DeskScan
from tallyscan.web.desk_examples import DESK_LIST, DESK_SCAN
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.own_sites import own_sites
from tallyscan.web.routes_sites import SiteId
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

Person = Annotated[Words, Query(description="who reads: who is signed in, or without sign-in as it is given")]

router = APIRouter(prefix="/v1", tags=["desk"], route_class=SmallBodyRoute)


class WhoReads(Part):
    """Who takes a scan, or leaves it."""

    by: Words


class WhoGoesOn(WhoReads):
    """Who wants the next scan; `after` is the one that they leave."""

    after: str | None = Field(None, max_length=36)


@router.get(
    "/sites/{site}/desk",
    responses={200: {"content": {"application/json": {"example": DESK_LIST}}}, **problem_responses(422)},
)
def list_desk(
    site: SiteId,
    service: ServiceDep,
    person: Person,
    lane: Annotated[Lane | None, Query(description="only this lane; none that are read blind")] = None,
    reader: Annotated[Reader | None, Query(description="only such readings")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> DeskList:
    """What waits for this person's decision at a site, in the order of the alert budget's worklist. Never what they
    read themselves. Of scans that are read blind nothing of the reading is told, and their place is drawn.
    """
    with service.database.read() as session:
        waiting = service.desk.waiting(session, site, person, datetime.now(UTC))
        readers = Counter(each.reader for each in waiting)
        wanted = [
            each
            for each in waiting
            if (reader is None or each.reader == reader)
            and (lane is None or (not each.blind and each.scan.lane == lane))
        ]
        lines = desk_lines(session, wanted[offset : offset + limit], person)
    more = offset + limit < len(wanted)
    asked = {"person": person, "lane": lane, "reader": reader, "limit": limit, "offset": offset + limit}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return DeskList(
        site=site,
        waiting=len(wanted),
        readers={each: readers[each] for each in READERS},
        scans=lines,
        next=f"/v1/sites/{site}/desk?{query}" if more else None,
    )


@router.post("/sites/{site}/desk/next", responses=problem_responses(404, 413, 422, 503))
def take_next(
    site: SiteId, said: Annotated[WhoGoesOn, Body()], service: ServiceDep, caller: CallerDep
) -> DeskScan:
    """Give a person the first scan that waits for them and that nobody reads. 404 where there is none."""
    now = datetime.now(UTC)
    with service.database.write() as session:
        scan_id = service.desk.claim_next(session, site, said.by, now, said.after)
        seat = service.desk.seat(session, scan_id, said.by, now)
        return desk_scan(session, scan_id, now, seat, service, caller)


@router.get("/desk/choices")
def get_choices(service: ServiceDep, caller: CallerDep) -> DeskChoices:
    """What an officer can choose from: reasons, families and goods of regions, contact points; and their own sites."""
    with service.database.read() as session:
        return desk_choices(service, own_sites(caller, sites(session)))


@router.get(
    "/desk/scans/{scan_id}",
    responses={200: {"content": {"application/json": {"example": DESK_SCAN}}}, **problem_responses(404, 422)},
)
def get_desk_scan(scan_id: str, service: ServiceDep, caller: CallerDep, person: Person) -> DeskScan:
    """All that this person may see of a scan beside its image. Nothing of the reading while they read it blind, and
    none of what other readers said as long as somebody is waited for.
    """
    now = datetime.now(UTC)
    with service.database.read() as session:
        seat = service.desk.seat(session, scan_id, person, now)
        return desk_scan(session, scan_id, now, seat, service, caller)


@router.post("/desk/scans/{scan_id}/claim", responses=problem_responses(404, 409, 413, 422, 503))
def claim_scan(
    scan_id: str, said: Annotated[WhoReads, Body()], service: ServiceDep, caller: CallerDep
) -> DeskScan:
    """Take a scan for a time, or keep it for longer. 409 says why not: somebody reads it, or it waits for somebody
    else."""
    now = datetime.now(UTC)
    with service.database.write() as session:
        seat = service.desk.claim(session, scan_id, said.by, now)
        return desk_scan(session, scan_id, now, seat, service, caller)


@router.post(
    "/desk/scans/{scan_id}/release", status_code=204, responses=problem_responses(404, 413, 422, 503)
)
def release_scan(scan_id: str, said: Annotated[WhoReads, Body()], service: ServiceDep) -> None:
    """Leave a scan, so that others can take it. What somebody else holds stays theirs."""
    with service.database.write() as session:
        service.desk.release(session, scan_id, said.by, datetime.now(UTC))
