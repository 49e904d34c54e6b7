"""Set the thresholds of a model anew from a site's own benign scans.

    python -m training.recalibrate --model models/tallynet/0.8.0 --scans drawn.csv --site SITE --out FOLDER

`drawn.csv` has a row for each scan that was drawn at random *before its score was known*, then opened or read by
people, and found benign: `file` (path of the image, its sidecar beside it), `drawn` (how it came on the list: only
`random` is taken), `found` (only `benign`) and `chance` (with which it was drawn, in (0, 1]; empty counts as 1). Scans
that the model cleared, or that were opened because it alarmed, are refused: they say nothing of the stream, and the
threshold would be far too low or too high. So is a list that names a scan twice.

A group with too few scans keeps its shipped threshold. The model is written to --out, models/<name>/<version>, with the
card of those thresholds. Their name says which site they are for. Figures that rest on the old thresholds are left out.
"""

import argparse
import csv
import datetime
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.acquire.receive_path import find_scans, load
from tallyscan.detect.card import CALIBRATION_GROUPS, MODEL_FILE, ModelCard, read_card, write_card
from tallyscan.detect.card_calibration import Threshold
from tallyscan.detect.detector import Detector
from tallyscan.detect.model_manifest import write_manifest
from tallyscan.errors import InputError
from training.calibrated_scan import readable
from training.calibration import BenignScans, threshold_with_fallback
from training.card_fit import SHIPPED_RATE, SIMULATED_ONLY
from training.observe import said

COMPOSITES = ("real_trucks_composites", "real_eagle_composites")
OF_THRESHOLDS = ("shipped", "alarms_on_empty", "alarms_on_loaded")


@dataclass(frozen=True)
class DrawnScan:
    """One scan of the site: its calibration group, its published score, and its chance of being drawn."""

    group: str
    score: float
    chance: float


def read_drawn(path: Path) -> list[tuple[Path, float]]:
    """(image, chance) of the rows.

    Raises `ValueError` on a missing column, another draw, one not found benign or listed twice, a chance out of range.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "drawn", "found"} <= rows[0].keys():
        raise ValueError(f"{path} has no rows with the columns `file`, `drawn` and `found`")
    if other := [f"{row['file']} ({row['drawn']})" for row in rows if row["drawn"] != "random"]:
        raise ValueError(
            f"only scans that were drawn at `random` before their score was known can set a threshold: "
            f"{', '.join(other[:5])}"
        )
    if other := [f"{row['file']} ({row['found']})" for row in rows if row["found"] != "benign"]:
        raise ValueError(f"only scans that people found `benign` can set a threshold: {', '.join(other[:5])}")
    listed = Counter((path.parent / row["file"]).resolve() for row in rows)
    if twice := [str(image) for image, times in listed.items() if times > 1]:
        raise ValueError(f"listed more than once: {', '.join(twice[:5])}")
    drawn = [(path.parent / row["file"], float(row.get("chance") or 1.0)) for row in rows]
    if wrong := [str(image) for image, chance in drawn if not 0 < chance <= 1]:
        raise ValueError(f"chance must be in (0, 1]: {', '.join(wrong[:5])}")
    return drawn


def score_of(detector: Detector, image: Path, chance: float) -> DrawnScan | None:
    """Read one scan as the service does; None of one that cannot be read: it goes to people at any threshold."""
    (found,) = find_scans([image])
    try:
        scan = readable(decode(load(found, Limits()), Limits()))
    except InputError as error:
        raise SystemExit(f"{image}: {error.reason} List only scans that the service accepts.") from error
    if scan is None:
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


def for_site(
    card: ModelCard, thresholds: Mapping[str, Threshold], site: str, scans: int, out: Path
) -> ModelCard:
    """The card of the model in the folder `out` (models/<name>/<version>), with thresholds of so many scans of a site.

    What was measured with the old thresholds does not hold for these, and what is said of them is said anew.
    """
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    own = sorted(group for group, threshold in thresholds.items() if threshold.basis == "site")
    shipped = sorted(set(thresholds) - set(own))
    limit = (
        f"Trained on simulated scans only. Thresholds of {', '.join(own) or 'no group'} are set on scans of the site "
        f"{site}, those of {', '.join(shipped) or 'no group'} on simulated ones."
    )
    return card.model_copy(
        update={
            "name": out.resolve().parent.name,
            "version": out.resolve().name,
            "thresholds": dict(thresholds),
            "thresholds_id": f"site-{site}-{today}-{scans}",
            "figures": without_alarms(card.figures),
            "limits": (limit, *(other for other in card.limits if other != SIMULATED_ONLY)),
        }
    )


def without_alarms(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a card that do not rest on its thresholds."""
    return {
        name: {key: value for key, value in part.items() if key not in OF_THRESHOLDS}
        for name, part in figures.items()
        if name not in COMPOSITES
    }


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
    thresholds = site_thresholds(card, drawn, arguments.rate)
    changed = for_site(card, thresholds, arguments.site, len(drawn), arguments.out)
    arguments.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(arguments.model / MODEL_FILE, arguments.out / MODEL_FILE)
    write_card(arguments.out, changed)
    write_manifest(arguments.out)
    for group, threshold in changed.thresholds.items():
        print(f"{group}: {threshold.threshold} ({threshold.basis}, {threshold.benign_scans} scans)")  # noqa: T201


if __name__ == "__main__":
    main()
