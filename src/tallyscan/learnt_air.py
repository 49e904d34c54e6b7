"""The open beam of one scanner as its own scans have shown it: how bright it is, and what each cell gives of it."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LearntAirOffered = Literal["none", "whole", "without_level"]


@dataclass(frozen=True, eq=False)
class LearntAir:
    """Version `version` of what was learnt of the single machine `device` from so many `scans`.

    For scans of these energies, in the order in which they are stored, and of as many cells as `gains` (energy, height)
    has, from the top of the upright image: what each cell gives over the median one. `levels` are counts above the dark
    level, `spread` is by how much they differ from scan to scan, one sigma, as a share. `level_holds` is False while
    the machine has left the band of its level: then that level is not what it gives now.
    """

    device: str
    energies_mv: tuple[float, ...]
    version: int
    scans: int
    levels: tuple[float, ...]
    spread: tuple[float, ...]
    gains: NDArray[np.float32] = field(repr=False)
    level_holds: bool = True

    @cached_property
    def sha256(self) -> str:
        """Of the numbers, so that a reading can say by which it was calibrated."""
        digest = hashlib.sha256(np.array((*self.energies_mv, *self.levels), np.float64).tobytes())
        digest.update(np.ascontiguousarray(self.gains, np.float32).tobytes())
        return digest.hexdigest()

    def fits(self, energies_mv: tuple[float, ...], cells: int) -> bool:
        """Whether it is of such scans."""
        return self.energies_mv == energies_mv and self.gains.shape[1] == cells


@dataclass(frozen=True)
class LearntAirUsed:
    """Which version calibrated a scan, and what of it: the `level` of the open beam, the `gain` of the cells."""

    device: str
    version: int
    scans: int
    sha256: str
    level: bool
    gain: bool
