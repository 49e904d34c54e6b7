"""What the graph is given, in serving and in training.

`image` (1, 3, height, width): transmission of the high and of the low energy in [MIN_TRANSMISSION, 1] (the
high one twice where there is only one), and validity. `scanner` (1, 8): the numbers named below.
`declaration` (1, n): see `declared_goods_vector`; zeros mean unknown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np

from tallyscan.classify.item import classes_of_item
from tallyscan.declaration import Declaration
from tallyscan.physics.beam import beams_of
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
CONTAINER_INPUTS = ("container_20ft", "container_40ft", "container_45ft", "reefer", "tank")
EXTRA_DECLARATION_INPUTS = ("log10_mass_kg_over_5", "declared_empty", "known", *CONTAINER_INPUTS)
NOTHING_OF_CONTAINERS: Mapping[str, float] = {}


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


def container_shares(size_and_types: Iterable[str | None]) -> dict[str, float]:
    """Share of the containers of each size and kind, by `CONTAINER_INPUTS`; {} where no code is given.

    ISO 6346:2022, annexes D and E: the first character is the length (2, 4 and L: 20, 40 and 45 ft), the third
    the type (R refrigerated, T tank). Other lengths and types count as containers, but as none of these.
    """
    codes = [code.strip().upper() for code in size_and_types if code and code.strip()]
    lengths = {"2": "container_20ft", "4": "container_40ft", "L": "container_45ft"}
    types = {"R": "reefer", "T": "tank"}
    shares: dict[str, float] = defaultdict(float)
    for code in codes:
        for name in (lengths.get(code[0]), types.get(code[2:3])):
            if name is not None:
                shares[name] += 1 / len(codes)
    return dict(shares)


def declared_goods_vector(
    shares: Mapping[str, float],
    mass_kg: float,
    empty: bool,
    commodities: tuple[str, ...],
    containers: Mapping[str, float] = NOTHING_OF_CONTAINERS,
) -> Float32Array:
    """(1, n) float32, the one place that builds it, in serving and in training.

    Share of the declared gross mass by class; log10 of the mass in kg over 5 (0: unknown), declared empty, known;
    and the share of the declared containers that have each of `CONTAINER_INPUTS` (see `container_shares`).
    """
    vector = np.zeros((1, declaration_size(commodities)), dtype=np.float32)
    mass = np.log10(np.clip(mass_kg, 1.0, MAX_DECLARED_KG)) / 5
    vector[0] = [
        *(shares.get(name, 0.0) for name in commodities),
        *(mass, empty, 1.0),
        *(containers.get(name, 0.0) for name in CONTAINER_INPUTS),
    ]
    return vector


def declaration_vector(declaration: Declaration | None, commodities: tuple[str, ...]) -> Float32Array:
    """(1, n) float32: see `declared_goods_vector`; zeros = unknown.

    Goods items weigh as declared; one without a mass counts as much as the mean of those that have one, for a
    share of nothing would say that it is not declared.
    """
    if declaration is None:
        return np.zeros((1, declaration_size(commodities)), dtype=np.float32)
    masses = [item.gross_mass if item.gross_mass else 0.0 for item in declaration.goods_items]
    known = [mass for mass in masses if mass > 0]
    typical = sum(known) / len(known) if known else 1.0
    weights = [mass if mass > 0 else typical for mass in masses]
    shares: dict[str, float] = defaultdict(float)
    for item, weight in zip(declaration.goods_items, weights, strict=True):
        classes = classes_of_item(item).classes
        for declared in classes:
            shares[declared.name] += weight / sum(weights) / len(classes)
    containers = container_shares(part.container_size_and_type for part in declaration.transport_equipment)
    return declared_goods_vector(shares, sum(known), declaration.declared_empty, commodities, containers)


def goods_are_recognisable(declaration: Declaration | None, commodities: tuple[str, ...]) -> bool:
    """Goods are declared, and every item by a code or words whose class the model knows.

    What is declared without one could be what the model takes for a mismatch.
    """
    if declaration is None or declaration.declared_empty or not declaration.goods_items:
        return False
    declared = [classes_of_item(item).classes for item in declaration.goods_items]
    return all(classes and all(one.name in commodities for one in classes) for classes in declared)
