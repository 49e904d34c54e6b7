"""Loose goods: liners with a sloped top and heaps; each one height field."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import FloatArray, Material
from training.simulate.cargo.stowage import Rng, Stow, mottle, pick
from training.simulate.solids import Box3, Grid, Solid, Texture, box, mass_kg

Heights = FloatArray
"""(x cells, z cells) in mm above the floor."""


def height_field(
    material: Material, room: Box3, heights: Heights, step_mm: float = 32.0, texture: Texture | None = None
) -> Grid:
    """Matter up to a height that differs from place to place; the topmost cells are filled in part."""
    heights = np.clip(heights, 0, room.y1 - room.y0)
    floor = max(float(heights.min()) - step_mm, 1.0)
    top = max(float(heights.max()), floor + 1.0)
    y = np.concatenate([[0.0], floor + np.linspace(0, top - floor, max(int((top - floor) / step_mm), 1) + 1)])
    share = np.clip((heights[:, None, :] - y[None, :-1, None]) / np.diff(y)[None, :, None], 0, 1)
    x = np.linspace(room.x0, room.x1, heights.shape[0] + 1)
    z = np.linspace(room.z0, room.z1, heights.shape[1] + 1)
    return Grid(material, x, room.y0 + y, z, share.astype(np.float32), texture)


def soft(values: FloatArray, cells: int) -> FloatArray:
    """Values along x with their corners rounded over so many cells."""
    reach = min(2 * cells + 1, 2 * ((len(values) - 1) // 2) + 1)
    kernel = np.hanning(reach + 2)[1:-1]
    padded = np.pad(values, reach // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _waves(rng: Rng, count: int, spread: float, knots: int) -> FloatArray:
    wave = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, knots), spread * rng.standard_normal(knots))
    return soft(wave, max(count // knots, 1))


def _lattice(room: Box3) -> tuple[int, int]:
    return max(int((room.x1 - room.x0) / 45), 4), 6


def liner(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """A bulk liner filled from the doors or the roof: nearly level, sloped to one end, bulging between bars."""
    nx, nz = _lattice(room)
    tall, x = room.y1 - room.y0, np.linspace(0, 1, nx)
    fill = np.full(nx, rng.uniform(0.85, 1.0))
    kind = rng.random()
    if kind < 0.5:  # lower towards one end
        reach, depth = rng.uniform(0.1, 0.7), rng.uniform(0.1, 0.85)
        slope = 1 - depth * np.clip((x - (1 - reach)) / reach, 0, 1) ** rng.uniform(1.0, 2.0)
        fill *= slope if rng.random() < 0.5 else slope[::-1]
    elif kind < 0.75:
        fill *= 1 - rng.uniform(0.05, 0.3) * (2 * x - 1) ** 2
    else:
        fill *= 1 - rng.uniform(0.02, 0.12) * (0.5 + 0.5 * np.cos(x * rng.uniform(4, 30) * np.pi))
    fill = fill + _waves(rng, nx, 0.012, max(int((room.x1 - room.x0) / 700), 3))
    across = 1 - rng.uniform(0.0, 0.2) * np.linspace(-1, 1, nz) ** 2
    heights = tall * fill[:, None] * across[None, :]
    uneven = mottle(rng, room, rng.uniform(300, 900), rng.uniform(0.005, 0.025))
    goods: list[Solid] = [height_field(pick(rng, materials), room, heights, texture=uneven)]
    fixed: list[Solid] = []
    if rng.random() < 0.6:  # bars across the doors hold the liner
        end = room.x1 - 60 if rng.random() < 0.5 else room.x0 + 20
        for y in np.linspace(room.y0 + 100, room.y0 + 0.9 * tall, int(rng.integers(3, 6))):
            fixed.append(box(m.STEEL, Box3(end, end + 40, y, y + 40, room.z0, room.z1), 0.9))
    return _loose(goods, fixed)


def _loose(goods: list[Solid], fixed: list[Solid]) -> Stow:
    """Loose goods of relative density 1, whose stow density is that of the matter itself."""
    return Stow(goods, fixed, 5.3, mass_kg(goods) / 1000)


def heap(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], rough: float = 0.02) -> Stow:
    """One to three cones at the angle of repose, as poured through a hatch or by a thrower."""
    nx, nz = _lattice(room)
    tall = room.y1 - room.y0
    x, z = np.linspace(room.x0, room.x1, nx)[:, None], np.linspace(room.z0, room.z1, nz)[None, :]
    repose = np.tan(np.deg2rad(rng.uniform(20, 38)))
    heights = np.zeros((nx, nz))
    cones = int(rng.integers(1, 4))
    for k in range(cones):
        where = room.x0 + (room.x1 - room.x0) * (k + rng.uniform(0.3, 0.7)) / cones
        peak = tall * rng.uniform(0.8, 1.0)
        away = np.hypot(x - where, 0.6 * (z - rng.normal(0, 150)))
        rounded = np.sqrt(away**2 + rng.uniform(100, 500) ** 2)
        heights = np.maximum(heights, peak - repose * (rounded - rounded.min()))
    heights += tall * _waves(rng, nx, rough, max(int((room.x1 - room.x0) / 200), 3))[:, None]
    heights = np.maximum(heights, tall * rng.uniform(0.0, 0.35))
    heights *= tall / heights.max()
    lumps = mottle(rng, room, rng.uniform(40, 400), rng.uniform(0.005, 0.04))
    return _loose([height_field(pick(rng, materials), room, heights, texture=lumps)], [])
