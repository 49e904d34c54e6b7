"""Declarations and risk records over HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from tallyscan.declaration import Declaration
from tallyscan.risk import Replay, RiskRecord
from tallyscan.statement import ConsignmentName
from tallyscan.store import queries
from tallyscan.store.deletions import declaration_deleted
from tallyscan.store.readings import load_declaration
from tallyscan.store.risk_record import risk_record
from tallyscan.store.risk_replay import replay
from tallyscan.store.traders import EarlierConsignment, earlier_consignments, trader_history
from tallyscan.trader_history import TraderHistory
from tallyscan.web.declaration_body import DECLARATION_BODY, declaration_body
from tallyscan.web.delivery_checks import DeliveryChecks
from tallyscan.web.documents import ScanWithReading, WaitingScan, scan_document
from tallyscan.web.errors import problem_responses
from tallyscan.web.examples import RISK_RECORD
from tallyscan.web.gate import CallerDep
from tallyscan.web.queue_examples import PARTIES
from tallyscan.web.routes_declarations import StoredDeclaration
from tallyscan.web.service import ServiceDep
from tallyscan.web.withheld import TELLS_BOTH, hidden_readings

ConsignmentId = Annotated[
    ConsignmentName, Path(description="the sender's id: MRN, LRN or another, without blanks around it")
]

_MOST_SCANS = 200
_MOST_EARLIER = 10

router = APIRouter(prefix="/v1/consignments", tags=["consignments"])


@dataclass(frozen=True)
class Declared:
    """What is declared of a consignment in its newest version; None, version 0, where nothing is. `parties_deleted` is
    when parties, plates and the document as it came were deleted: `[erased]` stands where they were.
    """

    consignment: str
    version: int
    declaration: Declaration | None
    parties_deleted: datetime | None = None


@dataclass(frozen=True)
class PartyKnown:
    """Consignor or consignee. `history` is over all other consignments that name the identification number, null
    without a number; `earlier` are the newest of them.
    """

    role: str
    name: str | None
    identification_number: str | None
    history: TraderHistory | None
    earlier: tuple[EarlierConsignment, ...]


@dataclass(frozen=True)
class Parties:
    """Those that the declaration names."""

    consignment: str
    parties: tuple[PartyKnown, ...]


@router.get("/{consignment:path}/declaration", responses=problem_responses(404))
def get_declaration(consignment: ConsignmentId, service: ServiceDep) -> Declared:
    """The newest declaration of a consignment, as it was understood."""
    with service.database.read() as session:
        version = queries.declaration_version(session, consignment)
        gone = declaration_deleted(session, consignment, version)
        declaration = load_declaration(session, consignment, version)
        return Declared(consignment, version, declaration, gone.at if gone else None)


@router.put(
    "/{consignment:path}/declaration",
    response_model=StoredDeclaration,
    responses={
        200: {"description": "A further version, or nothing new"},
        201: {"model": StoredDeclaration, "description": "The first declaration of this consignment"},
        **problem_responses(413, 422, 503),
    },
    openapi_extra={"requestBody": DECLARATION_BODY},
)
async def put_declaration(
    consignment: ConsignmentId, request: Request, caller: CallerDep, service: ServiceDep
) -> JSONResponse:
    """Send or correct the declaration of a consignment.

    Scans of its containers and vehicles join it, and what was read before is read again with it; the new
    reading supersedes. The bytes say which format it is. What is not one declaration is kept in quarantine and answered
    with 422 and each wrong field.
    """
    data, charset = await declaration_body(request, service)
    stored = await run_in_threadpool(
        service.intake.accept_declaration,
        data,
        origin="http",
        consignment=consignment,
        charset=charset,
        checks=DeliveryChecks(service.database, caller),
    )
    service.wake()
    return JSONResponse(
        StoredDeclaration.model_validate(vars(stored)).model_dump(mode="json", by_alias=True),
        201 if stored.new and stored.version == 1 else 200,
        {"Location": f"/v1/consignments/{quote(stored.consignment, safe='')}/risk-record"},
    )


@router.get(
    "/{consignment:path}/risk-record/check", dependencies=[TELLS_BOTH], responses=problem_responses(403, 404)
)
def check_risk_record(consignment: ConsignmentId, service: ServiceDep) -> Replay:
    """Every step of the risk record, made again from its stored inputs, and whether it comes to the same number."""
    with service.database.read() as session:
        return replay(session, consignment)


@router.get(
    "/{consignment:path}/scans",
    response_model=list[ScanWithReading | WaitingScan],
    responses=problem_responses(404),
)
def get_scans(consignment: ConsignmentId, service: ServiceDep, caller: CallerDep) -> JSONResponse:
    """The scans of a consignment, newest first, each with its newest reading and how it is of this consignment. Of a
    scan that an operator still has to read blind they are told nothing of the reading.
    """
    with service.database.read() as session:
        queries.check_consignment(session, consignment)
        views = queries.scans(session, consignment=consignment, limit=_MOST_SCANS)
        hidden = hidden_readings(session, service, caller, [view.id for view in views])
    return JSONResponse([scan_document(view, hidden=view.id in hidden) for view in views])


@router.get(
    "/{consignment:path}/parties",
    responses={200: {"content": {"application/json": {"example": PARTIES}}}, **problem_responses(404)},
)
def get_parties(consignment: ConsignmentId, service: ServiceDep) -> Parties:
    """Who consigns and who receives, and what became of their other consignments."""
    now = datetime.now(UTC)
    with service.database.read() as session:
        version = queries.declaration_version(session, consignment)
        declaration = load_declaration(session, consignment, version)
        named = (
            {"consignor": declaration.consignor, "consignee": declaration.consignee} if declaration else {}
        )
        parties = tuple(
            PartyKnown(
                role=role,
                name=party.name,
                identification_number=party.identification_number,
                history=trader_history(session, party, consignment=consignment, before=now, as_of=now),
                earlier=earlier_consignments(session, party, consignment=consignment, most=_MOST_EARLIER),
            )
            for role, party in named.items()
            if party is not None
        )
    return Parties(consignment, parties)


@router.get(
    "/{consignment:path}/risk-record",
    dependencies=[TELLS_BOTH],
    responses={
        200: {"content": {"application/json": {"example": RISK_RECORD}}},
        **problem_responses(403, 404),
    },
)
def get_risk_record(consignment: ConsignmentId, service: ServiceDep) -> RiskRecord:
    """The current risk of a consignment, the worst of its scans, and all that led to it, oldest first.

    `table` shows what each indicator added.

    A scan that is still to be read, or to be read again, counts as not assessed, and `pending` says so.
    """
    with service.database.read() as session:
        return risk_record(session, consignment, service.nomenclature)
