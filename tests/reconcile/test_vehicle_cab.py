"""At which end the doors are, by the cab of the vehicle: found where it is seen, and never guessed."""

from dataclasses import replace

import numpy as np
import pytest

from tallyscan.doors import Doors
from tallyscan.reconcile.vehicle_cab import doors_by_cab
from tallyscan.scan import Box, Float32Array, Scan, ScanUnit
from tests.detect import scans


def flat_scan(transmission: Float32Array) -> Scan:
    """One energy, in physical units of a known size."""
    height, width = transmission.shape[1:]
    return replace(scans.flat_scan(height, width, energies_mv=(6.0,)), transmission=transmission)


UNIT = Box(400, 60, 2000, 560)
CAB = {"left": slice(60, 340), "right": slice(2500, 2780)}


def scan_with(*cabs: str, frame: bool = False, mirrored: bool = False) -> Scan:
    """A trailer 10 m long in 15 m of air, 5 mm a pixel; a cab stands 0.3 to 0.5 m off."""
    transmission = np.ones((1, 700, 3000), np.float32)
    transmission[:, 60:620, 400:2400] = 0.5
    for cab in cabs:
        transmission[:, 200:700, CAB[cab]] = 0.7
    if frame:
        transmission[:, 640:700, 0:3000] = 0.2
    scan = flat_scan(transmission)
    return replace(scan, grid=replace(scan.grid, mirrored=mirrored))


@pytest.mark.parametrize(
    ("scan", "doors"),
    [
        (scan_with("left"), Doors("right", "cab")),
        (scan_with("right", frame=True), Doors("left", "cab")),
        (scan_with("left", "right"), Doors()),
        (scan_with(), Doors()),
        (scan_with(frame=True), Doors()),
        (replace(scan_with("left"), pitch_known=False), Doors()),
        (replace(scan_with("left"), unit=ScanUnit(1, UNIT)), Doors()),
    ],
)
def test_the_doors_are_at_the_other_end_than_the_only_cab(scan: Scan, doors: Doors) -> None:
    assert doors_by_cab(scan, [UNIT]) == doors


def test_of_several_units_or_none_nothing_is_said() -> None:
    scan = scan_with("left")
    assert doors_by_cab(scan, []) == Doors()
    assert doors_by_cab(scan, [Box(400, 60, 900, 560), Box(1400, 60, 900, 560)]) == Doors()


def test_the_end_is_that_of_the_upright_image() -> None:
    """The box comes in pixels of the stored image, which a mirrored scanner writes the other way round."""
    mirrored = scan_with("left", mirrored=True)
    stored = mirrored.grid.to_original(UNIT)
    assert doors_by_cab(mirrored, [stored]) == Doors("right", "cab")


def test_a_van_or_another_load_beside_is_no_cab() -> None:
    transmission = np.ones((1, 700, 6000), np.float32)
    transmission[:, 60:620, 2000:4000] = 0.5
    transmission[:, 100:620, 200:1800] = 0.6  # 8 m long
    assert doors_by_cab(flat_scan(transmission), [Box(2000, 60, 2000, 560)]) == Doors()
