"""What a detection model has to beat: scorers and a commodity classifier without any network.

Every scorer has one signature, `score_map(scan) -> float32 (ceil(height / 4), ceil(width / 4))`, the cells of the
anomaly head: higher is more anomalous, 0 where nothing was measured. Scores are in [0, 1], so that regions and
thresholds are taken of them as of the model's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tallyscan.detect.inputs import MAX_ALPHA
from tallyscan.scan import BoolArray, Float32Array, Scan

Scorer = Callable[[Scan], Float32Array]

CELL_PX = 4
SCALES = (1, 2, 4, 8)
"""Sizes of what is looked for by the local z-score, in cells of 20 mm."""
WINDOW = 9
MAD_TO_SIGMA = 1.4826  # of a normal distribution
LEAST_SIGMA = 0.01  # of alpha: below a percent of the signal nothing is known of a scanner's calibration
HALF_AT_SIGMAS = 10.0
ALPHA_EDGES = np.concatenate([np.linspace(0, 4, 41), np.linspace(4.5, MAX_ALPHA, 10)])
TEXTURE_EDGES = np.concatenate([[0.0], np.geomspace(0.004, 2.0, 24)])
TEXTURE_SCALES = (1, 2, 4)


# Anomalies -----------------------------------------------------------------------------------------------------


def over_cells(plane: Float32Array, cell_px: int = CELL_PX) -> Float32Array:
    """Mean over cells of a plane (height, width); the last cells repeat the border where it does not fill them."""
    height, width = plane.shape
    rows, columns = -(-height // cell_px), -(-width // cell_px)
    padded = cv2.copyMakeBorder(
        plane, 0, rows * cell_px - height, 0, columns * cell_px - width, cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def measured_cells(scan: Scan) -> BoolArray:
    """Cells of which most pixels were measured."""
    return over_cells(scan.valid.astype(np.float32)) > 0.5


def cell_alpha(scan: Scan) -> Float32Array:
    """Mean attenuation over the measured pixels of each cell; 0 where none was."""
    weight = over_cells(scan.valid.astype(np.float32))
    alpha = over_cells(np.where(scan.valid, np.minimum(scan.attenuation, MAX_ALPHA), np.float32(0)))
    return np.asarray(np.where(weight > 0, alpha / np.maximum(weight, 1e-6), 0), np.float32)


def alpha_threshold(scan: Scan) -> Float32Array:
    """The attenuation itself: what lets little through is suspicious, as an operator's density alarm has it."""
    return np.where(measured_cells(scan), cell_alpha(scan) / np.float32(MAX_ALPHA), np.float32(0))


def local_median(plane: Float32Array) -> Float32Array:
    """Median over every other cell of WINDOW x WINDOW cells; the border is mirrored."""
    half = WINDOW // 2
    padded = cv2.copyMakeBorder(plane, half, half, half, half, cv2.BORDER_REFLECT)
    windows = sliding_window_view(padded, (WINDOW, WINDOW))[..., ::2, ::2]
    middle = ((WINDOW + 1) // 2) ** 2 // 2
    out = np.empty(plane.shape, np.float32)
    for row in range(0, len(plane), 64):  # the windows are copied: 64 rows at a time bound the memory
        part = windows[row : row + 64].reshape(-1, plane.shape[1], 2 * middle + 1)
        out[row : row + 64] = np.partition(part, middle, axis=2)[..., middle]
    return out


def local_z(alpha: Float32Array, sigma: Float32Array) -> Float32Array:
    """|alpha - local median| in units of the local MAD (as a sigma) together with the noise; both (rows, columns)."""
    distance = np.abs(alpha - local_median(alpha))
    spread = np.float32(MAD_TO_SIGMA) * local_median(distance)
    return np.asarray(distance / np.sqrt(spread**2 + sigma**2 + np.float32(LEAST_SIGMA**2)), np.float32)


def local_z_score(scan: Scan) -> Float32Array:
    """Largest local z-score over scales: what differs from its neighbourhood more than that varies.

    z / (z + 10): half at ten sigmas. On a display grade there is no noise model, and MAD stands alone.
    """
    alpha, measured = cell_alpha(scan), measured_cells(scan)
    noise = np.zeros_like(alpha)
    if scan.grade == "transmission":
        noise = scan.noise[0].alpha_sigma(np.exp(-alpha)) / np.float32(CELL_PX)
    best = np.zeros_like(alpha)
    for scale in SCALES:
        if min(alpha.shape) < scale * WINDOW // 2:
            break
        # Independent pixels: the mean over scale x scale cells has 1 / scale of the noise.
        z = local_z(over_cells(alpha, scale), over_cells(noise, scale) / np.float32(scale))
        wide = np.repeat(np.repeat(z, scale, axis=0), scale, axis=1)[: alpha.shape[0], : alpha.shape[1]]
        best = np.maximum(best, wide)
    return np.where(measured, best / (best + np.float32(HALF_AT_SIGMAS)), np.float32(0))


# Commodities ---------------------------------------------------------------------------------------------------


def histogram_features(alpha: Float32Array, goods: BoolArray) -> Float32Array:
    """Histograms of attenuation and of texture at three scales over the goods, each of sum 1, float32 (n,).

    `alpha` and `goods` (height, width) on the canonical grid. Texture is the difference of two box means, one
    twice as wide as the other. All zeros where there are no goods.
    """
    parts = [np.histogram(np.minimum(alpha[goods], MAX_ALPHA), ALPHA_EDGES)[0]]
    for scale in TEXTURE_SCALES:
        fine = cv2.blur(alpha, (2 * scale - 1, 2 * scale - 1))
        coarse = cv2.blur(alpha, (4 * scale + 1, 4 * scale + 1))
        texture = np.abs(fine - coarse)[goods]
        parts.append(np.histogram(np.minimum(texture, TEXTURE_EDGES[-1]), TEXTURE_EDGES)[0])
    count = max(int(goods.sum()), 1)
    return np.concatenate(parts).astype(np.float32) / np.float32(count)


@dataclass(frozen=True, eq=False)
class HistogramClassifier:
    """Known histograms (n, features) and the index in `classes` of each."""

    features: Float32Array
    index: NDArray[np.intp]
    classes: tuple[str, ...]


def fit(features: Float32Array, labels: list[str]) -> HistogramClassifier:
    """Keep the histograms: a nearest neighbour has nothing to train. Raises `ValueError` of nothing."""
    if not len(labels) or len(features) != len(labels):
        raise ValueError(f"{len(features)} histograms with {len(labels)} labels")
    classes, index = np.unique(np.asarray(labels, dtype=object), return_inverse=True)
    return HistogramClassifier(np.asarray(features, np.float32), index, tuple(classes.tolist()))


def city_block(a: Float32Array, b: Float32Array) -> Float32Array:
    """Sum of absolute differences of each row of a (n, features) with each of b (m, features): (n, m)."""
    out = np.empty((len(a), len(b)), np.float32)
    rows = max(1, 1 << 24 >> int(np.ceil(np.log2(b.size + 1))))  # about 64 MB at a time
    for start in range(0, len(a), rows):
        out[start : start + rows] = np.abs(a[start : start + rows, None] - b[None]).sum(axis=2)
    return out


def classify(model: HistogramClassifier, features: Float32Array) -> list[list[tuple[str, float]]]:
    """Classes of each histogram (n, features), the likeliest first, with shares that sum to 1.

    A class is as far away as its nearest known histogram by city-block distance, after the manifest check of
    Tuszynski et al. 2013; its share is one over that distance.
    """
    distance = city_block(np.atleast_2d(np.asarray(features, np.float32)), model.features)
    order = np.argsort(model.index, kind="stable")
    starts = np.searchsorted(model.index[order], np.arange(len(model.classes)))
    nearest = np.minimum.reduceat(distance[:, order], starts, axis=1).astype(np.float64)
    shares = 1 / (nearest + 1e-6)
    shares /= shares.sum(axis=1, keepdims=True)
    return [[(model.classes[i], float(row[i])) for i in np.argsort(-row, kind="stable")] for row in shares]


SCORERS: dict[str, Scorer] = {"alpha_threshold": alpha_threshold, "local_z_score": local_z_score}
"""The scorers that need no training; a trained `training.draem.Draem` gives one more by its `score_map`."""
