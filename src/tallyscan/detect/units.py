"""Layout map -> cargo units: where they stand, and whether one is a container."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.session import FloatMap
from tallyscan.scan import CANONICAL_PITCH_MM, Box, Scan

MIN_UNIT_CELLS = (18, 14)  # width, height: 0.7 m by 0.55 m at 40 mm a cell; smaller ones are noise
END_BAND_CELLS, END_BAND = 5, 0.35
# A cab is box-like too: hardly longer than high, and much shorter than what it draws.
CAB_LENGTH_TO_HEIGHT, CAB_SHARE_OF_LONGEST = 1.2, 0.45
CONTAINER_LENGTHS_MM = (6058, 9125, 12192)  # 45 ft is as long as a trailer: its size tells nothing
CONTAINER_HEIGHTS_MM = (2438, 2591, 2896)
# Nothing is magnified along the travel; but speed and pitch are never quite known.
LENGTH_TOLERANCE = 0.05
# In a side view the box runs from the near roof to the far floor: higher than the container by up to half.
HEIGHT_RANGE = (0.95, 1.6)


@dataclass(frozen=True)
class UnitBox:
    """A cargo unit in cells of the layout map: [x0, x1) x [y0, y1)."""

    x0: int
    x1: int
    y0: int
    y1: int

    def cells(self) -> tuple[slice, slice]:
        """The window of a map."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def box(self, stride: int) -> Box:
        """In canonical pixels."""
        width, height = self.x1 - self.x0, self.y1 - self.y0
        return Box(self.x0 * stride, self.y0 * stride, width * stride, height * stride)


def find_units(layout: FloatMap, measured: NDArray[np.bool_]) -> list[UnitBox]:
    """Cargo units from the layout map (4, rows, columns), left to right.

    Cargo space that hangs together is a unit; the bands at the ends of units part two that stand close, and
    are given back to the unit that they end. Where nothing was `measured` (rows, columns) there is no unit; cabs
    are none.
    """
    _, space, _, end = layout
    mask = ((space > end) & (space + end > 0.5) & measured).astype(np.uint8)
    # Holes are closed along the columns only: along the rows it would join two units that stand close.
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 1), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    units = []
    for x, y, width, height, _ in stats[1:count]:
        whole = filled(mask, x, x + width, y, y + height)
        if whole is None:
            continue
        ends = end[whole.y0 : whole.y1].mean(axis=0)
        cuts = [whole.x0, *cuts_between(ends, whole), whole.x1]
        parts = [filled(mask, left, right, y, y + height) for left, right in pairwise(cuts)]
        units += [with_ends(part, ends) for part in parts if part is not None]
    return sorted(without_cabs(units), key=lambda unit: unit.x0)


def cells_of(box: Box, stride: int, shape: tuple[int, ...]) -> UnitBox:
    """The cells of a unit whose box in canonical pixels is known, at least one, within a map of that shape."""
    rows, columns = shape
    x0, y0 = min(max(round(box.x / stride), 0), columns - 1), min(max(round(box.y / stride), 0), rows - 1)
    x1, y1 = round((box.x + box.width) / stride), round((box.y + box.height) / stride)
    return UnitBox(x0, min(max(x1, x0 + 1), columns), y0, min(max(y1, y0 + 1), rows))


def without_cabs(units: Sequence[UnitBox]) -> list[UnitBox]:
    """The units that are not the cab of a vehicle whose cargo is there as well."""
    longest = max((unit.x1 - unit.x0 for unit in units), default=0)
    return [
        unit
        for unit in units
        if unit.x1 - unit.x0 >= CAB_SHARE_OF_LONGEST * longest
        or unit.x1 - unit.x0 >= CAB_LENGTH_TO_HEIGHT * (unit.y1 - unit.y0)
    ]


def filled(mask: NDArray[Any], x0: int, x1: int, y0: int, y1: int) -> UnitBox | None:
    """The rows and columns of a window that are more than half full; None when too few of them are."""
    part = mask[y0:y1, x0:x1]
    rows, columns = (np.flatnonzero(part.mean(axis=axis) > 0.5) for axis in (1, 0))
    if len(columns) < MIN_UNIT_CELLS[0] or len(rows) < MIN_UNIT_CELLS[1]:
        return None
    return UnitBox(x0 + int(columns[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[0]), y0 + int(rows[-1]) + 1)


def cuts_between(ends: NDArray[np.float32], unit: UnitBox) -> list[int]:
    """Columns inside what hangs together that are rather the end of a unit than cargo space."""
    reach = MIN_UNIT_CELLS[0]
    return [
        column
        for column in range(unit.x0 + reach, unit.x1 - reach)
        if ends[column] > 0.5 and int(np.argmax(ends[column - reach : column + reach + 1])) == reach
    ]


def with_ends(unit: UnitBox, ends: NDArray[np.float32]) -> UnitBox:
    """The unit with the bands at its ends; `ends` is how much of an end each column of the map is."""
    x0, x1 = unit.x0, unit.x1
    for _ in range(END_BAND_CELLS):
        x0 -= int(x0 > 0 and ends[x0 - 1] > END_BAND)
        x1 += int(x1 < len(ends) and ends[x1] > END_BAND)
    return UnitBox(x0, x1, unit.y0, unit.y1)


def unit_kind(box: Box, scan: Scan) -> str:
    """`container` when length and height are those of one; `unknown` when the pitch is not known."""
    if not scan.has_size:
        return "unknown"

    length, height = box.width * CANONICAL_PITCH_MM, box.height * CANONICAL_PITCH_MM
    long = any(abs(length / size - 1) < LENGTH_TOLERANCE for size in CONTAINER_LENGTHS_MM)
    low, high = HEIGHT_RANGE
    return (
        "container"
        if long and low * CONTAINER_HEIGHTS_MM[0] < height < high * CONTAINER_HEIGHTS_MM[-1]
        else "other"
    )


def calibration_group(scan: Scan, unit_kinds: Sequence[str]) -> str:
    """What shares a threshold: kind of scanner and conveyance, such as `dual/container`.

    The scanner is `display` without physical units, else `dual` or `single` by its energies. The conveyance is
    `container` when every unit that was found has a container's size, else `other`: trailers, vans, loose cargo,
    no unit at all, and a picture without a known pitch, of which no size can be told.
    """
    scanner = "display" if scan.grade == "display" else "dual" if len(scan.energies_mv) > 1 else "single"
    containers = bool(unit_kinds) and all(kind == "container" for kind in unit_kinds)
    return f"{scanner}/{'container' if containers else 'other'}"
