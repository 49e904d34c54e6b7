"""What officers decide of consignments, one by one or many at once."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID, uuid5

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse
from pydantic import Field

from tallyscan.decision import UndoSaid
from tallyscan.disposition import Disposition, DispositionSaid, DispositionUndo
from tallyscan.errors import NotFound, TallyscanError
from tallyscan.statement import ConsignmentName, Part, Words
from tallyscan.store import queries
from tallyscan.store.dispositions import consignment_of, disposition_history
from tallyscan.web.errors import Problem, problem_of, problem_responses
from tallyscan.web.queue_examples import (
    BULK_ANSWER,
    BULK_SAID,
    DISPOSITION,
    DISPOSITION_LIST,
    DISPOSITION_SAID,
)
from tallyscan.web.routes_consignments import ConsignmentId
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.small_body import SmallBodyRoute
from tallyscan.web.withheld import TELLS_BOTH

MOST_AT_ONCE = 500

router = APIRouter(prefix="/v1", tags=["targeting"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class DispositionList:
    """All that was decided of a consignment, oldest first; `standing` are the ids of what was neither corrected nor
    undone: the last of them counts.
    """

    consignment: str
    dispositions: tuple[Disposition, ...]
    undos: tuple[DispositionUndo, ...]
    standing: tuple[UUID, ...]


class Chosen(Part):
    """A consignment of a list, and the newest step of its risk record that was looked at."""

    consignment: ConsignmentName
    record: int = Field(ge=0)


class BulkSaid(DispositionSaid):
    """The same disposition of many consignments. With an `id`, each entry has its own, made of that and its
    consignment, so that the list can be sent again.
    """

    record: int = Field(0, ge=0, description="each consignment has its own")
    consignments: Annotated[tuple[Chosen, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]

    def of(self, chosen: Chosen) -> DispositionSaid:
        """What is said of one of them."""
        said = self.model_dump(exclude={"consignments", "id", "record"})
        own = uuid5(self.id, chosen.consignment) if self.id else None
        return DispositionSaid.model_validate(said | {"id": own, "record": chosen.record})


class BulkUndoSaid(Part):
    """Who takes these dispositions back."""

    by: Words
    dispositions: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


@dataclass(frozen=True)
class DisposedOf:
    """What became of one consignment of a list: `known`, the same was on record already; `refused`, and `problem` says
    why."""

    consignment: str
    outcome: Literal["recorded", "known", "refused"]
    disposition: Disposition | None
    problem: Problem | None


@dataclass(frozen=True)
class BulkAnswer:
    """An answer for each consignment, in the order in which they were named."""

    recorded: int
    refused: int
    answers: tuple[DisposedOf, ...]


@dataclass(frozen=True)
class UndoneOf:
    """What became of taking back one disposition of a list."""

    disposition: UUID
    outcome: Literal["undone", "known", "refused"]
    problem: Problem | None


@dataclass(frozen=True)
class BulkUndoAnswer:
    """An answer for each disposition, in the order in which they were named."""

    undone: int
    refused: int
    answers: tuple[UndoneOf, ...]


@router.post(
    "/consignments/{consignment:path}/dispositions",
    status_code=201,
    response_model=Disposition,
    responses={
        200: {"model": Disposition, "description": "The same was on record already"},
        201: {"description": "On record", "content": {"application/json": {"example": DISPOSITION}}},
        **problem_responses(404, 409, 413, 422, 503),
    },
)
def post_disposition(
    consignment: ConsignmentId,
    said: Annotated[DispositionSaid, Body(examples=[DISPOSITION_SAID])],
    service: ServiceDep,
) -> JSONResponse:
    """Put on record what is done with a consignment next. 409 says why it does not fit: what is red and was not opened,
    or was not assessed, is released only on a ground that says so. The same again, by its `id` or word for word, is
    answered with 200 and what is on record.
    """
    disposed = service.disposer.dispose(consignment, said)
    return JSONResponse(
        disposed.entry.model_dump(mode="json"),
        201 if disposed.new else 200,
        {"Location": f"/v1/consignments/{quote(consignment, safe='')}/dispositions"},
    )


@router.get(
    "/consignments/{consignment:path}/dispositions",
    dependencies=[TELLS_BOTH],
    responses={
        200: {"content": {"application/json": {"example": DISPOSITION_LIST}}},
        **problem_responses(403, 404),
    },
)
def list_dispositions(consignment: ConsignmentId, service: ServiceDep) -> DispositionList:
    """What was decided of a consignment, oldest first, with what was corrected and undone."""
    with service.database.read() as session:
        queries.check_consignment(session, consignment)
        history = disposition_history(session, consignment)
    standing = tuple(each.id for each in history.standing)
    return DispositionList(consignment, history.dispositions, history.undos, standing)


@router.post(
    "/consignments/{consignment:path}/dispositions/{disposition_id}/undo",
    status_code=201,
    response_model=DispositionUndo,
    responses={
        200: {"model": DispositionUndo, "description": "It was undone already"},
        **problem_responses(404, 409, 413, 422, 503),
    },
)
def undo_disposition(
    consignment: ConsignmentId,
    disposition_id: UUID,
    said: Annotated[UndoSaid, Body()],
    service: ServiceDep,
) -> JSONResponse:
    """Take a disposition back, within ten seconds, by who made it. Both stay on record; later, correct it instead."""
    undone = service.disposer.undo(consignment, str(disposition_id), said)
    return JSONResponse(undone.entry.model_dump(mode="json"), 201 if undone.new else 200)


@router.post(
    "/dispositions",
    responses={
        200: {"content": {"application/json": {"example": BULK_ANSWER}}},
        **problem_responses(413, 422, 503),
    },
)
def post_dispositions(
    said: Annotated[BulkSaid, Body(examples=[BULK_SAID])], service: ServiceDep
) -> BulkAnswer:
    """Put the same on record of many consignments. Each is held against its own record and answered by itself: what one
    of them is refused for keeps no other from being on record.
    """
    answers = tuple(_disposed(service, chosen, said) for chosen in said.consignments)
    recorded = sum(answer.outcome == "recorded" for answer in answers)
    return BulkAnswer(recorded, sum(answer.outcome == "refused" for answer in answers), answers)


@router.post("/dispositions/undo", responses=problem_responses(413, 422, 503))
def undo_dispositions(said: Annotated[BulkUndoSaid, Body()], service: ServiceDep) -> BulkUndoAnswer:
    """Take many dispositions back, within ten seconds, by who made them; each is answered by itself."""
    answers = tuple(_undone(service, each, said.by) for each in said.dispositions)
    undone = sum(answer.outcome == "undone" for answer in answers)
    return BulkUndoAnswer(undone, sum(answer.outcome == "refused" for answer in answers), answers)


def _disposed(service: Service, chosen: Chosen, said: BulkSaid) -> DisposedOf:
    try:
        disposed = service.disposer.dispose(chosen.consignment, said.of(chosen))
    except TallyscanError as error:
        return DisposedOf(chosen.consignment, "refused", None, problem_of(error))
    outcome: Literal["recorded", "known"] = "recorded" if disposed.new else "known"
    return DisposedOf(chosen.consignment, outcome, disposed.entry, None)


def _undone(service: Service, disposition: UUID, by: str) -> UndoneOf:
    try:
        with service.database.read() as session:
            consignment = consignment_of(session, str(disposition))
        if consignment is None:
            raise NotFound(f"There is no disposition {disposition}.")
        undone = service.disposer.undo(consignment, str(disposition), UndoSaid(by=by))
    except TallyscanError as error:
        return UndoneOf(disposition, "refused", problem_of(error))
    return UndoneOf(disposition, "undone" if undone.new else "known", None)
