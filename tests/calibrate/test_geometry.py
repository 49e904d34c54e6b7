"""Upright, at 5 mm, and every box finds its way there and back."""

import numpy as np
import pytest

from tallyscan.calibrate.geometry import canonical_grid, resample, resample_valid, upright
from tallyscan.errors import TooLarge
from tallyscan.scan import Box
from tallyscan.sidecar import Orientation, Pitch

TURNS = [
    Orientation(quarter_turns=turns, mirrored=mirrored)
    for turns in (0, 1, 2, 3)
    for mirrored in (False, True)
]


@pytest.mark.parametrize("orientation", TURNS, ids=str)
def test_a_marked_spot_is_where_its_box_says(orientation: Orientation) -> None:
    original = np.zeros((60, 100), np.float32)
    original[10:20, 70:94] = 1
    grid, shape = canonical_grid(original.shape, orientation, Pitch(x=10.0, y=5.0))
    canonical = resample(upright(original, orientation), shape)
    box = grid.to_canonical(Box(70, 10, 24, 10))
    rows, columns = np.nonzero(canonical > 0.5)
    assert (rows.min(), columns.min()) == pytest.approx((box.y, box.x), abs=1)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == pytest.approx((box.height, box.width), abs=1)
    assert grid.to_original(box) == pytest.approx((70, 10, 24, 10), abs=0.1)


@pytest.mark.parametrize("orientation", TURNS, ids=str)
def test_what_is_cut_off_moves_every_box(orientation: Orientation) -> None:
    original = np.zeros((60, 100), np.float32)
    original[10:20, 70:94] = 1
    grid, shape = canonical_grid(original.shape, orientation, Pitch(x=10.0, y=5.0), cut=(3, 5, 4, 2))
    standing = upright(original, orientation)
    canonical = resample(np.ascontiguousarray(standing[5:-2, 3:-4]), shape)
    box = grid.to_canonical(Box(70, 10, 24, 10))
    rows, columns = np.nonzero(canonical > 0.5)
    assert (rows.min(), columns.min()) == pytest.approx((max(box.y, 0), max(box.x, 0)), abs=1)
    assert grid.to_original(box) == pytest.approx((70, 10, 24, 10), abs=0.1)


def test_pitch_is_that_of_the_upright_image() -> None:
    lying = Orientation(quarter_turns=1)
    _, shape = canonical_grid((300, 200), lying, Pitch(x=10.0, y=2.5))
    assert shape == (100, 600)


def test_an_image_of_unknown_pitch_gets_its_height_and_keeps_its_form() -> None:
    grid, shape = canonical_grid((800, 2000), Orientation(), None)
    assert shape == (640, 1600)
    assert grid.scale_x == grid.scale_y == 0.8


def test_a_low_picture_is_not_blown_up_without_end() -> None:
    assert canonical_grid((3, 100_000), Orientation(), None)[1] == (12, 400_000)


def test_a_pitch_that_makes_a_scan_of_kilometres_is_refused() -> None:
    with pytest.raises(TooLarge, match="pitch_mm"):
        canonical_grid((8000, 20_000), Orientation(), Pitch(x=40.0, y=40.0))


@pytest.mark.parametrize("shape", [(30, 50), (240, 400), (30, 400), (120, 200)])
def test_resampling_keeps_the_mean_and_makes_nothing_up(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).uniform(0.2, 0.9, (120, 200)).astype(np.float32)
    result = resample(image, shape)
    assert result.shape == shape
    assert result.dtype == np.float32
    assert result.mean() == pytest.approx(image.mean(), rel=0.01)
    assert image.min() <= result.min() <= result.max() <= image.max()


def test_a_canonical_pixel_needs_half_of_what_it_covers() -> None:
    valid = np.ones((8, 8), np.bool_)
    valid[0, 0] = valid[4:6, 4] = valid[4, 5] = False
    expected = np.ones((4, 4), np.bool_)
    expected[2, 2] = False
    np.testing.assert_array_equal(resample_valid(valid, (4, 4)), expected)
