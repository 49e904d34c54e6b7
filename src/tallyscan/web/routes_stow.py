"""DICOM objects over the web (DICOMweb STOW-RS, PS3.18 10.5)."""

from pathlib import Path
from typing import Any

import anyio
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from tallyscan.access.caller import Caller
from tallyscan.acquire.dicom_status import Outcome
from tallyscan.acquire.receive_stow import ORIGIN, StoredPart, StowReceiver
from tallyscan.errors import Forbidden
from tallyscan.pressure import ROOM_AGAIN_SECONDS
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.web.delivery_checks import DeliveryChecks
from tallyscan.web.errors import problem_responses
from tallyscan.web.examples import STOW_ANSWER, STOW_BODY
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.stow_answer import MEDIA_TYPE, stow_document, stow_status

router = APIRouter(prefix="/v1/dicomweb/studies", tags=["dicomweb"])


class DicomJsonResponse(JSONResponse):
    """The DICOM JSON model (PS3.18 annex F)."""

    media_type = MEDIA_TYPE


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    said = {
        200: "Every object is kept",
        202: "Some objects are not stored: the failed sequences say which and why",
        409: "No object is stored",
        503: "No object can be kept now",
    }
    content = {MEDIA_TYPE: {"example": STOW_ANSWER}}
    return {status: {"description": said[status], "content": content} for status in statuses}


_RESPONSES = problem_responses(400, 413, 415, 429) | _answers(200, 202, 409, 503)


@router.post(
    "", response_class=DicomJsonResponse, openapi_extra={"requestBody": STOW_BODY}, responses=_RESPONSES
)
async def store_instances(request: Request, caller: CallerDep, service: ServiceDep) -> JSONResponse:
    """Send DICOM objects. Those that are answered as stored are on disk, and a crash does not lose them."""
    return await _stored(request, service, caller, None)


@router.post(
    "/{study}",
    response_class=DicomJsonResponse,
    openapi_extra={"requestBody": STOW_BODY},
    responses=_RESPONSES,
)
async def store_instances_of_study(
    study: str, request: Request, caller: CallerDep, service: ServiceDep
) -> JSONResponse:
    """Send DICOM objects of one study; those of another fail."""
    return await _stored(request, service, caller, study)


async def _stored(request: Request, service: Service, caller: Caller, study: str | None) -> JSONResponse:
    arrivals = service.arrivals
    checks = DeliveryChecks(service.database, caller)

    def take(part: StoredPart) -> Outcome:
        try:
            if part.fault is not None:
                return arrivals.refuse(part.path, part.fault, origin=ORIGIN)
            if caller.sites is not None or caller.scanner is not None:
                _check(service, checks, part.path)
            return arrivals.take(part.path, origin=ORIGIN, study=study)
        except Forbidden as error:
            return arrivals.refuse(part.path, error, origin=ORIGIN)
        finally:
            part.path.unlink(missing_ok=True)

    outcomes: list[Outcome] = []
    await run_in_threadpool(service.admission.check_scan)
    content_type = request.headers.get("content-type", "")
    with StowReceiver(content_type, service.incoming_dir, max_bytes=service.max_bytes) as receiver:
        async for chunk in request.stream():
            for part in await anyio.to_thread.run_sync(receiver.feed, chunk, limiter=service.upload_writes):
                outcomes.append(await anyio.to_thread.run_sync(take, part, limiter=service.whole_uploads))
            service.admission.check_disk()
        receiver.finish()
    status = stow_status(outcomes)
    again = {"Retry-After": str(ROOM_AGAIN_SECONDS)} if status == 503 else None
    return DicomJsonResponse(stow_document(outcomes), status, again)


def _check(service: Service, checks: DeliveryChecks, path: Path) -> None:
    """An object by itself, before it waits for its other energy or is kept. Raises `Forbidden`."""
    for identity in service.intake.identities(ScanFiles((ScanPart(path.name, path.read_bytes()),))):
        checks.scan(identity)
