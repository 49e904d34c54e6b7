"""Sacks in wavy courses and big bags with rounded tops."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics.attenuation import Material
from training.simulate.cargo.pallets import pallet_height, pallet_length, under
from training.simulate.cargo.stowage import (
    Rng,
    Span,
    Stow,
    grid_of,
    mottle,
    pick,
    piece_values,
    refined,
    row,
    rows_across,
    settled,
    stack_tops,
)  # fmt: skip
from training.simulate.solids import Box3, Loft, Solid


def courses(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], length: Span = (450, 800),
    height: Span = (90, 200), pallet: float = 0.0,
) -> Stow:  # fmt: skip
    """Courses of sacks, thinner at their ends, sagging together; on pallets or on the floor."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    on_pallet = rng.random() < pallet
    deck = pallet_height(rng, room) if on_pallet else 0.0
    size, thick = rng.uniform(*length), rng.uniform(*height)
    unit = max(round(pallet_length(rng) / size), 1) if on_pallet else 1
    for part in rows_across(rng, room, pick(rng, (600, 800, 1150)), (0, 30), most=3):
        wide = rng.uniform(20, 90) if on_pallet else 0.0
        xs = row(rng, part.x0, part.x1, size, 2, jitter=0.05, unit=unit, unit_gap=wide)
        if on_pallet:
            fixed.append(under(rng, xs, part, deck))
        ys = row(rng, part.y0 + deck, part.y1, thick, rng.uniform(0, 4), jitter=0.03, fill=True)
        zs = row(rng, part.z0, part.z1, part.z1 - part.z0)
        values = piece_values(rng, xs, ys.count, zs.count, spread=0.04, roughness=0.15)
        fine = refined(xs, 8)
        end = rng.uniform(0.55, 0.9)
        shape = end + (1 - end) * np.sqrt(1 - ((np.arange(8) + 0.5) / 4 - 1) ** 2)
        profile = np.ones(len(fine.piece))
        profile[fine.piece >= 0] = np.tile(shape, xs.count)
        lumps = mottle(rng, part, thick * rng.uniform(0.6, 2.0), rng.uniform(0.02, 0.09))
        sway = settled(rng, part, rng.uniform(1.5, 4.0))
        goods.append(grid_of(material, fine, ys, zs, values, profile_x=profile, texture=lumps, sway=sway))
    return Stow(goods, fixed)


def cushions(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], length: Span = (500, 900),
    height: Span = (130, 260), most: int = 260,
) -> Stow:  # fmt: skip
    """Every sack as a cushion of its own, in columns that lean and lie unevenly."""
    material, goods = pick(rng, materials), list[Solid]()
    size, thick = rng.uniform(*length), rng.uniform(*height)
    total_length, total_height, _ = room.size
    rows = 2 if total_length * total_height / (size * thick) * 2 < most else 1
    grow = max(np.sqrt(rows * total_length * total_height / (size * thick) / most), 1.0)
    size, thick = size * grow, thick * grow
    fullness = rng.uniform(2.5, 5.0)
    u = np.linspace(-1, 1, 11)
    bulge = (1 - np.abs(u) ** fullness) ** (1 / fullness)
    for part in rows_across(rng, room, total_depth(room) / rows, (0, 40), most=rows):
        xs = row(rng, part.x0, part.x1, size, 3, jitter=0.04)
        layers = max(int(total_height / thick), 1)
        tops = stack_tops(rng, xs.count, layers, 0.3)
        starts, ends = xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0]
        for column, (a, b) in enumerate(zip(starts, ends, strict=True)):
            lean, y = rng.normal(0, 0.012), part.y0
            for _ in range(int(tops[column])):
                own = thick * rng.uniform(0.88, 1.08)
                own = min(own, part.y1 - y)
                half, tilt = (b - a) / 2 * rng.uniform(0.94, 1.0), rng.normal(0, 0.03) * (y > part.y0)
                middle = np.clip((a + b) / 2 + lean * (y - part.y0), part.x0 + half, part.x1 - half)
                mid = y + own / 2 + np.clip(tilt * u * half, -own / 4, own / 4)
                low = np.clip(mid - own / 2 * bulge * 1.06, part.y0, part.y1)
                high = np.clip(mid + own / 2 * bulge * 1.06, part.y0, part.y1)
                z = rng.uniform(0, 35, 2)
                one = np.ones_like(u)
                goods.append(
                    Loft(material, middle + u * half, low, high, (part.z0 + z[0]) * one, (part.z1 - z[1]) * one,
                         rng.normal(1, 0.03))
                )  # fmt: skip
                y += own
                if y > part.y1 - 0.3 * thick:
                    break
    return Stow(goods, [])


def total_depth(room: Box3) -> float:
    """Depth of a room in mm."""
    return room.z1 - room.z0


def big_bags(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], width: Span = (850, 1150)
) -> Stow:
    """Bags of a tonne: upright bodies that bulge, with domed tops, in two rows, at times on pallets or two high."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    size = rng.uniform(*width)
    tall = room.y1 - room.y0
    tiers = 2 if tall > 1700 and rng.random() < 0.7 else 1
    on_pallet = tall > 700 and rng.random() < 0.4
    dome = rng.uniform(0.12, 0.35)
    for part in rows_across(rng, room, 1100, (0, 60), most=2):
        xs = row(rng, part.x0, part.x1, size, rng.uniform(3, 50), jitter=0.03)
        deck = pallet_height(rng, room) if on_pallet else 0.0
        starts, ends = xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0]
        for tier in range(tiers):
            base = part.y0 + tier * tall / tiers
            if on_pallet:
                fixed.append(under(rng, xs, part._replace(y0=base), deck, 0.0))
            for a, b in zip(starts, ends, strict=True):
                top = base + tall / tiers * rng.uniform(0.88, 1.0)
                goods += _big_bag(rng, material, part._replace(x0=a, x1=b, y0=base + deck, y1=top), dome)
    return Stow(goods, fixed)


def _big_bag(rng: Rng, material: Material, room: Box3, dome: float) -> list[Solid]:
    """A body with bulging sides and slabs that grow smaller above it."""
    length, height, depth = room.size
    shoulder = room.y1 - height * dome
    own, u = rng.normal(1, 0.03), np.linspace(-1, 1, 9)
    edge = np.clip((1 - np.abs(u)) * length / 2 / rng.uniform(60, 140), 0, 1)
    slack = depth * rng.uniform(0.03, 0.09)
    squeeze = slack * (1 - np.sqrt(edge))
    one, x = np.ones_like(u), (room.x0 + room.x1) / 2 + u * length / 2
    solids: list[Solid] = [
        Loft(material, x, room.y0 * one, shoulder * one, room.z0 + squeeze, room.z1 - squeeze, own)
    ]
    slabs = 11
    shift = rng.normal(0, 0.04) * length
    for k in range(slabs):  # a dome of slabs: lighter towards the top, as real tops are
        share = np.sqrt(1 - ((k + 0.5) / slabs) ** 2)
        a, b = shoulder + (room.y1 - shoulder) * np.array([k, k + 1]) / slabs
        half_z = depth / 2 * share - slack / 2
        z = (room.z0 + room.z1) / 2
        half_x = length / 2 * share
        top_x = np.clip((room.x0 + room.x1) / 2 + shift * k / slabs, room.x0 + half_x, room.x1 - half_x)
        two = np.ones(2)
        solids.append(
            Loft(material, top_x + half_x * np.array([-1.0, 1.0]), a * two, b * two, (z - half_z) * two,
                 (z + half_z) * two, own)
        )  # fmt: skip
    return solids
