"""Liquids: flexitanks, pillow bladders, box liners, IBCs, and the fill of a tank."""

import itertools
from collections.abc import Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import FloatArray, Material
from training.simulate.cargo.bulk import height_field
from training.simulate.cargo.pallets import under
from training.simulate.cargo.stowage import Rng, Stow, pick, row, rows_across
from training.simulate.solids import Box3, Grid, Loft, Round, Solid, box, mass_kg


def _bladder(rng: Rng, room: Box3, material: Material) -> list[Solid]:
    """One bladder: level on top, rounded at its ends and sides, with a valve."""
    nx = max(int((room.x1 - room.x0) / 25), 8)
    tall = room.y1 - room.y0
    reach = min(rng.uniform(250, 700), (room.x1 - room.x0) / 3)
    x = np.linspace(room.x0, room.x1, nx + 1)
    x = (x[1:] + x[:-1]) / 2
    near = np.clip(np.minimum(x - room.x0, room.x1 - x) / reach, 0, 1)
    along = (1 - (1 - near) ** rng.uniform(2.2, 3.5)) ** 0.5
    z = np.linspace(-1, 1, 9)
    z = (z[1:] + z[:-1]) / 2
    across = (1 - np.abs(z) ** rng.uniform(5, 10)) ** 0.4
    waves = 1 - 0.012 * np.abs(np.cos(np.linspace(0, np.pi * rng.uniform(1, 6), nx)))
    heights = tall * (along * waves)[:, None] * across[None, :]
    heights *= tall / heights.max()
    return [height_field(material, room, heights, 22.0)]


def flexitank(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """One bladder over the whole length, with a steel bulkhead and bars at the doors."""
    end = room.x1 - 70
    body = room._replace(x1=end)
    if rng.random() < 0.5:
        body = room._replace(x0=room.x0 + 70)
        end = room.x0 + 10
    fixed: list[Solid] = [
        box(m.STEEL, Box3(end + 10, end + 50, y, y + 50, room.z0, room.z1), 0.8)
        for y in np.linspace(room.y0 + 60, room.y1 - 60, int(rng.integers(3, 6)))
    ]
    fixed.append(box(m.WOOD, Box3(end, end + 9, room.y0, room.y1, room.z0, room.z1), 0.6))
    goods = _bladder(rng, body, pick(rng, materials))
    return Stow(goods, fixed, 1.5, mass_kg(goods) / 1000)


def pillow_tanks(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Two to four bladders along the load, with a waist between them."""
    count = max(int((room.x1 - room.x0) / rng.uniform(1500, 3000)), 1)
    edges, material, goods = np.linspace(room.x0, room.x1, count + 1), pick(rng, materials), list[Solid]()
    full = int(rng.integers(count))
    u = np.linspace(-1, 1, 25)
    for k, (a, b) in enumerate(itertools.pairwise(edges)):
        top = room.y1 if k == full else room.y0 + (room.y1 - room.y0) * rng.uniform(0.85, 1.0)
        shape = (1 - np.abs(u) ** rng.uniform(5, 9)) ** 0.35
        x = (a + b) / 2 + u * (b - a) / 2 * 0.995
        pinch = 80 * (1 - shape)
        for low, high, narrow in ((0.0, 0.75, 0.0), (0.75, 0.93, 40.0), (0.93, 1.0, 130.0)):
            y0, y1 = room.y0 + low * (top - room.y0) * shape, room.y0 + high * (top - room.y0) * shape
            goods.append(Loft(material, x, y0, y1, room.z0 + pinch + narrow, room.z1 - pinch - narrow, 1.0))
    return Stow(goods, [], 1.5, mass_kg(goods) / 1000)


def box_liners(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Liners in boxes of board, edge to edge: straight walls, a flat level a little under each lid."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    for part in rows_across(rng, room, pick(rng, (1150, 2300)), (2, 10), most=2):
        xs = row(rng, part.x0, part.x1, rng.uniform(900, 1250), rng.uniform(6, 14), jitter=0.003)
        tiers = max(round((part.y1 - part.y0) / rng.uniform(900, 1250)), 1)
        ys = part.y0 + (part.y1 - part.y0) * np.arange(tiers + 1) / tiers
        edges, filled = [ys[0]], list[float]()
        for a, b in itertools.pairwise(ys):
            edges += [a + 14, b - rng.uniform(5, 50), b]
            filled += [0, 1, 0]
        density = np.zeros((len(xs.piece), len(filled), 1), np.float32)
        own = 1 + 0.004 * rng.standard_normal(xs.count)
        at = xs.piece >= 0
        density[at] = own[xs.piece[at]][:, None, None] * np.array(filled)[None, :, None]
        goods.append(
            Grid(material, xs.edges, np.array(edges), np.array([part.z0 + 12, part.z1 - 12]), density)
        )
        shell = np.full((len(xs.piece), len(filled), 2), 0.0, np.float32)
        shell[at] = 0.6
        z = np.array([part.z0, part.z0 + 10, part.z1 - 10, part.z1])
        walls = np.zeros((len(xs.piece), len(filled), 3), np.float32)
        walls[:, :, [0, 2]] = shell
        fixed.append(Grid(m.PAPER, xs.edges, np.array(edges), z, walls))
    return Stow(goods, fixed, 1.5, mass_kg(goods) / 1000)


def ibcs(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Intermediate bulk containers of 600-1250 l: cage, bottle, level, outlet, pallet; one or two high."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    tiers = max(min(round(tall / 1160), 2), 1)
    each = tall / tiers
    deck = min(140.0, 0.2 * each)
    full = rng.uniform(0.8, 0.97)
    for part in rows_across(rng, room, 1150, (10, 80), most=2):
        xs = row(rng, part.x0, part.x1, pick(rng, (1000.0, 1200.0)), rng.uniform(10, 90), jitter=0.002)
        inner, owner = list[float](), list[int]()
        for k, (a, b) in enumerate(xs.unit_spans()):
            inner += [a + 28, b - 28]
            owner += [k, -1]
        edges = np.array(inner)
        for tier in range(tiers):
            base = part.y0 + tier * each
            fixed.append(under(rng, xs, part._replace(y0=base), deck))
            body, top = base + deck + 15, base + each - 40
            levels = body + (top - body) * np.clip(full + rng.normal(0, 0.015, xs.count), 0.5, 0.99)
            cuts = np.unique(np.concatenate([[body], levels]))
            density = np.zeros((len(edges) - 1, len(cuts) - 1, 1), np.float32)
            density[::2, :, 0] = (cuts[1:][None, :] <= levels[:, None] + 1e-6).astype(np.float32)
            goods.append(Grid(material, edges, cuts, np.array([part.z0 + 30, part.z1 - 30]), density))
            fixed.append(_cage(xs.unit_spans(), part, base + deck, base + each - 5))
    return Stow(goods, fixed, 1.6)


def _cage(spans: list[tuple[float, float]], part: Box3, y0: float, y1: float) -> Grid:
    """Tubes of 18 mm on all four sides as one grid of thin cells."""
    x_edges, x_bar = list[float](), list[float]()
    for a, b in spans:
        bars = np.linspace(a, b - 18, 7)
        for at in bars:
            x_edges += [float(at), float(at) + 18]
            x_bar += [1.0, 0.0]
        x_bar[-1] = -1.0
    x_bar.pop()
    y_edges, y_bar = list[float](), list[float]()
    for at in np.linspace(y0, y1 - 18, 6):
        y_edges += [float(at), float(at) + 18]
        y_bar += [1.0, 0.0]
    y_bar.pop()
    xb, yb = np.array(x_bar), np.array(y_bar)
    z = np.array([part.z0, part.z0 + 18, part.z1 - 18, part.z1])
    density = np.zeros((len(xb), len(yb), 3), np.float32)
    face = np.maximum((xb > 0)[:, None], (yb > 0)[None, :] & (xb >= 0)[:, None]) * 1.2
    density[:, :, 0] = density[:, :, 2] = face
    first_last = np.isin(np.arange(len(xb)) % 14, (0, 12)) & (xb > 0)
    density[:, :, 1] = first_last[:, None] * np.where(yb > 0, 0.6, 0.12)[None, :]
    return Grid(m.STEEL, np.array(x_edges), np.array(y_edges), z, density)


def tank_fill(
    rng: Rng, room: Box3, material: Material, fill: float, *, density_g_cm3: float, slant: float = 0.0
) -> list[Solid]:
    """Liquid in a lying cylinder that fills the room's height, up to a level, which may slant along the tank.

    The circle is made of slabs, each a chord wide, so that the level is flat; a slanting level is a step in every slab.
    """
    radius_y, radius_z = (room.y1 - room.y0) / 2, (room.z1 - room.z0) / 2
    y_mid, z_mid = (room.y0 + room.y1) / 2, (room.z0 + room.z1) / 2
    dome = min(rng.uniform(0.15, 0.45) * radius_y, (room.x1 - room.x0) / 5)
    if fill > 0.985:  # no level in sight: one round body
        x = np.array([room.x0, room.x0 + dome, room.x1 - dome, room.x1])
        shrink = np.array([0.72, 1.0, 1.0, 0.72])
        one = np.ones(4)
        return [
            Round(material, x, y_mid * one, z_mid * one, radius_y * shrink, radius_z * shrink, density_g_cm3)
        ]
    slabs = 28
    v = -np.cos(np.linspace(0, np.pi, slabs + 1))
    level = _level_of(fill)
    solids: list[Solid] = []
    for low, high in itertools.pairwise(v):
        if low >= level + abs(slant):
            break
        chord = radius_z * np.sqrt(max(1 - ((low + high) / 2) ** 2, 0.0))
        inset = dome * ((low + high) / 2) ** 2
        x = np.linspace(room.x0 + inset, room.x1 - inset, 2 if not slant else 9)
        surface = level + slant * (x - (room.x0 + room.x1) / 2) / (room.x1 - room.x0) * 2
        top = np.clip(surface, low, high)
        if top.max() <= low:
            continue
        one = np.ones_like(x)
        solids.append(
            Loft(material, x, y_mid + low * radius_y * one, y_mid + top * radius_y, (z_mid - chord) * one,
                 (z_mid + chord) * one, density_g_cm3)
        )  # fmt: skip
    return solids


def _level_of(fill: float) -> float:
    """Height of the level in a unit circle (-1 to 1) under which a share of its area lies."""
    v: FloatArray = np.linspace(-1, 1, 401)
    area = (np.arccos(-v) + v * np.sqrt(1 - v * v)) / np.pi
    return float(np.interp(fill, area, v))
