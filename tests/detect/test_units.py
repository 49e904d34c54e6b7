from dataclasses import replace

import numpy as np
import pytest

from tallyscan.detect.units import calibration_group, find_units, unit_kind
from tallyscan.scan import Box
from tests.detect.scans import flat_scan


@pytest.mark.parametrize(
    ("energies_mv", "kinds", "group"),
    [
        ((6.0, 4.0), ["container", "container"], "dual/container"),
        ((6.0, 4.0), ["container", "other"], "dual/other"),
        ((6.0,), ["container"], "single/container"),
        ((6.0,), [], "single/other"),
        ((9.0,), ["unknown"], "single/other"),
    ],
)
def test_the_calibration_group_is_scanner_and_conveyance(
    energies_mv: tuple[float, ...], kinds: list[str], group: str
) -> None:
    assert calibration_group(flat_scan(energies_mv=energies_mv), kinds) == group


def test_a_picture_shows_a_container_only_where_its_pitch_is_known() -> None:
    box = Box(10, 10, 6058 / 5, 2591 / 5)
    picture = flat_scan(grade="display")
    assert calibration_group(picture, [unit_kind(box, picture)]) == "display/other"
    measured = replace(picture, pitch_known=True)
    assert calibration_group(measured, [unit_kind(box, measured)]) == "display/container"


def layout_with(*units: tuple[int, int, int, int]) -> np.ndarray:
    """Layout map on which cargo space lies in [x0, x1) x [y0, y1) of each unit, and a vehicle elsewhere."""
    layout = np.zeros((4, 80, 500), np.float32)
    layout[0] = 1.0
    for x0, x1, y0, y1 in units:
        layout[0, y0:y1, x0:x1] = 0.0
        layout[1, y0:y1, x0:x1] = 1.0
    return layout


TRAILER, CAB, SHORT, LONG = (100, 440, 10, 70), (30, 80, 20, 68), (10, 165, 10, 72), (180, 485, 10, 72)


def units_of(*units: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
    found = find_units(layout_with(*units), np.ones((80, 500), np.bool_))
    return [(unit.x0, unit.x1, unit.y0, unit.y1) for unit in found]


def test_the_cab_before_a_trailer_is_no_unit() -> None:
    assert units_of(CAB, TRAILER) == [TRAILER]


def test_a_van_alone_and_a_short_container_beside_a_long_one_are_units() -> None:
    assert units_of(CAB) == [CAB]
    assert units_of(SHORT, LONG) == [SHORT, LONG]
