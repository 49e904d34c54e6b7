"""How far the two energies of an interlaced beam lie apart.

The pulses of the low energy come between those of the high one, while the cargo moves on: its columns stand by a part
of a column beside theirs. At every edge that looks like another material, so that it is measured, and undone before the
material is told.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import FULL_TRANSMISSION, OPAQUE_TRANSMISSION, Float32Array

_MOST_ROWS = 240  # looked at
_LOCAL = 31  # columns over which the ratio of the two attenuations is taken
_EDGE = 0.03  # attenuation from column to column: less is noise and slow goods
_LEAST_EDGES = 500
_MOST_PX = 1.0
_ROUNDS = 3


def columns_apart(high: NDArray[np.uint16], low: NDArray[np.uint16]) -> float:
    """By how many columns the low energy was taken further right in the cargo; 0 where too few edges tell it.

    Two images of the same shape, transmission * 65535. Where the goods are of one kind, alpha_low is k times
    alpha_high; what differs at an edge is k times the slope of alpha_high times the distance. Edges of another kind of
    goods differ the same way on both sides, and cancel out.
    """
    if high.shape[1] < _LOCAL:
        return 0.0
    step = max(len(high) // _MOST_ROWS, 1)
    rows = [np.asarray(band[::step], np.float32) for band in (high, low)]
    measured = (np.minimum(*rows) > OPAQUE_TRANSMISSION * 4 * FULL_TRANSMISSION).astype(np.uint8)
    usable = cv2.erode(measured, np.ones((1, 5), np.uint8)) > 0
    alpha_high, alpha_low = (-np.log(np.maximum(row, 1) / FULL_TRANSMISSION) for row in rows)
    apart = 0.0
    for _ in range(_ROUNDS):
        moved = shifted(alpha_low, -apart)
        ratio = cv2.blur(moved, (_LOCAL, 1)) / np.maximum(cv2.blur(alpha_high, (_LOCAL, 1)), 1e-3)
        slope = np.gradient(cv2.blur(alpha_high, (3, 1)), axis=1)
        edges = usable & (np.abs(slope) > _EDGE)
        if np.count_nonzero(edges) < _LEAST_EDGES:
            return 0.0
        expected, differs = (ratio * slope)[edges], (moved - ratio * alpha_high)[edges]
        apart += float(expected @ differs / (expected @ expected))
    return round(apart, 3) if abs(apart) < _MOST_PX else 0.0


def shifted(image: Float32Array, columns: float) -> Float32Array:
    """The image at so many columns further right, interpolated; the edges repeated."""
    whole = int(np.floor(columns))
    places = np.arange(image.shape[1])
    left, right = (image[:, np.clip(places + whole + n, 0, image.shape[1] - 1)] for n in (0, 1))
    share = np.float32(columns - whole)
    return np.asarray((1 - share) * left + share * right, np.float32)
