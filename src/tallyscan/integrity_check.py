"""What a check of an image's integrity says: it is what it is said to be, it is not, or it cannot be known."""

from dataclasses import dataclass, field
from typing import Any, Literal

from tallyscan.verdict import Outcome
from tallyscan.wording import Sentence

CheckName = Literal["reused_image", "copied_image", "clock", "cut_short", "raw_missing"]


@dataclass(frozen=True)
class IntegrityCheck:
    """`differs` raises the risk, `agrees` never lowers it: an image is taken to be honest.

    `other_scan` is the id of the scan that the reason speaks of, `other_number` what was read or declared on its unit;
    None where there is no other scan, or nothing is known of it. `said` is the reason as it can be said in other
    languages; none in readings of before.
    """

    check: CheckName
    outcome: Outcome
    reason: str
    other_scan: str | None = None
    other_number: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    said: tuple[Sentence, ...] = ()
