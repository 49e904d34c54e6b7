"""What a model says of real scans: they validate, and never train.

    python -m training.real_scans --model models/tallynet/0.8.0 --real FOLDER --out FOLDER

FOLDER has `trucks.csv` with its pictures in `trucks/`, and may have the raw scans that `eagle_composites` knows. The
figures are printed as JSON; `--out` gets annotated pictures, for people to look at. Real pictures are not ours to hand
on, so that folder must lie outside of the repository.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import cv2

from tallyscan.detect.detector import Detector
from training.composites import A_TRUCK, composite_figures
from training.eagle_composites import A_SCAN, eagle_figures
from training.figures import rounded
from training.real_trucks import truck_figures, truck_pictures

REPOSITORY = Path(__file__).resolve().parents[1]


def real_figures(
    model: Path,
    folder: Path,
    out: Path | None = None,
    *,
    a_truck: int = A_TRUCK,
    a_scan: int = A_SCAN,
    threads: int = 2,
) -> dict[str, Any]:
    """`real_trucks`, `real_trucks_composites` and `real_eagle_composites`, as they are kept in a model card."""
    cv2.setNumThreads(1)
    detector = Detector.load(model, threads=threads, whole_image_megapixels=4.0)
    trucks = truck_pictures(folder)
    figures = {
        "real_trucks": truck_figures(detector, trucks),
        "real_trucks_composites": composite_figures(
            detector, trucks, None if out is None else out / "trucks", a_truck
        ),
        "real_eagle_composites": eagle_figures(
            detector, folder, None if out is None else out / "eagle", a_scan
        ),
    }
    return {name: rounded(value) for name, value in figures.items()}


def outside_repository(text: str) -> Path:
    """A folder for pictures of real scans. Raises `ArgumentTypeError` when it lies in the repository."""
    path = Path(text).resolve()
    if path.is_relative_to(REPOSITORY):
        raise argparse.ArgumentTypeError("pictures of real scans must not be written into the repository")
    return path


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--real", type=Path, required=True, help="folder of real scans with trucks.csv")
    parser.add_argument("--out", type=outside_repository, help="where annotated pictures are written")
    parser.add_argument("--a-truck", type=int, default=A_TRUCK, help="composites of each truck")
    parser.add_argument("--a-scan", type=int, default=A_SCAN, help="composites of each raw scan")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    figures = real_figures(
        arguments.model, arguments.real, arguments.out,
        a_truck=arguments.a_truck, a_scan=arguments.a_scan, threads=arguments.threads,
    )  # fmt: skip
    print(json.dumps(figures, indent=1))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
