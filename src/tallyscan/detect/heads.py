"""Maps -> what they say of a cargo unit: empty or loaded, mass, commodities, mismatch, how well it is read.

Every answer is pooled from the maps here; the graph itself never looks at the whole image.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card import ModelCard
from tallyscan.detect.card_calibration import EmptyCalibration, MassCalibration, MismatchCalibration
from tallyscan.detect.session import FloatMap
from tallyscan.detect.units import UnitBox
from tallyscan.finding import MAX_UNPENETRATED_SHARE, CommodityCandidate, CommodityRegion, Interval
from tallyscan.physics.beam import beams_of
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import CANONICAL_PITCH_MM, Float32Array, Scan

WALLS_KG = 20.0  # what the uncertainty of a unit's walls amounts to
LOADED = 0.5
READABLE = 0.5
IS_GOODS = 0.3  # share of a cell's areal density
UNPENETRATED_ALPHA = 6.5  # beyond it the inversion says "at least", not "so much"
MIN_REGION_CELLS = 25  # columns, one metre: narrower changes of commodity are not told apart
MIN_GOODS_CELLS = 25  # in all, 0.2 m x 0.2 m: of less nothing is said of what goods they are
CANDIDATES = 5
CELL_KG_PER_G_CM2 = 1e-3  # times the cell's area in cm2


def empty_probability(loaded: FloatMap, unit: UnitBox, calibration: EmptyCalibration) -> float:
    """How likely it is that nothing is inside: from the cells of the unit that look most like goods."""
    return calibration.probability(loaded_score(loaded, unit, calibration.share))


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


@dataclass(frozen=True)
class Weighed:
    """The goods of a unit, weighed or not (None), and how much came through them.

    `not_penetrated` is the share of the goods cells that let nothing through, `mean_alpha` their mean attenuation.
    """

    mass_kg: Interval | None
    not_penetrated: float = 0.0
    mean_alpha: float = 0.0


def weighed_goods(
    scan: Scan,
    alpha: NDArray[np.float32],
    goods: FloatMap,
    unit: UnitBox,
    stride: int,
    calibration: MassCalibration,
) -> Weighed:
    """Mass of the goods in a unit.

    The organic-equivalent areal density of each cell, times the share of it that is goods, times its area. The
    interval is that of the calibration units through whose goods as much came: by the mean attenuation of the
    goods cells; the bounds of a pitch that was measured widen it. None where the scan has no physical units or too
    little came through.
    """
    window = unit.cells()
    if scan.grade != "transmission" or not scan.has_size:
        return Weighed(None)
    areal = areal_density_g_cm2(alpha[window], beams_of(scan.energies_mv)[0])
    share = goods[window] * calibration.max_goods_share
    is_goods = share > IS_GOODS
    through = alpha[window][is_goods] if is_goods.any() else np.zeros(1, np.float32)
    dark, mean_alpha = float((through > UNPENETRATED_ALPHA).mean()), float(through.mean())
    if dark > MAX_UNPENETRATED_SHARE:
        return Weighed(None, dark, mean_alpha)
    cell_cm2 = (stride * CANONICAL_PITCH_MM / 10) ** 2
    estimate = float((areal * share).sum()) * cell_cm2 * CELL_KG_PER_G_CM2 * calibration.scale
    mass_kg = mass_interval(estimate, mean_alpha, dark, calibration)
    return Weighed(with_pitch_bounds(mass_kg, scan.pitch_bounds), dark, mean_alpha)


def mass_interval(
    estimate_kg: float, mean_alpha: float, dark: float, calibration: MassCalibration
) -> Interval:
    """An estimate with the bounds of its penetration; what was not penetrated (`dark`, a share) can only add."""
    bounds = calibration.interval_at(mean_alpha)
    low = max(estimate_kg * (1 + bounds.relative_low) - WALLS_KG, 0.0)
    high = estimate_kg * (1 + bounds.relative_high) * (1 + 2 * dark) + WALLS_KG
    return Interval(round(estimate_kg, 1), round(low, 1), round(high, 1))


def with_pitch_bounds(mass_kg: Interval, bounds: tuple[float, float] | None) -> Interval:
    """A mass with the bounds of a pitch that was measured: it grows with the area of a pixel, in one direction here."""
    if bounds is None:
        return mass_kg
    return Interval(mass_kg.estimate, round(mass_kg.low * bounds[0], 1), round(mass_kg.high * bounds[1], 1))


def mismatch_probability(
    mismatch: FloatMap, loaded: FloatMap, unit: UnitBox, calibration: MismatchCalibration
) -> float | None:
    """How likely the goods of a unit are not among the declared groups; None with too few goods to compare."""
    cells = mismatch[unit.cells()][loaded[unit.cells()] > LOADED]
    return calibration.probability(float(cells.mean())) if len(cells) >= MIN_GOODS_CELLS else None


def readable_share(quality: FloatMap, unit: UnitBox) -> float:
    """Share of a unit's cells that the model calls readable: noise and penetration good enough."""
    return float((quality[unit.cells()] > READABLE).mean())


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
    if weight.sum() < MIN_GOODS_CELLS:
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
