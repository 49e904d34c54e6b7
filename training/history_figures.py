"""How well loads are told from others of their kind, and vehicles from what they were: simulated scans.

    python -m training.history_figures vehicles --work FOLDER
    python -m training.history_figures lots --work FOLDER

The tables of docs/explanation/history.md are printed. Scans go through the service's own calibration and the active
model, whose boxes are used; `--work` keeps what was taken of them.
"""

import argparse
import json
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tallyscan.finding import CargoUnit
from tallyscan.known_unit import KnownVehicle, VehicleShape
from tallyscan.reconcile.load_features import load_features
from tallyscan.reconcile.rule_lot import ALIKE_FROM, LEAST_RATIO, level_of
from tallyscan.reconcile.rule_vehicle import compare
from tallyscan.reconcile.strangeness import strangeness
from tallyscan.reconcile.vehicle_shape import mirrored, vehicle_shape
from tallyscan.scan import Float32Array, Scan, ScanFiles, ScanPart
from tallyscan.settings import Settings
from training.calibrated_scan import PROFILES
from training.metrics import wilson
from training.repeat_visits import CHANGES, Change, Oddity, container_of, side_view_scanner, truck_of, visit
from training.simulate.render import SimulatedScan, encoded

ODDITIES: tuple[Oddity, ...] = ("other_goods", "cover", "false_wall", "bricks")
OF_ODDITY = 2
SIZES = (11, 15)


@cache
def detector() -> Detector:
    """The active model, on one thread."""
    settings = Settings()
    return Detector.load(active_model_dir(settings.models_dir), 1, settings.whole_image_megapixels)


def as_read(made: SimulatedScan) -> tuple[Scan, CargoUnit | None]:
    """The scan as the service calibrates it, and the longest unit that the model finds."""
    files = ScanFiles((ScanPart("scan.tif", encoded(made)),), json.dumps(made.sidecar).encode())
    raw = decode(files, Limits())
    scan = to_physical(raw, profile_for(raw, PROFILES, None))
    units = detector().detect(scan, None).units
    return scan, max(units, key=lambda unit: unit.box.width, default=None)


def kept(folder: Path, name: str, make: Callable[[], Any]) -> Any:
    """What was made under that name before, else what is made now."""
    path = folder / f"{name}.pkl"
    if not path.exists():
        path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())


def shapes(index: int, seed: int, folder: Path) -> Iterator[tuple[str, VehicleShape | None]]:
    """Truck number `index` on its first day, and on a later one with each change."""
    days: dict[str, tuple[Change, list[int]]] = {"first": ("none", [seed, index, 1])}
    for number, changed in enumerate(CHANGES):
        days[changed] = changed, [seed, index, 2, number]
    vehicle, scanner = truck_of(index, seed)
    for name, (change, day) in days.items():

        def taken(change: Change = change, day: list[int] = day) -> VehicleShape | None:
            scan, unit = as_read(visit(vehicle, scanner, np.random.default_rng(day), change))
            return vehicle_shape(scan, unit.box) if unit is not None else None

        yield name, kept(folder, f"shape-{seed}-{index:03d}-{name}", taken)


def outcome(this: VehicleShape | None, earlier: VehicleShape | None) -> str:
    """What the rule says of one pair; `open` where they are compared and nothing is decided."""
    if this is None or earlier is None:
        return "not compared"
    found = compare(this, None, KnownVehicle("", datetime.now(UTC), "", earlier, None))
    if found is None:
        return "not compared"
    return "differs" if found.differs else "agrees" if found.agrees else "open"


def vehicles(count: int, seed: int, folder: Path) -> Iterator[str]:
    """The lines of the table of vehicles."""
    outcomes: defaultdict[str, list[str]] = defaultdict(list)
    before: VehicleShape | None = None
    for index in range(count):
        days = dict(shapes(index, seed, folder))
        for change in CHANGES:
            # Two honest days, of which each is the earlier one once.
            outcomes[change].append(outcome(days[change], days["first"]))
            other = ("first", "none") if change == "none" else (change, "none")
            outcomes[change].append(outcome(days[other[0]], days[other[1]]))
        for day in ("first", "none"):
            turned = mirrored(earlier) if (earlier := days[day]) is not None else None
            outcomes["none, driven the other way"].append(outcome(days["none"], turned))
        outcomes["another vehicle"].append(outcome(days["none"], before))
        before = days["first"]
    for words, said in outcomes.items():
        numbers = [said.count(word) for word in ("differs", "agrees", "open", "not compared")]
        _, low, high, *_ = wilson(numbers[0], len(said))
        cells = " | ".join(str(number) for number in numbers)
        yield f"| {words} | {len(said)} | {cells} | {100 * low:.0f} to {100 * high:.0f} % |"


def features(index: int, seed: int, folder: Path, of_kind: int) -> dict[str, list[Float32Array]]:
    """Trade number `index`: so many honest containers, and some with something else in them."""
    scanner = side_view_scanner(np.random.default_rng([seed, index]), dual=index % 3 != 2)
    found: dict[str, list[Float32Array]] = defaultdict(list)
    plans: list[tuple[Oddity, list[int]]] = [("none", [seed, index, number]) for number in range(of_kind)]
    plans += [
        (odd, [seed, index, 100 + place, number])
        for place, odd in enumerate(ODDITIES)
        for number in range(OF_ODDITY)
    ]
    for oddity, day in plans:

        def taken(oddity: Oddity = oddity, day: list[int] = day) -> Float32Array | None:
            scan, unit = as_read(container_of(index, scanner, np.random.default_rng(day), oddity))
            return load_features(scan, unit.box) if unit is not None else None

        values = kept(folder, f"load-{'-'.join(str(part) for part in day)}", taken)
        if values is not None:
            found[oddity].append(values)
    return found


def lots(count: int, seed: int, folder: Path) -> Iterator[str]:
    """The lines of the table of lots: each honest container among others of its trade, then the odd ones."""
    rng = np.random.default_rng(0)
    said: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for index in range(count):
        found = features(index, seed, folder, max(SIZES) + 1)
        honest = np.array(found["none"])
        for size in SIZES:
            for number in range(len(honest)):
                others = np.delete(honest, number, axis=0)
                if len(others) >= size:
                    drawn = others[rng.permutation(len(others))[:size]]
                    said["none", size].append(word_of(honest[number], drawn))
            for oddity in ODDITIES:
                for values in found[oddity]:
                    drawn = honest[rng.permutation(len(honest))[:size]]
                    said[oddity, size].append(word_of(values, drawn))
    for (what, size), words in said.items():
        numbers = [words.count(word) for word in ("differs", "open", "agrees")]
        _, low, high, *_ = wilson(numbers[0], len(words))
        cells = " | ".join(str(number) for number in numbers)
        yield f"| {what} | {size} | {len(words)} | {cells} | {100 * low:.0f} to {100 * high:.0f} % |"


def word_of(values: Float32Array, others: Float32Array) -> str:
    """What the rule says of one load among others."""
    found = strangeness(values, others)
    if found is None:
        return "not compared"
    if found.p_value <= level_of(len(others)) and found.ratio >= LEAST_RATIO:
        return "differs"
    return "agrees" if found.p_value > ALIKE_FROM else "open"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("vehicles", "lots"))
    parser.add_argument("--count", type=int, help="trucks (50) or trades (8)")
    parser.add_argument("--seed", type=int, help="300 for vehicles, 400 for lots")
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    table, count, seed = (vehicles, 50, 300) if arguments.what == "vehicles" else (lots, 8, 400)
    for line in table(arguments.count or count, arguments.seed or seed, arguments.work):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
