"""A crossing point as it stands now, for its wall: the state beside the lines of `routes_live`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from tallyscan.store.board import BoardState, board, sites
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.own_sites import own_sites
from tallyscan.web.routes_sites import SiteId
from tallyscan.web.service import ServiceDep
from tallyscan.web.statistics_examples import BOARD, SITES

router = APIRouter(prefix="/v1/sites", tags=["sites"])


@dataclass(frozen=True)
class SiteList:
    """The caller's own sites of which something is known: scans, a budget or selections; as it is compared."""

    sites: tuple[str, ...]


@router.get("", responses={200: {"content": {"application/json": {"example": SITES}}}})
def list_sites(service: ServiceDep, caller: CallerDep) -> SiteList:
    """The sites that there are, of the caller's own."""
    with service.database.read() as session:
        return SiteList(tuple(own_sites(caller, sites(session))))


@router.get(
    "/{site}/board",
    responses={200: {"content": {"application/json": {"example": BOARD}}}, **problem_responses(422)},
)
def get_board(
    site: SiteId,
    service: ServiceDep,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BoardState:
    """What waits at a site and for how long, what came of the shift (without a budget: of the last 24 hours), and what
    of the budget is used. What arrived more than 24 hours ago is not listed. What is read
    blind tells nothing of its reading to who has not decided on it.
    """
    with service.database.read() as session:
        hides = partial(service.desk.hides, session, caller.name)
        return board(session, site, datetime.now(UTC), limit, hides)
