"""Archives that are read again with another model, over HTTP: how far they are, and what that model says."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from tallyscan.store.reread_comparison import Comparison, comparison
from tallyscan.store.rereads import Reread, reread, rereads
from tallyscan.web.errors import problem_responses
from tallyscan.web.service import ServiceDep

router = APIRouter(prefix="/v1/rereads", tags=["models"])

_RUN = {
    "id": "5b0f2f9e-0000-4000-8000-000000000001",
    "model": {"name": "tallynet", "version": "0.9.0", "sha256": "0" * 64},
    "since": "2026-01-01T00:00:00Z",
    "until": "2026-02-01T00:00:00Z",
    "site": None,
    "by": "Steward 1",
    "why": "Before 0.9.0 is released.",
    "begun_at": "2026-02-02T08:00:00Z",
    "state": "running",
    "changed_at": "2026-02-02T08:00:00Z",
    "changed_by": "Steward 1",
    "said": None,
    "total": 41230,
    "read": 1200,
    "failed": 2,
    "seconds_left": 12008.4,
}
_COMPARED = {
    "statuses": [{"before": "read", "after": "read", "scans": 1200}],
    "lanes": [
        {"before": "green", "after": "green", "scans": 1101},
        {"before": "green", "after": "yellow", "scans": 9},
        {"before": "yellow", "after": "green", "scans": 90},
    ],
    "found": {"scans": 14, "not_green_before": 9, "not_green_now": 12},
    "nothing_found": {"scans": 51, "not_green_before": 48, "not_green_now": 20},
    "places": [{"site": "XXOFF001", "device": "LINAC-2", "scans": 1200, "raised": 9, "lowered": 90}],
    "raised": ["4f0f2f9e-0000-4000-8000-000000000001"],
    "lowered": [],
}


@dataclass(frozen=True)
class Compared:
    """A run, and what its readings come to beside those on record."""

    run: Reread
    comparison: Comparison


@router.get("", responses={200: {"content": {"application/json": {"example": [_RUN]}}}})
def list_rereads(service: ServiceDep, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> tuple[Reread, ...]:
    """The newest first. They change no risk record, and tell nobody."""
    with service.database.read() as session:
        return rereads(session, limit=limit)


@router.get(
    "/{reread_id}",
    responses={
        200: {"content": {"application/json": {"example": {"run": _RUN, "comparison": _COMPARED}}}},
        **problem_responses(404),
    },
)
def get_reread(reread_id: str, service: ServiceDep) -> Compared:
    """Lanes and statuses of before and now, of loads that were opened too, and the scans to look at: finds first."""
    with service.database.read() as session:
        return Compared(reread(session, reread_id), comparison(session, reread_id))
