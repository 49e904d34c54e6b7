"""The event that tells outside that a scan came to a consignment, left it, or is in question there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote
from uuid import uuid4

from pydantic import Field, TypeAdapter

from tallyscan.join.change import Change, How, JoinChange
from tallyscan.report.event import EventLinks, NotBlank, RecordStep, Utc

JoinEventType = Literal["org.tallyscan.scan-join.changed.v1"]
(JOIN_CHANGED,) = get_args(JoinEventType)
JoinSchema = Literal["urn:tallyscan:schema:scan-join:1.0"]
(JOIN_SCHEMA,) = get_args(JoinSchema)


@dataclass(frozen=True)
class JoinData:
    """What became of the scan in `consignment`, by what and by whom, and the step in that consignment's risk record.

    `moved_away` and `moved_here` come in pairs, one to each consignment, unless the scan now waits for a join: then
    `other_consignment` is null. `confidence` is that of the join, null where it was said or decided.
    """

    scan_id: NotBlank
    change: Change
    consignment: NotBlank
    other_consignment: str | None
    how: How | None
    confidence: Annotated[float, Field(ge=0, le=1)] | None
    why: str
    decided_by: str | None
    record: RecordStep
    links: EventLinks


@dataclass(frozen=True)
class JoinEvent:
    """`subject` is the consignment; `sequence` grows within it, with that of the assessments."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Annotated[NotBlank, Field(json_schema_extra={"format": "uri-reference"})]
    type: JoinEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: JoinSchema
    sequence: Annotated[str, Field(pattern="^[0-9]+$")]
    data: JoinData


def join_event(change: JoinChange, *, source: str) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it."""
    path = quote(change.consignment, safe="")
    entry = change.entry
    data = JoinData(
        scan_id=change.scan_id,
        change=change.change,
        consignment=change.consignment,
        other_consignment=change.other_consignment,
        how=change.how,
        confidence=change.confidence,
        why=change.why,
        decided_by=change.decided_by,
        record=RecordStep(entry.sequence, entry.supersedes, entry.risk),
        links=EventLinks(f"/v1/scans/{change.scan_id}", f"/v1/consignments/{path}/risk-record"),
    )
    event = JoinEvent(
        specversion="1.0",
        id=str(uuid4()),
        source=source,
        type=JOIN_CHANGED,
        subject=change.consignment,
        time=_utc(change.at),
        datacontenttype="application/json",
        dataschema=JOIN_SCHEMA,
        sequence=str(entry.sequence),
        data=data,
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


@cache
def _adapter() -> TypeAdapter[JoinEvent]:
    return TypeAdapter(JoinEvent)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
