"""How much better a scan is calibrated with what earlier scans of its machine have shown: simulated scans.

    python -m training.learnt_air

Machines have faults of their own, the same in every scan: each detector cell and each module has a gain that differs
from the others, and the level of the open beam wanders from scan to scan. Each is learnt from scans of any cargo, and
then reads others. The table of docs/how-to/watch-your-scanners.md is printed: the error of attenuation against a
calibration that knows the machine.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.geometry import resample
from tallyscan.calibrate.learn_air import learn
from tallyscan.calibrate.profile import AirLevel, ScannerProfile
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.learnt_air import LearntAir
from tallyscan.scan import RawScan, Scan
from tallyscan.scanner_condition import OpenAir
from tallyscan.sidecar import parse_sidecar
from training.calibrated_scan import PROFILES
from training.simulate.faults import Rng
from training.simulate.render import Framing, render
from training.simulate.scanner import Scanner, at_pitch, draw_scanner
from training.simulate.scene import Scene, Wish, build_scene

VEHICLES = ("truck_20", "truck_40", "truck_two_20", "curtain_trailer", "container_alone")
# Highest and lowest cell in the reference plane, the same in every scan: over the vehicle, or within its load.
WHOLE_MM, CARGO_MM = (4700.0, 300.0), (3500.0, 1500.0)
AIR_MM, TIGHT_MM = (600.0, 1500.0), 400.0  # of open air before and behind; inside the ends of a unit
CELL_GAIN, MODULE_GAIN = 0.006, 0.01
LEVEL_WANDERS, USUAL_OFF = (
    0.008,
    0.05,
)  # one sigma; what the usual level of such machines is off from this one's
MATTER = (0.05, 4.0)  # attenuation in which errors count


Errors = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Machine:
    """One scanner with its highest and lowest cell, the gains of the cells (height, 1) and its open beam as a share."""

    scanner: Scanner
    window_mm: tuple[float, float]
    gains: NDArray[np.float64]
    level: float


def drawn_machine(seed: int, pitch_mm: float, window_mm: tuple[float, float]) -> Machine:
    """A portal with two energies, striped as one that needs service."""
    rng = np.random.default_rng(seed)
    scanner = at_pitch(draw_scanner(rng, "portal-6-4-L"), pitch_mm, pitch_mm)
    rows_mm = scanner.beam(*window_mm).rows_mm
    modules = scanner.modules_of(rows_mm)
    gains = rng.normal(0, CELL_GAIN, len(rows_mm)) + rng.normal(0, MODULE_GAIN, modules.max() + 1)[modules]
    return Machine(scanner, window_mm, (1 + gains)[:, np.newaxis], 0.8)


def scans(
    machine: Machine, seed: int, count: int, *, air: bool
) -> Iterator[tuple[RawScan, NDArray[np.float64]]]:
    """Scans of any cargo, with open air before and behind or cut inside it; and the true open beam of each cell."""
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        scene = build_scene(rng, Wish(vehicle=VEHICLES[index % len(VEHICLES)], families=()))
        yield _one(rng, machine, scene, air=air)


def _one(rng: Rng, machine: Machine, scene: Scene, *, air: bool) -> tuple[RawScan, NDArray[np.float64]]:
    outer = scene.units[0].unit.outer
    extent = scene.vehicle.extent
    ends = (
        (extent.x0 - rng.uniform(*AIR_MM), extent.x1 + rng.uniform(*AIR_MM))
        if air
        else (outer.x0 + TIGHT_MM, outer.x1 - TIGHT_MM)
    )
    simulated = render(rng, scene, machine.scanner, framing=Framing(*machine.window_mm, *ends))
    level = machine.level * (1 + LEVEL_WANDERS * rng.standard_normal())
    beam = machine.gains * level * np.array(machine.scanner.air_counts).reshape(-1, 1, 1)
    whole = np.asarray(simulated.pixels, np.float64) * machine.gains * level
    full_scale = machine.scanner.full_scale
    counts = np.clip(np.rint(whole), 0, full_scale).astype(np.uint16)
    said = {name: simulated.sidecar[name] for name in ("energies_mv", "full_scale", "pitch_mm")}
    sidecar = parse_sidecar(json.dumps(said | {"device": "machine"}).encode())
    return RawScan(counts, "grey", "tiff", "0" * 64, sidecar), beam


def lesson(machine: Machine, seed: int, count: int) -> LearntAir:
    """What is learnt of a machine from so many scans; those that show no open beam teach nothing."""
    seen: list[OpenAir] = []
    for raw, beam in scans(machine, seed, count, air=True):
        scan = to_physical(_given(raw, beam), PROFILES["generic_transmission"])
        if scan.open_air is not None:
            seen.append(scan.open_air)
    return learn("machine", seen, 1)


def _given(raw: RawScan, beam: NDArray[np.float64]) -> RawScan:
    """With the level of the open beam, as a scanner would give it."""
    levels = tuple(float(np.median(of_energy)) for of_energy in beam)
    return replace(raw, sidecar=raw.sidecar.model_copy(update={"air_level": levels}))


def usual(machine: Machine) -> ScannerProfile:
    """The profile of such machines: their usual level is not quite that of this one."""
    level = max(machine.scanner.air_counts) * machine.level * (1 + USUAL_OFF)
    known = AirLevel(level=level, lowest=0.93 * level, highest=1.05 * level)
    return ScannerProfile(
        name="usual", title="Machines of this kind", grade="transmission", air=known,
        full_scale=machine.scanner.full_scale,
    )  # fmt: skip


def errors(scan: Scan, raw: RawScan, beam: NDArray[np.float64]) -> Errors:
    """Mean error of attenuation of the high energy, and its spread from cell to cell, against the true open beam.

    Both from the same counts, so that their noise is none of it.
    """
    truth = np.clip(raw.pixels[0] / beam[0], 1e-6, 1).astype(np.float32)
    alpha = -np.log(resample(truth, (scan.height, scan.width)))
    matter = (alpha > MATTER[0]) & (alpha < MATTER[1]) & scan.valid
    off = np.where(matter, scan.attenuation - alpha, np.nan)
    rows = np.count_nonzero(matter, axis=1) >= 20
    of_cells = np.array([np.nanmedian(row) for row in off[rows]])
    return abs(float(np.median(of_cells))), float(np.abs(of_cells - np.median(of_cells)).mean())


def compared(seed: int, pitch_mm: float, learn_from: int, count: int) -> Iterator[tuple[str, bool, Errors]]:
    """How scans of a machine are calibrated, with or without what was learnt, and their errors."""
    generic = PROFILES["generic_transmission"]
    for window_mm, air in ((WHOLE_MM, True), (CARGO_MM, False)):
        machine = drawn_machine(seed, pitch_mm, window_mm)
        known, profile = lesson(machine, seed, learn_from), usual(machine)
        for raw, beam in scans(machine, 1000 + seed, count, air=air):
            for learnt in ((), (known,)):
                scan = to_physical(raw, profile, learnt=learnt)
                how = (
                    "found in the scan, row by row"
                    if air
                    else "not in view: the usual one, or the learnt one"
                )
                yield how, bool(learnt), errors(scan, raw, beam)
                if air:
                    scan = to_physical(_given(raw, beam), generic, learnt=learnt)
                    yield "given with the scan", bool(learnt), errors(scan, raw, beam)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--machines", type=int, default=3)
    parser.add_argument("--learn-from", type=int, default=20)
    parser.add_argument("--scans", type=int, default=8)
    parser.add_argument("--pitch-mm", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    found: defaultdict[tuple[str, bool], list[Errors]] = defaultdict(list)
    for seed in range(arguments.seed, arguments.seed + arguments.machines):
        for how, with_it, error in compared(seed, arguments.pitch_mm, arguments.learn_from, arguments.scans):
            found[how, with_it].append(error)
    for how in dict.fromkeys(how for how, _ in found):
        means = [np.mean(found[how, with_it], axis=0) for with_it in (False, True)]
        cells = " | ".join(f"{before:.4f} | {after:.4f}" for before, after in zip(*means, strict=True))
        print(f"| {how} | {len(found[how, True])} | {cells} |")  # noqa: T201


if __name__ == "__main__":
    main()
