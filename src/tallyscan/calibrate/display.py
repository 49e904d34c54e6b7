"""Display images: an unknown look-up table on an unknown scale; only the order of grey values is trusted."""

import cv2
import numpy as np

from tallyscan.calibrate.colour_table import ColourTable
from tallyscan.calibrate.picture_colours import ReadColours, read_colours
from tallyscan.scan import BoolArray, Float32Array, RawScan

BRIGHT_PERCENTILE = 99.0  # open beam or, in a tight crop, the thinnest wall
# Of full scale. Every real picture has a brighter part; without one, scaling would only brighten the noise.
LEAST_BRIGHT = 60 / 255
DARKEST = 1 / 255  # of the bright level: a display has no more greys
_DETECTOR_BITS = (12, 14, 16)  # what 16-bit files hold
_FILL_FROM_PX = (7, 31, 127)  # the nearest valid pixels within so much


def full_scale_of(raw: RawScan) -> float:
    """The whitest value the file may hold: as the sidecar says, else by the depth that its pixels need."""
    if raw.sidecar.full_scale is not None:
        return float(raw.sidecar.full_scale)
    if raw.pixels.itemsize == 1:
        return 255.0
    brightest = int(raw.pixels.max())
    return float(next(2**bits - 1 for bits in _DETECTOR_BITS if brightest < 2**bits))


def colours_of(raw: RawScan, full_scale: float, table: ColourTable | None) -> ReadColours:
    """Grey (height, width) as a share of full scale, large where much signal came through, and what was said of it.

    Colours are told apart at 8 bits; the brightness of a deeper image keeps its depth.
    """
    if raw.photometric == "rgb":
        if raw.pixels.dtype == np.uint8 and full_scale == 255:
            return read_colours(raw.pixels[:3].astype(np.uint8, copy=False), own=table)
        deep = raw.pixels[:3] * np.float32(255 / full_scale)
        return read_colours(np.clip(np.rint(deep), 0, 255).astype(np.uint8), deep, table)
    grey = raw.pixels[0].astype(np.float32)
    grey *= np.float32(1 / full_scale)
    if raw.photometric == "inverted":
        np.subtract(np.float32(1), grey, out=grey)
    many = len(raw.pixels)
    cautions = (f"channels_left: of {many} channels only the first was read.",) if many > 1 else ()
    return ReadColours(grey, np.zeros(grey.shape, np.bool_), "grey", cautions)


def to_relative_transmission(grey: Float32Array, valid: BoolArray) -> tuple[Float32Array, float]:
    """Grey over its bright level, in [DARKEST, 1], and that level (of full scale); what is not valid does not count.

    A pixel that is not valid is the mean of what is near it, so that it looks like neither air nor matter.
    """
    sample = grey[::2, ::2][valid[::2, ::2]]
    bright = float(np.percentile(sample if sample.size else grey, BRIGHT_PERCENTILE))
    relative = grey * np.float32(1 / max(bright, LEAST_BRIGHT))
    np.clip(relative, np.float32(DARKEST), np.float32(1), out=relative)
    if not valid.all():
        _fill(relative, valid)
    return relative, bright


def _fill(image: Float32Array, valid: BoolArray) -> None:
    """What is not valid becomes the mean of the valid pixels around it, in place; 1 where there are none."""
    missing = ~valid
    known = valid.astype(np.float32)
    weighted = image * known
    for size in _FILL_FROM_PX:
        weight = cv2.blur(known, (size, size))
        near = missing & (weight > np.float32(0.5 / size**2))
        image[near] = cv2.blur(weighted, (size, size))[near] / weight[near]
        missing &= ~near
        if not missing.any():
            return
    image[missing] = 1.0
