"""What comes in about a consignment from other systems and from people at the post, each by itself or as an event."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tallyscan.control_result import ControlResult, ControlResultSaid, Outcome
from tallyscan.errors import NotFound
from tallyscan.incoming import Incoming, IncomingSaid
from tallyscan.interview import Interview, InterviewSaid
from tallyscan.risk_score import RiskScore, RiskScoreSaid
from tallyscan.store.incoming import incoming_history
from tallyscan.store.tables import Consignment
from tallyscan.web import incoming_examples as examples
from tallyscan.web.errors import problem_responses
from tallyscan.web.inbound_event import InboundEvent, said_in
from tallyscan.web.routes_consignments import ConsignmentId
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.small_body import SmallBodyRoute
from tallyscan.web.withheld import TELLS_BOTH
from tallyscan.weighing import Weighing, WeighingSaid

router = APIRouter(prefix="/v1", tags=["incoming"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class IncomingList:
    """All that came in about a consignment, each kind in the order in which it came.

    `standing` are the ids of what none corrects, and of the scores of one engine the newest.
    """

    consignment: str
    risk_scores: tuple[RiskScore, ...]
    weighings: tuple[Weighing, ...]
    control_results: tuple[ControlResult, ...]
    interviews: tuple[Interview, ...]
    standing: tuple[UUID, ...]


@dataclass(frozen=True)
class ControlResultCodes:
    """Each of customs' own codes with what it says was found."""

    codes: dict[str, Outcome]


def _answers(kind: Any, example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"example": example}}
    return {
        200: {"model": kind, "description": "The same was on record already", "content": content},
        201: {"description": "On record", "content": content},
        **problem_responses(409, 413, 422, 503),
    }


def _received(service: Service, consignment: str, said: IncomingSaid) -> JSONResponse:
    recorded = service.recorder.receive(consignment, said)
    if recorded.new and isinstance(recorded.entry, Weighing):
        service.wake()
    entry: BaseModel = recorded.entry
    where = f"/v1/consignments/{quote(consignment, safe='')}/incoming"
    return JSONResponse(entry.model_dump(mode="json"), 201 if recorded.new else 200, {"Location": where})


@router.post(
    "/consignments/{consignment:path}/risk-scores",
    status_code=201,
    response_model=RiskScore,
    responses=_answers(RiskScore, examples.RISK_SCORE),
)
def post_risk_score(
    consignment: ConsignmentId,
    said: Annotated[RiskScoreSaid, Body(examples=[examples.RISK_SCORE_SAID])],
    service: ServiceDep,
) -> JSONResponse:
    """Put on record what a risk engine makes of a consignment, which may not be known yet.

    It is added to the risk of each of its scans; a newer score of the same engine takes its place.
    """
    return _received(service, consignment, said)


@router.post(
    "/consignments/{consignment:path}/weighings",
    status_code=201,
    response_model=Weighing,
    responses=_answers(Weighing, examples.WEIGHING),
)
def post_weighing(
    consignment: ConsignmentId,
    said: Annotated[WeighingSaid, Body(examples=[examples.WEIGHING_SAID])],
    service: ServiceDep,
) -> JSONResponse:
    """Put a weighbridge value on record. The scans of the consignment are read again with it."""
    return _received(service, consignment, said)


@router.post(
    "/consignments/{consignment:path}/control-results",
    status_code=201,
    response_model=ControlResult,
    responses=_answers(ControlResult, examples.CONTROL_RESULT),
)
def post_control_result(
    consignment: ConsignmentId,
    said: Annotated[ControlResultSaid, Body(examples=[examples.CONTROL_RESULT_SAID])],
    service: ServiceDep,
) -> JSONResponse:
    """Put the result of a control on record, under customs' own code.

    What was found where in the image of one scan is an inspection.
    """
    return _received(service, consignment, said)


@router.get("/control-result-codes")
def get_control_result_codes(service: ServiceDep) -> ControlResultCodes:
    """What each code of a control result says was found, as this site has set it."""
    return ControlResultCodes(dict(service.recorder.control_codes))


@router.post(
    "/consignments/{consignment:path}/interviews",
    status_code=201,
    response_model=Interview,
    responses=_answers(Interview, examples.INTERVIEW),
)
def post_interview(
    consignment: ConsignmentId,
    said: Annotated[InterviewSaid, Body(examples=[examples.INTERVIEW_SAID])],
    service: ServiceDep,
) -> JSONResponse:
    """Put answers on record. They stand beside the indicators and are never a reason of their own."""
    return _received(service, consignment, said)


@router.get(
    "/consignments/{consignment:path}/incoming",
    dependencies=[TELLS_BOTH],
    responses={
        200: {"content": {"application/json": {"example": examples.INCOMING_LIST}}},
        **problem_responses(403, 404),
    },
)
def list_incoming(consignment: ConsignmentId, service: ServiceDep) -> IncomingList:
    """All that came in about a consignment, with what was corrected."""
    with service.database.read() as session:
        if session.get(Consignment, consignment) is None:
            raise NotFound(f"There is no consignment {consignment!r}.")
        history = incoming_history(session, consignment)
    return IncomingList(
        consignment=consignment,
        risk_scores=history.all_of(RiskScore),
        weighings=history.all_of(Weighing),
        control_results=history.all_of(ControlResult),
        interviews=history.all_of(Interview),
        standing=tuple(entry.id for entry in history.standing),
    )


@router.post(
    "/events",
    status_code=201,
    response_model=Incoming,
    responses=_answers(Incoming, examples.CONTROL_RESULT),
    openapi_extra={"requestBody": {"content": {"application/cloudevents+json": {"example": examples.EVENT}}}},
)
def post_event(event: InboundEvent, service: ServiceDep) -> JSONResponse:
    """The same as a CloudEvent in structured JSON mode: `source` and `id` make it one entry.

    `subject` is the consignment.
    """
    return _received(service, event.subject, said_in(event, our_source=service.recorder.source))
