"""What a threat detection report says of one scan, whoever says it: a reading, an officer or an inspection.

One shape for all three: they differ in `kind` and in who decided. It is DICOS in content (NEMA IIC 1) and knows
nothing of the file; `dicos_report.py` writes it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from tallyscan.finding import Probability
from tallyscan.report.event import DicomImage
from tallyscan.scan import Box

Kind = Literal["MACHINE", "OPERATOR", "GROUND TRUTH"]
AlarmDecision = Literal["ALARM", "CLEAR", "UNKNOWN"]
AbortReason = Literal["INCOMPLETE_SCAN", "FAILED_RECON", "TIMEOUT", "NOT_REVIEWED", "OUT_OF_BOUNDS"]
Category = Literal["EXPLOSIVE", "PI", "CONTRABAND", "ANOMALY", "PHARMACEUTICAL", "OTHER"]
Flag = Literal["HIGH_THREAT", "THREAT", "NO_THREAT", "UNKNOWN"]

CATEGORIES: dict[str, Category] = {
    "weapons_ammunition": "PI",
    "rip_off_bags": "CONTRABAND",
    "bricks_in_load": "CONTRABAND",
    "cigarettes_behind_cover": "CONTRABAND",
    "cash_gold": "CONTRABAND",
    "alcohol_liquids": "CONTRABAND",
    "ivory_wildlife": "CONTRABAND",
    "vehicles_engines": "CONTRABAND",
    "people": "OTHER",
}
"""The threat category of a family where DICOS has one; the others, of hiding places and of the unexplained, are
ANOMALY. What the family is stands in words beside it."""

_OURS = UUID("5d2f4dcb-6c0e-5e5a-9f0c-0b8f1f2b7a11")  # drawn once, so that our UIDs are nobody else's


def uid_of(what: str, name: str) -> str:
    """A UID that is the same for the same thing, everywhere and always: `2.25.` and a UUID (PS3.5 B.2)."""
    return f"2.25.{uuid5(_OURS, f'{what}/{name}').int}"


def report_uid(event_id: str) -> str:
    """The SOP instance UID of the report made of an event; the id of the event is also its idempotency key."""
    return uid_of("threat-detection-report", event_id)


@dataclass(frozen=True)
class Algorithm:
    """What decided, when it was no person; `parameters` have all that is needed to decide the same again."""

    name: str
    version: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Threat:
    """A potential threat object. `box` is in pixels of the original image; None: somewhere in it."""

    category: Category
    description: str
    flag: Flag
    probability: Probability | None
    box: Box | None
    mass_kg: float | None = None


@dataclass(frozen=True)
class ThreatReport:
    """One report on one scan; `object_id` is the container number, as DICOS has it in the place of the patient.

    `images` are the SOP instances of the scan, of the original pixels in which the regions are given. `reasons` are
    sentences with a leading code: why the decision is not `CLEAR`. `supersedes` is the UID of the report that this one
    replaces. Raises `ValueError` for what could be mistaken for an all-clear.
    """

    uid: str
    kind: Kind
    decision: AlarmDecision
    decided_at: datetime
    object_id: str
    study: str
    series: str
    images: tuple[DicomImage, ...]
    threats: tuple[Threat, ...] = ()
    abort: AbortReason | None = None
    reasons: tuple[str, ...] = ()
    algorithm: Algorithm | None = None
    operator: str | None = None
    scan_id: str = ""
    number: int = 1
    device: str | None = None
    site: str | None = None
    acquired_at: datetime | None = None
    seconds: float = 0.0
    supersedes: str | None = None

    def __post_init__(self) -> None:
        """Three-valued: what is not known to be clear says why, and an alarm says where or what."""
        suspected = any(threat.flag != "NO_THREAT" for threat in self.threats)
        wrong = {
            "an alarm needs a threat": self.decision == "ALARM" and not suspected,
            "what is clear has no threat, no reason and was not aborted": self.decision == "CLEAR"
            and bool(suspected or self.reasons or self.abort),
            "what is unknown needs a reason": self.decision == "UNKNOWN" and not self.reasons,
            "what was aborted is unknown": self.abort is not None and self.decision != "UNKNOWN",
            "a machine's report names its algorithm": self.kind == "MACHINE" and self.algorithm is None,
            "an operator's report names the operator": self.kind == "OPERATOR" and not self.operator,
            "the time of the decision needs a time zone": self.decided_at.tzinfo is None,
            "the images and the object of the scan are named": not self.images or not self.object_id,
        }
        if said := [what for what, is_so in wrong.items() if is_so]:
            raise ValueError("; ".join(said))
