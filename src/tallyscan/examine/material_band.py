"""Of what each place of a two-energy image is: the material coordinate, from the two attenuations around it.

The coordinate is the iron share of a carbon-iron mix, as everywhere in this project: 0 is organic, about 0.4
aluminium, 1 steel, more lead. Where noise and what row gains and scatter leave make it too uncertain, there is none.
"""

from functools import cache

import cv2
import numpy as np

from tallyscan.physics.attenuation import FloatArray
from tallyscan.physics.beam import beams_of
from tallyscan.physics.forward import forward_model, project
from tallyscan.physics.inversion import SYSTEMATIC_ALPHA
from tallyscan.physics.materials import CARBON, STEEL
from tallyscan.scan import OPAQUE_TRANSMISSION, Float32Array, NoiseModel

LEAST_ALPHA = 0.05  # less is air, or a wall too thin to tell its material
MAX_ERROR = 0.25  # standard error of the coordinate; beyond it organic and metal are not told apart
RANGE = (-0.5, 1.5)  # of the coordinate: what lies outside is shown as its end

_DEEPEST = -float(np.log(OPAQUE_TRANSMISSION))
_ALPHAS = np.linspace(LEAST_ALPHA, _DEEPEST, 120)
_PLACES = np.linspace(-0.6, 1.8, 97)  # between the curves of carbon (0) and of iron (1)
_SHARES = np.linspace(0, 2, 21)  # of iron
_AREAL_G_CM2 = np.concatenate([[0.0], np.geomspace(0.1, 600, 300)])


def material_coordinate(
    alpha_high: Float32Array,
    alpha_low: Float32Array,
    energies_mv: tuple[float, ...],
    noise: tuple[NoiseModel, ...],
    pixels: float,
) -> Float32Array:
    """float32 (rows, columns): the coordinate within `RANGE`; nan in air, behind what lets nothing through, and where
    it cannot be told.

    `alpha_high`, `alpha_low`: mean attenuation around each place, over so many `pixels` of the noise `noise`.
    """
    carbon, iron, shares = _curves((energies_mv[0], energies_mv[1]))
    at = np.clip((alpha_high - _ALPHAS[0]) / (_ALPHAS[1] - _ALPHAS[0]), 0, len(_ALPHAS) - 1).astype(
        np.float32
    )
    of_carbon, of_iron = (
        cv2.remap(curve, at, np.zeros_like(at), cv2.INTER_LINEAR) for curve in (carbon, iron)
    )
    between = of_iron - of_carbon
    place = (alpha_low - of_carbon) / between
    step = _PLACES[1] - _PLACES[0]
    row = np.clip((place - _PLACES[0]) / step, 0, len(_PLACES) - 1).astype(np.float32)
    found = cv2.remap(shares, at, row, cv2.INTER_LINEAR)
    variance = np.full_like(alpha_high, 2 * SYSTEMATIC_ALPHA**2)
    for model, alpha in zip(noise, (alpha_high, alpha_low), strict=False):
        variance += model.alpha_sigma(np.exp(-np.minimum(alpha, np.float32(_DEEPEST)))) ** 2 / np.float32(
            pixels
        )
    told = (alpha_high > LEAST_ALPHA) & (np.maximum(alpha_high, alpha_low) < _DEEPEST)
    told &= variance < (MAX_ERROR * between) ** 2
    return np.where(told, np.clip(found, *RANGE), np.float32(np.nan)).astype(np.float32)


@cache
def _curves(energies_mv: tuple[float, float]) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Low attenuation of carbon and of iron at each of `_ALPHAS` (1, n), and the iron share by place and alpha."""
    low = np.array([_low_of_mix(share, energies_mv) for share in _SHARES])
    carbon, iron = low[0], low[_SHARES.tolist().index(1.0)]
    places = (low - carbon) / (iron - carbon)
    table = np.empty((len(_PLACES), len(_ALPHAS)))
    for column, at in enumerate(places.T):
        slope = (_SHARES[1] - _SHARES[0]) / (
            at[1] - at[0]
        )  # more hydrogen than carbon: below the curve of carbon
        table[:, column] = np.where(_PLACES < 0, _PLACES * slope, np.interp(_PLACES, at, _SHARES))
    carbon, iron, shares = (np.atleast_2d(part).astype(np.float32) for part in (carbon, iron, table))
    return carbon, iron, shares


def _low_of_mix(iron_share: float, energies_mv: tuple[float, float]) -> FloatArray:
    """Attenuation of the low energy where a mix attenuates the high one by `_ALPHAS`."""
    alphas = []
    for beam in beams_of(energies_mv):
        basis = (1 - iron_share) * project(CARBON, beam) + iron_share * project(STEEL, beam)
        alphas.append(forward_model(beam).attenuation(basis[:, np.newaxis] * _AREAL_G_CM2))
    return np.asarray(np.interp(_ALPHAS, alphas[0], alphas[1]))
