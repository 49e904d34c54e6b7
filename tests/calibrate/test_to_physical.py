"""Counts become transmission on the canonical grid; what contradicts them is refused."""

from typing import Any

import numpy as np
import pytest

from tallyscan.calibrate.to_physical import to_physical
from tallyscan.errors import NotCalibrated
from tallyscan.scan import MIN_TRANSMISSION
from tests.calibrate.raw_scans import (
    AIR,
    CALIBRATED,
    PROFILES,
    calibrated,
    cargo,
    codes,
    counts,
    physical,
    raw,
    two_energies,
)

GENERIC = PROFILES["generic_transmission"]


def test_counts_come_back_as_the_transmission_that_made_them() -> None:
    truth = np.clip(cargo(), 0, 1)
    scan = calibrated(truth)
    assert scan.transmission.shape == (1, *truth.shape)
    np.testing.assert_allclose(scan.transmission[0], truth, atol=1 / AIR)
    assert scan.valid.all()
    assert scan.grade == "transmission"
    assert scan.pitch_known


def test_air_and_dark_are_taken_channel_by_channel_and_the_highest_energy_comes_first() -> None:
    truth = np.clip(cargo(), 0, 1)
    pixels = np.stack([counts(truth**1.2, 30_000, 500), counts(truth, 60_000, 1000)])
    sidecar = {
        "energies_mv": [4.0, 6.0],
        "air_level": [30_000.0, 60_000.0],
        "dark_level": [500.0, 1000.0],
        "pitch_mm": {"x": 5.0, "y": 5.0},
    }
    scan = to_physical(raw(pixels, sidecar), GENERIC)
    assert scan.energies_mv == (6.0, 4.0)
    np.testing.assert_allclose(scan.transmission[0], truth, atol=1e-4)
    np.testing.assert_allclose(scan.transmission[1], truth**1.2, atol=1e-4)


def test_the_air_region_gives_the_same_as_the_air_level() -> None:
    truth = cargo()
    by_level = to_physical(raw(counts(truth), CALIBRATED), GENERIC)
    sidecar = {key: value for key, value in CALIBRATED.items() if key != "air_level"}
    by_region = to_physical(raw(counts(truth), sidecar | {"air_region": [0, 0, 500, 30]}), GENERIC)
    np.testing.assert_allclose(by_region.transmission, by_level.transmission, rtol=1e-3)


def test_min_is_white_counts_are_turned_over() -> None:
    pixels = counts(cargo())
    upside = raw(np.uint16(65_535) - pixels, CALIBRATED, photometric="inverted")
    np.testing.assert_array_equal(
        to_physical(upside, GENERIC).transmission, to_physical(raw(pixels, CALIBRATED), GENERIC).transmission
    )


def test_orientation_and_pitch_are_applied() -> None:
    truth = np.clip(cargo(200, 500), 0, 1)
    stored = np.rot90(truth[:, ::-1], -1)
    scan = calibrated(
        stored, orientation={"quarter_turns": 1, "mirrored": True}, pitch_mm={"x": 10.0, "y": 5.0}
    )
    assert scan.transmission.shape == (1, 200, 1000)
    np.testing.assert_allclose(scan.transmission[0, :, ::2], truth, atol=0.3)
    assert np.corrcoef(scan.transmission[0, :, ::2].ravel(), truth.ravel())[0, 1] > 0.99


def test_values_stay_between_the_least_that_can_be_told_and_one() -> None:
    truth = cargo()
    truth[100:] = 0
    scan = calibrated(truth)
    assert scan.transmission.max() == 1
    assert scan.transmission.min() >= max(MIN_TRANSMISSION, 0.49 / AIR)


def test_dense_cargo_gives_zeros_and_stays_dense() -> None:
    truth = cargo()
    truth[120:180, 200:300] = 0
    scan = calibrated(truth)
    assert scan.valid.all()
    assert scan.transmission[0, 125:175, 205:295].max() < 1e-4


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(slice(60, 61), slice(None)), (slice(None), slice(120, 122)), (slice(60, 61), slice(120, 121))],
    ids=["a row", "two columns", "a pixel"],
)
@pytest.mark.parametrize("value", [0, 65_535])
def test_what_was_not_measured_is_marked_and_does_not_look_like_cargo_or_air(
    rows: slice, columns: slice, value: int
) -> None:
    truth = np.clip(cargo(), 0, 1)
    pixels = counts(truth)
    pixels[rows, columns] = value
    scan = to_physical(raw(pixels, CALIBRATED), GENERIC)
    holes = np.zeros(truth.shape, np.bool_)
    holes[rows, columns] = True
    if not (value and rows.start == 60 and columns.start is None):  # a white row may be open air
        np.testing.assert_array_equal(scan.valid, ~holes)
        smooth = holes & (truth > 0.1)
        smooth[[*range(38, 43), *range(98, 103), *range(181, 187)]] = False  # edges of the box are not smooth
        np.testing.assert_allclose(scan.transmission[0][smooth], truth[smooth], rtol=0.05)


def test_rows_below_the_last_module_are_padding() -> None:
    pixels = counts(cargo())
    pixels[-7:] = 0
    scan = to_physical(raw(pixels, CALIBRATED), GENERIC)
    assert not scan.valid[-7:].any()
    assert scan.valid[:-7].all()
    assert (scan.transmission[0, -7:] == 1).all()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"energies_mv": [6.0, 4.0]}, "2 energies"),
        ({"air_level": [1.0, 2.0]}, "air_level"),
        ({"dark_level": [50_000.0]}, "dark"),
        ({"air_level": [1000.0]}, "brighter than its air level"),
        ({"air_region": [490, 0, 20, 20]}, "air region"),
        ({"air_region": [0, 0, 0, 20]}, "air region"),
        ({"pitch_mm": None}, "size of a pixel"),
    ],
)
def test_what_contradicts_the_image_is_not_calibrated(more: dict[str, Any], words: str) -> None:
    with pytest.raises(NotCalibrated, match=words):
        calibrated(cargo(), **more)


@pytest.mark.parametrize("photometric", ["grey", "rgb"])
def test_a_picture_never_becomes_transmission(photometric: Any) -> None:
    grey = np.full((3 if photometric == "rgb" else 1, 100, 300), 99, np.uint8)
    with pytest.raises(NotCalibrated, match="display"):
        to_physical(raw(grey, CALIBRATED, photometric=photometric), GENERIC)


def test_the_calibration_is_identified_by_what_was_used() -> None:
    truth = cargo()
    same = {calibrated(truth).calibration_sha256, calibrated(truth * 0.9).calibration_sha256}
    others = [
        calibrated(truth, air_level=[50_001.0]),
        calibrated(truth, dark_level=[1.0]),
        calibrated(truth, pitch_mm={"x": 5.1, "y": 5.0}),
        calibrated(truth, energies_mv=[9.0]),
    ]
    assert len(same) == 1
    assert len({scan.calibration_sha256 for scan in others} | same) == 5


def energies(*mv: float) -> dict[str, Any]:
    return CALIBRATED | {"energies_mv": list(mv), "air_level": [float(AIR)] * len(mv)}


def test_two_channels_of_one_energy_are_not_calibrated() -> None:
    with pytest.raises(NotCalibrated, match="the same energy"):
        physical(two_energies(cargo()), energies(6.0, 6.0))


def test_an_air_level_that_nothing_comes_near_is_doubted() -> None:
    doubled = CALIBRATED | {"air_level": [2.0 * AIR]}
    assert codes(physical(counts(cargo()), doubled).cautions) == ["no_open_beam"]
