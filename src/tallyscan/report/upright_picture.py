"""The scan as a plain upright picture, without any mark, from which close-ups are cut: one JPEG beside the reading."""

from collections.abc import Callable
from dataclasses import replace

import cv2

from tallyscan.doors import Doors
from tallyscan.report.tone import Grey, fitted
from tallyscan.scan import CANONICAL_PITCH_MM, Box, CanonicalGrid, Scan
from tallyscan.upright_image import UprightImage

MOST_WIDTH, MOST_HEIGHT = 6000, 2000
"""Of the picture: a train of 350 m is shown smaller, a lorry as it was measured."""
_QUALITY = 90


def upright_image(scan: Scan, grey: Grey, doors: Doors, keep: Callable[[bytes], str]) -> UprightImage:
    """Makes the picture and gives it to `keep`, which gives the key of its bytes. `grey` is the toned scan."""
    picture, scale = fitted(scan, MOST_WIDTH, MOST_HEIGHT, grey=grey)
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    height, width = picture.shape[:2]
    size_known = CANONICAL_PITCH_MM / scale if scan.pitch_known else None
    made = UprightImage("", width, height, affine_of(scan.grid, scale), size_known, doors)
    return replace(made, key=keep(bytes(encoded)))


def affine_of(grid: CanonicalGrid, scale: float) -> tuple[float, float, float, float, float, float]:
    """From original pixels to those of a picture that is the canonical image times `scale`."""
    origin, right, down = (grid.to_canonical(Box(x, y, 0, 0)) for x, y in ((0, 0), (1, 0), (0, 1)))
    return (
        (right.x - origin.x) * scale,
        (down.x - origin.x) * scale,
        origin.x * scale,
        (right.y - origin.y) * scale,
        (down.y - origin.y) * scale,
        origin.y * scale,
    )
