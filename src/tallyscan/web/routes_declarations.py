"""Declarations over HTTP, in any format, for the consignments that they name themselves."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from tallyscan.remark import Remark
from tallyscan.web.declaration_body import DECLARATION_BODY, declaration_body
from tallyscan.web.delivery_checks import DeliveryChecks
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import ServiceDep

router = APIRouter(prefix="/v1/declarations", tags=["consignments"])


class StoredDeclaration(BaseModel):
    """`new` is False when the current version already said the same."""

    consignment: str
    version: int
    new: bool
    remarks: list[Remark] = Field([], description="what cannot be right about it; it is used all the same")


class StoredDeclarations(BaseModel):
    """Those of a document that could be used, and why others could not."""

    declarations: list[StoredDeclaration]
    refused: list[str] = Field(description="reasons of those that are in quarantine instead")


@router.post(
    "",
    status_code=201,
    response_model=StoredDeclarations,
    responses={
        200: {"model": StoredDeclarations, "description": "Nothing new: every declaration was here already"},
        201: {"description": "At least one new version"},
        **problem_responses(413, 422, 503),
    },
    openapi_extra={"requestBody": DECLARATION_BODY},
)
async def post_declarations(request: Request, caller: CallerDep, service: ServiceDep) -> JSONResponse:
    """Send declarations: one, or a manifest of many, each for the consignment of its MRN, else LRN.

    The bytes say which format it is. When this answers they are on disk. What cannot be used is in quarantine: of a
    manifest in part, the rest is kept all the same, and `refused` says why.
    """
    data, charset = await declaration_body(request, service)
    checks = DeliveryChecks(service.database, caller)
    kept = await run_in_threadpool(
        service.intake.accept_declarations, data, origin="http", charset=charset, checks=checks
    )
    service.wake()
    stored = [StoredDeclaration.model_validate(vars(each)) for each in kept.stored]
    answer = StoredDeclarations(declarations=stored, refused=list(kept.refused))
    return JSONResponse(
        answer.model_dump(mode="json", by_alias=True), 201 if any(each.new for each in stored) else 200
    )
