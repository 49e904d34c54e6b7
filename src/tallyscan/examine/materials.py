"""Reference materials: what an attenuation comes to in each of them, and which of them a place may be of."""

from functools import lru_cache

import numpy as np

from tallyscan.examine.measured import MaterialSeen, Undetermined
from tallyscan.physics.added_material import MAX_ERROR
from tallyscan.physics.attenuation import Material
from tallyscan.physics.beam import beams_of
from tallyscan.physics.inversion import MATERIAL_KINDS, areal_density_curve, invert_dual
from tallyscan.physics.materials import ALUMINIUM, CELLULOSE, LEAD, POLYETHYLENE, STEEL, WATER

ORGANIC = "organic"
REFERENCE_MATERIALS = {
    ORGANIC: CELLULOSE,
    "plastic": POLYETHYLENE,
    "water": WATER,
    "aluminium": ALUMINIUM,
    "steel": STEEL,
    "lead": LEAD,
}
"""`organic` is cellulose, in which the mass of goods is given everywhere in this project; `plastic` is polyethylene."""

_OF_KIND = {
    ORGANIC: (ORGANIC, "plastic", "water"),
    "mineral or light metal": ("aluminium",),
    "metal": ("steel", "lead"),
}
_UNKNOWN = (ORGANIC, "plastic", "water", "aluminium", "steel")
_ELEMENTS = {"C": 6, "N": 7, "O": 8, "Al": 13, "Si": 14, "Ca": 20, "Fe": 26, "Cu": 29}
_DEEPEST_ALPHA = 6.0


def materials_of(seen: MaterialSeen | Undetermined) -> tuple[str, ...]:
    """Of what it may be within two standard errors, the likeliest first; where nothing is known, anything but lead."""
    if isinstance(seen, Undetermined):
        return _UNKNOWN
    low, high = seen.coordinate - 2 * seen.error, seen.coordinate + 2 * seen.error
    kinds = dict.fromkeys([seen.kind, *(kind_of(value) for value in (low, high, (low + high) / 2))])
    return tuple(name for kind in kinds for name in _OF_KIND[kind])


def kind_of(coordinate: float) -> str:
    """As everywhere in this project."""
    return next((kind for limit, kind in MATERIAL_KINDS if coordinate < limit), "metal")


def material_seen(
    coordinate: float, error: float, alpha: float, energies_mv: tuple[float, ...]
) -> MaterialSeen | Undetermined:
    """A material coordinate in words and as an effective atomic number; `alpha` is the attenuation it was seen at."""
    if error > MAX_ERROR:
        return Undetermined(
            "uncertain", f"Its material coordinate is {coordinate:.2f} ± {error:.2f}: too uncertain to tell."
        )
    places, numbers = _elements(
        (energies_mv[0], energies_mv[1]), round(min(max(alpha, 0.2), _DEEPEST_ALPHA), 1)
    )
    at, low, high = (
        float(np.interp(coordinate + off, places, numbers)) for off in (0.0, -2 * error, 2 * error)
    )
    heavier = coordinate + 2 * error > places[-1]
    return MaterialSeen(
        round(coordinate, 3),
        round(error, 3),
        kind_of(coordinate),
        round(at, 1),
        round(low, 1),
        None if heavier else round(high, 1),
    )


@lru_cache(256)
def _elements(energies_mv: tuple[float, float], alpha: float) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Material coordinates of pure elements at that attenuation, rising, and their atomic numbers. Beyond copper the
    coordinate says no more which it is: thin lead is where iron is.
    """
    high, low = beams_of(energies_mv)[:2]
    found = []
    for symbol, number in _ELEMENTS.items():
        element = Material(symbol, {symbol: 1.0})
        alphas_high, areal = areal_density_curve(high, element)
        alphas_low, _ = areal_density_curve(low, element)
        seen_low = float(np.interp(np.interp(alpha, alphas_high, areal), areal, alphas_low))
        mix = invert_dual(alpha, seen_low, 0.001, 0.001, (high, low))
        if mix is not None:
            found.append((mix.material, number))
    found.sort()
    return tuple(place for place, _ in found), tuple(number for _, number in found)
