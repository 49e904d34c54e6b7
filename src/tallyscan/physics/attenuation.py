"""Mass attenuation coefficients of elements and mixtures, 0.05 to 10 MeV.

Source: NIST Standard Reference Database 8 (XCOM), in `attenuation.json`; compounds by mass fraction
(Bragg additivity). Totals include coherent scattering, as in a narrow beam.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

TABLE_PATH = Path(__file__).parent / "attenuation.json"
PROCESSES = ("coherent", "incoherent", "photoelectric", "pair")
ENERGY_RANGE_MEV = (0.05, 10.0)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Material:
    """A mixture: mass fractions of elements (they sum to one) and its density as it is stowed, if known."""

    name: str
    fractions: Mapping[str, float]
    density_g_cm3: float | None = None

    def __post_init__(self) -> None:
        """Refuse fractions that do not make a whole."""
        if abs(sum(self.fractions.values()) - 1.0) > 1e-6:
            raise ValueError(f"{self.name}: mass fractions sum to {sum(self.fractions.values())}, not 1")


@cache
def _elements() -> dict[str, Any]:
    elements: dict[str, Any] = json.loads(TABLE_PATH.read_text(encoding="utf-8"))["elements"]
    return elements


def of_atoms(name: str, density_g_cm3: float | None = None, /, **atoms: float) -> Material:
    """Material of a chemical formula: `of_atoms("water", 1.0, H=2, O=1)`."""
    weights = {symbol: count * _elements()[symbol]["weight_g_mol"] for symbol, count in atoms.items()}
    total = sum(weights.values())
    return Material(name, {symbol: weight / total for symbol, weight in weights.items()}, density_g_cm3)


def mixture(name: str, parts: list[tuple[Material, float]], density_g_cm3: float | None = None) -> Material:
    """Material of materials by mass fraction."""
    total = sum(share for _, share in parts)
    fractions: dict[str, float] = {}
    for material, share in parts:
        for symbol, fraction in material.fractions.items():
            fractions[symbol] = fractions.get(symbol, 0.0) + fraction * share / total
    return Material(name, fractions, density_g_cm3)


def element_attenuation(symbol: str, energy_mev: ArrayLike, process: str | None = None) -> FloatArray:
    """Mass attenuation of an element in cm2/g; of one process, or the total with coherent scattering.

    Log-log interpolation between the tabulated energies, process by process. Raises `ValueError` outside
    0.05 to 10 MeV: a silent extrapolation is the known fault of other tables.
    """
    energy = np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
    low, high = ENERGY_RANGE_MEV
    if energy.min() < low - 1e-9 or energy.max() > high + 1e-9:
        raise ValueError(f"energies must lie in {low} to {high} MeV")
    data = _elements()[symbol]
    total = np.zeros_like(energy)
    log_energy, log_grid = np.log(energy), np.log(data["energy_mev"])
    for name in PROCESSES if process is None else (process,):
        values = np.asarray(data[name])
        log_values = np.log(np.maximum(values, 1e-30))
        part = np.exp(np.interp(log_energy, log_grid, log_values))
        total += np.where(part < 1e-20, 0.0, part)
    return total


def attenuation(material: Material, energy_mev: ArrayLike) -> FloatArray:
    """Total mass attenuation of a material in cm2/g."""
    energy = np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
    total = np.zeros_like(energy)
    for symbol, share in material.fractions.items():
        total += share * element_attenuation(symbol, energy)
    return total
