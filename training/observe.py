"""Simulated scans through the service's own path, and what the model said of each beside what is true.

Evaluation is serving: a scan is rendered to counts, calibrated by `tallyscan.calibrate` and read by
`tallyscan.detect`. One observation is one JSON object; a run goes on where it stopped.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tallyscan.calibrate.profile import load_profiles, profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.detect.detector import Detector, calibration_group
from tallyscan.detect.regions import candidate_regions, smoothed
from tallyscan.scan import Box, RawScan, Scan
from tallyscan.sidecar import parse_sidecar
from training.simulate.anomaly import FAMILIES
from training.simulate.render import SimulatedScan, render
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Wish, build_scene

PLANS = ("benign", "benign", "benign", "anomaly", "anomaly", "anomaly", "empty")
ENERGIES = ((6.0, 4.0), (9.0, 6.0), (6.0,), (9.0,))
CANDIDATE_FLOOR = 0.05
PROFILES = load_profiles()


def raw_scan(scan: SimulatedScan) -> RawScan:
    """The raw scan that the decoders would make of the written file."""
    pixels = scan.pixels if scan.pixels.ndim == 3 else scan.pixels[None]
    digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
    sidecar = parse_sidecar(json.dumps(scan.sidecar).encode())
    file_format = "jpeg" if scan.grade == "display" else "tiff"
    return RawScan(pixels, "grey", file_format, digest, sidecar)


def simulated(seed: int, index: int) -> tuple[SimulatedScan, str]:
    """Scan number `index` of a set, and what it was planned to be; the same numbers give the same scan."""
    rng = np.random.default_rng([seed, index])
    plan = PLANS[index % len(PLANS)]
    family = tuple(FAMILIES)[index // len(PLANS) % len(FAMILIES)]
    wish = {
        "benign": Wish(families=(), empty=False),
        "anomaly": Wish(families=(family,), empty=False),
        "empty": Wish(families=(), empty=True),
    }[plan]
    third = index // 7 % 3
    energies = ENERGIES[:2] if third == 0 else ENERGIES[2:]
    scanner = draw_scanner(rng, energies[int(rng.integers(len(energies)))])
    scene = build_scene(rng, wish)
    return render(rng, scene, scanner, grade="display" if third == 2 else "transmission"), plan


def observe(detector: Detector, scan: SimulatedScan, plan: str) -> dict[str, Any]:
    """What the model says of a scan, beside the truth; `read` is False where quality refused it."""
    raw = raw_scan(scan)
    physical = to_physical(raw, profile_for(raw, PROFILES, None))
    quality = assess(physical)
    record: dict[str, Any] = {"plan": plan, "truth": scan.truth, "group": calibration_group(physical)}
    if not quality.readable:
        return record | {"read": False, "reasons": list(quality.reasons)}
    return record | {"read": True} | said(detector, physical)


def said(detector: Detector, scan: Scan) -> dict[str, Any]:
    """The model's answers on a scan, before any threshold."""
    maps = detector.maps(scan, None)
    detection = detector.interpret(scan, maps)
    head = detector.card.heads["anomaly"]
    smooth = smoothed(maps.by_head["anomaly"])
    regions = candidate_regions(smooth, detector.card.families, CANDIDATE_FLOOR)[:20]
    return {
        "score": detection.anomaly.score,
        "candidates": [
            {"family": r.family, "score": round(r.score, 4), "box": scan.grid.to_original(r.box(head.stride))}
            for r in regions
        ],
        "units": [
            {
                "box": unit.box,
                "empty": unit.empty.probability if unit.empty else None,
                "mass_kg": unit.mass_kg.estimate if unit.mass_kg else None,
                "commodities": [
                    {"class": region.candidates[0].commodity, "box": region.box}
                    for region in detection.commodities
                    if region.unit == unit.unit
                ],
            }
            for unit in detection.units
        ],
        "seconds_in_model": round(maps.seconds, 4),
    }


def observations(detector: Detector, seed: int, count: int, path: Path) -> Iterator[dict[str, Any]]:
    """Observations 0 to count - 1 of a set, appended to a file; those already there are not made again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done: list[dict[str, Any]] = []
    if path.exists():
        lines = [
            json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")
        ]
        done = [line for line in lines if line["sha256"] == detector.card.sha256 and line["seed"] == seed]
    yield from done[:count]
    with path.open("a", encoding="utf-8") as file:
        for index in range(len(done), count):
            scan, plan = simulated(seed, index)
            record = {"sha256": detector.card.sha256, "seed": seed, "index": index} | observe(
                detector, scan, plan
            )
            file.write(json.dumps(record) + "\n")
            file.flush()
            yield record


def iou(a: list[float] | Box, b: list[float] | Box) -> float:
    """Intersection over union of two boxes [x, y, width, height]."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / (a[2] * a[3] + b[2] * b[3] - shared))


def matched(truth: list[Any], found: list[Any]) -> list[tuple[int, int, float]]:
    """One-to-one pairs of boxes by falling IoU: (index in truth, index in found, IoU)."""
    pairs = sorted(
        ((iou(t, f), i, j) for i, t in enumerate(truth) for j, f in enumerate(found)),
        key=lambda pair: -pair[0],
    )
    used_truth: set[int] = set()
    used_found: set[int] = set()
    result = []
    for value, i, j in pairs:
        if value > 0 and i not in used_truth and j not in used_found:
            used_truth.add(i)
            used_found.add(j)
            result.append((i, j, value))
    return result
