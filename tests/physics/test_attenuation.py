import numpy as np
import pytest

from tallyscan.physics.attenuation import (
    ENERGY_RANGE_MEV,
    Material,
    attenuation,
    element_attenuation,
    mixture,
)
from tallyscan.physics.materials import CELLULOSE, LEAD, STEEL, WATER

# NIST XCOM, total with coherent scattering, cm2/g.
NIST = [
    (STEEL, 1.0, 0.05995), (STEEL, 3.0, 0.03621), (STEEL, 6.0, 0.03057),
    (WATER, 1.0, 0.07072), (WATER, 3.0, 0.03968), (WATER, 6.0, 0.02770),
]  # fmt: skip


@pytest.mark.parametrize(("material", "energy_mev", "expected"), NIST)
def test_the_six_reference_values(material: Material, energy_mev: float, expected: float) -> None:
    assert attenuation(material, energy_mev)[0] == pytest.approx(expected, abs=1.5e-5)


def test_lead_has_its_k_edge() -> None:
    below, above = element_attenuation("Pb", [0.0875, 0.0885])
    assert above > 3 * below


def test_processes_add_up_to_the_total() -> None:
    energy = np.geomspace(*ENERGY_RANGE_MEV, 40)
    parts = sum(
        element_attenuation("Fe", energy, p) for p in ("coherent", "incoherent", "photoelectric", "pair")
    )
    np.testing.assert_allclose(parts, element_attenuation("Fe", energy), rtol=1e-12)


def test_pair_production_starts_at_its_threshold() -> None:
    assert element_attenuation("Pb", 1.0, "pair")[0] == 0.0
    assert element_attenuation("Pb", 3.0, "pair")[0] > 0.005


@pytest.mark.parametrize("energy_mev", [0.01, 0.049, 10.5])
def test_outside_the_table_is_an_error_not_a_guess(energy_mev: float) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        attenuation(LEAD, energy_mev)


def test_fractions_must_make_a_whole() -> None:
    with pytest.raises(ValueError, match="sum to"):
        Material("half", {"C": 0.5})


def test_a_mixture_attenuates_like_its_parts() -> None:
    mix = mixture("wet wood", [(CELLULOSE, 3.0), (WATER, 1.0)])
    expected = 0.75 * attenuation(CELLULOSE, 2.0) + 0.25 * attenuation(WATER, 2.0)
    np.testing.assert_allclose(attenuation(mix, 2.0), expected)
