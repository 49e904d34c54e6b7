"""A shape that an officer drew, measured in physical units. See docs/explanation/measuring-on-the-image.md."""

import math
from collections.abc import Sequence
from dataclasses import replace

from tallyscan.examine.kept_image import KeptImage
from tallyscan.examine.line import line_of, profile_of
from tallyscan.examine.mass import added_in, area_mm2, length_mm, mass_kg
from tallyscan.examine.measured import Measured, Shape
from tallyscan.examine.shapes import Point, corners_of_box, region_of
from tallyscan.examine.signal import OUTSIDE, Signal

_OUTSIDE = Measured(
    shape="line",
    level=0,
    pixels=0,
    not_measured=0.0,
    not_penetrated=None,
    attenuation=OUTSIDE,
    areal_density=OUTSIDE,
    material=OUTSIDE,
)


def measure(image: KeptImage, shape: Shape, points: Sequence[Point]) -> Measured:
    """All that can be said of a line (two points), a box (two opposite corners) or a polygon, in pixels of level 0."""
    if shape == "line":
        return _of_line(image, *points)
    return _of_region(image, shape, corners_of_box(points) if shape == "box" else points)


def _of_line(image: KeptImage, start: Point, end: Point) -> Measured:
    facts = image.facts
    across, down = (abs(b - a) for a, b in zip(start, end, strict=True))
    length_px, length = round(math.hypot(across, down), 2), length_mm(facts, across, down)
    line = line_of(image, start, end)
    if line is None:
        return replace(_OUTSIDE, shape="line", length_px=length_px, length_mm=length)
    measured = line.counts[line.counts.all(axis=1)]
    signal = Signal(facts, measured, 4**line.level)
    return Measured(
        shape="line",
        level=line.level,
        pixels=len(line.counts),
        not_measured=round(1 - len(measured) / len(line.counts), 4),
        not_penetrated=signal.shown_not_penetrated,
        length_px=length_px,
        length_mm=length,
        attenuation=signal.attenuation(),
        areal_density=signal.areal_densities(),
        material=signal.material(),
        profile=profile_of(facts, line),
    )


def _of_region(image: KeptImage, shape: Shape, outline: Sequence[Point]) -> Measured:
    region = region_of(image, outline)
    if region is None:
        return replace(_OUTSIDE, shape=shape, area_mm2=OUTSIDE, mass_kg=OUTSIDE, added=OUTSIDE)
    signal = Signal(image.facts, region.counts[region.inside], 4**region.level)
    seen = signal.material()
    return Measured(
        shape=shape,
        level=region.level,
        pixels=region.pixels,
        not_measured=round(region.not_measured, 4),
        not_penetrated=signal.shown_not_penetrated,
        area_mm2=area_mm2(image.facts, region),
        attenuation=signal.attenuation(),
        areal_density=signal.areal_densities(),
        mass_kg=mass_kg(region, signal, seen),
        material=seen,
        added=added_in(region, signal),
    )
