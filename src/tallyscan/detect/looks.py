"""Two kinds of look among the goods of a unit: the load in blocks of half a metre, each by the classes it looks like.

The map of commodities is taken for what it is: a description of texture and density. Whether a class is named rightly
does not matter here, only whether two parts of a load are described alike.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.session import FloatMap
from tallyscan.detect.units import UnitBox

BLOCK_CELLS = 12  # about half a metre
LEAST_OF_BLOCK = 0.3  # of a block's cells are goods: less is an edge
LEAST_BLOCKS = 4
FULL_WEIGHT_FROM = 0.2  # a look that less of the goods have is a pallet or an edge, and counts in proportion
_ROUNDS = 20

Blocks = NDArray[np.int_]
"""Rows and columns of blocks, 0 and 1 for the more and the less common look, -1 where there are no goods."""


def two_looks(commodity: FloatMap, goods: NDArray[np.bool_]) -> tuple[Blocks, float] | None:
    """The blocks of a unit by their look, and how far the two looks are apart; None with too few goods.

    `commodity` (classes, rows, columns) and `goods` (rows, columns) are those of one unit. Apart is the Jensen-Shannon
    divergence in bits of the two looks, 0 to 1, less where one of them is rare. Two means on the square roots of the
    shares, begun at the block that is most unlike all.
    """
    shares, weight, places, shape = _described(commodity, goods)
    if len(weight) < LEAST_BLOCKS:
        return None
    second = _second_of(np.sqrt(shares), weight)
    blocks = np.full(shape, -1)
    blocks[tuple(np.array(places).T)] = second
    if second.all() or not second.any():
        blocks[blocks > 0] = 0
        return blocks, 0.0
    if weight[second].sum() > weight[~second].sum():
        blocks[blocks >= 0] = 1 - blocks[blocks >= 0]
    rarer = min(weight[second].sum(), weight[~second].sum()) / weight.sum()
    looks = [np.average(shares[chosen], axis=0, weights=weight[chosen]) for chosen in (second, ~second)]
    return blocks, float(divergence(*looks) * min(1.0, rarer / FULL_WEIGHT_FROM))


def largest_stretch(blocks: Blocks, look: int, unit: UnitBox) -> UnitBox:
    """Cells of the map around the largest stretch of blocks with a look."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((blocks == look).astype(np.uint8), connectivity=8)
    label = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    rows, columns = np.nonzero(labels == label)
    return UnitBox(
        unit.x0 + int(columns.min()) * BLOCK_CELLS,
        min(unit.x0 + (int(columns.max()) + 1) * BLOCK_CELLS, unit.x1),
        unit.y0 + int(rows.min()) * BLOCK_CELLS,
        min(unit.y0 + (int(rows.max()) + 1) * BLOCK_CELLS, unit.y1),
    )


def divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Jensen-Shannon divergence of two distributions, in bits: 0 the same, 1 nothing in common."""
    middle = (p + q) / 2

    def against(share: NDArray[np.float64]) -> float:
        some = share > 0
        return float((share[some] * np.log2(share[some] / middle[some])).sum())

    return (against(p) + against(q)) / 2


def _described(
    commodity: FloatMap, goods: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[tuple[int, int]], tuple[int, int]]:
    """Shares of the classes of each block of goods, how many cells it has, and where it is."""
    height, width = goods.shape
    shape = (-(-height // BLOCK_CELLS), -(-width // BLOCK_CELLS))
    shares, weight, places = [], [], []
    for row in range(shape[0]):
        for column in range(shape[1]):
            window = (
                slice(row * BLOCK_CELLS, (row + 1) * BLOCK_CELLS),
                slice(column * BLOCK_CELLS, (column + 1) * BLOCK_CELLS),
            )
            inside = goods[window]
            if inside.sum() < LEAST_OF_BLOCK * BLOCK_CELLS**2:
                continue
            mean = commodity[:, window[0], window[1]][:, inside].mean(axis=1, dtype=np.float64)
            shares.append(mean / max(mean.sum(), 1e-12))
            weight.append(float(inside.sum()))
            places.append((row, column))
    return np.array(shares), np.array(weight), places, shape


def _second_of(points: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points are of the second of two means."""

    def away(centre: NDArray[np.float64]) -> NDArray[np.float64]:
        distances: NDArray[np.float64] = ((points - centre) ** 2).sum(axis=1)
        return distances

    first = points[np.argmax(away(np.average(points, axis=0, weights=weight)))]
    other = points[np.argmax(away(first))]
    second = away(first) > away(other)
    for _ in range(_ROUNDS):
        if second.all() or not second.any():
            break
        first = np.average(points[~second], axis=0, weights=weight[~second])
        other = np.average(points[second], axis=0, weights=weight[second])
        second = away(first) > away(other)
    return second
