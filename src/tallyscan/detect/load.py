"""Maps -> what is seen of the load of a unit: how much of it is filled, what it is made of, how it looks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.heads import LOADED, MIN_GOODS_CELLS
from tallyscan.detect.looks import largest_stretch, two_looks
from tallyscan.detect.session import FloatMap
from tallyscan.detect.units import UnitBox
from tallyscan.load_seen import LoadSeen, Look, Surprise
from tallyscan.physics.beam import beams_of
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import Float32Array, Scan

WALL_G_CM2 = 3.0
"""Steel of both walls of a container, which stands in front of and behind the goods: 2.5 to 3 g/cm2."""

LEAST_AREAL_G_CM2 = 8.0  # of less, the walls are too large a part
TOLD_ALPHA = (0.5, 5.5)  # between them enough is there, and enough comes through, to tell materials
SURPRISE_CELLS = 25  # a metre
LEAST_BAND = 0.1  # in attenuation: a narrower expectation is not believed


def load_seen(
    scan: Scan,
    by_head: dict[str, FloatMap],
    unit: UnitBox,
    stride: int,
    alpha: Float32Array | None,
    *,
    declared: bool,
) -> LoadSeen | None:
    """The load of one unit; None with too few goods to say anything. `alpha` is None without physical units."""
    window = unit.cells()
    goods = by_head["loaded"][0][window] > LOADED
    if goods.sum() < MIN_GOODS_CELLS:
        return None
    looks, apart = _looks(scan, by_head["commodity"][:, window[0], window[1]], goods, unit, stride)
    dual = alpha is not None and len(scan.energies_mv) > 1
    return LoadSeen(
        box=scan.grid.to_original(_around(goods, unit).box(stride)),
        filled=round(float(goods.mean()), 4),
        iron_share=_iron_share(scan, alpha, by_head["material"], goods, unit)
        if dual and alpha is not None
        else None,
        looks=looks,
        looks_apart=apart,
        surprise=_surprise(scan, alpha, by_head["expected_declared"], unit, stride)
        if declared and alpha is not None
        else None,
    )


def _looks(
    scan: Scan, commodity: FloatMap, goods: NDArray[np.bool_], unit: UnitBox, stride: int
) -> tuple[tuple[Look, ...], float | None]:
    found = two_looks(commodity, goods)
    if found is None:
        return (), None
    blocks, apart = found
    total = int((blocks >= 0).sum())
    looks = tuple(
        Look(
            scan.grid.to_original(largest_stretch(blocks, look, unit).box(stride)),
            round(float((blocks == look).sum()) / total, 3),
        )
        for look in (0, 1)
        if (blocks == look).any()
    )
    return looks, round(apart, 4)


def _iron_share(
    scan: Scan, alpha: Float32Array, material: FloatMap, goods: NDArray[np.bool_], unit: UnitBox
) -> float | None:
    """Share of the areal density of the goods, without walls, that acts like iron; None where too little is told."""
    rows, columns = unit.cells()
    seen = alpha[rows, columns]
    areal = areal_density_g_cm2(seen, beams_of(scan.energies_mv)[0])
    told = goods & (seen > TOLD_ALPHA[0]) & (seen < TOLD_ALPHA[1]) & (areal > LEAST_AREAL_G_CM2)
    if told.sum() < MIN_GOODS_CELLS:
        return None
    iron = material[1][rows, columns][told] * areal[told] - WALL_G_CM2
    share = float(iron.sum() / (areal[told] - WALL_G_CM2).sum())
    return round(min(max(share, 0.0), 1.0), 4)


def _surprise(
    scan: Scan, alpha: Float32Array, expected: FloatMap, unit: UnitBox, stride: int
) -> Surprise | None:
    """The square metre of a unit in which the mean distance from the expected median, in bands, is largest."""
    rows, columns = unit.cells()
    seen = alpha[rows, columns]
    low, median, high = expected[:, rows, columns]
    distance = (seen - median) / np.maximum(high - low, LEAST_BAND)
    side = (min(SURPRISE_CELLS, seen.shape[1]), min(SURPRISE_CELLS, seen.shape[0]))
    smooth = cv2.boxFilter(distance.astype(np.float32), -1, side, borderType=cv2.BORDER_REFLECT)
    y, x = np.unravel_index(int(np.abs(smooth).argmax()), smooth.shape)
    x0 = min(max(int(x) - side[0] // 2, 0), seen.shape[1] - side[0])
    y0 = min(max(int(y) - side[1] // 2, 0), seen.shape[0] - side[1])
    place = (slice(y0, y0 + side[1]), slice(x0, x0 + side[0]))
    beam = beams_of(scan.energies_mv)[0]
    excess = areal_density_g_cm2(seen[place].mean(), beam) - areal_density_g_cm2(median[place].mean(), beam)
    cells = UnitBox(unit.x0 + x0, unit.x0 + x0 + side[0], unit.y0 + y0, unit.y0 + y0 + side[1])
    return Surprise(scan.grid.to_original(cells.box(stride)), round(float(excess), 2))


def _around(goods: NDArray[np.bool_], unit: UnitBox) -> UnitBox:
    rows, columns = np.flatnonzero(goods.any(axis=1)), np.flatnonzero(goods.any(axis=0))
    return UnitBox(
        unit.x0 + int(columns[0]),
        unit.x0 + int(columns[-1]) + 1,
        unit.y0 + int(rows[0]),
        unit.y0 + int(rows[-1]) + 1,
    )
