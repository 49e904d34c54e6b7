"""The event that tells outside what an officer decided of a consignment, or took back."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args
from urllib.parse import quote

from pydantic import TypeAdapter

from tallyscan.disposition import Disposition, DispositionUndo
from tallyscan.report.event import NotBlank, RecordStep, Sequence, Source, Utc
from tallyscan.report.incoming_event import ConsignmentLinks
from tallyscan.report.scan_in_event import utc
from tallyscan.risk import RiskRecordEntry

DispositionEventType = Literal[
    "org.tallyscan.disposition.made.v1",
    "org.tallyscan.disposition.corrected.v1",
    "org.tallyscan.disposition.undone.v1",
]
MADE, CORRECTED, UNDONE = get_args(DispositionEventType)
DispositionSchema = Literal["urn:tallyscan:schema:disposition:1.0"]
(DISPOSITION_SCHEMA,) = get_args(DispositionSchema)


@dataclass(frozen=True)
class DispositionTold:
    """What became of a disposition. `standing` is the one that counts now: the disposition itself, unless it was taken
    back; then the one before, or null. `undone_by` is who took it back. `sites` are where it was scanned, else where it
    is declared to come. `record` is the step in the risk record; a disposition changes no risk.
    """

    consignment: NotBlank
    sites: tuple[str, ...]
    in_words: NotBlank
    disposition: Disposition
    standing: Disposition | None
    undone_by: str | None
    supersedes: str | None
    record: RecordStep
    links: ConsignmentLinks


@dataclass(frozen=True)
class DispositionEvent:
    """`subject` is the consignment; `sequence` grows within it."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Source
    type: DispositionEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: DispositionSchema
    sequence: Sequence
    data: DispositionTold


def disposition_event(
    said: Disposition,
    *,
    undo: DispositionUndo | None = None,
    standing: Disposition | None,
    step: RiskRecordEntry,
    sites: tuple[str, ...],
    source: str,
) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it; `undo` where it was taken back."""
    replaced = said.id if undo else said.corrects
    event = DispositionEvent(
        specversion="1.0",
        id=_event_id(undo.id if undo else said.id),
        source=source,
        type=UNDONE if undo else CORRECTED if said.corrects else MADE,
        subject=said.consignment,
        time=utc(undo.at if undo else said.received_at),
        datacontenttype="application/json",
        dataschema=DISPOSITION_SCHEMA,
        sequence=str(step.sequence),
        data=DispositionTold(
            consignment=said.consignment,
            sites=sites,
            in_words=f"Taken back by {undo.by}: {said.in_words}" if undo else said.in_words,
            disposition=said,
            standing=standing,
            undone_by=undo.by if undo else None,
            supersedes=_event_id(replaced) if replaced else None,
            record=RecordStep(step.sequence, step.supersedes, step.risk),
            links=ConsignmentLinks(f"/v1/consignments/{quote(said.consignment, safe='')}/risk-record"),
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


def _event_id(disposition_id: object) -> str:
    """Apart from the ids of other entries, for clients make these."""
    return f"disposition-{disposition_id}"


@cache
def _adapter() -> TypeAdapter[DispositionEvent]:
    return TypeAdapter(DispositionEvent)
