"""Loads that did not travel well: stacks that lean, goods thrown down in a heap."""

from dataclasses import replace

import numpy as np

from tallyscan.physics.attenuation import Material
from training.simulate.cargo.stowage import Rng, Span, somewhere
from training.simulate.parts import Goods
from training.simulate.solids import Box3, Grid, Solid, Sway, box, mass_kg, prism

FARTHEST_MM, STEEPEST = (
    280.0,
    0.13,
)  # that a stack's top leans before it falls: in mm, and per mm of its height


def leaning(rng: Rng, goods: Goods, room: Box3) -> Goods:
    """The same goods, their stacks leaning one way as far as there is room, and sagging."""
    x0, x1 = min(s.extent.x0 for s in goods.solids), max(s.extent.x1 for s in goods.solids)
    way = 1 if room.x1 - x1 > x0 - room.x0 else -1
    free = min((room.x1 - x1) if way > 0 else (x0 - room.x0), FARTHEST_MM)
    top = rng.uniform(0.3, 1.0) * free
    height = max(s.extent.y1 for s in goods.solids) - room.y0
    knots = np.linspace(x0, x1, max(int((x1 - x0) / 500), 2))
    sag = -np.abs(rng.normal(0, rng.uniform(2, 14), len(knots)))
    sway = Sway(knots, sag, way * min(top / max(height, 1.0), STEEPEST))
    return replace(goods, solids=tuple(_swayed(s, sway, room.y0) for s in goods.solids))


def _swayed(solid: Solid, sway: Sway, floor: float) -> Solid:
    """Grids that stand on the floor lean; what stands on others keeps upright."""
    if isinstance(solid, Grid) and solid.extent.y0 - floor < 200:
        return replace(solid, sway=sway)
    return solid


def broken_heap(
    rng: Rng, room: Box3, material: Material, kg_m3: float, piece_mm: tuple[Span, Span], most: int = 110
) -> list[Solid]:
    """Pieces tumbled over one another, highest at one end, at an angle of repose; as heavy as a loose heap is."""
    down = rng.random() < 0.5
    length, tall, depth = room.size
    size = np.array([rng.uniform(*span) for span in piece_mm])
    many = int(np.clip(0.6 * length * tall * depth / (size[0] * size[1] * np.mean(size)), 6, most))
    grow = float(
        np.clip((length * tall * depth * 0.6 / many / (size[0] * size[1] * 500)) ** (1 / 3), 0.8, 2.5)
    )
    solids: list[Solid] = [box(material, room._replace(y1=room.y0 + 30), 0.1)]
    for _ in range(many):
        u = rng.beta(1.2, 1.8)
        share = (1 - u) if down else u
        a, b = size * grow * rng.uniform(0.9, 1.1)
        x = room.x0 + u * length
        top = room.y0 + tall * np.clip(1.05 - 1.0 * (1 - share), 0.15, 1.0)
        y = somewhere(rng, room.y0 + b / 2, max(top - b / 2, room.y0 + b / 2 + 1))
        angle = rng.normal(0, 0.6)
        cos, sin = np.cos(angle), np.sin(angle)
        corners = [
            (x + p * cos * a / 2 - q * sin * b / 2, y + p * sin * a / 2 + q * cos * b / 2)
            for p, q in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        corners = [
            (float(np.clip(cx, room.x0, room.x1)), float(np.clip(cy, room.y0, room.y1))) for cx, cy in corners
        ]
        if np.ptp([c[0] for c in corners]) < 5:
            continue
        wide = min(rng.uniform(300, 1000), depth)
        z = somewhere(rng, room.z0, room.z1 - wide + 1e-6)
        solids.append(prism(material, corners, z, z + wide, max(rng.normal(1, 0.1), 0.5)))
    wanted = 0.45 * kg_m3 * length * tall * depth * 1e-9
    factor = min(wanted / max(mass_kg(solids), 1e-6), 8.0 / max(float(np.max(s.density)) for s in solids))
    return [replace(s, density=s.density * factor) for s in solids if not isinstance(s, Grid)]
