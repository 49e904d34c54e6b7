"""What secures and carries loads, and what is left in them: honest things that look odd.

Sizes are typical ones of common data sheets. Each function puts one kind of thing into a free space.
"""

from collections.abc import Callable

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.cargo.machines import shell_box
from training.simulate.cargo.pallets import pallets
from training.simulate.cargo.stowage import Rng, pick, somewhere
from training.simulate.solids import (
    Box3,
    Solid,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    prism,
)  # fmt: skip


def empty_pallets(rng: Rng, free: Box3) -> list[Solid]:
    """One to ten pallets in a stack, or one put upright against what stands there."""
    height, length = rng.uniform(110, 160), min(rng.uniform(800, 1200), free.x1 - free.x0)
    wide = min(rng.uniform(800, 1200), free.z1 - free.z0)
    x, z = somewhere(rng, free.x0, free.x1 - length), somewhere(rng, free.z0, free.z1 - wide)
    many = min(int(rng.integers(1, 11)), int((free.y1 - free.y0) / height))
    return [
        pallets(rng, [(x, x + length)], free.y0 + k * height, z, z + wide, height) for k in range(many)
    ]  # fmt: skip


def airbag(rng: Rng, gap: Box3) -> list[Solid]:
    """A dunnage bag blown up in a gap: paper and film around air, seen only at its edges."""
    tall = min(rng.uniform(900, 2000), gap.y1 - gap.y0)
    y = somewhere(rng, gap.y0, gap.y1 - tall)
    wide = min(rng.uniform(700, 1200), gap.z1 - gap.z0)
    z = somewhere(rng, gap.z0, gap.z1 - wide)
    length = min(gap.x1 - gap.x0, 500.0)
    extent = Box3(gap.x0, gap.x0 + length, y, y + tall, z, z + wide)
    skin = ellipsoid(m.PAPER, extent, 0.7, 5)
    inner = ellipsoid(m.PAPER, extent.inset(2.0, 2.5, 2.5), -0.7, 5)
    return [skin, inner] if length > 40 else []


def load_bars(rng: Rng, free: Box3) -> list[Solid]:
    """Bars from wall to wall, one over the other, in front of the goods; or upright jacks."""
    x = free.x0 + rng.uniform(5, min(120, (free.x1 - free.x0) / 2))
    size = rng.uniform(38, 60)
    metal = pick(rng, (m.STEEL, m.ALUMINIUM))
    hollow = rng.uniform(0.12, 0.3) * (metal.density_g_cm3 or 7.9)
    if rng.random() < 0.25:
        return [
            box(metal, Box3(x, x + size, free.y0, free.y1, z, z + size), hollow)
            for z in rng.uniform(free.z0, free.z1 - size, int(rng.integers(1, 4)))
        ]
    heights = np.linspace(free.y0 + 250, free.y1 - 300, int(rng.integers(1, 5))) + rng.normal(0, 40)
    return [
        box(metal, Box3(x, x + size, float(y), float(y) + size, free.z0, free.z1), hollow) for y in heights
    ]


def straps(rng: Rng, over: Box3) -> list[Solid]:
    """Belts over a block of goods, with ratchets at their ends; `over` is the box around the goods."""
    solids: list[Solid] = []
    for x in rng.uniform(over.x0, max(over.x1 - 50, over.x0 + 1), int(rng.integers(1, 4))):
        wide = rng.uniform(25, 50)
        for z in (over.z0, over.z1 - 4):
            solids.append(box(m.POLYESTER, Box3(x, x + wide, over.y0, over.y1, z, z + 3), 1.2))
        y = over.y0 + rng.uniform(0.2, 0.7) * (over.y1 - over.y0)
        solids.append(box(m.STEEL, Box3(x - 20, x + 70, y, y + 160, over.z1 - 45, over.z1 - 5), 2.2))
    return solids


def loose_timber(rng: Rng, free: Box3) -> list[Solid]:
    """Beams, planks and wedges lying about, some wet."""
    solids: list[Solid] = []
    for _ in range(int(rng.integers(2, 9))):
        thick = rng.uniform(25, 120)
        length = min(rng.uniform(150, 2400), free.x1 - free.x0)
        x, z = somewhere(rng, free.x0, free.x1 - length), somewhere(rng, free.z0, free.z1 - thick)
        material = m.WET_WOOD if rng.random() < 0.25 else m.WOOD
        kind = rng.random()
        if kind < 0.5:
            solids.append(
                box(
                    material,
                    Box3(x, x + length, free.y0, free.y0 + thick, z, z + thick),
                    rng.uniform(0.4, 0.8),
                )
            )
        elif kind < 0.8:
            end = min(z + rng.uniform(300, 2200), free.z1)
            wide = min(thick * 1.4, free.x1 - x)
            solids.append(
                box(material, Box3(x, x + wide, free.y0, free.y0 + thick, z, end), rng.uniform(0.4, 0.8))
            )
        else:
            wide = min(200.0, free.x1 - x)
            wedge = [(x, free.y0), (x + wide, free.y0), (x + wide, free.y0 + thick)]
            solids.append(prism(material, wedge, z, min(z + 150, free.z1), 0.6))
    return solids


def slip_sheets(rng: Rng, free: Box3) -> list[Solid]:
    """Plastic or board sheets in a thin pile."""
    length, wide = min(1200.0, free.x1 - free.x0), min(1000.0, free.z1 - free.z0)
    x, z = somewhere(rng, free.x0, free.x1 - length), somewhere(rng, free.z0, free.z1 - wide)
    tall = rng.uniform(4, 60)
    return [
        box(
            pick(rng, (m.PAPER, m.POLYETHYLENE)),
            Box3(x, x + length, free.y0, free.y0 + tall, z, z + wide),
            0.7,
        )
    ]


def placards(rng: Rng, room: Box3) -> list[Solid]:
    """Metal plates and labels on the walls: 250 mm danger placards, data plates."""
    solids: list[Solid] = []
    for _ in range(int(rng.integers(1, 5))):
        size = rng.uniform(120, 320)
        size = min(size, (room.x1 - room.x0) / 2, (room.y1 - room.y0) / 2)
        x, y = (
            somewhere(rng, room.x0, room.x1 - size),
            somewhere(rng, room.y0 + 0.3 * (room.y1 - room.y0), room.y1 - size),
        )
        thick = rng.uniform(0.5, 1.5)
        z = room.z0 if rng.random() < 0.5 else room.z1 - thick
        solids.append(box(m.ALUMINIUM, Box3(x, x + size, y, y + size * rng.uniform(0.4, 1.0), z, z + thick)))
    return solids


def desiccant(rng: Rng, room: Box3) -> list[Solid]:
    """Strips of salt bags hung on the walls, or sagging bags at the top."""
    solids: list[Solid] = []
    pitch = rng.uniform(900, 2500)
    for x in np.arange(room.x0 + rng.uniform(100, 500), room.x1 - 250, pitch):
        z = room.z0 if rng.random() < 0.5 else room.z1 - 40
        drop = min(rng.uniform(500, 1100), 0.5 * (room.y1 - room.y0))
        solids.append(
            box(m.SALT, Box3(x, x + 140, room.y1 - 80 - drop, room.y1 - 80, z, z + 40), rng.uniform(0.3, 0.9))
        )
    return solids


def recorder(rng: Rng, room: Box3) -> list[Solid]:
    """A temperature recorder or tracker: a small box with a battery, on the wall or on the goods."""
    x = somewhere(rng, room.x0, room.x1 - 150)
    y = room.y0 + rng.uniform(0.4, 0.95) * (room.y1 - room.y0 - 110)
    z = pick(rng, (room.z0, room.z1 - 45))
    return [
        box(m.ELECTRONICS, Box3(x, x + rng.uniform(80, 140), y, y + rng.uniform(40, 100), z, z + 40), 0.6),
        box(m.STEEL, Box3(x + 20, x + 60, y + 10, y + 30, z + 10, z + 30), 2.5),
    ]


def insulation_liner(rng: Rng, room: Box3) -> list[Solid]:
    """A foil liner on all walls, 3-12 mm thick."""
    return [shell_box(m.POLYETHYLENE, room, rng.uniform(3, 12), rng.uniform(0.03, 0.15))]


def puddle(rng: Rng, free: Box3) -> list[Solid]:
    """Water or ice on the floor, deepest in the middle."""
    length = min(rng.uniform(400, 2500), free.x1 - free.x0)
    x, deep = somewhere(rng, free.x0, free.x1 - length), rng.uniform(4, 35)
    z0, z1 = np.sort(rng.uniform(free.z0, free.z1, 2))
    z0 = min(z0, free.z1 - 150)
    return [ellipsoid(m.WATER, Box3(x, x + length, free.y0, free.y0 + deep, z0, max(z1, z0 + 150)), 0.95, 3)]


def tools(rng: Rng, free: Box3) -> list[Solid]:
    """A tool box, a crowbar, a ladder, a jerrycan, chains, a broom."""
    x, z = somewhere(rng, free.x0, max(free.x1 - 700, free.x0 + 1)), somewhere(rng, free.z0, free.z1 - 420)
    end = min(x + rng.uniform(300, 650), free.x1)
    y = free.y0
    chosen = rng.random(4) < 0.5
    solids: list[Solid] = [
        shell_box(m.STEEL, Box3(x, end, y, y + 220, z, z + 220), 3, 6.0),
        box(m.STEEL, Box3(x + 20, end - 20, y + 10, y + 90, z + 20, z + 200), rng.uniform(0.5, 2.0)),
    ]
    if chosen[0]:
        solids.append(cylinder_along(m.STEEL, x, end, y + 15, z + 300, 14))
    if chosen[1]:
        top = min(y + rng.uniform(1200, 2200), free.y1 - 30)
        solids += [bar(m.ALUMINIUM, (x, y), (end, top), 30, z + dz, z + dz + 30, 1.0) for dz in (260, 380)]
    if chosen[2]:
        solids.append(box(m.WATER, Box3(x, min(x + 170, end), y, y + 330, z + 250, z + 400), 0.85))
    if chosen[3]:
        solids.append(ellipsoid(m.STEEL, Box3(x, end, y, y + 120, z + 240, z + 420), 2.5))
    return solids


def batteries(rng: Rng, free: Box3) -> list[Solid]:
    """A pallet of vehicle batteries, or one traction battery."""
    length, wide = (
        min(rng.uniform(500, 1100), free.x1 - free.x0),
        min(rng.uniform(400, 900), free.z1 - free.z0),
    )
    x, z = somewhere(rng, free.x0, free.x1 - length), somewhere(rng, free.z0, free.z1 - wide)
    tall = min(rng.uniform(220, 600), free.y1 - free.y0 - 130)
    base = pallets(rng, [(x, x + length)], free.y0, z, z + wide, 120)
    cells = int(length / rng.uniform(120, 260))
    pitch = length / max(cells, 1)
    solids: list[Solid] = [base]
    for k in range(max(cells, 1)):
        top = free.y0 + 120 + tall
        cell = Box3(x + k * pitch, x + (k + 0.93) * pitch, free.y0 + 120, top, z, z + wide)
        solids.append(box(m.LEAD_ACID, cell, 1.7))
    return solids


def pallet_truck(rng: Rng, free: Box3) -> list[Solid]:
    """A hand pallet truck: forks near the floor, pump, wheel, drawbar."""
    x, y = somewhere(rng, free.x0, free.x1 - 1600), free.y0
    z = somewhere(rng, free.z0, free.z1 - 550)
    forks = [box(m.STEEL, Box3(x, x + 1150, y + 55, y + 85, z + dz, z + dz + 160), 3.0) for dz in (0, 380)]
    return [
        *forks, box(m.STEEL, Box3(x + 1150, x + 1260, y + 50, y + 420, z, z + 540), 1.0),
        cylinder_upright(m.STEEL, x + 1310, z + 270, 55, y + 90, y + 420, 6.0),
        cylinder_across(m.RUBBER, x + 1310, y + 95, 95, z + 220, z + 320, 1.8),
        bar(m.STEEL, (x + 1330, y + 380), (x + 1560, min(y + 1200, free.y1 - 30)), 32, z + 255, z + 290, 2.5),
    ]  # fmt: skip


def forklift(rng: Rng, free: Box3) -> list[Solid]:
    """A forklift left in the load: mast, forks, counterweight, wheels, cage; 2-4 t."""
    x, y = somewhere(rng, free.x0, free.x1 - 2900), free.y0
    z0 = somewhere(rng, free.z0, free.z1 - 1150)
    z1, top = z0 + 1120, min(y + rng.uniform(1980, 2150), free.y1)
    solids: list[Solid] = [
        box(m.STEEL, Box3(x + 2050, x + 2500, y + 200, y + 950, z0, z1), rng.uniform(2.5, 4.5)),
        box(m.STEEL, Box3(x + 1150, x + 2050, y + 220, y + 620, z0 + 60, z1 - 60), 0.7),
        box(
            m.LEAD_ACID if rng.random() < 0.5 else m.STEEL,
            Box3(x + 1300, x + 1950, y + 350, y + 850, z0 + 180, z1 - 180),
            1.5,
        ),
        box(m.POLYURETHANE, Box3(x + 1500, x + 1950, y + 850, y + 1000, z0 + 300, z1 - 300), 0.15),
    ]
    for z in (z0 + 150, z1 - 250):
        solids.append(box(m.STEEL, Box3(x + 950, x + 1070, y + 60, top - 40, z, z + 100), 4.0))
        solids.append(box(m.STEEL, Box3(x, x + 950, y + 50, y + 90, z, z + 110)))
        solids.append(bar(m.STEEL, (x + 1150, y + 700), (x + 1350, top - 50), 60, z, z + 60, 2.5))
        solids.append(box(m.STEEL, Box3(x + 1350, x + 2250, top - 70, top - 20, z, z + 60), 2.5))
        solids.append(bar(m.STEEL, (x + 2250, top - 50), (x + 2350, y + 900), 60, z, z + 60, 2.5))
    for at, radius in ((x + 1150, 300.0), (x + 2200, 240.0)):
        for z in (z0, z1 - 200):
            solids.append(cylinder_across(m.RUBBER, at, y + radius, radius, z, z + 190, 1.1))
            solids.append(cylinder_across(m.STEEL, at, y + radius, radius * 0.5, z, z + 190, 2.0))
    return solids


def genset(rng: Rng, free: Box3) -> list[Solid]:
    """A generator on a frame: engine, alternator, radiator, tank with fuel, silencer."""
    length, wide, tall = (
        min(rng.uniform(1300, 2400), free.x1 - free.x0),
        850.0,
        min(rng.uniform(1000, 1500), free.y1 - free.y0),
    )
    x, z, y = somewhere(rng, free.x0, free.x1 - length), somewhere(rng, free.z0, free.z1 - wide), free.y0
    return [
        shell_box(m.STEEL, Box3(x, x + length, y, y + tall, z, z + wide), 3, 7.5),
        box(m.DIESEL, Box3(x + 100, x + length - 100, y + 60, y + 60 + rng.uniform(30, 180), z + 80, z + wide - 80)),
        box(
            m.STEEL,
            Box3(x + 0.3 * length, x + 0.6 * length, y + 0.28 * tall, y + 0.72 * tall, z + 200, z + wide - 200), 3.0,
        ),
        cylinder_along(m.STEEL, x + 0.62 * length, x + 0.9 * length, y + 0.45 * tall, z + wide / 2, 0.16 * tall, 4.0),
        cylinder_along(m.COPPER, x + 0.66 * length, x + 0.86 * length, y + 0.45 * tall, z + wide / 2, 0.1 * tall, 2.5),
        box(
            m.ALUMINIUM,
            Box3(x + 0.1 * length, x + 0.16 * length, y + 0.2 * tall, y + 0.85 * tall, z + 80, z + wide - 80), 0.9,
        ),
        cylinder_along(m.STEEL, x + 0.35 * length, x + 0.8 * length, y + 0.85 * tall, z + wide / 2, 70, 0.8),
        box(m.LEAD_ACID, Box3(x + 0.92 * length, x + 0.98 * length, y + 60, y + 260, z + 100, z + 350)),
    ]  # fmt: skip


Put = Callable[[Rng, Box3], list[Solid]]

ON_FLOOR: tuple[tuple[str, float, float, Put], ...] = (
    # name, chance, free length in mm that it needs
    ("empty_pallets", 0.10, 850, empty_pallets), ("loose_timber", 0.22, 200, loose_timber),
    ("load_bars", 0.22, 120, load_bars), ("slip_sheets", 0.04, 400, slip_sheets), ("puddle", 0.04, 400, puddle),
    ("tools", 0.06, 350, tools), ("batteries", 0.015, 500, batteries), ("pallet_truck", 0.02, 1650, pallet_truck),
    ("forklift", 0.01, 3000, forklift), ("genset", 0.01, 1300, genset),
)  # fmt: skip
ON_WALLS: tuple[tuple[str, float, Put], ...] = (
    ("placards", 0.25, placards), ("desiccant", 0.15, desiccant), ("recorder", 0.15, recorder),
    ("insulation_liner", 0.04, insulation_liner),
)  # fmt: skip
MACHINES_LEFT_BEHIND = frozenset({"batteries", "pallet_truck", "forklift", "genset"})
"""Too much for a unit that is called empty."""
