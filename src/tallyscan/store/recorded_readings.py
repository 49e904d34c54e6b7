"""A reading on record with all that it rested on, as far as the store has that as it stood then."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration
from tallyscan.errors import Deleted, NotFound
from tallyscan.learnt_air import LearntAir
from tallyscan.reading import PartOfWhole, Reading, reading_from_dict
from tallyscan.scan import ScanFiles
from tallyscan.store.blobs import Blobs
from tallyscan.store.learnt_airs import learnt_of_scan
from tallyscan.store.readings import load_declaration, load_files
from tallyscan.store.tables import PartRow, ReadingRow, ScanRow
from tallyscan.store.work_queue import image_of


@dataclass(frozen=True, eq=False)
class RecordedReading:
    """`revision` of `revisions`; `profile` is the scanner profile that is asked for now, `learnt` what had been learnt
    of the machine when the scan came, `part` the reading of the whole that it rested on.
    """

    reading: Reading
    revision: int
    revisions: int
    files: ScanFiles
    declaration: Declaration | None
    profile: str | None
    learnt: tuple[LearntAir, ...]
    part: PartOfWhole | None


def recorded_reading(
    session: Session, blobs: Blobs, scan_id: str, revision: int | None = None
) -> RecordedReading:
    """That revision, the newest where none is named. Raises `NotFound`, also for bytes that are gone, and
    `Deleted` for those that retention deleted."""
    scan = session.get(ScanRow, scan_id)
    if scan is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    if scan.revision == 0:
        raise NotFound(f"Scan {scan_id} has no reading: it is {scan.state}.", remedy="Wait until it is read.")
    of_scan = select(ReadingRow).where(ReadingRow.scan_id == scan_id)
    row = session.execute(of_scan.where(ReadingRow.revision == (revision or scan.revision))).scalar()
    if row is None:
        raise NotFound(f"Scan {scan_id} has no revision {revision}; it has 1 to {scan.revision}.")
    part = session.get(PartRow, scan_id)
    try:
        files = load_files(session, blobs, part.part_of if part else scan_id)
    except Deleted:
        raise
    except NotFound as error:
        raise NotFound(
            f"Scan {scan_id} cannot be read again. {error.detail}", remedy="Restore them from a backup."
        ) from error
    return RecordedReading(
        reading=reading_from_dict(row.document),
        revision=row.revision,
        revisions=scan.revision,
        files=files,
        declaration=load_declaration(session, row.consignment_id, row.declaration_version),
        profile=image_of(session, scan).profile,
        learnt=learnt_of_scan(session, scan_id),
        part=PartOfWhole(part.unit, _whole_then(session, part.part_of, row.created_at)) if part else None,
    )


def _whole_then(session: Session, scan_id: str, at: datetime) -> Reading:
    """The reading of a whole scan that counted at a time."""
    then = (
        select(ReadingRow.document)
        .where(ReadingRow.scan_id == scan_id, ReadingRow.created_at <= at)
        .order_by(ReadingRow.revision.desc())
        .limit(1)
    )
    document = session.execute(then).scalar()
    if document is None:
        raise NotFound(f"The whole scan {scan_id!r} has no reading of before {at:%Y-%m-%d %H:%M:%S} UTC.")
    return reading_from_dict(document)
