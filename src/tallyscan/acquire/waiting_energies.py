"""Two energies of a scan that arrive as two objects: the first one waits for the other, on the disk.

What lies here was acknowledged to its sender, so it is taken away only when the store has it.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from tallyscan.acquire.dicom_object import DicomObject, look_at
from tallyscan.acquire.limits import Limits
from tallyscan.errors import InputError
from tallyscan.scan import ScanPart

_SAME_SCAN = timedelta(seconds=2)  # fractions that one file writes and the other does not
_SEPARATOR = "~"  # in no origin, and in no name of a profile


class Waiting(NamedTuple):
    """One energy: its file, since when it waits (seconds since the epoch), and what it is."""

    path: Path
    since: float
    origin: str
    profile: str | None
    about: DicomObject


class WaitingEnergies:
    """Those that wait in `folder`; also those that waited there when the service ended."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        for half_written in folder.glob("*.part"):
            half_written.unlink()
        self._waiting = {path: waiting for path in folder.glob("*.dcm") if (waiting := _found(path, limits))}

    def partner_of(self, about: DicomObject, profile: str | None) -> Waiting | None:
        """The other energy, if there is just one that it can be."""
        fitting = [
            other
            for other in self._waiting.values()
            if other.profile == profile and _two_of_one(other.about, about)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def keep(self, path: Path, part: ScanPart, about: DicomObject, origin: str, profile: str | None) -> None:
        """Let it wait; when this returns, it is on the disk. The same bytes twice wait once. Raises `OSError`."""
        name = _SEPARATOR.join((origin, profile or "", hashlib.sha256(part.data).hexdigest())) + ".dcm"
        target = self._folder / name
        if target in self._waiting:
            return
        moving = target.with_suffix(".part")
        path.replace(moving)
        with moving.open("rb") as file:
            os.fsync(file.fileno())
        moving.replace(target)
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._waiting[target] = Waiting(target, time.time(), origin, profile, about)

    def holds(self, sha256: str) -> bool:
        """Whether just these bytes wait here."""
        return any(path.stem.endswith(_SEPARATOR + sha256) for path in list(self._waiting))

    def drop(self, waiting: Waiting) -> None:
        """It need not wait any longer: the store has it."""
        waiting.path.unlink(missing_ok=True)
        self._waiting.pop(waiting.path, None)

    def overdue(self, patience_seconds: float) -> Iterator[Waiting]:
        """Those whose other energy did not come in time, the oldest first."""
        until = time.time() - patience_seconds
        yield from sorted(
            (each for each in self._waiting.values() if each.since <= until), key=lambda w: w.since
        )


def _two_of_one(one: DicomObject, other: DicomObject) -> bool:
    """Whether they are the two energies of one view of one scan, by all that they say."""
    times = (one.acquired_at, other.acquired_at)
    return (
        {one.energy, other.energy} == {"high", "low"}
        and (one.study, one.view, one.size) == (other.study, other.view, other.size)
        and (times[0] is None or times[1] is None or abs(times[0] - times[1]) <= _SAME_SCAN)
    )


def _found(path: Path, limits: Limits) -> Waiting | None:
    """What waited when the service ended; what cannot be looked at any more waits for nothing, and is overdue."""
    origin, profile, _ = path.stem.split(_SEPARATOR)
    about = DicomObject("image", "", "")
    with suppress(InputError, OSError):
        about = look_at(path.name, path.read_bytes(), limits)
    return Waiting(path, path.stat().st_mtime, origin, profile or None, about)
