"""Where the doors of a cargo unit are when nobody says it: at the other end than the cab of the vehicle."""

from collections.abc import Sequence

import numpy as np

from tallyscan.doors import Doors
from tallyscan.scan import CANONICAL_PITCH_MM, BoolArray, Box, Scan

MATTER_FROM_ALPHA = 0.08
"""Two thin sheets of steel or glass with plastics; noise and air stay below."""
CAB_HEIGHT_MM = 1500.0
"""A cab stands beside the cargo as high as this above the floor; a frame, a coupling or a wheel does not."""
CAB_LENGTH_MM = (900.0, 4500.0)
FARTHEST_MM = 2500.0
"""From the front of the cargo to the back of the cab."""
FULL_COLUMN = 0.6  # of a column of a cab is matter: panels, seats, engine; its windows are not


def doors_by_cab(scan: Scan, units: Sequence[Box]) -> Doors:
    """Of the only cargo unit in a scan, whose box is in original pixels: a cab at one end alone.

    Unknown with several units, which may stand either way on one vehicle, of a display image, where the size of a
    pixel is not known, and where both ends or none have something like a cab.
    """
    if scan.grade != "transmission" or not scan.has_size or len(units) != 1 or scan.unit is not None:
        return Doors()
    unit = scan.grid.to_canonical(units[0])
    floor = round(unit.y + unit.height)
    rows = slice(max(floor - round(CAB_HEIGHT_MM / CANONICAL_PITCH_MM), 0), floor)
    matter = (scan.attenuation[rows] > MATTER_FROM_ALPHA) & scan.valid[rows]
    if not matter.size:
        return Doors()
    full = matter.mean(axis=0) >= FULL_COLUMN
    left, right = full[: max(round(unit.x), 0)][::-1], full[round(unit.x + unit.width) :]
    match (_is_cab(left), _is_cab(right)):
        case (True, False):
            return Doors("right", "cab")
        case (False, True):
            return Doors("left", "cab")
    return Doors()


def _is_cab(outwards: BoolArray) -> bool:
    """Whether something as long as a cab begins near, among what stands beside the cargo, from its end outwards."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], outwards, [False]))))
    runs_mm = edges.reshape(-1, 2) * CANONICAL_PITCH_MM
    return any(
        start <= FARTHEST_MM and CAB_LENGTH_MM[0] <= end - start <= CAB_LENGTH_MM[1] for start, end in runs_mm
    )
