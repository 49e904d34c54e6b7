"""The desk as JSON. What is hidden from a reader is not in these documents: no page could show it by mistake."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tallyscan.decision import Answer, Claim, Decision, Reader
from tallyscan.declaration import Declaration
from tallyscan.desk import WhyNot
from tallyscan.finding import Anomaly, CargoUnit, CommodityRegion, Finding
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.reading import Reading
from tallyscan.risk import Lane, Risk, RiskTable
from tallyscan.store.alert_budgets import BudgetPlace
from tallyscan.store.queries import SideView
from tallyscan.triage.combine import table
from tallyscan.verdict import Verdict
from tallyscan.web.declared_items import ItemShown
from tallyscan.web.record_words import INDICATORS_IN_WORDS
from tallyscan.wording import Sentence

_MOST_REASONS = 3


@dataclass(frozen=True)
class ReasonInWords:
    """One reason of the lane: the code of its indicator, the family where it is an anomaly, and what it rests on; null
    where there is no more to say than the code does.
    """

    code: str
    family: str | None
    in_words: str | None
    said: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class DeskLine:
    """A scan that waits for a person. `reader` is which reading it is to be. Of a scan that is read blind there is
    nothing of the machine's reading: `lane`, `score`, `budget` are null and `reasons` is empty.

    `claimed_by` is somebody else who reads it now, `unit` which cargo unit of a larger scan it is.
    """

    scan: str
    reader: Reader
    blind: bool
    waits_since: datetime
    received_at: datetime
    claimed_by: str | None
    consignment: str | None
    unit: int | None
    goods: str | None
    marks: tuple[str, ...]
    read: bool | None
    lane: Lane | None
    score: float | None
    reasons: tuple[ReasonInWords, ...]
    budget: BudgetPlace | None


@dataclass(frozen=True)
class DeskList:
    """A page of what waits at a site for a person, in the order in which to look. `waiting` counts all of it, `readers`
    by which reading it is to be."""

    site: str
    waiting: int
    readers: dict[Reader, int]
    scans: list[DeskLine]
    next: str | None


@dataclass(frozen=True)
class NotAssessed:
    """What could not be assessed or determined, and why: as prominent as an alarm."""

    code: str
    unit: int | None
    reason: str
    said: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class ReadingShown:
    """What the machine says of the scan. `risk` is that of the scan alone, `table` what each indicator added."""

    anomaly: Anomaly
    findings: tuple[Finding, ...]
    units: tuple[CargoUnit, ...]
    commodities: tuple[CommodityRegion, ...]
    verdicts: tuple[Verdict, ...]
    integrity: tuple[IntegrityCheck, ...]
    not_assessed: tuple[NotAssessed, ...]
    reasons: tuple[ReasonInWords, ...]
    risk: Risk
    table: RiskTable


@dataclass(frozen=True)
class RecordShown:
    """The risk of the whole consignment as it is now; `pending` says which scans are still to be read."""

    risk: Risk
    pending: str | None


@dataclass(frozen=True)
class DecisionsShown:
    """The decisions that this person may see, oldest first; `standing` are those neither corrected nor undone."""

    decisions: tuple[Decision, ...]
    standing: tuple[UUID, ...]


@dataclass(frozen=True)
class DeskScan:
    """All that a reader needs beside the image. `reader` is what this person would be; null where the scan does not
    wait for them, and `why_not` says why. `claim` is who reads it now.

    While it is `blind` nothing of the machine's reading is in it: `reading` and `record` are null, and no goods item
    has a verdict. `record` is null too, and refused to this person elsewhere, while another scan of the consignment
    waits for them; `sheet`: they may see the inspection sheet. `read` says whether the scan could be read, `reason` why
    not.
    """

    scan: str
    name: str
    site: str
    consignment: str | None
    received_at: datetime
    acquired_at: datetime | None
    scanner: str | None
    revision: int
    read: bool | None
    reason: str | None
    view: str | None
    views: tuple[SideView, ...]
    part_of: str | None
    unit: int | None
    reader: Reader | None
    why_not: WhyNot | None
    blind: bool
    claim: Claim | None
    marks: tuple[str, ...]
    declaration_version: int
    declaration: Declaration | None
    items: tuple[ItemShown, ...]
    selected: tuple[str, ...]
    said: DecisionsShown
    reading: ReadingShown | None
    record: RecordShown | None
    sheet: bool
    server_time: datetime


def reading_shown(reading: Reading) -> ReadingShown:
    """All of it that an officer needs."""
    return ReadingShown(
        anomaly=reading.anomaly,
        findings=reading.findings,
        units=reading.containers,
        commodities=reading.commodities,
        verdicts=reading.verdicts,
        integrity=reading.integrity,
        not_assessed=not_assessed(reading),
        reasons=reasons_in_words(reading),
        risk=reading.risk,
        table=table(reading.risk),
    )


def not_assessed(reading: Reading) -> tuple[NotAssessed, ...]:
    """What is not known of the scan, the gravest first: not read, no search for anomalies, not penetrated, a scanner
    not as usual, contents not verified; then each verdict that is undetermined."""
    found = []
    if reading.status != "read":
        found.append(NotAssessed("XR-NOT-READ", None, reading.reason or INDICATORS_IN_WORDS["XR-NOT-READ"]))
    codes = ("XR-ANOMALY-NOT-ASSESSED", "XR-NOT-PENETRATED", "XR-SCANNER-DRIFT", "XR-UNVERIFIED")
    shown = {indicator.code for indicator in reading.risk.indicators}
    found += [NotAssessed(code, None, INDICATORS_IN_WORDS[code]) for code in codes if code in shown]
    return (
        *found,
        *(
            NotAssessed(each.rule, each.unit, each.reason, each.said)
            for each in reading.verdicts
            if each.outcome == "undetermined"
        ),
    )


def reasons_in_words(reading: Reading) -> tuple[ReasonInWords, ...]:
    """What made the lane what it is, the weightiest first."""
    if reading.status != "read":
        return (ReasonInWords("XR-NOT-READ", None, reading.reason),)
    heavy = sorted(reading.risk.indicators, key=lambda each: -each.weight)
    kept = [each.code for each in heavy if each.weight > 0 or each.group == "note"]
    return tuple(_in_words(code, reading) for code in dict.fromkeys(kept))[:_MOST_REASONS]


def _in_words(code: str, reading: Reading) -> ReasonInWords:
    rule = code.removeprefix("XR-").lower().replace("-", "_")
    top = reading.findings[0] if reading.findings else None
    if code == "XR-ANOMALY" and top is not None:
        return ReasonInWords(code, top.kind, top.explanation, top.said)
    verdicts = [each for each in reading.verdicts if each.rule == rule and each.outcome != "agrees"]
    checks = [each for each in reading.integrity if each.check == rule and each.outcome == "differs"]
    verdicts.sort(key=lambda each: each.outcome)
    said = [(each.reason, each.said) for each in verdicts] + [(each.reason, each.said) for each in checks]
    return ReasonInWords(code, None, *said[0]) if said else ReasonInWords(code, None, None)


@dataclass(frozen=True)
class ReasonChoice:
    """A reason of an answer, in words; `needs_comment`: the comment has to say on what the decision rests."""

    code: str
    in_words: str
    needs_comment: bool


@dataclass(frozen=True)
class CommodityChoice:
    """A class of goods by which a region can be labelled."""

    code: str
    in_words: str


@dataclass(frozen=True)
class ContactPoint:
    """An office to which a scan can be referred."""

    code: str
    name: str


@dataclass(frozen=True)
class DeskChoices:
    """What an officer can choose from: the reasons of each answer, families and classes of goods of a region, contact
    points. A decision can be taken back for `undo_seconds`; an open scan is claimed anew before `claim_seconds`.
    """

    reasons: dict[Answer, list[ReasonChoice]]
    families: list[str]
    commodities: list[CommodityChoice]
    contact_points: list[ContactPoint]
    undo_seconds: float
    claim_seconds: float
    sites: list[str]
