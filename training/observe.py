"""Simulated scans through the service's own path, and what the model said of each beside what is true.

Evaluation is serving: a scan is rendered to counts, calibrated by `tallyscan.calibrate` and read by
`tallyscan.detect`. One observation is one JSON object; a run goes on where it stopped, with any number of processes.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tallyscan import physics
from tallyscan.calibrate.geometry import orientation_of, resample, upright
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.commodity import class_of_hs
from tallyscan.declaration import Declaration, parse_declaration
from tallyscan.detect.card import ModelCard
from tallyscan.detect.card_calibration import (
    EmptyCalibration,
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
)
from tallyscan.detect.detector import Detector, Maps
from tallyscan.detect.heads import over_cells
from tallyscan.detect.regions import smoothed
from tallyscan.detect.session import FloatMap
from tallyscan.detect.units import calibration_group
from tallyscan.finding import ANOMALY_FAMILIES, CargoUnit, Detection
from tallyscan.scan import Box, Float32Array, RawScan, Scan
from tallyscan.sidecar import parse_sidecar
from training.calibrated_scan import PROFILES, calibrated
from training.candidates import candidates
from training.map_metrics import overlap_of
from training.simulate.render import SimulatedScan, render
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Wish, build_scene

FORMAT = 5  # of an observation; those of another format, or of other plans, are made anew
CANDIDATE_FLOOR = 0.004  # below any threshold: a hit must not be lost for want of a candidate
DISPLAY_SHARE = 0.3
MOST_ATTEMPTS = 40
# What a scan looks like and how it is read are decided there: observations by other sources are others.
SOURCES = (
    Path(__file__).parent / "simulate",
    *(Path(physics.__file__).parent.parent / room for room in ("physics", "calibrate", "detect")),
)

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


def one_of(families: tuple[str, ...]) -> Wished:
    """One thing of these families after the other."""

    def wish(index: int) -> Wish:
        family = families[index % len(families)]
        return Wish("truck_reefer" if family == "reefer_insulation" else None, families=(family,))

    return wish


PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("benign", lambda _: Wish(families=()), lambda index: "none" if index % 2 else "truth"),
        Plan("anomaly", one_of(ANOMALY_FAMILIES)),
        Plan("small_metallic", _hidden(("weapons_ammunition",)), dual_only=True),
        # At the blatant end that family hides cars, but for an engine or a motorcycle now and then.
        Plan("concealed_vehicles", _hidden(("vehicles_engines",), amount=1.0)),
        Plan("empty", lambda _: Wish(families=(), load="empty"), lambda _: "empty"),
        Plan("tiny_load", lambda _: Wish(families=(), load="tiny"), lambda _: "empty"),
        Plan(
            "declared", lambda _: Wish(families=()), lambda index: "other_commodity" if index % 2 else "truth"
        ),
    )
}


@dataclass(frozen=True)
class SetOfScans:
    """`held_out` scanners and packings are never trained on; calibration uses the others, and goods of random shapes.

    `families` hides things of these instead of what the plan hides.
    """

    seed: int
    plan: str
    held_out: bool
    families: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its observations are kept under."""
        return "-".join(
            (self.plan, *self.families, "held-out" if self.held_out else "training-side", f"{self.seed}")
        )


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
    wished = one_of(chosen.families) if chosen.families else plan.wish
    # Goods that no one could know stand for what a site will see and the training could not: without them
    # thresholds come out too low.
    wish = replace(wished(index), held_out=chosen.held_out, unfamiliar=not chosen.held_out)
    own = int.from_bytes(hashlib.sha256(chosen.name.encode()).digest()[:8])  # no two sets share a scene
    for attempt in range(MOST_ATTEMPTS):
        rng = np.random.default_rng([own, index, attempt])
        scene = build_scene(rng, wish)
        if wish.families and not scene.concealments:
            continue
        conveyance = scene.vehicle.conveyance
        scanner = draw_scanner(rng, held_out=chosen.held_out, conveyance=conveyance)
        while plan.dual_only and len(scanner.energies_mv) < 2:
            scanner = draw_scanner(rng, held_out=chosen.held_out, conveyance=conveyance)
        display = not plan.dual_only and rng.random() < DISPLAY_SHARE
        scan = render(rng, scene, scanner, "display" if display else "transmission", plan.declared(index))
        if bool(wish.families) == bool(scan.truth["anomalies"]):
            return scan
    raise ValueError(f"nothing could be hidden in scan {index} of {chosen.plan}")


def declaration_in(scan: SimulatedScan) -> Declaration | None:
    """What was declared of a simulated scan, as the service parses it."""
    return None if scan.declaration is None else parse_declaration(json.dumps(scan.declaration).encode())


def declared_groups(declaration: Declaration | None) -> list[str] | None:
    """Confusable groups of all that is declared of a scan, its units together; None where no goods are."""
    if declaration is None or declaration.declared_empty:
        return None
    classes = [class_of_hs(item.hs) for item in declaration.goods_items if item.hs]
    return sorted({item.group for item in classes if item is not None}) or None


def hidden_share(scan: SimulatedScan, raw: RawScan, physical: Scan) -> Float32Array | None:
    """Where something is hidden, 0 to 1, on the canonical grid; None of a picture, whose cells have no known size."""
    if scan.grade == "display":
        return None
    orientation = orientation_of(raw.sidecar, profile_for(raw, PROFILES, None))
    mask = upright((scan.labels["family"] > 0).astype(np.float32), orientation)
    return resample(mask, (physical.height, physical.width))


def observe(detector: Detector, scan: SimulatedScan) -> dict[str, Any]:
    """What the model says of a scan, beside the truth; `read` is False where quality refused it."""
    raw = raw_scan(scan)
    physical = calibrated(raw)
    quality = assess(physical)
    declaration = declaration_in(scan)
    record: dict[str, Any] = {
        "truth": scan.truth,
        "group": calibration_group(physical, []),
        "declared_groups": declared_groups(declaration),
    }
    if not quality.readable:
        return record | {"read": False, "reasons": list(quality.reasons)}
    hidden = hidden_share(scan, raw, physical)
    return record | {"read": True} | said(detector, physical, declaration, hidden)


def said(
    detector: Detector, scan: Scan, declaration: Declaration | None = None, hidden: Float32Array | None = None
) -> dict[str, Any]:
    """The model's answers on a scan, before any threshold; scores are raw peaks of the smoothed map.

    A candidate is a finding at thresholds up to its `score`, and where `until` is not None only above that. Where it
    is known what is `hidden` (height, width), `overlap` says how the map covers it. Probabilities and masses are as
    the card's curves make them; see `uncalibrated` for answers to fit a card on.
    """
    maps = detector.maps(scan, declaration)
    detection = detector.interpret(scan, maps)
    stride = detector.card.heads["anomaly"].stride
    smooth = smoothed(maps.by_head["anomaly"])
    found = candidates(smooth, maps.by_head["family"], detector.card.families, CANDIDATE_FLOOR)
    answer = {
        "group": calibration_group(scan, [unit.kind for unit in detection.units]),
        "score": round(float(smooth.max()), 7),
        "candidates": [
            {
                "family": c.family,
                "score": round(c.high, 7),
                "until": None if c.low is None else round(c.low, 7),
                "box": scan.grid.to_original(Box(*(stride * side for side in c.box))),
            }
            for c in found
        ],
        "units": [said_of_unit(unit, detection) for unit in detection.units],
        "seconds_in_model": round(maps.seconds, 4),
    }
    if scan.grade == "transmission":
        answer["expected"] = expected_bands(scan, maps, detector.card.heads["expected"].stride)
    return answer if hidden is None else answer | {"overlap": map_overlap(smooth, hidden, stride)}


def expected_bands(scan: Scan, maps: Maps, stride: int) -> dict[str, float]:
    """Share of the measured cells whose attenuation lies in the expected 10 to 90 % band, by expectation.

    `expected_declared` only where something is declared. Background too: nothing is said of where goods are.
    """
    shape = maps.by_head["expected"].shape[1:]
    measured = over_cells(scan.valid.astype(np.float32), shape, stride) > 0.99
    alpha = over_cells(scan.attenuation, shape, stride)[measured]
    heads = ("expected", "expected_declared") if maps.declaration else ("expected",)
    shares = {}
    for name in heads if alpha.size else ():
        low, _, high = maps.by_head[name][:, measured]
        shares[name] = round(float(((low <= alpha) & (alpha <= high)).mean()), 4)
    return shares


def map_overlap(smooth: FloatMap, hidden: Float32Array, stride: int) -> dict[str, Any]:
    """`overlap_of` a map (rows, columns) with what is hidden (height, width) on the canonical grid."""
    shape = (smooth.shape[0], smooth.shape[1])
    inside = over_cells(np.ones_like(hidden), shape, stride)
    return overlap_of(smooth, over_cells(hidden, shape, stride), inside)


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


@cache
def sources_digest() -> str:
    """Of every source that decides what a simulated scan looks like, and how it is read."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted(
            path for path in folder.rglob("*") if path.suffix in (".py", ".csv", ".json", ".npz", ".toml")
        ):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def observations(
    model: Path, sha256: str, chosen: SetOfScans, count: int, folder: Path, workers: int = 1
) -> Iterator[dict[str, Any]]:
    """Observations 0 to count - 1 of a set, kept in a file; those already there are not made again.

    Another model, another simulator or another format has a file of its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{chosen.name}-v{FORMAT}-{sources_digest()}-{sha256[:12]}.jsonl"
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
