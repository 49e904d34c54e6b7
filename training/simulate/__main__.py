"""Write simulated scans with their truth, in the format of `sample_scans/`.

    python -m training.simulate --n 20 --seed 1 --out /tmp/scans

The same seed gives the same bytes.
"""

import argparse
from pathlib import Path

import numpy as np
from rich.progress import track

from training.simulate.render import render, write_case
from training.simulate.scanner import draw_scanner
from training.simulate.scene import build_scene

SCENARIOS = ("truth", "truth", "truth", "other_commodity", "half_mass", "empty", "none")
DISPLAY_SHARE = 0.3


def main() -> None:
    """Write `--n` cases."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    for index in track(range(arguments.n), "simulating"):
        rng = np.random.default_rng([arguments.seed, index])
        scene, scanner = build_scene(rng), draw_scanner(rng)
        grade = "display" if rng.random() < DISPLAY_SHARE else "transmission"
        declared = SCENARIOS[int(rng.integers(len(SCENARIOS)))]
        write_case(arguments.out / f"case-{index:04d}", render(rng, scene, scanner, grade, declared))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
