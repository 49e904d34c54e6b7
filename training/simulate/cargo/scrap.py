"""Scrap: chaos of plates, pipes, blocks and voids; shredded heaps; pressed cubes with chips inside."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics.attenuation import Material
from training.simulate.cargo.bulk import height_field, soft
from training.simulate.cargo.stowage import Rng, Stow, mottle, pick, row, rows_across, somewhere
from training.simulate.solids import (
    Box3,
    Grid,
    Solid,
    bar,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    prism,
)  # fmt: skip


def _top(rng: Rng, room: Box3, x: float) -> float:
    """How high the heap is at x."""
    u = (x - room.x0) / (room.x1 - room.x0)
    hills = 0.82 + 0.1 * np.sin(3 + 9 * u) + 0.06 * np.sin(1 + 23 * u)
    return room.y0 + (room.y1 - room.y0) * float(np.clip(hills + rng.normal(0, 0.012), 0.3, 1))


def _piece(rng: Rng, material: Material, room: Box3) -> Solid:
    """One thing: plate, beam, pipe, drum, block, lump, anywhere under the top of the heap."""
    x = somewhere(rng, room.x0 + 60, room.x1 - 60)
    top = _top(rng, room, x)
    size = float(np.clip(rng.lognormal(5.4, 0.8), 60, 1100))
    reach = min(size, x - room.x0, room.x1 - x)
    y = somewhere(rng, room.y0 + 40, max(top - 30, room.y0 + 60))
    z0 = somewhere(rng, room.z0, room.z1 - 150)
    z1 = min(z0 + size * rng.uniform(0.2, 1.5), room.z1)
    dense = float(np.clip(rng.gamma(1.2, 1.2), 0.2, 6))
    kind = rng.random()
    if kind < 0.35:
        angle = rng.uniform(0, np.pi)
        dx, dy = reach * np.cos(angle), size * np.sin(angle)
        ends = [
            (float(np.clip(x + s * dx * 0.5, room.x0 + 30, room.x1 - 30)),
             float(np.clip(y + s * dy * 0.5, room.y0 + 30, room.y1 - 30)))
            for s in (-1, 1)
        ]  # fmt: skip
        if abs(ends[0][0] - ends[1][0]) + abs(ends[0][1] - ends[1][1]) < 40:
            ends[1] = (ends[0][0] + 29, ends[0][1])
        return bar(material, ends[0], ends[1], rng.uniform(6, 55), z0, z1, dense)
    radius = max(min(reach / 2, (y - room.y0), (room.y1 - y), 350), 15.0)
    if kind < 0.5:
        return cylinder_across(material, x, y, radius, z0, z1, dense * 0.5)
    if kind < 0.6:
        z = np.clip(z0, room.z0 + radius, room.z1 - radius)
        return cylinder_upright(
            material, x, z, radius, max(y - radius, room.y0), min(y + radius, room.y1), dense * 0.5
        )
    if kind < 0.7:
        z = np.clip(z0, room.z0 + radius, room.z1 - radius)
        return cylinder_along(material, x - reach, x + reach, y, z, min(radius, 150), dense * 0.5)
    extent = Box3(x - radius, x + radius, y - radius, min(y + radius * rng.uniform(0.3, 1), room.y1), z0, z1)
    if kind < 0.85:
        return ellipsoid(material, extent, dense * 0.6, rng.uniform(1.5, 5))
    corners = [
        (x + radius * np.cos(a), y + radius * np.sin(a)) for a in np.sort(rng.uniform(0, 2 * np.pi, 5))
    ]
    if max(c[0] for c in corners) - min(c[0] for c in corners) < 5:
        return ellipsoid(material, extent, dense * 0.6)
    return prism(material, corners, z0, z1, dense)


def chaos(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], pieces: int = 140) -> Stow:
    """A hundred things thrown in, over a mass of small stuff with voids in it."""
    material = pick(rng, materials)
    goods: list[Solid] = [_small_stuff(rng, material, room)]
    many = int(np.clip((room.x1 - room.x0) / 12000 * pieces * rng.uniform(0.6, 1.2), 25, 170))
    goods += [_piece(rng, material, room) for _ in range(many)]
    return Stow(goods, [], 7.9)


def _small_stuff(rng: Rng, material: Material, room: Box3) -> Grid:
    cell = rng.uniform(70, 160)
    shape = tuple(max(int((b - a) / s), 2) for a, b, s in (
        (room.x0, room.x1, cell), (room.y0, room.y1, max(cell, (room.y1 - room.y0) / 20)), (room.z0, room.z1, 700)
    ))  # fmt: skip
    values = rng.gamma(rng.uniform(0.5, 1.5), 0.35, shape)
    x = np.linspace(room.x0, room.x1, shape[0] + 1)
    tops = np.array([_top(rng, room, v) for v in (x[1:] + x[:-1]) / 2])
    tops += room.y1 - tops.max()
    y = np.linspace(room.y0, room.y1, shape[1] + 1)
    values *= np.clip((tops[:, None] - y[None, :-1]) / np.diff(y), 0, 1)[:, :, None]
    lumps = mottle(rng, room, rng.uniform(15, 50), 0.25)
    return Grid(material, x, y, np.linspace(room.z0, room.z1, shape[2] + 1), values.astype(np.float32), lumps)


def shredded(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Shredded or turnings: a lumpy heap, grainy all through."""
    nx = max(int((room.x1 - room.x0) / 60), 4)
    knots = max(nx // 7, 3)
    wave = soft(np.interp(np.arange(nx), np.linspace(0, nx - 1, knots), rng.uniform(0.6, 1.0, knots)), 5)
    heights = (room.y1 - room.y0) * wave[:, None] * rng.uniform(0.95, 1.0, (nx, 6))
    heights *= (room.y1 - room.y0) / heights.max()
    material = pick(rng, materials)
    grains = height_field(
        material, room, heights, texture=mottle(rng, room, rng.uniform(14, 60), rng.uniform(0.1, 0.3))
    )
    lumps: list[Solid] = []
    for _ in range(int(rng.integers(5, 40))):
        size = rng.uniform(60, 350)
        x, z = somewhere(rng, room.x0 + size, room.x1 - size), somewhere(rng, room.z0 + size, room.z1 - size)
        y = somewhere(rng, room.y0, max(room.y0 + float(heights.min()) - size, room.y0 + 1))
        extent = Box3(
            x - size / 2,
            x + size / 2,
            y,
            min(y + size * rng.uniform(0.3, 1), room.y1),
            z - size / 2,
            z + size / 2,
        )
        lumps.append(ellipsoid(material, extent, rng.uniform(0.3, 2.0), rng.uniform(1.5, 4)))
    return Stow([grains, *lumps], [], 7.9)


def pressed_cubes(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Pressed packets, roughly stacked, each with its own density and a torn texture."""
    material, goods = pick(rng, materials), list[Solid]()
    for part in rows_across(rng, room, rng.uniform(500, 1100), (10, 120), most=3):
        size = rng.uniform(350, 1100)
        xs = row(rng, part.x0, part.x1, size, rng.uniform(10, 90), jitter=0.1)
        for a, b in zip(xs.edges[:-1][xs.piece >= 0], xs.edges[1:][xs.piece >= 0], strict=True):
            y = part.y0
            while y < part.y1 - 100:
                top = min(y + size * rng.uniform(0.6, 1.0), part.y1)
                bulge = rng.normal(0, 12, 4)
                corners = [
                    (a, y),
                    (b - abs(bulge[0]), y),
                    (b - abs(bulge[1]), top - abs(bulge[2])),
                    (a + abs(bulge[3]), top),
                ]
                solid = prism(
                    material,
                    corners,
                    part.z0 + rng.uniform(0, 60),
                    part.z1 - rng.uniform(0, 60),
                    max(rng.normal(1, 0.2), 0.3),
                )
                goods.append(
                    type(solid)(
                        **{**solid.__dict__, "texture": mottle(rng, solid.extent, rng.uniform(15, 60), 0.2)}
                    )
                )
                y = top + rng.uniform(0, 30)
                if rng.random() < 0.12:
                    break
    return Stow(goods, [], 7.9)
