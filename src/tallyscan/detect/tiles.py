"""The whole image at once, or full-height strips with a halo: chosen by the image's size alone.

A strip's maps equal those of the whole image where the halo is at least half of the receptive field.
"""

import numpy as np

from tallyscan.detect.inputs import STRIDE
from tallyscan.detect.session import FloatMap, ModelSession
from tallyscan.finding import Tiling

STRIP_WIDTH_PX = 1536


def choose_tiling(height: int, width: int, whole_image_megapixels: float) -> Tiling:
    """Whole up to a number of megapixels; it bounds memory."""
    return "whole" if height * width <= whole_image_megapixels * 1e6 else "strips"


def run_tiled(
    session: ModelSession,
    image: FloatMap,
    scanner: FloatMap,
    declaration: FloatMap,
    tiling: Tiling,
    halo_px: int,
) -> dict[str, FloatMap]:
    """Maps of an image (1, 3, height, width) whose sides are multiples of the stride."""
    if tiling == "whole":
        return session.run(image, scanner, declaration)
    width = image.shape[3]
    pieces: dict[str, list[FloatMap]] = {}
    for start in range(0, width, STRIP_WIDTH_PX):
        end = min(start + STRIP_WIDTH_PX, width)
        left, right = max(start - halo_px, 0), min(end + halo_px, width)
        strip = np.ascontiguousarray(image[:, :, :, left:right])
        for name, maps in session.run(strip, scanner, declaration).items():
            stride = (right - left) // maps.shape[3]
            assert STRIDE % stride == 0
            pieces.setdefault(name, []).append(
                maps[:, :, :, (start - left) // stride : (end - left) // stride]
            )
    return {name: np.concatenate(parts, axis=3) for name, parts in pieces.items()}
