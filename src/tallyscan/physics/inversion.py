"""From attenuation back to matter: areal density, and with two energies a material coordinate, with errors."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tallyscan.physics.attenuation import FloatArray, Material
from tallyscan.physics.beam import Beam
from tallyscan.physics.forward import ForwardModel, forward_model, project
from tallyscan.physics.materials import CARBON, CELLULOSE, STEEL

MAX_AREAL_DENSITY_G_CM2 = 450.0
SYSTEMATIC_ALPHA = (
    0.005  # what row gains and scatter leave in the mean of a region, however many pixels it has
)
MATERIAL_KINDS = ((0.25, "organic"), (0.65, "mineral or light metal"))
"""Up to which material coordinate, and what; aluminium is at about 0.4. Above is metal."""


@cache
def _curve(beam: Beam, material_key: tuple[tuple[str, float], ...]) -> tuple[FloatArray, FloatArray]:
    material = Material("", dict(material_key))
    areal = np.concatenate([[0.0], np.geomspace(0.01, MAX_AREAL_DENSITY_G_CM2, 400)])
    alpha = forward_model(beam).attenuation(project(material, beam)[:, None] * areal)
    return alpha, areal


def areal_density_g_cm2(alpha: ArrayLike, beam: Beam, material: Material = CELLULOSE) -> NDArray[np.float64]:
    """Areal density of a known material that gives this attenuation.

    The curve is monotone; negative attenuation (noise in air) gives 0, beyond the curve its end (450 g/cm2).
    """
    curve_alpha, curve_areal = areal_density_curve(beam, material)
    return np.asarray(np.interp(np.asarray(alpha, dtype=np.float64), curve_alpha, curve_areal))


def areal_density_curve(beam: Beam, material: Material) -> tuple[FloatArray, FloatArray]:
    """Attenuations, rising from 0, and the areal densities in g/cm2 of a material that give them."""
    return _curve(beam, tuple(sorted(material.fractions.items())))


def added_attenuation(
    beam: Beam, material: Material, g_cm2: FloatArray, behind_g_cm2: float, behind: Material = CELLULOSE
) -> FloatArray:
    """Attenuation of so much (n,) of a material and of what is behind it, together."""
    before = project(behind, beam)[:, np.newaxis] * behind_g_cm2
    return forward_model(beam).attenuation(before + project(material, beam)[:, np.newaxis] * g_cm2)


@dataclass(frozen=True)
class DualEnergyEstimate:
    """`material` is the iron share of a carbon-iron mix: 0 organic, about 0.4 aluminium, 1 steel, more for lead.

    Standard errors follow from those of the two attenuations, to first order.
    """

    areal_density_g_cm2: float
    areal_density_error: float
    material: float
    material_error: float


def invert_dual(
    alpha_high: float, alpha_low: float, sigma_high: float, sigma_low: float, beams: tuple[Beam, Beam]
) -> DualEnergyEstimate | None:
    """Carbon-iron mix that explains both attenuations of a region, by Newton's method; None if it diverges.

    Uses the region's mean attenuation: in a single pixel the material of thin cargo is noise.
    """
    models = [forward_model(beam) for beam in beams]
    basis = np.stack([project(CARBON, beams[0]), project(STEEL, beams[0])])
    target = np.array([alpha_high, alpha_low])
    areal = np.full(2, max(float(areal_density_g_cm2(alpha_high, beams[0])), 0.1) / 2)
    for _ in range(40):
        alpha, jacobian = _with_jacobian(areal, basis, models)
        try:
            step = np.linalg.solve(jacobian, target - alpha)
        except np.linalg.LinAlgError:
            return None
        length = float(np.abs(step).max())
        areal = areal + step * min(1.0, 0.5 * (areal.sum() + 1.0) / max(length, 1e-12))
        if length < 1e-6:
            break
    else:
        return None
    total = float(areal.sum())
    if not np.isfinite(total) or total <= 0:
        return None
    _, jacobian = _with_jacobian(areal, basis, models)
    inverse = np.linalg.inv(jacobian)
    covariance = inverse @ np.diag([sigma_high**2, sigma_low**2]) @ inverse.T
    of_total = np.array([1.0, 1.0])
    of_share = np.array([-areal[1], areal[0]]) / total**2
    return DualEnergyEstimate(
        total,
        float(np.sqrt(of_total @ covariance @ of_total)),
        float(areal[1] / total),
        float(np.sqrt(of_share @ covariance @ of_share)),
    )


def _with_jacobian(
    areal: FloatArray, basis: FloatArray, models: list[ForwardModel]
) -> tuple[FloatArray, FloatArray]:
    """alpha at both energies for (carbon, iron) in g/cm2, and its derivatives."""
    alpha, rows = [], []
    for model in models:
        mu = basis @ model.mu_cm2_g
        weights = model.weights
        exponent = areal @ mu
        share = weights * np.exp(exponent.min() - exponent)
        alpha.append(exponent.min() - np.log(share.sum()))
        rows.append(mu @ (share / share.sum()))
    return np.array(alpha), np.array(rows)
