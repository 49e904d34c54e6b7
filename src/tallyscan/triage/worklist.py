"""Which scans of a shift are selected, in what order, and why. The lane stays what the score says."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tallyscan.risk import Lane
from tallyscan.triage.budget import ALL, URGENT_RANK, Rank, Threshold

By = Literal["urgent", "selection", "not_assessed", "budget", "lane"]


@dataclass(frozen=True)
class ScoredScan:
    """A scan with its risk, where that of its consignment is in it; `urgent`: somebody must look at once; `asked`: why
    its consignment is selected for what the budget counts, by risk profiles or a random share.
    """

    scan: str
    lane: Lane
    score: float | None
    urgent: bool
    asked: str | None = None

    @property
    def rank(self) -> Rank | None:
        """None of what was not assessed. What is selected whatever its risk is above all. Equal scores are told apart
        by the id, the same way each time.
        """
        if self.urgent or self.asked is not None:
            return URGENT_RANK
        if self.score is None:
            return None
        return (self.score, _draw(self.scan))


@lru_cache(maxsize=2**15)  # the same lists are ordered every few seconds
def _draw(scan: str) -> float:
    return int.from_bytes(hashlib.sha256(scan.encode()).digest()[:6]) / 2**48


@dataclass(frozen=True)
class Place:
    """Whether a scan is selected in its shift, by what, and why in words."""

    selected: bool
    by: By
    reason: str


def place(scan: ScoredScan, plan: Threshold | None) -> Place:
    """Scans that are urgent, selected by a profile or share, or not assessed are looked at whatever the budget; without
    a plan, the red lane is.
    """
    if scan.urgent:
        return Place(True, "urgent", "Somebody must look at once, whatever the budget.")
    if scan.asked is not None:
        return Place(
            True, "selection", f"Selected, whatever its risk: {scan.asked}. It counts in the budget."
        )
    if scan.rank is None or scan.score is None:
        reason = "Not assessed: a person looks, or it is scanned again. It is in no budget."
        return Place(True, "not_assessed", reason)
    if plan is None:
        reason = "Too few earlier scans of the site to keep a budget by: the red lane is selected."
        return Place(scan.lane == "red", "lane", reason)
    of = f"{plan.budget} of at most {plan.scans} scans of this shift can be looked at"
    if plan.rank is None:
        return Place(False, "budget", f"{of}, and what is urgent or selected takes them all.")
    if plan.rank == ALL:
        return Place(True, "budget", f"{of}: all of them.")
    selected = scan.rank > plan.rank
    beside = "above" if scan.score > plan.rank[0] else "below" if scan.score < plan.rank[0] else "at"
    drawn = ", and among equal scores the draw decides" if beside == "at" else ""
    return Place(
        selected, "budget", f"{of}; its risk of {scan.score:.4f} is {beside} {plan.rank[0]:.4f}{drawn}."
    )


def in_order(scans: Sequence[ScoredScan]) -> list[ScoredScan]:
    """Urgent first, then what was not assessed, then what is selected whatever its risk, then by risk."""
    return sorted(scans, key=_in_order, reverse=True)


def _in_order(scan: ScoredScan) -> tuple[bool, bool, Rank, str]:
    rank = scan.rank
    return scan.urgent, rank is None, rank or (0.0, 0.0), scan.scan


@dataclass(frozen=True)
class Finds:
    """Of the earlier scans that this threshold selects: how many loads were controlled, and where something was found.

    `share` is None where none was controlled; then `by_scores`, the mean of their own scores, is all there is, and that
    is not calibrated. `at_least` is the lower bound of the share (95 %, one-sided), `false_alarms_at_most` the rest.
    """

    controlled: int
    found: int
    share: float | None
    at_least: float | None
    false_alarms_at_most: float | None
    by_scores: float | None
    calibrated: Literal[False] = False
