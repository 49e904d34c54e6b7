"""The perceptual hash: 256 bits that stay nearly the same under a copy, and differ between loads."""

import cv2
import numpy as np

from tallyscan.integrity.load_box import LoadBox
from tallyscan.scan import Float32Array

_ROWS, _COLUMNS = 32, 128  # of the grid over the load: cells of some 80 x 100 mm of a lorry
_DOWN, _ALONG = 8, 32  # frequencies kept: 256 signs
_OPEN_AND_THICK = (5.0, 90.0)  # percentiles
_THIN = 0.05  # of the way from one to the other: what is thinner has the order of noise, not of things


def picture_hash(attenuation: Float32Array, box: LoadBox) -> tuple[bytes, bytes]:
    """The hash of an image and that of its mirror image, 32 bytes each.

    Signs of the lowest frequencies (discrete cosine transform) of the ranks of attenuation on a fixed grid over the
    load. Ranks know neither gain nor grey scale. A frequency along the travel that is odd changes its sign in the
    mirror. After Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions (2010).
    """
    grid = _on_grid(attenuation, box)
    low, high = np.percentile(grid, _OPEN_AND_THICK)
    grid = np.maximum(grid, np.float32(low + _THIN * (high - low)))
    ordered = np.sort(grid, axis=None)
    ranks = np.searchsorted(ordered, grid, "left") + np.searchsorted(ordered, grid, "right")
    waves = cv2.dct(ranks.astype(np.float32) / np.float32(2 * grid.size) - np.float32(0.5))[
        :_DOWN, 1 : _ALONG + 1
    ]
    turned = waves * np.where(np.arange(1, _ALONG + 1) % 2, -1, 1)
    return np.packbits(waves > 0).tobytes(), np.packbits(turned > 0).tobytes()


def _on_grid(attenuation: Float32Array, box: LoadBox) -> Float32Array:
    across, down = box.width / _COLUMNS, box.height / _ROWS
    soft = cv2.blur(
        attenuation, (max(round(across), 1), max(round(down), 1)), borderType=cv2.BORDER_REPLICATE
    )
    xs = np.float32(box.x0 - 0.5) + np.float32(across) * (
        np.arange(_COLUMNS, dtype=np.float32) + np.float32(0.5)
    )
    ys = np.float32(box.y0 - 0.5) + np.float32(down) * (np.arange(_ROWS, dtype=np.float32) + np.float32(0.5))
    map_x, map_y = np.meshgrid(xs, ys)
    return np.asarray(
        cv2.remap(soft, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
