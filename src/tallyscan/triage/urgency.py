"""By when a scan is to be read: high risk first, and nothing starves.

Every scan is due so long after it began to wait, by what is known of its consignment without it; the earliest due is
read first. docs/reference/reading-order.md has the table; change both together.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tallyscan.risk import Lane, RiskIndicator
from tallyscan.triage.combine import combine

Known = Literal["high", "raised", "usual"]
WaitsAs = Literal["first_reading", "reading_again", "archive"]
"""Why it waits: it was never read; something was changed on which its reading rests; an archive is read anew."""

FIRST_READING: Mapping[Known, timedelta] = {
    "high": timedelta(minutes=1),
    "raised": timedelta(minutes=5),
    "usual": timedelta(minutes=15),
}
READING_AGAIN = timedelta(minutes=15)
"""So much longer than a first reading: of scans that begin to wait together, every first reading comes first."""

ARCHIVE = timedelta(weeks=4)
"""Whatever is known of it: nothing that is live ever waits for it."""


@dataclass(frozen=True)
class KnownRisk:
    """What is known of a consignment without a scan that waits: lanes that other scans, earlier readings and people put
    it in; what came from elsewhere; whether a risk profile selects it. A random draw says nothing of its risk.
    """

    lanes: Collection[Lane] = ()
    incoming: tuple[RiskIndicator, ...] = ()
    selected: bool = False

    @property
    def level(self) -> Known:
        """The highest that any of it gives."""
        lanes = {*self.lanes, combine(self.incoming).lane} if self.incoming else set(self.lanes)
        if self.selected or "red" in lanes:
            return "high"
        return "raised" if "yellow" in lanes else "usual"


def due_at(since: datetime, waits_as: WaitsAs, known: Known) -> datetime:
    """When a scan is due that waits since then."""
    if waits_as == "archive":
        return since + ARCHIVE
    later = READING_AGAIN if waits_as == "reading_again" else timedelta(0)
    return since + FIRST_READING[known] + later
