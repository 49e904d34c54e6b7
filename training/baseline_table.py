"""Judge the baselines on the first of the held-out scans of models, by the same rules, into `models/baselines.json`.

    python -m training.baseline_table --scans 600 --known 600 --draem-steps 1500 --out models/baselines.json

No baseline knows a family or a declaration. Those that look for anomalies give one map of scores each. The DRAEM-type
network is trained first, on attenuation crops of benign scenes with synthetic anomalies. The histogram classifier
knows the goods of scans of the training side, and is told where the units are.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track

from tallyscan.calibrate.quality import assess
from tallyscan.detect.regions import Placed, peak_masks, smoothed
from tallyscan.detect.units import calibration_group
from tallyscan.scan import Box, Float32Array, Scan
from training import draem
from training.baselines import CELL_PX, SCORERS, Scorer
from training.calibrated_scan import calibrated
from training.crops import SHAPES, crop_of
from training.evaluate import TEST_SEED
from training.figures import is_clear, rounded, with_benign
from training.goods_baseline import GoodsOfUnit, classifier_of, goods_of, goods_row
from training.leaderboard import write_leaderboard
from training.metrics import Span, auroc
from training.observe import SetOfScans, raw_scan, simulated
from training.scan_outcome import ScanOutcome, grouped_detection, scan_outcome, true_anomalies
from training.simulate.render import SimulatedScan
from training.simulate.scene import Wish, build_scene

TRAINING_SEED = 4_000_001
MOST_FINDINGS = 20
PLANS = {"benign": 0.5, "anomaly": 0.5}


def benign_attenuation(batch: int = 4) -> Iterator[Float32Array]:
    """Endless batches (N, 1, H, W) of attenuation of benign crops, as the model's own crops are drawn."""
    rng = np.random.default_rng(TRAINING_SEED)
    while True:
        scene = build_scene(rng, Wish(families=(), held_out=False))
        crops = [crop_of(rng, scene, SHAPES[0]) for _ in range(batch)]
        yield np.stack([-np.log(crop.image[:1]) for crop in crops]).astype(np.float32)


def finding(scan: Scan, smooth: Float32Array, placed: Placed) -> tuple[Span, Box]:
    """Up to which threshold it is found, and the box, in original pixels, of one peak of a score map."""
    height, width = placed.mask.shape
    box = Box(placed.x0 * CELL_PX, placed.y0 * CELL_PX, width * CELL_PX, height * CELL_PX)
    return Span(float(smooth[placed.window()][placed.mask].max())), scan.grid.to_original(box)


def judged(scan: SimulatedScan, scorers: dict[str, Scorer]) -> dict[str, tuple[ScanOutcome, float]]:
    """What each scorer makes of a scan, and in how many seconds."""
    truth = scan.truth
    anomalies = true_anomalies(truth)
    physical = calibrated(raw_scan(scan))
    group = calibration_group(physical, []).split("/")[0]
    if not assess(physical).readable:
        unread = scan_outcome(None, anomalies, [], group, truth["scanner_model"])
        return dict.fromkeys(scorers, (unread, 0.0))
    result = {}
    for name, scorer in scorers.items():
        start = time.perf_counter()
        smooth = smoothed(scorer(physical)[None])
        seconds = time.perf_counter() - start
        peaks = peak_masks(smooth, 0.2 * float(smooth.max()))[:MOST_FINDINGS]
        findings = [finding(physical, smooth, placed) for placed in peaks]
        outcome = scan_outcome(float(smooth.max()), anomalies, findings, group, truth["scanner_model"])
        result[name] = (outcome, seconds)
    return result


def row(name: str, outcomes: list[ScanOutcome], seconds: list[float]) -> dict[str, Any]:
    """One baseline's figures, named as those of a card."""
    points = grouped_detection(with_benign([s for s in outcomes if s.benign or is_clear(s)]), (0.01, 0.05))
    benign, hidden = ([s.score for s in outcomes if s.benign is calm] for calm in (True, False))
    return {
        "name": name,
        "scans": len(outcomes),
        "benign_scans": len(benign),
        "anomalous_scans": len(hidden),
        "scan_auroc": auroc(benign, hidden),
        "contrast_5_and_over_at": {f"{p.false_alarm_rate:g}": p.detected for p in points},
        "seconds": float(np.median(seconds)),
    }


def main() -> None:
    """Train what needs it, judge all, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=int, default=600)
    parser.add_argument("--known", type=int, default=600, help="scans whose goods the classifier knows")
    parser.add_argument("--draem-steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("models/baselines.json"))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    steps = track(range(arguments.draem_steps), "DRAEM-type network")
    stream = (crops for _, crops in zip(steps, benign_attenuation(), strict=False))
    network, _ = draem.train(stream, arguments.draem_steps)
    scorers: dict[str, Scorer] = {**SCORERS, "draem_type": network.score_map}
    side = SetOfScans(TRAINING_SEED, "benign", held_out=False)
    known = classifier_of(simulated(side, index) for index in track(range(arguments.known), "known goods"))
    goods: list[GoodsOfUnit] = []
    outcomes: dict[str, list[ScanOutcome]] = {name: [] for name in scorers}
    seconds: dict[str, list[float]] = {name: [] for name in scorers}
    for plan, share in PLANS.items():
        for index in track(range(round(share * arguments.scans)), plan):
            scan = simulated(SetOfScans(TEST_SEED, plan, held_out=True), index)
            goods += goods_of(scan) if plan == "benign" else []
            for name, (outcome, taken) in judged(scan, scorers).items():
                outcomes[name].append(outcome)
                seconds[name].append(taken)
    rows = [rounded(row(name, outcomes[name], seconds[name])) for name in scorers]
    rows.append(rounded(goods_row(known, goods)))
    arguments.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    write_leaderboard(arguments.out.parent)
    print(json.dumps(rows, indent=1))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
