"""Display images: an unknown look-up table on an unknown scale; only the order of grey values is trusted."""

import cv2
import numpy as np

from tallyscan.calibrate.counts import runs
from tallyscan.scan import BoolArray, Float32Array, RawScan

BRIGHT_PERCENTILE = 99.0  # open beam or, in a tight crop, the thinnest wall
# Of full scale. Every real picture has a brighter part; without one, scaling would only brighten the noise.
LEAST_BRIGHT = 60 / 255
DARKEST = 1 / 255  # of the bright level: a display has no more greys
_BLACK = 3.5 / 255  # of full scale: JPEG leaves so much of pure black; opaque cargo is at 4 and more
_BLACK_SHARE = 0.95  # of a margin line; a few bright lines may cross it
_MARGIN_EDGE = 8  # lines beside a margin that a JPEG block has mixed with it
_DARK_TOP = 100 / 255  # of full scale: the uppermost rows of an upright scan look at air or a thin roof
_MOST_MARGIN = 0.5  # of a picture; real exports pad up to a quarter of it
_BOTTOM_BRIGHTER = 20 / 255  # of full scale: floor, wheels and cargo lie below, the lower third is darker
_DETECTOR_BITS = (12, 14, 16)  # what 16-bit files hold
_COLOURED = 0.02  # of full scale, mean difference of red and blue; JPEG alone stays below


def full_scale_of(raw: RawScan) -> float:
    """The whitest value the file may hold: as the sidecar says, else by the depth that its pixels need."""
    if raw.sidecar.full_scale is not None:
        return float(raw.sidecar.full_scale)
    if raw.pixels.itemsize == 1:
        return 255.0
    brightest = int(raw.pixels.max())
    return float(next(2**bits - 1 for bits in _DETECTOR_BITS if brightest < 2**bits))


def grey_of(raw: RawScan, full_scale: float) -> tuple[Float32Array, tuple[str, ...]]:
    """Grey (height, width) as a share of full scale, large where much signal came through; and cautions."""
    cautions: tuple[str, ...] = ()
    if raw.photometric == "rgb":
        red, green, blue = (channel.astype(np.float32) for channel in raw.pixels[:3])
        if float(np.abs(red - blue)[::4, ::4].mean()) > _COLOURED * full_scale:
            cautions = ("coloured: the brightness of the image was read, its colours were not.",)
        # luma of ITU-R BT.601, the one that JPEG uses
        grey = 0.299 * red + 0.587 * green + 0.114 * blue
    else:
        grey = raw.pixels[0].astype(np.float32)
        if len(raw.pixels) > 1:
            cautions = (f"channels_left: of {len(raw.pixels)} channels only the first was read.",)
    grey *= np.float32(1 / full_scale)
    if raw.photometric == "inverted":
        np.subtract(np.float32(1), grey, out=grey)
    return grey, cautions


def without_margins(grey: Float32Array) -> BoolArray:
    """Valid (height, width): False in black margins that an export has added around the scan.

    Not at the bottom, where a dense floor or load is as black: what is there must not turn into air.
    """
    dark = (grey <= np.float32(_BLACK)).view(np.uint8)
    valid = np.ones(grey.shape, np.bool_)
    if dark.all():
        return valid
    for axis, lines in ((0, valid.T), (1, valid)):
        share = cv2.reduce(dark, axis, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
        for start, stop in runs(share >= _BLACK_SHARE):
            if start == 0:
                lines[: stop + _MARGIN_EDGE] = False
            elif stop == len(share) and axis == 0:
                lines[max(start - _MARGIN_EDGE, 0) :] = False
    return valid


def looks_inverted(grey: Float32Array, valid: BoolArray) -> bool:
    """Whether air is dark: the top of an upright scan is its thin part, so it must not be the dark one.

    Air that is quite black looks like a margin, but no margin takes most of a picture.
    """
    if valid.mean() < 1 - _MOST_MARGIN:
        valid = np.ones_like(valid)
    rows, columns = np.flatnonzero(valid.any(axis=1)), np.flatnonzero(valid.any(axis=0))
    if not len(rows) or not len(columns):
        return False
    inner = grey[rows[0] : rows[-1] + 1 : 2, columns[0] : columns[-1] + 1 : 2]
    third, top_rows = max(len(inner) // 3, 1), max(len(inner) // 25, 1)
    top, bottom = float(inner[:third].mean()), float(inner[-third:].mean())
    return bottom - top > _BOTTOM_BRIGHTER and float(np.median(inner[:top_rows])) < _DARK_TOP


def to_relative_transmission(grey: Float32Array, valid: BoolArray) -> tuple[Float32Array, float]:
    """Grey over its bright level, in [DARKEST, 1], margins as air; and that level (of full scale)."""
    sample = grey[::2, ::2][valid[::2, ::2]]
    bright = float(np.percentile(sample if sample.size else grey, BRIGHT_PERCENTILE))
    relative = grey * np.float32(1 / max(bright, LEAST_BRIGHT))
    np.clip(relative, np.float32(DARKEST), np.float32(1), out=relative)
    relative[~valid] = 1.0
    return relative, bright
