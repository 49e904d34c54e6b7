"""Machinery: crates, housings, motors, shafts, gears, pipes, cabinets; each machine drawn from its parts."""

from collections.abc import Callable, Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.stowage import Rng, Stow, pick, somewhere
from training.simulate.solids import (
    Box3,
    Grid,
    Solid,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    prism,
)  # fmt: skip


def shell_box(material: Material, room: Box3, wall_mm: float, density: float) -> Grid:
    """A hollow housing as one grid: walls on all six sides."""
    x, y, z = (
        np.array([a, a + min(wall_mm, (b - a) / 3), b - min(wall_mm, (b - a) / 3), b])
        for a, b in (room[0:2], room[2:4], room[4:6])
    )
    cells = np.full((3, 3, 3), density, np.float32)
    cells[1, 1, 1] = 0
    return Grid(material, x, y, z, cells)


def crate(rng: Rng, room: Box3) -> list[Solid]:
    """A wooden crate around something: boards with gaps, posts, skids."""
    board = rng.uniform(80, 220)
    boards = max(int((room.y1 - room.y0) / board), 2)
    y = np.linspace(room.y0 + 80, room.y1, 2 * boards)
    posts = max(int((room.x1 - room.x0) / rng.uniform(500, 1000)), 1) + 1
    at = np.linspace(room.x0, room.x1 - 60, posts)
    x = np.stack([at, at + 60], axis=1).ravel()
    cells = np.zeros((len(x) - 1, len(y) - 1, 3), np.float32)
    closed = 1.0 if rng.random() < 0.5 else rng.uniform(0.05, 0.3)
    cells[:, ::2, [0, 2]] = 0.5
    cells[:, 1::2, [0, 2]] = 0.5 * closed
    cells[::2, :, [0, 2]] += 0.6
    cells[[0, -1], :, 1] = 0.12
    z = np.array([room.z0, room.z0 + 24, room.z1 - 24, room.z1])
    skids = [
        box(m.WOOD, Box3(room.x0, room.x1, room.y0, room.y0 + 80, z0, z0 + 90))
        for z0 in (room.z0 + 50, (room.z0 + room.z1) / 2 - 45, room.z1 - 140)
    ]
    return [Grid(m.WOOD, x, y, z, cells), *skids]


def _motor(rng: Rng, r: Box3) -> list[Solid]:
    d = min(rng.uniform(180, 700), r.y1 - r.y0, r.z1 - r.z0)
    length = min(rng.uniform(1.0, 2.2) * d, r.x1 - r.x0)
    x, y, z = r.x0, somewhere(rng, r.y0 + d / 2, r.y1 - d / 2 + 1e-3), (r.z0 + r.z1) / 2
    return [
        cylinder_along(m.STEEL, x, x + length, y, z, d / 2, 2.6),
        cylinder_along(m.COPPER, x + 0.15 * length, x + 0.85 * length, y, z, d * 0.36, 2.0),
        cylinder_along(m.STEEL, x, min(x + 1.3 * length, r.x1), y, z, d * 0.09, 5.0),
    ]


def _gears(rng: Rng, r: Box3) -> list[Solid]:
    out: list[Solid] = []
    for _ in range(int(rng.integers(1, 4))):
        radius = min(rng.uniform(60, 420), (r.y1 - r.y0) / 2, (r.x1 - r.x0) / 2)
        x, y = (
            somewhere(rng, r.x0 + radius, r.x1 - radius + 1e-3),
            somewhere(rng, r.y0 + radius, r.y1 - radius + 1e-3),
        )
        wide = min(rng.uniform(40, 220), r.z1 - r.z0)
        z = somewhere(rng, r.z0, r.z1 - wide)
        out.append(cylinder_across(m.STEEL, x, y, radius, z, z + wide, 6.5))
        if radius > 90:
            out.append(cylinder_across(m.STEEL, x, y, radius * 0.75, z, z + wide, -4.0))
        out.append(
            cylinder_across(
                m.STEEL, x, y, radius * 0.2, z - 0.2 * wide if z - 0.2 * wide > r.z0 else z, z + wide, 6
            )
        )
    return out


def _housing(rng: Rng, r: Box3) -> list[Solid]:
    length = (r.x1 - r.x0) * rng.uniform(0.3, 0.9)
    x = somewhere(rng, r.x0, r.x1 - length)
    tall = (r.y1 - r.y0) * rng.uniform(0.3, 0.95)
    part = Box3(x, x + length, r.y0, r.y0 + tall, *_middle(rng, r))
    return [
        shell_box(
            pick(rng, (m.STEEL, m.STEEL, m.ALUMINIUM)), part, rng.uniform(10, 50), rng.uniform(2.5, 6.5)
        )
    ]


def _middle(rng: Rng, r: Box3) -> tuple[float, float]:
    wide = (r.z1 - r.z0) * rng.uniform(0.3, 0.9)
    z = somewhere(rng, r.z0, r.z1 - wide)
    return z, z + wide


def _rollers(rng: Rng, r: Box3) -> list[Solid]:
    many, radius = int(rng.integers(2, 9)), min(rng.uniform(40, 190), (r.y1 - r.y0) / 3)
    y = somewhere(rng, r.y0 + radius, r.y1 - radius)
    z = _middle(rng, r)
    out: list[Solid] = []
    for x in np.linspace(r.x0 + radius, r.x1 - radius, many):
        out.append(cylinder_across(m.STEEL, float(x), y, radius, *z, 3.5))
        if radius > 70:
            out.append(cylinder_across(m.STEEL, float(x), y, radius * 0.7, *z, -2.8))
    return out


def _frame(rng: Rng, r: Box3) -> list[Solid]:
    thick = rng.uniform(40, 140)
    out: list[Solid] = [
        box(m.STEEL, Box3(r.x0, r.x1, r.y0, r.y0 + thick, *_middle(rng, r)), rng.uniform(1.0, 3.5))
    ]
    for x in np.linspace(r.x0, r.x1 - thick, int(rng.integers(2, 5))):
        z = somewhere(rng, r.z0, r.z1 - thick)
        out.append(box(m.STEEL, Box3(float(x), float(x) + thick, r.y0, r.y1, z, z + thick), 4.0))
    if rng.random() < 0.6:
        z = somewhere(rng, r.z0, r.z1 - thick)
        out.append(
            bar(
                m.STEEL,
                (r.x0 + thick, r.y0 + thick),
                (r.x1 - thick, r.y1 - thick),
                thick * 0.6,
                z,
                z + thick * 0.8,
                4,
            )
        )
    return out


def _pipes(rng: Rng, r: Box3) -> list[Solid]:
    out: list[Solid] = []
    for _ in range(int(rng.integers(2, 7))):
        d = rng.uniform(20, 110)
        y, z = somewhere(rng, r.y0 + d, r.y1 - d), somewhere(rng, r.z0 + d, r.z1 - d)
        a, b = np.sort(rng.uniform(r.x0, r.x1, 2))
        if b - a < 60:
            continue
        out.append(cylinder_along(m.STEEL, a, b, y, z, d / 2, 2.4))
        if rng.random() < 0.5:
            x = min(max(b, r.x0 + d), r.x1 - d)
            out.append(cylinder_upright(m.STEEL, x, z, d / 2, min(y, r.y0 + d), max(y, r.y0 + 2 * d), 2.4))
    return out


def _cabinet(rng: Rng, r: Box3) -> list[Solid]:
    length = min(rng.uniform(300, 800), r.x1 - r.x0)
    x = somewhere(rng, r.x0, r.x1 - length)
    part = Box3(x, x + length, r.y0, r.y0 + (r.y1 - r.y0) * rng.uniform(0.5, 1.0), *_middle(rng, r))
    out: list[Solid] = [shell_box(m.STEEL, part, 12, 1.4)]
    for k in range(int(rng.integers(2, 6))):
        y = part.y0 + (part.y1 - part.y0) * (k + 0.3) / 6
        out.append(
            box(
                m.ELECTRONICS,
                Box3(x + 30, x + length - 30, y, y + rng.uniform(30, 130), part.z0 + 40, part.z1 - 40),
                0.9,
            )
        )
    return out


def _tank(rng: Rng, r: Box3) -> list[Solid]:
    d = min(rng.uniform(300, 1100), r.x1 - r.x0, r.z1 - r.z0)
    x, z = (
        somewhere(rng, r.x0 + d / 2, r.x1 - d / 2 + 1e-3),
        somewhere(rng, r.z0 + d / 2, r.z1 - d / 2 + 1e-3),
    )
    top = r.y0 + (r.y1 - r.y0) * rng.uniform(0.4, 1.0)
    out: list[Solid] = [
        cylinder_upright(m.STEEL, x, z, d / 2, r.y0, top, 7.0),
        cylinder_upright(m.STEEL, x, z, d / 2 - 9, r.y0 + 10, top - 10, -7.0),
    ]  # fmt: skip
    if rng.random() < 0.3:
        out.append(
            cylinder_upright(
                m.WATER, x, z, d / 2 - 10, r.y0 + 10, r.y0 + 10 + (top - r.y0) * rng.uniform(0.05, 0.4), 0.9
            )
        )
    return out


def _block(rng: Rng, r: Box3) -> list[Solid]:
    a, b = np.sort(rng.uniform(r.x0, r.x1, 2))
    c, d = np.sort(rng.uniform(r.y0, r.y1, 2))
    corners = [(a, c), (b, c + (d - c) * rng.uniform(0, 0.4)), (b, d), (a, d - (d - c) * rng.uniform(0, 0.4))]
    return (
        [prism(pick(rng, (m.STEEL, m.ALUMINIUM)), corners, *_middle(rng, r), rng.uniform(0.6, 4.0))]
        if b - a > 30 and d - c > 20
        else []
    )


PARTS: tuple[Callable[[Rng, Box3], list[Solid]], ...] = (
    _motor, _gears, _housing, _rollers, _frame, _pipes, _cabinet, _tank, _block,
)  # fmt: skip


def machine(rng: Rng, room: Box3, parts: int) -> list[Solid]:
    """A machine in a box: a frame, and what happens to be in it."""
    solids = _frame(rng, room) + (_housing(rng, room) if rng.random() < 0.7 else [])
    for _ in range(parts):
        length = min(rng.uniform(0.3, 1.0) * (room.x1 - room.x0), room.x1 - room.x0)
        x = somewhere(rng, room.x0, room.x1 - length)
        tall = rng.uniform(0.4, 1.0) * (room.y1 - room.y0)
        y = somewhere(rng, room.y0, room.y1 - tall)
        solids += pick(rng, PARTS)(rng, room._replace(x0=x, x1=x + length, y0=y, y1=y + tall))
    return solids


def _lots(rng: Rng, room: Box3, length: tuple[float, float], gap: tuple[float, float]) -> list[Box3]:
    """Stretches of the room one after another; the first as high as the room."""
    lots, x = list[Box3](), room.x0
    while x < room.x1 - 400 or not lots:
        end = min(x + rng.uniform(*length), room.x1)
        end = room.x1 if room.x1 - end < 700 else end
        top = room.y1 if not lots else room.y0 + (room.y1 - room.y0) * rng.uniform(0.55, 1.0)
        lots.append(room._replace(x0=x, x1=end, y1=top))
        x = end + rng.uniform(*gap)
    return lots


def crated(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material] = ()) -> Stow:
    """Crates beside one another, a machine in each."""
    del materials
    goods, fixed = list[Solid](), list[Solid]()
    for lot in _lots(rng, room, (1100, 3200), (30, 400)):
        halves = [lot]
        if rng.random() < 0.4:
            z = (lot.z0 + lot.z1) / 2
            halves = [lot._replace(z1=z - 30), lot._replace(z0=z + 30)]
        for half in halves:
            fixed += crate(rng, half)
            inner = half.inset(70, 0, 50)._replace(y0=half.y0 + 90, y1=half.y1 - 30)
            goods += machine(rng, inner, int(rng.integers(3, 8)))
    return Stow(goods, fixed, 7.9)


def open_machines(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material] = ()) -> Stow:
    """Big machines without crates: beds, columns, spindles, wheels, seen in the round."""
    del materials
    goods, fixed = list[Solid](), list[Solid]()
    for lot in _lots(rng, room, (2200, 6000), (100, 900)):
        bed = lot._replace(y1=lot.y0 + 0.35 * (lot.y1 - lot.y0)).inset(0, 0, rng.uniform(200, 600))
        goods.append(shell_box(m.STEEL, bed, rng.uniform(30, 80), rng.uniform(3, 7)))
        goods += machine(rng, lot, int(rng.integers(6, 13)))
        for k in range(int(rng.integers(1, 3))):
            x = lot.x0 + (lot.x1 - lot.x0) * (0.2 + 0.6 * k)
            column = Box3(x, min(x + 350, lot.x1), bed.y1, lot.y1, bed.z0, bed.z1)
            goods.append(shell_box(m.STEEL, column, 40, 4.0))
        fixed.append(box(m.WOOD, Box3(lot.x0, lot.x1, lot.y0, lot.y0 + 60, lot.z0 + 100, lot.z0 + 220), 0.6))
    return Stow(goods, fixed, 7.9)


def plant(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material] = ()) -> Stow:
    """Mobile plant: a chassis on wheels or tracks, engine, cab, boom, bucket, counterweight."""
    del materials
    goods = list[Solid]()
    for lot in _lots(rng, room, (2800, 5500), (200, 900)):
        length, tall, depth = lot.size
        z = lot.inset(0, 0, 0.12 * depth)
        wheel = min(rng.uniform(0.16, 0.25) * tall, length / 6)
        tracks = rng.random() < 0.4
        for z0, z1 in ((lot.z0 + 20, lot.z0 + 0.2 * depth), (lot.z1 - 0.2 * depth, lot.z1 - 20)):
            if tracks:
                body = [
                    (lot.x0 + 100, lot.y0 + wheel),
                    (lot.x0 + 0.1 * length, lot.y0),
                    (lot.x0 + 0.7 * length, lot.y0),
                    (lot.x0 + 0.75 * length, lot.y0 + wheel),
                    (lot.x0 + 0.68 * length, lot.y0 + 2 * wheel),
                    (lot.x0 + 0.1 * length, lot.y0 + 2 * wheel),
                ]
                goods.append(prism(m.STEEL, body, z0, z1, 2.0))
            for at in (0.14, 0.64) if not tracks else np.linspace(0.12, 0.66, 6):
                x = lot.x0 + at * length
                radius = wheel if not tracks else wheel * 0.5
                goods.append(
                    cylinder_across(
                        m.RUBBER if not tracks else m.STEEL, x, lot.y0 + radius, radius, z0, z1, 1.0
                    )
                )
                goods.append(cylinder_across(m.STEEL, x, lot.y0 + radius, radius * 0.5, z0, z1, 2.2))
        deck = Box3(
            lot.x0 + 0.05 * length,
            lot.x0 + 0.78 * length,
            lot.y0 + 1.6 * wheel,
            lot.y0 + 1.6 * wheel + 0.1 * tall,
            z.z0,
            z.z1,
        )
        goods.append(shell_box(m.STEEL, deck, 30, 6.0))
        engine = Box3(
            lot.x0 + 0.08 * length,
            lot.x0 + 0.33 * length,
            deck.y1,
            deck.y1 + 0.25 * tall,
            z.z0 + 100,
            z.z1 - 100,
        )
        goods += [
            box(m.STEEL, engine, 2.4),
            shell_box(m.STEEL, engine.inset(-60, 0, -60)._replace(y1=engine.y1 + 90), 12, 5),
        ]
        goods.append(box(m.STEEL, engine._replace(x0=lot.x0, x1=lot.x0 + 0.07 * length), 6.5))
        cab = Box3(lot.x0 + 0.38 * length, lot.x0 + 0.62 * length, deck.y1, lot.y1, z.z0 + 150, z.z1 - 150)
        goods.append(shell_box(m.STEEL, cab, 45, 1.2))
        seat = Box3(cab.x0 + 100, cab.x0 + 500, cab.y0 + 50, cab.y0 + 0.5 * (cab.y1 - cab.y0), -250, 250)
        goods.append(box(m.POLYURETHANE, seat.overlap(cab) or cab, 0.1))
        knee = (lot.x0 + 0.82 * length, lot.y0 + tall * rng.uniform(0.6, 0.9))
        tip = (lot.x1 - 150, lot.y0 + 0.2 * tall)
        goods.append(bar(m.STEEL, (lot.x0 + 0.62 * length, deck.y1), knee, 170, -120, 120, 4))
        goods.append(bar(m.STEEL, knee, tip, 130, -110, 110, 4))
        bucket = [(tip[0] - 350, lot.y0 + 30), (lot.x1, lot.y0 + 10), (lot.x1 - 40, lot.y0 + 0.3 * tall)]
        goods.append(prism(m.STEEL, bucket, z.z0, z.z1, 0.9))
        goods += _pipes(rng, lot.inset(0.2 * length, 0.25 * tall, 0.3 * depth))
    return Stow(goods, [], 7.9)
