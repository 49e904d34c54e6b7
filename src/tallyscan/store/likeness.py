"""Which loads look most like one, and by what: nearest neighbours over the numbers that are kept of cargo units.

Pure. `reconcile.strangeness` asks of such numbers whether a load is odd; here a person wants to see others beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tallyscan.known_unit import FEATURE_NAMES, FEATURES
from tallyscan.scan import Float32Array

MOST_SPREADS = 6.0
"""No single feature counts for more: one that went wrong must not decide."""

LEAST_SPREAD = 0.02
"""Of a feature's typical size."""

NAMED = 3
"""So many features are named by which two loads are alike, and so many by which they are not."""


@dataclass(frozen=True)
class SharedFeature:
    """One number of two loads, in words, with its unit (empty: a share or a ratio)."""

    feature: str
    in_words: str
    unit: str
    this: float
    other: float


@dataclass(frozen=True)
class Alike:
    """One of the others: `distance` is the root mean square difference in spreads of each feature over all of them;
    `alike` are those in which few others come as near, `apart` those that differ most.
    """

    index: int
    distance: float
    alike: tuple[SharedFeature, ...]
    apart: tuple[SharedFeature, ...]


def distances(features: Float32Array, others: Float32Array) -> Float32Array:
    """Of a unit (features,) to each of the others (units, features); infinite where they have no feature in common."""
    gaps = _gaps(features, others)
    known = np.isfinite(gaps)
    squares = np.where(known, np.square(gaps), 0).sum(axis=1)
    counts = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts > 0, np.sqrt(squares / counts), np.inf).astype(np.float32)


def alike(features: Float32Array, others: Float32Array, indices: Sequence[int]) -> list[Alike]:
    """Those of the others, with what they share with the unit and what not."""
    gaps = _gaps(features, others)
    far = distances(features, others)
    return [
        Alike(
            index,
            float(far[index]),
            _shared(features, others, gaps, index),
            _apart(features, others, gaps, index),
        )
        for index in indices
    ]


def _gaps(features: Float32Array, others: Float32Array) -> Float32Array:
    """Absolute differences in spreads, limited; not a number where either is not known."""
    together = np.vstack([features[np.newaxis], others])
    with np.errstate(invalid="ignore"):
        middle = _nanmedian(together)
        spread = np.float32(1.4826) * _nanmedian(np.abs(together - middle))
    least = np.float32(LEAST_SPREAD) * np.maximum(np.abs(middle), np.float32(1e-3))
    gaps = np.abs(others - features) / np.maximum(spread, least)
    return np.asarray(np.minimum(gaps, np.float32(MOST_SPREADS)), np.float32)


def _nanmedian(values: Float32Array) -> Float32Array:
    """Of each column; 0 where nothing is known."""
    known = np.isfinite(values).any(axis=0)
    filled = np.where(known, values, np.float32(0))
    return np.asarray(np.nanmedian(filled, axis=0), np.float32)


def _shared(
    features: Float32Array, others: Float32Array, gaps: Float32Array, index: int
) -> tuple[SharedFeature, ...]:
    """Rare agreement tells more than common agreement: of how many others is the gap as small?"""
    with np.errstate(invalid="ignore"):
        as_near = (gaps <= gaps[index]).mean(axis=0)
    known = np.flatnonzero(np.isfinite(gaps[index]))
    order = known[np.lexsort((gaps[index][known], as_near[known]))]
    return tuple(_feature(features, others, index, column) for column in order[:NAMED])


def _apart(
    features: Float32Array, others: Float32Array, gaps: Float32Array, index: int
) -> tuple[SharedFeature, ...]:
    """The largest gaps, of one spread at least."""
    large = np.argsort(-np.nan_to_num(gaps[index], nan=-1.0), kind="stable")
    return tuple(
        _feature(features, others, index, column) for column in large[:NAMED] if gaps[index][column] >= 1
    )


def _feature(features: Float32Array, others: Float32Array, index: int, column: int) -> SharedFeature:
    name = FEATURE_NAMES[column]
    words, unit = FEATURES[name]
    this, other = (float(f"{values[column]:.3g}") for values in (features, others[index]))
    return SharedFeature(name, words, unit, this, other)
