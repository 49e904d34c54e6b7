"""Scans that were given up, over HTTP: which and why, and that a person lets them be read again."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from tallyscan.store.dead_letters import DeadLetter, dead_letters, read_dead_again
from tallyscan.web.errors import problem_responses
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

router = APIRouter(prefix="/v1/dead-letters", tags=["scans"], route_class=SmallBodyRoute)

_SCAN = "4f0f2f9e-0000-4000-8000-000000000001"
_SAID: JsonDict = {"by": "Officer 12", "reason": "The machine has more memory now."}
_LIST: JsonDict = {
    "scans": [
        {
            "scan": _SCAN,
            "name": "lane-2.tif",
            "consignment": "26NL000510A1B2C3D4",
            "site": "XXOFF001",
            "since": "2026-02-01T02:15:23Z",
            "reason": "internal: Reading was tried 5 times and never finished.",
            "attempts": 6,
            "traceback": None,
            "replays": [],
        }
    ],
    "next": None,
}


@dataclass(frozen=True)
class DeadLetters:
    """A page of the scans that were given up, the oldest first; `next` leads to the page after it."""

    scans: tuple[DeadLetter, ...]
    next: str | None


class ReplaySaid(BaseModel):
    """Who lets it be read again, and why: both stay on record."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra={"example": _SAID})

    by: str = Field(
        min_length=1,
        max_length=120,
        description="who does it: who is signed in, or without sign-in as it is given",
    )
    reason: str = Field(min_length=1, max_length=1000)


class ReplayWaits(BaseModel):
    """The scan waits to be read again."""

    scan: str


@router.get("", responses={200: {"content": {"application/json": {"example": _LIST}}}})
def list_dead_letters(
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=36, description="the last scan of the page before")] = None,
) -> DeadLetters:
    """Scans of which every try failed, or failed in a way that nobody foresaw: since when, how often they were tried,
    the reason, and for whoever mends it the traceback. Their consignments are not assessed.
    """
    with service.database.read() as session:
        found = dead_letters(session, after=after, limit=limit + 1)
    page = found[:limit]
    more = f"/v1/dead-letters?after={page[-1].scan}&limit={limit}" if len(found) > limit else None
    return DeadLetters(page, more)


@router.post("/{scan_id}/replay", status_code=202, responses=problem_responses(404, 409, 413, 422, 503))
def replay_dead_letter(scan_id: str, said: ReplaySaid, service: ServiceDep) -> ReplayWaits:
    """Read it again, with all its tries."""
    with service.database.write() as session:
        read_dead_again(session, scan_id, by=said.by, reason=said.reason)
    service.wake()
    return ReplayWaits(scan=scan_id)
