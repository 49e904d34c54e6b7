"""What a load looks like, as 35 numbers: how dense, how high, how it is patterned, of what.

Lengths and areal densities are physical, textures are shares of the mean attenuation, so that scans of one kind of
scanner compare. Which end of the unit comes first plays no part. docs/explanation/history.md has the list.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.known_unit import FEATURE_NAMES
from tallyscan.physics.beam import beam_of
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import CANONICAL_PITCH_MM, Box, Float32Array, Scan

CELL_MM = 10.0
_CELL_PX = round(CELL_MM / CANONICAL_PITCH_MM)
_ENDS, _TOP, _BOTTOM = 0.03, 0.06, 0.08
"""Shares of the box that are left out: end walls and doors, roof, floor with its beams."""

_LEAST_MM = (1500.0, 800.0)  # length and height; of less there is no pattern to speak of
_GOODS_ALPHA = 0.35  # more than the two walls of a container
_DARK_ALPHA = 6.5  # beyond it attenuation says "at least"
_BLOCK = 25  # cells, 0.25 m: where heights and steps along the unit are told
_SCALES_MM = (20.0, 40.0, 80.0, 160.0, 320.0)
_LAGS_MM = (120.0, 1600.0)  # from a small carton to two pallets
_RATIO_ALPHA = (0.3, 4.5)  # where two energies say something of the material
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def load_features(scan: Scan, box: Box) -> Float32Array | None:
    """Features of what is in a box in original pixels, float32 in the order of `FEATURE_NAMES`; not a number where one
    cannot be told (materials with one energy).

    None of a display image, where the size of a pixel is not known, or where the box is too small.
    """
    if scan.grade != "transmission" or not scan.has_size:
        return None
    rows, columns = _inside(scan, box)
    alpha = _cells(scan.attenuation[rows, columns])
    if alpha.shape[0] * CELL_MM < _LEAST_MM[1] or alpha.shape[1] * CELL_MM < _LEAST_MM[0]:
        return None
    areal = areal_density_g_cm2(alpha, beam_of(scan.energies_mv[0])).astype(np.float32)
    values = {
        **_density(areal),
        **_heights(alpha),
        **_along(areal),
        **_texture(alpha),
        **_rhythm(alpha),
        **_material(scan, alpha, rows, columns),
        "not_penetrated": float((alpha > _DARK_ALPHA).mean()),
    }
    return np.array([values[name] for name in FEATURE_NAMES], np.float32)


def _inside(scan: Scan, box: Box) -> tuple[slice, slice]:
    """Rows and columns of the room in a unit, in canonical pixels."""
    upright = scan.grid.to_canonical(box)
    top, bottom = upright.y + _TOP * upright.height, upright.y + (1 - _BOTTOM) * upright.height
    left, right = upright.x + _ENDS * upright.width, upright.x + (1 - _ENDS) * upright.width
    rows = slice(max(round(top), 0), min(round(bottom), scan.height))
    return rows, slice(max(round(left), 0), min(round(right), scan.width))


def _cells(plane: Float32Array) -> Float32Array:
    height, width = (side // _CELL_PX for side in plane.shape)
    if not height or not width:
        return np.zeros((height, width), np.float32)
    whole = np.ascontiguousarray(plane[: height * _CELL_PX, : width * _CELL_PX])
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _density(areal: Float32Array) -> dict[str, float]:
    """Mass per metre (with the walls) in t/m, areal densities in g/cm2, and how they lie one above the other."""
    height_cm = areal.shape[0] * CELL_MM / 10
    found = {"mass_per_metre": float(areal.mean()) * height_cm * 100 / 1e6}
    for quantile, value in zip(_QUANTILES, np.quantile(areal, _QUANTILES), strict=True):
        found[f"areal_density_{round(100 * quantile)}"] = float(value)
    total = max(float(areal.mean()), 1e-3)
    quarters = np.array_split(areal, 4)
    for name, quarter in zip(("top", "upper", "lower", "bottom"), quarters, strict=True):
        found[f"share_{name}"] = float(quarter.mean()) / total
    return found


def _heights(alpha: Float32Array) -> dict[str, float]:
    """How high goods stand along the unit, in mm: 10, 50 and 90 % of its length, and the share where none stand."""
    blocks = max(alpha.shape[1] // _BLOCK, 1)
    profile = np.stack([part.mean(axis=1) for part in np.array_split(alpha, blocks, axis=1)], axis=1)
    goods = profile > np.maximum(_GOODS_ALPHA, 0.3 * np.median(profile, axis=0))
    heights = np.where(goods.any(axis=0), alpha.shape[0] - goods.argmax(axis=0), 0) * CELL_MM
    low, middle, high = (float(value) for value in np.quantile(heights, (0.1, 0.5, 0.9)))
    return {
        "height_10": low, "height_50": middle, "height_90": high, "without_goods": float((heights < 300).mean()),
    }  # fmt: skip


def _along(areal: Float32Array) -> dict[str, float]:
    """How much the load changes along the unit, over its mean: in all, at the largest step, between its ends."""
    blocks = max(areal.shape[1] // (2 * _BLOCK), 3)
    line = np.array([part.mean() for part in np.array_split(areal, blocks, axis=1)])
    mean = max(float(line.mean()), 1e-3)
    third = max(blocks // 3, 1)
    ends = abs(float(line[:third].mean() - line[-third:].mean()))
    return {
        "change_along": float(line.std()) / mean,
        "largest_step": float(np.abs(np.diff(line)).max()) / mean,
        "ends_differ": ends / mean,
    }


def _texture(alpha: Float32Array) -> dict[str, float]:
    """Contrast at each scale as a share of the mean, and whether it runs upright (1) or level (-1)."""
    mean = max(float(alpha.mean()), 0.05)
    found = {}
    finer = cv2.GaussianBlur(alpha, (0, 0), _SCALES_MM[0] / CELL_MM / 2)
    for scale in _SCALES_MM:
        coarser = cv2.GaussianBlur(alpha, (0, 0), scale / CELL_MM)
        band = finer - coarser
        found[f"texture_{scale:.0f}"] = float(band.std()) / mean
        across, down = (float(np.square(np.diff(band, axis=axis)).mean()) for axis in (1, 0))
        found[f"upright_{scale:.0f}"] = (across - down) / max(across + down, 1e-9)
        finer = coarser
    return found


def _rhythm(alpha: Float32Array) -> dict[str, float]:
    """How regular rows of goods stand along the unit and above one another, 0 to 1, and how far apart, in mm."""
    found = {}
    for name, axis in (("along", 0), ("upward", 1)):
        line = alpha.mean(axis=axis)
        smooth = cv2.GaussianBlur(line[None, :], (0, 0), 500 / CELL_MM)[0]
        strength, lag = _autocorrelation_peak((line - smooth).astype(np.float64))
        found[f"regular_{name}"] = strength
        found[f"spacing_{name}"] = lag * CELL_MM
    return found


def _autocorrelation_peak(line: NDArray[np.float64]) -> tuple[float, int]:
    first, last = (round(lag / CELL_MM) for lag in _LAGS_MM)
    last = min(last, len(line) // 2)
    power = float(line @ line)
    if power <= 1e-9 or last <= first + 1:
        return 0.0, 0
    values = np.array([float(line[lag:] @ line[:-lag]) for lag in range(first, last)]) / power
    peaks = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1
    if not len(peaks):
        return 0.0, 0
    best = int(peaks[values[peaks].argmax()])
    return max(float(values[best]), 0.0), first + best


def _material(scan: Scan, alpha: Float32Array, rows: slice, columns: slice) -> dict[str, float]:
    """Attenuation of the low energy over that of the high: mean and 10 and 90 % of cells of 80 mm. Less is heavier
    elements."""
    names = ("material_mean", "material_10", "material_90")
    if len(scan.energies_mv) < 2:
        return dict.fromkeys(names, float("nan"))
    low = _cells(np.asarray(-np.log(scan.transmission[1][rows, columns]), np.float32))
    size = (max(alpha.shape[1] // 8, 1), max(alpha.shape[0] // 8, 1))
    high_cells, low_cells = (
        np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA)) for plane in (alpha, low)
    )
    told = (high_cells > _RATIO_ALPHA[0]) & (high_cells < _RATIO_ALPHA[1])
    if told.sum() < 10:
        return dict.fromkeys(names, float("nan"))
    ratios = low_cells[told] / high_cells[told]
    values = (ratios.mean(), *np.quantile(ratios, (0.1, 0.9)))
    return {name: float(value) for name, value in zip(names, values, strict=True)}
