"""What a region is made of, from two energies: the matter that it adds to its surroundings."""

import math
from dataclasses import dataclass

import numpy as np

from tallyscan.physics.attenuation import FloatArray
from tallyscan.physics.beam import beams_of
from tallyscan.physics.inversion import MATERIAL_KINDS, SYSTEMATIC_ALPHA, DualEnergyEstimate, invert_dual
from tallyscan.scan import NoiseModel
from tallyscan.wording import Wording, said

MIN_ADDED_G_CM2 = 2.0  # less is lost in what stands in front of and behind it
MAX_ERROR = 0.15  # of the material coordinate: beyond it organic and metal are not told apart


@dataclass(frozen=True)
class AddedMaterial:
    """Iron share of the added matter as a carbon-iron mix, and its standard error: 0 organic, 1 steel."""

    coordinate: float
    error: float

    @property
    def words(self) -> Wording:
        """As an officer reads it; a coordinate that is too uncertain is said to be."""
        if self.error > MAX_ERROR:
            return said("of a material that cannot be told")
        at = {"coordinate": self.coordinate, "error": self.error}
        organic, mineral = (limit for limit, _ in MATERIAL_KINDS)
        if self.coordinate < organic:
            return said(
                "looks organic (material {coordinate:.2f} ± {error:.2f}: 0 is organic, 1 is steel)", **at
            )
        if self.coordinate < mineral:
            return said(
                "looks mineral or light metal (material {coordinate:.2f} ± {error:.2f}: 0 is organic, 1 is steel)",
                **at,
            )
        return said("looks metal (material {coordinate:.2f} ± {error:.2f}: 0 is organic, 1 is steel)", **at)


def added_material(
    inside: FloatArray,
    around: FloatArray,
    pixels: int,
    energies_mv: tuple[float, ...],
    noise: tuple[NoiseModel, ...],
) -> AddedMaterial | None:
    """From the attenuations of a region and of its surroundings, (energy,), high first.

    `pixels` is how many they were averaged over. None with one energy, where little is added, or where no
    mix of carbon and iron fits.
    """
    if len(inside) < 2:
        return None
    within, without = (mix_of(alpha, pixels, energies_mv, noise) for alpha in (inside, around))
    if within is None or without is None:
        return None
    added = within.areal_density_g_cm2 - without.areal_density_g_cm2
    if added < MIN_ADDED_G_CM2:
        return None
    iron = within.areal_density_g_cm2 * within.material - without.areal_density_g_cm2 * without.material
    error = math.hypot(*(mix.areal_density_g_cm2 * mix.material_error for mix in (within, without)))
    return AddedMaterial(iron / added, error / added)


def mix_of(
    alpha: FloatArray, pixels: int, energies_mv: tuple[float, ...], noise: tuple[NoiseModel, ...]
) -> DualEnergyEstimate | None:
    """The carbon-iron mix that attenuates like that, (energy,), high first, averaged over so many pixels; None where
    there is none.
    """
    sigmas = [
        float(np.hypot(model.alpha_sigma(np.exp(-np.float32(mean))) / np.sqrt(pixels), SYSTEMATIC_ALPHA))
        for model, mean in zip(noise, alpha, strict=True)
    ]
    high, low = beams_of(energies_mv)[:2]
    return invert_dual(float(alpha[0]), float(alpha[1]), sigmas[0], sigmas[1], (high, low))
