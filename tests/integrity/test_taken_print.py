"""A copy has the picture and the noise of the first; what only looks alike has other noise."""

import numpy as np
import pytest

from tallyscan.fingerprint import PICTURE_BYTES
from tallyscan.integrity.load_box import load_box
from tallyscan.integrity.taken_print import ALIKE_BITS, SAME_NOISE, TakenPrint, bits_apart, take_print
from tallyscan.scan import Float32Array
from tests.integrity.images import cargo, exported, scan_of

FIRST = cargo(seed=1)


def print_of(transmission: Float32Array) -> TakenPrint:
    taken = take_print(scan_of(transmission))
    assert taken is not None
    return taken


def apart(one: TakenPrint, other: TakenPrint) -> int:
    pictures = (one.fingerprint.picture, one.fingerprint.mirrored)
    return min(bits_apart(picture, other.fingerprint.picture) for picture in pictures)


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(FIRST, id="itself"),
        pytest.param(FIRST[:, ::-1], id="mirrored"),
        pytest.param(FIRST * np.float32(0.95), id="gain"),
        pytest.param(FIRST[7:-3, 21:-40], id="cropped"),
        pytest.param(np.pad(FIRST, ((30, 0), (0, 90)), constant_values=1.0), id="air_added"),
        pytest.param(exported(FIRST, 95), id="jpeg_95"),
        pytest.param(exported(FIRST, 85), id="jpeg_85"),
    ],
)
def test_a_copy_is_found_by_its_picture_and_known_by_its_noise(copy: Float32Array) -> None:
    first, again = print_of(FIRST), print_of(copy)
    assert apart(again, first) <= ALIKE_BITS
    likeness = again.likeness(first.fingerprint)
    assert likeness is not None
    assert likeness >= SAME_NOISE


def test_the_same_load_scanned_again_looks_alike_and_has_other_noise() -> None:
    first = print_of(FIRST)
    for seed in range(2, 8):
        again = print_of(cargo(seed))
        assert apart(again, first) <= ALIKE_BITS
        likeness = again.likeness(first.fingerprint)
        assert likeness is not None
        assert likeness < SAME_NOISE


def test_another_load_does_not_look_alike() -> None:
    prints = [print_of(cargo(seed=load, load=load)) for load in range(1, 8)]
    distances = [apart(one, other) for number, one in enumerate(prints) for other in prints[:number]]
    assert min(distances) > ALIKE_BITS


def test_lines_that_the_detector_repeats_are_no_noise_of_a_scan() -> None:
    """Gains of the detector cells are the same in every scan of a machine."""
    gains = 1 + np.random.default_rng(9).normal(0, 0.02, (len(FIRST), 1)).astype(np.float32)
    first, again = (print_of(np.clip(cargo(seed) * gains, 1e-6, 1)) for seed in (1, 2))
    likeness = again.likeness(first.fingerprint)
    assert likeness is not None
    assert likeness < SAME_NOISE


def test_an_image_without_noise_has_no_noise_print() -> None:
    taken = print_of(cargo(seed=1, noise=0.0))
    assert taken.fingerprint.noise is None
    assert print_of(FIRST).likeness(taken.fingerprint) is None


def test_open_air_has_no_fingerprint() -> None:
    assert load_box(np.zeros((200, 300), np.float32)) is None
    assert take_print(scan_of(np.ones((200, 300), np.float32))) is None


def test_the_smallest_scan_that_is_read_has_a_picture_and_no_noise_print() -> None:
    small = np.ones((64, 300), np.float32)
    small[20:60, 50:250] = 0.4
    taken = print_of(small)
    assert len(taken.fingerprint.picture) == len(taken.fingerprint.mirrored) == PICTURE_BYTES
    assert taken.fingerprint.noise is None


def test_the_box_of_the_load_does_not_depend_on_gain_or_margins() -> None:
    alpha = -np.log(FIRST)
    box = load_box(alpha)
    assert box is not None
    cropped, gained = load_box(alpha[:, 60:-80]), load_box(alpha + np.float32(0.03))
    assert cropped == pytest.approx((box.x0 - 60, box.y0, box.x1 - 60, box.y1), abs=6)
    assert gained == pytest.approx(box, abs=6)
