"""Calibrate an exported model, test it, and write the figures into its card and the leaderboard.

    python -m training.evaluate --model models/tallynet/0.1.0 --calibrate 700 --test 490 --work runs/first
    python -m training.evaluate --model models/tallynet/0.1.0 --real FOLDER --work runs/first

Calibration scans, test scans and training scans are drawn with different seeds. Everything runs on the
exported ONNX file through `tallyscan.detect`, as in the service.
"""

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card import read_card, write_card
from tallyscan.detect.detector import Detector
from tallyscan.scan import ScanFiles, ScanPart
from training.calibration import Observation, empty_calibration, mass_calibration, thresholds, unit_pairs
from training.leaderboard import write_leaderboard
from training.observe import PROFILES, iou, matched, observations, said

CALIBRATION_SEED, TEST_SEED = 2_000_001, 3_000_001
FALSE_ALARM_RATE = 0.05
HIT_IOU = 0.1


def wilson(hits: int, count: int, z: float = 1.96) -> list[float]:
    """Rate with its 95 % Wilson interval: [rate, low, high]."""
    if count == 0:
        return [float("nan"), 0.0, 1.0]
    rate = hits / count
    centre = (rate + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * np.sqrt(rate * (1 - rate) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return [round(float(v), 4) for v in (rate, max(centre - half, 0), min(centre + half, 1))]


def auroc(negative: list[float], positive: list[float]) -> float:
    """Chance that a positive scores above a negative; ties count half."""
    if not negative or not positive:
        return float("nan")
    low, high = np.asarray(negative)[:, None], np.asarray(positive)[None, :]
    return round(float((high > low).mean() + 0.5 * (high == low).mean()), 4)


def is_hit(o: Observation, threshold: float) -> bool:
    """The scan alarms and a finding lies on an anomaly; a scan that was not read is a miss."""
    if not o["read"] or o["score"] < threshold:
        return False
    boxes = [a["box"] for a in o["truth"]["anomalies"]]
    found = [c["box"] for c in o["candidates"] if c["score"] >= threshold]
    return any(iou(box, other) >= HIT_IOU for box in boxes for other in found)


def detection_figures(test: list[Observation], limits: dict[str, float]) -> dict[str, Any]:
    """False alarms and detection at the card's thresholds, by group, family and contrast to noise."""
    benign = [o for o in test if not o["truth"]["anomalies"]]
    bad = [o for o in test if o["truth"]["anomalies"]]
    false = {
        group: wilson(
            sum(not o["read"] or o["score"] >= limits[group] for o in benign if o["group"] == group),
            sum(o["group"] == group for o in benign),
        )
        for group in limits
    }
    by_family: dict[str, list[bool]] = defaultdict(list)
    by_contrast: dict[str, list[bool]] = defaultdict(list)
    for o in bad:
        hit = is_hit(o, limits[o["group"]])
        by_family[o["truth"]["anomalies"][0]["family"]].append(hit)
        contrast = max(a["contrast_to_noise"] for a in o["truth"]["anomalies"])
        by_contrast["under 5" if contrast < 5 else "5 to 20" if contrast < 20 else "over 20"].append(hit)
    return {
        "false_alarms_per_scan": false,
        "detected": wilson(sum(is_hit(o, limits[o["group"]]) for o in bad), len(bad)),
        "detected_by_group": {
            group: wilson(sum(is_hit(o, limits[group]) for o in bad if o["group"] == group),
                          sum(o["group"] == group for o in bad)) for group in limits
        },
        "detected_by_family": {k: wilson(sum(v), len(v)) for k, v in sorted(by_family.items())},
        "detected_by_contrast_to_noise": {k: wilson(sum(v), len(v)) for k, v in sorted(by_contrast.items())},
        "scan_auroc": auroc([o["score"] for o in benign if o["read"]], [o["score"] for o in bad if o["read"]]),
    }  # fmt: skip


def unit_figures(test: list[Observation]) -> dict[str, Any]:
    """Boxes, empty or loaded, commodity and mass of the units."""
    ious: list[float] = []
    for o in test:
        truth = [u["box"] for u in o["truth"]["units"]]
        found = [u["box"] for u in o["units"]] if o["read"] else []
        values = [value for _, _, value in matched(truth, found)]
        ious += values + [0.0] * (max(len(truth), len(found)) - len(values))
    pairs = unit_pairs(test)
    single = [(t, s) for t, s in pairs if len(t["commodities"]) == 1 and s["commodities"]]
    top = [(t["commodities"][0], s["commodities"][0]["class"]) for t, s in single]
    errors = [
        abs(s["mass_kg"] / t["mass_kg"] - 1)
        for t, s in pairs
        if not t["empty"] and s["mass_kg"] and t["mass_kg"] > 200
    ]
    return {
        "unit_box_mean_iou": round(float(np.mean(ious)), 4),
        "units": len(ious),
        "empty_auroc": auroc(*[[s["empty"] for t, s in pairs if t["empty"] is empty] for empty in (False, True)]),
        "empty_right_at_half": wilson(sum((s["empty"] > 0.5) == t["empty"] for t, s in pairs), len(pairs)),
        "commodity_top1": wilson(sum(a == b for a, b in top), len(top)),
        "commodity_group_top1": wilson(sum(CLASS_BY_NAME[a].group == CLASS_BY_NAME[b].group for a, b in top), len(top)),
        "mass_mean_relative_error": round(float(np.mean(errors)), 4) if errors else None,
        "mass_median_relative_error": round(float(np.median(errors)), 4) if errors else None,
        "mass_units": len(errors),
    }  # fmt: skip


def real_figures(detector: Detector, folder: Path) -> dict[str, Any]:
    """Trucks of a folder with `trucks.csv`: empty against loaded, container boxes, alarms on the empty ones."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "trucks.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["file"]].append(row)
    ious: list[float] = []
    empty: dict[str, list[float]] = {"empty": [], "loaded": []}
    alarms = {"empty": 0, "loaded": 0}
    limit = detector.card.thresholds["display"].threshold
    for name, boxes in track(sorted(rows.items()), "real trucks"):
        part = ScanPart(name, (folder / "trucks" / name).read_bytes())
        raw = decode(ScanFiles((part,)), Limits())
        scan = to_physical(raw, profile_for(raw, PROFILES, None))
        visual = boxes[0]["visual"]
        if not assess(scan).readable:
            ious += [0.0] * len(boxes)
            empty[visual].append(0.5)
            continue
        answer = said(detector, scan)
        truth = [
            [float(r["x0"]), float(r["y0"]), float(r["x1"]) - float(r["x0"]), float(r["y1"]) - float(r["y0"])]
            for r in boxes
        ]
        found = [u["box"] for u in answer["units"]]
        values = [value for _, _, value in matched(truth, found)]
        ious += values + [0.0] * (max(len(truth), len(found)) - len(values))
        empty[visual].append(min((u["empty"] for u in answer["units"]), default=0.5))
        alarms[visual] += answer["score"] >= limit
    return {
        "trucks": sum(len(values) for values in empty.values()),
        "empty_auroc": auroc(empty["loaded"], empty["empty"]),
        "container_box_mean_iou": round(float(np.mean(ious)), 4),
        "alarms_on_empty": [alarms["empty"], len(empty["empty"])],
        "alarms_on_loaded": [alarms["loaded"], len(empty["loaded"])],
        "note": "used to validate only, never to train; grey scale and pitch of these images are unknown",
    }


def main() -> None:
    """Calibrate, test, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument(
        "--work", type=Path, required=True, help="where observations are kept; a run goes on there"
    )
    parser.add_argument("--calibrate", type=int, default=0)
    parser.add_argument("--test", type=int, default=0)
    parser.add_argument("--real", type=Path)
    arguments = parser.parse_args()
    card = read_card(arguments.model)
    detector = Detector.load(arguments.model, threads=2, whole_image_megapixels=4.0)
    if arguments.calibrate:
        source = observations(
            detector, CALIBRATION_SEED, arguments.calibrate, arguments.work / "calibration.jsonl"
        )
        seen = list(track(source, "calibration", total=arguments.calibrate))
        card = card.model_copy(
            update={
                "thresholds": thresholds(seen, FALSE_ALARM_RATE),
                "thresholds_id": f"simulated-{card.created}-{arguments.calibrate}",
                "empty": empty_calibration(seen, card.empty),
                "mass": mass_calibration(seen, card.mass),
            }
        )
        write_card(arguments.model, card)
        detector = Detector.load(arguments.model, threads=2, whole_image_megapixels=4.0)
    figures = dict(card.figures)
    if arguments.test:
        # The file's name carries the calibration: its answers depend on it.
        path = arguments.work / f"test-{card.thresholds_id}.jsonl"
        seen = list(
            track(observations(detector, TEST_SEED, arguments.test, path), "test", total=arguments.test)
        )
        limits = {group: item.threshold for group, item in card.thresholds.items()}
        figures["held_out_simulation"] = {
            "scans": len(seen),
            "not_read": sum(not o["read"] for o in seen),
            **detection_figures(seen, limits),
            **unit_figures(seen),
            "median_seconds_in_model": round(
                float(np.median([o["seconds_in_model"] for o in seen if o["read"]])), 3
            ),
        }
    if arguments.real:
        figures["real_trucks"] = real_figures(detector, arguments.real)
    write_card(arguments.model, card.model_copy(update={"figures": figures}))
    write_leaderboard(arguments.model.parent.parent)
    print(json.dumps(figures, indent=1))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
