from dataclasses import replace

import pytest

from tallyscan.detect.units import calibration_group, unit_kind
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
