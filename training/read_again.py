"""Read one scan again and again, as the service does, and print in how many seconds and in how much memory.

    python -m training.read_again --model models/tallynet/0.8.0 --scan FOLDER

A process of its own, which loads nothing else, for `training.pipeline_figures`.
"""

import argparse
import json
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import cv2

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.acquire.receive_path import find_scans, load
from tallyscan.calibrate.profile import ScannerProfile, load_profiles, profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.detect.detector import Detector
from tallyscan.scan import ScanFiles

STATUS = Path("/proc/self/status")


def peak_memory_mb() -> float | None:
    """Most memory that this process ever had, in MB of 10^6 bytes; None where the system does not say.

    Not `ru_maxrss`, which starts with what the process had that started this one.
    """
    if not STATUS.is_file():
        return None
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def seconds_to_read(detector: Detector, files: ScanFiles, profiles: Mapping[str, ScannerProfile]) -> float:
    """Decode, calibrate, judge the quality, detect. Raises `ValueError` where the scan is not fit to be read."""
    start = time.perf_counter()
    raw = decode(files, Limits())
    scan = to_physical(raw, profile_for(raw, profiles, None))
    quality = assess(scan)
    if not quality.readable:
        raise ValueError(f"the scan cannot be read: {'; '.join(quality.reasons)}")
    detector.detect(scan, None)
    return time.perf_counter() - start


def main() -> None:
    """Read, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--scan", type=Path, required=True, help="folder of one scan")
    parser.add_argument("--runs", type=int, default=5, help="after one that warms up")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    cv2.setNumThreads(arguments.threads)
    detector = Detector.load(arguments.model, arguments.threads, whole_image_megapixels=4.0)
    (found,) = find_scans([arguments.scan])
    files, profiles = load(found, Limits()), load_profiles()
    seconds = [seconds_to_read(detector, files, profiles) for _ in range(arguments.runs + 1)][1:]
    print(json.dumps({"seconds": statistics.median(seconds), "peak_memory_mb": peak_memory_mb()}))  # noqa: T201


if __name__ == "__main__":
    main()
