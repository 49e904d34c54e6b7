"""Where in a cargo unit a region of the image lies: from the doors and from the floor, as far as a side view tells it.

Along the travel nothing is magnified. Across it, what stands nearer to the source looks larger, and a side view does
not show how near it stands: heights have wide bounds, and the depth is not known at all.
"""

from dataclasses import dataclass
from typing import Literal

from tallyscan.container_size import ContainerSize
from tallyscan.doors import Doors, End
from tallyscan.finding import CargoUnit, Interval
from tallyscan.report.sheet_height import heights
from tallyscan.scan import Box
from tallyscan.upright_image import UprightImage

EDGE_M = 0.1
"""How far the edge of a region or of a unit may be off: two cells of the maps that the model answers with."""
DECLARED_LENGTH_ERROR = 0.02
"""Of a container's length by its size code, once the image agrees: its outer length, seen with its end frames."""
DECLARED_ALONE_ERROR = 0.05
CONTAINER_HEIGHTS_M = (2.44, 2.9)


@dataclass(frozen=True)
class Span:
    """From `start` to `end` by the best estimate, and certainly within `least` and `most`; in metres."""

    start: float
    end: float
    least: float
    most: float


@dataclass(frozen=True)
class PlaceInUnit:
    """Of a region in its cargo unit, or beside it.

    `along` are shares of the unit's length from the left end of the upright image, `up` shares of its height as it
    looks, from its lower edge; below 0 or above 1: beyond. `from_left` and `from_right` are None where no length is
    known; `length_by` says by what it is. `above_floor` is None where no height is known. `doors` are the unit's.
    `cut` is the end at which the image ends inside the unit: from there nothing is measured, and that is None.
    """

    along: tuple[float, float]
    up: tuple[float, float]
    from_left: Span | None
    from_right: Span | None
    length_by: Literal["measured", "measured_and_declared", "declared"] | None
    above_floor: Span | None
    doors: Doors
    cut: End | None = None

    @property
    def from_doors(self) -> Span | None:
        """None where it is not known at which end they are, or how long the unit is."""
        return {None: None, "left": self.from_left, "right": self.from_right}[self.doors.end]


def place_in(
    region: Box,
    unit: CargoUnit,
    image: UprightImage,
    declared: ContainerSize | None,
    several: bool,
    cut: End | None = None,
) -> PlaceInUnit:
    """`region` is in original pixels, as the unit's box is. With `several` units in the image, only what is said of the
    doors counts: a cab tells nothing of the others.
    """
    at, of = image.place(region), image.place(unit.box)
    along = ((at.x - of.x) / of.width, (at.x + at.width - of.x) / of.width)
    floor = of.y + of.height
    up = ((floor - at.y - at.height) / of.height, (floor - at.y) / of.height)
    length, length_by = _length_m(unit, declared if cut is None else None)
    return PlaceInUnit(
        along=along,
        up=up,
        from_left=_along(along, length) if length and cut != "left" else None,
        from_right=_along((1 - along[1], 1 - along[0]), length) if length and cut != "right" else None,
        length_by=length_by,
        above_floor=_above_floor(up, unit, of, image, declared),
        doors=Doors() if several and image.doors.by == "cab" else image.doors,
        cut=cut,
    )


def other_end(end: End) -> End:
    """The end where the doors are not."""
    return "right" if end == "left" else "left"


def _length_m(
    unit: CargoUnit, declared: ContainerSize | None
) -> tuple[Interval | None, Literal["measured", "measured_and_declared", "declared"] | None]:
    """As it is measured; as it is declared where the image says nothing against it."""
    measured = unit.length_mm
    if declared is not None and (measured is None or measured.low <= declared.length_mm <= measured.high):
        error = DECLARED_LENGTH_ERROR if measured is not None else DECLARED_ALONE_ERROR
        length = declared.length_mm / 1000
        by: Literal["measured_and_declared", "declared"] = "measured_and_declared" if measured else "declared"
        return Interval(length, length * (1 - error), length * (1 + error)), by
    if measured is None:
        return None, None
    return Interval(measured.estimate / 1000, measured.low / 1000, measured.high / 1000), "measured"


def _along(shares: tuple[float, float], length: Interval) -> Span:
    start, end = shares[0] * length.estimate, shares[1] * length.estimate
    least = min(shares[0] * length.low, shares[0] * length.high) - EDGE_M
    most = max(shares[1] * length.low, shares[1] * length.high) + EDGE_M
    inside = shares[0] >= 0 and shares[1] <= 1
    if inside:
        least, most = max(least, 0.0), min(most, length.high)
    return Span(start, end, least, most)


def _above_floor(
    up: tuple[float, float], unit: CargoUnit, of: Box, image: UprightImage, declared: ContainerSize | None
) -> Span | None:
    """None where nothing tells how high the cargo space is, and of what is wholly below its floor or above it."""
    known = declared.height_mm / 1000 if declared is not None and declared.height_mm is not None else None
    if (known is None and unit.kind != "container") or up[1] <= 0 or up[0] >= 1:
        return None
    low, high = (known, known) if known is not None else CONTAINER_HEIGHTS_M
    looks_m = of.height * image.pixel_mm / 1000 if image.pixel_mm is not None else None
    stretch = looks_m / known if looks_m is not None and known is not None else None
    bottom, top = (heights(min(max(share, 0.0), 1.0), stretch) for share in up)
    middle = (low + high) / 2
    return Span(bottom[1] * middle, top[1] * middle, bottom[0] * low, top[2] * high)
