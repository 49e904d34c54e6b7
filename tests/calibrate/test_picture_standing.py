"""Which way a picture stands and whether air is bright: seen in it, or said to be unsure."""

import numpy as np
import pytest

from tallyscan.calibrate.picture_standing import Standing, standing_of
from tests.calibrate.lorries import lorry
from tests.calibrate.raw_scans import codes, displayed

LORRY = lorry()
SHARES = (LORRY / 255).astype(np.float32)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_lorry_is_stood_on_its_wheels_and_air_is_made_bright(turns: int, inverted: bool) -> None:
    came = np.rot90(1 - SHARES if inverted else SHARES, -turns)
    assert standing_of(np.ascontiguousarray(came)) == Standing(inverted, turns, sure=True)


def test_a_lorry_that_faces_the_other_way_is_no_other_picture() -> None:
    assert standing_of(np.ascontiguousarray(SHARES[:, ::-1])) == Standing(False, 0, sure=True)


@pytest.mark.parametrize("inverted", [False, True])
def test_a_part_of_a_container_in_portrait_stands_already(inverted: bool) -> None:
    part = SHARES[60:560, 100:420]
    standing = standing_of(1 - part if inverted else part)
    assert (standing.inverted, standing.quarter_turns) == (inverted, 0)


def test_what_is_known_is_not_asked() -> None:
    fallen = np.ascontiguousarray(SHARES[::-1])
    assert standing_of(fallen, turns_known=True).quarter_turns == 0
    assert standing_of(1 - SHARES, air_is_bright=True).inverted is False


def test_in_one_grey_and_in_noise_nothing_is_turned() -> None:
    assert standing_of(np.full((300, 700), 0.5, np.float32)) == Standing(False, 0, sure=True)
    noise = np.random.default_rng(4).uniform(0, 1, (300, 700)).astype(np.float32)
    assert standing_of(noise).quarter_turns == 0


def test_a_square_that_shows_no_ground_is_unsure() -> None:
    boxes = np.ones((400, 420), np.float32)
    boxes[100:300, 100:320] = 0.4
    assert standing_of(boxes) == Standing(False, 0, sure=False)


@pytest.mark.parametrize(("turns", "words"), [(1, "right side"), (2, "upside down"), (3, "left side")])
def test_turning_is_said_and_boxes_find_the_way_back(turns: int, words: str) -> None:
    scan, upright = displayed(np.rot90(LORRY, -turns)), displayed(LORRY)
    assert codes(scan.cautions) == ["unknown_scale", "unknown_pitch", "turned"]
    assert words in scan.cautions[-1]
    assert scan.grid.quarter_turns == turns
    np.testing.assert_allclose(scan.transmission, upright.transmission, atol=1e-6)


def test_a_given_orientation_is_taken_as_it_is() -> None:
    for orientation in ({"quarter_turns": 0}, {"quarter_turns": 2, "mirrored": True}):
        scan = displayed(LORRY[::-1], orientation=orientation)
        assert scan.grid.quarter_turns == orientation["quarter_turns"]
        assert "turned" not in codes(scan.cautions)


def test_an_unsure_orientation_is_a_caution_and_no_guess() -> None:
    boxes = np.full((400, 420), 240, np.uint8)
    boxes[100:300, 100:320] = 90
    scan = displayed(boxes)
    assert "orientation_unsure" in codes(scan.cautions)
    assert scan.grid.quarter_turns == 0
