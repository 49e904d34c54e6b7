"""How well a score map covers the true regions: AUPRO, from one small histogram of each scan."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.card_calibration import MOST_CERTAIN
from tallyscan.scan import Float32Array

AUPRO_LIMIT = 0.05
BIN_LOGITS = 0.25  # width of a bin: odds a quarter higher, near 0 and near 1 alike


def score_bins(scores: Float32Array) -> NDArray[np.int64]:
    """Bins that rise with the score, a probability: equal steps of its logit. Raises `ValueError` on nan."""
    if np.isnan(scores).any():
        raise ValueError("scores must not be nan")
    inside = np.clip(np.asarray(scores, np.float64), MOST_CERTAIN, 1 - MOST_CERTAIN)
    return np.floor(np.log(inside / (1 - inside)) / BIN_LOGITS).astype(np.int64)


def overlap_of(scores: Float32Array, hidden: Float32Array, inside: Float32Array) -> dict[str, Any]:
    """What `aupro` needs of one scan, small enough to be kept: background and regions by score.

    All (rows, columns): a score, and which shares of the cell are hidden things and lie inside the image. A region is
    what hangs together of cells that hold something hidden. `by_score` has [bin, cells of background, sum over the
    regions of the share of each that scores so].
    """
    if not scores.shape == hidden.shape == inside.shape:
        raise ValueError(f"shapes differ: {scores.shape}, {hidden.shape}, {inside.shape}")
    bins = score_bins(scores)
    first = int(bins.min())
    count, labels = cv2.connectedComponents((hidden > 0).astype(np.uint8))
    size = np.bincount(labels.ravel(), weights=hidden.ravel(), minlength=count)
    share = np.divide(hidden, size[labels], out=np.zeros(hidden.shape), where=labels > 0)
    at = (bins - first).ravel()
    background = np.bincount(at, weights=np.clip(inside - hidden, 0, None).ravel())
    overlap = np.bincount(at, weights=share.ravel())
    used = np.flatnonzero((background > 0) | (overlap > 0))
    rows = [[first + int(i), round(float(background[i]), 1), round(float(overlap[i]), 4)] for i in used]
    return {"regions": count - 1, "by_score": rows}


def aupro(scans: Iterable[dict[str, Any]], limit: float = AUPRO_LIMIT) -> float:
    """Area under the per-region overlap curve up to a false positive rate, by that rate (Bergmann et al. 2021).

    Of what `overlap_of` gives for every scan. Every region weighs the same whatever its size. A random score comes to
    limit / 2. nan without regions or without background.
    """
    regions = 0
    background: dict[int, float] = defaultdict(float)
    overlap: dict[int, float] = defaultdict(float)
    for scan in scans:
        regions += scan["regions"]
        for index, cells, shares in scan["by_score"]:
            background[index] += cells
            overlap[index] += shares
    falling = sorted(background, reverse=True)
    cells, shares = (np.array([of[index] for index in falling]) for of in (background, overlap))
    if not regions or not cells.sum():
        return float("nan")
    false = np.concatenate([[0.0], np.cumsum(cells) / cells.sum()])
    found = np.concatenate([[0.0], np.cumsum(shares) / regions])
    # The curve may rise straight up at the limit: what lies below it counts, what lies at it has no width.
    last = int(np.searchsorted(false, limit, side="right"))
    at_limit = found[last - 1]
    if last < false.size:
        step = (limit - false[last - 1]) / (false[last] - false[last - 1])
        at_limit += step * (found[last] - found[last - 1])
    x, y = np.append(false[:last], limit), np.append(found[:last], at_limit)
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum() / limit)
