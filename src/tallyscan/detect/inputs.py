"""What the graph is given, in serving and in training.

`image` (1, 3, height, width): transmission of the high and of the low energy in [MIN_TRANSMISSION, 1] (the
high one twice where there is only one), and validity. `scanner` (1, 8): the numbers named below.
`declaration` (1, n): see `declaration_vector`; zeros mean unknown.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import numpy as np

from tallyscan.commodity import class_of_hs
from tallyscan.declaration import Declaration
from tallyscan.physics.beam import EAGLE_R60_6_MEV, Beam, beam_of
from tallyscan.physics.forward import forward_model
from tallyscan.scan import MIN_TRANSMISSION, Float32Array, NoiseModel, Scan

MAX_ALPHA = 9.0
MAX_DECLARED_KG = 1e5  # no unit carries more; a larger number must not drive the network
STRIDE = 32  # height and width of `image` are multiples of it
SCANNER_INPUTS = (
    "electronic_high_squared",
    "photon_high",
    "electronic_low_squared",
    "photon_low",
    "steel_curve_linear",
    "steel_curve_quadratic",
    "is_dual",
    "is_display",
)
EXTRA_DECLARATION_INPUTS = ("log10_mass_kg_over_5", "declared_empty", "known")


def beams_of(energies_mv: tuple[float, ...]) -> tuple[Beam, ...]:
    """The beam models of a scanner's end points; 6/4 MeV is the rail portal whose spectrum is known."""
    if energies_mv == (6.0, 4.0):
        return (EAGLE_R60_6_MEV, beam_of(4.0))
    return tuple(beam_of(energy) for energy in energies_mv)


@cache
def steel_curve(energies_mv: tuple[float, float]) -> tuple[float, float]:
    """alpha_low of steel as alpha_high * (k1 + k2 * alpha_high), fitted for alpha_high in 0.05 to 7."""
    high, low = (forward_model(beam) for beam in beams_of(energies_mv))
    iron = np.zeros((3, 60))
    iron[1] = np.geomspace(1.0, 190.0, 60)
    alpha_high, alpha_low = high.attenuation(iron), low.attenuation(iron)
    used = alpha_high < 7
    design = np.stack([np.ones(used.sum()), alpha_high[used]], axis=1)
    (k1, k2), *_ = np.linalg.lstsq(design, alpha_low[used] / alpha_high[used], rcond=None)
    return float(k1), float(k2)


def scanner_vector(
    energies_mv: tuple[float, ...], noise: tuple[NoiseModel, ...], *, display: bool
) -> Float32Array:
    """(1, 8) float32."""
    dual = len(noise) > 1 and not display
    k1, k2 = steel_curve((energies_mv[0], energies_mv[1])) if dual else (0.0, 0.0)
    low = noise[1] if dual else noise[0]
    values = [
        noise[0].electronic ** 2, noise[0].photon, low.electronic**2, low.photon, k1, k2, float(dual), float(display),
    ]  # fmt: skip
    return np.array([values], dtype=np.float32)


def padded_length(length: int) -> int:
    """The next multiple of the network's stride."""
    return -(-length // STRIDE) * STRIDE


def image_tensor(scan: Scan) -> Float32Array:
    """(1, 3, height, width), padded at the bottom and the right with invalid air to multiples of the stride."""
    shape = (1, 3, padded_length(scan.height), padded_length(scan.width))
    tensor = np.empty(shape, dtype=np.float32)
    tensor[0, :2, scan.height :] = 1.0
    tensor[0, :2, :, scan.width :] = 1.0
    tensor[0, 2, scan.height :] = 0.0
    tensor[0, 2, :, scan.width :] = 0.0
    second = min(1, len(scan.transmission) - 1)
    tensor[0, 0, : scan.height, : scan.width] = scan.transmission[0]
    tensor[0, 1, : scan.height, : scan.width] = scan.transmission[second]
    tensor[0, 2, : scan.height, : scan.width] = scan.valid
    # Resampling can leave a rounding error above 1, and the square root of its attenuation is not a number.
    np.clip(tensor[0, :2], np.float32(MIN_TRANSMISSION), np.float32(1), out=tensor[0, :2])
    return tensor


def declaration_size(commodities: tuple[str, ...]) -> int:
    """Length of the declaration vector."""
    return len(commodities) + len(EXTRA_DECLARATION_INPUTS)


def declared_goods_vector(
    shares: Mapping[str, float], mass_kg: float, empty: bool, commodities: tuple[str, ...]
) -> Float32Array:
    """(1, n) float32: share of the declared gross mass by class, then mass (0: unknown), empty, known."""
    vector = np.zeros((1, declaration_size(commodities)), dtype=np.float32)
    vector[0, : len(commodities)] = [shares.get(name, 0.0) for name in commodities]
    vector[0, len(commodities) :] = np.log10(np.clip(mass_kg, 1.0, MAX_DECLARED_KG)) / 5, empty, 1.0
    return vector


def declaration_vector(declaration: Declaration | None, commodities: tuple[str, ...]) -> Float32Array:
    """(1, n) float32: see `declared_goods_vector`; zeros = unknown."""
    if declaration is None:
        return np.zeros((1, declaration_size(commodities)), dtype=np.float32)
    masses = [
        item.gross_mass if item.gross_mass and item.gross_mass > 0 else 0.0
        for item in declaration.goods_items
    ]
    total = sum(masses)
    shares: dict[str, float] = defaultdict(float)
    for item, mass in zip(declaration.goods_items, masses, strict=True):
        declared = class_of_hs(item.hs) if item.hs else None
        if declared is not None:
            shares[declared.name] += mass / total if total else 1 / len(masses)
    return declared_goods_vector(shares, total, declaration.declared_empty, commodities)
