"""How the service is, and what it could not use."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tallyscan import __version__
from tallyscan.admission import IntakeState
from tallyscan.store import queries
from tallyscan.store.held_events import SinkStanding, standing_of_sinks
from tallyscan.web.service import ServiceDep

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """`status` is `ok` only when everything runs that should; `stopped` names what does not. `degraded`: all of it
    runs, and some event waits in the `outbox` for a person, no scan is let in (`intake`), or the disk is low."""

    status: Literal["ok", "degraded", "failing"]
    software: str
    model: str
    scans: dict[str, int]
    stopped: list[str]
    outbox: dict[str, SinkStanding]
    intake: IntakeState


@router.get("/healthz", responses={503: {"model": Health, "description": "Something stopped"}})
def get_health(service: ServiceDep, response: Response) -> Health:
    """Whether scans are read, by which model, how many stand where, and how many events have not arrived."""
    with service.database.read() as session:
        counts = queries.count_by_state(session)
        outbox = standing_of_sinks(session)
    held = any(standing.undeliverable for standing in outbox.values())
    intake = service.admission.state()
    degraded = held or intake.paused is not None or intake.disk != "ok"
    stopped = service.stopped_parts()
    response.status_code = 503 if stopped else 200
    return Health(
        status="failing" if stopped else "degraded" if degraded else "ok",
        software=f"tallyscan {__version__}",
        model=f"{service.model.name} {service.model.version}",
        scans=counts,
        stopped=list(stopped),
        outbox=outbox,
        intake=intake,
    )


class Status(BaseModel):
    """No more than that is said to whoever asks: `GET /v1/health` says what is wrong."""

    status: Literal["ok", "failing"]


class ReadyInWords(Status):
    """What is wrong with each part that does not work: `database`, `blobs`, `disk`, `loops`."""

    wrong: dict[str, str]


@router.get("/health/live")
async def get_live() -> Status:
    """The process turns."""
    return Status(status="ok")


@router.get("/health/ready", responses={503: {"model": Status, "description": "Something does not work"}})
def get_ready(service: ServiceDep, response: Response) -> Status:
    """Whether database, bytes, disk and loops work, tried out within a few seconds."""
    ok = service.ready().ok
    response.status_code = 200 if ok else 503
    return Status(status="ok" if ok else "failing")


@router.get("/v1/health", responses={503: {"model": ReadyInWords, "description": "Something does not work"}})
def get_health_in_words(service: ServiceDep, response: Response) -> ReadyInWords:
    """The same, with what is wrong in words."""
    found = service.ready()
    response.status_code = 200 if found.ok else 503
    return ReadyInWords(status="ok" if found.ok else "failing", wrong=found.wrong)


@router.get("/v1/intake")
def get_intake(service: ServiceDep) -> IntakeState:
    """How many scans wait to be read and for how long, and whether more are let in."""
    return service.admission.state()


@router.get("/v1/quarantine")
def get_quarantine(service: ServiceDep) -> tuple[queries.QuarantineView, ...]:
    """Declarations, and files of the watched folder, that could not be used, newest first. Images that
    arrived and could not be read are scans with the status `rejected`."""
    with service.database.read() as session:
        return queries.quarantine(session)
