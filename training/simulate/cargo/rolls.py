"""Rolls: paper reels with core voids, upright or lying; rolls of cloth and carpet; rubber and hides rolled up."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics.attenuation import Material
from training.simulate.cargo.stowage import Rng, Span, Stow, pick
from training.simulate.solids import Box3, Solid, cylinder_across, cylinder_along, cylinder_upright


def upright_reels(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], diameter: Span = (900, 1270),
    width: Span = (700, 1900),
) -> Stow:  # fmt: skip
    """Reels on end, in two staggered rows and one or more tiers, each with its core."""
    material, goods = pick(rng, materials), list[Solid]()
    tall, depth = room.y1 - room.y0, room.z1 - room.z0
    d = min(rng.uniform(*diameter), depth, room.x1 - room.x0)
    tiers = max(round(tall / rng.uniform(*width)), 1)
    height = tall / tiers
    core = rng.uniform(38, 80)
    rows = max(int(depth / d), 1)
    spare = depth - rows * d
    offsets = [room.z0 + d / 2 + k * (d + spare / max(rows - 1, 1)) for k in range(rows)]
    nested = rng.random() < 0.5 and rows > 1
    pitch = d * rng.uniform(1.005, 1.06)
    for number, z in enumerate(offsets):
        shift = d / 2 if nested and number % 2 else 0.0
        places = np.arange(room.x0 + d / 2 + shift, room.x1 - d / 2 + 1, pitch)
        for x in places:
            levels = tiers if rng.random() < 0.9 else max(tiers - 1, 1)
            for tier in range(levels):
                own, y = rng.uniform(0.96, 1.0), room.y0 + tier * height
                radius = d / 2 * own
                top = y + height * rng.uniform(0.97, 1.0)
                place = float(np.clip(x + rng.normal(0, 4), room.x0 + radius, room.x1 - radius))
                weight = rng.normal(1, 0.02)
                goods.append(cylinder_upright(material, place, z, radius, y, top, weight))
                goods.append(cylinder_upright(material, place, z, core, y, top, -weight))
    return Stow(goods, [])


def lying_reels(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], diameter: Span = (600, 1250),
    hole: Span = (38, 80), most: int = 150,
) -> Stow:  # fmt: skip
    """Rolls across the vehicle, seen as discs with a bore, the upper tiers in the hollows."""
    material, goods = pick(rng, materials), list[Solid]()
    tall = room.y1 - room.y0
    d = min(rng.uniform(*diameter), tall)
    d = max(d, float(np.sqrt(tall * (room.x1 - room.x0) / most)))
    d = min(d, tall, room.x1 - room.x0)
    levels = max(round((tall / d - 1) / 0.87) + 1, 1)
    if room.x1 - room.x0 > d:  # so many tiers as fill the height
        d = min(tall / (1 + 0.87 * (levels - 1)), 1.2 * d, room.x1 - room.x0)
    core = min(rng.uniform(*hole), 0.3 * d)
    tiers = int((tall - d + 1) / (0.87 * d)) + 1
    nested = rng.random() < 0.7
    rise = 0.87 * d if nested else d
    tiers = tiers if nested else max(int((tall + 1) / d), 1)
    for tier in range(tiers):
        shift = d / 2 if nested and tier % 2 else 0.0
        for x in np.arange(room.x0 + d / 2 + shift, room.x1 - d / 2 + 1, d * 1.004):
            radius, weight = d / 2 * rng.uniform(0.95, 1.0), rng.normal(1, 0.03)
            y = room.y0 + d / 2 + tier * rise
            z = rng.uniform(0, 120, 2)
            span = (room.z0 + z[0], room.z1 - z[1])
            goods.append(cylinder_across(material, x, y, radius, *span, weight))
            goods.append(cylinder_across(material, x, y, core, *span, -weight))
    return Stow(goods, [])


def rolls_along(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], diameter: Span = (150, 450),
    length: Span = (1500, 3900), most: int = 200,
) -> Stow:  # fmt: skip
    """Rolls along the travel, seen from the side as long bodies, darkest along their axes."""
    material, goods = pick(rng, materials), list[Solid]()
    span = min(rng.uniform(*length), room.x1 - room.x0)
    stretches = max(int((room.x1 - room.x0 + 30) / (span + 30)), 1)
    tall, depth = room.y1 - room.y0, room.z1 - room.z0
    d = max(rng.uniform(*diameter), float(np.sqrt(tall * depth * stretches / most)))
    d = min(d, tall, depth)
    tiers, rows = max(int((tall - d) / (0.88 * d)) + 1, 1), max(int(depth / d), 1)
    core = rng.uniform(0.0, 0.25) * d / 2
    for k in range(stretches):
        x0 = room.x0 + k * (room.x1 - room.x0) / stretches
        for tier in range(tiers):
            for place in range(rows - tier % 2 if rows > 1 else 1):
                z = (
                    room.z0
                    + d / 2
                    + place * (depth - d) / max(rows - 1, 1)
                    + (d / 2 if tier % 2 and rows > 1 else 0)
                )
                z = min(z, room.z1 - d / 2)
                a = x0 + rng.uniform(0, 0.06) * span
                b = min(x0 + span * rng.uniform(0.94, 1.0), room.x1)
                radius, weight = d / 2 * rng.uniform(0.9, 1.0), max(rng.normal(1, 0.08), 0.5)
                y = room.y0 + d / 2 + tier * 0.88 * d
                goods.append(cylinder_along(material, a, b, y, z, radius, weight))
                if core > 20:
                    goods.append(cylinder_along(material, a, b, y, z, core, -weight))
    return Stow(goods, [])
