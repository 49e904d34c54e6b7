"""Saving a reading, with the scan's state and the risk record, in the caller's transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration
from tallyscan.errors import Conflict, NotFound
from tallyscan.reading import Reading, reading_to_dict
from tallyscan.risk import RiskRecordEntry
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.store.blobs import Blobs
from tallyscan.store.deletions import check_images, deleted
from tallyscan.store.reviews import count_reviews
from tallyscan.store.risk_record import append_entry, carry_reviews
from tallyscan.store.scan_scores import put_score
from tallyscan.store.tables import (
    Consignment,
    DeclarationVersion,
    FindingRow,
    PartRow,
    ReadingRow,
    ScanFile,
    ScanRow,
    ScanState,
    VerdictRow,
)
from tallyscan.store.upright_images import upright_document
from tallyscan.store.waiting import let_parts_wait
from tallyscan.store.work_queue import Claim, held_by, image_of
from tallyscan.upright_image import UprightImage


@dataclass(frozen=True)
class Shown:
    """Blob keys of what people see of a reading; the pictures are None when there was no image, that of what was
    expected when the scan was not read. `image_key` and `expected_image_key` are both at full resolution,
    `upright` is the plain picture in the greys of officers, from which close-ups are cut.
    """

    picture_key: str | None = None
    thumbnail_key: str | None = None
    report_key: str | None = None
    expected_key: str | None = None
    image_key: str | None = None
    expected_image_key: str | None = None
    upright: UprightImage | None = None


@dataclass(frozen=True)
class SavedReading:
    """`entry` is the step it made in the risk record; None while the scan has no consignment. `reviews` counts what
    people said of the scan before. `since_arrival_seconds` is None but for the first reading of a scan."""

    reading_id: str
    revision: int
    supersedes: str | None
    at: datetime
    entry: RiskRecordEntry | None
    reviews: int = 0
    scanner: str | None = None
    since_arrival_seconds: float | None = None


def save_reading(
    session: Session,
    claim: Claim,
    reading: Reading,
    *,
    state: ScanState,
    shown: Shown,
    traceback: str | None = None,
) -> SavedReading:
    """Add the reading and end the claim; a dead letter carries its traceback.

    Raises `Conflict` when the claim is lost, or when what the reading rests on (the scan's consignment, its
    declaration, the profile, the first use of the image, the reading of the whole) changed since the claim was
    made: then the reading rests on something that is no longer so, and nothing of it is kept.
    """
    row = held_by(session, claim)
    if row is None:
        raise Conflict(f"The claim on scan {claim.scan_id} was lost to another worker.")
    if (row.consignment_id, *_known_of(session, row)) != (
        claim.consignment,
        claim.declaration_version,
        claim.weighings,
    ):
        raise Conflict(
            f"The declaration or the weighed mass of scan {claim.scan_id} changed while it was read."
        )
    image, part = image_of(session, row), session.get(PartRow, row.id)
    if (image.profile, image.reused_from) != (claim.profile, claim.reused_from):
        raise Conflict(f"What is known of scan {claim.scan_id} changed while it was read.")
    if (part.rests_on if part else None) != claim.rests_on:
        raise Conflict(f"The whole scan of which {claim.scan_id} is a part was read again.")
    now = datetime.now(UTC)
    before = _reading_id(session, row)
    reading_row = _add_reading(session, row, claim, reading, shown, now)
    row.revision = reading_row.revision
    row.state = state
    row.reason = reading.reason
    row.traceback = traceback
    if state != "dead":
        row.ended_readers = 0
    row.claim = row.claimed_by = row.claimed_at = row.not_before = row.job = None
    row.waits_since = row.waits_as = row.due_at = None
    let_parts_wait(session, row)
    entry = None
    if claim.consignment is not None:
        detail: dict[str, object] = {
            "reading": reading_row.id,
            "revision": row.revision,
            "reason": reading.reason,
        }
        if image.reused_from is not None:
            detail["reused_image"] = {"first_scan": image.reused_from}
        if part is not None:
            detail["unit"] = {"whole_scan": part.part_of, "number": part.unit}
        entry = append_entry(
            session,
            consignment=claim.consignment,
            declaration_version=claim.declaration_version,
            scan_id=row.id,
            event="scan_failed" if state == "dead" else f"scan_{reading.status}",
            scan_risk=reading.risk,
            detail=detail,
            at=now,
        )
        carry_reviews(session, consignment=claim.consignment, scan_id=row.id, at=now)
    put_score(session, row, reading, now)
    return SavedReading(
        reading_row.id,
        row.revision,
        before,
        now,
        entry,
        count_reviews(session, row.id),
        row.device or row.scanner,
        (now - row.received_at).total_seconds() if before is None else None,
    )


def load_files(session: Session, blobs: Blobs, scan_id: str) -> ScanFiles:
    """The scan as it arrived, without the declaration beside it where that was deleted. Raises `Deleted`."""
    check_images(session, scan_id)
    of_scan = select(ScanFile).where(ScanFile.scan_id == scan_id).order_by(ScanFile.position)
    rows = session.execute(of_scan).scalars().all()
    row = session.get(ScanRow, scan_id)
    beside = {row.kind: row for row in rows if row.kind != "image"}
    return ScanFiles(
        images=tuple(ScanPart(row.name, blobs.get(row.blob_key)) for row in rows if row.kind == "image"),
        sidecar=blobs.get(beside["sidecar"].blob_key) if "sidecar" in beside else None,
        declaration=blobs.get(beside["declaration"].blob_key)
        if "declaration" in beside and deleted(session, "declaration_file", scan_id) is None
        else None,
        view=row.view if row is not None else None,
    )


def load_declaration(session: Session, consignment: str | None, version: int) -> Declaration | None:
    """That version of the declaration; None for version 0, which is none. Raises `NotFound`."""
    if consignment is None or version == 0:
        return None
    row = session.get(DeclarationVersion, (consignment, version))
    if row is None:
        raise NotFound(f"Consignment {consignment!r} has no declaration version {version}.")
    return Declaration.model_validate(row.document)


def _known_of(session: Session, row: ScanRow) -> tuple[int, int]:
    """The version of the declaration, and how many weighbridge values came."""
    consignment = session.get(Consignment, row.consignment_id) if row.consignment_id else None
    return (consignment.declaration_version, consignment.weighings) if consignment else (0, 0)


def _reading_id(session: Session, row: ScanRow) -> str | None:
    if row.revision == 0:
        return None
    newest = select(ReadingRow.id).where(ReadingRow.scan_id == row.id, ReadingRow.revision == row.revision)
    return session.execute(newest).scalar()


def _add_reading(
    session: Session,
    row: ScanRow,
    claim: Claim,
    reading: Reading,
    shown: Shown,
    now: datetime,
) -> ReadingRow:
    document = reading_to_dict(reading)
    added = ReadingRow(
        id=str(uuid4()),
        scan_id=row.id,
        revision=row.revision + 1,
        supersedes=row.revision or None,
        consignment_id=claim.consignment,
        declaration_version=claim.declaration_version,
        created_at=now,
        status=reading.status,
        document=document,
        picture_key=shown.picture_key,
        thumbnail_key=shown.thumbnail_key,
        report_key=shown.report_key,
        expected_key=shown.expected_key,
        image_key=shown.image_key,
        expected_image_key=shown.expected_image_key,
        upright_image=upright_document(shown.upright) if shown.upright else None,
    )
    session.add(added)
    session.flush()
    for finding, written in zip(reading.findings, document["findings"], strict=True):
        session.add(
            FindingRow(
                reading_id=added.id,
                finding=finding.id,
                unit=finding.unit,
                kind=finding.kind,
                score=finding.score,
                document=written,
            )
        )
    for position, verdict in enumerate(reading.verdicts):
        session.add(
            VerdictRow(
                reading_id=added.id,
                position=position,
                unit=verdict.unit,
                rule=verdict.rule,
                outcome=verdict.outcome,
                score=verdict.score,
                document=document["verdicts"][position],
            )
        )
    return added
