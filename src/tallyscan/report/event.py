"""The events that go outside, CloudEvents 1.0: around a reading as published, and of a scanner that has changed."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter

from tallyscan.reading import Reading
from tallyscan.risk import Risk
from tallyscan.scanner_condition import Quantity

EventType = Literal[
    "org.tallyscan.scan-assessment.completed.v1",
    "org.tallyscan.scan-assessment.superseded.v1",
    "org.tallyscan.scan-assessment.failed.v1",
]
COMPLETED, SUPERSEDED, FAILED = get_args(EventType)
EventSchema = Literal["urn:tallyscan:schema:scan-assessment:1.0"]
(EVENT_SCHEMA,) = get_args(EventSchema)
ScannerEventType = Literal[
    "org.tallyscan.scanner-watch.left.v1",
    "org.tallyscan.scanner-watch.returned.v1",
    "org.tallyscan.scanner-watch.settled.v1",
]
LEFT, RETURNED, SETTLED = get_args(ScannerEventType)
ScannerEventSchema = Literal["urn:tallyscan:schema:scanner-watch:1.0"]
(SCANNER_EVENT_SCHEMA,) = get_args(ScannerEventSchema)
Utc = Annotated[datetime, Field(json_schema_extra={"pattern": "Z$"})]
NotBlank = Annotated[str, Field(min_length=1)]
Source = Annotated[NotBlank, Field(json_schema_extra={"format": "uri-reference"})]
Sequence = Annotated[str, Field(pattern="^[0-9]+$")]


@dataclass(frozen=True)
class HeldAgainst:
    """The declaration that the scan was held against."""

    mrn: str | None
    lrn: str | None
    version: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class RecordStep:
    """The step that the reading made in the risk record; `risk` is the consignment's, the worst of its scans."""

    sequence: Annotated[int, Field(ge=1)]
    supersedes: int | None
    risk: Risk


@dataclass(frozen=True)
class DicomImage:
    """The SOP instance in which an image of the scan came, as the scanner names it: made-up UIDs are kept.

    `object_id` is the id of the object of inspection in it, for people a container number.
    """

    study: str
    sop_class: str
    sop_instance: str
    object_id: str | None


@dataclass(frozen=True)
class EventLinks:
    """Paths at the service that read the scan."""

    scan: str
    risk_record: str | None


@dataclass(frozen=True)
class Assessment:
    """One reading and its place: which scan of which consignment, and what it replaces.

    `marks_read` are the container numbers and plates that the scanner read, as far as they are legible, left to
    right; `images` what the scan came in when it came as DICOM or DICOS, in the order of its energies. Both are known
    of many a scan that could not be read.

    `revision` counts the readings of this scan; `supersedes` is the id of the event that this one replaces;
    `reused_from` is the scan that showed the same image first. A scan that is one cargo unit of another has that one as
    `part_of`, and its number in it, left to right, as `unit`. The risk is advice, not yet calibrated on what
    inspections found; `review_required` says that a person must look, as for every lane but green.
    """

    scan_id: NotBlank
    revision: Annotated[int, Field(ge=1)]
    supersedes: str | None
    reused_from: str | None
    part_of: str | None
    unit: int | None
    consignment: str | None
    declaration: HeldAgainst | None
    device: str | None
    site: str | None
    acquired_at: Utc | None
    marks_read: tuple[str, ...]
    images: tuple[DicomImage, ...]
    record: RecordStep | None
    advisory: Literal[True]
    calibrated: Literal[False]
    review_required: bool
    links: EventLinks
    reading: Reading


def _of_reading(properties: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"data": {"properties": {"reading": {"properties": properties}}}}}


_UNREAD = {
    "status": {"enum": ["not_readable", "rejected"]},
    "reason": {"type": "string"},
    "risk": {"properties": {"lane": {"const": "not_assessed"}}},
}


@dataclass(frozen=True)
class Event:
    """`subject` is the consignment, `scan/<id>` while a scan has none; `sequence` grows within a subject."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Source
    type: EventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: EventSchema
    sequence: Sequence
    data: Assessment

    # For the published schema: what was not read is a failure, and a failure was not read.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"type": {"const": FAILED}}},
            "then": _of_reading(_UNREAD),
            "else": _of_reading({"status": {"const": "read"}}),
        }
    )


@dataclass(frozen=True)
class UsualBand:
    """What is usual, from so many scans; `low` is null where only rising counts."""

    usual: float
    low: float | None
    high: float
    scans: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class SinceScan:
    """The first scan that shows it, and when it arrived."""

    scan_id: NotBlank
    at: Utc


@dataclass(frozen=True)
class ScannerWatched:
    """A change in the condition of the single machine `device`.

    `value` is what its scans show now: counts for `air_level`, seconds for `clock`, else a share of 1. `beam` is the
    energy where that plays a part. `band` is what is usual; `before` what was, which is another one only when the
    scanner has settled. `scan_id` is the scan with which it was told.
    """

    device: NotBlank
    scan_id: NotBlank
    quantity: Quantity
    beam: str | None
    value: float
    since: SinceScan
    band: UsualBand
    before: UsualBand
    in_words: NotBlank


@dataclass(frozen=True)
class ScannerEvent:
    """`subject` is `scanner/<device>`; `sequence` grows within it."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Source
    type: ScannerEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: ScannerEventSchema
    sequence: Sequence
    data: ScannerWatched


AnyEvent = Event | ScannerEvent


@cache
def _adapter() -> TypeAdapter[AnyEvent]:
    return TypeAdapter(AnyEvent)


def event_to_dict(event: AnyEvent) -> dict[str, Any]:
    """The JSON form, as plain Python values; the reading in it is as `reading_to_dict` gives it."""
    document: dict[str, Any] = _adapter().dump_python(event, mode="json", by_alias=True)
    return document
