"""Which consignments are selected: the list of a crossing point, and every step of one consignment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from tallyscan.risk_profile import Stage
from tallyscan.selection import Selection
from tallyscan.store import queries
from tallyscan.store.selections import selections
from tallyscan.store.waiting_lists import Listed, listed
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.routes_consignments import ConsignmentId
from tallyscan.web.routes_live import Site
from tallyscan.web.selection_examples import SELECTION_LIST, SELECTIONS
from tallyscan.web.service import ServiceDep
from tallyscan.web.withheld import TELLS_BOTH, hidden_consignments

router = APIRouter(prefix="/v1", tags=["selection"])


@dataclass(frozen=True)
class SelectionList:
    """What waits at a site, the most pressing first."""

    site: str
    stage: Stage
    consignments: tuple[Listed, ...]


@dataclass(frozen=True)
class SelectionHistory:
    """Every step of the selection of a consignment, oldest first; of each stage the last one counts."""

    consignment: str
    steps: tuple[Selection, ...]


@router.get(
    "/sites/{site}/selection",
    responses={200: {"content": {"application/json": {"example": SELECTION_LIST}}}, **problem_responses(422)},
)
def list_selection(
    site: Site,
    service: ServiceDep,
    caller: CallerDep,
    stage: Annotated[
        Stage, Query(description="`before_scan`: what is to be scanned; `after_scan`: what is to be opened")
    ],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> SelectionList:
    """What is to be scanned or opened at a site, and why in one line: what a targeting officer ordered (`rescan`,
    `open`), with where to look, then what is selected. What is done, taken back or released is no longer listed; a
    consignment that names no office is listed at every site. What is to be opened is not listed for an operator who
    still has to read one of its scans.
    """
    since = datetime.now(UTC) - timedelta(days=service.selection_days)
    with service.database.read() as session:
        found = listed(session, site, stage, since=since, limit=limit)
        if stage == "after_scan":
            hidden = hidden_consignments(session, service, caller, [each.consignment for each in found])
            found = tuple(each for each in found if each.consignment not in hidden)
    return SelectionList(site, stage, found)


@router.get(
    "/consignments/{consignment:path}/selections",
    dependencies=[TELLS_BOTH],
    responses={
        200: {"content": {"application/json": {"example": SELECTIONS}}},
        **problem_responses(403, 404),
    },
)
def get_selections(consignment: ConsignmentId, service: ServiceDep) -> SelectionHistory:
    """Every step of the selection of a consignment, with each profile that hit or could not be judged, its chance, and
    whether it was drawn.
    """
    with service.database.read() as session:
        queries.check_consignment(session, consignment)
        return SelectionHistory(consignment, selections(session, consignment))
