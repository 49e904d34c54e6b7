"""A whole scan, cut to one of its cargo units: air, noise and geometry stay those of the whole."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.to_physical import MAX_OPAQUE_SHARE, opaque_share
from tallyscan.scan import CANONICAL_PITCH_MM, Box, CanonicalGrid, Scan, ScanUnit

MARGIN_MM = 500.0
"""Kept on each side of a unit, so that its ends are seen against what is behind them; of the room between two units,
each has its half."""

ALIGNED_PX = 32
"""A cut begins at a multiple of the network's stride, so that its cells are those of the whole image."""


def cut_to_unit(whole: Scan, boxes: Sequence[Box], number: int) -> Scan:
    """The columns of unit `number` (from 1, left to right), at full height. `boxes` are all units, in original pixels.

    Where the scanner names as many units as there are boxes, it keeps the marks of its own.
    """
    upright = [whole.grid.to_canonical(box) for box in boxes]
    left, right = _columns(upright, number - 1, whole.width)
    transmission = np.ascontiguousarray(whole.transmission[:, :, left:right])
    valid = np.ascontiguousarray(whole.valid[:, left:right])
    grid = replace(whole.grid, first_column=whole.grid.first_column + left)
    opaque = opaque_share(transmission[0], valid)
    cautions = [caution for caution in whole.cautions if caution.partition(":")[0] != "not_penetrated"]
    if whole.grade == "transmission" and opaque > MAX_OPAQUE_SHARE:
        cautions.append(f"not_penetrated: {opaque:.0%} of the scan let nothing through.")
    named = whole.sidecar.units if len(whole.sidecar.units) == len(boxes) else ()
    return replace(
        whole,
        transmission=transmission,
        valid=valid,
        grid=grid,
        sidecar=whole.sidecar.model_copy(update={"units": named[number - 1 : number]}),
        cautions=tuple(cautions),
        measured={**whole.measured, "opaque_share": round(opaque, 4)},
        open_air=None,
        condition=(),
        unit=ScanUnit(number, boxes[number - 1]),
        native=_native(whole, grid, right),
    )


def _native(whole: Scan, grid: CanonicalGrid, right: int) -> NDArray[np.uint16] | None:
    """The native columns that the canonical ones cover, up to `right` of the whole (excluded)."""
    if whole.native is None:
        return None
    first = grid.first_native_column - whole.grid.first_native_column
    last = math.ceil((whole.grid.first_column + right) / grid.scale_x) - whole.grid.first_native_column
    return np.ascontiguousarray(whole.native[:, :, first:last])


def _columns(upright: Sequence[Box], index: int, width: int) -> tuple[int, int]:
    """First and last column (excluded), in canonical pixels."""
    box, margin = upright[index], MARGIN_MM / CANONICAL_PITCH_MM
    left, right = box.x - margin, box.x + box.width + margin
    for other in upright[:index]:
        left = max(left, (other.x + other.width + box.x) / 2)
    for other in upright[index + 1 :]:
        right = min(right, (box.x + box.width + other.x) / 2)
    first = int(max(min(left, box.x), 0)) // ALIGNED_PX * ALIGNED_PX
    last = min(int(np.ceil(max(right, box.x + box.width))), width)
    return first, last
