"""The event that tells outside that a consignment is selected for a scan or for opening, or no longer is."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote
from uuid import UUID, uuid5

from pydantic import Field, TypeAdapter

from tallyscan.report.event import NotBlank, Utc
from tallyscan.report.scan_in_event import utc
from tallyscan.risk_profile import Action, Stage
from tallyscan.selection import Chance, Selection, SelectionReason

SelectionEventType = Literal[
    "org.tallyscan.selection.made.v1",
    "org.tallyscan.selection.withdrawn.v1",
]
MADE, WITHDRAWN = get_args(SelectionEventType)
SelectionSchema = Literal["urn:tallyscan:schema:selection:1.0"]
(SELECTION_SCHEMA,) = get_args(SelectionSchema)

_OURS = UUID("6a1c1f3e-9a8b-5a6f-8d57-0b9a6b1f4e20")


@dataclass(frozen=True)
class SelectionLinks:
    """Paths at the service that selected it."""

    selections: str
    risk_record: str


@dataclass(frozen=True)
class SelectionTold:
    """What a consignment is selected for at a stage, and why; `supersedes` is the event that this one replaces.

    `chances` has of each action the probability with which such a consignment is selected for it, `reasons` each
    profile that hit or could not be judged, drawn or not. `sites` are the offices where it is declared to come or was
    scanned. `interview` are questions to ask.
    """

    consignment: NotBlank
    stage: Stage
    declaration_version: Annotated[int, Field(ge=0)]
    sites: tuple[str, ...]
    actions: tuple[Action, ...]
    priority: int | None
    in_words: NotBlank
    interview: tuple[str, ...]
    chances: dict[Action, Chance]
    reasons: tuple[SelectionReason, ...]
    supersedes: str | None
    links: SelectionLinks


@dataclass(frozen=True)
class SelectionEvent:
    """`subject` is `selection/<stage>/<consignment>`; `sequence` grows within it."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Annotated[NotBlank, Field(json_schema_extra={"format": "uri-reference"})]
    type: SelectionEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: SelectionSchema
    sequence: Annotated[str, Field(pattern="^[0-9]+$")]
    data: SelectionTold


def selection_event(selection: Selection, *, source: str) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it."""
    path = quote(selection.consignment, safe="")
    event = SelectionEvent(
        specversion="1.0",
        id=_id(selection, selection.sequence),
        source=source,
        type=MADE if selection.selected else WITHDRAWN,
        subject=f"selection/{selection.stage}/{selection.consignment}",
        time=utc(selection.at),
        datacontenttype="application/json",
        dataschema=SELECTION_SCHEMA,
        sequence=str(selection.sequence),
        data=SelectionTold(
            consignment=selection.consignment,
            stage=selection.stage,
            declaration_version=selection.declaration_version,
            sites=selection.sites,
            actions=selection.actions,
            priority=selection.priority,
            in_words=selection.in_words,
            interview=selection.interview,
            chances=selection.chances,
            reasons=selection.reasons,
            supersedes=_id(selection, selection.supersedes) if selection.supersedes else None,
            links=SelectionLinks(
                f"/v1/consignments/{path}/selections", f"/v1/consignments/{path}/risk-record"
            ),
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


def _id(selection: Selection, sequence: int) -> str:
    step = f"{selection.consignment}/{selection.stage}/{sequence}"
    return f"selection-{uuid5(_OURS, step)}"


@cache
def _adapter() -> TypeAdapter[SelectionEvent]:
    return TypeAdapter(SelectionEvent)
