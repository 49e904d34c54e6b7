"""Steel and non-ferrous metal: coils, plates, bars, pipes, ingots, cathodes, wire rod.

Metal has its own density: the stow density is met by how much of the room it takes, not by thinner metal.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import FloatArray, Material
from training.simulate.cargo.pallets import pallet_height, under
from training.simulate.cargo.stowage import Pieces, Rng, Span, Stow, grid_of, pick, row
from training.simulate.solids import (
    Box3,
    Grid,
    Solid,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    density_of,
    moved,
)  # fmt: skip


def _share(material: Material, kg_m3: float) -> float:
    """Share of the room that the metal takes."""
    return kg_m3 / 1000 / density_of(material, None)


def _places(rng: Rng, room: Box3, size: float, pitch: float) -> FloatArray:
    """Middles along the travel, `pitch` apart on average, never closer than `size`."""
    free = room.x1 - room.x0 - size
    count = max(int(np.ceil(free / max(pitch, size * 1.01) - 0.05)) + 1, 1)
    count = min(count, max(int(free / (size * 1.005)) + 1, 1))
    free = room.x1 - room.x0 - count * size * 1.005
    gaps = rng.dirichlet(np.full(max(count - 1, 1), rng.choice([2.0, 30.0]))) * max(free, 0)
    starts = np.arange(count) * size * 1.005 + np.concatenate([[0.0], np.cumsum(gaps)])[:count]
    return room.x0 + starts + size / 2


def coils_across(
    rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material], bore: Span = (500, 620)
) -> Stow:
    """Coils with their eyes across the vehicle, on timber wedges: discs with a bore, rolled steel all through."""
    material, share = pick(rng, materials), _share(pick(rng, materials), kg_m3)
    share = _share(material, kg_m3)
    d = max(room.y1 - room.y0 - 30, 200.0)
    hole = min(rng.uniform(*bore), 0.55 * d)
    ring = np.pi / 4 * (1 - (hole / d) ** 2)
    depth = room.z1 - room.z0
    many = 2 if depth * 0.42 < 1300 and rng.random() < 0.4 else 1
    wide = np.clip(rng.uniform(0.35, 0.8) * depth / many, 300, depth / many - 40)
    pitch = max(0.95 * d * ring * wide * many / depth / share, d * 1.02)
    wide = float(np.clip(1.1 * share * pitch / d / ring * depth / many, 150, depth / many - 20))
    goods, fixed = list[Solid](), list[Solid]()
    y = room.y0 + 30 + d / 2
    for x in _places(rng, room, d, pitch):
        for k in range(many):
            z = room.z0 + depth * (k + 0.5) / many + rng.normal(0, 10)
            radius = d / 2 * (rng.uniform(0.9, 1.0) if rng.random() < 0.4 else 1.0)
            a, b = max(z - wide / 2, room.z0), min(z + wide / 2, room.z1)
            middle = room.y0 + 30 + radius
            goods.append(cylinder_across(material, x, middle, radius, a, b, 1))
            goods.append(cylinder_across(material, x, middle, min(hole / 2, 0.6 * radius), a, b, -1))
        for side in (-1, 1):
            foot = x + side * d * 0.25
            end = min(max(foot + side * 200, room.x0 + 60), room.x1 - 60)
            fixed.append(
                bar(m.WOOD, (foot, room.y0 + 40), (end, y - d * 0.25), 90, room.z0 + 100, room.z1 - 100)
            )
    rails = Box3(room.x0, room.x1, room.y0, room.y0 + 28, room.z0 + depth * 0.2, room.z0 + depth * 0.35)
    fixed += [box(m.WOOD, rails), moved(box(m.WOOD, rails), dz=0.45 * depth)]
    return Stow(goods, fixed, density_of(material, None))


def coils_upright(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Coils with their eyes up, on skids: dark blocks with a lighter core."""
    material = pick(rng, materials)
    share = _share(material, kg_m3)
    depth, tall = room.z1 - room.z0, room.y1 - room.y0 - 90
    d = min(rng.uniform(800, 1300), depth, room.x1 - room.x0)
    hole = min(rng.uniform(400, 610), 0.5 * d)
    rows = 2 if 2 * d < depth and rng.random() < 0.7 else 1
    area = np.pi / 4 * (d * d - hole * hole) * rows
    pitch = 0.9 * area / depth / share
    slit = rng.random() < 0.5  # several slit coils one upon the other, with battens
    goods, fixed = list[Solid](), list[Solid]()
    count = max(round(tall / rng.uniform(150, 450)), 1) if slit else 1
    for x in _places(rng, room, d, pitch):
        for k in range(rows):
            z = room.z0 + depth * (k + 0.5) / rows
            skid = box(m.WOOD, Box3(x - d / 2, x + d / 2, room.y0, room.y0 + 90, z - d / 2, z + d / 2), 0.25)
            fixed.append(skid)
            for tier in range(count):
                y = room.y0 + 90 + tier * tall / count
                top = y + tall / count - (25 if count > 1 else 0)
                goods.append(cylinder_upright(material, x, z, d / 2, y, top, 1))
                goods.append(cylinder_upright(material, x, z, hole / 2, y, top, -1))
    return Stow(goods, fixed, density_of(material, None))


def plates(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Stacks of plates or sheet packs, bearers between the packs."""
    material = pick(rng, materials)
    goods, fixed = list[Solid](), list[Solid]()
    tall, depth = room.y1 - room.y0, room.z1 - room.z0
    length = min(rng.uniform(1000, 6000), room.x1 - room.x0)
    xs = row(rng, room.x0, room.x1, length, rng.uniform(40, 200), jitter=0.02, fill=True)
    bearer = rng.uniform(40, 100)
    packs = max(int(tall / rng.uniform(200, 500)), 1)
    wide = depth * rng.uniform(0.55, 0.95)
    taken = float(np.clip(1.25 * _share(material, kg_m3) * depth / wide, 0.1, 0.95))
    z = (room.z0 + room.z1) / 2 + rng.uniform(-0.5, 0.5) * (depth - wide)
    for k in range(packs):
        base, top = room.y0 + k * tall / packs, room.y0 + (k + 1) * tall / packs
        deck = min(bearer, 0.5 * (top - base), (1 - taken) * (top - base) + 5)
        thick = taken * (top - base)
        solid_height = min(thick, top - base - deck)
        ys = row(rng, top - solid_height, top, rng.uniform(8, 60), 0.3, jitter=0.05, fill=True)
        zs = Pieces(np.array([z - wide / 2, z + wide / 2]), np.array([0]), np.array([0]))
        values = np.ones((xs.count, ys.count, 1), np.float32)
        if k == packs - 1:
            values[rng.random((xs.count, ys.count)) < 0.1] = 0
        goods.append(grid_of(material, xs, ys, zs, values))
        at = row(rng, room.x0, room.x1, 90, rng.uniform(500, 1300))
        under_pack = Pieces(np.array([base, max(top - solid_height, base + 1)]), np.array([0]), np.array([0]))
        fixed.append(grid_of(m.WOOD, at, under_pack, zs, np.full((at.count, 1, 1), 0.6, np.float32)))
    return Stow(goods, fixed, density_of(material, None))


def bundles(
    rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material], diameter: Span = (60, 250),
    pipes: float = 0.5, most: int = 120,
) -> Stow:  # fmt: skip
    """Bars, pipes or billets along the travel in bundles, their ends uneven, dunnage beneath."""
    material = pick(rng, materials)
    goods, fixed = list[Solid](), list[Solid]()
    deck = min(rng.uniform(50, 100), 0.2 * (room.y1 - room.y0))
    tall, depth = room.y1 - room.y0 - deck, room.z1 - room.z0
    stretches = max(round((room.x1 - room.x0) / rng.uniform(2500, 6000)), 1)
    length = (room.x1 - room.x0) / stretches - (50 if stretches > 1 else 0)
    hollow = rng.random() < pipes
    d = max(rng.uniform(*diameter), float(np.sqrt(tall * depth * stretches * (2 if hollow else 1) / most)))
    d = min(d, tall, depth)
    tiers = max(int((tall - d) / (0.88 * d)) + 1, 1)
    rows = max(int(depth / d), 1)
    full = (
        tiers * rows * np.pi / 4 * d * d / (depth * (tall + deck)) * length * stretches / (room.x1 - room.x0)
    )
    needed = float(np.clip(1.1 * _share(material, kg_m3) / full, 0.08, 1.0))
    wall = np.sqrt(1 - needed) if hollow and needed < 0.95 else 0.0
    kept = rows if wall else max(round(rows * needed), 1)  # bars are solid: fewer columns of them, spread out
    for k in range(stretches):
        a0 = room.x0 + k * (room.x1 - room.x0) / stretches
        for tier in range(tiers):
            for place in range(kept - (1 if tier % 2 and kept > 1 else 0)):
                z = min(room.z0 + (place + 0.5 + 0.5 * (tier % 2)) * depth / kept, room.z1 - d / 2)
                z = max(z, room.z0 + d / 2)
                y = room.y0 + deck + d / 2 + tier * 0.88 * d
                a = a0 + abs(rng.normal(0, 40))
                b = min(a0 + length - abs(rng.normal(0, 60)), room.x1)
                goods.append(cylinder_along(material, a, b, y, z, d / 2, 1))
                if wall:
                    goods.append(cylinder_along(material, a, b, y, z, d / 2 * wall, -1))
    for x in np.arange(room.x0 + 200, room.x1 - 150, rng.uniform(900, 1600)):
        fixed.append(box(m.WOOD, Box3(x, x + 100, room.y0, room.y0 + deck, room.z0, room.z1), 0.6))
    return Stow(goods, fixed, density_of(material, None))


def profiles(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Bundles of thin sections, rods or rebar: one fine grid of rods, loose at the ends, with ties."""
    material = pick(rng, materials)
    deck = min(rng.uniform(50, 100), 0.2 * (room.y1 - room.y0))
    length = min(rng.uniform(3000, 11800), room.x1 - room.x0)
    xs = row(rng, room.x0, room.x1, length, 120, jitter=0.01)
    starts, ends = xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0]
    edges = np.concatenate(
        [
            np.concatenate([np.linspace(a, a + 150, 4), np.linspace(b - 150, b, 4)])
            for a, b in zip(starts, ends, strict=True)
        ]
    )
    ys = row(rng, room.y0 + deck, room.y1, rng.uniform(40, 160), rng.uniform(1, 8), jitter=0.1, fill=True)
    zs = row(rng, room.z0, room.z1, rng.uniform(180, 500), rng.uniform(15, 80), jitter=0.1)
    shape = (len(edges) - 1, len(ys.piece), len(zs.piece))
    values = np.clip(0.8 + 0.1 * rng.standard_normal((1, shape[1], shape[2])), 0.4, 1.0) * np.ones(shape)
    at = np.arange(shape[0]) % 8
    values *= np.array([0.4, 0.75, 0.95, 1, 0.95, 0.75, 0.4, 0])[at][:, None, None]
    values[:, ys.piece < 0] *= 0.25
    values[:, :, zs.piece < 0] = 0
    tops = rng.integers(max(shape[1] - 4, 1), shape[1] + 1, shape[2])
    tops[0] = shape[1]
    values[:, np.arange(shape[1])[:, None] >= tops[None, :]] = 0
    goods: list[Solid] = [Grid(material, edges, ys.edges, zs.edges, values.astype(np.float32))]
    fixed: list[Solid] = [
        box(m.WOOD, Box3(x, x + 100, room.y0, room.y0 + deck, room.z0, room.z1), 0.6)
        for x in np.arange(room.x0 + 200, room.x1 - 150, rng.uniform(900, 1600))
    ]
    del kg_m3
    return Stow(goods, fixed, density_of(material, None))


def ingots(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material], flat: bool = False) -> Stow:
    """Ingots in crossed courses, or cathode plates, strapped to low stacks with floor between them."""
    material = pick(rng, materials)
    share, depth = _share(material, kg_m3), room.z1 - room.z0
    goods, fixed = list[Solid](), list[Solid]()
    stack = rng.uniform(600, 1150)
    stack = min(stack, room.x1 - room.x0)
    deck = min(rng.uniform(60, 120), 0.25 * (room.y1 - room.y0))
    packed = 0.93 if flat else 0.76
    stands = (room.y1 - room.y0 - deck) / (room.y1 - room.y0)
    needed = 1.1 * share * depth / 2 / packed / stands
    wide = float(np.clip(max(stack * rng.uniform(0.9, 1.1), needed), 500, (depth - 30) / 2))
    pitch = float(np.clip(stack * 2 * wide / depth * packed * stands / share, stack * 1.02, 4 * stack))
    for side in (-1, 1):
        z = (room.z0 + room.z1) / 2 + side * rng.uniform(wide / 2 + 10, depth / 2 - wide / 2)
        z0, z1 = max(z - wide / 2, room.z0), min(z + wide / 2, room.z1)
        at = _places(rng, room, stack, pitch)
        per = 1 if flat else int(rng.integers(4, 8))
        edges, owner = list[float](), list[int]()
        for x in at:
            for k in range(per):
                a = x - stack / 2 + k * stack / per
                edges += [a, a + stack / per * (1.0 if flat else 0.8)]
                owner += [len(edges) // 2 - 1, -1]
        edges_up = np.maximum.accumulate(np.array(edges))
        xs = Pieces(edges_up, np.array(owner[:-1]), np.arange(len(edges) // 2) // per)
        course = rng.uniform(15, 40) if flat else rng.uniform(60, 130)
        ys = row(rng, room.y0 + deck, room.y1, course, 2.0 if flat else 8, jitter=0.05, fill=True)
        zs = Pieces(np.array([z0, z1]), np.array([0]), np.array([0]))
        values = np.full((xs.count, ys.count, 1), 1.0, np.float32)
        values *= rng.uniform(0.95, 1.0, values.shape).astype(np.float32)
        short = rng.integers(0, max(ys.count // 6, 1) + 1, len(at)) * (rng.random(len(at)) < 0.4)
        short[0] = 0
        values[np.arange(ys.count)[None, :, None] >= (ys.count - short[xs.unit])[:, None, None]] = 0
        goods.append(grid_of(material, xs, ys, zs, values))
        if not flat:  # every other course lies along the travel and closes the gaps
            solid = np.zeros((len(xs.piece), len(ys.piece), 1), np.float32)
            inner = (xs.piece < 0) & (np.diff(xs.edges) < stack / per)
            solid[np.ix_(inner, (ys.piece >= 0) & (ys.piece % 2 == 1), np.array([0]))] = 0.85
            goods.append(Grid(material, xs.edges, ys.edges, zs.edges, solid))
        spans = Pieces(
            np.stack([at - stack / 2, at + stack / 2], 1).ravel(),
            np.arange(2 * len(at) - 1) // 2 * (np.arange(2 * len(at) - 1) % 2 == 0)
            - (np.arange(2 * len(at) - 1) % 2),
            np.arange(len(at)),
        )
        fixed.append(under(rng, spans, room._replace(z0=z0, z1=z1), deck))
    return Stow(goods, fixed, density_of(material, None))


def wire_rod(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Coils of rod or wire: loose rings with a wide eye, wound unevenly, lying across or standing on pallets."""
    material = pick(rng, materials)
    share, depth = _share(material, kg_m3), room.z1 - room.z0
    d = min(rng.uniform(800, 1300), room.y1 - room.y0, depth)
    loose = rng.uniform(0.45, 0.75)
    goods, fixed = list[Solid](), list[Solid]()
    eye = d * rng.uniform(0.45, 0.6)
    ring = np.pi / 4 * (d * d - eye * eye) * loose
    if room.y1 - room.y0 > 0.9 * d and rng.random() < 0.5:
        pitch = max(ring * 0.9 / d / share, d)
        for x in _places(rng, room, d, pitch):
            for z0, z1 in ((room.z0 + 20, room.z0 + depth * 0.48), (room.z0 + depth * 0.52, room.z1 - 20)):
                cuts = np.linspace(z0, z1, int(rng.integers(3, 7)))
                for a, b in itertools.pairwise(cuts):  # turns are not wound evenly
                    radius, own = d / 2 * rng.uniform(0.93, 1.0), loose * rng.uniform(0.85, 1.1)
                    y = room.y0 + radius
                    goods.append(cylinder_across(material, x, y, radius, a, b, own))
                    goods.append(cylinder_across(material, x, y, eye / 2 * rng.uniform(0.9, 1.0), a, b, -own))
        return Stow(goods, fixed, density_of(material, None))
    d = min(d, depth / 2)
    eye = min(eye, 0.6 * d)
    pitch = max(np.pi / 4 * (d * d - eye * eye) * loose * 2 / depth / share, d)
    deck = pallet_height(rng, room)
    for x in _places(rng, room, d, pitch):
        for z in (room.z0 + depth / 4, room.z1 - depth / 4):
            top = room.y1 if not goods else room.y1 - rng.uniform(0, 0.2) * (room.y1 - room.y0 - deck)
            cuts = np.linspace(room.y0 + deck, top, int(rng.integers(3, 9)))
            for a, b in itertools.pairwise(cuts):
                radius, own = d / 2 * rng.uniform(0.93, 1.0), loose * rng.uniform(0.85, 1.1)
                goods.append(cylinder_upright(material, x, z, radius, a, b, own))
                goods.append(cylinder_upright(material, x, z, eye / 2 * rng.uniform(0.9, 1.0), a, b, -own))
            fixed.append(
                box(m.WOOD, Box3(x - d / 2, x + d / 2, room.y0, room.y0 + deck, z - d / 2, z + d / 2), 0.25)
            )
    return Stow(goods, fixed, density_of(material, None))
