"""What is on record of a trader's earlier consignments."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TraderHistory:
    """Counts of earlier consignments, in whatever role the trader was named, and of those among them that were scanned,
    opened at least in part, and found to hold something. `days_since_last` is None where there was none.
    """

    consignments: int = 0
    scanned: int = 0
    opened: int = 0
    finds: int = 0
    days_since_last: float | None = None
