"""The event that tells outside what a control of the load came to."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from tallyscan.inspection import Inspection
from tallyscan.report.event import EventLinks, NotBlank, RecordStep, Utc
from tallyscan.report.scan_in_event import ScanInEvent, links_of, scan_in_event, step_of, subject_of, utc
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.risk import Effect, RiskRecordEntry

InspectionEventType = Literal[
    "org.tallyscan.scan-inspection.made.v1", "org.tallyscan.scan-inspection.corrected.v1"
]
INSPECTED, INSPECTION_CORRECTED = get_args(InspectionEventType)
InspectionSchema = Literal["urn:tallyscan:schema:scan-inspection:1.0"]
(INSPECTION_SCHEMA,) = get_args(InspectionSchema)


@dataclass(frozen=True)
class InspectionTold:
    """What was found in the load of the scan, or not.

    `number` counts the inspections of this scan; `supersedes` is the id of the event that this one replaces. `record`
    is the step in the risk record, with the consignment's risk after it.
    """

    scan: ScanInEvent
    number: Annotated[int, Field(ge=1)]
    inspection: Inspection
    supersedes: str | None
    effect: Effect
    record: RecordStep | None
    links: EventLinks


@dataclass(frozen=True)
class InspectionEvent:
    """`subject` is the consignment, `scan/<id>` while a scan has none; `sequence` grows within a subject."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Annotated[NotBlank, Field(json_schema_extra={"format": "uri-reference"})]
    type: InspectionEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: InspectionSchema
    sequence: Annotated[str, Field(pattern="^[0-9]+$")]
    data: InspectionTold


def inspection_event(
    scan: ReviewedScan,
    inspection: Inspection,
    effect: Effect,
    *,
    number: int,
    entry: RiskRecordEntry | None,
    sequence: int,
    source: str,
) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it."""
    event = InspectionEvent(
        specversion="1.0",
        id=event_id(inspection.id),
        source=source,
        type=INSPECTION_CORRECTED if inspection.corrects else INSPECTED,
        subject=subject_of(scan),
        time=utc(inspection.received_at),
        datacontenttype="application/json",
        dataschema=INSPECTION_SCHEMA,
        sequence=str(sequence),
        data=InspectionTold(
            scan=scan_in_event(scan),
            number=number,
            inspection=inspection,
            supersedes=event_id(inspection.corrects) if inspection.corrects else None,
            effect=effect,
            record=step_of(entry),
            links=links_of(scan),
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


def event_id(inspection_id: object) -> str:
    """Apart from the ids of readings and decisions, for clients make these."""
    return f"inspection-{inspection_id}"


@cache
def _adapter() -> TypeAdapter[InspectionEvent]:
    return TypeAdapter(InspectionEvent)
