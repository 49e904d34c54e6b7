"""The event that tells outside that something arrived and could not be used."""

from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from tallyscan.report.event import NotBlank, Utc
from tallyscan.store.queries import QuarantineView

QUARANTINED: Literal["org.tallyscan.quarantine.added.v1"] = "org.tallyscan.quarantine.added.v1"
QUARANTINE_SCHEMA: Literal["urn:tallyscan:schema:quarantine:1.0"] = "urn:tallyscan:schema:quarantine:1.0"


@dataclass(frozen=True)
class QuarantineData:
    """The entry as `GET /v1/quarantine` lists it: what came, which way, and why it is not used.

    `scan_id` is the scan that it came with. With neither `sha256` nor `kept_at` its bytes were not kept.
    """

    kind: NotBlank
    origin: NotBlank
    name: str
    code: NotBlank
    reason: str
    size_bytes: int | None
    sha256: str | None
    kept_at: str | None
    scan_id: str | None


@dataclass(frozen=True)
class QuarantineEvent:
    """`subject` is `quarantine/` and the id of the entry, of which there is no other event."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Annotated[NotBlank, Field(json_schema_extra={"format": "uri-reference"})]
    type: Literal["org.tallyscan.quarantine.added.v1"]
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: Literal["urn:tallyscan:schema:quarantine:1.0"]
    sequence: Literal["1"]
    data: QuarantineData


def quarantine_event(entry: QuarantineView, *, source: str) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it."""
    event = QuarantineEvent(
        specversion="1.0",
        id=entry.id,
        source=source,
        type=QUARANTINED,
        subject=f"quarantine/{entry.id}",
        time=entry.received_at.astimezone(UTC),
        datacontenttype="application/json",
        dataschema=QUARANTINE_SCHEMA,
        sequence="1",
        data=QuarantineData(
            kind=entry.kind,
            origin=entry.origin,
            name=entry.name,
            code=entry.code,
            reason=entry.reason,
            size_bytes=entry.size_bytes,
            sha256=entry.sha256,
            kept_at=entry.kept_at,
            scan_id=entry.scan,
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


@cache
def _adapter() -> TypeAdapter[QuarantineEvent]:
    return TypeAdapter(QuarantineEvent)
