"""Pseudo-colour tables: the colours of a picture turned back into the levels they stand for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import Float32Array

LEVELS = 256
# JPEG keeps brightness at every pixel, colour at every second one and coarser: what is left of it counts half.
_CHROMA_WEIGHT = 0.5
_MOST_AT_ONCE = 4096  # distinct colours; times the colours of a table they make a matrix of a few megabytes

RGB = NDArray[np.uint8]
Levels = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColourTable:
    """Colours (strip, level, 3) of 0 to 255, float32: levels rise from what lets nothing through to air.

    One strip is a plain pseudo-colour table. Several are those of materials: each has its own colour at each level.
    """

    name: str
    colours: Float32Array


def levels_of(pixels: RGB, table: ColourTable) -> tuple[Float32Array, Float32Array]:
    """Level in [0, 1] of each pixel (3, height, width) by the nearest colour, and how far off that is.

    Distance is in 1/255 of full scale, brightness full and colour half, as JPEG keeps them. Each distinct colour is
    looked up once.
    """
    packed = (pixels[0].astype(np.uint32) << 16) | (pixels[1].astype(np.uint32) << 8) | pixels[2]
    there = np.zeros(1 << 24, np.bool_)
    there[packed.ravel()] = True
    distinct = np.flatnonzero(there)
    places = np.zeros(1 << 24, np.uint32)
    places[distinct] = np.arange(len(distinct), dtype=np.uint32)
    level, distance = _nearest(distinct, table)
    index = places[packed]
    return level[index], distance[index]


def residual_of(colours: NDArray[np.int64], counts: NDArray[np.int64], table: ColourTable) -> Float32Array:
    """Distances to the table of distinct packed colours, each as often as it is there."""
    return np.repeat(_nearest(colours, table)[1], counts)


def _nearest(packed: NDArray[np.int64], table: ColourTable) -> tuple[Float32Array, Float32Array]:
    colours = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.float32)
    levels = table.colours.shape[1]
    known = _weighted(table.colours.reshape(-1, 3))
    squares = np.square(known).sum(axis=1)
    level = np.empty(len(colours), np.float32)
    distance = np.empty(len(colours), np.float32)
    for start in range(0, len(colours), _MOST_AT_ONCE):
        part = slice(start, start + _MOST_AT_ONCE)
        seen = _weighted(colours[part])
        apart = squares - 2 * (seen @ known.T)
        best = apart.argmin(axis=1)
        level[part] = best % levels
        left = apart[np.arange(len(best)), best] + np.square(seen).sum(axis=1)
        distance[part] = np.sqrt(np.maximum(left, 0))
    return level / np.float32(levels - 1), distance


def _weighted(rgb: Float32Array) -> Float32Array:
    """Brightness and two colour differences of ITU-R BT.601, as JPEG stores them, the latter at their weight."""
    mix = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]], np.float32)
    mix[1:] *= np.float32(_CHROMA_WEIGHT)
    return np.asarray(rgb @ mix.T, np.float32)


def of_strips(name: str, strips: NDArray[np.floating]) -> ColourTable:
    """Of colours (strip, n, 3) at even distances from the first level to the last, straight lines between them."""
    places, x = np.linspace(0, 1, strips.shape[1]), np.linspace(0, 1, LEVELS)
    colours = [[np.interp(x, places, channel) for channel in strip.T] for strip in strips]
    return ColourTable(name, np.rint(np.array(colours).transpose(0, 2, 1)).astype(np.float32))


def _hot(x: Levels) -> list[Levels]:
    """Black, red, yellow, white: channels rise one after the other."""
    return [8 / 3 * x, 8 / 3 * x - 1, 4 * x - 3]


def _jet(x: Levels) -> list[Levels]:
    """Dark blue, blue, cyan, yellow, red, dark red: three trapezia."""
    return [1.5 - np.abs(4 * x - centre) for centre in (3, 2, 1)]


def _rainbow(x: Levels) -> list[Levels]:
    """Hues of full strength from blue over green to red."""
    hue = (1 - x) * 4  # in sixths of the circle
    return [np.abs(hue - 3) - 1, 2 - np.abs(hue - 2), 2 - np.abs(hue - 4)]


def _bone(x: Levels) -> list[Levels]:
    """Grey with an eighth of blue, green and red, one after the other."""
    return [(7 * x + rise) / 8 for rise in (np.clip(channel, 0, 1) for channel in reversed(_hot(x)))]


def _pink(x: Levels) -> list[Levels]:
    """Sepia: the root of two parts grey and one part hot."""
    return [np.sqrt((2 * x + np.clip(channel, 0, 1)) / 3) for channel in _hot(x)]


def _copper(x: Levels) -> list[Levels]:
    """Black to copper."""
    return [1.25 * x, 0.7812 * x, 0.4975 * x]


_FORMULAS: Mapping[str, Callable[[Levels], list[Levels]]] = {
    "hot": _hot, "jet": _jet, "rainbow": _rainbow, "bone": _bone, "pink": _pink, "copper": _copper,
}  # fmt: skip
# Colours at even distances of tables that have no formula, read off their public-domain originals.
_STOPS: Mapping[str, str] = {
    "inferno": "000004 0a0722 1e0c45 380962 510e6c 69166e 801f6c 982766 b0315b c63d4d d94d3d e9612b f47918 fa9407 "
    "fcb014 f8cd37 f2ea69 fcffa4",
    "viridis": "440154 481769 472a7a 433d84 3d4e8a 355e8d 2e6d8e 297b8e 23898e 1f978b 21a585 2eb37c 46c06f 65cb5e "
    "89d548 b0dd2f d8e219 fde725",
}


@cache
def known_tables() -> tuple[ColourTable, ...]:
    """Tables that are met everywhere; which end is air is not known of them."""
    x = np.linspace(0, 1, LEVELS)
    tables = [
        ColourTable(
            name, np.rint(np.clip(np.stack(formula(x), axis=-1), 0, 1) * 255)[None].astype(np.float32)
        )
        for name, formula in _FORMULAS.items()
    ]
    for name, stops in _STOPS.items():
        colours = np.array([[int(stop[i : i + 2], 16) for i in (0, 2, 4)] for stop in stops.split()])
        tables.append(of_strips(name, colours[None].astype(np.float64)))
    return tuple(tables)
