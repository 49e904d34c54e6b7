"""How well the size of a pixel is measured on containers, by the active model: simulated scans.

    python -m training.measured_pitch

Containers of every length and kind pass machines of every kind, each scan once as counts of which the pitch along the
travel is not given, and once as a picture. The table of docs/explanation/pixel-pitch.md is printed.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.structure_pitch import measured_pitch
from tallyscan.calibrate.to_physical import first_look, to_physical
from tallyscan.container_size import container_size
from tallyscan.declaration import Declaration, parse_declaration
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tallyscan.finding import CargoUnit, Interval
from tallyscan.pixel_pitch import PixelPitch
from tallyscan.scan import Grade, RawScan, ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.sidecar import Pitch, parse_sidecar
from training.calibrated_scan import PROFILES
from training.metrics import wilson
from training.simulate.render import SimulatedScan, encoded, render
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Wish, build_scene

VEHICLES = (
    "truck_20", "truck_40", "truck_two_20", "container_alone", "rail_containers", "truck_reefer", "truck_45",
    "truck_40", "truck_tank_container",
)  # fmt: skip
HELD_OUT_SHARE = 0.3


@dataclass(frozen=True)
class Found:
    """One scan: what was measured and what is true. `along` is the mean pitch over the containers, in mm."""

    how: str
    plain: bool
    along: float
    across: float | None
    pitch: PixelPitch
    masses: tuple[tuple[float, Interval | None], ...] = ()


def simulated(index: int, seed: int, grade: Grade) -> tuple[SimulatedScan, tuple[float, float]]:
    """Scene number `index` with nothing hidden, and the true pitch of its machine, along and across."""
    rng = np.random.default_rng([seed, index])
    vehicle = VEHICLES[index % len(VEHICLES)]
    scene = build_scene(rng, Wish(vehicle=vehicle, families=(), held_out=None))
    held_out = bool(rng.random() < HELD_OUT_SHARE)
    scanner = draw_scanner(rng, held_out=held_out, conveyance=scene.vehicle.conveyance)
    return render(rng, scene, scanner, grade, "truth"), scanner.pitch_mm


def along_mm(truth: dict[str, Any]) -> float:
    """Mean pitch over the containers: their lengths over their boxes."""
    sizes = [(container_size(unit["equipment"]), unit["box"][2]) for unit in truth["units"]]
    return float(np.mean([size.length_mm / width for size, width in sizes if size is not None]))


def measure(index: int, seed: int, detector: Detector) -> Iterator[Found]:
    """What is measured in scene number `index`."""
    scan, (_, across) = simulated(index, seed, "transmission")
    truth, declaration = scan.truth, parse_declaration(json.dumps(scan.declaration).encode())
    plain = all(unit["equipment"][2] == "G" for unit in truth["units"])
    raw = _raw(scan, Pitch(y=scan.sidecar["pitch_mm"]["y"]))
    profile = profile_for(raw, PROFILES)
    look = first_look(raw, profile)
    units = detector.detect(look, declaration).units
    pitch = measured_pitch(units, look, declaration)
    masses: list[tuple[float, Interval | None]] = []
    if pitch.along_mm is not None:
        weighed = detector.detect(to_physical(raw, profile, pitch.along_mm), declaration).units
        masses = _masses(truth, weighed)
    yield Found("counts, size declared", plain, along_mm(truth), across, pitch, tuple(masses))
    undeclared = measured_pitch(units, look, _without_sizes(declaration))
    yield Found("counts, size not declared", plain, along_mm(truth), None, undeclared)
    picture, _ = simulated(index, seed, "display")
    raw = _raw(picture, None)
    shown = to_physical(raw, profile_for(raw, PROFILES))
    units = detector.detect(shown, declaration).units
    pitch = measured_pitch(units, shown, declaration)
    yield Found("picture, size declared", plain, along_mm(picture.truth), None, pitch)


def _raw(scan: SimulatedScan, pitch: Pitch | None) -> RawScan:
    files = ScanFiles((ScanPart("scan", encoded(scan)),), json.dumps(scan.sidecar).encode())
    sidecar = parse_sidecar(json.dumps(scan.sidecar).encode()).model_copy(update={"pitch_mm": pitch})
    return replace(decode(files, Limits()), sidecar=sidecar)


def _without_sizes(declaration: Declaration) -> Declaration:
    equipment = tuple(
        part.model_copy(update={"container_size_and_type": None}) for part in declaration.transport_equipment
    )
    return declaration.model_copy(update={"transport_equipment": equipment})


def _masses(truth: dict[str, Any], units: tuple[CargoUnit, ...]) -> list[tuple[float, Interval | None]]:
    if len(units) != len(truth["units"]):
        return []
    return [
        (unit["mass_kg"], found.mass_kg)
        for unit, found in zip(truth["units"], units, strict=True)
        if unit["mass_kg"] > 0
    ]


def row(name: str, found: list[Found]) -> str:
    """A line of the table: of how many scans the pitch was measured, how far off, how often the bounds hold it."""
    told = [one for one in found if one.pitch.along_mm is not None]
    errors = sorted(abs(one.pitch.along_mm.estimate / one.along - 1) for one in told if one.pitch.along_mm)
    held = sum(_holds(one.pitch.along_mm, one.along) for one in told)
    _, low, high, *_ = wilson(held, max(len(told), 1))
    spread = f"{np.median(errors):.1%}, {np.quantile(errors, 0.9):.1%}, {errors[-1]:.1%}" if errors else "-"
    return f"| {name} | {len(told)} of {len(found)} | {spread} | {held} of {len(told)} | {low:.0%} to {high:.0%} |"


def _holds(interval: Interval | None, value: float) -> bool:
    return interval is not None and interval.low <= value <= interval.high


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=90)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    settings = Settings()
    detector = Detector.load(active_model_dir(settings.models_dir), 2, settings.whole_image_megapixels)
    found: defaultdict[str, list[Found]] = defaultdict(list)
    for index in range(arguments.scenes):
        for one in measure(index, arguments.seed, detector):
            found[f"{one.how}, {'dry' if one.plain else 'other'} containers"].append(one)
    print("\n".join(row(name, ones) for name, ones in sorted(found.items())))  # noqa: T201
    everything = [one for ones in found.values() for one in ones]
    across = [one for one in everything if one.across is not None and one.pitch.across_mm is not None]
    held = sum(_holds(one.pitch.across_mm, one.across or 0.0) for one in across)
    print(f"across the travel: {held} of {len(across)} within the bounds")  # noqa: T201
    masses = [pair for one in everything for pair in one.masses]
    weighed = [(mass, interval) for mass, interval in masses if interval is not None]
    held = sum(_holds(interval, mass) for mass, interval in weighed)
    print(f"mass: {len(weighed)} of {len(masses)} loads weighed, {held} within their interval")  # noqa: T201


if __name__ == "__main__":
    main()
