"""What differs between two shapes of one vehicle that lie over one another: below the cargo, and at the floor."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.known_unit import SHAPE_CELL_MM
from tallyscan.reconcile.shape_alignment import Aligned
from tallyscan.scan import Float32Array

CHANGE_FROM, SAME_UP_TO = 0.4, 0.1
"""Mean of a window of 0.4 x 0.2 m beyond tolerance; between the two it stays open. What was measured is in
docs/explanation/history.md."""

_TOLERANCE = (5, 7)  # cells, height and length: structure may lie so far off and is still the same
_BLOB = (6, 6)  # smaller differences are lines: rows that failed, edges
_WINDOW = (20, 10)  # length and height
_MOST = 2.0
_ENDS = 5  # columns at the ends of the unit, where it meets what draws it

RAISED_MM = (60.0, 300.0)
"""A floor that is higher by less is not told; a layer that is higher is taken for cargo."""

RAISED_SHARE = 0.6
"""Of the columns in which the floor is seen on both days: a floor is level, cargo seldom is."""

SAME_SHARE = 0.15
"""Up to which nothing lies on the floor that did not lie there before; 0.4 was the least over a raised floor."""

CLEAR_ALPHA = 0.5
"""Attenuation above the floor: more is cargo."""

LEAST_CLEAR_MM = 2500.0
_FLOOR_TOLERANCE = (3, 7)
_STANDS_OUT = 0.3  # relative


@dataclass(frozen=True)
class Change:
    """A part of the vehicle that is there and was not (`added`), or the other way round; `window` is in cells of this
    shape: (column, row, columns, rows).
    """

    strength: float
    added: bool
    window: tuple[int, int, int, int]


@dataclass(frozen=True)
class Floor:
    """Along how much of the unit both scans see the floor, and by how much a level layer stands above where it was.

    `raised` is None where that does not decide: too little is seen, or what lies there may be cargo.
    """

    seen_mm: float
    higher_mm: float
    raised: bool | None


def change_below(shapes: Aligned, left: float, right: float) -> Change:
    """The largest change below the unit that reaches from column `left` to `right`; its strength may be nothing."""
    mine, theirs = (np.minimum(side[shapes.rows], np.float32(4)) for side in (shapes.this, shapes.earlier))
    both = np.isfinite(mine) & np.isfinite(theirs)
    columns = np.arange(mine.shape[1])
    both[:, (columns < left + _ENDS) | (columns > right - _ENDS)] = False
    found = []
    for added, more, less in ((True, mine, theirs), (False, theirs, mine)):
        excess = _excess(more, less, both, _TOLERANCE)
        blobs = np.asarray(cv2.morphologyEx(excess, cv2.MORPH_OPEN, np.ones(_BLOB, np.uint8)), np.float32)
        means = cv2.blur(blobs, _WINDOW, borderType=cv2.BORDER_CONSTANT)
        row, column = np.unravel_index(int(means.argmax()), means.shape)
        x, y, length, height = _blob_around(blobs, int(column), int(row))
        window = (x, shapes.rows.start + y, length, height)
        found.append(Change(float(means[row, column]), added, window))
    return max(found, key=lambda change: change.strength)


def _blob_around(blobs: Float32Array, column: int, row: int) -> tuple[int, int, int, int]:
    """Box (column, row, columns, rows) of what hangs together about a place; the window itself where nothing does."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        (blobs > _STANDS_OUT).astype(np.uint8), connectivity=8
    )
    length, height = _WINDOW
    top, left = max(row - height // 2, 0), max(column - length // 2, 0)
    there = labels[top : top + height, left : left + length]
    counts = np.bincount(there[there > 0]) if (there > 0).any() else np.zeros(0, np.intp)
    if not len(counts):
        return left, top, length, height
    x, y, width, tall, _ = (int(value) for value in stats[int(counts.argmax())])
    return x, y, width, tall


def floor_between(shapes: Aligned, left: float, right: float, floor_row: int) -> Floor:
    """The height of the floor in columns in which no cargo stands on either day."""
    inside = slice(max(int(left) + _ENDS, 0), max(int(right) - _ENDS, 0))
    mine, theirs = (side[:floor_row, inside] for side in (shapes.this, shapes.earlier))
    walls = [np.median(side[:8], axis=0) for side in (mine, theirs)]
    clear = (walls[0] < CLEAR_ALPHA) & (walls[1] < CLEAR_ALPHA)
    seen_mm = float(clear.sum()) * SHAPE_CELL_MM
    if seen_mm < LEAST_CLEAR_MM:
        return Floor(seen_mm, 0.0, None)
    both = np.isfinite(mine) & np.isfinite(theirs) & clear
    more, less = (
        (_excess(one, other, both, _FLOOR_TOLERANCE) > _STANDS_OUT)[:, clear].mean(axis=1)
        for one, other in ((mine, theirs), (theirs, mine))
    )
    if max(float(more.max()), float(less.max())) <= SAME_SHARE:
        return Floor(seen_mm, 0.0, False)
    layer = np.flatnonzero(more >= RAISED_SHARE)
    if not len(layer):
        return Floor(seen_mm, 0.0, None)
    stands_out = (theirs - walls[1])[:, clear] > _STANDS_OUT
    was = float(np.median(np.where(stands_out.any(axis=0), stands_out.argmax(axis=0), floor_row)))
    higher_mm = (was - float(layer[0])) * SHAPE_CELL_MM
    ends_sharply = float(more[max(layer[0] - 3, 0)]) < RAISED_SHARE / 2
    raised = RAISED_MM[0] <= higher_mm <= RAISED_MM[1] and ends_sharply
    return Floor(seen_mm, max(higher_mm, 0.0), True if raised else None)


def _excess(
    more: Float32Array, less: Float32Array, both: NDArray[np.bool_], tolerance: tuple[int, int]
) -> Float32Array:
    """How much `more` exceeds all that `less` shows nearby, relative to it; nothing where not `both` are seen."""
    known = np.nan_to_num(less)
    excess = np.nan_to_num(more) - cv2.dilate(known, np.ones(tolerance, np.uint8))
    return np.where(both, np.clip(excess / (0.3 + 0.2 * known), 0, _MOST), 0).astype(np.float32)
