"""Timber: sawn bundles with stickers, packs of boards, logs."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.stowage import Pieces, Rng, Span, Stow, grid_of, mottle, pick, row, rows_across
from training.simulate.solids import Box3, Loft, Round, Solid, box


def sawn_bundles(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Bundles of planks, courses of 20-80 mm, thin stickers between some, bearers under each bundle."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    bundles = max(round(tall / rng.uniform(500, 1150)), 1)
    course = max(rng.uniform(20, 80), tall / 90)
    sticker = rng.uniform(0, 25) if rng.random() < 0.5 else rng.uniform(0.5, 2)
    bearer = rng.uniform(50, 100)
    length = min(rng.uniform(2000, 6000), room.x1 - room.x0)
    for part in rows_across(rng, room, rng.uniform(1050, 1180), (10, 90), most=2):
        xs = row(rng, part.x0, part.x1, length, rng.uniform(20, 120), jitter=0.03, fill=True)
        for k in range(bundles):
            base = part.y0 + k * tall / bundles
            ys = row(rng, base + bearer, base + tall / bundles - 2, course, sticker, jitter=0.01, fill=True)
            many = int(np.clip((part.z1 - part.z0) / rng.uniform(90, 250), 2, 5))
            zs = row(rng, part.z0, part.z1, (part.z1 - part.z0) / many - 4, 4, fill=True)
            ragged = _ragged_ends(rng, xs)
            values = np.clip(1 + 0.07 * rng.standard_normal((ragged.count, ys.count, zs.count)), 0.5, 1.8)
            ends = np.isin(np.arange(ragged.count) % 3, (0, 2))
            values[ends] *= rng.random((int(ends.sum()), ys.count, zs.count)) < 0.7
            if k == bundles - 1 and rng.random() < 0.4:
                values[:, -1] *= rng.random((ragged.count, zs.count)) < 0.6
            if rng.random() < 0.15:  # a wet bundle
                values *= rng.uniform(1.1, 1.3)
            grain = mottle(rng, part, rng.uniform(80, 400), 0.03)
            goods.append(grid_of(material, ragged, ys, zs, values.astype(np.float32), texture=grain))
            fixed.append(_bearers(rng, xs, part, base, bearer))
    return Stow(goods, fixed)


def _ragged_ends(rng: Rng, xs: Pieces) -> Pieces:
    """Each bundle in three stretches: two ends where some planks are shorter, and all the rest."""
    starts, ends = xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0]
    short = rng.uniform(15, 180, (2, len(starts)))
    edges = np.stack([starts, starts + short[0], ends - short[1], ends], axis=1).ravel()
    owner = np.where(
        np.arange(len(edges) - 1) % 4 == 3, -1, np.arange(len(edges) - 1) - np.arange(len(edges) - 1) // 4
    )
    return Pieces(edges, owner.astype(np.intp), np.repeat(np.arange(len(starts)), 3))


def _bearers(rng: Rng, xs: Pieces, part: Box3, base: float, height: float) -> Solid:
    pitch = rng.uniform(600, 1500)
    edges, owner = list[float](), list[int]()
    for a, b in zip(xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0], strict=True):
        for at in np.linspace(a + 120, b - 220, max(int((b - a) / pitch), 2)):
            edges += [float(at), float(at) + 90]
            owner += [len(edges) // 2 - 1, -1]
    xs_b = Pieces(np.array(edges), np.array(owner[:-1]), np.arange(len(edges) // 2))
    y, z = (
        Pieces(np.array(e), np.array([0]), np.array([0])) for e in ([base, base + height], [part.z0, part.z1])
    )
    return grid_of(m.WOOD, xs_b, y, z, np.full((len(edges) // 2, 1, 1), 0.5, np.float32))


def board_packs(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Packs of plywood or board: dense, even, with bearers between the packs and straps over them."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    packs = max(round(tall / rng.uniform(350, 900)), 1)
    bearer = rng.uniform(60, 110)
    length = min(pick(rng, (1220.0, 1525.0, 2440.0, 2500.0, 3050.0)), room.x1 - room.x0)
    for part in rows_across(rng, room, 1180, (5, 60), most=2):
        xs = row(rng, part.x0, part.x1, length, rng.uniform(10, 60), jitter=0.002, fill=True)
        for k in range(packs):
            base = part.y0 + k * tall / packs
            sheets = row(
                rng, base + bearer, base + tall / packs - 3, rng.uniform(30, 160), 0.8, jitter=0.02, fill=True
            )
            zs = row(rng, part.z0, part.z1, part.z1 - part.z0)
            values = np.clip(1 + 0.02 * rng.standard_normal((xs.count, sheets.count, 1)), 0.7, 1.4)
            values *= np.clip(1 + 0.04 * rng.standard_normal((xs.count, 1, 1)), 0.8, 1.2)
            if k == packs - 1:
                values[rng.random(xs.count) < 0.12] = 0
            goods.append(grid_of(material, xs, sheets, zs, values.astype(np.float32)))
            fixed.append(_bearers(rng, xs, part, base, bearer))
    return Stow(goods, fixed)


def logs(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], diameter: Span = (180, 700)
) -> Stow:
    """Round logs along the travel, tapered, crooked, of unlike lengths, some denser at the heart."""
    material, goods = pick(rng, materials), list[Solid]()
    tall, depth, whole = room.y1 - room.y0, room.z1 - room.z0, room.x1 - room.x0
    mean = rng.uniform(*diameter)
    stretches = max(int(whole / rng.uniform(2200, 6000)), 1)
    mean = max(mean, float(np.sqrt(tall * depth * stretches / 130)))
    mean = min(mean, tall, depth)
    for k in range(stretches):
        x0, reach = room.x0 + k * whole / stretches, whole / stretches
        y = room.y0 + mean / 2
        while y <= room.y1 - mean * 0.42:
            z = room.z0 + mean / 2 + rng.uniform(0, 0.4) * mean
            while z <= room.z1 - mean * 0.42:
                radius = mean / 2 * np.clip(rng.normal(0.97, 0.12), 0.6, 1.0)
                a, b = x0 + rng.uniform(0, 0.08) * reach, x0 + reach * rng.uniform(0.9, 0.995)
                x = np.linspace(a, b, 6)
                taper = radius * np.linspace(1.0, rng.uniform(0.75, 0.98), 6)[:: pick(rng, (1, -1))]
                cy = np.clip(y + rng.normal(0, 12, 6), room.y0 + taper, room.y1 - taper)
                cz = np.clip(z + rng.normal(0, 12, 6), room.z0 + taper, room.z1 - taper)
                goods.append(Round(material, x, cy, cz, taper, taper, max(rng.normal(1, 0.08), 0.6)))
                z += mean * rng.uniform(0.98, 1.1)
            y += mean * rng.uniform(0.86, 0.95)
    stakes: list[Solid] = [
        box(m.STEEL, Box3(x, x + 80, room.y0, room.y1, z, z + 60), 1.2)
        for x in np.linspace(room.x0 + 200, max(room.x1 - 280, room.x0 + 201), 2 * stretches)
        for z in (room.z0, room.z1 - 60)
    ]
    return Stow(goods, stakes if rng.random() < 0.3 else [])


def beams(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Heavy beams and sleepers, each its own size, loosely stacked."""
    material, goods = pick(rng, materials), list[Solid]()
    thick, length = rng.uniform(150, 320), rng.uniform(2000, 5800)
    for part in rows_across(rng, room, rng.uniform(400, 800), (5, 40), most=4):
        xs = row(rng, part.x0, part.x1, min(length, part.x1 - part.x0), 60, jitter=0.05)
        for a, b in zip(xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0], strict=True):
            y = part.y0
            while y < part.y1 - 0.6 * thick:
                top = min(y + thick * rng.uniform(0.9, 1.05), part.y1)
                c, d = a + rng.uniform(0, 80), b - rng.uniform(0, 80)
                two = np.ones(2)
                goods.append(
                    Loft(material, np.array([c, d]), y * two, (top - 4) * two, part.z0 * two, part.z1 * two,
                         max(rng.normal(1, 0.07), 0.6))
                )  # fmt: skip
                y = top + rng.uniform(0, 25)
    return Stow(goods, [])
