"""What a vehicle keeps from trip to trip: floor, frame, wheels, and what hangs between them, as a small picture."""

import cv2
import numpy as np

from tallyscan.known_unit import NOT_SEEN, SHAPE_CELL_MM, SHAPE_LEVELS, VehicleShape
from tallyscan.scan import CANONICAL_PITCH_MM, Box, Float32Array, Scan

_CELL_PX = round(SHAPE_CELL_MM / CANONICAL_PITCH_MM)
ROWS_ABOVE, ROWS_BELOW = 45, 45
"""0.9 m of the cargo space, so that a floor is seen with what may be laid on it, and 0.9 m of what is below."""


def vehicle_shape(scan: Scan, box: Box) -> VehicleShape | None:
    """The shape at the lower edge of a unit, whose box is in original pixels.

    None of a display image, or where the size of a pixel is not known.
    """
    if scan.grade != "transmission" or not scan.has_size:
        return None
    upright = scan.grid.to_canonical(box)
    floor = round((upright.y + upright.height) / _CELL_PX)
    first = floor - ROWS_ABOVE
    strip = slice(max(first, 0) * _CELL_PX, min(floor + ROWS_BELOW, scan.height // _CELL_PX) * _CELL_PX)
    alpha, seen = _cells(scan.attenuation[strip]), _cells(scan.valid[strip].astype(np.float32))
    if not alpha.size:
        return None
    cells = np.full((ROWS_ABOVE + ROWS_BELOW, alpha.shape[1]), NOT_SEEN, np.uint8)
    coded = np.clip(np.rint(alpha * SHAPE_LEVELS), 0, NOT_SEEN - 1).astype(np.uint8)
    top = max(first, 0) - first
    cells[top : top + len(coded)] = np.where(seen > 0.5, coded, NOT_SEEN)
    left, right = upright.x / _CELL_PX, (upright.x + upright.width) / _CELL_PX
    return VehicleShape(cells, ROWS_ABOVE, left, right)


def attenuation_of(shape: VehicleShape) -> Float32Array:
    """Attenuation of each cell; not a number where nothing was seen."""
    alpha = shape.cells.astype(np.float32) / np.float32(SHAPE_LEVELS)
    return np.where(shape.cells == NOT_SEEN, np.float32("nan"), alpha)


def mirrored(shape: VehicleShape) -> VehicleShape:
    """With left and right exchanged."""
    columns = shape.cells.shape[1]
    cells = np.ascontiguousarray(shape.cells[:, ::-1])
    return VehicleShape(cells, shape.floor_row, columns - shape.right, columns - shape.left)


def box_of(scan: Scan, unit: Box, shape: VehicleShape, window: tuple[int, int, int, int]) -> Box:
    """A window (column, row, columns, rows) of the shape of a unit, as a box in original pixels."""
    column, row, columns, rows = window
    upright = scan.grid.to_canonical(unit)
    floor = round((upright.y + upright.height) / _CELL_PX)
    place = (column, floor + row - shape.floor_row, columns, rows)
    return scan.grid.to_original(Box(*(float(side * _CELL_PX) for side in place)))


def _cells(plane: Float32Array) -> Float32Array:
    height, width = (side // _CELL_PX for side in plane.shape)
    if not height or not width:
        return np.zeros((0, 0), np.float32)
    whole = np.ascontiguousarray(plane[: height * _CELL_PX, : width * _CELL_PX])
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)
