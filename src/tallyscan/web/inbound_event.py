"""CloudEvents that a risk system or a weighbridge posts: the twins of the events that tell the same outside."""

from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tallyscan.control_result import ControlResultSaid
from tallyscan.errors import Conflict
from tallyscan.incoming import IncomingSaid
from tallyscan.interview import InterviewSaid
from tallyscan.risk_score import RiskScoreSaid
from tallyscan.statement import ConsignmentName
from tallyscan.weighing import WeighingSaid

_EVENTS = UUID("7f6d0f1a-1c55-5a35-8a0d-5b5c8d2e9a41")  # drawn once, so that ids made of events are only ours
_Data = TypeVar("_Data", RiskScoreSaid, WeighingSaid, ControlResultSaid, InterviewSaid)


class _Event(BaseModel, Generic[_Data]):
    """CloudEvents 1.0; extension attributes are let in and not used."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    subject: Annotated[ConsignmentName, Field(description="the consignment")]
    time: AwareDatetime | None = None
    datacontenttype: Literal["application/json"] | None = None
    data: _Data


class RiskScoreEvent(_Event[RiskScoreSaid]):
    """A risk engine's score."""

    type: Literal["org.tallyscan.risk-score.recorded.v1"]


class WeighingEvent(_Event[WeighingSaid]):
    """A weighbridge value."""

    type: Literal["org.tallyscan.weighing.recorded.v1"]


class ControlResultEvent(_Event[ControlResultSaid]):
    """A control result."""

    type: Literal["org.tallyscan.control-result.recorded.v1"]


class InterviewEvent(_Event[InterviewSaid]):
    """Answers."""

    type: Literal["org.tallyscan.interview.recorded.v1"]


AnyInboundEvent = RiskScoreEvent | WeighingEvent | ControlResultEvent | InterviewEvent
InboundEvent = Annotated[AnyInboundEvent, Field(discriminator="type")]


def said_in(event: AnyInboundEvent, *, our_source: str) -> IncomingSaid:
    """What the event says, under an id that is made of its `source` and `id` unless the data has one, and at its time
    unless the data says when. Raises `Conflict` for an event of our own.
    """
    if event.source == our_source:
        raise Conflict(
            f"Event {event.id} has the source of this service, {our_source}: it told it itself.",
            remedy="Send events under a `source` of your own.",
        )
    said = event.data
    known: dict[str, Any] = {}
    if said.id is None:
        known["id"] = uuid5(_EVENTS, f"{event.source}\n{event.id}")
    if said.at is None and event.time is not None:
        known["at"] = event.time
    return said.model_copy(update=known)
