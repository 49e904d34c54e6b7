"""Whether what comes now is let in: one of these in each process, asked by every way in before it takes anything."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from tallyscan.errors import Unavailable
from tallyscan.pressure import (
    Capacity,
    Disk,
    PausedBy,
    Pressure,
    disk,
    no_room,
    paused_by,
    refusal,
    seconds_until_read,
)
from tallyscan.store.database import Database
from tallyscan.store.queries import holds_file
from tallyscan.store.waiting_scans import Waiting, is_high_risk, place_of, waiting

_FRESH_SECONDS = 1.0
_DISK_FRESH_SECONDS = 0.2  # a scan is written within a second

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class IntakeState:
    """How full the house is. `paused` says why no usual scan is let in now, null where it is; scans of high risk may
    still be. `seconds_expected` is until a scan that came now would be read, null where nothing says so.
    """

    paused: PausedBy | None
    waiting_scans: int
    waiting_megabytes: float
    seconds_expected: int | None
    disk: Disk
    free_megabytes: float


@dataclass(frozen=True)
class PlaceInOrder:
    """Where a scan that waits is in the order, the first is 1, and in how many seconds it should have been read, null
    where nothing says so."""

    place: int
    seconds_expected: int | None


class AdmissionControl:
    """Counts at most a second old, and what is on its way in through this process, which holds places for it.

    `folders` are those on whose disks anything is written. Several processes may each let in what is on its way when
    the others count: a limit can be passed by as much.
    """

    def __init__(
        self,
        database: Database,
        folders: Sequence[Path],
        capacity: Capacity,
        *,
        free_bytes: Callable[[Path], int] | None = None,
    ) -> None:
        self._database = database
        self._folders = folders
        self.capacity = capacity
        self._free_of = free_bytes or _free_bytes
        self._lock = threading.Lock()
        self._disk_lock = threading.Lock()  # never held while the database is asked
        self._counted: tuple[float, Waiting] | None = None
        self._measured: tuple[float, int] | None = None
        self._held_scans = self._held_bytes = 0
        self._paused: PausedBy | None = None
        self._random = random.Random()

    def pressure(self) -> Pressure:
        """How full it is now. Raises `Unavailable`."""
        with self._lock:
            return self._pressure()

    def state(self) -> IntakeState:
        """The same, as it is shown. Raises `Unavailable`."""
        now = self.pressure()
        self._tell(now)
        return IntakeState(
            paused=paused_by(now, self.capacity),
            waiting_scans=now.waiting_scans,
            waiting_megabytes=round(now.waiting_bytes / 1e6, 1),
            seconds_expected=seconds_until_read(now.waiting_scans + 1, now.readings_per_second),
            disk=disk(now, self.capacity),
            free_megabytes=round(max(now.free_bytes, 0) / 1e6, 1),
        )

    def place(self, scan_id: str) -> PlaceInOrder | None:
        """Where a scan is that waits; None of one that does not, or is being read."""
        with self._database.read() as session:
            place = place_of(session, scan_id)
        if place is None:
            return None
        return PlaceInOrder(place, seconds_until_read(place, self.pressure().readings_per_second))

    @contextmanager
    def entering(
        self, size_bytes: int = 0, *, consignment: str | None = None, sha256: str | None = None
    ) -> Iterator[bool]:
        """Holds a place for a scan while it comes in; gives whether it is here already.

        Raises `TooManyScans` or `NoRoom` where there is no place.

        One of a consignment of high risk may take a place that is kept for such. Of an image that is kept already,
        named by its SHA-256, no place is needed.
        """
        if sha256 is not None and self.holds(sha256):
            yield True
            return
        self._enter(size_bytes, self._is_high_risk(consignment))
        try:
            yield False
        finally:
            with self._lock:
                self._held_scans -= 1
                self._held_bytes -= size_bytes
                self._counted = None  # it is in the database now, if anywhere

    def check_scan(self) -> None:
        """For a scan that is here and not kept yet. Raises `TooManyScans` or `NoRoom` where there is no place."""
        self._checked(self.pressure(), high_risk=False)

    def check_disk(self) -> None:
        """For anything that comes, and while it does. Raises `NoRoom` where too little is left."""
        free = self._free()
        if free < self.capacity.disk_reserve_bytes:
            raise no_room(free, self.capacity, self._random.random())

    def holds(self, sha256: str) -> bool:
        """Whether a file of these bytes is part of a scan."""
        with self._database.read() as session:
            return holds_file(session, sha256)

    def is_open(self) -> bool:
        """Whether a scan is let in now; for ways in where it can lie and wait."""
        now = self.pressure()
        self._tell(now)
        return paused_by(now, self.capacity) is None

    def has_room_to_write(self) -> bool:
        """Whether a small document is taken now; for the same ways in."""
        return self._free() >= self.capacity.disk_reserve_bytes

    def may_read(self) -> bool:
        """Whether the disk has room for what a reading writes."""
        return self._free() >= self.capacity.disk_reading_bytes

    def kept(self) -> None:
        """A scan was kept: the next who asks counts anew."""
        with self._lock:
            self._counted = None

    def _enter(self, size_bytes: int, high_risk: bool) -> None:
        with self._lock:
            now = self._pressure()
            room = replace(now, free_bytes=now.free_bytes - size_bytes)
            refused = refusal(room, self.capacity, high_risk=high_risk, draw=self._random.random())
            if refused is None:
                self._held_scans += 1
                self._held_bytes += size_bytes
        self._tell(now)
        if refused is not None:
            raise refused

    def _checked(self, now: Pressure, *, high_risk: bool) -> None:
        self._tell(now)
        refused = refusal(now, self.capacity, high_risk=high_risk, draw=self._random.random())
        if refused is not None:
            raise refused

    def _is_high_risk(self, consignment: str | None) -> bool:
        if consignment is None or paused_by(self.pressure(), self.capacity) != "waiting":
            return False
        with self._database.read() as session:
            return is_high_risk(session, consignment)

    def _pressure(self) -> Pressure:
        at = time.monotonic()
        if self._counted is None or at - self._counted[0] > _FRESH_SECONDS:
            with self._database.read() as session:
                self._counted = (at, waiting(session, datetime.now(UTC)))
        counted = self._counted[1]
        return Pressure(
            waiting_scans=counted.scans + self._held_scans,
            waiting_bytes=counted.bytes + self._held_bytes,
            readings_per_second=counted.readings_per_second,
            free_bytes=self._free() - self._held_bytes,
        )

    def _free(self) -> int:
        with self._disk_lock:
            at = time.monotonic()
            if self._measured is None or at - self._measured[0] > _DISK_FRESH_SECONDS:
                try:
                    self._measured = (at, min(map(self._free_of, self._folders)))
                except OSError as error:
                    raise Unavailable(f"The disk does not say how much of it is free: {error}.") from error
            return self._measured[1]

    def _tell(self, now: Pressure) -> None:
        """Once in the log, when it begins and when it ends."""
        paused = paused_by(now, self.capacity)
        with self._lock:
            before, self._paused = self._paused, paused
        if paused == before:
            return
        said = {
            "waiting_scans": now.waiting_scans,
            "waiting_megabytes": round(now.waiting_bytes / 1e6),
            "free_megabytes": round(now.free_bytes / 1e6),
        }
        if paused is None:
            _log.info("scans are let in again", **said)
        else:
            _log.warning("no scan is let in", because=paused, **said)


def _free_bytes(folder: Path) -> int:
    """What a process without special rights may still write, on the disk where a folder is or would be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
