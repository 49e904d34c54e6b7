"""What regions are labelled with, for the training of models: their outline and the class of goods in it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.scan import Box

COMMODITIES = tuple(each.name for each in COMMODITY_CLASSES if each.name != "empty")
_LARGEST_PX = 1e6

Point = tuple[float, float]


def _known(commodity: str) -> str:
    if commodity not in COMMODITIES:
        raise ValueError(f"it is no class of goods; these are known: {', '.join(COMMODITIES)}")
    return commodity


def _has_an_area(polygon: tuple[Point, ...]) -> tuple[Point, ...]:
    if not all(0 <= side <= _LARGEST_PX for point in polygon for side in point):
        raise ValueError("its corners are [x, y] in pixels of the original image, none below 0")
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    if sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs) == 0:
        raise ValueError("a polygon has an area above 0")
    return polygon


Commodity = Annotated[str, AfterValidator(_known), Field(examples=["coffee_cocoa_bags"])]
"""A class of goods by its name in `commodity.py`."""
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=500), AfterValidator(_has_an_area)]
"""Corners in order, x and y in pixels of the original image; the last is joined to the first."""


def bounds_of(polygon: Sequence[Point]) -> Box:
    """The smallest box around it."""
    xs, ys = zip(*polygon, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
