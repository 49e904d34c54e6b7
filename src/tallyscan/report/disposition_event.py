"""The event that tells outside what an officer decided of a consignment, or took back."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args
from urllib.parse import quote

from pydantic import TypeAdapter

from tallyscan.disposition import Disposition, DispositionUndo
from tallyscan.referral import ReferralStep, StepKind
from tallyscan.report.event import NotBlank, RecordStep, Sequence, Source, Utc
from tallyscan.report.incoming_event import ConsignmentLinks
from tallyscan.report.scan_in_event import utc
from tallyscan.risk import RiskRecordEntry

DispositionEventType = Literal[
    "org.tallyscan.disposition.made.v1",
    "org.tallyscan.disposition.corrected.v1",
    "org.tallyscan.disposition.undone.v1",
    "org.tallyscan.disposition.forwarded.v1",
    "org.tallyscan.disposition.answered.v1",
    "org.tallyscan.disposition.withdrawn.v1",
]
MADE, CORRECTED, UNDONE, FORWARDED, ANSWERED, WITHDRAWN = get_args(DispositionEventType)
_OF_STEPS: dict[StepKind, DispositionEventType] = {
    "forwarded": FORWARDED,
    "answered": ANSWERED,
    "withdrawn": WITHDRAWN,
}
DispositionSchema = Literal["urn:tallyscan:schema:disposition:1.0"]
(DISPOSITION_SCHEMA,) = get_args(DispositionSchema)


@dataclass(frozen=True)
class DispositionTold:
    """What became of a disposition. `standing` is the one that counts now: the disposition itself, unless it was taken
    back; then the one before, or null. `undone_by` is who took it back. `sites` are where it was scanned, else where it
    is declared to come. `record` is the step in the risk record; a disposition changes no risk. `step` is what the
    office that was asked, or who referred it, did about a referral.
    """

    consignment: NotBlank
    sites: tuple[str, ...]
    in_words: NotBlank
    disposition: Disposition
    standing: Disposition | None
    undone_by: str | None
    supersedes: str | None
    step: ReferralStep | None
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
    answer: ReferralStep | None = None,
    standing: Disposition | None,
    step: RiskRecordEntry,
    sites: tuple[str, ...],
    source: str,
) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it; `undo` where it was taken back, `answer`
    where something was done about a referral.
    """
    replaced = said.id if undo else said.corrects if answer is None else None
    entry = undo or answer or said
    event = DispositionEvent(
        specversion="1.0",
        id=_event_id(entry.id),
        source=source,
        type=_OF_STEPS[answer.step] if answer else UNDONE if undo else CORRECTED if said.corrects else MADE,
        subject=said.consignment,
        time=utc(undo.at if undo else (answer or said).received_at),
        datacontenttype="application/json",
        dataschema=DISPOSITION_SCHEMA,
        sequence=str(step.sequence),
        data=DispositionTold(
            consignment=said.consignment,
            sites=sites,
            in_words=_in_words(said, undo, answer),
            disposition=said,
            standing=standing,
            undone_by=undo.by if undo else None,
            supersedes=_event_id(replaced) if replaced else None,
            step=answer,
            record=RecordStep(step.sequence, step.supersedes, step.risk),
            links=ConsignmentLinks(f"/v1/consignments/{quote(said.consignment, safe='')}/risk-record"),
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


def _in_words(said: Disposition, undo: DispositionUndo | None, answer: ReferralStep | None) -> str:
    if undo is not None:
        return f"Taken back by {undo.by}: {said.in_words}"
    if answer is None:
        return said.in_words
    more = answer.code or (answer.to.office if answer.to else "")
    return f"{answer.step} {more}".strip() + f" by {answer.by}: {said.in_words}"


def _event_id(disposition_id: object) -> str:
    """Apart from the ids of other entries, for clients make these."""
    return f"disposition-{disposition_id}"


@cache
def _adapter() -> TypeAdapter[DispositionEvent]:
    return TypeAdapter(DispositionEvent)
