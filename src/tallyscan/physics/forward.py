"""Polychromatic forward model: areal densities in, transmission out.

Every material is projected on three basis materials (carbon, iron, lead); transmission is then
T = sum_k w_k exp(-sum_b mu_bk lambda_b) with a few energies k whose weights are fitted, non-negative, to the
full spectrum. Beam hardening is kept exactly; objects add as areal densities, before the exponential.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray, Material, attenuation
from tallyscan.physics.beam import Beam, spectrum
from tallyscan.physics.detector import deposited_energy_mev
from tallyscan.physics.materials import CARBON, LEAD, STEEL

BASIS: tuple[Material, ...] = (CARBON, STEEL, LEAD)
NODES = 16
# What a cargo pixel can hold, for the fit of the weights: up to alpha of about 12.
_FIT_AREAL_DENSITY_G_CM2 = np.concatenate([[0.0], np.geomspace(0.3, 450.0, 40)])


@dataclass(frozen=True, eq=False)
class ForwardModel:
    """`mu_cm2_g` is (basis, node), `weights` (node,), summing to 1."""

    beam: Beam
    mu_cm2_g: FloatArray
    weights: FloatArray

    def transmission(self, basis_g_cm2: NDArray[np.floating]) -> NDArray[np.float32]:
        """Transmission in (0, 1] of areal densities (basis, ...) in g/cm2."""
        mu = self.mu_cm2_g.astype(np.float32)
        shape = basis_g_cm2.shape[1:]
        flat = np.ascontiguousarray(basis_g_cm2, dtype=np.float32).reshape(len(mu), -1)
        total = np.zeros(flat.shape[1], np.float32)
        exponent, part = np.empty_like(total), np.empty_like(total)
        for node, weight in enumerate(self.weights):  # a loop of NODES: no (node, pixel) array in memory
            np.multiply(flat[0], -mu[0, node], out=exponent)
            for basis in range(1, len(mu)):  # not a matrix product: BLAS threads would spin beside training
                exponent += np.multiply(flat[basis], -mu[basis, node], out=part)
            np.exp(exponent, out=exponent)
            exponent *= np.float32(weight)
            total += exponent
        return np.minimum(total, np.float32(1.0)).reshape(shape)

    def attenuation(self, basis_g_cm2: NDArray[np.floating]) -> FloatArray:
        """alpha = -ln T in float64, for curves rather than images."""
        exponent = np.tensordot(self.mu_cm2_g, np.asarray(basis_g_cm2, np.float64), axes=(0, 0))
        weights = self.weights.reshape((-1,) + (1,) * (exponent.ndim - 1))
        floor = exponent.min(axis=0)
        alpha: FloatArray = floor - np.log((weights * np.exp(floor - exponent)).sum(axis=0))
        return alpha


def signal_spectrum(beam: Beam) -> tuple[FloatArray, FloatArray]:
    """Energies and their share of the detector's open-beam signal."""
    energy, photons = spectrum(beam)
    signal = photons * deposited_energy_mev(energy)
    return energy, signal / signal.sum()


def exact_attenuation(beam: Beam, material: Material, areal_density_g_cm2: FloatArray) -> FloatArray:
    """alpha of one material with the full spectrum: what the fitted model is checked against."""
    energy, signal = signal_spectrum(beam)
    path = np.outer(np.atleast_1d(areal_density_g_cm2), attenuation(material, energy))
    return np.asarray(-np.log(np.exp(-path) @ signal), dtype=np.float64)


@cache
def forward_model(beam: Beam) -> ForwardModel:
    """The fitted model of a beam; relative weights so that deep cargo is fitted as well as thin."""
    energy, signal = signal_spectrum(beam)
    chosen = np.unique(
        np.searchsorted(energy, np.geomspace(0.08, energy[-1] * 0.999, NODES)).clip(0, len(energy) - 1)
    )
    mu_full = np.array([attenuation(material, energy) for material in BASIS])
    mixes = [
        np.eye(3)[0],
        np.eye(3)[1],
        np.eye(3)[2] * 0.5,
        np.array([0.5, 0.5, 0.0]),
        np.array([0.8, 0.0, 0.2]),
    ]
    areal = np.array([mix * thickness for mix in mixes for thickness in _FIT_AREAL_DENSITY_G_CM2])
    truth = np.exp(-areal @ mu_full) @ signal
    design = np.exp(-areal @ mu_full[:, chosen]) / truth[:, None]
    open_beam = 100.0  # the weights must sum to one: T = 1 in air
    design = np.vstack([design, np.full((1, len(chosen)), open_beam)])
    target = np.concatenate([np.ones(len(truth)), [open_beam]])
    weights = nonnegative_least_squares(design, target)
    used = weights > 1e-9
    return ForwardModel(beam, mu_full[:, chosen[used]], weights[used] / weights[used].sum())


@cache
def _projection(material_key: tuple[tuple[str, float], ...], beam: Beam) -> tuple[float, ...]:
    energy, signal = signal_spectrum(beam)
    basis = np.array([attenuation(material, energy) for material in BASIS])
    target = attenuation(Material("", dict(material_key)), energy)
    # What reaches the detector through thin and through deep cargo; the lowest energies are gone in both.
    behind = [signal * np.exp(-iron * basis[1]) for iron in (5.0, 60.0)]
    weight = np.sqrt(sum(part / part.sum() for part in behind))
    share, *_ = np.linalg.lstsq((basis * weight).T, target * weight, rcond=None)
    return tuple(float(value) for value in share)


def project(material: Material, beam: Beam) -> FloatArray:
    """Areal density of carbon, iron and lead that attenuates like 1 g/cm2 of the material; (3,), may be < 0."""
    return np.array(_projection(tuple(sorted(material.fractions.items())), beam))


def nonnegative_least_squares(design: FloatArray, target: FloatArray) -> FloatArray:
    """min |design x - target| with x >= 0: the active set method of C. L. Lawson and R. J. Hanson (1974)."""
    columns = design.shape[1]
    x = np.zeros(columns)
    passive = np.zeros(columns, dtype=bool)
    for _ in range(3 * columns):
        gradient = design.T @ (target - design @ x)
        gradient[passive] = -np.inf
        best = int(np.argmax(gradient))
        if gradient[best] <= 1e-10 * np.abs(design.T @ target).max():
            break
        passive[best] = True
        while True:
            trial = np.zeros(columns)
            trial[passive], *_ = np.linalg.lstsq(design[:, passive], target, rcond=None)
            if trial[passive].min() > 0:
                break
            shrinking = passive & (trial <= 0)
            step = (x[shrinking] / (x[shrinking] - trial[shrinking])).min()
            x += step * (trial - x)
            passive &= x > 1e-14
            x[~passive] = 0.0
        x = trial
    return x
