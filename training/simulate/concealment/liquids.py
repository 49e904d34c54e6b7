"""Alcohol and other liquids: cartons of bottles, canisters, drums and IBCs, with their level menisci."""

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.concealment.packages import packed_block, shell
from training.simulate.concealment.place import Rng, Site, concealment, count, graded, spot
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Grid, Solid, box, cylinder_upright, filled_with, hole

LIQUIDS: tuple[tuple[str, Material, float], ...] = (
    ("spirits", m.SPIRITS, 0.95), ("alcohol", m.ETHANOL, 0.79), ("water-like", m.WATER, 1.02), ("oil", m.FAT, 0.92),
)  # fmt: skip
SLICES = 10  # of a bottle along x


def bottles(
    rng: Rng, place: Box3, diameter: float, height: float, liquid: Material, density: float, glass: bool
) -> list[Solid]:
    """Rows of upright bottles: body, neck and level, as chords of circles along x."""
    nx, ny, nz = (
        max(int(part // unit), 1) for part, unit in zip(place.size, (diameter, height, diameter), strict=True)
    )
    edge = np.linspace(-1, 1, SLICES + 1)
    middle = (edge[1:] + edge[:-1]) / 2
    chord, neck = (
        np.sqrt(1 - middle**2),
        np.where(np.abs(middle) < 0.36, np.sqrt(np.maximum(0.36**2 - middle**2, 0)), 0),
    )
    x = place.x0 + (np.arange(nx)[:, None] + (edge[None, :-1] + 1) / 2).ravel() * diameter
    x = np.append(x, place.x0 + nx * diameter)
    shoulder, level = float(rng.uniform(0.6, 0.78)), float(rng.uniform(0.8, 0.93))
    cuts = np.array([0.0, 0.02, shoulder, max(level, shoulder + 0.04), 0.98])
    y = np.append((place.y0 + (np.arange(ny)[:, None] + cuts) * height).ravel(), place.y0 + ny * height)
    profiles = np.stack([np.zeros(SLICES), chord, neck, np.zeros(SLICES), np.zeros(SLICES)])
    full = (rng.random((nx, ny)) > rng.choice([0.0, 0.04])).astype(np.float64)
    cells = np.einsum("xj,ks->xsjk", full, profiles).reshape(nx * SLICES, 5 * ny)
    z = np.array([place.z0, place.z0 + nz * diameter])
    inner = Grid(liquid, x, y, z, (0.92 * density * cells)[:, :, None].astype(np.float32))
    wall = np.where(np.abs(middle) > 0.82, 0.9, 0.28) * np.pi / 4
    neck_wall = np.where(np.abs(middle) < 0.36, 0.32, 0)
    skin = np.stack([chord, wall, neck_wall, neck_wall, np.zeros(SLICES)])
    cells = np.einsum("xj,ks->xsjk", full, skin).reshape(nx * SLICES, 5 * ny)
    material, strength = (m.GLASS, float(rng.uniform(0.9, 1.4))) if glass else (m.POLYETHYLENE, 0.12)
    return [inner, Grid(material, x, y, z, (strength * cells)[:, :, None].astype(np.float32))]


def ibc(rng: Rng, place: Box3, liquid: Material, density: float, fill: float) -> list[Solid]:
    """A plastic tank on a pallet in a cage of tube, filled to a level."""
    deck = place._replace(y1=place.y0 + 150)
    tank = place.inset(30, 0, 30)._replace(y0=place.y0 + 150)
    parts: list[Solid] = [packed_block(rng, m.WOOD, 0.45, deck, (120, 25, 1200), 60)]
    parts.append(shell(m.POLYETHYLENE, tank, 3, 0.95))
    parts.append(
        box(liquid, tank.inset(3, 3, 3)._replace(y1=tank.y0 + 3 + fill * (tank.size[1] - 6)), density)
    )
    for z in (place.z0, place.z1 - 18):
        cage = place._replace(y0=tank.y0, z0=z, z1=z + 18)
        parts.append(packed_block(rng, m.STEEL, 1.0, cage, (18, 2000, 18), float(rng.uniform(120, 220))))
        parts.append(packed_block(rng, m.STEEL, 1.0, cage, (2000, 18, 18), float(rng.uniform(120, 220))))
    return parts


def drum(x: float, z: float, y0: float, radius: float, height: float, liquid: Material, density: float, fill: float,
         steel: bool) -> list[Solid]:  # fmt: skip
    """A drum or canister, its wall of 1 mm steel or 3 mm plastic, filled to a level."""
    wall, material = (1.0, m.STEEL) if steel else (3.0, m.POLYETHYLENE)
    outside = cylinder_upright(material, x, z, radius, y0, y0 + height)
    void = filled_with(hole(outside, wall), material, -outside.density)
    level = y0 + wall + fill * (height - 2 * wall)
    inside = cylinder_upright(liquid, x, z, radius - wall, y0 + wall, level, density)
    return [outside, void, inside]


def _drums(
    rng: Rng, place: Box3, nx: int, nz: int, radius: float, liquid: Material, density: float
) -> list[Solid]:
    fill, steel = float(rng.uniform(0.5, 0.98)), rng.random() < 0.5
    parts: list[Solid] = []
    for i in range(nx):
        for k in range(nz):
            x, z = place.x0 + (2 * i + 1) * radius, place.z0 + (2 * k + 1) * radius
            level = float(np.clip(fill + rng.normal(0, 0.03), 0.1, 0.98))
            parts += drum(x, z, place.y0, 0.99 * radius, place.size[1], liquid, density, level, steel)
    return parts


def alcohol_liquids(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """A dozen bottles to pallets of them; a canister or an IBC to several."""
    at = float(np.clip(amount + rng.normal(0, 0.1), 0, 1))
    kind = str(
        rng.choice(["bottles", "canisters", "drums", "ibc"], p=[0.55 - 0.2 * at, 0.2, 0.15, 0.1 + 0.2 * at])
    )
    name, liquid, density = LIQUIDS[int(rng.integers(len(LIQUIDS)))]
    if kind == "bottles":
        diameter, height = float(rng.uniform(62, 95)), float(rng.uniform(210, 340))
        litres = graded(rng, amount, 12, 3500)
        sides = np.exp(rng.normal(0, 0.25, 3))
        size = np.minimum(sides * (litres * 1e6 / sides.prod()) ** (1 / 3), 0.9 * np.array(site.room.size))
        size = np.maximum(size, (diameter, height, diameter))
    elif kind == "ibc":
        pieces = count(rng, amount, 1, 4)
        size = np.array([1200.0 * pieces, rng.uniform(1000, 1160), 1000.0 * min(pieces, 2)])
    else:
        radius, height = (
            (rng.uniform(120, 180), rng.uniform(300, 450)) if kind == "canisters" else (290.0, 880.0)
        )
        nx, nz = count(rng, amount, 1, 6), count(rng, amount, 1, 4)
        size = np.array([2 * radius * nx, height, 2 * radius * nz])
    place = spot(rng, site, tuple(size), "any" if kind in ("bottles", "canisters") else "floor")
    if place is None:
        return None
    if kind == "bottles":
        added = bottles(rng, place, diameter, height, liquid, density, bool(rng.random() < 0.65))
    elif kind == "ibc":
        edges = np.linspace(place.x0, place.x1, round(place.size[0] / 1200) + 1)
        fills = rng.uniform(0.4, 0.97, len(edges) - 1)
        added = [
            part
            for x0, x1, fill in zip(edges[:-1], edges[1:], fills, strict=True)
            for part in ibc(rng, place._replace(x0=float(x0), x1=float(x1)), liquid, density, float(fill))
        ]
    else:
        added = _drums(rng, place, nx, nz, float(radius), liquid, density)
    return concealment("alcohol_liquids", site, added, [place], kind=kind, liquid=name)
