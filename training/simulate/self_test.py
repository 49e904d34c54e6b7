"""What the simulated scanners can show, by the tests that cargo scanners are judged by.

N42.46-style: the five figures of ANSI N42.46 (penetration, contrast sensitivity, wire detection, spatial resolution,
materials discrimination), measured on simulated images with objects and criteria of our own. Neither that standard
nor IEC 62523 was followed, and no compliance is claimed. `python -m training.simulate.self_test` writes the table.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from tallyscan.detect.inputs import steel_curve
from tallyscan.physics.attenuation import Material
from tallyscan.physics.materials import ALUMINIUM, LEAD, POLYETHYLENE, STEEL
from tallyscan.scan import MIN_TRANSMISSION
from training.simulate.phantoms import FIELD_MM, Bench, contrast_to_noise, seen, slab, typical_bench, wire
from training.simulate.scanner_models import MODELS, ScannerModel
from training.simulate.solids import Solid, moved

ROSE = 5.0  # contrast to noise at which a detail is surely seen (A. Rose, 1948)
DETAIL_MM = (20.0, 20.0)  # the least part of a shape that must be seen
WIRE_LENGTH_MM = 100.0  # the eye averages along a line
MODULATION = 0.2  # of line pairs against that of wide bars
MATERIALS = (POLYETHYLENE, ALUMINIUM, STEEL, LEAD)
STEPS_G_CM2 = (20.0, 50.0, 80.0, 120.0)
STEP_PIXELS = 100  # averaged in a step of material: 5 cm x 5 cm at 5 mm
APART_SIGMAS = 3.0
DOCUMENT = Path("docs/reference/simulated-scanners.md")


@dataclass(frozen=True)
class Figures:
    """Results of one model; lengths in mm, `contrast` in percent, `separations` in sigmas by step (dual only)."""

    penetration_mm: float
    contrast_percent: float
    wire_in_air_mm: float
    wire_behind_steel_mm: float
    line_pair_mm: float
    separations: tuple[tuple[float, ...], ...]

    @property
    def groups(self) -> str:
        """How many of the four materials are told apart at each step."""
        if not self.separations:
            return "-"
        return " / ".join(str(1 + sum(s >= APART_SIGMAS for s in step)) for step in self.separations)


def figures_of(name: str) -> Figures:
    """All figures of a typical machine of a model."""
    bench = typical_bench(name)
    return Figures(
        penetration(bench), contrast(bench), thinnest_wire(bench, 0.0), thinnest_wire(bench, 100.0),
        line_pair(bench), separations(bench),
    )  # fmt: skip


def penetration(bench: Bench) -> float:
    """mm of steel behind which a steel block of a fifth of that thickness is still seen."""

    def visible(thickness: float) -> bool:
        target = slab(bench, STEEL, thickness / 5, 120, 120)
        cnr = contrast_to_noise(bench, steel_wall(bench, thickness), (STEEL, [target]), DETAIL_MM)
        return cnr >= ROSE

    return last_passing(visible, np.arange(100.0, 601.0, 10.0))


def contrast(bench: Bench, behind_mm: float = 100.0) -> float:
    """Thickness of the thinnest steel plate seen behind a steel wall, in percent of the wall."""

    def visible(percent: float) -> bool:
        target = slab(bench, STEEL, behind_mm * percent / 100, 120, 120)
        cnr = contrast_to_noise(bench, steel_wall(bench, behind_mm), (STEEL, [target]), DETAIL_MM)
        return cnr >= ROSE

    return first_passing(visible, np.geomspace(0.1, 10, 61))


def thinnest_wire(bench: Bench, behind_mm: float) -> float:
    """Diameter of the thinnest steel wire seen, the worse of along the travel and across it."""

    def visible(diameter: float) -> bool:
        wall = steel_wall(bench, behind_mm) if behind_mm else []
        return all(
            contrast_to_noise(
                bench, wall, (STEEL, [wire(bench, diameter, 0.0, along=along)]),
                (WIRE_LENGTH_MM, bench.pitch_y_mm) if along else (bench.pitch_x_mm, WIRE_LENGTH_MM),
            )
            >= ROSE
            for along in (True, False)
        )  # fmt: skip

    return first_passing(visible, np.geomspace(0.2, 12, 60))


def line_pair(bench: Bench) -> float:
    """Width of the finest steel bars, as wide as their gaps, whose modulation is a fifth of that of wide ones.

    Bars across the travel, then along it; no finer than a pixel, where bars would only be aliased.
    """
    worst = 0.0
    for across in (True, False):
        pitch = bench.pitch_x_mm if across else bench.pitch_y_mm
        full = modulation(bench, 40.0, across)

        def resolved(width: float, across: bool = across, pitch: float = pitch, full: float = full) -> bool:
            return width >= pitch and modulation(bench, width, across) >= MODULATION * full

        worst = max(worst, first_passing(resolved, np.arange(1.5, 15, 0.25)))
    return worst


def modulation(bench: Bench, width_mm: float, across: bool) -> float:
    """Amplitude in alpha of the ground wave of bars 20 mm thick, averaged along the middle half of them."""
    centres = np.arange(-FIELD_MM / 2, FIELD_MM / 2, 2 * width_mm)
    bars: list[Solid] = []
    for place in centres:
        if across:
            bars.append(slab(bench, STEEL, 20.0, width_mm, FIELD_MM, x=float(place)))
        else:
            whole = slab(bench, STEEL, 20.0, FIELD_MM, width_mm)
            bars.append(_raised(bench, whole, float(place)))
    image = seen(bench, [(STEEL, bars)], 3)[0]
    alpha = -np.log(np.maximum(image, MIN_TRANSMISSION))
    length = alpha.shape[0 if across else 1]
    alpha = alpha.take(range(length // 4, 3 * length // 4), 0 if across else 1).mean(0 if across else 1)
    pitch = bench.pitch_x_mm if across else bench.pitch_y_mm
    middle = slice(len(alpha) // 4, 3 * len(alpha) // 4)
    place = np.arange(len(alpha))[middle] * pitch
    phase = np.pi * place / width_mm
    design = np.stack([np.sin(phase), np.cos(phase), np.ones_like(phase)], axis=1)
    (sine, cosine, _), *_ = np.linalg.lstsq(design, alpha[middle], rcond=None)
    return float(np.hypot(sine, cosine))


def _raised(bench: Bench, solid: Solid, rise_mm: float) -> Solid:
    side = bench.scanner.model.view == "side"
    return moved(solid, dy=rise_mm if side else 0.0, dz=0.0 if side else rise_mm)


def separations(bench: Bench) -> tuple[tuple[float, ...], ...]:
    """Distance in sigmas between neighbours of PE, Al, Fe, Pb at each step; empty for one energy.

    The coordinate is what alpha of the low energy exceeds the steel curve by; noise is that of the scanner's own
    `NoiseModel` over the pixels of a step.
    """
    energies = bench.scanner.energies_mv
    if len(energies) < 2:
        return ()
    k1, k2 = steel_curve((energies[0], energies[1]))
    noise = bench.scanner.noise()
    found = []
    for areal in STEPS_G_CM2:
        places = []
        for material in MATERIALS:
            high, low = _mean_transmission(bench, material, areal)
            alpha_high, alpha_low = -np.log(high), -np.log(low)
            s_high, s_low = (
                float(model.alpha_sigma(np.array([t], np.float32))[0]) / STEP_PIXELS**0.5
                for model, t in zip(noise, (high, low), strict=True)
            )
            coordinate = alpha_low - alpha_high * (k1 + k2 * alpha_high)
            places.append((coordinate, np.hypot(s_low, (k1 + 2 * k2 * alpha_high) * s_high)))
        found.append(tuple(float(abs(a - b) / np.hypot(sa, sb)) for (a, sa), (b, sb) in pairwise(places)))
    return tuple(found)


def _mean_transmission(bench: Bench, material: Material, areal_g_cm2: float) -> tuple[float, float]:
    density = material.density_g_cm3 or 1.0
    step = slab(bench, material, areal_g_cm2 / density * 10, 300, 300)
    image = seen(bench, [(material, [step])], 4)
    height, width = image.shape[1:]
    inner = image[:, 2 * height // 5 : 3 * height // 5, 2 * width // 5 : 3 * width // 5]
    high, low = inner.mean(axis=(1, 2))
    return float(max(high, MIN_TRANSMISSION)), float(max(low, MIN_TRANSMISSION))


def steel_wall(bench: Bench, thickness_mm: float) -> list[tuple[Material, list[Solid]]]:
    """A wall that covers the whole field."""
    return [(STEEL, [slab(bench, STEEL, thickness_mm, 2 * FIELD_MM, 2 * FIELD_MM)])]


def first_passing(passes: Callable[[float], bool], values: Iterable[float]) -> float:
    """The first of rising values that passes together with the next one; infinite when none does."""
    before = None
    for value in values:
        if passes(float(value)):
            if before is not None:
                return before
            before = float(value)
        else:
            before = None
    return float("inf")


def last_passing(passes: Callable[[float], bool], values: Iterable[float]) -> float:
    """The last of rising values before two in a row fail."""
    last, failed = 0.0, 0
    for value in values:
        if passes(float(value)):
            last, failed = float(value), 0
        elif (failed := failed + 1) == 2:
            break
    return last


# Typical figures of fielded machines, from memory of data sheets: ranges by end point of the high energy.
TYPICAL = {
    "penetration": "to 4 MV: 200-270 mm; 6 MV: 300-340 mm; 9 MV: 380-420 mm",
    "contrast": "1-2 % at 100 mm",
    "wire in air": "0.8-1.5 mm",
    "wire behind 100 mm": "3-5 mm",
    "line pair": "3-5 mm",
    "materials": "4 groups between about 20 and 120 g/cm2",
}


def document(figures: dict[str, Figures]) -> str:
    """The reference page."""
    lines = [
        "# Simulated scanners",
        "",
        "Written by `python -m training.simulate.self_test`; do not edit. All machines are invented: names say type,",
        "end points in MV and the form of the detector line. Every scan draws one machine within the ranges of",
        "`training/simulate/scanner_models.py` and its faults from `training/simulate/faults.py`.",
        "",
        "## Ranges",
        "",
        "| model | end points, MV | view, detector | source to centre, m | magnification | pixel x by y, mm "
        "| photons a pixel | for training |",
        "|---|---|---|---|---|---|---|---|",
        *(_range_row(model) for model in MODELS.values()),
        "",
        "The pixel is that in the centre plane; photons are those of the open beam and the first energy.",
        "",
        "## N42.46-style self-test",
        "",
        "A typical machine of each model, in the middle of its ranges and in good order. Objects and criteria are our",
        "own, neither ANSI N42.46 nor IEC 62523 was followed, and compliance is not claimed.",
        "",
        "| model | penetration, mm Fe | contrast at 100 mm, % | wire in air, mm | wire behind 100 mm, mm "
        "| line pair, mm | groups at 20 / 50 / 80 / 120 g/cm² |",
        "|---|---|---|---|---|---|---|",
        *(_figure_row(name, result) for name, result in figures.items()),
        "| *typical of fielded machines* | " + " | ".join(TYPICAL.values()) + " |",
        "",
        f"- **Penetration**: steel behind which a block of a fifth of its thickness has a contrast to noise of"
        f" {ROSE:.0f} over details of 20 mm x 20 mm.",
        "- **Contrast**: the thinnest steel plate behind 100 mm of steel, by the same criterion.",
        f"- **Wire**: the thinnest steel wire, by the same criterion over {WIRE_LENGTH_MM:.0f} mm of its length; the"
        " worse of along and across the travel.",
        "- **Line pair**: width of the finest bars whose modulation is a fifth of that of wide ones, no finer than a"
        " pixel.",
        "- **Groups**: how many of polyethylene, aluminium, steel and lead are 3 sigma from their neighbour, averaged"
        f" over {STEP_PIXELS} pixels.",
        "- **Typical** figures are from memory of the literature, not from the standards.",
        "",
        *_differences(figures),
    ]
    return "\n".join(lines) + "\n"


def _range_row(model: ScannerModel) -> str:
    def spread(low_high: tuple[float, float], factor: float = 1.0) -> str:
        return "-".join(f"{value * factor:.1f}" for value in low_high)

    plane = 2400.0 if model.view == "top" else 0.0
    near, far = (value - plane for value in model.source_to_centre_mm)
    magnification = (
        1 + (model.centre_to_detector_mm[0] + plane) / far,
        1 + (model.centre_to_detector_mm[1] + plane) / near,
    )
    pitch = (
        model.detector_pitch_mm[0] / magnification[1],
        model.detector_pitch_mm[1] / magnification[0],
    )
    cells = [
        model.name, "/".join(f"{energy:g}" for energy in model.energies_mv), f"{model.view}, {model.detector}",
        spread(model.source_to_centre_mm, 1e-3), spread(magnification),
        f"{spread(model.line_pitch_mm)} by {spread(pitch)}", f"{model.photons[0]:,.0f}-{model.photons[1]:,.0f}",
        "held out" if model.held_out else "yes",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _figure_row(name: str, result: Figures) -> str:
    cells = [
        name, f"{result.penetration_mm:.0f}", f"{result.contrast_percent:.1f}", f"{result.wire_in_air_mm:.1f}",
        f"{result.wire_behind_steel_mm:.1f}", f"{result.line_pair_mm:.1f}", result.groups,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _differences(figures: dict[str, Figures]) -> list[str]:
    """Where the simulated machines lie outside what is typical, said by the program that measured them."""
    ranges = {
        "contrast": (1.0, 2.0, "%", [f.contrast_percent for f in figures.values()]),
        "wire in air": (0.8, 1.5, "mm", [f.wire_in_air_mm for f in figures.values()]),
        "wire behind 100 mm of steel": (3.0, 5.0, "mm", [f.wire_behind_steel_mm for f in figures.values()]),
        "line pair": (3.0, 5.0, "mm", [f.line_pair_mm for f in figures.values()]),
    }
    lines = ["## Where it differs from what is typical", ""]
    for title, (low, high, unit, values) in ranges.items():
        better, worse = sum(v < low - 0.05 for v in values), sum(v > high + 0.05 for v in values)
        lines.append(
            f"- {title}: {len(values) - better - worse} of {len(values)} models within {low:g}-{high:g} {unit}, "
            f"{better} better, {worse} worse (from {min(values):.1f} to {max(values):.1f} {unit})."
        )
    by_end_point: dict[float, list[float]] = {}
    for name, result in figures.items():
        by_end_point.setdefault(MODELS[name].energies_mv[0], []).append(result.penetration_mm)
    for energy_mv, values in sorted(by_end_point.items()):
        found = " to ".join(f"{value:.0f}" for value in sorted({min(values), max(values)}))
        models = "one model" if len(values) == 1 else f"{len(values)} models"
        lines.append(
            f"- penetration at {energy_mv:g} MV: {found} mm in {models}; {_typical_penetration(energy_mv)}."
        )
    return lines


def _typical_penetration(energy_mv: float) -> str:
    """What is typical of an end point, or between which known ones it lies."""
    known = {4.0: "200-270", 6.0: "300-340", 9.0: "380-420"}
    if energy_mv <= 4.0:
        return f"typical {known[4.0]} mm up to 4 MV"
    if energy_mv in known:
        return f"typical {known[energy_mv]} mm"
    below, above = max(e for e in known if e < energy_mv), min(e for e in known if e > energy_mv)
    return f"no figure known, typical {known[below]} mm at {below:g} MV and {known[above]} mm at {above:g} MV"


def main() -> None:
    """Measures every model and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DOCUMENT)
    chosen = parser.parse_args()
    chosen.out.write_text(document({name: figures_of(name) for name in MODELS}), encoding="utf-8")


if __name__ == "__main__":
    main()
