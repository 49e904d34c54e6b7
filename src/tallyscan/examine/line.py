"""What lies along a line."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from tallyscan.examine.image_facts import ImageFacts
from tallyscan.examine.kept_image import KeptImage
from tallyscan.examine.measured import Profile
from tallyscan.examine.pyramid import Pixels
from tallyscan.examine.shapes import Point
from tallyscan.examine.signal import ATTENUATION
from tallyscan.physics.beam import beams_of
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import FULL_TRANSMISSION

_MOST_VALUES = 2048  # a longer line is measured on a smaller level


@dataclass(frozen=True, eq=False)
class Line:
    """`counts` (value, energy) along the part of a line that is on the image, one about every pixel of `level`; 0 where
    not all neighbours were measured. `step` leads from one to the next, in pixels of level 0, across and down.
    """

    level: int
    counts: Pixels
    step: Point


def line_of(image: KeptImage, start: Point, end: Point) -> Line | None:
    """The line, interpolated between the centres of pixels; None where it does not cross the image."""
    height, width = image.sizes[0]
    clipped = _on_image(start, end, width, height)
    if clipped is None:
        return None
    (x0, y0), (x1, y1) = clipped
    length, level = math.hypot(x1 - x0, y1 - y0), 0
    while length / 2**level > _MOST_VALUES and level < len(image.sizes) - 1:
        level += 1
    scale = 2**level
    values = max(math.ceil(length / scale), 1)
    step = (x1 - x0) / values, (y1 - y0) / values
    along = np.arange(values) + 0.5
    x, y = ((first + along * by) / scale - 0.5 for first, by in zip((x0, y0), step, strict=True))
    left, top = math.floor(x.min()), math.floor(y.min())
    window = image.window(level, left, top, math.floor(x.max()) - left + 2, math.floor(y.max()) - top + 2)
    columns, rows = (np.asarray(at, np.float32)[np.newaxis] for at in (x - left, y - top))
    planes = np.concatenate([window, window > 0], axis=-1).astype(np.float32)
    found = cv2.remap(planes, columns, rows, cv2.INTER_LINEAR)[0]
    counts, measured = np.split(found, 2, axis=-1)
    return Line(
        level,
        np.rint(np.where((measured > 0.999).all(axis=-1, keepdims=True), counts, 0)).astype(np.uint16),
        step,
    )


def profile_of(facts: ImageFacts, line: Line) -> Profile:
    """Its values, of the high energy."""
    counts = line.counts[:, 0]
    across, down = line.step
    step_mm = None
    if facts.pitch_mm is not None:
        step_mm = round(math.hypot(across * facts.pitch_mm[0], down * facts.pitch_mm[1]), 4)
    alpha = ATTENUATION[counts]

    def said(values: np.ndarray) -> tuple[float | None, ...]:
        return tuple(round(float(v), 5) if count else None for v, count in zip(values, counts, strict=True))

    physical = facts.grade == "transmission"
    return Profile(
        step_px=round(math.hypot(across, down), 4),
        step_mm=step_mm,
        transmission=said(counts / FULL_TRANSMISSION),
        attenuation=said(alpha) if physical else None,
        areal_density=said(areal_density_g_cm2(alpha, beams_of(facts.energies_mv)[0])) if physical else None,
    )


def _on_image(start: Point, end: Point, width: int, height: int) -> tuple[Point, Point] | None:
    """The part of a line within 0 to width and 0 to height (Liang and Barsky)."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    first, last = 0.0, 1.0
    for towards, room in ((-dx, x), (dx, width - x), (-dy, y), (dy, height - y)):
        if towards == 0:
            if room < 0:
                return None
        elif towards < 0:
            first = max(first, room / towards)
        else:
            last = min(last, room / towards)
    if first > last:
        return None
    return (x + first * dx, y + first * dy), (x + last * dx, y + last * dy)
