"""What each rule says of simulated scans that are declared truly, and of the same ones declared wrongly in one respect.

    python -m training.rule_figures --scans 40 --seed 1

Every scan has two energies and hides nothing. A table for each way of declaring: how often each rule agrees, differs
and gives no answer; and every difference that was raised for nothing.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from tallyscan.calibrate.lengths import with_lengths
from tallyscan.calibrate.quality import assess
from tallyscan.commodity import CLASS_BY_NAME, class_of_hs
from tallyscan.declaration import Declaration
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tallyscan.reconcile.rules import RULES, judge
from tallyscan.scan import Scan
from tallyscan.settings import Settings
from tallyscan.verdict import Verdict
from training.calibrated_scan import calibrated
from training.observe import declaration_in, raw_scan
from training.simulate.manifest import DECLARED_HS
from training.simulate.render import render
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Rng, Wish, build_scene

Document = dict[str, Any]
VEHICLES = ("truck_20", "truck_40", "container_alone", None)
LOADS = ("full", "full", "partial", "low_fill", "side_by_side", "front_back", "groupage")
OTHER_SIZE = {"2": "45G1", "4": "22G1", "L": "22G1"}


def as_it_is(_: Rng, __: Document) -> bool:
    """Nothing is changed."""
    return True


def other_commodity(rng: Rng, declaration: Document) -> bool:
    """Every item is of a class of another confusable group."""
    for item in declaration["goodsItems"]:
        true = class_of_hs(item["commodityCode"]["harmonizedSystemSubHeadingCode"])
        if true is None:
            return False
        others = [hs for name, hs in DECLARED_HS.items() if CLASS_BY_NAME[name].group != true.group]
        item["commodityCode"]["harmonizedSystemSubHeadingCode"] = str(rng.choice(others))
    return True


def half_mass(_: Rng, declaration: Document) -> bool:
    """Half of each item."""
    for item in declaration["goodsItems"]:
        item["grossMass"] /= 2
    return True


def other_size(_: Rng, declaration: Document) -> bool:
    """Each container has the code of another length."""
    codes = [part.get("containerSizeAndType") for part in declaration["transportEquipment"]]
    if not codes or not all(code and code[0] in OTHER_SIZE for code in codes):
        return False
    for part in declaration["transportEquipment"]:
        part["containerSizeAndType"] = OTHER_SIZE[part["containerSizeAndType"][0]]
    return True


def one_of_several(_: Rng, declaration: Document) -> bool:
    """Of goods of several groups only the first item is declared, with the mass of all."""
    items = declaration["goodsItems"]
    groups = {class_of_hs(item["commodityCode"]["harmonizedSystemSubHeadingCode"]) for item in items}
    if (
        len({known.group for known in groups if known is not None}) < 2
        or len(declaration["transportEquipment"]) != 1
    ):
        return False
    items[0]["grossMass"] = sum(item["grossMass"] for item in items)
    del items[1:]
    declaration["transportEquipment"][0]["goodsItemNumbers"] = [items[0]["goodsItemNumber"]]
    return True


WAYS: dict[str, Callable[[Rng, Document], bool]] = {
    each.__name__: each for each in (as_it_is, other_commodity, half_mass, other_size, one_of_several)
}


def drawn(rng: Rng, index: int) -> tuple[Scan, Declaration] | None:
    """A scan of a loaded vehicle with two energies and its true declaration; None where it cannot be read."""
    scene = build_scene(
        rng, Wish(VEHICLES[index % len(VEHICLES)], LOADS[index % len(LOADS)], families=(), held_out=None)
    )
    scanner = draw_scanner(
        rng, energies_mv=(6.0, 4.0) if index % 2 else (9.0, 6.0), conveyance=scene.vehicle.conveyance
    )
    simulated = render(rng, scene, scanner, "transmission", "truth")
    scan, declaration = calibrated(raw_scan(simulated)), declaration_in(simulated)
    return None if declaration is None or not assess(scan).readable else (scan, declaration)


def verdicts_of(detector: Detector, scan: Scan, declaration: Declaration) -> tuple[Verdict, ...]:
    """Every rule, as the service would judge."""
    detection = with_lengths(detector.detect(scan, declaration), scan, None)
    return judge(scan, assess(scan), detection, declaration)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    detector = Detector.load(active_model_dir(Settings().models_dir), threads=2, whole_image_megapixels=4.0)
    for_nothing: list[str] = []
    said: dict[str, Counter[tuple[str, str]]] = {way: Counter() for way in WAYS}
    for index in range(arguments.scans):
        rng = np.random.default_rng([arguments.seed, index])
        found = drawn(rng, index)
        if found is None:
            continue
        scan, true = found
        for way, change in WAYS.items():
            document = true.model_dump(mode="json", by_alias=True)
            if not change(rng, document):
                continue
            for verdict in verdicts_of(detector, scan, Declaration.model_validate(document)):
                said[way][verdict.rule, verdict.outcome] += 1
                if way == "as_it_is" and verdict.outcome == "differs":
                    for_nothing.append(f"for nothing: scan {index}, {verdict.rule}: {verdict.reason}")
    sys.stdout.write(
        "\n".join([*for_nothing, *(table(way, counted) for way, counted in said.items())]) + "\n"
    )


def table(way: str, counted: Counter[tuple[str, str]]) -> str:
    """How often each rule said what, in Markdown."""
    lines = [f"\n{way}: {(WAYS[way].__doc__ or '').strip()}\n", "| rule | agrees | differs | undetermined |"]
    lines.append("|---|---|---|---|")
    for rule in RULES:
        told = " | ".join(str(counted[rule, outcome]) for outcome in ("agrees", "differs", "undetermined"))
        lines.append(f"| `{rule}` | {told} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
