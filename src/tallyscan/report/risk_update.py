"""From what was found to the risk of the consignment, and to the event that tells it outside."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tallyscan.declaration import Declaration
from tallyscan.finding import Detection, NotAssessed
from tallyscan.reading import Reading
from tallyscan.report.dicom_images import dicom_images, marks_read
from tallyscan.report.event import (
    COMPLETED,
    EVENT_SCHEMA,
    FAILED,
    SUPERSEDED,
    Assessment,
    DicomImage,
    Event,
    EventLinks,
    HeldAgainst,
    RecordStep,
    event_to_dict,
)
from tallyscan.report.indicators import floors, of_anomaly, of_verdicts
from tallyscan.risk import Risk, RiskIndicator, RiskRecordEntry
from tallyscan.scan import Quality
from tallyscan.sidecar import Sidecar
from tallyscan.triage.combine import combine
from tallyscan.verdict import Verdict


def assess_risk(
    quality: Quality,
    detection: Detection | NotAssessed,
    verdicts: tuple[Verdict, ...],
    indicators: Sequence[RiskIndicator] = (),
    *,
    scan_cautions: Sequence[str] = (),
) -> Risk:
    """The risk of one scan: prior log-odds plus the weight of every indicator, in nats.

    `indicators` are known from elsewhere and can only raise the risk: a negative weight is a `ValueError`.
    `scan_cautions` are those of calibration. What speaks for the consignment counts only where nothing speaks
    against it. A scan that was not read has no score; one whose contents could not be held against a
    declaration, or were not penetrated, or of which the scanner was not as usual, is yellow at least.
    """
    if any(indicator.weight < 0 for indicator in indicators):
        raise ValueError("an indicator from elsewhere cannot lower the risk")
    given = [*of_verdicts(verdicts), *indicators]
    if isinstance(detection, NotAssessed) or not quality.readable:
        return combine([RiskIndicator("XR-NOT-READ", 0.0, group="note"), *given], assessed=False)
    return combine([*of_anomaly(detection.anomaly), *given, *floors(detection, verdicts, scan_cautions)])


def risk_update(
    reading: Reading,
    *,
    event_id: str,
    revision: int,
    supersedes: str | None,
    scan_id: str,
    reused_from: str | None,
    part_of: str | None = None,
    unit: int | None = None,
    consignment: str | None,
    entry: RiskRecordEntry | None,
    at: datetime,
    source: str,
    declaration: Declaration | None = None,
    sidecar: Sidecar | None = None,
    reviews: int = 0,
) -> dict[str, Any]:
    """The CloudEvent that tells one reading outside, as docs/reference/event.schema.json describes it.

    Receivers drop a second event of the same source and id. `supersedes` is the event that this one replaces,
    `reused_from` the scan that showed the same image first, `part_of` and `unit` the whole of which it is one cargo
    unit. `entry` is the step in the consignment's risk record, which gives the sequence; a scan without a consignment
    counts its own revisions and the `reviews`, what people said of it before. A scan that was not read makes a
    `failed` event: silence must not read as green. `at` must know its time zone.
    """
    path = quote(consignment, safe="") if consignment else None
    assessment = Assessment(
        scan_id=scan_id,
        revision=revision,
        supersedes=supersedes,
        reused_from=reused_from,
        part_of=part_of,
        unit=unit,
        consignment=consignment,
        declaration=_held_against(declaration, reading.provenance.declaration_version),
        device=sidecar.device if sidecar else None,
        site=sidecar.site if sidecar else None,
        acquired_at=_utc(sidecar.acquired_at) if sidecar and sidecar.acquired_at else None,
        marks_read=marks_read(sidecar) if sidecar else (),
        images=_images(sidecar, part=part_of is not None) if sidecar else (),
        record=RecordStep(entry.sequence, entry.supersedes, entry.risk) if entry else None,
        advisory=True,
        calibrated=False,
        review_required=reading.risk.lane != "green",
        links=EventLinks(f"/v1/scans/{scan_id}", f"/v1/consignments/{path}/risk-record" if path else None),
        reading=reading,
    )
    event = Event(
        specversion="1.0",
        id=event_id,
        source=source,
        type=FAILED if reading.status != "read" else SUPERSEDED if supersedes else COMPLETED,
        subject=consignment or f"scan/{scan_id}",
        time=_utc(at),
        datacontenttype="application/json",
        dataschema=EVENT_SCHEMA,
        sequence=str(entry.sequence if entry else revision + reviews),
        data=assessment,
    )
    return event_to_dict(event)


def _images(sidecar: Sidecar, *, part: bool) -> tuple[DicomImage, ...]:
    """The id in an image that shows several units is that of all of them, or of another one."""
    images = dicom_images(sidecar)
    return tuple(replace(image, object_id=None) for image in images) if part else images


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("the time of an event needs a time zone")
    return at.astimezone(UTC)


def _held_against(declaration: Declaration | None, version: int) -> HeldAgainst | None:
    return HeldAgainst(declaration.mrn, declaration.lrn, version) if declaration else None
