"""Tyres: flat in stacks, laced like herringbone, standing in rows; each a ring with tread and side walls."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics.attenuation import Material
from training.simulate.cargo.stowage import Rng, Stow, pick, rows_across
from training.simulate.solids import Box3, Loft, Solid, cylinder_across, cylinder_upright

TYRES_MM = ((560.0, 165.0), (630.0, 205.0), (680.0, 235.0), (760.0, 260.0), (980.0, 290.0), (1060.0, 330.0))
"""Diameter and width: cars, vans, lorries (common sizes)."""


def _size(rng: Rng, room: Box3, most: int) -> tuple[float, float]:
    """A size of tyre of which not more than about `most` fill the room."""
    volume = (room.x1 - room.x0) * (room.y1 - room.y0) * (room.z1 - room.z0)
    d, w = pick(rng, TYRES_MM)
    d, w = d * rng.uniform(0.95, 1.06), w * rng.uniform(0.9, 1.1)
    grow = max((volume / (d * d * w * most)) ** (1 / 3), 1.0)
    d, w = d * grow, w * grow
    return min(d, room.x1 - room.x0, room.z1 - room.z0), min(w, room.y1 - room.y0)


def _flat(
    material: Material, x: float, z: float, d: float, y0: float, y1: float, tilt: float, weight: float
) -> list[Solid]:
    """A tyre that lies flat or aslant: the full ring less its hole and, between the side walls, most of its inside."""
    rim, tread = d * 0.3, d * 0.46
    wall = 0.14 * (y1 - y0)
    out: list[Solid] = []
    for radius, a, b, sign in (
        (d / 2, y0, y1, 1.0), (rim, y0, y1, -1.0),
        (tread, y0 + wall, y1 - wall, -0.85), (rim, y0 + wall, y1 - wall, 0.85),
    ):  # fmt: skip
        body = cylinder_upright(material, x, z, radius, a, b, sign * weight)
        if tilt:
            slope = tilt * (body.x_mm - x)
            body = Loft(
                material,
                body.x_mm,
                body.y0_mm + slope,
                body.y1_mm + slope,
                body.z0_mm,
                body.z1_mm,
                body.density,
            )
        out.append(body)
    return out


def flat_stacks(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], most: int = 105
) -> Stow:
    """Stacks of lying tyres that wander, lean and tilt towards the top."""
    material, goods = pick(rng, materials), list[Solid]()
    d, w = _size(rng, room, most)
    neat = rng.random() < 0.4
    rows = max(round((room.z1 - room.z0) / d), 1)
    for part in rows_across(rng, room, (room.z1 - room.z0) / rows, (0, 5), most=4):
        count = max(int((part.x1 - part.x0) / (d * 0.99)), 1)
        own_d = min(d, part.z1 - part.z0, (part.x1 - part.x0) / count)
        for x in part.x0 + (np.arange(count) + 0.5) * (part.x1 - part.x0) / count:
            y, wander = part.y0, 0.0
            tall = part.y1 - (0 if rng.random() < 0.6 else rng.uniform(0, 0.3) * (part.y1 - part.y0))
            while y + 0.7 * w <= tall:
                top = min(y + w, part.y1)
                wander += rng.normal(0, 6 if neat else 22)
                place = float(np.clip(x + wander, part.x0 + own_d / 2, part.x1 - own_d / 2))
                free = min(y - part.y0, part.y1 - top) / (own_d / 2)
                tilt = float(np.clip(rng.normal(0, 0.02 if neat else 0.12), -free, free))
                goods += _flat(
                    material,
                    place,
                    (part.z0 + part.z1) / 2,
                    own_d,
                    y,
                    top,
                    tilt,
                    max(rng.normal(1, 0.04), 0.7),
                )
                y = top
    return Stow(goods, [])


def laced(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], most: int = 120) -> Stow:
    """Herringbone: rows of tyres aslant, each leaning into the one before, the next row the other way."""
    material, goods = pick(rng, materials), list[Solid]()
    d, w = _size(rng, room, most)
    angle = np.deg2rad(rng.uniform(28, 55))
    step = w / np.sin(angle) * rng.uniform(0.8, 1.0)
    rise = (d * np.sin(angle)) * rng.uniform(0.55, 0.8) + w * 0.2
    rows = max(round((room.z1 - room.z0) / d), 1)
    half = d / 2 * np.cos(angle)
    for part in rows_across(rng, room, (room.z1 - room.z0) / rows, (0, 5), most=4):
        own = min(d, part.z1 - part.z0)
        up = d / 2 * np.sin(angle) + w / 2 * np.cos(angle)
        levels = max(int((part.y1 - part.y0 - 2 * up) / rise) + 1, 1)
        for level in range(levels):
            way = 1 if level % 2 else -1
            y = part.y0 + up + level * rise
            for x in np.arange(part.x0 + half + 30, part.x1 - half - 30, step):
                tilt = way * np.tan(angle) * rng.uniform(0.85, 1.0)
                middle = y + rng.normal(0, 8)
                goods += _aslant(rng, material, part, float(x), middle, own, w, tilt, half)
    return Stow(goods, [])


def _aslant(
    rng: Rng, material: Material, part: Box3, x: float, y: float, d: float, w: float, tilt: float, half: float
) -> list[Solid]:
    """A tyre whose plane climbs along x: a ring squeezed along x, tall in y by its width."""
    thick = w * np.sqrt(1 + tilt * tilt) * 0.5
    angle = np.linspace(0, np.pi, 21)
    z, weight = (part.z0 + part.z1) / 2, max(rng.normal(1, 0.05), 0.7)
    out: list[Solid] = []
    for share, sign, side in ((1.0, 1.0, 1.0), (0.6, -1.0, 1.0), (0.9, -0.8, 0.7), (0.6, 0.8, 0.7)):
        dx = -half * share * np.cos(angle)
        dz = d / 2 * share * np.sin(angle)
        middle = y + tilt * dx
        low = np.clip(middle - thick * side, part.y0, part.y1)
        high = np.clip(middle + thick * side, part.y0, part.y1)
        out.append(Loft(material, x + dx, low, np.maximum(high, low), z - dz, z + dz, sign * weight))
    return out


def standing(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], most: int = 120) -> Stow:
    """Tyres upright in rows across the vehicle, rings of the full depth, tier in the hollows of tier."""
    material, goods = pick(rng, materials), list[Solid]()
    tall = room.y1 - room.y0
    d = pick(rng, TYRES_MM)[0] * rng.uniform(0.95, 1.06)
    d = min(max(d, float(np.sqrt(tall * (room.x1 - room.x0) / most))), tall, room.x1 - room.x0)
    nested = rng.random() < 0.6
    rise = 0.87 * d if nested else d
    rim, tread = d * rng.uniform(0.27, 0.33), d * rng.uniform(0.44, 0.47)
    for part in rows_across(rng, room, 1150, (5, 40), most=2):
        for tier in range(int((tall - d) / rise) + 1):
            shift = part.x0 + d / 2 * (2 if nested and tier % 2 else 1)
            for x in np.arange(shift, part.x1 - d / 2 + 1, d * 1.005):
                y, weight = room.y0 + d / 2 + tier * rise, max(rng.normal(1, 0.04), 0.7)
                for radius, sign in ((d / 2, 1.0), (tread, -0.6), (rim, -0.4)):
                    goods.append(
                        cylinder_across(material, float(x), y, radius, part.z0, part.z1, sign * weight)
                    )
    return Stow(goods, [])
