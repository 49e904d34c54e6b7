"""How the service is, and what it could not use."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tallyscan import __version__
from tallyscan.store import queries
from tallyscan.store.held_events import SinkStanding, standing_of_sinks
from tallyscan.web.service import ServiceDep

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """`status` is `ok` only when everything runs that should; `stopped` names what does not. `degraded`: all of it
    runs, and some event waits in the `outbox` for a person."""

    status: Literal["ok", "degraded", "failing"]
    software: str
    model: str
    scans: dict[str, int]
    stopped: list[str]
    outbox: dict[str, SinkStanding]


@router.get("/healthz", responses={503: {"model": Health, "description": "Something stopped"}})
def get_health(service: ServiceDep, response: Response) -> Health:
    """Whether scans are read, by which model, how many stand where, and how many events have not arrived."""
    with service.database.read() as session:
        counts = queries.count_by_state(session)
        outbox = standing_of_sinks(session)
    held = any(standing.undeliverable for standing in outbox.values())
    stopped = service.stopped_parts()
    response.status_code = 503 if stopped else 200
    return Health(
        status="failing" if stopped else "degraded" if held else "ok",
        software=f"tallyscan {__version__}",
        model=f"{service.model.name} {service.model.version}",
        scans=counts,
        stopped=list(stopped),
        outbox=outbox,
    )


@router.get("/v1/quarantine")
def get_quarantine(service: ServiceDep) -> tuple[queries.QuarantineView, ...]:
    """Declarations, and files of the watched folder, that could not be used, newest first. Images that
    arrived and could not be read are scans with the status `rejected`."""
    with service.database.read() as session:
        return queries.quarantine(session)
