"""Write simulated scans with their truth, in the format of `sample_scans/`.

    python -m training.simulate --n 100 --seed 1 --out DIR --preset mixed --workers 2

The same seed gives the same bytes, whatever the number of workers. Beside each scan lies its truth and
`labels.npz` with the maps of layout, goods, hidden families and added areal density, on the pixels of the written image
with its margins; `--pairs` adds `twin.tif` or `twin.jpg`, the same scan with nothing hidden.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from tallyscan.scan import Grade
from training.simulate.manifest import SCENARIOS
from training.simulate.render import render, write_case
from training.simulate.scanner import Rng, draw_scanner
from training.simulate.scene import Wish, build_scene


@dataclass(frozen=True)
class Preset:
    """What kind of scans a set is made of."""

    wish: Callable[[Rng], Wish]
    display_share: float
    held_out_scanners: bool | None
    scenarios: tuple[str, ...]


def _no_wish(_: Rng) -> Wish:
    return Wish(held_out=None)


PRESETS: dict[str, Preset] = {
    "mixed": Preset(_no_wish, 0.3, None, ("truth", "truth", *SCENARIOS)),
    "training": Preset(lambda _: Wish(held_out=False), 0.3, False, ("truth", "truth", *SCENARIOS)),
    "held_out": Preset(lambda _: Wish(held_out=True), 0.3, True, ("truth", "truth", *SCENARIOS)),
    "benign": Preset(lambda _: Wish(families=(), held_out=None), 0.3, None, ("truth", "none")),
    "empty": Preset(lambda _: Wish(families=(), load="empty"), 0.3, None, ("empty", "loaded")),
    "display": Preset(_no_wish, 1.0, None, ("truth", *SCENARIOS)),
}


def write_one(index: int, *, seed: int, out: Path, preset: str, pairs: bool) -> None:
    """Case number `index` of a set; it depends on the seed and the index alone."""
    cv2.setNumThreads(1)
    rng, chosen = np.random.default_rng([seed, index]), PRESETS[preset]
    scene = build_scene(rng, chosen.wish(rng))
    held_out = bool(rng.random() < 0.3) if chosen.held_out_scanners is None else chosen.held_out_scanners
    scanner = draw_scanner(rng, held_out=held_out, conveyance=scene.vehicle.conveyance)
    grade: Grade = "display" if rng.random() < chosen.display_share else "transmission"
    declared = chosen.scenarios[int(rng.integers(len(chosen.scenarios)))]
    scan = render(rng, scene, scanner, grade, declared, with_twin=pairs)
    write_case(out / f"case-{index:05d}", scan, with_labels=True)


def main() -> None:
    """Write `--n` cases."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="mixed")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pairs", action="store_true", help="also write each scan with nothing hidden")
    arguments = parser.parse_args()
    write = partial(
        write_one, seed=arguments.seed, out=arguments.out, preset=arguments.preset, pairs=arguments.pairs
    )
    cv2.setNumThreads(1)  # before the fork: a worker would wait for threads of OpenCV that it does not have
    with ProcessPoolExecutor(arguments.workers) as pool:
        for _ in track(pool.map(write, range(arguments.n)), "simulating", total=arguments.n):
            pass


if __name__ == "__main__":
    main()
