from dataclasses import replace

import numpy as np
import pytest

from tallyscan.calibrate.noise import fit_noise
from training.simulate.artefacts import bounce, bounced, measured, noise_free, to_counts, with_afterglow
from training.simulate.faults import Faults, draw_faults
from training.simulate.scanner import Scanner, draw_scanner

CLEAN = Faults()


def quiet(faults: Faults = CLEAN, **changes: object) -> Scanner:
    scanner = draw_scanner(np.random.default_rng(0), "portal-6-4-L")
    still = {
        "photons": (1e12, 1e12), "electronic": 1e-9, "scatter": 0.0, "background": 0.0, "interlace_px": 0.0,
        "blur_px": (0.3, 0.3), "bits": 16, "air_counts": (50000.0, 50000.0), "faults": faults,
        "end_point_factor": 1.0, "filter_factor": 1.0,
    }  # fmt: skip
    return replace(scanner, **(still | changes))


def steps(height: int = 96, width: int = 256) -> np.ndarray:
    """Steel of 0, 10, 40, 80 g/cm2 side by side."""
    basis = np.zeros((3, height, width), np.float32)
    basis[1] = np.repeat([0, 10, 40, 80], width // 4).astype(np.float32)[None, :]
    return basis


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def image_of(basis: np.ndarray, scanner: Scanner) -> tuple[np.ndarray, np.ndarray]:
    """Measured on the topmost rows of the detector."""
    return measured(rng(), basis, scanner, scanner.detector_rows_mm[: basis.shape[1]])


def test_a_perfect_scanner_writes_the_primary_transmission() -> None:
    scanner, basis = quiet(), steps()
    image, alive = image_of(basis, scanner)
    assert image.dtype == np.float32
    assert image.shape == (2, 96, 256)
    assert alive.all()
    assert np.abs(image - noise_free(basis, scanner)).max() < 1.5 / 50000


def test_the_same_seed_gives_the_same_image() -> None:
    scanner = draw_scanner(np.random.default_rng(8))
    assert (image_of(steps(), scanner)[0] == image_of(steps(), scanner)[0]).all()


def test_noise_is_what_the_scanner_says_of_itself() -> None:
    scanner = quiet(photons=(1e4, 5e3), electronic=2e-4)
    image, _ = image_of(steps(240, 480), scanner)
    for energy, model in zip(image, scanner.noise(), strict=True):
        found = fit_noise(energy, 1 / 50000)
        assert found.photon == pytest.approx(model.photon, rel=0.12)
    smoothed = replace(scanner, faults=replace(CLEAN, smoothing=0.2))
    calm, _ = image_of(np.zeros((3, 200, 200), np.float32), smoothed)
    assert float(calm[0].var()) == pytest.approx(smoothed.noise()[0].photon, rel=0.1)


def test_few_photons_are_skewed() -> None:
    basis = np.zeros((3, 200, 200), np.float32)
    basis[1] = 160.0
    image, _ = image_of(basis, quiet(photons=(2e4, 1e4), bits=16, air_counts=(60000.0, 60000.0)))
    deviation = image[0] - image[0].mean()
    assert float((deviation**3).mean() / image[0].std() ** 3) > 0.1


def test_scatter_fills_the_shadow_by_its_share() -> None:
    basis = np.zeros((3, 400, 400), np.float32)
    basis[1, 40:360, 40:360] = 95.0  # alpha of about 3.3
    clean = noise_free(basis, quiet())[0]
    image, _ = image_of(basis, quiet(scatter=0.05, scatter_px=15.0))
    share = image[0, 200, 200] / clean[200, 200] - 1
    assert share == pytest.approx(0.05, rel=0.3)
    assert image[0, :4, :4].mean() < 1.003


def test_afterglow_leads_light_into_shadow_in_the_direction_of_travel() -> None:
    image = np.ones((40, 200), np.float32)
    image[:, 80:120] = 0.001
    glow = with_afterglow(image.copy(), replace(CLEAN, afterglow=0.02))
    assert glow[20, 81] > glow[20, 118] > 0.0009
    assert glow[20, 60] == pytest.approx(1.0, abs=1e-4)
    assert glow[20, 125] < 1.0


def test_interlacing_shifts_the_second_energy_only() -> None:
    basis = steps()
    still, _ = image_of(basis, quiet())
    shifted, _ = image_of(basis, quiet(interlace_px=0.5))
    assert (shifted[0] == still[0]).all()
    edge = 64
    assert shifted[1, 50, edge - 1] < still[1, 50, edge - 1] - 0.05


def test_what_was_not_measured_is_zero_or_full_and_not_alive() -> None:
    air = np.zeros((3, 200, 300), np.float32)
    image, alive = image_of(air, quiet(replace(CLEAN, dead_ppm=2000, hot_ppm=2000)))
    assert 0.001 < (~alive).mean() < 0.01
    assert (((image[0] == 0) | (image[0] > 1.3)) == ~alive).all()
    image, alive = image_of(air, quiet(replace(CLEAN, lost_pulses=40)))
    lost = ~alive.any(axis=0)
    assert 3 <= lost.sum() <= 20
    assert ((image[:, :, lost] == 0) | (image[:, :, lost] > 1.3)).any(axis=0).all()
    assert image[:, :, ~lost].min() > 0.4


def test_a_masked_module_is_dark_in_dashes() -> None:
    image, _ = image_of(np.zeros((3, 200, 300), np.float32), quiet(replace(CLEAN, masked_module=True)))
    dark = image[0] == 0
    assert 8 <= dark.any(axis=1).sum() <= 24
    assert 0.2 < dark[dark.any(axis=1)].mean() < 0.7


@pytest.mark.parametrize("rectified", [False, True])
def test_modules_err_where_their_cells_are(rectified: bool) -> None:
    """Rows of one module have one gain, also where software has spread a level arm's few cells over many rows."""
    scanner = quiet(replace(CLEAN, module_gain=0.02))
    scanner = replace(scanner, geometry=replace(scanner.geometry, rectified=rectified))
    rows = scanner.beam(*scanner.window_mm()).rows_mm
    image, _ = measured(rng(), np.zeros((3, len(rows), 40), np.float32), scanner, rows)
    gain = image[0].mean(axis=1)
    cell = np.abs(rows[:, None] - scanner.detector_rows_mm[None, :]).argmin(axis=1)
    from_below = len(scanner.detector_rows_mm) - 1 - cell
    upright = int((scanner.detector_rows_mm <= upright_reach_mm(scanner)).sum())
    length = scanner.geometry.module_rows
    module = np.where(from_below < upright, from_below // length, (from_below - upright) // length - 1_000)
    steps = np.abs(np.diff(gain)) > 1e-3
    assert not steps[np.diff(module) == 0].any()
    assert steps[np.diff(module) != 0].mean() > 0.9
    _, heights = np.unique(module, return_counts=True)
    assert (heights.max() > 2 * length) == rectified


def upright_reach_mm(scanner: Scanner) -> float:
    """Where the ray to the top of the upright arm meets the reference plane."""
    geometry = scanner.geometry
    return geometry.source_mm + (geometry.arm_mm[1] - geometry.source_mm) / scanner.magnification


def test_a_file_of_twelve_bits_has_as_many_levels() -> None:
    scanner = quiet(bits=12, air_counts=(3000.0, 3000.0), photons=(1e5, 1e5))
    image, _ = image_of(steps(), scanner)
    counts, air = to_counts(rng(), image, scanner)
    assert counts.dtype == np.uint16
    assert counts.max() <= 4095
    assert np.abs(counts / np.float32(3000) - image).max() < 1e-3
    assert air[0] == pytest.approx(3000, rel=0.01)


def test_the_vehicle_bounces_with_all_that_belongs_to_it() -> None:
    plane = np.zeros((60, 100), np.float32)
    plane[30:] = 1.0
    rise = np.full(100, 4.0, np.float32)
    assert bounced(plane, rise)[26, 50] == 1.0
    assert bounced(plane, rise)[25, 50] == 0.0
    assert bounce(rng(), CLEAN, 100) is None
    swing = bounce(rng(), replace(CLEAN, bounce_px=5.0, bounce_columns=300.0), 900)
    assert swing is not None
    assert 1.0 < np.ptp(swing) < 60
    assert np.abs(np.diff(swing)).max() < 1.0


def test_many_scans_are_clean_and_some_are_bad() -> None:
    drawn = [draw_faults(np.random.default_rng(seed)) for seed in range(300)]
    doses = np.array([faults.pulse_dose for faults in drawn])
    assert np.median(doses) < 0.003
    assert 0.01 < (doses > 0.01).mean() < 0.25
    assert 0.5 < np.mean([faults.lost_pulses == 0 for faults in drawn]) < 0.9
    assert 0.005 < np.mean([faults.masked_module for faults in drawn]) < 0.1
