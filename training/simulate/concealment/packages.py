"""Packages side by side, the stuff of most concealments: substances, and blocks of packed cells."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import FloatArray, Material
from training.simulate.concealment.place import Rng
from training.simulate.solids import Box3, Grid

# (substance, g/cm3 as packed, low and high): pressed bricks to loose herb; common police and customs photographs
# and bulk densities, typical values.
SUBSTANCES: dict[str, tuple[Material, float, float]] = {
    "cocaine": (m.COCAINE, 0.95, 1.2),
    "heroin": (m.HEROIN, 0.8, 1.15),
    "amphetamine": (m.AMPHETAMINE, 0.6, 1.0),
    "methamphetamine": (m.METHAMPHETAMINE, 0.65, 1.0),
    "cannabis resin": (m.CANNABIS_RESIN, 0.95, 1.25),
    "cannabis herb": (m.CANNABIS_HERB, 0.18, 0.5),
    "cut tobacco": (m.MOIST_TOBACCO, 0.22, 0.45),
}
DRUGS = tuple(name for name in SUBSTANCES if name != "cut tobacco")


def substance(rng: Rng, among: tuple[str, ...] = tuple(SUBSTANCES)) -> tuple[str, Material, float]:
    """A substance by name, its material and its density as packed."""
    name = str(rng.choice(among))
    material, low, high = SUBSTANCES[name]
    return name, material, float(rng.uniform(low, high))


def _edges(
    rng: Rng, low: float, high: float, cell: float, gap: float
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Cells of about that size with gaps between, filling [low, high]; which intervals are cells."""
    pieces = max(int((high - low + gap) // (cell + gap)), 1)
    gap = min(gap, 0.3 * (high - low) / pieces)
    if gap < 0.2:  # too narrow to be there
        return np.linspace(low, high, pieces + 1), np.ones(pieces, bool)
    pitch = (high - low + gap) / pieces
    starts = low + pitch * np.arange(pieces)
    if pieces > 1:
        starts[1:] += rng.normal(0, 0.12 * gap, pieces - 1).clip(-0.4 * gap, 0.4 * gap)
    ends = np.append(starts[1:] - gap, high)
    return np.stack([starts, ends], axis=1).ravel(), np.arange(2 * pieces - 1) % 2 == 0


def packed_block(
    rng: Rng,
    material: Material,
    density_g_cm3: float,
    place: Box3,
    cell: Sequence[float],
    gap_mm: float = 3.0,
    missing: float = 0.0,
    spread: float = 0.05,
) -> Grid:
    """Cells of about that size that fill a box, with gaps, uneven densities and some missing from the top."""
    axes = [
        _edges(rng, place[2 * axis], place[2 * axis + 1], min(cell[axis], place.size[axis]), gap_mm)
        for axis in range(3)
    ]
    nx, ny, nz = (int(full.sum()) for _, full in axes)
    cells = density_g_cm3 * rng.normal(1, spread, (nx, ny, nz)).clip(0.5, 1.3)
    if missing > 0:
        heights = ny - rng.binomial(ny, missing, (nx, nz))
        heights[rng.integers(nx), rng.integers(nz)] = ny
        cells *= np.arange(ny)[None, :, None] < heights[:, None, :]
    density = np.zeros([len(full) for _, full in axes], np.float32)
    density[np.ix_(*(full for _, full in axes))] = cells
    return Grid(material, axes[0][0], axes[1][0], axes[2][0], density)


def shell(material: Material, outside: Box3, wall_mm: float, density_g_cm3: float | None = None) -> Grid:
    """A closed box of sheet: compartments, crates, false tanks."""
    wall = min(wall_mm, min(outside.size) / 3)
    x, y, z = (
        np.array([outside[i], outside[i] + wall, outside[i + 1] - wall, outside[i + 1]]) for i in (0, 2, 4)
    )
    density = np.full((3, 3, 3), density_g_cm3 or material.density_g_cm3, np.float32)
    density[1, 1, 1] = 0
    return Grid(material, x, y, z, density)
