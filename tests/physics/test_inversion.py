import numpy as np
import pytest

from tallyscan.physics.attenuation import Material
from tallyscan.physics.beam import EAGLE_R60_6_MEV, Beam, beam_of
from tallyscan.physics.forward import exact_attenuation
from tallyscan.physics.inversion import areal_density_g_cm2, invert_dual
from tallyscan.physics.materials import ALUMINIUM, CELLULOSE, STEEL, WATER

PAIR = (EAGLE_R60_6_MEV, beam_of(4.0))


@pytest.mark.parametrize("beam", [beam_of(4.0), beam_of(6.0), beam_of(9.0)])
def test_the_right_material_gives_the_areal_density_back(beam: Beam) -> None:
    areal = np.array([0.5, 5.0, 40.0, 120.0])
    alpha = exact_attenuation(beam, CELLULOSE, areal)
    np.testing.assert_allclose(areal_density_g_cm2(alpha, beam), areal, rtol=2e-3)


def test_noise_in_air_is_no_matter() -> None:
    np.testing.assert_array_equal(areal_density_g_cm2(np.array([-0.02, 0.0]), beam_of(6.0)), [0.0, 0.0])


@pytest.mark.parametrize(
    ("material", "low", "high"), [(WATER, -0.1, 0.1), (ALUMINIUM, 0.3, 0.5), (STEEL, 0.95, 1.05)]
)
@pytest.mark.parametrize("areal", [10.0, 60.0])
def test_two_energies_tell_organic_aluminium_and_steel(
    material: Material, low: float, high: float, areal: float
) -> None:
    high_alpha, low_alpha = (float(exact_attenuation(beam, material, np.array([areal]))[0]) for beam in PAIR)
    estimate = invert_dual(high_alpha, low_alpha, 1e-3, 1e-3, PAIR)
    assert estimate is not None
    assert low < estimate.material < high
    assert estimate.areal_density_g_cm2 == pytest.approx(areal, rel=0.12)


def test_the_standard_error_is_the_spread_that_noise_makes() -> None:
    rng = np.random.default_rng(11)
    alpha = [float(exact_attenuation(beam, ALUMINIUM, np.array([40.0]))[0]) for beam in PAIR]
    sigma = 0.004
    drawn = [
        invert_dual(alpha[0] + rng.normal(0, sigma), alpha[1] + rng.normal(0, sigma), sigma, sigma, PAIR)
        for _ in range(400)
    ]
    kept = [estimate for estimate in drawn if estimate is not None]
    assert len(kept) > 390
    one = invert_dual(*alpha, sigma, sigma, PAIR)
    assert one is not None
    assert np.std([e.material for e in kept]) == pytest.approx(one.material_error, rel=0.2)
    assert np.std([e.areal_density_g_cm2 for e in kept]) == pytest.approx(one.areal_density_error, rel=0.2)
