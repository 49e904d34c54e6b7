"""What the colours of a display image are: marks on a grey picture, a table, materials, or nobody knows what."""

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from tallyscan.calibrate.colour_table import RGB, ColourTable, known_tables, levels_of, residual_of
from tallyscan.scan import BoolArray, Float32Array

# All of 255. JPEG alone makes up to 20 of colour at the edges of a grey picture.
_COLOURED = 28
_GREY = 16
_FROM_BLACK, _TO_WHITE = 0.12, 0.85  # of full scale: brighter and darker colours are hardly told from grey
_GREY_PICTURE = (
    0.6  # of what lies in between; with marks on it a grey picture has 0.85, a coloured one 0.45 at most
)
_ON_TABLE, _MOST_ON_TABLE = 5.0, 10.0  # median and 80th percentile of the distance of the table that fits
_BETTER = 2.0  # times farther off the second one is
_EVEN = 0.06  # of full scale, between a pixel and its neighbours
_LEAST_EVEN = 0.02  # of the picture
_OFF_TABLE = 36.0  # distance at which a pixel has no colour of the table: a mark, or what JPEG has mixed
_MOST_FOREIGN = 0.3  # of a picture that is of the table in the profile
_TINT = 6.0  # spread of colour at one brightness: more is no tint
_MOST_MATERIAL_FOREIGN = 0.05  # of the colour of a material picture: red and violet, which no material has
_SAMPLE = 90_000  # pixels
_CELL_BITS = 3  # colours are told apart in steps of 8
_LEAST_IN_CELL = 3

Kind = Literal["grey", "table", "tint", "materials", "unknown"]
_SAID: dict[Kind, str] = {
    "tint": "tinted: each brightness has one colour; the brightness was read.",
    "materials": "material_colours: colours tell materials apart; the brightness was read, the colours were not.",
    "unknown": "unknown_colours: the colours are of a table that is not known. Their brightness was read, but a "
    "brighter colour may stand for more matter. Name the table in the scanner's profile.",
}


@dataclass(frozen=True, eq=False)
class ReadColours:
    """Grey (height, width) in [0, 1], where it is no grey of the scan (height, width), and what was said of it.

    `table` is the name of the table that was turned back, `air_is_bright` what is known from it, None when nothing is;
    `fits`: its colours are those of the picture.
    """

    grey: Float32Array
    foreign: BoolArray
    kind: Kind
    cautions: tuple[str, ...] = ()
    table: str | None = None
    air_is_bright: bool | None = None
    fits: bool = True


def read_colours(
    pixels: RGB, deep: Float32Array | None = None, own: ColourTable | None = None
) -> ReadColours:
    """Of pixels (3, height, width); `deep` are the same with fractions, where there are any, and `own` is the table
    that the scanner's profile names.
    """
    if own is not None:
        by_own = _by_table(pixels, own, "the scanner's profile names it")
        if by_own.fits:
            return replace(by_own, air_is_bright=True)
        seen = read_colours(pixels, deep)
        misfit = (
            "other_colours: the colours of the image are not those of the table in the scanner's profile, so it was "
            "read as if there were none."
        )
        return replace(seen, cautions=(misfit, *seen.cautions))
    if np.array_equal(pixels[0], pixels[1]) and np.array_equal(pixels[0], pixels[2]):
        grey = (pixels if deep is None else deep)[0].astype(np.float32) * np.float32(1 / 255)
        return ReadColours(grey, np.zeros(grey.shape, np.bool_), "grey")
    brightness = brightness_of(pixels if deep is None else deep)
    colour = pixels.max(axis=0) - pixels.min(axis=0)
    none = np.zeros(brightness.shape, np.bool_)
    if _is_grey(brightness[::3, ::3], colour[::3, ::3]):
        foreign = colour > _COLOURED
        if not foreign.any():
            return ReadColours(brightness, none, "grey")
        caution = f"coloured_marks: {foreign.mean():.1%} of the image are drawn in colour and were left out."
        return ReadColours(brightness, foreign, "grey", (caution,))
    few = _even_parts(pixels, brightness)
    fitting = _fitting_table(few)
    if fitting is not None:
        return _by_table(pixels, fitting, "nearly all colours lie on it, and on no other")
    kind: Kind = "unknown"
    if _spread(few) < _TINT:
        kind = "tint"
    elif _are_materials(few):
        kind = "materials"
    return ReadColours(brightness, none, kind, (_SAID[kind],))


def _by_table(pixels: RGB, table: ColourTable, why: str) -> ReadColours:
    level, distance = levels_of(pixels, table)
    foreign: BoolArray = distance > _OFF_TABLE
    on_it = distance[~foreign]
    left = float(np.sqrt(np.square(on_it).mean())) if on_it.size else float("nan")
    caution = (
        f"pseudo_colour: turned back by the colour table {table.name}: {why}. Colours are off it by {left:.1f} of "
        f"255; {foreign.mean():.1%} of the image have no colour of it and were left out."
    )
    fits = float(foreign.mean()) <= _MOST_FOREIGN and float(np.median(distance[::3, ::3])) <= 2 * _ON_TABLE
    return ReadColours(level, foreign, "table", (caution,), table.name, fits=fits)


def brightness_of(pixels: RGB | Float32Array) -> Float32Array:
    """Luma of ITU-R BT.601, the one that JPEG uses, in [0, 1]."""
    red, green, blue = (channel.astype(np.float32) for channel in pixels)
    return np.asarray((0.299 * red + 0.587 * green + 0.114 * blue) * np.float32(1 / 255), np.float32)


def _is_grey(brightness: Float32Array, colour: np.ndarray) -> bool:
    """Whether what lies between black and white has no colour; marks may."""
    between = (brightness > _FROM_BLACK) & (brightness < _TO_WHITE)
    if not between.any():
        between = np.ones_like(between)
    return float((colour[between] < _GREY).mean()) > _GREY_PICTURE


def _even_parts(pixels: RGB, brightness: Float32Array) -> RGB:
    """A sample (3, n) of pixels that are like their neighbours: JPEG mixes colours at edges, and scaling does."""
    square = np.ones((3, 3), np.uint8)
    even = cv2.dilate(brightness, square) - cv2.erode(brightness, square) < np.float32(_EVEN)
    if even.mean() < _LEAST_EVEN:
        even = np.ones_like(even)
    places = np.flatnonzero(even)
    return pixels.reshape(3, -1)[:, places[:: max(len(places) // _SAMPLE, 1)]]


def _cells(pixels: RGB) -> tuple[np.ndarray, np.ndarray]:
    """Distinct colours (packed) and the root of how often each is there: air must not outvote the rest."""
    cells = (pixels >> _CELL_BITS << _CELL_BITS) + (1 << _CELL_BITS >> 1)
    packed = (cells[0].astype(np.int64) << 16) | (cells[1].astype(np.int64) << 8) | cells[2]
    colours, counts = np.unique(packed, return_counts=True)
    often = counts >= _LEAST_IN_CELL
    return colours[often], np.ceil(np.sqrt(counts[often])).astype(np.int64)


def _fitting_table(pixels: RGB) -> ColourTable | None:
    """The known table on which nearly all colours lie, when they are far from every other one."""
    colours, votes = _cells(pixels)
    if not len(colours):
        return None
    found = []
    for table in known_tables():
        middle, most = np.percentile(residual_of(colours, votes, table), [50, 80])
        found.append((float(middle), float(most), table))
    (middle, most, best), (_, other_most, _), *_ = sorted(found, key=lambda fit: fit[1])
    fits = middle <= _ON_TABLE and most <= _MOST_ON_TABLE
    return best if fits and other_most >= _BETTER * most else None


def _spread(pixels: RGB) -> float:
    """How far colours of one brightness lie apart, of 255: the mean over all levels of brightness that are there."""
    ycc = cv2.cvtColor(np.ascontiguousarray(pixels.T)[None], cv2.COLOR_RGB2YCrCb)[0]
    order = np.argsort(ycc[:, 0], kind="stable")
    edges = np.searchsorted(ycc[order, 0], np.arange(8, 256, 8))
    spreads = []
    for part in np.split(order, edges):
        if len(part) >= 30:
            low, high = np.percentile(ycc[part, 1:], [10, 90], axis=0)
            spreads.append(float(np.hypot(*(high - low)) / 2))
    return float(np.mean(spreads)) if spreads else 0.0


def _are_materials(pixels: RGB) -> bool:
    """Orange, green and blue, and next to nothing of the hues that lie between violet and red."""
    hsv = cv2.cvtColor(np.ascontiguousarray(pixels.T)[None], cv2.COLOR_RGB2HSV)[0]
    strength = hsv[:, 1].astype(np.float32) * hsv[:, 2]
    degrees = hsv[:, 0].astype(np.int16) * 2
    foreign = (degrees < 12) | (degrees > 262)
    return float(strength[foreign].sum()) <= _MOST_MATERIAL_FOREIGN * float(strength.sum())
