"""Vehicles and their parts as cargo: cars, motorcycles in crates, engines and panels on racks."""

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.machines import crate, shell_box
from training.simulate.cargo.stowage import Rng, Stow, pick, row, rows_across, somewhere
from training.simulate.solids import (
    Box3,
    Grid,
    Solid,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    prism,
)  # fmt: skip

Outline = list[tuple[float, float]]


def _wheel(x: float, y: float, radius: float, z0: float, z1: float) -> list[Solid]:
    rim = radius * 0.62
    return [
        cylinder_across(m.TYRE, x, y, radius, z0, z1, 0.7), cylinder_across(m.TYRE, x, y, rim, z0, z1, -0.7),
        cylinder_across(m.STEEL, x, y, rim, z0, z1, 0.55), cylinder_across(m.STEEL, x, y, rim * 0.85, z0, z1, -0.35),
        cylinder_across(m.STEEL, x, y, radius * 0.25, z0 + 10, z1 - 10, 3.0),
    ]  # fmt: skip


def car(rng: Rng, room: Box3) -> list[Solid]:
    """A car in a box: sheet-metal body, glass, engine, gearbox, seats, wheels, tank, battery, exhaust."""
    length, tall, depth = room.size
    wide = min(rng.uniform(1550, 1850), depth)
    z0, z1 = (room.z0 + room.z1 - wide) / 2, (room.z0 + room.z1 + wide) / 2
    way = bool(rng.random() < 0.5)

    def at(u: float) -> float:
        return room.x1 - u * length if way else room.x0 + u * length

    def up(v: float) -> float:
        return room.y0 + v * tall

    def body(outline: Outline, material: Material, za: float, zb: float, density: float) -> Solid:
        return prism(material, [(at(u), up(v)) for u, v in outline], za, zb, density)

    def block(u0: float, u1: float, v0: float, v1: float, za: float, zb: float) -> Box3:
        a, b = sorted((at(u0), at(u1)))
        return Box3(a, b, up(v0), up(v1), za, zb)

    hood, tail = rng.uniform(0.58, 0.68), rng.uniform(0.6, 0.72)
    wind, roof0, roof1 = rng.uniform(0.24, 0.3), rng.uniform(0.4, 0.46), rng.uniform(0.68, 0.88)
    lower: Outline = [(0.0, 0.2), (1.0, 0.2), (1.0, tail), (wind, hood), (0.0, hood - 0.1)]
    cabin: Outline = [(wind, hood), (roof0, 1.0), (roof1, 0.99), (min(roof1 + 0.14, 1.0), tail), (0.5, 0.62)]
    cabin = [cabin[0], cabin[1], cabin[2], cabin[3]]
    sheet = rng.uniform(1.8, 3.2)  # outer and inner panel of one side
    solids: list[Solid] = []
    for z in (z0 + 20, z1 - 30):
        solids.append(body(lower, m.STEEL, z, z + 10, 7.87 * sheet / 10))
        solids.append(body(cabin, m.GLASS, z + 60 * np.sign(-z), z + 60 * np.sign(-z) + 5, 2.5))
    solids += [
        box(m.STEEL, block(0.08, 0.95, 0.2, 0.23, z0 + 60, z1 - 60), 1.2),
        box(m.STEEL, block(roof0, roof1, 0.985, 1.0, z0 + 180, z1 - 180), 1.0),
        box(m.STEEL, block(0.02, wind, hood - 0.05, hood - 0.04, z0 + 60, z1 - 60), 1.2),
        bar(m.STEEL, (at(wind), up(hood)), (at(roof0), up(0.99)), 45, z0 + 80, z0 + 130, 2.5),
        bar(m.STEEL, (at(wind), up(hood)), (at(roof0), up(0.99)), 45, z1 - 130, z1 - 80, 2.5),
        bar(m.STEEL, (at(0.56), up(0.22)), (at(0.57), up(0.99)), 60, z0 + 40, z0 + 100, 1.4),
        bar(m.STEEL, (at(0.56), up(0.22)), (at(0.57), up(0.99)), 60, z1 - 100, z1 - 40, 1.4),
        bar(m.GLASS, (at(wind), up(hood)), (at(roof0), up(0.99)), 6, z0 + 150, z1 - 150, 2.5),
        box(m.STEEL, block(0.0, 0.02, 0.25, 0.45, z0 + 100, z1 - 100), 0.9),
        box(m.POLYETHYLENE, block(0.98, 1.0, 0.25, 0.5, z0 + 100, z1 - 100), 0.6),
        box(m.STEEL, block(0.11, 0.22, 0.22, 0.52, -300, 300), rng.uniform(1.6, 2.8)),
        box(m.ALUMINIUM, block(0.12, 0.2, 0.5, 0.6, -220, 220), 1.3),
        box(m.ALUMINIUM, block(0.2, 0.31, 0.22, 0.38, -180, 180), 1.6),
        box(m.COPPER, block(0.035, 0.05, 0.27, 0.52, z0 + 350, z1 - 350), 0.8),
        box(m.LEAD_ACID, block(0.07, 0.11, 0.4, 0.52, 250, 430)),
        box(m.DIESEL, block(0.7, 0.8, 0.22, 0.36, -450, 350), rng.uniform(0.1, 0.8)),
        cylinder_along(m.STEEL, min(at(0.3), at(0.95)), max(at(0.3), at(0.95)), up(0.19), 150, 30, 1.2),
        bar(m.STEEL, (at(0.36), up(0.62)), (at(0.3), up(0.55)), 30, -400, -330, 4),
        ellipsoid(m.POLYETHYLENE, block(0.28, 0.37, 0.42, 0.62, z0 + 200, z1 - 200), 0.12),
    ]
    for u in (0.44, 0.66):
        solids.append(box(m.POLYURETHANE, block(u - 0.04, u + 0.08, 0.25, 0.42, z0 + 200, z1 - 200), 0.1))
        solids.append(
            bar(
                m.POLYURETHANE,
                (at(u + 0.07), up(0.35)),
                (at(u + 0.11), up(0.82)),
                110,
                z0 + 200,
                z1 - 200,
                0.08,
            )
        )
        solids.append(
            bar(m.STEEL, (at(u + 0.07), up(0.35)), (at(u + 0.11), up(0.8)), 20, z0 + 220, z0 + 260, 3)
        )
    radius = min(tall * 0.215, rng.uniform(285, 350))
    for u in (rng.uniform(0.17, 0.2), rng.uniform(0.78, 0.82)):
        for za in (z0, z1 - 200):
            solids += _wheel(at(u), room.y0 + radius, radius, za, za + 195)
        solids.append(box(m.STEEL, block(u - 0.012, u + 0.012, 0.18, 0.22, z0 + 200, z1 - 200), 3.5))
        for z in (z0 + 240, z1 - 300):
            solids.append(cylinder_upright(m.STEEL, at(u), z, 45, up(0.25), up(0.55), 2.0))
    return solids


def cars(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Cars nose to tail, lashed and chocked; the next one aslant on a ramp at times."""
    goods, fixed, x = list[Solid](), list[Solid](), room.x0
    while x < room.x1 - 2600 or not goods:
        length = min(rng.uniform(3500, 4900), room.x1 - x)
        tall = min(rng.uniform(1380, 1850), room.y1 - room.y0) if goods else room.y1 - room.y0
        goods += car(rng, room._replace(x0=x, x1=x + length, y1=room.y0 + tall))
        for at in (x + 0.1 * length, x + 0.87 * length):
            for z in (room.z0 + 250, room.z1 - 400):
                fixed.append(box(m.WOOD, Box3(at, at + 120, room.y0, room.y0 + 90, z, z + 150)))
        x += length + rng.uniform(120, 900)
    return Stow(goods, fixed, 7.9)


def motorcycles(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Motorcycles in open steel or wooden crates, one or two tiers, two or three side by side."""
    goods, fixed = list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    tiers = 2 if tall > 1900 else 1
    side = max(int((room.z1 - room.z0) / rng.uniform(560, 900)), 1)
    length = min(rng.uniform(1800, 2300), room.x1 - room.x0)
    count = max(int((room.x1 - room.x0) / length), 1)
    for k in range(count):
        for part in rows_across(rng, room, (room.z1 - room.z0) / side, (10, 40), most=4):
            for tier in range(tiers):
                a = room.x0 + k * (room.x1 - room.x0) / count
                lot = Box3(
                    a,
                    a + length - 20,
                    part.y0 + tier * tall / tiers,
                    part.y0 + (tier + 1) * tall / tiers,
                    part.z0,
                    part.z1,
                )
                goods += _motorcycle(rng, lot)
                thin = rng.uniform(0.6, 1.0)
                for z in (lot.z0, lot.z1 - 30):
                    edges = np.array([lot.x0, lot.x0 + 30, lot.x1 - 30, lot.x1])
                    y = np.array([lot.y0, lot.y0 + 40, lot.y1 - 35, lot.y1 - 5])
                    face = np.full((3, 3, 1), 2.0 * thin, np.float32)
                    face[1, 1] = 0
                    fixed.append(Grid(m.STEEL, edges, y, np.array([z, z + 30]), face))
    return Stow(goods, fixed, 7.9)


def _motorcycle(rng: Rng, r: Box3) -> list[Solid]:
    length, tall, _ = r.size
    z = (r.z0 + r.z1) / 2
    radius = min(0.3 * tall, 0.15 * length)
    y = r.y0 + 50 + radius
    front, back = r.x1 - radius - 60, r.x0 + radius + 60
    if rng.random() < 0.5:
        front, back = back, front
    middle = (front + back) / 2
    solids: list[Solid] = []
    for x in (front, back):
        solids += [
            cylinder_across(m.TYRE, x, y, radius, z - 60, z + 60, 0.9),
            cylinder_across(m.TYRE, x, y, radius * 0.78, z - 60, z + 60, -0.9),
            cylinder_across(m.ALUMINIUM, x, y, radius * 0.78, z - 50, z + 50, 0.5),
            cylinder_across(m.STEEL, x, y, radius * 0.4, z - 60, z + 60, 0.8),
        ]  # fmt: skip
    top = r.y1 - 60
    head = (middle + 0.55 * (front - middle), min(y + 0.85 * radius + 200, top))
    solids += [
        box(m.ALUMINIUM, Box3(middle - 190, middle + 190, y - 60, min(y + 300, top), z - 170, z + 170), 1.6),
        cylinder_across(m.STEEL, middle + 60, y + 20, 100, z - 190, z + 190, 2.0),
        bar(m.STEEL, (front, y), head, 55, z - 110, z + 110, 1.6),
        bar(m.STEEL, head, (back, y), 50, z - 90, z + 90, 1.6),
        bar(m.STEEL, (middle, y), (back, y), 55, z - 110, z + 110, 2.0),
        ellipsoid(
            m.STEEL,
            Box3(middle - 60, middle + 300, min(y + 300, top - 90), min(y + 530, top), z - 140, z + 140),
            0.5,
        ),
        bar(
            m.POLYURETHANE, (middle, min(y + 380, top)), (back, min(y + 420, top)), 90, z - 120, z + 120, 0.15
        ),
        cylinder_along(
            m.STEEL, min(middle, back), max(middle, back), y - 20, z + 190 if z + 250 < r.z1 else z, 50, 0.9
        ),
        box(
            m.STEEL,
            Box3(
                head[0] - 30,
                head[0] + 30,
                min(head[1], top - 40),
                min(head[1] + 120, top),
                max(z - 350, r.z0),
                min(z + 350, r.z1),
            ),
            0.8,
        ),
    ]
    return solids


def _engine(rng: Rng, r: Box3) -> list[Solid]:
    """An engine in a box: block, head, sump, crankshaft, pulleys, manifold, bell housing."""
    length, tall, depth = r.size
    z, x = r.inset(0, 0, depth * rng.uniform(0.1, 0.25)), (r.x0 + r.x1) / 2
    solids: list[Solid] = [
        box(
            pick(rng, (m.STEEL, m.ALUMINIUM)),
            Box3(
                r.x0 + 0.15 * length, r.x1 - 0.25 * length, r.y0 + 0.25 * tall, r.y0 + 0.75 * tall, z.z0, z.z1
            ),
            2.8,
        ),
        box(
            m.ALUMINIUM,
            Box3(
                r.x0 + 0.18 * length, r.x1 - 0.28 * length, r.y0 + 0.75 * tall, r.y0 + 0.95 * tall, z.z0, z.z1
            ),
            1.5,
        ),
        box(
            m.STEEL,
            Box3(
                r.x0 + 0.2 * length, r.x1 - 0.3 * length, r.y0 + 0.02 * tall, r.y0 + 0.25 * tall, z.z0, z.z1
            ),
            0.6,
        ),
        cylinder_along(
            m.STEEL, r.x0, r.x1 - 0.1 * length, r.y0 + 0.32 * tall, (r.z0 + r.z1) / 2, 0.1 * tall, 4.0
        ),
        prism(
            m.ALUMINIUM,
            [
                (r.x1 - 0.25 * length, r.y0 + 0.1 * tall),
                (r.x1, r.y0 + 0.2 * tall),
                (r.x1, r.y0 + 0.45 * tall),
                (r.x1 - 0.25 * length, r.y0 + 0.65 * tall),
            ],
            z.z0,
            z.z1,
            1.2,
        ),
        ellipsoid(
            m.ALUMINIUM,
            Box3(r.x0 + 0.2 * length, x + 0.2 * length, r.y0 + 0.7 * tall, r.y1, r.z0, r.z0 + 0.4 * depth),
            0.7,
        ),
    ]
    for k in range(4):  # cylinders are voids in the block
        at = r.x0 + length * (0.23 + 0.13 * k)
        solids.append(
            cylinder_upright(
                m.ALUMINIUM,
                at,
                (r.z0 + r.z1) / 2,
                0.045 * length,
                r.y0 + 0.45 * tall,
                r.y0 + 0.72 * tall,
                -1.2,
            )
        )
    for u in (0.3, 0.55):
        radius = rng.uniform(0.06, 0.13) * tall
        solids.append(
            cylinder_across(
                m.STEEL,
                r.x0 + 0.08 * length,
                r.y0 + u * tall,
                min(radius, 0.08 * length),
                z.z0,
                z.z0 + 0.5 * depth,
                3,
            )
        )
    return solids


def engines_and_parts(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Racks and stillages: engines, axles, gearboxes, wheels and pressed panels in cages, two or three high."""
    goods, fixed = list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    tiers = max(round(tall / rng.uniform(750, 1150)), 1)
    each = tall / tiers
    for part in rows_across(rng, room, 1150, (20, 80), most=2):
        xs = row(rng, part.x0, part.x1, rng.uniform(1000, 1700), rng.uniform(30, 120), jitter=0.05)
        for a, b in xs.unit_spans():
            kind = pick(rng, ("engines", "panels", "wheels", "shafts", "castings"))
            for tier in range(tiers):
                lot = Box3(a, b, part.y0 + tier * each, part.y0 + (tier + 1) * each, part.z0, part.z1)
                fixed.append(_stillage(lot))
                goods += _parts(rng, kind, lot.inset(45, 0, 45)._replace(y0=lot.y0 + 70, y1=lot.y1 - 60))
    return Stow(goods, fixed, 7.9)


def _stillage(r: Box3) -> Grid:
    """A cage: base, posts and rails as one grid."""
    x, y = np.array([r.x0, r.x0 + 45, r.x1 - 45, r.x1]), np.array([r.y0, r.y0 + 60, r.y1 - 50, r.y1 - 5])
    z = np.array([r.z0, r.z0 + 40, r.z1 - 40, r.z1])
    cells = np.zeros((3, 3, 3), np.float32)
    cells[:, 0] = 0.5
    cells[:, 2, [0, 2]] = 1.2
    cells[np.ix_([0, 2], [0, 1, 2], [0, 2])] = 1.6
    cells[1, 1, [0, 2]] = 0.08
    return Grid(m.STEEL, x, y, z, cells)


def _parts(rng: Rng, kind: str, r: Box3) -> list[Solid]:
    length, tall, _depth = r.size
    if kind == "engines":
        many = 2 if length > 1200 else 1
        return [
            s
            for k in range(many)
            for s in _engine(
                rng, r._replace(x0=r.x0 + k * length / many, x1=r.x0 + (k + 0.97) * length / many)
            )
        ]
    if kind == "panels":  # pressed sheets upright side by side
        many = int(rng.integers(12, 40))
        edges = np.linspace(r.x0, r.x1, 2 * many)
        cells = np.zeros((2 * many - 1, 1, 1), np.float32)
        cells[::2] = rng.uniform(0.3, 0.6)
        return [
            Grid(
                m.STEEL,
                edges,
                np.array([r.y0, r.y0 + tall * rng.uniform(0.7, 1.0)]),
                np.array([r.z0, r.z1]),
                cells,
            )
        ]
    if kind == "wheels":
        radius = min(tall / 2, length / 4, rng.uniform(200, 330))
        xs = np.arange(r.x0 + radius, r.x1 - radius + 1, 2 * radius * 1.02)
        levels = np.arange(r.y0 + radius, r.y1 - radius + 1, 2 * radius)
        return [s for x in xs for y in levels for s in (
            cylinder_across(m.TYRE, float(x), float(y), radius, r.z0, r.z1, 0.5),
            cylinder_across(m.STEEL, float(x), float(y), radius * 0.62, r.z0, r.z1, 0.15))]  # fmt: skip
    if kind == "shafts":
        many, d = int(rng.integers(4, 10)), rng.uniform(50, 130)
        return [
            cylinder_along(
                m.STEEL,
                r.x0,
                r.x1,
                float(somewhere(rng, r.y0 + d / 2, r.y1 - d / 2)),
                float(somewhere(rng, r.z0 + d / 2, r.z1 - d / 2)),
                d / 2,
                5.0,
            )
            for _ in range(many)
        ]
    cells = np.clip(rng.gamma(1.5, 0.5, (max(int(length / 90), 2), max(int(tall / 90), 2), 2)), 0, 3).astype(
        np.float32
    )
    return [
        Grid(
            pick(rng, (m.STEEL, m.ALUMINIUM)),
            np.linspace(r.x0, r.x1, cells.shape[0] + 1),
            np.linspace(r.y0, r.y1, cells.shape[1] + 1),
            np.linspace(r.z0, r.z1, 3),
            cells,
        )
    ]


def crated_parts(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Knocked-down vehicles: crates of nested bodies, frames and cases of small parts."""
    goods, fixed = list[Solid](), list[Solid]()
    for part in rows_across(rng, room, 1150, (20, 60), most=2):
        xs = row(rng, part.x0, part.x1, rng.uniform(1500, 2600), 60, jitter=0.1)
        for a, b in xs.unit_spans():
            lot = part._replace(x0=a, x1=b)
            fixed += crate(rng, lot)
            inner = lot.inset(60, 0, 50)._replace(y0=lot.y0 + 90, y1=lot.y1 - 40)
            y = (inner.y0 + inner.y1) / 2
            goods += _parts(rng, pick(rng, ("panels", "engines", "shafts")), inner._replace(y1=y - 10))
            goods += _parts(rng, pick(rng, ("panels", "castings", "wheels")), inner._replace(y0=y + 10))
            goods.append(shell_box(m.STEEL, inner.inset(20, 20, 20), 8, 0.8))
    return Stow(goods, fixed, 7.9)
