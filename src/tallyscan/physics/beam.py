"""Spectra of the electron linacs and betatrons in cargo scanners.

Thick-target bremsstrahlung in the forward direction by the Schiff formula (2BS of H. W. Koch and J. W. Motz,
Rev. Mod. Phys. 31, 920 (1959), at theta = 0), averaged over the slowing down of the electrons and filtered by
effective thicknesses of tungsten and copper. The filters are fit parameters, not hardware: they match
simulated reference spectra of a 6/4 MeV rail portal and a 9/6 MeV system to 0.8 % in attenuation.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from tallyscan.physics.attenuation import ENERGY_RANGE_MEV, FloatArray, attenuation
from tallyscan.physics.materials import COPPER, TUNGSTEN

ELECTRON_MASS_MEV = 0.51099895
TUNGSTEN_Z = 74
SPECTRUM_BINS = 160


@dataclass(frozen=True)
class Beam:
    """End-point energy in MeV and the effective filter that shapes its spectrum."""

    end_point_mev: float
    tungsten_mm: float
    copper_mm: float
    slowing_down_mev: float


# Fitted: (tungsten mm, copper mm, slowing-down scale MeV) at each end point.
FITTED_BEAMS = (
    Beam(4.0, 0.16, 15.6, 0.07),
    Beam(6.0, 0.97, 6.3, 0.0),
    Beam(9.0, 1.70, 4.2, 0.04),
)
EAGLE_R60_6_MEV = Beam(6.0, 0.03, 15.8, 0.46)


def beam_of(end_point_mev: float) -> Beam:
    """A beam of any end point between 1 and 10 MeV; filters interpolated between the fitted ones."""
    if not 1.0 <= end_point_mev <= ENERGY_RANGE_MEV[1]:
        raise ValueError(f"no beam model for an end point of {end_point_mev} MeV")
    known = [beam.end_point_mev for beam in FITTED_BEAMS]

    def at(values: list[float]) -> float:
        return float(np.interp(end_point_mev, known, values))

    return Beam(
        end_point_mev,
        at([beam.tungsten_mm for beam in FITTED_BEAMS]),
        at([beam.copper_mm for beam in FITTED_BEAMS]),
        at([beam.slowing_down_mev for beam in FITTED_BEAMS]),
    )


def beams_of(energies_mv: tuple[float, ...]) -> tuple[Beam, ...]:
    """The beam models of a scanner's end points; 6/4 MeV is the rail portal whose spectrum is known."""
    if energies_mv == (6.0, 4.0):
        return (EAGLE_R60_6_MEV, beam_of(4.0))
    return tuple(beam_of(energy) for energy in energies_mv)


def schiff_forward(photon_mev: FloatArray, electron_mev: float) -> FloatArray:
    """Photons per MeV at theta = 0 from electrons of one kinetic energy; relative, 0 above the end point."""
    total = electron_mev + ELECTRON_MASS_MEV
    left = np.maximum(total - photon_mev, ELECTRON_MASS_MEV)
    screening = (ELECTRON_MASS_MEV * photon_mev / (2 * total * left)) ** 2 + (
        TUNGSTEN_Z ** (1 / 3) / 111
    ) ** 2
    shape = ((total**2 + left**2) * -np.log(screening) - (total + left) ** 2) / total**2
    return np.where(photon_mev < electron_mev, np.maximum(shape, 0.0) / photon_mev, 0.0)


@cache
def spectrum(beam: Beam) -> tuple[FloatArray, FloatArray]:
    """Photon energies in MeV (bin centres, evenly spaced in their logarithm) and photons per bin, sum 1."""
    edges = np.geomspace(ENERGY_RANGE_MEV[0], beam.end_point_mev, SPECTRUM_BINS + 1)
    energy = np.sqrt(edges[1:] * edges[:-1])
    if beam.slowing_down_mev > 0:
        losses = beam.slowing_down_mev * np.array([0.1, 0.3, 0.6, 1.0, 1.5, 2.2, 3.2])
        weights = np.exp(-losses / beam.slowing_down_mev)
    else:
        losses, weights = np.zeros(1), np.ones(1)
    photons = np.sum(
        [
            w * schiff_forward(energy, beam.end_point_mev - loss)
            for w, loss in zip(weights, losses, strict=True)
        ],
        axis=0,
    )
    for material, thickness_mm in ((TUNGSTEN, beam.tungsten_mm), (COPPER, beam.copper_mm)):
        areal = material.density_g_cm3 * thickness_mm / 10 if material.density_g_cm3 else 0.0
        photons = photons * np.exp(-attenuation(material, energy) * areal)
    photons = photons * np.diff(edges)
    return energy, photons / photons.sum()
