"""Simulated scans through the service's own path, and what the model said of each beside what is true.

Evaluation is serving: a scan is rendered to counts, calibrated by `tallyscan.calibrate` and read by
`tallyscan.detect`. One observation is one JSON object; a run goes on where it stopped, with any number of processes.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tallyscan.calibrate.profile import load_profiles, profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.declaration import Declaration, parse_declaration
from tallyscan.detect.card import ModelCard
from tallyscan.detect.card_calibration import (
    EmptyCalibration,
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
)
from tallyscan.detect.detector import Detector
from tallyscan.detect.regions import MAX_FINDINGS, candidate_regions, smoothed
from tallyscan.detect.units import calibration_group
from tallyscan.finding import ANOMALY_FAMILIES, CargoUnit, Detection
from tallyscan.scan import RawScan, Scan
from tallyscan.sidecar import parse_sidecar
from training.simulate.render import SimulatedScan, render
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Wish, build_scene

CANDIDATE_FLOOR = 0.004  # below any threshold: a hit must not be lost for want of a candidate
DISPLAY_SHARE = 0.3
MOST_ATTEMPTS = 40
PROFILES = load_profiles()


Wished = Callable[[int], Wish]


@dataclass(frozen=True)
class Plan:
    """One kind of scan in a set: what is in it and what was declared."""

    name: str
    wish: Wished
    declared: Callable[[int], str] = lambda _: "truth"
    dual_only: bool = False


def _hidden(names: tuple[str, ...], vehicle: str | None = None, amount: float | None = None) -> Wished:
    return lambda index: Wish(vehicle, families=(names[index % len(names)],), amount=amount)


def _one_of_all(index: int) -> Wish:
    family = ANOMALY_FAMILIES[index % len(ANOMALY_FAMILIES)]
    return Wish("truck_reefer" if family == "reefer_insulation" else None, families=(family,))


PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("benign", lambda _: Wish(families=()), lambda index: "none" if index % 2 else "truth"),
        Plan("anomaly", _one_of_all),
        Plan("small_metallic", _hidden(("weapons_ammunition",)), dual_only=True),
        Plan("concealed_vehicles", _hidden(("vehicles_engines",), amount=0.8)),
        Plan("empty", lambda _: Wish(families=(), load="empty"), lambda _: "empty"),
        Plan("tiny_load", lambda _: Wish(families=(), load="tiny"), lambda _: "empty"),
        Plan(
            "declared", lambda _: Wish(families=()), lambda index: "other_commodity" if index % 2 else "truth"
        ),
    )
}


@dataclass(frozen=True)
class SetOfScans:
    """`held_out` scanners and packings are never trained on; calibration uses the others."""

    seed: int
    plan: str
    held_out: bool


def raw_scan(scan: SimulatedScan) -> RawScan:
    """The raw scan that the decoders would make of the written file."""
    if scan.grade == "transmission":
        pixels = scan.pixels
    else:  # grey (height, width) or colour (height, width, 3)
        pixels = np.ascontiguousarray(np.moveaxis(np.atleast_3d(scan.pixels), -1, 0)).astype(
            np.uint8, copy=False
        )
    digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
    sidecar = parse_sidecar(json.dumps(scan.sidecar).encode())
    file_format = "jpeg" if scan.grade == "display" else "tiff"
    return RawScan(pixels, "rgb" if len(pixels) == 3 else "grey", file_format, digest, sidecar)


def simulated(chosen: SetOfScans, index: int) -> SimulatedScan:
    """Scan number `index` of a set; the same numbers give the same scan.

    A scene in which what was to be hidden found no place, or cannot be seen in the image, is drawn anew.
    """
    plan = PLANS[chosen.plan]
    wish = replace(plan.wish(index), held_out=chosen.held_out)
    for attempt in range(MOST_ATTEMPTS):
        rng = np.random.default_rng([chosen.seed, index, attempt])
        scene = build_scene(rng, wish)
        if wish.families and not scene.concealments:
            continue
        scanner = draw_scanner(rng, held_out=chosen.held_out)
        while plan.dual_only and len(scanner.energies_mv) < 2:
            scanner = draw_scanner(rng, held_out=chosen.held_out)
        display = not plan.dual_only and rng.random() < DISPLAY_SHARE
        scan = render(rng, scene, scanner, "display" if display else "transmission", plan.declared(index))
        if bool(wish.families) == bool(scan.truth["anomalies"]):
            return scan
    raise ValueError(f"nothing could be hidden in scan {index} of {chosen.plan}")


def declaration_in(scan: SimulatedScan) -> Declaration | None:
    """What was declared of a simulated scan, as the service parses it."""
    return None if scan.declaration is None else parse_declaration(json.dumps(scan.declaration).encode())


def observe(detector: Detector, scan: SimulatedScan) -> dict[str, Any]:
    """What the model says of a scan, beside the truth; `read` is False where quality refused it."""
    raw = raw_scan(scan)
    physical = to_physical(raw, profile_for(raw, PROFILES, None))
    quality = assess(physical)
    record: dict[str, Any] = {"truth": scan.truth, "group": calibration_group(physical, [])}
    if not quality.readable:
        return record | {"read": False, "reasons": list(quality.reasons)}
    return record | {"read": True} | said(detector, physical, declaration_in(scan))


def said(detector: Detector, scan: Scan, declaration: Declaration | None = None) -> dict[str, Any]:
    """The model's answers on a scan, before any threshold; scores are raw peaks of the smoothed map.

    Probabilities and masses are as the card's curves make them; see `uncalibrated` for answers to fit a card on.
    """
    maps = detector.maps(scan, declaration)
    detection = detector.interpret(scan, maps)
    stride = detector.card.heads["anomaly"].stride
    smooth = smoothed(maps.by_head["anomaly"])
    regions = candidate_regions(smooth, maps.by_head["family"], detector.card.families, CANDIDATE_FLOOR)
    return {
        "group": calibration_group(scan, [unit.kind for unit in detection.units]),
        "score": float(smooth.max()),
        "candidates": [
            {"family": r.family, "score": round(r.score, 5), "box": scan.grid.to_original(r.box(stride))}
            for r in regions[:MAX_FINDINGS]
        ],
        "units": [said_of_unit(unit, detection) for unit in detection.units],
        "seconds_in_model": round(maps.seconds, 4),
    }


def said_of_unit(unit: CargoUnit, detection: Detection) -> dict[str, Any]:
    """The model's answers on one unit."""
    mass = unit.mass_kg
    return {
        "box": unit.box,
        "empty": unit.empty.probability if unit.empty else None,
        "mass": None if mass is None else [mass.estimate, mass.low, mass.high],
        "mean_alpha": round(unit.goods_mean_alpha, 3),
        "not_penetrated": round(unit.not_penetrated, 4),
        "mismatch": unit.mismatch,
        "commodities": [
            {"box": region.box, "candidates": [[c.commodity, c.probability] for c in region.candidates]}
            for region in detection.commodities
            if region.unit == unit.unit
        ],
    }


def uncalibrated(card: ModelCard) -> ModelCard:
    """The card with curves that change nothing: what is observed with it does not depend on any calibration."""
    interval = MassInterval(max_mean_alpha=None, relative_low=-0.5, relative_high=0.5, scans=0)
    return card.model_copy(
        update={
            "score": ScoreCalibration(temperature=1.0, bias=0.0),
            "empty": EmptyCalibration(share=card.empty.share, weight=1.0, bias=0.0),
            "mass": MassCalibration(
                max_goods_share=card.mass.max_goods_share, scale=1.0, intervals=(interval,)
            ),
            "mismatch": MismatchCalibration(weight=1.0, bias=0.0),
        }
    )


_DETECTOR: Detector | None = None  # one a process: workers of a pool load the model once


def _load(model: Path, threads: int) -> None:
    global _DETECTOR
    cv2.setNumThreads(1)
    loaded = Detector.load(model, threads=threads, whole_image_megapixels=4.0)
    _DETECTOR = Detector(loaded.session, uncalibrated(loaded.card), loaded.whole_image_megapixels)


def _observe_one(chosen: SetOfScans, index: int) -> dict[str, Any]:
    assert _DETECTOR is not None
    scan = simulated(chosen, index)
    return {"index": index} | observe(_DETECTOR, scan)


def kept(path: Path) -> dict[int, dict[str, Any]]:
    """Observations in a file by their index, without a line that was cut off while it was written."""
    done: dict[int, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        done[record["index"]] = record
    return done


def observations(
    model: Path, sha256: str, chosen: SetOfScans, count: int, folder: Path, workers: int = 1
) -> Iterator[dict[str, Any]]:
    """Observations 0 to count - 1 of a set, kept in a file; those already there are not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    side = "held-out" if chosen.held_out else "training-side"
    path = folder / f"{chosen.plan}-{side}-{chosen.seed}-{sha256[:12]}.jsonl"
    done = kept(path)
    yield from (done[index] for index in sorted(done) if index < count)
    missing = [index for index in range(count) if index not in done]
    if not missing:
        return
    threads = 2 if workers == 1 else 1
    cv2.setNumThreads(1)  # before the fork: a worker would wait for threads of OpenCV that it does not have
    with (
        path.open("a", encoding="utf-8") as file,
        ProcessPoolExecutor(workers, initializer=_load, initargs=(model, threads)) as pool,
    ):
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            file.write("\n")  # a line was cut off: what follows must not be lost with it
        for record in pool.map(partial(_observe_one, chosen), missing):
            file.write(json.dumps(record) + "\n")
            file.flush()
            yield record
