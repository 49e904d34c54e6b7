"""The risk record of a consignment: one number, one lane, and every reason with its weight."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from tallyscan.control_result import ControlResult
from tallyscan.decision import Decision
from tallyscan.disposition import Disposition
from tallyscan.inspection import Inspection
from tallyscan.interview import Interview
from tallyscan.remark import Remark
from tallyscan.risk_score import RiskScore
from tallyscan.selection import Selection
from tallyscan.weighing import Weighing

Lane = Literal["green", "yellow", "red", "not_assessed"]
Group = Literal["contents", "papers", "anomaly", "integrity", "incoming", "note"]
"""What rests on the same thing: the goods in the image, the papers, the search for anomalies, the image itself, what
came from elsewhere. A `note` is on record and never a reason of its own."""


@dataclass(frozen=True)
class RiskIndicator:
    """`weight` is what this indicator added to the log-odds of risk, in nats.

    `first_scan` is the id of another scan that the indicator is about: the one that showed the image first, or the one
    that came before; `first_number` is what was read or declared on its unit. None where there is no other scan.
    `before_cap` is the weight that the cap of its `group` cut, None where it cut nothing. `lifts_to` is the score to
    which it lifts the risk, None for one that adds its own weight.
    """

    code: str
    weight: float
    first_scan: str | None = None
    first_number: str | None = None
    group: Group | None = None
    before_cap: float | None = None
    lifts_to: float | None = None


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
class TableRow:
    """One step from the prior to the risk: nats before and after the cap, and the score that it led to.

    `cap_nats` is None where there is no cap, `score` where the scan was not assessed.
    """

    step: str
    indicators: tuple[RiskIndicator, ...]
    before_cap_nats: float
    cap_nats: float | None
    added_nats: float
    score: float | None


@dataclass(frozen=True)
class RiskTable:
    """What each step added; `calibrated` is false as long as the weights are judgements and not fitted to outcomes."""

    rows: tuple[TableRow, ...]
    score: float | None
    lane: Lane
    calibrated: Literal[False] = False


@dataclass(frozen=True)
class Effect:
    """What an entry does to the risk of its consignment.

    `risk` counts beside what the scans were read to be, and the worst of all is the consignment's; None: it takes
    nothing off and adds nothing. `indicators` are added to those of each scan.
    """

    in_words: str
    risk: Risk | None = None
    indicators: tuple[RiskIndicator, ...] = ()


@dataclass(frozen=True)
class RiskShare:
    """The risk of one scan, or of what a person said; `of` says whose it is: `scan/<id>`, `decision/<id>`."""

    of: str
    risk: Risk


@dataclass(frozen=True)
class RiskInputs:
    """All that the risk of a consignment is made of, at one step of its record."""

    shares: tuple[RiskShare, ...] = ()
    incoming: tuple[RiskIndicator, ...] = ()


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

    `table` shows what each indicator added, of the share that is the worst; the risk follows from `inputs`, all shares.
    `pending` says which scans are still to be read, or to be read again; until then each of them counts as not
    assessed, whatever the history says of it. Of what people said of its scans and of what came in about it, that
    which stands is here: beside the risk, which decisions and inspections never make smaller. `selections` say what it
    is selected for, and why, before and after the scan, with the questions to ask: beside the risk too, for a profile
    is no finding. `dispositions` are what officers decided to do with it, the last of them counts. `remarks` say what
    cannot be right about its declaration, read or not.
    """

    consignment: str
    risk: Risk
    table: RiskTable
    inputs: RiskInputs
    declaration_version: int
    history: tuple[RiskRecordEntry, ...] = ()
    pending: str | None = None
    decisions: tuple[Decision, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    risk_scores: tuple[RiskScore, ...] = ()
    control_results: tuple[ControlResult, ...] = ()
    weighings: tuple[Weighing, ...] = ()
    interviews: tuple[Interview, ...] = ()
    selections: tuple[Selection, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class ReplayedEntry:
    """One step of a risk record, made again from its inputs.

    `same` is None where none were kept; `differs` says what is not the same.
    """

    sequence: int
    event: str
    recorded: Risk
    replayed: Risk | None
    same: bool | None
    differs: str | None = None


@dataclass(frozen=True)
class Replay:
    """Whether the inputs of a risk record give its numbers again. `deleted` says what the record rests on that is gone:
    the numbers follow from what was read, which cannot be read again.
    """

    consignment: str
    same: bool
    entries: tuple[ReplayedEntry, ...]
    deleted: tuple[str, ...] = ()
