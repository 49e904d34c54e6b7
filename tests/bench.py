"""How fast and how large: one simulated scan of 576 x 2432 canonical pixels, read again and again.

    python -m tests.bench          (make bench)

Prints the median of each step, the share of the reading that is spent inside the ONNX runtime, and the peak
memory of the process. Shares come from one run, so that they hold on any machine; seconds do not.
"""

import argparse
import json
import resource
import statistics

from tallyscan.acquire.decoders import Limits
from tallyscan.calibrate.profile import load_profiles
from tallyscan.declaration import Declaration
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tallyscan.finding import Detection
from tallyscan.pipeline import read_scan
from tallyscan.scan import Scan, ScanFiles, ScanPart
from tallyscan.settings import Settings
from training.pipeline_figures import HEIGHT, WIDTH, dual_scan
from training.simulate.render import encoded


class Recording(Detector):
    """The detector, keeping what it said last."""

    last: Detection

    def detect(self, scan: Scan, declaration: Declaration | None) -> Detection:
        """See `Detector.detect`."""
        self.last = super().detect(scan, declaration)
        return self.last


def dual_files() -> ScanFiles:
    """The scan as it would arrive: deflate, with its sidecar."""
    scan = dual_scan()
    return ScanFiles((ScanPart("bench.tif", encoded(scan)),), json.dumps(scan.sidecar).encode())


def main() -> None:
    """Read, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    settings = Settings()
    loaded = Detector.load(
        active_model_dir(settings.models_dir), arguments.threads, settings.whole_image_megapixels
    )
    detector = Recording(loaded.session, loaded.card, settings.whole_image_megapixels)
    files, profiles = dual_files(), load_profiles(None)
    rows: list[dict[str, float]] = []
    for _ in range(arguments.runs + 1):
        reading = read_scan(
            files,
            name="bench",
            profiles=profiles,
            profile_name=None,
            detector=detector,
            declaration=None,
            declaration_version=0,
            limits=Limits(),
        ).reading
        assert reading.status == "read", reading.reason
        seconds = reading.seconds
        rows.append({**seconds.__dict__, "onnx": detector.last.seconds_in_model})
    rows = rows[1:]  # the first one warms up
    medians = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    share = statistics.median(row["onnx"] / row["total"] for row in rows)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{HEIGHT} x {WIDTH}, two energies, {arguments.threads} threads, {arguments.runs} runs, medians:")  # noqa: T201
    for name, value in medians.items():
        print(f"  {name:10s} {value:7.3f} s")  # noqa: T201
    print(f"  share of the total inside the ONNX runtime {share:.0%}; peak memory {peak_mb:.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
