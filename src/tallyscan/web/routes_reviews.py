"""What people say of a scan: decisions of officers, and results of inspections of its load."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tallyscan.decision import Decision, DecisionSaid, Undo, UndoSaid
from tallyscan.inspection import Inspection, InspectionSaid
from tallyscan.recorder import Recorded
from tallyscan.store import queries
from tallyscan.store.decisions import decision_history
from tallyscan.store.inspections import inspection_history
from tallyscan.web.errors import problem_responses
from tallyscan.web.review_examples import (
    DECISION,
    DECISION_LIST,
    DECISION_SAID,
    INSPECTION,
    INSPECTION_LIST,
    INSPECTION_SAID,
)
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute
from tallyscan.web.withheld import TELLS_READING, TELLS_WORDS

router = APIRouter(prefix="/v1/scans", tags=["reviews"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class DecisionList:
    """All that officers said of a scan, oldest first. `revision` is its newest reading, `standing` the ids of what was
    neither corrected nor undone, one a reader at most."""

    scan: str
    revision: int
    decisions: tuple[Decision, ...]
    undos: tuple[Undo, ...]
    standing: tuple[UUID, ...]


@dataclass(frozen=True)
class InspectionList:
    """All results of inspections of a scan's load, oldest first; `standing` are the ids of those that none corrects."""

    scan: str
    inspections: tuple[Inspection, ...]
    standing: tuple[UUID, ...]


def _answers(kind: type[BaseModel], example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"example": example}}
    return {
        200: {"model": kind, "description": "The same was on record already", "content": content},
        201: {"description": "On record", "content": content},
        **problem_responses(404, 409, 413, 422, 503),
    }


def _answer(recorded: Recorded[Decision] | Recorded[Undo] | Recorded[Inspection], where: str) -> JSONResponse:
    return JSONResponse(
        recorded.entry.model_dump(mode="json"), 201 if recorded.new else 200, {"Location": where}
    )


@router.post(
    "/{scan_id}/decisions",
    status_code=201,
    response_model=Decision,
    responses=_answers(Decision, DECISION),
)
def post_decision(
    scan_id: str, said: Annotated[DecisionSaid, Body(examples=[DECISION_SAID])], service: ServiceDep
) -> JSONResponse:
    """Put on record what an officer decides. 409 says why a decision does not fit: a scan that was not read cannot be
    clear by its image. The same again, by its `id` or word for word, is answered with 200 and what is on record.
    """
    recorded = service.recorder.decide(scan_id, said)
    return _answer(recorded, f"/v1/scans/{scan_id}/decisions")


@router.get(
    "/{scan_id}/decisions",
    dependencies=[TELLS_WORDS],
    responses={
        200: {"content": {"application/json": {"example": DECISION_LIST}}},
        **problem_responses(403, 404),
    },
)
def list_decisions(scan_id: str, service: ServiceDep) -> DecisionList:
    """What officers said of a scan, oldest first, with what was corrected and undone."""
    with service.database.read() as session:
        view = queries.scan(session, scan_id)
        history = decision_history(session, scan_id)
    standing = tuple(decision.id for decision in history.standing)
    return DecisionList(scan_id, view.revision, history.decisions, history.undos, standing)


@router.post(
    "/{scan_id}/decisions/{decision_id}/undo",
    status_code=201,
    response_model=Undo,
    responses={
        200: {"model": Undo, "description": "It was undone already"},
        **problem_responses(404, 409, 413, 422, 503),
    },
)
def undo_decision(
    scan_id: str, decision_id: UUID, said: Annotated[UndoSaid, Body()], service: ServiceDep
) -> JSONResponse:
    """Take a decision back, within ten seconds, by who made it. Both stay on record; later, correct it instead."""
    recorded = service.recorder.undo(scan_id, str(decision_id), said)
    return _answer(recorded, f"/v1/scans/{scan_id}/decisions")


@router.post(
    "/{scan_id}/inspections",
    status_code=201,
    response_model=Inspection,
    responses=_answers(Inspection, INSPECTION),
)
def post_inspection(
    scan_id: str, said: Annotated[InspectionSaid, Body(examples=[INSPECTION_SAID])], service: ServiceDep
) -> JSONResponse:
    """Put on record what a control of the load came to. The same again is answered with 200 and what is on record."""
    recorded = service.recorder.inspect(scan_id, said)
    return _answer(recorded, f"/v1/scans/{scan_id}/inspections")


@router.get(
    "/{scan_id}/inspections",
    dependencies=[TELLS_READING],
    responses={
        200: {"content": {"application/json": {"example": INSPECTION_LIST}}},
        **problem_responses(403, 404),
    },
)
def list_inspections(scan_id: str, service: ServiceDep) -> InspectionList:
    """What controls of the load came to, oldest first."""
    with service.database.read() as session:
        queries.scan(session, scan_id)
        history = inspection_history(session, scan_id)
    standing = tuple(inspection.id for inspection in history.standing)
    return InspectionList(scan_id, history.inspections, standing)
