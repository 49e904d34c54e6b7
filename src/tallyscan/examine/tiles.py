"""Raw 16-bit tiles of a kept image, as the viewer draws them: the energies, and what follows from them.

A tile has `GUTTER` further pixels on each side, so that filters need no neighbour. Bands are interleaved:

- `high`, `low`: transmission * 65535, 0 where nothing was measured;
- `material` (two energies): 0 where it is not told, else the material coordinate, see `code_of_material`;
- `surround`: mean attenuation of some 100 mm around, `SURROUND_STEP` a count, for local contrast.
"""

import math
from typing import Literal

import cv2
import numpy as np

from tallyscan.examine.image_facts import ImageFacts
from tallyscan.examine.kept_image import KeptImage
from tallyscan.examine.material_band import RANGE, material_coordinate
from tallyscan.examine.pyramid import TILE, Pixels
from tallyscan.examine.registration import shifted
from tallyscan.examine.signal import ATTENUATION
from tallyscan.scan import BoolArray, Float32Array

Band = Literal["high", "low", "material", "surround"]

GUTTER = 2
SIDE = TILE + 2 * GUTTER
AVERAGED_MM = 35.0  # one pixel of cargo does not tell its material: its noise is larger
SURROUND_MM = 100.0
SURROUND_STEP = 12.0 / 65_535  # of attenuation: the least transmission that a pixel can have is alpha = 11.1
_UNKNOWN_HEIGHT_MM = 3200.0  # of an image whose pixels have no size: a container with some chassis
_FARTHEST = 64  # pixels that are looked around for, whatever is said of their size
_ATTENUATION = ATTENUATION.astype(np.float32)


def bands_of(facts: ImageFacts) -> tuple[Band, ...]:
    """What its tiles hold, in their order."""
    return ("high", "low", "material", "surround") if facts.dual else ("high", "surround")


def tile(image: KeptImage, level: int, column: int, row: int) -> Pixels:
    """uint16 (SIDE, SIDE, band), edges of the image repeated. The tile must lie on the image."""
    x, y = column * TILE - GUTTER, row * TILE - GUTTER
    signals = image.window(level, x, y, SIDE, SIDE)
    bands = [signals[..., 0]]
    if image.facts.dual:
        bands += [signals[..., 1], _material(image, level, x, y)]
    bands.append(_surround(image, level, x, y))
    return _with_repeated_edges(np.stack(bands, axis=-1), image.sizes[level], x, y)


def _with_repeated_edges(pixels: Pixels, size: tuple[int, int], x: int, y: int) -> Pixels:
    """What was reckoned from repeated pixels beyond the edge is not quite what stands at the edge."""
    rows, columns = (
        np.clip(np.arange(first, first + SIDE), 0, n - 1) - first for first, n in ((y, size[0]), (x, size[1]))
    )
    return pixels[rows[:, np.newaxis], columns]


def _material(image: KeptImage, level: int, x: int, y: int) -> Pixels:
    facts, (width, height) = image.facts, pixel_mm(image)
    across, down = (_reach(AVERAGED_MM, size * 2**level) for size in (width, height))
    seen = image.window(level, x - across - 1, y - down, SIDE + 2 * across + 2, SIDE + 2 * down)
    measured = seen[..., 0] > 0
    high, low = (_ATTENUATION[seen[..., band]] for band in (0, 1))
    low = shifted(low, -facts.columns_apart / 2**level)
    # Attenuations are averaged, not signals: half goods and half air would look like metal.
    high, low = (_mean(alpha, measured, across, down)[:, 1:-1] for alpha in (high, low))
    pixels = (2 * across + 1) * (2 * down + 1) * 4**level
    return code_of_material(material_coordinate(high, low, facts.energies_mv, facts.noise, pixels))


def _reach(about_mm: float, pixel_mm: float) -> int:
    """How many pixels on each side of one make so much."""
    return min(max(round((about_mm / pixel_mm - 1) / 2), 0), _FARTHEST)


def _mean(values: Float32Array, measured: BoolArray, across: int, down: int) -> Float32Array:
    """Mean of what was measured; cut to what has its whole neighbourhood. 0 where nothing was."""
    size = (2 * across + 1, 2 * down + 1)
    if measured.all():
        total = cv2.blur(values, size)
    else:
        share = cv2.blur(measured.astype(np.float32), size)
        total = cv2.blur(np.where(measured, values, np.float32(0)), size)
        total = np.divide(total, share, out=np.zeros_like(total), where=share > 0.5 / (size[0] * size[1]))
    return np.asarray(total[down : total.shape[0] - down, across : total.shape[1] - across], np.float32)


def code_of_material(coordinate: Float32Array) -> Pixels:
    """0 for nan, else 1 to 65535 over `RANGE`."""
    low, high = RANGE
    code = np.rint(1 + (coordinate - low) * (65_534 / (high - low)))
    return np.asarray(np.nan_to_num(code, nan=0.0), np.uint16)


def _surround(image: KeptImage, level: int, x: int, y: int) -> Pixels:
    """From the first level whose pixels are large enough that few of them make a mean."""
    width, height = pixel_mm(image)
    coarse = max(level, int(math.log2(max(SURROUND_MM / (8 * min(width, height)), 1))))
    coarse = min(coarse, len(image.sizes) - 1)
    factor = 2 ** (coarse - level)
    across, down = (max(_reach(SURROUND_MM, size * 2**coarse), 1) for size in (width, height))
    left, top = x // factor - 1, y // factor - 1
    count = -(-SIDE // factor) + 3
    seen = image.window(coarse, left - across, top - down, count + 2 * across, count + 2 * down)
    code = _mean(_ATTENUATION[seen[..., 0]], seen[..., 0] > 0, across, down) / np.float32(SURROUND_STEP)
    places = [
        ((first + np.arange(SIDE) + 0.5) / factor - 0.5 - start).astype(np.float32)
        for first, start in ((x, left), (y, top))
    ]
    columns, rows = np.meshgrid(*places)
    wide = cv2.remap(code, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rint(wide), np.uint16)


def pixel_mm(image: KeptImage) -> tuple[float, float]:
    """Width and height of a pixel; a guess where nobody knows it, good enough for how far to look around."""
    guess = _UNKNOWN_HEIGHT_MM / image.sizes[0][0]
    return image.facts.pitch_mm or (guess, guess)
