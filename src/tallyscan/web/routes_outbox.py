"""Events that are held back, over HTTP: which and why, and what a person does about them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from tallyscan.store import held_events
from tallyscan.store.held_events import Action, EventForSink, HeldEvent, SinkStanding
from tallyscan.web.errors import problem_responses
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

router = APIRouter(prefix="/v1/outbox", tags=["outbox"], route_class=SmallBodyRoute)

_LARGEST = 2**63 - 1  # of a number that a database keeps
EventId = Annotated[int, Path(ge=1, le=_LARGEST)]

_ACTION: JsonDict = {
    "by": "Officer 12",
    "reason": "The risk system had no consignment of that number; it has one now.",
}
_HELD_LIST: JsonDict = {
    "sinks": {"webhook": {"waiting": 4, "failing": 0, "undeliverable": 1, "behind": 2}},
    "events": [
        {
            "id": 17,
            "sink": "webhook",
            "subject": "26NL000510A1B2C3D4",
            "state": "undeliverable",
            "reason": "The webhook answers with HTTP 422: no such consignment.",
            "attempts": 1,
            "behind": 2,
            "event_id": "b3f1c9de-0000-4000-8000-000000000001",
            "type": "org.tallyscan.scan-assessment.completed.v1",
            "created_at": "2026-02-01T02:15:23Z",
            "next_try_at": None,
        }
    ],
    "next": None,
}


@dataclass(frozen=True)
class HeldList:
    """How many events have not arrived at each sink, and a page of those that hold back their subject, oldest first;
    `next` leads to the page after it."""

    sinks: dict[str, SinkStanding]
    events: tuple[HeldEvent, ...]
    next: str | None


class OutboxAction(BaseModel):
    """Who does it, and why: both stay on record."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra={"example": _ACTION}
    )

    by: str = Field(
        min_length=1,
        max_length=120,
        description="who does it: who is signed in, or without sign-in as it is given",
    )
    reason: str = Field(min_length=1, max_length=1000)


@router.get("", responses={200: {"content": {"application/json": {"example": _HELD_LIST}}}})
def list_held_events(
    service: ServiceDep,
    sink: Annotated[str | None, Query(description="only of this sink")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="the last event of the page before")] = 0,
) -> HeldList:
    """Events that have not arrived at the first try, each with what its sink said, how often it was tried, and how many
    later events of its subject wait behind it. One that is `undeliverable` waits for a person, others are tried again.
    """
    with service.database.read() as session:
        found = held_events.held_events(session, sink=sink, after=after, limit=limit + 1)
        standing = held_events.standing_of_sinks(session)
    page = found[:limit]
    filtered = f"&sink={sink}" if sink else ""
    more = f"/v1/outbox?after={page[-1].id}&limit={limit}{filtered}" if len(found) > limit else None
    return HeldList(standing, page, more)


@router.get("/{event}", responses=problem_responses(404))
def get_event(event: EventId, service: ServiceDep) -> EventForSink:
    """One event for one sink, whole, and what people did about it."""
    with service.database.read() as session:
        return held_events.event_for_sink(session, event)


@router.post("/{event}/replay", responses=problem_responses(404, 409, 413, 422, 503))
def replay_event(event: EventId, said: OutboxAction, service: ServiceDep) -> EventForSink:
    """Send it again now, as if for the first time; also one that was skipped, which then arrives after later ones."""
    return _act(service, event, "replay", said)


@router.post("/{event}/skip", responses=problem_responses(404, 409, 413, 422, 503))
def skip_event(event: EventId, said: OutboxAction, service: ServiceDep) -> EventForSink:
    """Never send it to this sink; the later events of its subject go on."""
    return _act(service, event, "skip", said)


def _act(service: Service, event: int, action: Action, said: OutboxAction) -> EventForSink:
    with service.database.write() as session:
        held_events.act(session, event, action, by=said.by, reason=said.reason)
        return held_events.event_for_sink(session, event)
