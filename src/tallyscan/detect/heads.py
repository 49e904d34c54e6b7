"""Maps -> what they say: cargo units, empty or loaded, mass, commodities.

Every answer is pooled from the maps here; the graph itself never looks at the whole image.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card import EmptyCalibration, MassCalibration, ModelCard
from tallyscan.detect.inputs import beams_of
from tallyscan.detect.session import FloatMap
from tallyscan.finding import CommodityCandidate, CommodityRegion, Interval
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import CANONICAL_PITCH_MM, Box, Float32Array, Scan

MIN_UNIT_CELLS = (18, 14)  # width, height: 0.7 m by 0.55 m at 40 mm a cell; smaller ones are noise
END_BAND_CELLS, END_BAND = 5, 0.35
LOADED = 0.5
UNPENETRATED_ALPHA = 6.5  # beyond it the inversion says "at least", not "so much"
MAX_UNPENETRATED_SHARE = 0.3
MIN_REGION_CELLS = 25  # one metre: narrower changes of commodity are not told apart
CANDIDATES = 5
CELL_KG_PER_G_CM2 = 1e-3  # times the cell's area in cm2


@dataclass(frozen=True)
class UnitBox:
    """A cargo unit in cells of the layout map: [x0, x1) x [y0, y1)."""

    x0: int
    x1: int
    y0: int
    y1: int

    def cells(self) -> tuple[slice, slice]:
        """The window of a map."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def box(self, stride: int) -> Box:
        """In canonical pixels."""
        width, height = self.x1 - self.x0, self.y1 - self.y0
        return Box(self.x0 * stride, self.y0 * stride, width * stride, height * stride)


def find_units(layout: FloatMap, measured: NDArray[np.bool_]) -> list[UnitBox]:
    """Cargo units from the layout map (4, rows, columns), left to right.

    Cargo space that hangs together is a unit; the bands at the ends of units part two that stand close, and
    are given back to the unit that they end. Where nothing was `measured` (rows, columns) there is no unit.
    """
    _, space, _, end = layout
    mask = ((space > end) & (space + end > 0.5) & measured).astype(np.uint8)
    # Holes are closed along the columns only: along the rows it would join two units that stand close.
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 1), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    units = []
    for x, y, width, height, _ in stats[1:count]:
        whole = filled(mask, x, x + width, y, y + height)
        if whole is None:
            continue
        ends = end[whole.y0 : whole.y1].mean(axis=0)
        cuts = [whole.x0, *cuts_between(ends, whole), whole.x1]
        parts = [filled(mask, left, right, y, y + height) for left, right in pairwise(cuts)]
        units += [with_ends(part, ends) for part in parts if part is not None]
    return sorted(units, key=lambda unit: unit.x0)


def filled(mask: NDArray[Any], x0: int, x1: int, y0: int, y1: int) -> UnitBox | None:
    """The rows and columns of a window that are more than half full; None when too few of them are."""
    part = mask[y0:y1, x0:x1]
    rows, columns = (np.flatnonzero(part.mean(axis=axis) > 0.5) for axis in (1, 0))
    if len(columns) < MIN_UNIT_CELLS[0] or len(rows) < MIN_UNIT_CELLS[1]:
        return None
    return UnitBox(x0 + int(columns[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[0]), y0 + int(rows[-1]) + 1)


def cuts_between(ends: NDArray[np.float32], unit: UnitBox) -> list[int]:
    """Columns inside what hangs together that are rather the end of a unit than cargo space."""
    reach = MIN_UNIT_CELLS[0]
    return [
        column
        for column in range(unit.x0 + reach, unit.x1 - reach)
        if ends[column] > 0.5 and int(np.argmax(ends[column - reach : column + reach + 1])) == reach
    ]


def with_ends(unit: UnitBox, ends: NDArray[np.float32]) -> UnitBox:
    """The unit with the bands at its ends; `ends` is how much of an end each column of the map is."""
    x0, x1 = unit.x0, unit.x1
    for _ in range(END_BAND_CELLS):
        x0 -= int(x0 > 0 and ends[x0 - 1] > END_BAND)
        x1 += int(x1 < len(ends) and ends[x1] > END_BAND)
    return UnitBox(x0, x1, unit.y0, unit.y1)


def empty_probability(loaded: FloatMap, unit: UnitBox, calibration: EmptyCalibration) -> float:
    """How likely it is that nothing is inside: from the cells of the unit that look most like goods."""
    score = loaded_score(loaded, unit, calibration.share)
    logit = np.log(score / (1 - score))
    return float(1 / (1 + np.exp(calibration.weight * logit + calibration.bias)))


def loaded_score(loaded: FloatMap, unit: UnitBox, share: float) -> float:
    """Mean of the highest share of the cells, inside (0, 1)."""
    cells = loaded[unit.cells()].ravel()
    count = max(int(len(cells) * share), 1)
    return float(np.clip(np.partition(cells, -count)[-count:].mean(), 1e-5, 1 - 1e-5))


def over_cells(plane: Float32Array, shape: tuple[int, int], stride: int) -> Float32Array:
    """Mean of a canonical plane (height, width) over the cells of a map; 0 in the padding."""
    padded = np.zeros((shape[0] * stride, shape[1] * stride), np.float32)
    padded[: plane.shape[0], : plane.shape[1]] = plane
    return np.asarray(cv2.resize(padded, (shape[1], shape[0]), interpolation=cv2.INTER_AREA), np.float32)


def goods_mass_kg(
    scan: Scan,
    alpha: NDArray[np.float32],
    goods: FloatMap,
    unit: UnitBox,
    stride: int,
    calibration: MassCalibration,
) -> tuple[Interval | None, float]:
    """Mass of the goods in a unit and the share of its goods that was not penetrated.

    The organic-equivalent areal density of each cell, times the share of it that is goods, times its area.
    None where the scan has no physical units or too little came through.
    """
    window = unit.cells()
    if scan.grade != "transmission" or not scan.pitch_known:
        return None, 0.0
    areal = areal_density_g_cm2(alpha[window], beams_of(scan.energies_mv)[0])
    share = goods[window] * calibration.max_goods_share
    is_goods = share > 0.3
    dark = float((alpha[window][is_goods] > UNPENETRATED_ALPHA).mean()) if is_goods.any() else 0.0
    if dark > MAX_UNPENETRATED_SHARE:
        return None, dark
    cell_cm2 = (stride * CANONICAL_PITCH_MM / 10) ** 2
    estimate = float((areal * share).sum()) * cell_cm2 * CELL_KG_PER_G_CM2 * calibration.scale
    floor = 20.0  # what a few walls' uncertainty amounts to, in kg
    low = max(estimate * (1 + calibration.relative_low) - floor, 0.0)
    high = estimate * (1 + calibration.relative_high) * (1 + 2 * dark) + floor
    return Interval(round(estimate, 1), round(low, 1), round(high, 1)), dark


def commodity_regions(
    commodity: FloatMap,
    loaded: FloatMap,
    unit: UnitBox,
    number: int,
    stride: int,
    scan: Scan,
    card: ModelCard,
) -> list[CommodityRegion]:
    """Stretches of a unit with one look, each with its likeliest classes."""
    window = unit.cells()
    weight = np.where(loaded[window] > LOADED, loaded[window], 0.0)
    if weight.sum() < MIN_REGION_CELLS:
        return []
    votes = (commodity[:, window[0], window[1]] * weight).sum(axis=1)
    smooth = cv2.blur(votes, (MIN_REGION_CELLS, 1))
    filled = (weight > 0).any(axis=0)
    label = np.where(filled, smooth.argmax(axis=0), -1)
    regions = []
    for start, end in stretches(label):
        if label[start] < 0 or end - start < MIN_REGION_CELLS // 2:
            continue
        total = votes[:, start:end].sum(axis=1)
        probability = total / max(float(total.sum()), 1e-6)
        rows = np.flatnonzero((weight[:, start:end] > 0).any(axis=1))
        part = UnitBox(unit.x0 + start, unit.x0 + end, unit.y0 + int(rows[0]), unit.y0 + int(rows[-1]) + 1)
        candidates = tuple(
            CommodityCandidate(
                card.commodities[index],
                CLASS_BY_NAME[card.commodities[index]].hs,
                round(float(probability[index]), 4),
            )
            for index in np.argsort(-probability)[:CANDIDATES]
        )
        regions.append(CommodityRegion(number, scan.grid.to_original(part.box(stride)), candidates))
    return regions


def stretches(label: NDArray[np.intp]) -> list[tuple[int, int]]:
    """[start, end) of the runs of equal values."""
    cuts = np.flatnonzero(np.diff(label)) + 1
    edges = [0, *cuts.tolist(), len(label)]
    return list(pairwise(edges))
