"""The open air of a scan: the pulses before, behind and between vehicles in which nothing stands in the beam."""

import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.counts import Counts
from tallyscan.scan import Float32Array
from tallyscan.scanner_condition import OpenAir

_LIKE = 0.08  # of the level of its pulse: cells differ by less, and the wall of a container takes more
_LIKE_SHARE = 0.97  # of the cells of a pulse: floors, roofs and drawbars are higher, a few cells may be dead
_NEAR = 0.06  # pulses vary by 1 to 3 %; what is darker by more stands in a thin curtain
_BLOCKED = 0.5  # of the brightest: a cell that is darker in every pulse looks at the ground or a rail ...
_MOST_BLOCKED = 0.15  # ... if it is one of the lowest
_MIN_PULSES = 16  # a flash has three; the median of so many pulses of 2 % is good to half a per cent
_MOST_PULSES = 128
_CELLS, _LEAST_CELLS = 192, 8  # of the detector are looked at to choose the pulses; fewer are no detector
_NOISE_STEP = 4  # cells; the noise of a fourth of them is known well enough
_SIGMA_OF_MAD = 1.4826  # of a normal distribution


def open_air(
    counts: Counts, energies_mv: tuple[float, ...], dark: tuple[float, ...], full_scale: int
) -> OpenAir | None:
    """The open beam of each cell of the detector, from upright counts (energy, height, width).

    Whatever level the scanner is believed to have plays no part: a pulse is open air when nearly all its cells have
    one brightness, and no pulses are brighter. Walls alone never fill a pulse, for a floor and a roof come with them.
    None where no pulse is, or where the open beam is cut off at full scale in half of the cells.
    """
    pulses = _pulses(counts[0])
    if len(pulses) < _MIN_PULSES:
        return None
    chosen = pulses[np.linspace(0, len(pulses) - 1, min(len(pulses), _MOST_PULSES)).astype(np.intp)]
    levels, cells, noise = [], [], []
    for channel, below in zip(counts, dark, strict=True):
        signal = channel[:, chosen].astype(np.float32) - np.float32(below)
        of_cell = np.median(signal, axis=1)
        level = float(np.median(of_cell))
        if level <= 0 or level >= full_scale - below:
            return None
        lit = of_cell >= _BLOCKED * level
        levels.append(level)
        cells.append(np.where(lit, of_cell / level, np.nan))
        noise.append(_noise(signal[lit][::_NOISE_STEP] / np.float32(level)))
    return OpenAir(energies_mv, len(pulses), tuple(levels), np.asarray(cells, np.float32), tuple(noise))


def _pulses(channel: NDArray[np.uint16]) -> NDArray[np.intp]:
    """Columns in which nothing stands in the beam."""
    none = np.empty(0, np.intp)
    sample = channel[:: max(len(channel) // _CELLS, 1)]
    sample = sample[sample.max(axis=1) > 0]
    if len(sample) < _LEAST_CELLS:
        return none
    signal = np.ascontiguousarray(_above_ground(sample)).astype(np.float32)
    level = np.median(signal, axis=0)
    alike = (np.abs(signal - level) <= np.float32(_LIKE) * level).mean(axis=0) >= _LIKE_SHARE
    if np.count_nonzero(alike) < _MIN_PULSES:
        return none
    brightest = float(np.percentile(level[alike], 90))
    if np.percentile(level, 99) > (1 + _NEAR) * brightest:
        return none  # a wide part of the scan is brighter: this is no air, however even it is
    return np.flatnonzero(alike & (np.abs(level - brightest) <= _NEAR * brightest))


def _above_ground(sample: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Without the lowest cells, as far as something stands before them in every pulse."""
    bright = np.percentile(sample[:, ::4], 99, axis=1)
    lit = np.flatnonzero(bright >= _BLOCKED * bright.max())
    return sample[: max(int(lit[-1]) + 1, round((1 - _MOST_BLOCKED) * len(sample)))]


def _noise(relative: Float32Array) -> float:
    """Standard deviation of a pixel in the open beam, without what a whole cell or a whole pulse has in common."""
    rest = relative - np.median(relative, axis=1, keepdims=True)
    rest -= np.median(rest, axis=0, keepdims=True)
    return _SIGMA_OF_MAD * float(np.median(np.abs(rest)))
