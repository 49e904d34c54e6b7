"""The noise model is recovered from the image alone."""

import numpy as np
import pytest

from tallyscan.calibrate.noise import fit_noise, on_canonical_grid
from tallyscan.scan import CanonicalGrid, NoiseModel
from tests.calibrate.raw_scans import CALIBRATED, counts, displayed, physical

TOLERANCE = 0.2


def scene() -> np.ndarray:
    """Steps of brightness with sharp edges, as pallets give them, from air to nearly opaque."""
    levels = np.random.default_rng(4).permutation(np.geomspace(3e-4, 1, 72)).reshape(6, 12)
    return np.kron(levels, np.ones((80, 80)))


def measured(seed: int, electronic: float, photon: float) -> np.ndarray:
    truth = scene()
    noise = np.random.default_rng(seed).standard_normal(truth.shape)
    return truth + noise * np.sqrt(electronic**2 + photon * truth)


@pytest.mark.parametrize(
    ("electronic", "photon"), [(1e-3, 1e-4), (2e-4, 1e-5), (5e-4, 1e-6), (2e-3, 1e-3), (1e-4, 4e-5)]
)
def test_both_terms_are_recovered(electronic: float, photon: float) -> None:
    for seed in range(3):
        found = fit_noise(measured(seed, electronic, photon).astype(np.float32), 1 / 50_000)
        assert found.photon == pytest.approx(photon, rel=TOLERANCE)
        assert found.electronic == pytest.approx(electronic, rel=TOLERANCE)


def test_strong_noise_is_not_made_small_by_the_cut_at_zero() -> None:
    cut = np.clip(measured(10, 0.3, 0.0), 0, 1.3).astype(np.float32)
    assert fit_noise(cut, 1 / 50_000).electronic > 0.15


@pytest.mark.parametrize("axis", [0, 1])
def test_stripes_of_one_direction_are_not_taken_for_noise(axis: int) -> None:
    gain = np.random.default_rng(5).normal(1, 0.03, (480, 1) if axis == 0 else (1, 960))
    found = fit_noise((measured(6, 2e-4, 2e-5) * gain).astype(np.float32), 1 / 50_000)
    assert found.photon == pytest.approx(2e-5, rel=TOLERANCE)


def test_without_noise_rounding_is_left() -> None:
    flat = np.tile(np.linspace(0.2, 0.9, 8, dtype=np.float32).repeat(50), (300, 1))
    assert fit_noise(flat, 1e-3) == NoiseModel(electronic=pytest.approx(1e-3 / 12**0.5), photon=0.0)


def test_noise_of_a_scan_is_that_of_its_canonical_pixels() -> None:
    pixels = counts(np.maximum(measured(7, 5e-4, 4e-5), 0), air=40_000)
    sidecar = CALIBRATED | {"air_level": [40_000.0], "pitch_mm": {"x": 2.5, "y": 2.5}}
    scan = physical(pixels, sidecar)
    still = scan.transmission[0, 12:28, 12:28]  # inside one step
    expected = scan.noise[0].electronic ** 2 + scan.noise[0].photon * still.mean()
    assert still.var() == pytest.approx(expected, rel=0.3)
    assert scan.noise[0].photon == pytest.approx(4e-5 / 4, rel=TOLERANCE)


def test_growing_makes_nothing_noisier() -> None:
    grid = CanonicalGrid(100, 100, 0, False, scale_x=2.0, scale_y=0.5)
    assert on_canonical_grid(NoiseModel(0.2, 0.1), grid) == NoiseModel(pytest.approx(0.2 * 0.5**0.5), 0.05)


def test_of_a_picture_no_noise_is_claimed() -> None:
    grey = np.clip(measured(8, 1e-2, 1e-3) * 235, 0, 255).astype(np.uint8)
    assert displayed(grey).noise == (NoiseModel(0.0, 0.0),)
