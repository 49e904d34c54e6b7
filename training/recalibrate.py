"""Set the thresholds of a model anew from a site's own benign scans.

    python -m training.recalibrate --model models/tallynet/0.4.0 --scans drawn.csv --site SITE --out FOLDER

`drawn.csv` has a row for each scan that was drawn at random *before its score was known*, then opened or read by
people, and found benign: `file` (path of the image, its sidecar beside it), `drawn` (how it came on the list: only
`random` is taken) and `chance` (with which it was drawn, in (0, 1]; empty counts as 1). Scans that the model cleared,
or that were opened because it alarmed, are refused: they say nothing of the stream, and the threshold would be far
too low or too high.

A group with too few scans keeps its shipped threshold. The card with the new thresholds, and the model it belongs to,
are written to --out; the thresholds' name says which site they are for.
"""

import argparse
import csv
import datetime
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.acquire.receive_path import find_scans, load
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.detect.card import CALIBRATION_GROUPS, MODEL_FILE, ModelCard, read_card, write_card
from tallyscan.detect.card_calibration import Threshold
from tallyscan.detect.detector import Detector
from tallyscan.errors import InputError
from training.calibration import BenignScans, threshold_with_fallback
from training.card_fit import SHIPPED_RATE
from training.observe import PROFILES, said


@dataclass(frozen=True)
class DrawnScan:
    """One scan of the site: its calibration group, its published score, and its chance of being drawn."""

    group: str
    score: float
    chance: float


def read_drawn(path: Path) -> list[tuple[Path, float]]:
    """(image, chance) of the rows. Raises `ValueError` on a missing column, a chance that is none, another draw."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "drawn"} <= rows[0].keys():
        raise ValueError(f"{path} has no rows with the columns `file` and `drawn`")
    if other := [f"{row['file']} ({row['drawn']})" for row in rows if row["drawn"] != "random"]:
        raise ValueError(
            f"only scans that were drawn at `random` before their score was known can set a threshold: "
            f"{', '.join(other[:5])}"
        )
    drawn = [(path.parent / row["file"], float(row.get("chance") or 1.0)) for row in rows]
    if wrong := [str(image) for image, chance in drawn if not 0 < chance <= 1]:
        raise ValueError(f"chance must be in (0, 1]: {', '.join(wrong[:5])}")
    return drawn


def score_of(detector: Detector, image: Path, chance: float) -> DrawnScan | None:
    """Read one scan as the service does; None of one that cannot be read: it goes to people at any threshold."""
    (found,) = find_scans([image])
    try:
        raw = decode(load(found, Limits()), Limits())
        scan = to_physical(raw, profile_for(raw, PROFILES, None))
    except InputError as error:
        raise SystemExit(f"{image}: {error.reason} List only scans that the service accepts.") from error
    if not assess(scan).readable:
        return None
    answer = said(detector, scan)
    return DrawnScan(answer["group"], detector.card.score.published(answer["score"]), chance)


def site_thresholds(
    card: ModelCard, drawn: list[DrawnScan], rate: float = SHIPPED_RATE
) -> Mapping[str, Threshold]:
    """Thresholds of every group: from the group's own scans, else its scanner type's, else as shipped."""

    def benign(prefix: str) -> BenignScans:
        own = [scan for scan in drawn if scan.group == prefix or scan.group.startswith(f"{prefix}/")]
        return BenignScans(tuple(s.score for s in own), tuple(s.chance for s in own))

    result = {}
    for group in CALIBRATION_GROUPS:
        parent = group.split("/")[0]
        levels = [(name, benign(name)) for name in dict.fromkeys((group, parent))]
        threshold, level = threshold_with_fallback(levels, card.threshold_of(group)[1], rate)
        # A child without scans of its own is left out: serving falls back to its parent by itself.
        if level == group or group == parent or (level == "shipped" and group in card.thresholds):
            result[group] = threshold
    return result


def main() -> None:
    """Read the scans, set the thresholds, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--site", required=True, help="a short name; goes into the name of the thresholds")
    parser.add_argument("--rate", type=float, default=SHIPPED_RATE, help="false alarms per scan")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    card = read_card(arguments.model)
    detector = Detector.load(arguments.model, threads=2, whole_image_megapixels=4.0)
    listed = read_drawn(arguments.scans)
    scored = [score_of(detector, image, chance) for image, chance in track(listed, "scans")]
    drawn = [scan for scan in scored if scan is not None]
    if unread := len(scored) - len(drawn):
        print(f"{unread} of {len(scored)} scans cannot be read and set no threshold")  # noqa: T201
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    changed = card.model_copy(
        update={
            "thresholds": dict(site_thresholds(card, drawn, arguments.rate)),
            "thresholds_id": f"site-{arguments.site}-{today}-{len(drawn)}",
        }
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(arguments.model / MODEL_FILE, arguments.out / MODEL_FILE)
    write_card(arguments.out, changed)
    for group, threshold in changed.thresholds.items():
        print(f"{group}: {threshold.threshold} ({threshold.basis}, {threshold.benign_scans} scans)")  # noqa: T201


if __name__ == "__main__":
    main()
