"""Which pixels were not measured, so that no hole looks like dense cargo and no flash like air.

Dense cargo gives zeros too: a zero is a fault only among bright neighbours, or beside a bright other energy.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import BoolArray, Float32Array

Counts = NDArray[np.uint16]
Places = NDArray[np.intp]

_NEIGHBOURHOOD = 5  # of the median; up to two bad rows or columns side by side leave it sound
_MAX_ZEROS_AROUND = 8  # of 25 pixels: a corner of opaque cargo has 9
_DEAD_BELOW = 0.01  # of the open beam: a zero among neighbours brighter than this is five sigma off or more
_STUCK_BELOW = 0.8  # of full scale: the same for a pixel that stands at full scale
_FLASH_COLUMNS = 3  # a lost or doubled pulse writes a constant into so few columns; open air is wider


def unmeasured_lines(counts: Counts) -> tuple[BoolArray, BoolArray]:
    """Rows and columns of one channel without a measurement: all zero, or a few columns of one value."""
    rows: BoolArray = counts.max(axis=1) == 0
    inner = counts[~rows] if rows.any() else counts
    if not len(inner):
        return rows, np.ones(counts.shape[1], np.bool_)
    low, high = inner.min(axis=0), inner.max(axis=0)
    columns: BoolArray = high == 0
    if len(inner) > 1:
        for start, stop in runs(low == high):
            if stop - start <= _FLASH_COLUMNS:
                columns[start:stop] = True
    return rows, columns


def runs(flags: BoolArray) -> list[tuple[int, int]]:
    """Start and stop of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def isolated_faults(counts: Counts, open_beam: float, full_scale: int) -> tuple[Places, Counts]:
    """Dead and stuck pixels of one channel as flat places, and the medians of their neighbourhoods.

    A zero among many zeros is cargo that let nothing through, at its very corner too.
    """
    zero, full = counts == 0, counts >= full_scale
    places = np.flatnonzero(zero | full)
    if not len(places):
        return places, np.empty(0, np.uint16)
    window = (_NEIGHBOURHOOD, _NEIGHBOURHOOD)
    zeros_around = cv2.boxFilter(zero.view(np.uint8), -1, window, normalize=False).ravel()[places]
    median = np.asarray(cv2.medianBlur(counts, _NEIGHBOURHOOD), np.uint16).ravel()[places]
    dead = (zeros_around <= _MAX_ZEROS_AROUND) & (median > _DEAD_BELOW * open_beam)
    stuck = median < _STUCK_BELOW * full_scale
    faulty = np.where(zero.ravel()[places], dead, stuck)
    return places[faulty], median[faulty]


def lost_in(counts: Counts, channel: int, open_beams: list[float]) -> tuple[Places, int] | None:
    """Flat places that are zero in one channel though another saw signal there, and that other channel.

    No cargo does that: between neighbouring energies attenuation differs by a fifth. A masked detector does.
    """
    zero = np.flatnonzero(counts[channel] == 0)
    for other in range(len(counts)):
        if other != channel and len(zero):
            places = zero[counts[other].ravel()[zero] > _DEAD_BELOW * open_beams[other]]
            if len(places):
                return places, other
    return None


def fill_lines(image: Float32Array, rows: BoolArray, columns: BoolArray) -> None:
    """Interpolates unmeasured rows and columns in place; at the border they become air (1)."""
    for flags, lines in ((rows, image), (columns, image.T)):
        for start, stop in runs(flags):
            if start == 0 or stop == len(flags):
                lines[start:stop] = 1.0
                continue
            before, after = lines[start - 1].copy(), lines[stop].copy()
            for line in range(start, stop):
                share = np.float32((line - start + 1) / (stop - start + 1))
                lines[line] = before + (after - before) * share
