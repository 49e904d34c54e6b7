"""From transmission to the grey picture that officers know: air white, dense goods dark."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.report.lettering import Colour, Picture
from tallyscan.scan import Float32Array, Scan

LARGEST_ENLARGEMENT = 2.0
TONE_GAMMA = 0.7
"""Grey is 1 - (alpha / darkest)^gamma: in attenuation every added layer of goods darkens the picture alike;
the exponent below one keeps thin walls visible against air."""

DISPLAY_GAMMA = 0.65
"""A display scan has its vendor's curve already; this only lifts what is nearly black."""

LEAST_DARKEST_ALPHA = 2.5  # an empty container is not blown up to look full

NO_SIGNAL: Colour = (214, 190, 190)  # neither air nor goods: dead or masked pixels

Grey = NDArray[np.uint8]


def tone(scan: Scan) -> Grey:
    """Grey values of the canonical image, 255 for air; of a display scan its own, lifted a little."""
    return toned(scan.attenuation, scan)


def toned(alpha: Float32Array, scan: Scan) -> Grey:
    """Any attenuation, float32 (rows, columns), in the greys in which the scan is shown."""
    if scan.grade == "display":
        return np.asarray(np.rint(255 * np.exp(-DISPLAY_GAMMA * np.maximum(alpha, 0))), dtype=np.uint8)
    return np.asarray(255 * (1 - np.clip(alpha / _darkest(scan), 0, 1) ** TONE_GAMMA), dtype=np.uint8)


def _darkest(scan: Scan) -> float:
    measured = scan.transmission[0][scan.valid]
    if not measured.size:
        return LEAST_DARKEST_ALPHA
    thinned = -np.log(measured[:: max(measured.size // 200_000, 1)])
    return max(float(np.percentile(thinned, 99.5)), LEAST_DARKEST_ALPHA)


def fitted_size(scan: Scan, max_width: int, max_height: int) -> tuple[tuple[int, int], float]:
    """Width and height at which the scan is shown, and the scale against the canonical image."""
    scale = min(max_width / scan.width, max_height / scan.height, LARGEST_ENLARGEMENT)
    return (max(round(scan.width * scale), 1), max(round(scan.height * scale), 1)), scale


def fitted(scan: Scan, max_width: int, max_height: int, *, grey: Grey | None = None) -> tuple[Picture, float]:
    """The toned image in three channels and its scale against the canonical one; `grey`, where it is toned."""
    size, scale = fitted_size(scan, max_width, max_height)
    by = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    toned = tone(scan) if grey is None else grey
    picture = cv2.cvtColor(cv2.resize(toned, size, interpolation=by), cv2.COLOR_GRAY2BGR)
    valid = cv2.resize(scan.valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    picture[valid == 0] = NO_SIGNAL
    return np.asarray(picture, dtype=np.uint8), scale
