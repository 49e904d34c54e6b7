"""The open beam of a row-wise profile, and pixels that were not measured: neither cargo nor air."""

import numpy as np
import pytest

from tallyscan.calibrate.air import air_of_rows
from tallyscan.calibrate.profile import AirLevel
from tests.calibrate.raw_scans import (
    AIR,
    BLOCK,
    CALIBRATED,
    DARK,
    LOW_ALPHA,
    WALLS,
    codes,
    counts,
    matter,
    physical,
    two_energies,
)

DUAL = CALIBRATED | {"energies_mv": [6.0, 4.0]}
WALL, CARGO = (60, 100), (150, 200)  # a place in the walls, one in the block
ROUNDING = 1.01 / AIR


def test_normalisation_is_exact_to_half_a_count() -> None:
    scan = physical(counts(matter(), dark=DARK), CALIBRATED | {"dark_level": [DARK]})
    np.testing.assert_allclose(scan.transmission[0], matter(), atol=ROUNDING / 2)


def test_air_of_rows_follows_the_drift_and_is_bridged_behind_cargo() -> None:
    rows = np.linspace(62_500, 64_500, 300)
    channel = np.full((300, 400), 30_000, np.uint16)
    open_rows = np.r_[0:60, 240:300]
    channel[open_rows, 100:300] = rows[open_rows, None].astype(np.uint16)
    channel[:, :5] = 63_000  # an edge in every row is no air
    air, seen = air_of_rows(channel, AirLevel(level=64_000, lowest=62_000, highest=65_535))
    assert seen == len(open_rows)
    assert air.shape == (300, 1)
    np.testing.assert_allclose(air[:, 0], rows, rtol=2e-3)


def test_no_open_beam_takes_the_usual_level_and_says_so() -> None:
    pages = np.full((2, 680, 600), 20_000, np.uint16)
    pages[:, 300:500, 100:500] = 900
    pages[:, -7:] = 0
    scan = physical(pages)
    assert scan.profile == "rapiscan_eagle_r60"
    assert codes(scan.cautions) == ["scanner_assumed", "no_open_beam"]
    assert scan.transmission[0, 100, 300] == pytest.approx(20_000 / 64_000, rel=1e-4)


def test_dead_pixels_are_not_dense_and_stuck_ones_not_air() -> None:
    pages = two_energies(matter())
    pages[:, WALL[0], WALL[1]] = 0
    pages[0, CARGO[0], CARGO[1]] = 65_535
    scan = physical(pages, DUAL)
    np.testing.assert_allclose(scan.transmission[:, *WALL], [WALLS, WALLS**LOW_ALPHA], atol=ROUNDING)
    np.testing.assert_allclose(scan.transmission[:, *CARGO], [BLOCK, BLOCK**LOW_ALPHA], atol=ROUNDING)
    assert np.argwhere(~scan.valid).tolist() == [list(WALL), list(CARGO)]


def test_dead_rows_and_columns_are_bridged() -> None:
    pixels = counts(matter())
    pixels[:, 90] = 0
    pixels[:, 310] = 61_000  # a doubled pulse writes one value
    pixels[[70, 71]] = 0
    scan = physical(pixels, CALIBRATED)
    np.testing.assert_allclose(scan.transmission[0, :, [90, 310]], matter()[:, [90, 310]].T, atol=ROUNDING)
    np.testing.assert_allclose(scan.transmission[0, 70:72], matter()[70:72], atol=ROUNDING)
    assert not scan.valid[70:72].any()
    assert not scan.valid[:, [90, 310]].any()
    assert scan.valid.sum() == 238 * 478


def test_cargo_that_lets_nothing_through_stays_dense_to_its_corners() -> None:
    pages = two_energies(matter())
    pages[:, 120:190, 150:280] = 0
    scan = physical(pages, DUAL)
    assert scan.transmission[0, 120:190, 150:280].max() == pytest.approx(0.5 / AIR)
    assert scan.valid.all()
    assert scan.measured["opaque_share"] == pytest.approx(70 * 130 / (240 * 480), abs=1e-4)
    assert codes(scan.cautions) == ["not_penetrated"]


def test_zeros_of_one_energy_beside_signal_of_the_other_are_a_mask() -> None:
    pages = two_energies(matter())
    pages[0, 60:80, 100:120] = 0
    pages[1, 60:80, 120:140] = 0
    scan = physical(pages, DUAL)
    lost = scan.transmission[:, 60:80, 100:140]  # one energy stands in for the other
    assert WALLS**LOW_ALPHA - ROUNDING <= lost.min() <= lost.max() <= WALLS + ROUNDING
    assert not scan.valid[60:80, 100:140].any()
    assert scan.valid.sum() == 240 * 480 - 20 * 40


def test_stripes_of_the_pulse_dose_do_no_harm() -> None:
    pulse = np.random.default_rng(1).normal(1, 0.02, 480)
    scan = physical(counts(matter() * pulse), CALIBRATED)
    np.testing.assert_allclose(scan.transmission[0], np.minimum(matter() * pulse, 1), atol=ROUNDING)
    assert scan.valid.all()
