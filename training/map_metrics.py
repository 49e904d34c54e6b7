"""Figures of images: how hard an anomaly is to see, and how well a score map covers the true regions."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import BoolArray, Float32Array

SURROUNDINGS_PX = 20  # 100 mm at 5 mm: about what an analyst compares a spot with
AUPRO_LIMIT = 0.05
SCORE_BITS = 20


def contrast_to_noise(delta_alpha: Float32Array, mask: BoolArray, benign_sigma: Float32Array) -> float:
    """Mean |delta alpha| over the mask by the mean noise of alpha in a 5 mm pixel of the benign twin, there.

    All (height, width) on the canonical grid. Raises `ValueError` on an empty mask.
    """
    if not mask.any():
        raise ValueError("the mask is empty")
    noise = float(benign_sigma[mask].mean(dtype=np.float64))
    change = float(np.abs(delta_alpha[mask]).mean(dtype=np.float64))
    return change / noise if noise > 0 else float("inf")


def clutter_ratio(
    delta_alpha: Float32Array, mask: BoolArray, alpha: Float32Array, reach_px: int = SURROUNDINGS_PX
) -> float:
    """Mean |delta alpha| over the mask by the rms of alpha around it, as deviation from the mean there.

    Under 1 the surroundings vary more than the anomaly adds. Around is within `reach_px` and outside the mask;
    all (height, width). nan where the mask fills the image. Raises `ValueError` on an empty mask.
    """
    if not mask.any():
        raise ValueError("the mask is empty")
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = tuple(slice(max(int(i[0]) - reach_px, 0), int(i[-1]) + reach_px + 1) for i in (rows, columns))
    inside = mask[window]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach_px + 1, 2 * reach_px + 1))
    around = (cv2.dilate(inside.astype(np.uint8), kernel) > 0) & ~inside
    if not around.any():
        return float("nan")
    clutter = float(alpha[window][around].std(dtype=np.float64))
    change = float(np.abs(delta_alpha[mask]).mean(dtype=np.float64))
    return change / clutter if clutter > 0 else float("inf")


def score_bin(scores: Float32Array, bits: int = SCORE_BITS) -> NDArray[np.int64]:
    """Bins that rise with the score: the leading bits of its float32, so fine near 0 and of any range."""
    raw = np.ascontiguousarray(scores + np.float32(0), np.float32).view(np.uint32)  # -0 becomes 0
    rising = np.where(raw >> 31, ~raw, raw | np.uint32(1 << 31))
    return np.asarray(rising >> np.uint32(32 - bits), np.int64)


def aupro(
    pairs: Iterable[tuple[Float32Array, NDArray[np.integer]]],
    limit: float = AUPRO_LIMIT,
    bits: int = SCORE_BITS,
) -> float:
    """Area under the per-region overlap curve up to a false positive rate, by that rate (Bergmann et al. 2021).

    A pair is a score map and its labels, both (height, width): 0 background, 1, 2, ... regions, negative not
    counted. Every region weighs the same whatever its size. Pairs are read one by one into two histograms of
    2**bits bins, so memory does not grow with the scans. A random score comes to limit / 2. nan without regions
    or without background.
    """
    background, overlap, regions = np.zeros(1 << bits), np.zeros(1 << bits), 0
    for scores, labels in pairs:
        if scores.shape != labels.shape:
            raise ValueError(f"score map {scores.shape} and labels {labels.shape} differ")
        if np.isnan(scores).any():
            raise ValueError("scores must not be nan")
        bins = score_bin(np.asarray(scores, np.float32), bits)
        background += np.bincount(bins[labels == 0], minlength=1 << bits)
        marked = labels > 0
        _, region, size = np.unique(labels[marked], return_inverse=True, return_counts=True)
        overlap += np.bincount(bins[marked], weights=1 / size[region], minlength=1 << bits)
        regions += size.size
    if not regions or not background.any():
        return float("nan")
    used = np.flatnonzero((background > 0) | (overlap > 0))[::-1]
    false = np.concatenate([[0.0], np.cumsum(background[used]) / background.sum()])
    found = np.concatenate([[0.0], np.cumsum(overlap[used]) / regions])
    # The curve may rise straight up at the limit: what lies below it counts, what lies at it has no width.
    last = int(np.searchsorted(false, limit, side="right"))
    at_limit = found[last - 1]
    if last < false.size:
        step = (limit - false[last - 1]) / (false[last] - false[last - 1])
        at_limit += step * (found[last] - found[last - 1])
    x, y = np.append(false[:last], limit), np.append(found[:last], at_limit)
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum() / limit)
