"""What an image shows of the load of one cargo unit, in physical terms. Boxes are in pixels of the original image."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tallyscan.scan import Box

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True)
class Look:
    """One kind of look among the goods, and how much of them has it; `box` is around the largest stretch of it."""

    box: Box
    share: Share


@dataclass(frozen=True)
class Surprise:
    """Where the image is furthest from what is expected of the declared goods; less than expected is negative."""

    box: Box
    excess_g_cm2: float


@dataclass(frozen=True)
class LoadSeen:
    """The goods of a unit: `box` around them, `filled` is the share of the side of the unit that they cover.

    `iron_share` is that of their areal density which acts like iron, 0 organic to 1 steel, as the model sees it in what
    came through; None with one energy or too little of it. `looks` are the looks that were told apart, the most common
    first, and `looks_apart` how far the two most common are: 0 the same, 1 nothing in common. `surprise` is None
    without a declaration or physical units.
    """

    box: Box
    filled: Share
    iron_share: float | None = None
    looks: tuple[Look, ...] = ()
    looks_apart: float | None = None
    surprise: Surprise | None = None
