"""Upright round vessels in rows: bottles, cans, drums, jars, kegs, octabins.

Dense arrays of them are grids with cells of about 9 mm along the travel, whose density follows the chords of the
circles: a few solids for thousands of bottles.
"""

from dataclasses import dataclass

import numpy as np

from tallyscan.physics.attenuation import FloatArray, Material
from training.simulate.cargo.pallets import pallet_height, pallet_length, under
from training.simulate.cargo.stowage import Rng, Span, Stow, pick, row, rows_across, settled, stack_tops
from training.simulate.solids import Box3, Grid, Solid


@dataclass(frozen=True)
class Vessel:
    """What stands in rows. `levels` are (top of the level, radius) as shares of the height and of the full radius."""

    diameter_mm: Span
    height_mm: Span
    levels: tuple[tuple[float, float], ...]
    full: Span  # share of the height up to which it is filled
    wall_mm: Span
    contents: tuple[Material, ...]
    shell: Material
    shell_g_cm3: float
    contents_g_cm3: Span = (0.9, 1.05)
    lid_mm: float = 0.0


CYLINDER = ((1.0, 1.0),)
BOTTLE = ((0.6, 1.0), (0.68, 0.85), (0.76, 0.5), (1.0, 0.36))
JAR = ((0.84, 1.0), (1.0, 0.8))


def _chords(x: FloatArray, centres: FloatArray, radius: float) -> FloatArray:
    """Chord in mm at each x of the circle nearest to it."""
    at = np.clip(np.searchsorted((centres[1:] + centres[:-1]) / 2, x), 0, len(centres) - 1)
    return 2 * np.sqrt(np.maximum(radius**2 - (x - centres[at]) ** 2, 0))


def _levels(vessel: Vessel, height: float, full: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Edges (from 0) of a vessel's levels with the liquid's top among them; their radius share; 1 where filled."""
    tops = np.array([top for top, _ in vessel.levels]) * height
    shares = np.array([share for _, share in vessel.levels])
    edges = np.unique(np.concatenate([[0.0], tops, [full * height]]))
    middle = (edges[1:] + edges[:-1]) / 2
    return edges, shares[np.searchsorted(tops, middle)], (middle < full * height).astype(float)


def upright(
    rng: Rng, room: Box3, _kg_m3: float, *, vessel: Vessel, pallet: float = 0.9, tiers: int | None = None,
    gap_mm: Span = (0, 3), hexagonal: float = 0.4,
) -> Stow:  # fmt: skip
    """Tiers of vessels over the whole depth, in unit loads on pallets or on the floor."""
    diameter, height = rng.uniform(*vessel.diameter_mm), rng.uniform(*vessel.height_mm)
    pitch = diameter + rng.uniform(*gap_mm)
    wall, full = rng.uniform(*vessel.wall_mm), rng.uniform(*vessel.full)
    dense = rng.uniform(*vessel.contents_g_cm3)
    contents, goods, fixed = pick(rng, vessel.contents), list[Solid](), list[Solid]()
    on_pallet = rng.random() < pallet
    deck = pallet_height(rng, room) if on_pallet else 0.0
    storeys = 2 if on_pallet and room.y1 - room.y0 > 1700 and rng.random() < 0.5 else 1
    storey = (room.y1 - room.y0) / storeys
    count = max(round((storey - deck) / (height + 4)), 1)
    count = min(count, tiers) if tiers else count
    height = min(
        max(height, min((storey - deck) / count - 4, 1.15 * vessel.height_mm[1])), (storey - deck) / count - 4
    )
    edges, shares, filled = _levels(vessel, height, full)
    for part in rows_across(rng, room, pick(rng, (600, 1150)), (10, 80), most=3):
        length = pallet_length(rng) if on_pallet else pitch
        unit = max(int((length + 20) / pitch), 1)
        units = row(rng, part.x0, part.x1, pitch * unit, rng.uniform(10, 90) if on_pallet else 2, jitter=0.0)
        starts = np.array([a for a, _ in units.unit_spans()])
        squeezed = np.array([(b - a) / unit for a, b in units.unit_spans()])
        centres = (starts[:, None] + (np.arange(unit) + 0.5)[None, :] * squeezed[:, None]).ravel()
        radius = min(diameter, float(squeezed.min())) / 2
        bands = 1 if part.z1 - part.z0 < 700 else 2
        x = np.arange(part.x0, part.x1 + 1e-6, max(6.0, min(12.0, diameter / 8)))
        middle = (x[1:] + x[:-1]) / 2
        rows = (
            max(int((part.z1 - part.z0) / pitch), 1) * pitch / (part.z1 - part.z0)
        )  # share of the depth in use
        nearest = np.clip(np.searchsorted((centres[1:] + centres[:-1]) / 2, middle), 0, len(centres) - 1)
        own = (1 + 0.03 * rng.standard_normal(len(centres)))[nearest]
        shift = pitch / 2 if rng.random() < hexagonal else 0.0
        inner = np.zeros((len(middle), len(shares), bands), np.float32)
        outer = np.zeros_like(inner)
        for band in range(bands):
            placed = np.clip(centres + (shift if band else 0.0), part.x0 + radius, part.x1 - radius)
            for level, share in enumerate(shares):
                whole = _chords(middle, placed, radius * share)
                hollow = _chords(middle, placed, max(radius * share - wall, 1.0))
                hollow[whole <= 0] = 0
                inner[:, level, band] = hollow / pitch * rows * filled[level] * own
                outer[:, level, band] = (whole - hollow) / pitch * rows
                if vessel.lid_mm and level in (0, len(shares) - 1):
                    thick = edges[level + 1] - edges[level]
                    outer[:, level, band] += whole / pitch * rows * min(vessel.lid_mm / thick, 1.0)
        z = np.linspace(part.z0, part.z1, bands + 1)
        for k in range(storeys):
            base = part.y0 + k * storey
            if on_pallet:
                fixed.append(under(rng, units, part._replace(y0=base), deck))
            tops = stack_tops(rng, units.count, count, 0.12 if k + 1 == storeys else 0.0)
            standing = tops[np.clip(np.searchsorted(starts, middle, side="right") - 1, 0, len(starts) - 1)]
            sway = settled(rng, part, 0.3)
            y, solid_inner, solid_outer = _stacked(edges, inner, outer, count, standing, base + deck)
            goods.append(Grid(contents, x, y, z, solid_inner * np.float32(dense), None, sway))
            fixed.append(
                Grid(vessel.shell, x, y, z, solid_outer * np.float32(vessel.shell_g_cm3), None, sway)
            )
    return Stow(goods, fixed)


def _stacked(
    edges: FloatArray, inner: np.ndarray, outer: np.ndarray, count: int, tops: np.ndarray, base: float
) -> tuple[FloatArray, np.ndarray, np.ndarray]:
    """Tiers of one tier's levels with a thin layer pad between; nothing above each place's top tier."""
    y, parts = [base], [[], []]  # type: ignore[var-annotated]
    for tier in range(count):
        there = (tops > tier).astype(np.float32)[:, None, None]
        start = y[-1]
        y += list(start + edges[1:])
        for stack, levels in zip(parts, (inner, outer), strict=True):
            stack.append(levels * there)
        if tier + 1 < count:
            y.append(y[-1] + 4)
            for stack in parts:
                stack.append(np.zeros_like(inner[:, :1]))
    return np.array(y), np.concatenate(parts[0], axis=1), np.concatenate(parts[1], axis=1)
