"""How noisy a scan is, measured in the scan itself."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import CanonicalGrid, Float32Array, NoiseModel

_MAX_SAMPLES = 150_000
_MIN_BIN = 400  # differences in a bin; the quartile of fewer is off by more than a tenth
_QUARTILE = 0.45063  # of |difference| at unit noise: 0.31864, the 25 % point of |N(0, 1)|, times sqrt 2
_BLOCK = 8  # pixels; so many that their mean holds little noise, so few that it follows the cargo
_LIKE = 0.3  # relative distance of a pair of pixels from the mean of its block
_OCTAVES = 14  # bins of brightness, each twice as bright as the one before, up to twice the open beam
_STRUCTURE = 1.1  # a bin so far above the fit holds edges and texture too ...
_PULL = 0.1  # ... and pulls so much less: the noise is the lower bound of what is seen

Points = NDArray[np.float64]


def fit_noise(transmission: Float32Array, least_step: float) -> NoiseModel:
    """Electronic and photon noise of one energy, on the grid of the detector and before clipping to 1.

    Differences of neighbouring pixels hold noise and structure; structure only makes some of them larger, so
    the lower quartile of |difference| at each brightness is taken, across and along, whichever is smaller
    (pulse dose stripes one, module gain the other). Two terms are fitted by relative least squares.
    `least_step` is one count over the open beam: rounding alone gives least_step / sqrt 12.
    """
    floor = least_step**2 / 12
    step = max(1, -(-transmission.size // _MAX_SAMPLES))
    rows, below = transmission[:-1:step], transmission[1::step]
    around = _brightness_around(transmission, len(transmission) - 1, step)
    along = _by_brightness(rows[:, :-1], rows[:, 1:], around[:, :-1])
    across = _by_brightness(rows, below, around)
    points = []
    for octave in sorted(along.keys() | across.keys()):
        found = [side[octave] for side in (along, across) if octave in side]
        quietest = min(found, key=lambda point: point[1])
        if quietest[1] > floor:  # else most neighbours are equal: cut off at zero or full scale, or rounded
            points.append(quietest)
    if not points:
        return NoiseModel(electronic=float(np.sqrt(floor)), photon=0.0)
    levels, variances, counts = np.array(points, np.float64).T
    constant, slope = _fitted(levels, variances, counts, floor)
    return NoiseModel(electronic=float(np.sqrt(constant)), photon=slope)


def _brightness_around(transmission: Float32Array, last_row: int, step: int) -> Float32Array:
    """Mean of the block in which each pixel of every `step`-th row lies: brightness without its noise."""
    height, width = transmission.shape
    size = (-(-width // _BLOCK), -(-height // _BLOCK))
    blocks = cv2.resize(transmission, size, interpolation=cv2.INTER_AREA)
    rows = np.arange(0, last_row, step) * size[1] // height
    return np.asarray(blocks[rows][:, np.arange(width) * size[0] // width], np.float32)


def _by_brightness(
    one: Float32Array, other: Float32Array, around: Float32Array
) -> dict[int, tuple[float, float, int]]:
    """Mean brightness, noise variance of a pixel and number of pairs of neighbours, by octave."""
    mean = (one + other) * np.float32(0.5)
    # a pair unlike its block lies beside an edge, or was cut off at zero
    like = np.abs(mean - around) <= np.float32(_LIKE) * around
    mean, difference = mean[like], np.abs(one - other)[like]
    # the exponent of a float32 is its octave; what is not above zero falls into the lowest
    octaves = np.clip((around[like].view(np.int32) >> 23) - 127, -_OCTAVES, 0).astype(np.int8)
    order = np.argsort(octaves, kind="stable")
    edges = np.searchsorted(octaves[order], np.arange(-_OCTAVES, 2))
    mean, difference = mean[order], difference[order]
    found = {}
    for octave, (start, stop) in enumerate(pairwise(edges)):
        if stop - start >= _MIN_BIN:
            place = int(stop - start) // 4
            quartile = float(np.partition(difference[start:stop], place)[place])
            level = max(float(mean[start:stop].mean()), 0.0)
            found[octave] = (level, (quartile / _QUARTILE) ** 2, int(stop - start))
    return found


def _fitted(levels: Points, variances: Points, counts: Points, floor: float) -> tuple[float, float]:
    """electronic^2 and photon of variance = electronic^2 + photon * level, neither below zero.

    Weights come from the fit itself, anew each time: from the measured values they would favour those that
    came out too small.
    """
    expected = variances
    constant, slope = floor, 0.0
    for _ in range(12):
        weight = np.sqrt(counts) / expected
        weight = np.where(variances > _STRUCTURE * expected, _PULL * weight, weight)
        design = np.stack([weight, levels * weight], axis=1)
        constant, slope = np.linalg.lstsq(design, variances * weight, rcond=None)[0]
        if slope < 0:  # darker parts are the noisier ones: no photon noise can be told
            constant, slope = (variances * weight**2).sum() / (weight**2).sum(), 0.0
        elif constant < floor:
            excess, line = (variances - floor) * weight, levels * weight
            constant, slope = floor, max((excess * line).sum() / (line**2).sum(), 0.0)
        expected = np.maximum(constant + slope * levels, floor)
    return float(constant), float(slope)


def on_canonical_grid(noise: NoiseModel, grid: CanonicalGrid) -> NoiseModel:
    """Noise of a canonical pixel, from that of a detector pixel.

    A mean over more pixels is quieter by their number; pixels in between two have the noise of their
    neighbours, not more.
    """
    share = min(grid.scale_x, 1.0) * min(grid.scale_y, 1.0)
    return NoiseModel(noise.electronic * share**0.5, noise.photon * share)
