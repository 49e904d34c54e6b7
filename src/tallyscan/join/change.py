"""What became of a scan's place in a consignment: told to the outside with the step in the risk record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tallyscan.risk import RiskRecordEntry

How = Literal["sender", "declaration_beside", "container_number", "plate", "units", "person"]
"""What a join was made by: what is said of the scan, what was read on it, all of its cargo units, or a person."""

Change = Literal["moved_away", "moved_here", "questioned", "confirmed"]


@dataclass(frozen=True)
class JoinChange:
    """One change, as seen from one consignment.

    `moved_away`: the scan was of `consignment` and is no longer, but of `other_consignment`, or of none (None).
    `moved_here`: the reverse. `questioned`: another consignment fits as well now, and a person must say which.
    `confirmed`: it is of this one after all. `entry` is the step that it made in the consignment's risk record.
    """

    scan_id: str
    change: Change
    consignment: str
    other_consignment: str | None
    how: How | None
    confidence: float | None
    why: str
    decided_by: str | None
    at: datetime
    entry: RiskRecordEntry
