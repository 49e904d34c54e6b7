"""The event that tells outside what came in about a consignment: the twin of the event that may have brought it."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args
from urllib.parse import quote

from pydantic import TypeAdapter

from tallyscan.incoming import Incoming, IncomingKind, kind_of
from tallyscan.report.event import NotBlank, RecordStep, Sequence, Source, Utc
from tallyscan.report.scan_in_event import utc
from tallyscan.risk import Effect, RiskRecordEntry

IncomingEventType = Literal[
    "org.tallyscan.risk-score.recorded.v1",
    "org.tallyscan.risk-score.corrected.v1",
    "org.tallyscan.weighing.recorded.v1",
    "org.tallyscan.weighing.corrected.v1",
    "org.tallyscan.control-result.recorded.v1",
    "org.tallyscan.control-result.corrected.v1",
    "org.tallyscan.interview.recorded.v1",
    "org.tallyscan.interview.corrected.v1",
]
IncomingSchema = Literal["urn:tallyscan:schema:incoming:1.0"]
(INCOMING_SCHEMA,) = get_args(IncomingSchema)
_TYPES: dict[str, IncomingEventType] = {
    name.removeprefix("org.tallyscan."): name for name in get_args(IncomingEventType)
}


def type_of(kind: IncomingKind, *, corrects: bool = False) -> IncomingEventType:
    """The type of the event that tells such an entry."""
    return _TYPES[f"{kind.replace('_', '-')}.{'corrected' if corrects else 'recorded'}.v1"]


@dataclass(frozen=True)
class ConsignmentLinks:
    """Paths at this service."""

    risk_record: str


@dataclass(frozen=True)
class IncomingTold:
    """The entry as it is on record, what it does to the risk, and the step in the risk record, with the consignment's
    risk after it. `sites` are where it was scanned, else where it is declared to come. `supersedes` is the id of the
    event that this one replaces."""

    consignment: NotBlank
    sites: tuple[str, ...]
    kind: IncomingKind
    entry: Incoming
    supersedes: str | None
    effect: Effect
    record: RecordStep
    links: ConsignmentLinks


@dataclass(frozen=True)
class IncomingEvent:
    """`subject` is the consignment; `sequence` grows within it."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Source
    type: IncomingEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: IncomingSchema
    sequence: Sequence
    data: IncomingTold


def incoming_event(
    entry: Incoming, effect: Effect, step: RiskRecordEntry, *, sites: tuple[str, ...], source: str
) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it."""
    path = quote(entry.consignment, safe="")
    event = IncomingEvent(
        specversion="1.0",
        id=_event_id(entry.id),
        source=source,
        type=type_of(kind_of(entry), corrects=entry.corrects is not None),
        subject=entry.consignment,
        time=utc(entry.received_at),
        datacontenttype="application/json",
        dataschema=INCOMING_SCHEMA,
        sequence=str(step.sequence),
        data=IncomingTold(
            consignment=entry.consignment,
            sites=sites,
            kind=kind_of(entry),
            entry=entry,
            supersedes=_event_id(entry.corrects) if entry.corrects else None,
            effect=effect,
            record=RecordStep(step.sequence, step.supersedes, step.risk),
            links=ConsignmentLinks(f"/v1/consignments/{path}/risk-record"),
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


def _event_id(entry_id: object) -> str:
    """Apart from the ids of readings and decisions, for senders make these."""
    return f"incoming-{entry_id}"


@cache
def _adapter() -> TypeAdapter[IncomingEvent]:
    return TypeAdapter(IncomingEvent)
