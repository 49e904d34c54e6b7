"""Margins and frames of exports are cut off; air, floors and loads are not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tallyscan.calibrate.picture_margins import Cut, margins_of
from tallyscan.scan import Box
from tests.calibrate.lorries import jpeg, lorry
from tests.calibrate.raw_scans import codes, displayed

LORRY = lorry()


def framed(grey: int, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """The lorry with margins of one grey, after JPEG."""
    return jpeg(cv2.copyMakeBorder(LORRY, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(grey,) * 3))


def cut_of(picture: np.ndarray) -> Cut:
    return margins_of((picture / 255).astype(np.float32), upright=True)


def test_a_picture_without_margins_keeps_every_line() -> None:
    assert cut_of(LORRY) == cut_of(jpeg(LORRY)) == Cut()


@pytest.mark.parametrize("grey", [0, 90, 150])
@pytest.mark.parametrize("sides", [(0, 0, 70, 120), (30, 40, 70, 120), (16, 24, 0, 0)])
def test_margins_are_cut_off_whatever_their_grey(grey: int, sides: tuple[int, int, int, int]) -> None:
    top, bottom, left, right = sides
    cut = cut_of(framed(grey, *sides))
    for found, there in zip(cut, (left, top, right, bottom), strict=True):
        assert there <= found <= there + 12


def test_a_margin_of_another_white_than_air_is_one() -> None:
    grey = LORRY.copy()
    grey[LORRY > 235] = 232
    cut = cut_of(jpeg(cv2.copyMakeBorder(grey, 20, 0, 60, 60, cv2.BORDER_CONSTANT, value=(255,) * 3)))
    assert min(cut.left, cut.right) >= 60


@pytest.mark.parametrize("grey", [0, 128])
def test_a_line_around_the_scan_is_cut_off(grey: int) -> None:
    picture = LORRY.copy()
    cv2.rectangle(picture, (0, 0), (picture.shape[1] - 1, picture.shape[0] - 1), (grey,) * 3, 5)
    cut = cut_of(jpeg(picture))
    assert all(3 <= depth <= 16 for depth in cut)


def test_air_that_ends_at_an_upright_wall_is_no_margin() -> None:
    """A tight crop: the posts of the container reach from edge to edge."""
    tight = np.full((500, 1200), 230, np.uint8)
    tight[:, 60:1140] = 200
    tight[:, 60:75] = tight[:, 1125:1140] = 40
    tight[300:, 200:900] = 60
    assert cut_of(tight) == Cut()


def test_a_load_that_is_black_to_the_bottom_is_no_margin() -> None:
    dense = LORRY.copy()
    dense[300:, 100:1400] = 1
    dense[600:] = 1
    assert cut_of(dense).bottom == 0


def test_a_black_strip_under_air_is_one() -> None:
    strip = np.vstack(
        [LORRY[:500], np.full((60, LORRY.shape[1]), 250, np.uint8), np.zeros((40, LORRY.shape[1]), np.uint8)]
    )
    assert 40 <= cut_of(strip).bottom <= 48


def test_boxes_lie_on_the_picture_with_its_margins() -> None:
    scan = displayed(framed(0, 30, 0, 100, 50))
    left, top, _, _ = scan.grid.cut
    inner = scan.grid.to_canonical(Box(400, 300, 50, 40))
    assert inner.x == pytest.approx((400 - left) * scan.grid.scale_x)
    assert inner.y == pytest.approx((300 - top) * scan.grid.scale_y)
    assert scan.grid.to_original(inner) == pytest.approx((400, 300, 50, 40), abs=0.2)
    whole = scan.grid.to_original(Box(0, 0, scan.width, scan.height))
    assert whole == pytest.approx(
        (left, top, LORRY.shape[1] + 150 - left - scan.grid.cut[2], 640 + 30 - top), abs=0.2
    )
    of_a_unit = replace(scan.grid, first_column=96)
    assert of_a_unit.to_canonical(Box(400, 300, 50, 40)) == pytest.approx(inner._replace(x=inner.x - 96))
    assert of_a_unit.to_original(inner._replace(x=inner.x - 96)) == pytest.approx((400, 300, 50, 40), abs=0.2)
    assert "margins" in codes(scan.cautions)
    assert scan.measured["margin_share"] == pytest.approx(0.13, abs=0.03)
