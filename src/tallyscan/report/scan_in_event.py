"""What every event about a scan says of it, so that a report can be made of the event alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from tallyscan.reading import Status
from tallyscan.report.event import DicomImage, EventLinks, NotBlank, RecordStep, Utc
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.risk import RiskRecordEntry
from tallyscan.scan import Box


@dataclass(frozen=True)
class UnitPlace:
    """Where a cargo unit is in the image."""

    unit: int
    box: Box


@dataclass(frozen=True)
class ScanInEvent:
    """The scan as it stood when a person decided or inspected.

    `revision` is its newest reading, 0 where there is none, and `status` what that came to: null while there is none
    that counts. `units` are the cargo units of that reading; the rest is as in the event of a reading.
    """

    scan_id: NotBlank
    revision: Annotated[int, Field(ge=0)]
    status: Status | None
    consignment: str | None
    device: str | None
    site: str | None
    acquired_at: Utc | None
    marks_read: tuple[str, ...]
    images: tuple[DicomImage, ...]
    units: tuple[UnitPlace, ...]


def scan_in_event(scan: ReviewedScan) -> ScanInEvent:
    """The scan, told."""
    return ScanInEvent(
        scan_id=scan.scan_id,
        revision=scan.revision,
        status=scan.status,
        consignment=scan.consignment,
        device=scan.device,
        site=scan.site,
        acquired_at=utc(scan.acquired_at) if scan.acquired_at else None,
        marks_read=scan.marks_read,
        images=tuple(DicomImage(**image) for image in scan.images),
        units=tuple(UnitPlace(unit, box) for unit, box in sorted(scan.units.items())),
    )


def subject_of(scan: ReviewedScan) -> str:
    """The consignment, or the scan by itself."""
    return scan.consignment or f"scan/{scan.scan_id}"


def links_of(scan: ReviewedScan) -> EventLinks:
    """Paths at this service."""
    path = quote(scan.consignment, safe="") if scan.consignment else None
    return EventLinks(f"/v1/scans/{scan.scan_id}", f"/v1/consignments/{path}/risk-record" if path else None)


def step_of(entry: RiskRecordEntry | None) -> RecordStep | None:
    """The step in the risk record; none while the scan has no consignment."""
    return RecordStep(entry.sequence, entry.supersedes, entry.risk) if entry else None


def utc(at: datetime) -> datetime:
    """The same moment in UTC."""
    return at.astimezone(UTC)
