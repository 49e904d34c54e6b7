"""Real scans that lie beside the checkout: all can be read, air is bright, container walls are what they are."""

from pathlib import Path

import numpy as np
import pytest

from tallyscan.acquire.decoders import decode
from tallyscan.acquire.limits import Limits
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.scan import Quality, Scan, ScanFiles, ScanPart
from tests.calibrate.raw_scans import PROFILES

FOLDER = Path(__file__).parents[3] / "shared" / "real_scans"
DISPLAYS = sorted(FOLDER.glob("*/*.jpg"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no real scans beside the checkout")


def read(path: Path) -> Scan:
    raw = decode(ScanFiles((ScanPart(path.name, path.read_bytes()),)), Limits())
    return to_physical(raw, profile_for(raw, PROFILES))


@pytest.mark.parametrize("name", ["r60-a.tif", "r60-b.tif"])
def test_a_freight_portal_scan_is_recognised_and_in_physical_units(name: str) -> None:
    scan = read(FOLDER / name)
    assert assess(scan) == Quality(readable=True)
    assert (scan.profile, scan.energies_mv) == ("rapiscan_eagle_r60", (6.0, 4.0))
    assert not scan.valid[-1].any()
    # above the load and below the roof the beam crosses two corrugated steel walls of 1.6 mm: alpha of 0.1
    walls = scan.attenuation[180:220, 300:500]
    assert 0.07 < np.median(walls) < 0.15
    # and through the roof, which it meets at a slant, three times as much
    assert 0.2 < np.median(scan.attenuation[40:120, 300:500]) < 0.4


def test_the_masked_strip_of_the_portal_is_no_opaque_cargo() -> None:
    scan = read(FOLDER / "r60-b.tif")
    strip = slice(-57, -45), slice(0, 400)
    assert scan.valid[strip].mean() < 0.1
    assert (scan.transmission[:, *strip] > 1e-3).mean() > 0.99


def test_a_twenty_foot_container_has_its_length() -> None:
    scan = read(FOLDER / "r60-b.tif")
    assert scan.width * 5 == pytest.approx(6058, rel=0.02)


@pytest.mark.parametrize("path", DISPLAYS[::4], ids=lambda path: path.stem)
def test_a_display_image_can_be_read_and_is_bright_above(path: Path) -> None:
    scan = read(path)
    assert assess(scan) == Quality(readable=True)
    assert scan.grade == "display"
    assert scan.measured["inverted"] is False
    upper, lower = scan.transmission[0, :210], scan.transmission[0, -210:]
    assert upper[scan.valid[:210]].mean() > lower[scan.valid[-210:]].mean()
