"""Scans over HTTP."""

import hashlib
import time
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote

import anyio
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response

from tallyscan.access.caller import Caller
from tallyscan.acquire.receive_http import Upload, UploadReceiver
from tallyscan.errors import InputError, NotFound, TooLarge
from tallyscan.store import alert_budgets, queries
from tallyscan.store.deletions import check_images
from tallyscan.store.intake import Accepted
from tallyscan.store.queries import ScanView
from tallyscan.store.tables import ScanState
from tallyscan.web.delivery_checks import DeliveryChecks
from tallyscan.web.documents import (
    ScanList,
    ScanWithReading,
    WaitingScan,
    scan_document,
    scan_line,
    without_reading,
)
from tallyscan.web.errors import problem_responses
from tallyscan.web.examples import READ_SCAN, SCAN_FORM, SCAN_LIST, WAITING_SCAN
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.withheld import TELLS_READING, hidden_readings

_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 1.0  # many senders wait where many scans do

router = APIRouter(prefix="/v1/scans", tags=["scans"])


@router.post(
    "",
    status_code=202,
    response_model=WaitingScan,
    openapi_extra={"requestBody": SCAN_FORM},
    responses={
        200: {
            "model": ScanWithReading,
            "description": "The scan was read within `wait`, or it was here before",
            "content": {"application/json": {"example": READ_SCAN}},
        },
        202: {
            "description": "Kept; it will be read. `Location` says where the reading will be",
            "content": {"application/json": {"example": WAITING_SCAN}},
        },
        **problem_responses(400, 409, 413, 429, 503),
    },
)
async def post_scan(
    request: Request,
    caller: CallerDep,
    service: ServiceDep,
    wait: Annotated[float, Query(ge=0, le=60, description="seconds to wait for the reading")] = 0,
    consignment: Annotated[
        str | None,
        Query(
            max_length=80, description="as in the form, known before it is sent: high risk is let in first"
        ),
    ] = None,
    sha256: Annotated[
        str | None,
        Query(
            pattern="^[0-9a-f]{64}$", description="of the first image: what is here already is let in always"
        ),
    ] = None,
) -> JSONResponse:
    """Send a scan. When this answers, the bytes are on disk and a crash does not lose them.

    What cannot be read is a scan too: its reading says `rejected` or `not_readable`, and why. A broken
    declaration beside it is in quarantine, named in `declaration_refused`, and the scan is read without it.

    429 and 503 come with `Retry-After`, and before the body is read: send `Expect: 100-continue`, and nothing is sent
    in vain.
    """
    delivery = _Delivery(_length(request), consignment, sha256)
    accepted = await _receive(request, service, DeliveryChecks(service.database, caller), delivery)
    service.wake()
    view = await _wait_for_reading(service, accepted.scan_id, wait)
    done = view.state not in ("received", "reading")
    return JSONResponse(
        scan_document(
            view,
            declaration_refused=accepted.declaration_refused,
            hidden=await run_in_threadpool(_is_hidden, service, caller, view.id),
            waiting=await run_in_threadpool(service.admission.place, view.id),
        ),
        200 if not accepted.new or (wait and done) else 202,
        {"Location": f"/v1/scans/{view.id}"},
    )


@router.get(
    "",
    response_model=ScanList,
    responses={200: {"content": {"application/json": {"example": SCAN_LIST}}}, **problem_responses(404, 422)},
)
def list_scans(
    service: ServiceDep,
    caller: CallerDep,
    status: Annotated[ScanState | None, Query(description="only scans that stand here")] = None,
    consignment: Annotated[str | None, Query(max_length=80, description="only its own")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(description="the last id of the page before")] = None,
) -> JSONResponse:
    """Scans of your sites, newest first, in pages."""
    with service.database.read() as session:
        views = queries.scans(
            session,
            state=status,
            consignment=consignment,
            sites=caller.sites,
            before=before,
            limit=limit + 1,
        )
        budgets = alert_budgets.places(session, [view.id for view in views])
        hidden = hidden_readings(session, service, caller, [view.id for view in views])
    page, more = views[:limit], len(views) > limit
    filtered = f"&status={status}" if status else ""
    filtered += f"&consignment={quote(consignment, safe='')}" if consignment else ""
    following = f"/v1/scans?before={page[-1].id}&limit={limit}{filtered}" if more else None
    return JSONResponse(
        {
            "scans": [
                scan_line(without_reading(view) if view.id in hidden else view, budgets.get(view.id))
                for view in page
            ],
            "next": following,
        }
    )


@router.get(
    "/{scan_id}",
    response_model=ScanWithReading | WaitingScan,
    responses={200: {"content": {"application/json": {"example": READ_SCAN}}}, **problem_responses(404)},
)
def get_scan(scan_id: str, service: ServiceDep, caller: CallerDep) -> JSONResponse:
    """The newest reading of a scan, and where the scan stands.

    While it is read again, `status` is null: the reading that was there is `previous` and no answer any more. An
    operator who still has to read it blind is told nothing of the reading.
    """
    with service.database.read() as session:
        view = queries.scan(session, scan_id)
        hidden = bool(hidden_readings(session, service, caller, [scan_id]))
    return JSONResponse(scan_document(view, hidden=hidden, waiting=service.admission.place(scan_id)))


@router.get(
    "/{scan_id}/picture",
    response_class=Response,
    dependencies=[TELLS_READING],
    responses={200: {"content": {"image/png": {}}}, **problem_responses(403, 404, 410)},
)
def get_picture(
    scan_id: str,
    service: ServiceDep,
    small: Annotated[bool, Query(description="a thumbnail, without words")] = False,
) -> Response:
    """The scan with what was found drawn on it, as PNG."""
    view = _view(service, scan_id)
    key = view.thumbnail_key if small else view.picture_key
    if key is None:
        _check_images(service, view)
        raise NotFound(
            f"There is no picture of scan {scan_id}: it is {view.state}.", remedy=view.reason or ""
        )
    return Response(service.blobs.get(key), media_type="image/png")


@router.get(
    "/{scan_id}/expected",
    response_class=Response,
    dependencies=[TELLS_READING],
    responses={200: {"content": {"image/png": {}}}, **problem_responses(403, 404, 410)},
)
def get_expected(scan_id: str, service: ServiceDep) -> Response:
    """What the model expected to see, of goods like the declared ones where there is a declaration, as PNG.

    Upright, in the greys and at the size of the image in the picture, without its margins.
    """
    view = _view(service, scan_id)
    if view.expected_key is None:
        _check_images(service, view)
        raise NotFound(
            f"There is no expected picture of scan {scan_id}: it is {view.state}.",
            remedy=view.reason or "Scans that were read before such pictures were kept have none.",
        )
    return Response(service.blobs.get(view.expected_key), media_type="image/png")


@router.get(
    "/{scan_id}/report",
    response_class=HTMLResponse,
    dependencies=[TELLS_READING],
    responses=problem_responses(403, 404, 410),
)
def get_report(scan_id: str, service: ServiceDep) -> HTMLResponse:
    """The reading as one page for people, to be printed or kept."""
    view = _view(service, scan_id)
    if view.report_key is None:
        _check_images(service, view)
        raise NotFound(f"There is no report of scan {scan_id}: it is {view.state}.", remedy=view.reason or "")
    return HTMLResponse(service.blobs.get(view.report_key).decode())


def _check_images(service: Service, view: queries.ScanView) -> None:
    if view.images_deleted is not None:
        with service.database.read() as session:
            check_images(session, view.id)


def _is_hidden(service: Service, caller: Caller, scan_id: str) -> bool:
    with service.database.read() as session:
        return bool(hidden_readings(session, service, caller, [scan_id]))


def _view(service: Service, scan_id: str) -> ScanView:
    with service.database.read() as session:
        return queries.scan(session, scan_id)


@dataclass(frozen=True)
class _Delivery:
    """What is known of a scan before its body is read."""

    size_bytes: int
    consignment: str | None
    sha256: str | None

    def check(self, upload: Upload) -> Upload:
        """As it was named when it was let in. Raises `InputError`."""
        if self.sha256 is not None and hashlib.sha256(upload.files.images[0].data).hexdigest() != self.sha256:
            raise InputError("The image has another SHA-256 than was named.", remedy="Send it again.")
        if self.consignment is not None and upload.consignment not in (None, self.consignment):
            raise InputError(
                f"The address names consignment {self.consignment!r}, the form {upload.consignment!r}.",
                remedy="Name one.",
            )
        return replace(upload, consignment=self.consignment or upload.consignment)


def _length(request: Request) -> int:
    """As it is announced; what is sent in chunks announces none."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() else 0


async def _receive(
    request: Request, service: Service, checks: DeliveryChecks, delivery: _Delivery
) -> Accepted:
    entering = service.admission.entering(
        delivery.size_bytes, consignment=delivery.consignment, sha256=delivery.sha256
    )
    here = await run_in_threadpool(entering.__enter__)
    try:
        return await _received(request, service, checks, delivery, here=here)
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(entering.__exit__, None, None, None)


async def _received(
    request: Request, service: Service, checks: DeliveryChecks, delivery: _Delivery, *, here: bool
) -> Accepted:
    content_type = request.headers.get("content-type", "")
    with UploadReceiver(
        content_type,
        service.incoming_dir,
        max_bytes=service.max_bytes,
        max_declaration_bytes=service.max_declaration_bytes,
    ) as receiver:
        try:
            async for chunk in request.stream():
                await anyio.to_thread.run_sync(receiver.feed, chunk, limiter=service.upload_writes)
                if not here:
                    service.admission.check_disk()
        except TooLarge as error:
            refuse = service.intake.refusals.refuse
            await run_in_threadpool(refuse, error, origin="http", kind="image", name=receiver.name)
            raise

        def keep() -> Accepted:
            upload = delivery.check(receiver.finish())
            return service.intake.accept_scan(
                upload.files,
                origin="http",
                consignment=upload.consignment,
                spooled=upload.spooled,
                checks=checks,
            )

        return await anyio.to_thread.run_sync(keep, limiter=service.whole_uploads)


async def _wait_for_reading(service: Service, scan_id: str, seconds: float) -> ScanView:
    until = time.monotonic() + seconds
    pause = _POLL_SECONDS
    while True:
        view = await run_in_threadpool(_view, service, scan_id)
        if view.state not in ("received", "reading") or time.monotonic() >= until:
            return view
        await anyio.sleep(min(pause, max(until - time.monotonic(), 0)))
        pause = min(2 * pause, _LONGEST_POLL_SECONDS)
