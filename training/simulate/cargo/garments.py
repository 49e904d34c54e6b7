"""Soft goods: hanging garments, loose bags, carcasses on hooks, nested plastic ware."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.stowage import Rng, Span, Stow, mottle, pick, row, rows_across
from training.simulate.solids import Box3, Grid, Loft, Round, Solid, box, cylinder_along, ellipsoid


def hanging(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Garments on rails: rails and hooks above, curtains of cloth with a ragged hem, one or two levels."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    levels = 2 if tall > 1500 and rng.random() < 0.7 else 1
    cell = rng.uniform(15, 45)
    for part in rows_across(rng, room, 600, (20, 90), most=4):
        for level in range(levels):
            top = part.y0 + (level + 1) * tall / levels
            base = part.y0 + level * tall / levels
            xs = row(rng, part.x0, part.x1, cell, 1, jitter=0.3)
            steps = 10
            y = np.concatenate([np.linspace(base, base + 0.3 * (top - base), steps), [top - 90, top - 45]])
            hem = (
                rng.integers(0, steps, xs.count)
                if rng.random() < 0.6
                else np.repeat(rng.integers(0, steps, xs.count // 12 + 1), 12)[: xs.count]
            )
            values = np.clip(1 + 0.15 * rng.standard_normal((xs.count, len(y) - 1, 1)), 0.3, 2)
            values[np.arange(len(y) - 1)[None, :] < hem[:, None]] = 0
            values[:, -1] *= 0.5
            density = np.zeros((len(xs.piece), len(y) - 1, 1), np.float32)
            density[xs.piece >= 0] = values[xs.piece[xs.piece >= 0]]
            folds = mottle(rng, part, rng.uniform(40, 160), 0.08)
            goods.append(Grid(material, xs.edges, y, np.array([part.z0, part.z1]), density, folds))
            middle = (part.z0 + part.z1) / 2
            fixed.append(cylinder_along(m.STEEL, part.x0, part.x1, top - 20, middle, 15, 3.0))
    return Stow(goods, fixed)


def carcasses(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Sides of meat on hooks: long rounded bodies with bones, hanging close together."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    wide = max(rng.uniform(280, 480), (room.x1 - room.x0) / 26)
    for part in rows_across(rng, room, 580, (0, 30), most=4):
        xs = row(rng, part.x0, part.x1, wide, 4, jitter=0.1)
        for a, b in xs.unit_spans():
            bottom = part.y0 + tall * rng.uniform(0.0, 0.2) * (len(goods) > 0)
            u = np.linspace(-1, 1, 9)
            half = np.sqrt(1 - u**2) ** 0.5
            x, top = (a + b) / 2 + u * (b - a) / 2, part.y1 - rng.uniform(80, 200)
            mid_y, mid_z = (bottom + top) / 2, (part.z0 + part.z1) / 2
            goods.append(
                Round(material, x, np.full(9, mid_y), np.full(9, mid_z), (top - bottom) / 2 * half,
                      (part.z1 - part.z0) / 2 * half, max(rng.normal(1, 0.06), 0.5),
                      mottle(rng, part._replace(x0=a, x1=b), 120, 0.05))
            )  # fmt: skip
            spine = Box3(
                (a + b) / 2 - 25,
                (a + b) / 2 + 25,
                bottom + 0.1 * tall,
                top - 0.1 * tall,
                mid_z - 25,
                mid_z + 25,
            )
            goods.append(box(m.APATITE, spine, 0.5))
            fixed.append(
                box(
                    m.STEEL,
                    Box3((a + b) / 2 - 8, (a + b) / 2 + 8, top - 60, part.y1, mid_z - 8, mid_z + 8),
                    5.0,
                )
            )
        fixed.append(
            cylinder_along(m.STEEL, part.x0, part.x1, part.y1 - 25, (part.z0 + part.z1) / 2, 22, 4.0)
        )
    return Stow(goods, fixed)


def loose_bags(
    rng: Rng,
    room: Box3,
    _kg_m3: float,
    *,
    materials: Sequence[Material],
    size: Span = (300, 800),
    most: int = 180,
) -> Stow:
    """Soft bags thrown in: rounded bodies every which way, denser below where they are pressed."""
    goods = list[Solid]()
    length, tall, depth = room.size
    mean = max(float(rng.uniform(*size)), (length * tall * depth / most) ** (1 / 3) * 1.05)
    side = max(round(depth / mean), 1)
    tiers = max(round(tall / (0.7 * mean)), 1)
    along = max(round(length / mean), 1)
    kinds = [pick(rng, materials) for _ in range(3)]
    for k in range(along):
        for tier in range(tiers):
            for z in range(side):
                if tier == tiers - 1 and rng.random() < 0.3 and k:
                    continue
                cx = room.x0 + (k + 0.5 + rng.normal(0, 0.12)) * length / along
                cy = room.y0 + (tier + 0.5 + rng.normal(0, 0.1)) * tall / tiers
                cz = room.z0 + (z + 0.5 + rng.normal(0, 0.08)) * depth / side
                h = np.array([length / along, tall / tiers, depth / side]) / 2 * rng.uniform(0.95, 1.3, 3)
                extent = Box3(cx - h[0], cx + h[0], cy - h[1], cy + h[1], cz - h[2], cz + h[2]).overlap(room)
                if extent is not None:
                    weight = (1.25 - 0.5 * tier / tiers) * max(rng.normal(1, 0.2), 0.3)
                    goods.append(ellipsoid(pick(rng, kinds), extent, weight, rng.uniform(2, 4.5)))
    goods.append(box(kinds[0], room._replace(y1=room.y0 + 0.3 * tall), 0.15))
    goods.append(
        box(kinds[0], Box3(room.x0, room.x0 + min(200, length), room.y1 - 30, room.y1, room.z0, room.z1), 0.3)
    )
    return Stow(goods, [])


def nested_ware(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Crates, chairs, tubs, pots stacked in one another: thin walls at an even pitch, air between the stacks."""
    material, goods = pick(rng, materials), list[Solid]()
    for part in rows_across(rng, room, rng.uniform(350, 700), (10, 60), most=3):
        width, pitch = rng.uniform(250, 650), max(rng.uniform(25, 120), (room.y1 - room.y0) / 45)
        xs = row(rng, part.x0, part.x1, width, rng.uniform(8, 60))
        ys = row(rng, part.y0, part.y1, pitch * 0.35, pitch * 0.65, jitter=0.03, fill=True)
        rim, wall = rng.uniform(15, 40), rng.uniform(8, 30)
        edges, kind = list[float](), list[float]()
        for a, b in xs.unit_spans():
            edges += [a, a + rim, a + rim + wall, b - rim - wall, b - rim, b]
            kind += [0.5, 1.0, 0.35, 1.0, 0.5, 0.0]
        density = (
            np.array(kind[:-1])[:, None, None]
            * np.where(ys.piece >= 0, 1.0, 0.55)[None, :, None]
            * np.ones((1, 1, 2))
        )
        units = np.arange(density.shape[0]) // 6
        short = rng.integers(0, max(len(ys.piece) // 5, 1) + 1, xs.count)
        short[0] = 0
        density[np.arange(len(ys.piece))[None, :] >= (len(ys.piece) - short[units])[:, None]] = 0
        lip = np.array([part.z0, part.z0 + 0.1 * (part.z1 - part.z0), part.z1])
        density[:, :, 1] *= 0.6
        goods.append(Grid(material, np.array(edges), ys.edges, lip, density.astype(np.float32)))
    return Stow(goods, [])


def net_sacks(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Tubs or nets of produce: lens-like sacks with a grainy inside, standing in tiers."""
    material, goods = pick(rng, materials), list[Solid]()
    tall = room.y1 - room.y0
    thick = max(rng.uniform(160, 280), tall / 12)
    width = max(rng.uniform(380, 600), (room.x1 - room.x0) / 26)
    u = np.linspace(-1, 1, 9)
    bulge = (1 - u**4) ** 0.4
    tiers = max(round(tall / thick), 1)
    sack = room._replace(x1=room.x0 + width, y1=room.y0 + thick)
    grains = [mottle(rng, sack, rng.uniform(50, 90), rng.uniform(0.05, 0.15)) for _ in range(8)]
    for part in rows_across(rng, room, 1150, (0, 40), most=2):
        xs = row(rng, part.x0, part.x1, width, 3, jitter=0.06)
        for a, b in xs.unit_spans():
            for tier in range(tiers if not goods or rng.random() < 0.8 else max(tiers - 1, 1)):
                mid = part.y0 + (tier + 0.5) * tall / tiers + rng.normal(0, 8)
                low = np.clip(mid - tall / tiers / 2 * bulge * 1.08, part.y0, part.y1)
                high = np.clip(mid + tall / tiers / 2 * bulge * 1.08, part.y0, part.y1)
                one = np.ones_like(u)
                goods.append(
                    Loft(material, (a + b) / 2 + u * (b - a) / 2, low, high, (part.z0 + rng.uniform(0, 40)) * one,
                         (part.z1 - rng.uniform(0, 40)) * one, max(rng.normal(1, 0.05), 0.6), pick(rng, grains))
                )  # fmt: skip
    return Stow(goods, [])
