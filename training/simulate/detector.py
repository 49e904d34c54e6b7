"""Where the cells of a detector stand, and which ray each of them sees."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from training.simulate.scanner_models import Detector


@dataclass(frozen=True)
class Geometry:
    """Source and detector in mm, in the plane of the fan; see `FanBeam` for `source_mm` and `centre_mm`.

    `arm_mm` is the lowest and highest place of the upright (first) arm, `reach_mm` the highest place in the plane
    of the centre line that the detector sees. Every `module_rows` rows a gap of `gap_rows` follows. On the level
    arm of an L, modules may be `tilted` to face the source. `row_pitch_mm` is that of rectified rows.
    """

    source_mm: float
    centre_mm: float
    centre_to_detector_mm: float
    detector: Detector
    detector_pitch_mm: float
    arm_mm: tuple[float, float]
    reach_mm: float
    tilted: bool
    module_rows: int
    gap_rows: float
    rectified: bool
    row_pitch_mm: float
    mirrored: bool


def detector_rows(geometry: Geometry, plane_mm: float) -> FloatArray:
    """Places of the detector's cells in the reference plane, from the top."""
    slopes = np.concatenate(_arms(geometry, plane_mm))
    return np.asarray(geometry.source_mm + slopes * plane_mm)[::-1]


def modules(geometry: Geometry, plane_mm: float) -> NDArray[np.intp]:
    """Module of each cell of the detector, from the top; every arm begins with one of its own."""
    cells = [len(arm) for arm in _arms(geometry, plane_mm)]
    starts = np.concatenate([np.arange(count) % geometry.module_rows == 0 for count in cells])
    module = np.cumsum(starts)
    return np.asarray(module[-1] - module, np.intp)[::-1]


def _arms(geometry: Geometry, plane_mm: float) -> list[FloatArray]:
    """Slopes of the rays to the cells of each arm of the detector, from the bottom.

    A straight arm gives even rows. On an arc they stand at even angles. On an L the rays above the upright arm
    meet a level arm, where cells lie ever further apart in the reference plane: the keystone of real scans.
    """
    source, pitch = geometry.source_mm, geometry.detector_pitch_mm
    depth = geometry.centre_mm + geometry.centre_to_detector_mm
    low, high = geometry.arm_mm
    steepest = (geometry.reach_mm - source) / plane_mm
    if geometry.detector == "arc":
        angles = _cells(np.arctan((low - source) / depth), np.arctan(steepest), pitch / depth, geometry)
        return [np.tan(angles)]
    if geometry.detector == "straight":
        return [(_cells(low, source + steepest * depth, pitch, geometry) - source) / depth]
    return [(_cells(low, high, pitch, geometry) - source) / depth, _level_arm(geometry, depth, steepest)]


def _level_arm(geometry: Geometry, depth: float, steepest: float) -> FloatArray:
    """Slopes of the rays to the level arm of an L, from its corner inwards; none when the upright arm suffices."""
    above = geometry.arm_mm[1] - geometry.source_mm
    if steepest * depth <= above:
        return np.zeros(0)
    if not geometry.tilted:
        return above / (depth - _cells(0.0, depth - above / steepest, geometry.detector_pitch_mm, geometry))
    # Cells that face the source: d angle = pitch sin(angle) / above, so ln tan(angle / 2) grows evenly.
    first, last = (np.log(np.tan(np.arctan(slope) / 2)) for slope in (above / depth, steepest))
    even = _cells(first, last, geometry.detector_pitch_mm / above, geometry)
    return np.asarray(np.tan(2 * np.arctan(np.exp(even))))


def _cells(low: float, high: float, pitch: float, geometry: Geometry) -> FloatArray:
    """Middles of detector cells from low to high, with the gaps between modules."""
    module = (geometry.module_rows + geometry.gap_rows) * pitch
    count = max(int((high - low) / module * geometry.module_rows), 2)
    index = np.arange(count)
    return low + (index + 0.5 + index // geometry.module_rows * geometry.gap_rows) * pitch
