"""The committed model, held to what its card and the reading promise."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tests.detect.scans import WALL, flat_scan

ROOT = Path(__file__).parent.parent
MAX_MEMORY_MB = 600  # of 10^6 bytes, as the target of the whole pipeline
READ_ONE = """
from pathlib import Path
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tests.detect.scans import flat_scan
detector = Detector.load(active_model_dir(Path("models")), threads=2, whole_image_megapixels=4.0)
scan = flat_scan(height=576, width=2432)
detector.detect(scan, None)
# Not ru_maxrss: that starts with what the process had that started this one.
(line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(line.split()[1])
"""


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(active_model_dir(ROOT / "models"), threads=1, whole_image_megapixels=4)


def test_strips_and_the_whole_image_agree(detector: Detector) -> None:
    scan = flat_scan(height=160, width=3600)
    rng = np.random.default_rng(4)
    texture = rng.uniform(0.05, 1.0, (15, 350)).astype(np.float32).repeat(8, 0).repeat(10, 1)
    scan.transmission[:, 30:150, 60:3560] = WALL * texture
    whole, strips = detector.maps(scan, None, "whole"), detector.maps(scan, None, "strips")
    for name, maps in whole.by_head.items():
        np.testing.assert_allclose(strips.by_head[name], maps, atol=1e-3, err_msg=name)


def test_a_scan_is_read_in_as_little_memory_as_the_target_says() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_ONE], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 1024 / 1e6 < MAX_MEMORY_MB
