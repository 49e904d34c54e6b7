"""The kept image: a tiled pyramidal TIFF of 16-bit pixels that any viewer of such files opens.

Full size first, each following level half as large, until one tile holds it all. Tiles of 256 x 256, energies
interleaved, deflate with horizontal differences, which has a checksum of each tile. Pixels are those of
`Scan.native`: transmission * 65535, 0 where nothing was measured. The description of the first image is `ImageFacts`.
"""

import io

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.examine.image_facts import ImageFacts

TILE = 256
_DEFLATE_LEVEL = 1  # noise does not compress: higher levels take longer and save nothing

Pixels = NDArray[np.uint16]


def pyramid_tiff(pixels: Pixels, facts: ImageFacts) -> bytes:
    """The file, of uint16 (energy, rows, columns). The same pixels and facts give the same bytes."""
    level = np.ascontiguousarray(np.moveaxis(pixels, 0, -1))
    target = io.BytesIO()
    with tifffile.TiffWriter(target, bigtiff=False) as file:
        for number in range(levels_of(*level.shape[:2])):
            if number:
                level = _halved(level)
            file.write(
                level if level.shape[2] > 1 else level[..., 0],
                tile=(TILE, TILE),
                photometric="minisblack",
                planarconfig="contig" if level.shape[2] > 1 else None,
                compression="zlib",
                compressionargs={"level": _DEFLATE_LEVEL},
                predictor=True,
                subifds=levels_of(*level.shape[:2]) - 1 if number == 0 else 0,
                subfiletype=1 if number else 0,
                description=facts.to_json() if number == 0 else None,
                software="Tallyscan",
                metadata=None,
                maxworkers=1,
            )
    return target.getvalue()


def levels_of(height: int, width: int) -> int:
    """How many levels an image has: until one tile holds it."""
    return max(-(-max(height, width) // TILE) - 1, 0).bit_length() + 1


def _halved(level: Pixels) -> Pixels:
    """Means of what was measured of 2 x 2 pixels; a last odd row or column counts double."""
    height, width = level.shape[:2]
    padded = (
        np.pad(level, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        if height % 2 or width % 2
        else level
    )
    half = (padded.shape[1] // 2, padded.shape[0] // 2)
    mean = cv2.resize(padded, half, interpolation=cv2.INTER_AREA).reshape(half[1], half[0], -1)
    measured = (padded[..., 0] > 0).astype(np.uint8)
    if measured.all():
        return np.asarray(mean, np.uint16)
    share = cv2.resize(measured.astype(np.float32), half, interpolation=cv2.INTER_AREA)[..., np.newaxis]
    exact = cv2.resize(padded.astype(np.float32), half, interpolation=cv2.INTER_AREA).reshape(mean.shape)
    filled = np.divide(exact, share, out=np.zeros_like(exact), where=share > 0)
    return np.asarray(np.rint(filled), np.uint16)
