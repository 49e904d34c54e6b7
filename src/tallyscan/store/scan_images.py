"""Where the kept image of a scan is."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.store.deletions import check_images
from tallyscan.store.tables import ReadingRow, ScanRow


@dataclass(frozen=True)
class ImageKeys:
    """The reading that an image was kept with, and the blob keys of it and of the expected one."""

    revision: int
    image: str
    expected: str | None


def scan_image(session: Session, scan_id: str, revision: int | None = None) -> ImageKeys:
    """Of that reading, or of the newest that has an image. Raises `NotFound`, and `Deleted`.

    Pixels are no answer, so that those of the reading before serve while the scan is read again.
    """
    if session.get(ScanRow, scan_id) is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    check_images(session, scan_id)
    wanted = select(ReadingRow.revision, ReadingRow.image_key, ReadingRow.expected_image_key)
    wanted = wanted.where(ReadingRow.scan_id == scan_id, ReadingRow.image_key.is_not(None))
    if revision is not None:
        wanted = wanted.where(ReadingRow.revision == revision)
    row = session.execute(wanted.order_by(ReadingRow.revision.desc()).limit(1)).first()
    if row is None:
        which = "" if revision is None else f" with revision {revision}"
        raise NotFound(
            f"There is no image of scan {scan_id}{which}.",
            remedy="It was not read yet, could not be decoded, or was read before images were kept.",
        )
    return ImageKeys(row.revision, row.image_key or "", row.expected_image_key)
