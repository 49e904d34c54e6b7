"""The audit trail of a scan: everything that happened to it, to be read and to be taken along."""

import csv
import io
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import TypeAdapter

from tallyscan.errors import NotFound, TallyscanError, Unavailable
from tallyscan.store.blobs import Blobs
from tallyscan.store.trail_names import without_names
from tallyscan.store.trail_rows import trail_rows
from tallyscan.web.errors import problem_responses
from tallyscan.web.service import ServiceDep
from tallyscan.web.trail import Trail, trail_of, with_bytes_checked
from tallyscan.web.trail_example import TRAIL
from tallyscan.web.trail_export import rows_to_export

_TRAIL = TypeAdapter(Trail)

router = APIRouter(prefix="/v1/scans", tags=["scans"])


@router.get(
    "/{scan_id}/trail",
    response_model=Trail,
    responses={
        200: {"content": {"application/json": {"example": TRAIL}, "text/csv": {}}},
        **problem_responses(404, 422, 503),
    },
)
def get_trail(
    scan_id: str,
    service: ServiceDep,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    check: Annotated[bool, Query(description="read the bytes of its files and compare their hashes")] = False,
    download: Annotated[bool, Query(description="as a file to be kept")] = False,
    names: Annotated[
        bool, Query(description="in what is to be kept, names too, which are pseudonyms otherwise")
    ] = False,
) -> Response:
    """Everything that happened to a scan, in order, each with the records that say so and their hashes.

    What is to be kept has people and parties by the pseudonyms of the audit, unless `names` are asked for; its hashes
    are of the records as they stand in it.

    CSV has a row for each record, without its content, after rows for the hashes of files, models and readings.
    """
    with service.database.read() as session:
        rows = trail_rows(session, scan_id)
        if (download or form == "csv") and not names:
            rows = without_names(session, rows)
        trail = trail_of(rows, scan_id)
    if check:
        still = {file.sha256: _is_intact(service.blobs, file.sha256) for file in trail.files}
        trail = with_bytes_checked(trail, still)
    name = f"trail-{scan_id}-{trail.as_of:%Y%m%dT%H%M%SZ}.{form}"
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "csv":
        return Response(_csv(trail), media_type="text/csv; charset=utf-8", headers=kept)
    document = _TRAIL.dump_json(trail)
    return Response(document, media_type="application/json", headers=kept if download else None)


def _csv(trail: Trail) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows_to_export(trail))
    return text.getvalue()


def _is_intact(blobs: Blobs, key: str) -> bool:
    """Whether the bytes are there and have their hash, which the store compares as it reads."""
    try:
        blobs.get(key)
    except Unavailable:
        raise
    except (NotFound, TallyscanError):
        return False
    return True
