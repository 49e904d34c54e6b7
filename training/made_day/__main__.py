"""Draw the day ahead of its run, resumable: `python -m training.made_day --work runs/soak/day`."""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2

from training.made_day.drawn import kept
from training.made_day.plan import planned_day


def main() -> None:
    """Draw what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--consignments", type=int, default=500)
    parser.add_argument("--wrong", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    day = planned_day(arguments.consignments, arguments.wrong, arguments.seed)
    draw = partial(kept, day, seed=arguments.seed, folder=arguments.work / "made")
    with ProcessPoolExecutor(arguments.workers) as pool:
        for _ in pool.map(draw, range(len(day))):
            pass


if __name__ == "__main__":
    main()
