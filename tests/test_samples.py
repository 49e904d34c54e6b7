"""Every sample scan through the demo with the active model, against the simulator's truth.

What the model misses is listed in `sample_scans/misses.json` and must be exactly that: a new miss fails, and
so does a miss that is none any more. To write the list anew after a change of model:

    .venv/bin/python -m tests.test_samples
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tallyscan.acquire.receive_path import find_scans
from tallyscan.commands.demo import demo
from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.reading import Reading, reading_from_dict
from tallyscan.reconcile.rules import RULES
from tallyscan.settings import Settings
from training.metrics import iou, matched
from training.sample_declarations import WRONG_PAPERS

SAMPLES = Path(__file__).parent.parent / "sample_scans"
MISSES = SAMPLES / "misses.json"
MOST_BYTES = 24_000_000  # everyone who clones the repository gets them
WIDTH = 160  # columns of a terminal in which no name is folded
UNIT_IOU = 0.8
FINDING_IOU = 0.1
# The rules by which a declaration that is wrong in one respect must come out; of a true one none must differ.
DIFFERS = {
    "other_commodity": ("commodity",),
    "half_mass": ("mass",),
    "empty": ("empty",),
    "one_unlike_the_lot": ("lot",),
    **{name: papers.differs for name, papers in WRONG_PAPERS.items()},
}


def truths() -> dict[str, dict[str, Any]]:
    """What is true of every scan, by the name that the demo gives it."""
    found = {}
    for scan in find_scans([SAMPLES]):
        image = scan.images[0]
        name = image.parent.name if scan.stem == "scan" else scan.stem
        found[name] = json.loads((image.parent / f"{scan.stem}.expected.json").read_text(encoding="utf-8"))
    return found


TRUTHS = truths()
TABLE_OF_RULES = {
    rule: (differs, agrees)
    for rule, differs, agrees in re.findall(
        r"^\| `(\w+)` \| (\S+) \| (\S+) \|$",
        (SAMPLES / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}


def demo_of_samples(out: Path) -> tuple[dict[str, Reading], str]:
    """The reading of every scan as `tallyscan demo` makes it, each after those before it, and what is printed."""
    with (out / "printed.txt").open("w", encoding="utf-8") as printed:
        demo(Settings(), SAMPLES, out, serve_after=False, console=Console(file=printed, width=WIDTH))
    readings = {
        name: reading_from_dict(json.loads((out / f"{name}.reading.json").read_text(encoding="utf-8")))
        for name in TRUTHS
    }
    return readings, (out / "printed.txt").read_text(encoding="utf-8")


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
    wrong = must_differ(truth)
    if not wrong <= differing or (differing and not wrong):
        missed.append("verdict")
    return missed


def must_differ(truth: dict[str, Any]) -> set[str]:
    """The rules that what is wrong with a scan or its declaration must set off."""
    wrong = set(DIFFERS.get(truth["declared"], ()))
    if not any(unit["mass_kg"] > 0 for unit in truth["units"]):
        wrong -= {"empty"}
    return wrong | ({"vehicle"} if "changed" in truth else set())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Reading], str]:
    return demo_of_samples(tmp_path_factory.mktemp("demo"))


@pytest.mark.parametrize("name", sorted(TRUTHS))
def test_a_scan_is_read_as_it_is_but_for_the_listed_misses(
    name: str, shown: tuple[dict[str, Reading], str]
) -> None:
    reading = shown[0][name]
    listed = json.loads(MISSES.read_text(encoding="utf-8"))
    assert listed["model"] == f"{reading.model.name} {reading.model.version}", (
        "run python -m tests.test_samples"
    )
    assert misses(reading, TRUTHS[name]) == listed["misses"].get(name, [])


def test_the_table_of_rules_names_every_rule() -> None:
    assert list(TABLE_OF_RULES) == list(RULES)


@pytest.mark.parametrize("rule", list(RULES))
def test_every_rule_differs_and_agrees_in_the_cases_that_the_readme_names(
    rule: str, shown: tuple[dict[str, Reading], str]
) -> None:
    differs, agrees = TABLE_OF_RULES[rule]
    assert rule in must_differ(TRUTHS[differs])
    assert rule not in must_differ(TRUTHS[agrees])
    for name, outcome in ((differs, "differs"), (agrees, "agrees")):
        said = {verdict.outcome for verdict in shown[0][name].verdicts if verdict.rule == rule}
        assert said == {outcome}, name


def test_the_demo_prints_a_row_for_every_scan(shown: tuple[dict[str, Reading], str]) -> None:
    lines = shown[1].splitlines()
    assert all(any(line.strip().startswith(name) for line in lines) for name in TRUTHS)
    assert max(map(len, lines)) <= WIDTH


def test_no_image_is_in_two_cases(shown: tuple[dict[str, Reading], str]) -> None:
    reused = {
        name
        for name, reading in shown[0].items()
        for check in reading.integrity
        if check.check in ("reused_image", "copied_image") and check.outcome == "differs"
    }
    assert not reused


def test_the_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) <= MOST_BYTES


def test_what_was_not_read_is_never_clear(shown: tuple[dict[str, Reading], str]) -> None:
    reading = shown[0]["15-unreadable-black"]
    assert reading.status == "not_readable"
    assert reading.anomaly.decision == "not_assessed"
    assert reading.risk.lane == "not_assessed"
    assert reading.risk.score is None


def main() -> None:
    """Write the list of misses of the active model."""
    with tempfile.TemporaryDirectory() as folder:
        readings, _ = demo_of_samples(Path(folder))
    model = next(iter(readings.values())).model
    found = {name: wrong for name, truth in TRUTHS.items() if (wrong := misses(readings[name], truth))}
    document = {"model": f"{model.name} {model.version}", "misses": found}
    MISSES.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
