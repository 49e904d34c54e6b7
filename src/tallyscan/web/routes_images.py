"""The image of a scan at full depth and size, as tiles."""

from typing import Annotated, Any

import imagecodecs
import numpy as np
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from tallyscan.errors import NotFound
from tallyscan.examine.expected_image import expected_cells, expected_tile
from tallyscan.examine.kept_image import KeptImage
from tallyscan.examine.pyramid import TILE, Pixels
from tallyscan.examine.tiles import tile
from tallyscan.store import queries
from tallyscan.store.scan_images import ImageKeys, scan_image
from tallyscan.web.errors import problem_responses
from tallyscan.web.image_document import ImageDocument, image_document
from tallyscan.web.image_examples import IMAGE
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.withheld import TELLS_READING

_LARGEST = 2**31 - 1

Number = Annotated[int, Path(ge=0, le=_LARGEST)]

router = APIRouter(prefix="/v1/scans/{scan_id}", tags=["images"])


@router.get(
    "/image",
    response_model=ImageDocument,
    responses={200: {"content": {"application/json": {"example": IMAGE}}}, **problem_responses(404)},
)
def get_image(scan_id: str, service: ServiceDep) -> ImageDocument:
    """What the image of a scan is made of: sizes, bands, units, and where its tiles are.

    Of the newest reading that has one: pixels are no answer, and stay while the scan is read again. A scan that could
    not be read has one too, if it could be decoded.
    """
    with service.database.read() as session:
        view = queries.scan(session, scan_id)
        keys = scan_image(session, scan_id)
    return image_document(scan_id, keys, service.images.open(keys.image), view.views)


_TILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Little-endian uint16, bands interleaved, always compressed with gzip",
        "content": {"application/octet-stream": {}},
    },
    304: {"description": "As it was"},
    **problem_responses(404, 422),
}


@router.get("/image/{revision}/{level}/{column}/{row}", response_class=Response, responses=_TILE)
def get_tile(
    scan_id: str,
    revision: Number,
    level: Number,
    column: Number,
    row: Number,
    request: Request,
    service: ServiceDep,
) -> Response:
    """A tile of the image, with two further pixels on each side. It never changes."""
    keys = _keys(service, scan_id, revision)
    image = service.images.open(keys.image)
    _check_place(image, level, column, row)
    tag = f'"{keys.image}-{level}-{column}-{row}"'
    return _unchanged(request, tag) or _raw(tile(image, level, column, row), tag)


@router.get(
    "/image/{revision}/expected/{level}/{column}/{row}",
    response_class=Response,
    dependencies=[TELLS_READING],
    responses={**_TILE, **problem_responses(403)},
)
def get_expected_tile(
    scan_id: str,
    revision: Number,
    level: Number,
    column: Number,
    row: Number,
    request: Request,
    service: ServiceDep,
) -> Response:
    """The same tile of what the model expected to see."""
    keys = _keys(service, scan_id, revision)
    image = service.images.open(keys.image)
    _check_place(image, level, column, row)
    if keys.expected is None:
        raise NotFound(f"There is no expected image of scan {scan_id}.", remedy="The model did not read it.")
    tag = f'"{keys.expected}-{level}-{column}-{row}"'
    if unchanged := _unchanged(request, tag):
        return unchanged
    cells, stride = expected_cells(service.blobs.get(keys.expected))
    return _raw(expected_tile(image, cells, stride, level, column, row), tag)


def _keys(service: Service, scan_id: str, revision: int) -> ImageKeys:
    with service.database.read() as session:
        return scan_image(session, scan_id, revision)


def _check_place(image: KeptImage, level: int, column: int, row: int) -> None:
    """Raises `NotFound` for a tile that the image does not have."""
    if level >= len(image.sizes):
        raise NotFound(f"The image has no level {level}.", remedy=f"Levels are 0 to {len(image.sizes) - 1}.")
    rows, columns = (-(-size // TILE) for size in image.sizes[level])
    if column >= columns or row >= rows:
        raise NotFound(
            f"Level {level} of the image has no tile in column {column}, row {row}.",
            remedy=f"It has {columns} x {rows}.",
        )


def _unchanged(request: Request, tag: str) -> Response | None:
    """An answer without a body, where the one who asks has the tile."""
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers=_kept(tag)) if tag in known or known == ["*"] else None


def _kept(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable"}


def _raw(pixels: Pixels, tag: str) -> Response:
    data = imagecodecs.gzip_encode(np.ascontiguousarray(pixels, "<u2").tobytes(), level=1)
    headers = {**_kept(tag), "Content-Encoding": "gzip"}
    return Response(data, media_type="application/octet-stream", headers=headers)
