"""What the join of a scan is made from, and what it comes to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tallyscan.declaration import Declaration
from tallyscan.sidecar import UnitMark
from tallyscan.wording import Wording, together

ReadOn = Literal["container_number", "plate"]


@dataclass(frozen=True)
class Seen:
    """What a scan says of itself: the marks that were read on its cargo units, where, and when.

    `beside` are the marks that were read on other units of the same image: the scan is of one unit of several. Of such
    a unit the length is known, as the image shows it, where the size of a pixel is.
    `received_at` is when the scan came, by our clock; `acquired_at` when it was made, by the scanner's.
    """

    units: tuple[UnitMark, ...]
    site: str | None
    acquired_at: datetime | None
    received_at: datetime
    beside: tuple[UnitMark, ...] = ()
    length_mm: float | None = None


@dataclass(frozen=True)
class Candidate:
    """A declared consignment; `declared_at` is when its first declaration came."""

    consignment: str
    declaration: Declaration
    declared_at: datetime


@dataclass(frozen=True)
class Evidence:
    """One thing that speaks for a candidate (odds above 1) or against it (below), and why, in a sentence."""

    code: str
    odds: float
    reason: Wording


@dataclass(frozen=True)
class Weighed:
    """A candidate with its confidence, the probability that the scan is of this consignment.

    `sure` says that a mark was read as it is declared: only then a join can be made without a person.
    """

    consignment: str
    read_on: ReadOn
    confidence: float
    sure: bool
    evidence: tuple[Evidence, ...]

    @property
    def why(self) -> Wording:
        """Every reason, as sentences."""
        return together(*(evidence.reason for evidence in self.evidence))


@dataclass(frozen=True)
class Joined:
    """The scan is of this consignment; `others` fit less well."""

    best: Weighed
    others: tuple[Weighed, ...] = ()


@dataclass(frozen=True)
class Proposed:
    """A person must choose among the candidates, the likeliest first, or none of them."""

    candidates: tuple[Weighed, ...]
    why: Wording


@dataclass(frozen=True)
class Open:
    """Nothing that is declared fits what was read."""

    why: Wording


Answer = Joined | Proposed | Open
