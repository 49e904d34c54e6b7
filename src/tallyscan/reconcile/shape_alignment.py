"""Lays the shape of an earlier scan over this one: no vehicle passes at the same even speed, or at the same height."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallyscan.known_unit import VehicleShape
from tallyscan.reconcile.vehicle_shape import attenuation_of
from tallyscan.scan import Float32Array

LEAST_ROWS = 10
"""Cells below the unit that both must show, 0.2 m: with less of it, one frame looks like another."""

_REACH = 30  # columns, 0.6 m, about where the ends of the unit put them
_HEIGHTS = range(-3, 4)  # cells by which the whole vehicle may stand higher
_SPARSE = 5  # columns looked at for the height
_RIDE = 2  # cells by which it may ride up and down beside that
_STRETCH_COST, _RIDE_COST = 0.01, 0.02
_CLIP, _NOTHING = 1.5, 0.5  # cost of cells that are wholly unlike, and of a column with nothing to compare


@dataclass(frozen=True, eq=False)
class Aligned:
    """Both shapes on the columns of this one, in attenuation, not a number where one of them shows nothing.

    `mismatch` is the mean cost of a column below the unit: 0 is alike, 1.5 wholly unlike. `rows` are those from the
    lower edge of the unit down that both show.
    """

    this: Float32Array
    earlier: Float32Array
    mismatch: float
    rows: slice


def aligned(this: VehicleShape, earlier: VehicleShape, margin: int) -> Aligned | None:
    """The earlier shape, stretched along the travel and moved in height to fit; None where both show too little.

    Only rows from `margin` cells above the lower edge of the unit down are looked at: what is above changes with the
    cargo. Columns may slip by one at a time (dynamic programming over the shift of each column, as in Sakoe and Chiba,
    1978), first about the place that the ends of the unit give, then in height.
    """
    mine, theirs = attenuation_of(this), attenuation_of(earlier)
    first = this.floor_row - margin
    seen = np.flatnonzero(np.isfinite(mine).any(axis=1) & np.isfinite(theirs).any(axis=1))
    if not len(seen) or seen[-1] + 1 - this.floor_row < LEAST_ROWS:
        return None
    rows = slice(first, int(seen[-1]) + 1)
    middle = earlier.left + (np.arange(mine.shape[1]) - this.left) * (
        (earlier.right - earlier.left) / max(this.right - this.left, 1.0)
    )
    shifts = np.arange(-_REACH, _REACH + 1)
    places = np.rint(middle[None, :] + shifts[:, None]).astype(np.intp)
    inside = (places >= 0) & (places < theirs.shape[1])
    places = np.clip(places, 0, theirs.shape[1] - 1)
    stand = min(_HEIGHTS, key=lambda height: _over(mine, theirs, height, rows, places, inside, _SPARSE)[0])
    total, path = _over(mine, theirs, stand, rows, places, inside, 1)
    columns = np.arange(len(path))
    there = _moved(theirs, stand)[:, places[path, columns]]
    there = np.asarray(np.where(inside[path, columns], there, np.float32("nan")), np.float32)
    return Aligned(mine, _ridden(mine, there, rows), total / mine.shape[1], rows)


def _over(
    mine: Float32Array, theirs: Float32Array, height: int, rows: slice, places: NDArray[np.intp],
    inside: NDArray[np.bool_], every: int,
) -> tuple[float, NDArray[np.intp]]:  # fmt: skip
    """Total cost and shift of every so-manieth column, with the earlier shape standing so much lower."""
    raised = _moved(theirs, height)[rows]
    cost = _cost(mine[rows, None, ::every], raised[:, places[:, ::every]])
    return _cheapest_path(np.where(inside[:, ::every], cost, np.float32(_NOTHING)), _STRETCH_COST)


def _ridden(mine: Float32Array, theirs: Float32Array, rows: slice) -> Float32Array:
    """Each column moved up or down by so much that it fits."""
    raised = np.stack([_moved(theirs, step) for step in range(-_RIDE, _RIDE + 1)])
    _, path = _cheapest_path(_cost(mine[None, rows], raised[:, rows], axis=1), _RIDE_COST)
    return np.ascontiguousarray(raised[path, :, np.arange(len(path))].T)


def _cost(one: Float32Array, other: Float32Array, axis: int = 0) -> Float32Array:
    """Mean relative difference over the rows; `_NOTHING` where hardly any can be compared."""
    apart = np.abs(one - other) / (0.2 + 0.15 * (one + other))
    both = np.isfinite(apart)
    count = both.sum(axis=axis)
    mean = np.where(both, np.minimum(apart, _CLIP), 0).sum(axis=axis) / np.maximum(count, 1)
    return np.asarray(np.where(count > 3, mean, _NOTHING), np.float32)


def _moved(cells: Float32Array, down: int) -> Float32Array:
    """By so many rows; nothing is seen of what comes in."""
    moved = np.full_like(cells, np.nan)
    if down >= 0:
        moved[down:] = cells[: len(cells) - down]
    else:
        moved[:down] = cells[-down:]
    return moved


def _cheapest_path(cost: Float32Array, step_cost: float) -> tuple[float, NDArray[np.intp]]:
    """Total and states of the cheapest way through (states, columns); neighbouring columns differ by one at most."""
    states, columns = cost.shape
    total = cost[:, 0].astype(np.float64)
    came = np.zeros((columns, states), np.int8)
    padded = np.full(states + 2, np.inf)
    for column in range(1, columns):
        padded[1:-1] = total
        choices = np.stack([total, padded[:-2] + step_cost, padded[2:] + step_cost])
        came[column] = choices.argmin(axis=0)
        total = choices.min(axis=0) + cost[:, column]
    path = np.zeros(columns, np.intp)
    path[-1] = int(total.argmin())
    for column in range(columns - 1, 0, -1):
        path[column - 1] = path[column] + (0, -1, 1)[came[column, path[column]]]
    return float(total.min()), path
