"""The risk record of a consignment: one number, one lane, and every reason with its weight."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from tallyscan.decision import Decision
from tallyscan.inspection import Inspection
from tallyscan.selection import Selection

Lane = Literal["green", "yellow", "red", "not_assessed"]


@dataclass(frozen=True)
class RiskIndicator:
    """`weight` is what this indicator added to the log-odds of risk, in nats.

    `first_scan` is the id of another scan that the indicator is about: the one that showed the image first, or the one
    that came before; `first_number` is what was read or declared on its unit. None where there is no other scan.
    """

    code: str
    weight: float
    first_scan: str | None = None
    first_number: str | None = None


@dataclass(frozen=True)
class Risk:
    """Advice, never a decision; `score` is None and the lane `not_assessed` when the scan was not read."""

    score: Annotated[float, Field(ge=0, le=1)] | None
    lane: Lane
    indicators: tuple[RiskIndicator, ...] = ()

    # For the published schemas: a scan that was not assessed has no number, and any other has one.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"lane": {"const": "not_assessed"}}},
            "then": {"properties": {"score": {"type": "null"}}},
            "else": {"properties": {"score": {"type": "number"}}},
        }
    )


@dataclass(frozen=True)
class Effect:
    """What a decision or an inspection does to the risk of its consignment.

    `risk` counts beside what the scans were read to be, and the worst of all is the consignment's; None: it takes
    nothing off and adds nothing.
    """

    in_words: str
    risk: Risk | None = None


@dataclass(frozen=True)
class RiskRecordEntry:
    """One immutable step in the history of a risk record."""

    sequence: int
    at: datetime
    event: str
    scan_id: str | None
    declaration_version: int
    risk: Risk
    supersedes: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RiskRecord:
    """The current risk of a consignment and its full history, oldest first.

    `pending` says which scans are still to be read, or to be read again; until then each of them counts as not
    assessed, whatever the history says of it. `decisions` and `inspections` are those of its scans that stand: beside
    the risk, which they never make smaller. `selections` say what it is selected for, and why, before and after the
    scan, with the questions to ask: beside the risk too, for a profile is no finding.
    """

    consignment: str
    risk: Risk
    declaration_version: int
    history: tuple[RiskRecordEntry, ...] = ()
    pending: str | None = None
    decisions: tuple[Decision, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    selections: tuple[Selection, ...] = ()
