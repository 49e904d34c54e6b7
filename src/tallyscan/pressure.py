"""How full the house is, and what that means for a scan that comes now: pure.

docs/reference/back-pressure.md has the table; change both together.
"""

import math
from dataclasses import dataclass
from typing import Literal

from tallyscan.errors import NoRoom, TallyscanError, TooManyScans

PausedBy = Literal["waiting", "disk"]
Disk = Literal["ok", "low", "full"]

ROOM_AGAIN_SECONDS = 60
"""A disk is given room by people; nothing says when."""

UNKNOWN_SECONDS = 30
"""To come again in, while nothing says how fast scans are read."""

LONGEST_SECONDS = 300
_SPREAD = 0.5


@dataclass(frozen=True)
class Capacity:
    """How much may wait for its first reading, and how many bytes of disk stay free. Scans of high risk may take
    `high_risk_share` of both more. Below `disk_low_bytes` people are told, below `disk_reserve_bytes` nothing is
    accepted.
    """

    max_waiting_scans: int = 1000
    max_waiting_bytes: float = 50e9
    high_risk_share: float = 0.25
    disk_reserve_bytes: float = 1e9
    disk_low_bytes: float = 5e9

    @property
    def disk_reading_bytes(self) -> float:
        """While less is free nothing is read either: a reading that finds no room for its pictures is a wasted try."""
        return self.disk_reserve_bytes / 2


@dataclass(frozen=True)
class Pressure:
    """`waiting_scans` and `waiting_bytes` wait for their first reading or are on their way in. `readings_per_second` is
    None while too little is known to say it. `free_bytes` is of the disk with the least, less what is on its way in.
    """

    waiting_scans: int
    waiting_bytes: int
    readings_per_second: float | None
    free_bytes: float


def paused_by(pressure: Pressure, capacity: Capacity, *, high_risk: bool = False) -> PausedBy | None:
    """Why no scan is let in now; None where it is."""
    if disk(pressure, capacity) == "full":
        return "disk"
    share = 1 + capacity.high_risk_share if high_risk else 1.0
    too_many = pressure.waiting_scans >= capacity.max_waiting_scans * share
    too_much = pressure.waiting_bytes >= capacity.max_waiting_bytes * share
    return "waiting" if too_many or too_much else None


def disk(pressure: Pressure, capacity: Capacity) -> Disk:
    """How it stands with the disk."""
    if pressure.free_bytes < capacity.disk_reserve_bytes:
        return "full"
    return "low" if pressure.free_bytes < capacity.disk_low_bytes else "ok"


def seconds_until_read(place: int, readings_per_second: float | None) -> int | None:
    """When the scan at that place of the order, the first is 1, will have been read; None where nothing says so."""
    return math.ceil(place / readings_per_second) if readings_per_second else None


def refusal(
    pressure: Pressure, capacity: Capacity, *, high_risk: bool = False, draw: float = 0.0
) -> TallyscanError | None:
    """What a sender is told whose scan is not let in: why, and in how many seconds to come again. `draw`, from 0 to
    below 1, spreads those that are told so at once. None where it is let in.
    """
    paused = paused_by(pressure, capacity, high_risk=high_risk)
    if paused is None:
        return None
    if paused == "disk":
        return no_room(pressure.free_bytes, capacity, draw)
    seconds = _spread(_seconds_until_room(pressure, capacity, high_risk), draw)
    return TooManyScans(
        f"{pressure.waiting_scans} scans of together {pressure.waiting_bytes / 1e6:.0f} MB wait to be read: "
        "no more are let in.",
        remedy=f"Send it again in {seconds} seconds. Nothing of it was kept.",
        retry_after_seconds=seconds,
    )


def no_room(free_bytes: float, capacity: Capacity, draw: float = 0.0) -> NoRoom:
    """The disk is too full for anything that comes."""
    seconds = _spread(ROOM_AGAIN_SECONDS, draw)
    return NoRoom(
        f"The disk has {max(free_bytes, 0) / 1e6:.0f} MB left of the {capacity.disk_reserve_bytes / 1e6:.0f} MB that "
        "are kept free.",
        remedy=f"Send it again in {seconds} seconds; somebody has to make room. Nothing of it was kept.",
        retry_after_seconds=seconds,
    )


def _seconds_until_room(pressure: Pressure, capacity: Capacity, high_risk: bool) -> float:
    share = 1 + capacity.high_risk_share if high_risk else 1.0
    scans_over = pressure.waiting_scans - capacity.max_waiting_scans * share + 1
    mean_bytes = pressure.waiting_bytes / max(pressure.waiting_scans, 1)
    bytes_over = pressure.waiting_bytes - capacity.max_waiting_bytes * share + mean_bytes
    over = max(scans_over, bytes_over / mean_bytes if mean_bytes else 0.0, 1.0)
    seconds = seconds_until_read(math.ceil(over), pressure.readings_per_second)
    return UNKNOWN_SECONDS if seconds is None else seconds


def _spread(seconds: float, draw: float) -> int:
    return max(1, min(LONGEST_SECONDS, math.ceil(seconds * (1 + _SPREAD * draw))))
