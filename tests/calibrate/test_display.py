"""Display images: grey, upright in brightness, without the margins of the export."""

import numpy as np
import pytest

from tallyscan.calibrate.geometry import resample
from tests.calibrate.raw_scans import codes, counts, displayed, matter, physical

# a curve that nobody knows, and 8 bits
GREY = np.rint(235 * matter(640, 1280) ** 0.6).astype(np.uint8)


def test_grey_over_the_bright_level() -> None:
    scan = displayed(GREY)
    np.testing.assert_allclose(scan.transmission[0], GREY / 235, atol=1e-6)
    assert scan.grade == "display"
    assert scan.energies_mv == ()
    assert scan.valid.all()
    assert codes(scan.cautions) == ["unknown_scale", "unknown_pitch"]


def test_floor_and_least_bright_level() -> None:
    dim = (GREY * (50 / 235)).astype(np.uint8)
    dim[500:, 700:] = 0
    scan = displayed(dim)
    assert scan.transmission.max() == pytest.approx(50 / 60)
    assert scan.transmission.min() == pytest.approx(1 / 255)
    assert scan.measured["bright_level"] == pytest.approx(50 / 255, abs=1e-3)


def test_rgb_becomes_grey() -> None:
    alike = physical(np.stack([GREY] * 3), photometric="rgb", file_format="jpeg")
    np.testing.assert_allclose(alike.transmission[0], GREY / 235, atol=1e-5)
    assert codes(alike.cautions) == ["unknown_scale", "unknown_pitch"]
    tinted = physical(np.stack([GREY, GREY, GREY // 2]), photometric="rgb", file_format="jpeg")
    assert "tinted" in codes(tinted.cautions)


def test_an_inverted_look_is_turned() -> None:
    upright = displayed(GREY)
    assert not upright.measured["inverted"]
    # air at 20 of 255, dense cargo at 255
    turned = displayed(255 - GREY)
    assert turned.measured["inverted"]
    assert "inverted" in codes(turned.cautions)
    np.testing.assert_allclose(turned.transmission, upright.transmission, atol=1e-5)


def test_air_that_is_quite_black_is_no_margin() -> None:
    """Only a low load and the wheels are seen: three quarters of the lines are black from end to end."""
    low = np.full_like(GREY, 255)
    low[480:, 200:1200] = 60
    scan = displayed(255 - low)
    assert scan.measured["inverted"]
    assert scan.valid.all()
    np.testing.assert_allclose(scan.transmission, displayed(low).transmission, atol=1e-5)


def test_inverted_by_its_own_header_is_turned_once() -> None:
    scan = physical(255 - GREY, photometric="inverted", file_format="png")
    assert not scan.measured["inverted"]
    np.testing.assert_allclose(scan.transmission[0], GREY / 235, atol=1e-5)


@pytest.mark.parametrize("turned", [False, True])
def test_margins_of_the_export_are_neither_cargo_nor_air(turned: bool) -> None:
    framed = np.zeros((640, 1600), np.uint8)
    top = 0 if turned else 40
    framed[top:620, 100:1380] = GREY[top:620]
    framed[::97, 20] = 5  # JPEG's traces
    scan = displayed(255 - framed if turned else framed)
    left, above, right, _ = scan.grid.cut
    assert (left, right) == (108, 228)
    assert above == (0 if turned else 48)
    inner = GREY[above:600, left - 100 : 1280 - (right - 220)] / 235
    scale = scan.grid.scale_y
    rows, columns = slice(0, round((600 - above) * scale)), slice(0, scan.width)
    shown = scan.transmission[0, rows, columns]
    expected = resample(inner.astype(np.float32), shown.shape)
    assert np.median(np.abs(shown - expected)) < 1e-3
    assert scan.valid.all()
    assert "margins" in codes(scan.cautions)


def test_dense_cargo_at_the_border_is_no_margin() -> None:
    dense = GREY.copy()
    dense[120:, :300] = 2  # opaque from below the roof to the ground
    assert displayed(dense).valid.all()


def test_a_floor_that_is_black_from_end_to_end_stays_dark() -> None:
    dense = GREY.copy()
    dense[480:600, 100:1200] = 40  # it stands on something
    dense[600:] = 1
    scan = displayed(dense)
    assert scan.valid.all()
    assert scan.grid.cut == (0, 0, 0, 0)
    assert (scan.transmission[0, 602:] < 0.01).all()


@pytest.mark.parametrize("bits", [12, 14, 16])
def test_16_bit_of_an_unknown_scanner_is_a_picture(bits: int) -> None:
    pixels = counts(matter(640, 1280), air=0.9 * 2**bits, dark=0)
    scan = physical(pixels)
    assert scan.grade == "display"
    assert {"scanner_unknown", "unknown_scale"} <= set(codes(scan.cautions))
    np.testing.assert_allclose(scan.transmission[0], np.maximum(matter(640, 1280), 1 / 255), atol=1e-3)
    assert scan.measured["bright_level"] == pytest.approx(0.9, abs=1e-2)


def test_the_pitch_of_a_picture_can_be_told() -> None:
    scan = displayed(GREY, pitch_mm={"x": 4.0, "y": 6.0})
    assert scan.pitch_known
    assert scan.transmission.shape == (1, 768, 1024)
    assert codes(scan.cautions) == ["unknown_scale"]
