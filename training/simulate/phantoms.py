"""Test objects of a cargo scanner, built from solids and seen through a simulated one.

All stand upright in the plane of the centre line at the height of the source (in a top view: lie in the reference
plane below it), so that rays meet them squarely.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tallyscan.physics.attenuation import FloatArray, Material
from tallyscan.physics.materials import STEEL
from tallyscan.scan import Float32Array
from training.simulate.artefacts import measured
from training.simulate.fan_beam import even_rows
from training.simulate.faults import Faults
from training.simulate.projection import total
from training.simulate.scanner import (
    AIR_SHARE,
    BACKGROUND,
    EXCESS,
    INTERLACE_PX,
    SCATTER_PX,
    TOP_VIEW_PLANE_MM,
    UNEVEN_BLUR,
    Scanner,
    draw_scanner,
)
from training.simulate.scanner_models import MODELS, Range
from training.simulate.scene import basis_shares
from training.simulate.solids import Box3, Loft, Round, Solid, box, cylinder_along

FIELD_MM = 600.0  # side of the square that is looked at
_TYPICAL_FAULTS = Faults(pulse_dose=0.001, row_gain=0.0007, cross_talk=0.015)


@dataclass(frozen=True)
class Bench:
    """A scanner with the pixel that it has in the reference plane, and a place to put test objects."""

    scanner: Scanner
    pitch_x_mm: float
    pitch_y_mm: float


def typical_bench(name: str) -> Bench:
    """A machine of a model in the middle of its ranges as `draw_scanner` draws them, in good order.

    At its nominal energies; of what is not drawn from a range (gaps of modules, rectified or not) nothing matters here.
    """
    kind = MODELS[name]
    drawn = draw_scanner(np.random.default_rng(0), name)
    photons, sharp, bits = geometric(kind.photons), middle(kind.sharpness_px), max(kind.bits)
    geometry = replace(
        drawn.geometry, source_mm=middle(kind.source_mm), centre_mm=middle(kind.source_to_centre_mm),
        centre_to_detector_mm=middle(kind.centre_to_detector_mm), detector_pitch_mm=middle(kind.detector_pitch_mm),
    )  # fmt: skip
    scanner = replace(
        drawn, geometry=geometry, line_pitch_mm=middle(kind.line_pitch_mm), end_point_factor=1.0, filter_factor=1.0,
        photons=(photons, *(photons * middle(kind.low_energy_photons) for _ in kind.energies_mv[1:])),
        excess=middle(EXCESS), electronic=geometric(kind.electronic), scatter=geometric(kind.scatter),
        scatter_px=middle(SCATTER_PX), background=geometric(BACKGROUND), blur_px=(sharp, sharp * middle(UNEVEN_BLUR)),
        interlace_px=middle(INTERLACE_PX) if len(kind.energies_mv) > 1 else 0.0, bits=bits,
        air_counts=(middle(AIR_SHARE) * (2**bits - 1),) * len(kind.energies_mv), faults=_TYPICAL_FAULTS,
    )  # fmt: skip
    return Bench(scanner, scanner.line_pitch_mm, geometry.detector_pitch_mm / scanner.magnification)


def middle(low_high: Range) -> float:
    """Arithmetic middle of a range."""
    return sum(low_high) / 2


def geometric(low_high: Range) -> float:
    """Middle of a range that is drawn evenly in its logarithm."""
    return float(np.sqrt(low_high[0] * low_high[1]))


def slab(
    bench: Bench, material: Material, thickness_mm: float, width_mm: float, height_mm: float, x: float = 0.0
) -> Loft:
    """A plate across the beam around a point of the reference plane at `x`, centred on the source's axis."""
    half, v = thickness_mm / 2, bench.scanner.geometry.source_mm
    x0, x1 = x - width_mm / 2, x + width_mm / 2
    if bench.scanner.model.view == "side":
        return box(material, Box3(x0, x1, v - height_mm / 2, v + height_mm / 2, -half, half))
    y = TOP_VIEW_PLANE_MM
    return box(material, Box3(x0, x1, y - half, y + half, v - height_mm / 2, v + height_mm / 2))


def wire(bench: Bench, diameter_mm: float, x: float, *, along: bool) -> Loft | Round:
    """A steel wire 300 mm long, along the travel or across it.

    Across it is a square bar of the same section: a round one thinner than a column would fall between the columns
    at which solids are evaluated.
    """
    v = bench.scanner.geometry.source_mm
    top = bench.scanner.model.view == "top"
    if along:
        y, z = (TOP_VIEW_PLANE_MM, v) if top else (v, 0.0)
        return cylinder_along(STEEL, x - 150, x + 150, y, z, diameter_mm / 2)
    side = diameter_mm * np.sqrt(np.pi) / 2
    return slab(bench, STEEL, side, side, 300.0, x)


def seen(
    bench: Bench, solids: list[tuple[Material, list[Solid]]], seed: int, *, phase: float = 0.0
) -> Float32Array:
    """Measured transmission (energy, height, width) of solids by material in the field of the bench."""
    scanner, v = bench.scanner, bench.scanner.geometry.source_mm
    half = FIELD_MM / 2
    beam = scanner.beam(v + half, v - half, bench.pitch_y_mm)
    beam = replace(beam, rows_mm=even_rows(v + half, v - half, bench.pitch_y_mm) + phase * bench.pitch_y_mm)
    columns: FloatArray = np.arange(-half, half, bench.pitch_x_mm) + phase * bench.pitch_x_mm
    basis = np.zeros((3, len(beam.rows_mm), len(columns)), np.float32)
    for material, parts in solids:
        areal = total(parts, beam, columns)
        for plane, share in zip(basis, basis_shares(material), strict=True):
            plane += areal * np.float32(share)
    image, _ = measured(np.random.default_rng(seed), basis, scanner, beam.rows_mm)
    return image


def contrast_to_noise(
    bench: Bench,
    behind: list[tuple[Material, list[Solid]]],
    target: tuple[Material, list[Solid]],
    detail_mm: tuple[float, float],
) -> float:
    """Contrast of a target, averaged over a detail of (x, y) mm at the middle, over the noise of such averages.

    Measured in two images of the high energy, one without the target; noise, gains and rounding are all in it. Both
    have the same noise, so no lucky pixel makes a contrast. A wire may lie between two pixels: the better one counts.
    """
    size = (max(round(detail_mm[0] / bench.pitch_x_mm), 1), max(round(detail_mm[1] / bench.pitch_y_mm), 1))
    without = seen(bench, behind, 1)[0]
    empty, shown = (cv2.blur(image, size) for image in (without, seen(bench, [*behind, target], 1)[0]))
    rows, columns = empty.shape[0] // 2, empty.shape[1] // 2
    inner = empty[rows // 2 : -rows // 2, columns // 2 : -columns // 2]
    near = np.s_[rows - 1 : rows + 2, columns - 1 : columns + 2]
    # Rounding that noise does not dither is an error of the mean: its largest Fourier term (B. Widrow, 1956).
    air = bench.scanner.air_counts[0]
    pixel = float(without.std()) * air
    noise = np.hypot(float(inner.std()), np.exp(-2 * (np.pi * pixel) ** 2) / np.pi / air)
    return float((empty[near] - shown[near]).max()) / noise
