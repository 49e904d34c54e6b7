"""A scan as it stands when a person decides on it or inspects its load."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tallyscan.reading import Status
from tallyscan.scan import Box


@dataclass(frozen=True)
class ReviewedScan:
    """`revision` is the newest reading, `status` what that came to: None while there is none that counts, and then
    `reason` says why. `units` are the cargo units of the newest reading, by number.

    `site`, `marks_read` and `images` are as the event of the newest reading told them: where it was scanned, container
    numbers and plates, and the SOP instances in which it came.
    """

    scan_id: str
    consignment: str | None
    revision: int
    status: Status | None
    reason: str | None
    units: dict[int, Box]
    device: str | None
    acquired_at: datetime | None
    site: str | None = None
    marks_read: tuple[str, ...] = ()
    images: tuple[dict[str, Any], ...] = ()
