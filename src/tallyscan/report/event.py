"""The event that tells a reading outside: an envelope, a CloudEvent 1.0, around the reading as published."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from tallyscan.reading import Reading
from tallyscan.risk import Risk

EventType = Literal[
    "org.tallyscan.scan-assessment.completed.v1",
    "org.tallyscan.scan-assessment.superseded.v1",
    "org.tallyscan.scan-assessment.failed.v1",
]
COMPLETED, SUPERSEDED, FAILED = get_args(EventType)
EventSchema = Literal["urn:tallyscan:schema:scan-assessment:1.0"]
(EVENT_SCHEMA,) = get_args(EventSchema)
Utc = Annotated[datetime, Field(json_schema_extra={"pattern": "Z$"})]
NotBlank = Annotated[str, Field(min_length=1)]


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
    `reused_from` is the scan that showed the same image first. The risk is advice, not yet calibrated on what
    inspections found; `review_required` says that a person must look, as for every lane but green.
    """

    scan_id: NotBlank
    revision: Annotated[int, Field(ge=1)]
    supersedes: str | None
    reused_from: str | None
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


@dataclass(frozen=True)
class Event:
    """`subject` is the consignment, `scan/<id>` while a scan has none; `sequence` grows within a subject."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Annotated[NotBlank, Field(json_schema_extra={"format": "uri-reference"})]
    type: EventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: EventSchema
    sequence: Annotated[str, Field(pattern="^[0-9]+$")]
    data: Assessment


@cache
def _adapter() -> TypeAdapter[Event]:
    return TypeAdapter(Event)


def event_to_dict(event: Event) -> dict[str, Any]:
    """The JSON form, as plain Python values; the reading in it is as `reading_to_dict` gives it."""
    document: dict[str, Any] = _adapter().dump_python(event, mode="json", by_alias=True)
    return document


def event_schema() -> dict[str, Any]:
    """JSON Schema of an event, as published in docs/reference/event.schema.json; it holds the reading's."""
    schema = _adapter().json_schema(by_alias=True, mode="serialization")
    unread = {"status": {"enum": ["not_readable", "rejected"]}, "reason": {"type": "string"}}
    lane = {"properties": {"lane": {"const": "not_assessed"}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": EVENT_SCHEMA,
        **schema,
        "title": "Scan assessment",
        "description": "CloudEvent 1.0 in structured JSON mode. `completed`: the first reading of a scan; "
        "`superseded`: one that replaces another; `failed`: the scan could not be read and is not clear. "
        "More properties may be added; receivers ignore those they do not know.",
        "if": {"properties": {"type": {"const": FAILED}}},
        "then": _of_reading({**unread, "risk": lane}),
        "else": _of_reading({"status": {"const": "read"}}),
    }


def _of_reading(properties: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"data": {"properties": {"reading": {"properties": properties}}}}}
