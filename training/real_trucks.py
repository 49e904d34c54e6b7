"""Real trucks as pictures of an unknown look-up table: what a model says of them that never saw a real scan.

`trucks.csv` has file, box number, x0, y0, x1, y1, width, height and `visual`: empty or loaded as judged by eye.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from tallyscan.detect.card_calibration import NO_THRESHOLD
from tallyscan.detect.detector import Detector
from tallyscan.finding import Detection
from training.calibrated_scan import decoded, readable
from training.metrics import auroc, box_ious

PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class TruckPicture:
    """One picture file with the boxes (x0, y0, x1, y1) of the containers on it."""

    path: Path
    boxes: tuple[PixelBox, ...]
    empty: bool


def truck_pictures(folder: Path) -> list[TruckPicture]:
    """The trucks that `folder`/trucks.csv names, by file name."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "trucks.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["file"]].append(row)
    return [
        TruckPicture(
            folder / "trucks" / name,
            tuple((int(b["x0"]), int(b["y0"]), int(b["x1"]), int(b["y1"])) for b in boxes),
            boxes[0]["visual"] == "empty",
        )
        for name, boxes in sorted(rows.items())
    ]


def detected(detector: Detector, name: str, data: bytes) -> Detection | None:
    """What the service says of one image file; None where it is not read."""
    scan = readable(decoded(name, data))
    return None if scan is None else detector.detect(scan, None)


def cannot_alarm(said: Detection | None) -> bool:
    """The card has no threshold for this kind of scan: that it does not alarm is no merit."""
    return said is not None and said.anomaly.threshold == NO_THRESHOLD


def truck_figures(detector: Detector, trucks: list[TruckPicture]) -> dict[str, Any]:
    """Empty against loaded, container boxes, and alarms at the shipped threshold.

    A picture that is not read has no boxes and tells nothing of empty or loaded, and counts as an alarm: a person has
    to look at it. Where the model has no threshold for such pictures alarms are None: it could not raise any.
    """
    ious: list[float] = []
    empty: dict[bool, list[float]] = {True: [], False: []}
    alarms: dict[bool, list[bool]] = {True: [], False: []}
    silent = False
    for truck in track(trucks, "real trucks"):
        said = detected(detector, truck.path.name, truck.path.read_bytes())
        truth = [(float(x0), float(y0), float(x1 - x0), float(y1 - y0)) for x0, y0, x1, y1 in truck.boxes]
        silent |= cannot_alarm(said)
        units = () if said is None else said.units
        ious += box_ious(truth, [unit.box for unit in units])
        probabilities = [unit.empty.probability for unit in units if unit.empty is not None]
        empty[truck.empty].append(min(probabilities, default=0.5))
        alarms[truck.empty].append(said is None or bool(said.anomaly.alarm))
    return {
        "trucks": len(trucks),
        "empty_auroc": auroc(empty[False], empty[True]),
        "container_box_mean_iou": float(np.mean(ious)) if ious else float("nan"),
        "container_boxes_under_0.5": sum(value < 0.5 for value in ious),
        "alarms_on_empty": None if silent else [sum(alarms[True]), len(alarms[True])],
        "alarms_on_loaded": None if silent else [sum(alarms[False]), len(alarms[False])],
        "note": "used to validate only, never to train; grey scale and pitch of these pictures are unknown",
    }
