"""Every sample case through the whole pipeline with the active model, against the simulator's truth.

What the model misses is listed in `sample_scans/misses.json` and must be exactly that: a new miss fails, and
so does a miss that is none any more. To write the list anew after a change of model:

    .venv/bin/python -m tests.test_samples
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tallyscan.acquire.decoders import Limits
from tallyscan.acquire.receive_path import find_scans, load
from tallyscan.calibrate.profile import load_profiles
from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tallyscan.pipeline import read_scan
from tallyscan.reading import Reading
from tallyscan.settings import Settings
from training.metrics import iou, matched

SAMPLES = Path(__file__).parent.parent / "sample_scans"
CASES = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir())
MISSES = SAMPLES / "misses.json"
MOST_BYTES = 24_000_000  # everyone who clones the repository gets them
UNIT_IOU = 0.8
FINDING_IOU = 0.1
# What a declaration that is wrong in one respect must come out as; the others must not differ.
DIFFERS = {"other_commodity": "commodity", "half_mass": "mass", "empty": "empty"}


def read_case(case: str, detector: Detector) -> Reading:
    """The reading of a case."""
    (found,) = find_scans([SAMPLES / case])
    files = load(found, Limits())
    result = read_scan(
        files,
        name=case,
        profiles=load_profiles(None),
        profile_name=None,
        detector=detector,
        declaration=None,
        declaration_version=0,
        limits=Limits(),
    )
    return result.reading


def misses(reading: Reading, truth: dict[str, Any]) -> list[str]:
    """In which respects the reading is not what is true."""
    if reading.status != truth["status"]:
        return ["status"]
    if reading.status != "read":
        return []
    pairs = matched([u["box"] for u in truth["units"]], [u.box for u in reading.containers])
    same_count = len(truth["units"]) == len(reading.containers)
    units = [(truth["units"][i], reading.containers[j]) for i, j, _ in pairs]
    missed = []
    if not same_count or any(value < UNIT_IOU for _, _, value in pairs):
        missed.append("units")
    if not same_count or any(u.empty is None or (u.empty.probability > 0.5) != t["empty"] for t, u in units):
        missed.append("empty")
    loaded = [(t, u) for t, u in units if t["mass_kg"] > 0]
    if reading.grade == "transmission" and any(
        u.mass_kg is None or not u.mass_kg.low <= t["mass_kg"] <= u.mass_kg.high for t, u in loaded
    ):
        missed.append("mass")
    for t, u in units:
        said = [region.candidates[0].commodity for region in reading.commodities if region.unit == u.unit]
        groups = {CLASS_BY_NAME[name].group for name in t["commodities"]}
        if t["commodities"] and (not said or CLASS_BY_NAME[said[0]].group not in groups):
            missed.append("commodity")
            break
    boxes = [box for a in truth["anomalies"] for box in (a["box"], *a.get("boxes", ()))]
    hit = any(iou(box, finding.box) >= FINDING_IOU for box in boxes for finding in reading.findings)
    if (reading.anomaly.decision == "alarm") != bool(boxes) or bool(boxes) != hit:
        missed.append("anomaly")
    differing = {v.rule for v in reading.verdicts if v.outcome == "differs"}
    wrong = DIFFERS.get(truth["declared"])
    if wrong == "empty" and not any(t["mass_kg"] > 0 for t in truth["units"]):
        wrong = None
    if (wrong is None and differing) or (wrong is not None and wrong not in differing):
        missed.append("verdict")
    return missed


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(active_model_dir(Settings().models_dir), threads=2, whole_image_megapixels=4.0)


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_read_as_it_is_but_for_the_listed_misses(case: str, detector: Detector) -> None:
    truth = json.loads((SAMPLES / case / "scan.expected.json").read_text(encoding="utf-8"))
    listed = json.loads(MISSES.read_text(encoding="utf-8"))
    assert listed["model"] == f"{detector.card.name} {detector.card.version}", (
        "run python -m tests.test_samples"
    )
    assert misses(read_case(case, detector), truth) == listed["misses"].get(case, [])


def test_the_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) <= MOST_BYTES


def test_what_was_not_read_is_never_clear(detector: Detector) -> None:
    reading = read_case("15-unreadable-black", detector)
    assert reading.status == "not_readable"
    assert reading.anomaly.decision == "not_assessed"
    assert reading.risk.lane == "not_assessed"
    assert reading.risk.score is None


def main() -> None:
    """Write the list of misses of the active model."""
    detector = Detector.load(active_model_dir(Settings().models_dir), threads=2, whole_image_megapixels=4.0)
    found = {}
    for case in CASES:
        truth = json.loads((SAMPLES / case / "scan.expected.json").read_text(encoding="utf-8"))
        if wrong := misses(read_case(case, detector), truth):
            found[case] = wrong
    document = {"model": f"{detector.card.name} {detector.card.version}", "misses": found}
    MISSES.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
