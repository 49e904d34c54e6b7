"""Inspection sheets over HTTP: as data in words, as a PDF, and the plain picture from which close-ups are cut."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from tallyscan.errors import NotFound
from tallyscan.finding import CargoUnit
from tallyscan.report.inspection_sheet import InspectionSheet, inspection_sheet
from tallyscan.report.sheet_language import Language
from tallyscan.report.sheet_pdf import qr_svg, sheet_pdf
from tallyscan.report.sheet_pictures import close_up_picture, overview_picture, sheet_pictures
from tallyscan.store.deletions import check_images
from tallyscan.store.sheets import sheet_case
from tallyscan.web.errors import problem_responses
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.sheet_examples import SHEET
from tallyscan.web.withheld import TELLS_BOTH

router = APIRouter(prefix="/v1/scans", tags=["sheets"])

Spoken = Annotated[Language, Query(description="in which language")]
RegionId = Annotated[str, Path(pattern=r"^[A-Z][0-9]{1,4}$", description="as the sheet names it: F1, W2, M1")]


@router.get(
    "/{scan_id}/sheet",
    dependencies=[TELLS_BOTH],
    responses={
        200: {"content": {"application/json": {"example": SHEET}}},
        **problem_responses(403, 404, 422),
    },
)
def get_sheet(scan_id: str, service: ServiceDep, language: Spoken = "en") -> InspectionSheet:
    """The inspection sheet of a scan as it stands now: where to look, measured from the doors and the floor as far as a
    side view tells it, for what, what could not be assessed, what to check and to ask.

    Text of declarations, officers and rules stands in it as it was written.
    """
    return _sheet(service, scan_id, language)[0]


@router.get(
    "/{scan_id}/sheet.pdf",
    dependencies=[TELLS_BOTH],
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, **problem_responses(403, 404, 422)},
)
def get_sheet_pdf(scan_id: str, request: Request, service: ServiceDep, language: Spoken = "en") -> Response:
    """The same on A4 pages, with the picture, a close-up of each place, and room for the result; its QR code leads to
    the page on which the result is entered by phone."""
    sheet, units = _sheet(service, scan_id, language)
    pictures = sheet_pictures(_plain(service, sheet), sheet, units) if sheet.image else None
    pdf = sheet_pdf(sheet, pictures, _phone(request, sheet))
    name = f"sheet-{scan_id}-{sheet.revision}.pdf"
    return Response(
        pdf, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


@router.get(
    "/{scan_id}/sheet/overview",
    dependencies=[TELLS_BOTH],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **problem_responses(403, 404)},
)
def get_overview(scan_id: str, service: ServiceDep) -> Response:
    """The load with its marked places, and a ruler from the doors where it is known at which end they are, as JPEG."""
    sheet, units = _sheet(service, scan_id, "en")
    return Response(overview_picture(_plain(service, sheet), sheet, units), media_type="image/jpeg")


@router.get(
    "/{scan_id}/sheet/close-ups/{region}",
    dependencies=[TELLS_BOTH],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **problem_responses(403, 404, 422)},
)
def get_close_up(scan_id: str, region: RegionId, service: ServiceDep) -> Response:
    """One place of the sheet, enlarged, as JPEG."""
    sheet, _ = _sheet(service, scan_id, "en")
    place = next((each for each in sheet.regions if each.id == region), None)
    if place is None:
        raise NotFound(f"The sheet of scan {scan_id} has no place {region}.", remedy="Load the sheet again.")
    return Response(close_up_picture(_plain(service, sheet), sheet, place), media_type="image/jpeg")


@router.get(
    "/{scan_id}/sheet/phone.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}, **problem_responses(404)},
)
def get_phone_code(scan_id: str, request: Request, service: ServiceDep) -> Response:
    """The QR code that leads to the page on which the result is entered by phone."""
    phone = _phone(request, _sheet(service, scan_id, "en")[0])
    if phone is None:
        raise NotFound(
            f"Scan {scan_id} is of no consignment, so there is nothing to enter a result for.",
            remedy="Say of which consignment it is: PUT /v1/scans/{id}/consignment.",
        )
    return Response(qr_svg(phone), media_type="image/svg+xml")


def _sheet(
    service: Service, scan_id: str, language: Language
) -> tuple[InspectionSheet, tuple[CargoUnit, ...]]:
    with service.database.read() as session:
        case = sheet_case(session, scan_id, datetime.now(UTC))
    return inspection_sheet(case, language), case.reading.containers if case.reading else ()


def _plain(service: Service, sheet: InspectionSheet) -> bytes:
    """The picture that was kept with the reading, as JPEG."""
    if sheet.image is None:
        with service.database.read() as session:
            check_images(session, sheet.scan)
        raise NotFound(
            f"No picture was kept with the reading of scan {sheet.scan}.",
            remedy="Scans that were read before such pictures were kept have none: send the scan again.",
        )
    return service.blobs.get(sheet.image.key)


def _phone(request: Request, sheet: InspectionSheet) -> str | None:
    """Where the result is entered, at the address by which the service was asked."""
    if sheet.consignment is None:
        return None
    return f"{request.base_url}console/control/{quote(sheet.consignment, safe='')}"
