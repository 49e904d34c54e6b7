import numpy as np
import pytest

from tallyscan.physics.attenuation import Material
from tallyscan.physics.beam import EAGLE_R60_6_MEV, Beam, beam_of, spectrum
from tallyscan.physics.detector import deposited_energy_mev, spectral_excess_noise
from tallyscan.physics.forward import exact_attenuation, forward_model, nonnegative_least_squares, project
from tallyscan.physics.materials import ALUMINIUM, COCAINE, LEAD, POLYETHYLENE, STEEL, SUGAR, WATER

BEAMS = [beam_of(4.0), beam_of(6.0), beam_of(9.0), EAGLE_R60_6_MEV]


def steel_transmission(beam: Beam, thickness_mm: float) -> float:
    return float(np.exp(-exact_attenuation(beam, STEEL, np.array([thickness_mm * 0.787]))[0]))


@pytest.mark.parametrize(
    ("beam", "published"),
    [
        (beam_of(4.0), (2.5e-2, 1.1e-3, 5.3e-5, 2.9e-6)),
        (EAGLE_R60_6_MEV, (3.9e-2, 2.3e-3, 1.5e-4, 1.1e-5)),
        (beam_of(9.0), (5.6e-2, 4.2e-3, 3.4e-4, 2.9e-5)),
    ],
)
def test_steel_penetration_follows_the_reference_table(beam: Beam, published: tuple[float, ...]) -> None:
    for thickness_mm, expected in zip((100, 200, 300, 400), published, strict=True):
        # 0.1 in alpha: the table has two digits, and 400 mm is at alpha 11 to 13
        assert np.log(steel_transmission(beam, thickness_mm)) == pytest.approx(np.log(expected), abs=0.1)


@pytest.mark.parametrize(
    ("beams", "areal", "published"),
    [
        ((EAGLE_R60_6_MEV, beam_of(4.0)), 10.0, (1.179, 1.176, 1.164, 1.148, 1.161)),
        ((EAGLE_R60_6_MEV, beam_of(4.0)), 50.0, (1.196, 1.191, 1.172, 1.143, 1.099)),
        ((beam_of(9.0), beam_of(6.0)), 10.0, (1.229, 1.221, 1.197, 1.158, 1.130)),
        ((beam_of(9.0), beam_of(6.0)), 50.0, (1.229, 1.218, 1.186, 1.134, 1.057)),
    ],
)
def test_dual_energy_ratios_follow_the_reference_table(
    beams: tuple[Beam, Beam], areal: float, published: tuple[float, ...]
) -> None:
    for material, expected in zip((POLYETHYLENE, WATER, ALUMINIUM, STEEL, LEAD), published, strict=True):
        high, low = (exact_attenuation(beam, material, np.array([areal]))[0] for beam in beams)
        assert low / high == pytest.approx(expected, abs=0.009)


@pytest.mark.parametrize("beam", BEAMS)
@pytest.mark.parametrize(
    "material", [POLYETHYLENE, WATER, COCAINE, SUGAR, ALUMINIUM, STEEL, LEAD], ids=lambda m: m.name
)
def test_the_fitted_model_keeps_alpha_to_a_thousandth(beam: Beam, material: Material) -> None:
    areal = np.array([1.0, 5.0, 20.0, 60.0, 120.0])
    exact = exact_attenuation(beam, material, areal)
    fitted = forward_model(beam).attenuation(project(material, beam)[:, None] * areal)
    np.testing.assert_allclose(fitted, exact, rtol=2e-3)


def test_air_transmits_everything_and_matter_adds() -> None:
    model = forward_model(beam_of(6.0))
    basis = np.zeros((3, 2, 2), np.float32)
    basis[0, 0, 0], basis[1, 1, 1] = 20.0, 30.0
    transmission = model.transmission(basis)
    assert transmission.dtype == np.float32
    assert transmission[0, 1] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(
        -np.log(transmission[0, 0]), model.attenuation(np.array([20.0, 0, 0])), rtol=1e-4
    )
    both = model.attenuation(np.array([20.0, 30.0, 0]))
    alone = model.attenuation(np.array([20.0, 0, 0])) + model.attenuation(np.array([0.0, 30.0, 0]))
    assert both < alone  # beam hardening: the second layer meets a harder beam


def test_spectra_are_normalised_and_end_at_the_end_point() -> None:
    for beam in BEAMS:
        energy, photons = spectrum(beam)
        assert photons.sum() == pytest.approx(1.0)
        assert photons.min() >= 0
        assert energy.max() < beam.end_point_mev


def test_mean_energy_and_excess_noise_are_near_the_published_ones() -> None:
    energy, photons = spectrum(EAGLE_R60_6_MEV)
    assert (energy * photons).sum() == pytest.approx(1.53, abs=0.06)
    assert spectral_excess_noise(energy, photons) == pytest.approx(1.41, abs=0.03)
    nine = spectrum(beam_of(9.0))
    assert spectral_excess_noise(*nine) == pytest.approx(1.63, abs=0.04)


def test_the_detector_deposits_what_was_published() -> None:
    np.testing.assert_allclose(
        deposited_energy_mev(np.array([1.0, 2.0, 3.0, 4.0, 6.0])), [0.53, 0.84, 1.22, 1.65, 2.60], rtol=1e-9
    )
    low = np.array([0.06, 0.15, 0.4, 0.8])
    assert (deposited_energy_mev(low) <= low).all()


def test_a_beam_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no beam model"):
        beam_of(15.0)


def test_nonnegative_least_squares_finds_a_known_answer() -> None:
    rng = np.random.default_rng(3)
    design = rng.random((30, 8))
    truth = np.array([0.0, 2.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(nonnegative_least_squares(design, design @ truth), truth, atol=1e-8)
    forced = nonnegative_least_squares(design, -design.sum(axis=1))
    np.testing.assert_array_equal(forced, np.zeros(8))
