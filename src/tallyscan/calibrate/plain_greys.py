"""What can be shown of a scan whose counts cannot be calibrated: an officer must see what could not be read."""

import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.geometry import upright
from tallyscan.scan import FULL_TRANSMISSION, CanonicalGrid, RawScan
from tallyscan.sidecar import Orientation

_BRIGHT_PERCENTILE = 99.9  # a single hot pixel does not make the rest dark


def plain_greys(raw: RawScan, orientation: Orientation) -> tuple[NDArray[np.uint16], CanonicalGrid]:
    """uint16 (rows, columns), upright, 1 to 65535 from dark to bright, and how they lie over the original pixels.

    Of several energies the first, of colours their mean.
    """
    counts = raw.pixels.mean(axis=0, dtype=np.float32) if raw.photometric == "rgb" else raw.pixels[0]
    if raw.photometric == "inverted":
        counts = np.iinfo(raw.pixels.dtype).max - counts
    height, width = counts.shape
    grid = CanonicalGrid(height, width, orientation.quarter_turns, orientation.mirrored, 1.0, 1.0)
    grey = upright(np.asarray(counts, np.float32), orientation)
    bright = max(float(np.percentile(grey[::3, ::3], _BRIGHT_PERCENTILE)), 1.0)
    scaled = np.clip(grey * (FULL_TRANSMISSION / bright), 1, FULL_TRANSMISSION)
    return np.rint(scaled).astype(np.uint16), grid
