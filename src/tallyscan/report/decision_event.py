"""The event that tells outside what an officer decided, or took back."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from tallyscan.decision import Decision, Undo, WaitsFor
from tallyscan.report.event import EventLinks, NotBlank, RecordStep, Utc
from tallyscan.report.scan_in_event import ScanInEvent, links_of, scan_in_event, step_of, subject_of, utc
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.risk import Effect, RiskRecordEntry

DecisionEventType = Literal[
    "org.tallyscan.scan-decision.made.v1",
    "org.tallyscan.scan-decision.corrected.v1",
    "org.tallyscan.scan-decision.undone.v1",
]
MADE, CORRECTED, UNDONE = get_args(DecisionEventType)
DecisionSchema = Literal["urn:tallyscan:schema:scan-decision:1.0"]
(DECISION_SCHEMA,) = get_args(DecisionSchema)


@dataclass(frozen=True)
class DecisionTold:
    """What became of a decision. `standing` is what now stands of its reader: the decision itself, unless it was taken
    back; then what it had corrected, or null.

    `number` counts the entries on this scan; `supersedes` is the id of the event that this one replaces; `undone_by` is
    who took it back. `record` is the step in the risk record, with the consignment's risk after it. `waits_for` is the
    reader who is still to decide: until it is null, what is said of the scan is not the last word.
    """

    scan: ScanInEvent
    number: Annotated[int, Field(ge=1)]
    decision: Decision
    standing: Decision | None
    undone_by: str | None
    supersedes: str | None
    effect: Effect
    record: RecordStep | None
    links: EventLinks
    waits_for: WaitsFor | None = None


@dataclass(frozen=True)
class DecisionEvent:
    """`subject` is the consignment, `scan/<id>` while a scan has none; `sequence` grows within a subject."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Annotated[NotBlank, Field(json_schema_extra={"format": "uri-reference"})]
    type: DecisionEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: DecisionSchema
    sequence: Annotated[str, Field(pattern="^[0-9]+$")]
    data: DecisionTold


def decision_event(
    scan: ReviewedScan,
    decision: Decision,
    effect: Effect,
    *,
    undo: Undo | None = None,
    standing: Decision | None,
    number: int,
    entry: RiskRecordEntry | None,
    sequence: int,
    source: str,
    waits: WaitsFor | None = None,
) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it; `undo` where the decision was taken back."""
    replaced = decision.id if undo else decision.corrects
    event = DecisionEvent(
        specversion="1.0",
        id=event_id(undo.id if undo else decision.id),
        source=source,
        type=UNDONE if undo else CORRECTED if decision.corrects else MADE,
        subject=subject_of(scan),
        time=utc(undo.at if undo else decision.received_at),
        datacontenttype="application/json",
        dataschema=DECISION_SCHEMA,
        sequence=str(sequence),
        data=DecisionTold(
            scan=scan_in_event(scan),
            number=number,
            decision=decision,
            standing=standing,
            undone_by=undo.by if undo else None,
            supersedes=event_id(replaced) if replaced else None,
            effect=effect,
            record=step_of(entry),
            links=links_of(scan),
            waits_for=waits,
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


def event_id(decision_id: object) -> str:
    """Apart from the ids of readings, for clients make those of decisions."""
    return f"decision-{decision_id}"


@cache
def _adapter() -> TypeAdapter[DecisionEvent]:
    return TypeAdapter(DecisionEvent)
