"""How strange one load is among others of its kind: nearest neighbours, and a rank that holds its false-alarm rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import Float32Array

NEIGHBOURS = 3
"""Few, because lots are small: of twelve units two or three may be packed in another way."""

MOST_SPREADS = 6.0
"""No single feature counts for more: one that went wrong must not decide."""

_BLOCK = 2048

MOST_RANKED = 1000
"""Of more others so many are ranked, evenly over time; the nearest are looked for among all."""

LEAST_SPREAD = 0.02
"""Of a feature's typical size: what no scan measures better, and no two loads of one kind share closer."""


@dataclass(frozen=True)
class Strangeness:
    """`p_value` is the share of units, this one among them, that are at least as strange; `ratio` is how much further
    its neighbours are than those of the others, in the median. `nearest` are indices of the others, the nearest
    first; `distances` theirs, in spreads of a typical feature. `apart` are the features that differ most from the
    nearest, as (index, value of this unit, median of the nearest).
    """

    p_value: float
    ratio: float
    nearest: tuple[int, ...]
    distances: tuple[float, ...]
    apart: tuple[tuple[int, float, float], ...]


def strangeness(features: Float32Array, others: Float32Array) -> Strangeness | None:
    """A unit (features,) among others (units, features); None where they have no feature in common.

    Each unit's score is the mean distance to its `NEIGHBOURS` nearest among all the rest, this unit included, in
    features scaled by their own spread over all. All units take the same part in that, so if they are alike every rank
    is equally likely, and a p-value of p or less comes with a chance of p at most (conformal prediction: Vovk,
    Gammerman and Shafer, Algorithmic Learning in a Random World, 2005). Features that any of them lacks do not count.
    """
    sample = others if len(others) <= MOST_RANKED else others[_evenly(len(others))]
    together = np.vstack([features[np.newaxis], sample])
    known = np.flatnonzero(np.isfinite(together).all(axis=0))
    if not len(known):
        return None
    middle, spread = _spread(together[:, known])
    scaled = _scaled(together[:, known], middle, spread)
    distances = _distances(scaled)
    few = min(NEIGHBOURS, len(sample))
    scores = np.partition(distances, few - 1, axis=1)[:, :few].mean(axis=1)
    apart = _apart(scaled[0], others, known, middle, spread)
    close = np.argpartition(apart, min(NEIGHBOURS, len(apart)) - 1)[:NEIGHBOURS]
    nearest = close[np.argsort(apart[close], kind="stable")]
    gap = np.abs(scaled[0] - np.median(_scaled(others[np.ix_(nearest, known)], middle, spread), axis=0))
    largest = np.argsort(-gap, kind="stable")[:3]
    usual = np.median(others[np.ix_(nearest, known)], axis=0)
    return Strangeness(
        p_value=(1 + int((scores[1:] >= scores[0]).sum())) / len(together),
        ratio=float(scores[0]) / max(float(np.median(scores[1:])), 1e-6),
        nearest=tuple(int(index) for index in nearest),
        distances=tuple(float(apart[index]) for index in nearest),
        apart=tuple(
            (int(known[column]), float(features[known[column]]), float(usual[column])) for column in largest
        ),
    )


def _apart(
    unit: Float32Array,
    others: Float32Array,
    known: NDArray[np.intp],
    middle: Float32Array,
    spread: Float32Array,
) -> Float32Array:
    """Distance of each of the others to a scaled unit; in blocks that fit the cache of a processor."""
    apart = np.empty(len(others), np.float32)
    for start in range(0, len(others), _BLOCK):
        block = _scaled(others[start : start + _BLOCK, known], middle, spread)
        apart[start : start + _BLOCK] = np.linalg.norm(block - unit, axis=1)
    return np.asarray(apart / np.sqrt(len(known)), np.float32)


def _evenly(count: int) -> NDArray[np.intp]:
    """`MOST_RANKED` of so many, evenly over time: all seasons, whatever their number."""
    return np.linspace(0, count - 1, MOST_RANKED).round().astype(np.intp)


def _spread(values: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Median and spread of each column."""
    middle = np.median(values, axis=0)
    spread = np.float32(1.4826) * np.median(np.abs(values - middle), axis=0)
    least = np.float32(LEAST_SPREAD) * np.maximum(np.abs(middle), np.float32(1e-3))
    return middle, np.maximum(spread, least)


def _scaled(values: Float32Array, middle: Float32Array, spread: Float32Array) -> Float32Array:
    """In spreads around the middle, limited; what is not a number is as far off as can be."""
    scaled = (values - middle) / spread
    clipped = np.clip(scaled, -MOST_SPREADS, MOST_SPREADS)
    return np.asarray(np.nan_to_num(clipped, nan=MOST_SPREADS), np.float32)


def _distances(scaled: Float32Array) -> Float32Array:
    """Root mean square difference of every two rows; infinite of a row to itself."""
    squares = np.einsum("ij,ij->i", scaled, scaled)
    between = squares[:, None] + squares[None, :] - 2 * scaled @ scaled.T
    apart = np.asarray(np.sqrt(np.maximum(between, 0) / scaled.shape[1]), np.float32)
    np.fill_diagonal(apart, np.inf)
    return apart
