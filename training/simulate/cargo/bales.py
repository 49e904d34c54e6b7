"""Bales and blocks: pressed, strapped, bulging, irregular, round."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.pallets import pallet_height, under
from training.simulate.cargo.stowage import (
    Pieces,
    Rng,
    Span,
    Stow,
    grid_of,
    mottle,
    pick,
    piece_values,
    row,
    rows_across,
    settled,
    stack_tops,
)  # fmt: skip
from training.simulate.solids import Box3, Grid, Loft, Solid, cylinder_across

Size = tuple[Span, Span, Span]


def strapped(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], size: Size, spread: float = 0.06,
    texture: float = 0.04, pallet: bool = False,
) -> Stow:  # fmt: skip
    """Pressed bales in columns with steel bands around them."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    length, height, depth = (rng.uniform(*span) for span in size)
    deck = pallet_height(rng, room) if pallet else 0.0
    for part in rows_across(rng, room, depth, (5, 60), most=3):
        xs = row(rng, part.x0, part.x1, length, rng.uniform(5, 40), jitter=0.03)
        ys = row(rng, part.y0 + deck, part.y1, height, rng.uniform(2, 15), jitter=0.02, fill=True)
        zs = row(rng, part.z0, part.z1, part.z1 - part.z0)
        values = piece_values(rng, xs, ys.count, zs.count, spread=spread, roughness=0.15)
        layers = mottle(rng, part, rng.uniform(30, 200), texture)
        sway = settled(rng, part, 1.5)
        goods.append(grid_of(material, xs, ys, zs, values, texture=layers, sway=sway))
        fixed.append(_bands(rng, xs, ys, part, values))
        if pallet:
            fixed.append(under(rng, xs, part, deck))
    return Stow(goods, fixed)


def _bands(rng: Rng, xs: Pieces, ys: Pieces, part: Box3, values: np.ndarray) -> Grid:
    """Steel bands: thin cells on every bale, as heavy as 0.8 mm of steel twice through."""
    many, wide = int(rng.integers(2, 7)), 9.0
    starts, ends = xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0]
    at = starts[:, None] + (np.arange(many) + 0.5)[None, :] / many * (ends - starts)[:, None]
    edges = np.stack([at - wide / 2, at + wide / 2], axis=2).ravel()
    owner = np.where(np.arange(len(edges) - 1) % 2 == 0, np.arange(len(edges) - 1) // (2 * many), -1)
    bands = Pieces(edges, owner.astype(np.intp), xs.unit)
    zs = Pieces(np.array([part.z0, part.z1]), np.array([0]), np.array([0]))
    there = (values > 0).astype(np.float32)
    weight = 7.87 * 1.6 / (part.z1 - part.z0)
    return grid_of(m.STEEL, bands, ys, zs, there * np.float32(weight))


def bulging(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], size: Size, wild: float = 1.0,
    spread: float = 0.05, texture: float = 0.04, most: int = 130,
) -> Stow:  # fmt: skip
    """Every bale a body of its own: bulging ends, uneven tops, columns with light gaps that wander."""
    material, goods = pick(rng, materials), list[Solid]()
    length, height, depth = (rng.uniform(*span) for span in size)
    parts = rows_across(rng, room, depth, (5, 60), most=3)
    many = len(parts) * (room.x1 - room.x0) * (room.y1 - room.y0) / (length * height)
    grow = float(np.sqrt(max(many / most, 1.0)))
    length, height = length * grow, min(height * grow, room.y1 - room.y0)
    u = np.linspace(-1, 1, 7)
    bale = room._replace(x1=room.x0 + length, y1=room.y0 + height)
    lumps = [mottle(rng, bale, rng.uniform(40, 250), texture) if texture else None for _ in range(10)]
    for part in parts:
        xs = row(rng, part.x0, part.x1, length, rng.uniform(4, 40), jitter=0.04 * wild)
        layers = max(round((part.y1 - part.y0) / height), 1)
        own = (part.y1 - part.y0) / layers
        tops = stack_tops(rng, xs.count, layers, 0.2 * wild)
        for column, (a, b) in enumerate(
            zip(xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0], strict=True)
        ):
            y = part.y0
            for layer in range(int(tops[column])):
                tall = own * np.clip(rng.normal(1, 0.03 * wild), 0.8, 1.1)
                top = min(y + tall, part.y1)
                half = (b - a) / 2 * np.clip(rng.normal(0.97, 0.02 * wild), 0.8, 1.0)
                middle = np.clip((a + b) / 2 + rng.normal(0, 8 * wild), part.x0 + half, part.x1 - half)
                crown = rng.uniform(5, 35) * wild * (u**4) + rng.normal(0, 4 * wild, len(u))
                low = np.clip(y + (0 if layer == 0 else crown * 0.3), part.y0, part.y1)
                high = np.clip(top - np.abs(crown), low + 5, part.y1)
                z = np.abs(rng.normal(0, 15 * wild, 2)) + rng.uniform(0, 30) * u[:, None] ** 4
                goods.append(
                    Loft(material, middle + u * half, low * np.ones_like(u), high, part.z0 + z[:, 0], part.z1 - z[:, 1],
                         max(rng.normal(1, spread), 0.5), pick(rng, lumps))
                )  # fmt: skip
                y = top
                if y > part.y1 - 0.3 * own:
                    break
    return Stow(goods, [])


def round_bales(
    rng: Rng,
    room: Box3,
    _kg_m3: float,
    *,
    materials: Sequence[Material],
    diameter: Span,
    texture: float = 0.05,
) -> Stow:
    """Round bales and bundles on their sides, the upper ones in the hollows of the lower."""
    material, goods = pick(rng, materials), list[Solid]()
    tall = room.y1 - room.y0
    d = min(rng.uniform(*diameter), tall, (room.x1 - room.x0) / 1.15)
    tiers = max(round((tall / d - 1) / 0.87) + 1, 1)
    d = min(tall / (1 + 0.87 * (tiers - 1)), 1.15 * d)
    for part in rows_across(rng, room, 1150, (5, 50), most=2):
        for tier in range(tiers):
            shift = d / 2 if tier % 2 else 0.0
            for x in np.arange(part.x0 + d / 2 + shift, part.x1 - d / 2 + 1, d * 1.01):
                radius = d / 2 * rng.uniform(0.93, 1.0)
                y = part.y0 + radius + tier * 0.87 * d
                z = rng.uniform(0, 50, 2)
                solid = cylinder_across(
                    material, x, y, radius, part.z0 + z[0], part.z1 - z[1], rng.normal(1, 0.05)
                )
                goods.append(
                    Loft(
                        **{
                            **solid.__dict__,
                            "texture": mottle(rng, solid.extent, rng.uniform(40, 150), texture),
                        }
                    )
                )
    return Stow(goods, [])


def flat_stacks(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], sheet: Span = (8, 30)
) -> Stow:
    """Hides, sheets, mats laid flat on pallets: fine level lines, drooping at the edges."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    deck = pallet_height(rng, room)
    for part in rows_across(rng, room, 1150, (20, 120), most=2):
        xs = row(rng, part.x0, part.x1, rng.uniform(1000, 1500), rng.uniform(20, 150), jitter=0.04)
        fixed.append(under(rng, xs, part, deck))
        ys = row(
            rng,
            part.y0 + deck,
            part.y1,
            max(rng.uniform(*sheet), (room.y1 - room.y0) / 90),
            1.5,
            jitter=0.2,
            fill=True,
        )
        zs = row(rng, part.z0, part.z1, part.z1 - part.z0)
        shape = (xs.count, ys.count, 1)
        values = np.clip(1 + 0.12 * rng.standard_normal(shape), 0.3, 2)
        tops = stack_tops(rng, xs.count, ys.count, 0.35)
        values[np.arange(ys.count)[None, :, None] >= tops[:, None, None]] = 0
        lumps = mottle(rng, part, rng.uniform(60, 250), 0.05)
        goods.append(
            grid_of(material, xs, ys, zs, values.astype(np.float32), texture=lumps, sway=settled(rng, part, 4.0))
        )  # fmt: skip
    return Stow(goods, fixed)
