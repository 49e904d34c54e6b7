"""Which pixels of an image a drawn shape covers, and which lie around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from tallyscan.examine.kept_image import KeptImage
from tallyscan.examine.pyramid import Pixels
from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import BoolArray

Point = tuple[float, float]

MOST_PIXELS = 4_000_000  # a larger region is measured on a smaller level
_GAP = 2  # pixels between a region and its surroundings: its blurred edge is of neither
_RING = (6, 60)  # pixels: a quarter of the region's width, within these bounds


@dataclass(frozen=True, eq=False)
class Region:
    """Pixels of one level: `counts` (rows, columns, energy); `inside` and `around` (rows, columns), of both only what
    was measured. `pixels` is how many lie inside, measured or not.
    """

    level: int
    counts: Pixels
    inside: BoolArray
    around: BoolArray
    pixels: int

    @property
    def not_measured(self) -> float:
        """Share of the region."""
        return 1 - int(np.count_nonzero(self.inside)) / self.pixels


def corners_of_box(points: Sequence[Point]) -> tuple[Point, ...]:
    """The outline of a box from two opposite corners."""
    (x0, y0), (x1, y1) = points
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def region_of(image: KeptImage, outline: Sequence[Point]) -> Region | None:
    """What lies within an outline in pixels of level 0, by the centres of pixels; where it crosses itself, every other
    part is inside. None where that is no pixel of the image."""
    height, width = image.sizes[0]
    points = np.asarray(outline, np.float64)
    left, top = np.clip(points.min(axis=0), 0, (width, height))
    right, bottom = np.clip(points.max(axis=0), 0, (width, height))
    level = 0
    while (right - left) * (bottom - top) / 4**level > MOST_PIXELS:
        level += 1
    scale = 2**level
    rows, columns = image.sizes[level]
    margin = _GAP + _RING[1]
    x, y = (max(int(edge / scale) - margin, 0) for edge in (left, top))
    across = min(int(np.ceil(right / scale)) + margin, columns) - x
    down = min(int(np.ceil(bottom / scale)) + margin, rows) - y
    if right <= left or bottom <= top:
        return None
    within = _covered(points / scale - (x, y), across, down)
    pixels = int(np.count_nonzero(within))
    if pixels == 0:
        return None
    counts = image.window(level, x, y, across, down)
    measured = counts.all(axis=-1)
    ring = float(np.clip(pixels**0.5 / 4, *_RING))
    away = cv2.distanceTransform((~within).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    around = (away > _GAP) & (away <= _GAP + ring)
    return Region(level, counts, within & measured, around & measured, pixels)


def _covered(points: FloatArray, width: int, height: int) -> BoolArray:
    """bool (height, width) of pixels whose centre lies inside a polygon, (point, 2), by the even-odd rule."""
    crossed = np.zeros((height, width + 1), np.bool_)
    for (x0, y0), (x1, y1) in pairwise([*points, points[0]]):
        upper, lower = min(y0, y1), max(y0, y1)
        rows = np.arange(max(int(np.ceil(upper - 0.5)), 0), min(int(np.ceil(lower - 0.5)), height))
        if len(rows):
            at = x0 + (rows + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
            crossed[rows, np.clip(np.ceil(at - 0.5), 0, width).astype(np.intp)] ^= True
    return np.asarray(np.logical_xor.accumulate(crossed, axis=1)[:, :width], np.bool_)


def sectors(region: Region, count: int = 8) -> list[BoolArray]:
    """The surroundings in so many directions from the middle of the region; those with enough pixels to count."""
    rows, columns = np.nonzero(region.inside)
    y, x = np.nonzero(region.around)
    turn = np.arctan2(y - rows.mean(), x - columns.mean()) / (2 * np.pi) + 0.5
    sector = np.minimum((turn * count).astype(int), count - 1)
    found = []
    for number in range(count):
        mine = np.zeros_like(region.around)
        mine[y[sector == number], x[sector == number]] = True
        if np.count_nonzero(mine) >= 5:
            found.append(mine)
    return found
