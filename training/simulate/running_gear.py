"""What hangs below a vehicle: wheels, axles, legs, tanks, boxes, spare wheel. Dimensions are typical of data sheets."""

import numpy as np

from tallyscan.physics.materials import ALUMINIUM, DIESEL, POLYETHYLENE, RUBBER, STEEL, TYRE
from training.simulate.parts import Cavity
from training.simulate.sections import along_x, grid, hollow_box, paired, repeated, span
from training.simulate.solids import (
    Box3,
    Loft,
    Round,
    Solid,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    filled_with,
    hole,
)

TYRE_G_CM3 = 1.15  # rubber with its steel belts and carcass
SQUARE_IN_TANK = 0.65  # half side of a square well inside a round tank, by its radius
Drawn = tuple[list[Solid], list[Cavity]]


def axle(
    rng: np.random.Generator,
    x: float,
    radius: float,
    twin: bool,
    outside_mm: float = 1245.0,
    y: float | None = None,
) -> Drawn:
    """Wheels on both sides with rims, hubs and brakes, and the axle between them; its centre at height `y`.

    Twin tyres are drawn as one wide tyre with the side walls of two: rays run nearly along the axle.
    """
    centre = radius if y is None else y
    width = rng.uniform(560, 640) if twin else rng.uniform(0.28, 0.37) * 1000 * min(radius / 500, 1.1)
    rim = radius * rng.uniform(0.52, 0.6)
    tread, side = radius * rng.uniform(0.05, 0.08), rng.uniform(9, 15)
    hollow = 1 - (2 * side + 40) / width if twin else 1.0
    drum, drum_wide = rim * rng.uniform(0.68, 0.78), rng.uniform(150, 220)
    disc_at = outside_mm - (0.5 * width if twin else rng.uniform(0.25, 0.6) * width)
    disc = rng.uniform(11, 15)
    brake_disc = rng.random() < 0.4
    solids: list[Solid] = []
    for s in (-1, 1):

        def across(a: float, b: float, s: int = s) -> tuple[float, float]:
            low, high = span(s * a, s * b)
            return low, high

        z = across(outside_mm - width, outside_mm)
        well = across(outside_mm - width + side, outside_mm - side)
        ring = across(outside_mm - 0.94 * width, outside_mm - 0.06 * width)
        hub = across(outside_mm - width + 20, disc_at + rng.uniform(60, 150))
        brake = across(outside_mm - width - 40, outside_mm - width - 40 + drum_wide)
        solids += [
            cylinder_across(TYRE, x, centre, radius, *z, TYRE_G_CM3),
            cylinder_across(TYRE, x, centre, radius - tread, *well, -TYRE_G_CM3 * hollow),
            cylinder_across(TYRE, x, centre, rim, *z, -TYRE_G_CM3 * (1 - hollow)),
            cylinder_across(STEEL, x, centre, rim, *ring, 7.8),
            cylinder_across(STEEL, x, centre, rim - rng.uniform(8, 13), *ring, -7.8),
            cylinder_across(STEEL, x, centre, rim - 12, *across(disc_at - disc, disc_at), 6.5),
            cylinder_across(STEEL, x, centre, rng.uniform(90, 140), *hub, rng.uniform(4.0, 6.0)),
        ]
        if brake_disc:
            solids.append(
                cylinder_across(
                    STEEL, x, centre, drum, *across(outside_mm - width, outside_mm - width + 45), 5.5
                )
            )
        else:
            lining = cylinder_across(STEEL, x, centre, drum, *brake, 7.2)
            solids += [lining, hole(lining, rng.uniform(16, 26))]
    half = outside_mm - width - 20
    beam = rng.uniform(55, 80)
    tube = cylinder_across(STEEL, x, centre, beam, -half, half, 7.8)
    solids += [tube, cylinder_across(STEEL, x, centre, beam - rng.uniform(9, 16), -half, half, -7.8)]
    bore, inner = 0.45 * beam, radius - tread
    cavities = [Cavity("axle", Box3(x - bore, x + bore, centre - bore, centre + bore, -half, half))]
    wells = [(outside_mm - width + side, outside_mm - side)]
    if twin:  # each tyre is a hollow of its own, with side walls and 40 mm between them
        middle, apart = outside_mm - width / 2, side + 20
        wells = [(wells[0][0], middle - apart), (middle + apart, wells[0][1])]
    for s in (-1, 1):
        for a, b in wells:
            room = Box3(x - inner, x + inner, centre - inner, centre + inner, *span(s * a, s * b))
            cavities.append(Cavity("tyre", room, rim))
    return solids, cavities


def suspension(
    rng: np.random.Generator, x: float, radius: float, frame_y: float, half_mm: float
) -> list[Solid]:
    """Hanger bracket and arm in front of an axle, with an air bellows or a leaf spring, and its brake cylinder."""
    z = [half_mm - 60, half_mm + 40]
    hanger_x = x - rng.uniform(420, 560)
    top = max(frame_y, radius + 150)
    hanger = grid(STEEL, [hanger_x, hanger_x + 130], [radius - 30, top], z, 0.18)
    solids: list[Solid] = [paired(hanger)]
    reach = x + rng.uniform(300, 460)
    for side in (-1, 1):
        zs = span(side * (half_mm - 45), side * (half_mm + 25))
        if rng.random() < 0.6:
            solids.append(bar(STEEL, (hanger_x + 60, radius + 10), (reach, radius - 60), 45, *zs, 7.0))
            bellows = cylinder_upright(
                RUBBER, reach - 110, side * half_mm, 130, radius - 30, max(top, radius + 120), 1.1
            )
            solids += [bellows, hole(bellows, 12)]
        else:
            knots = np.linspace(hanger_x + 60, x + 500, 9)
            y = radius + 90 - 50 * np.sin(np.linspace(0, np.pi, 9))
            one = np.ones(9)
            solids.append(Loft(STEEL, knots, y, y + 55, zs[0] * one, zs[1] * one, 7.0))
    solids.append(
        cylinder_along(
            STEEL, x + 80, x + 260, radius + rng.uniform(0, 90), rng.choice([-1, 1]) * 380, 85, 1.2
        )
    )
    return solids


def mudguard(rng: np.random.Generator, x: float, radius: float, outside_mm: float = 1240.0) -> list[Solid]:
    """Thin arcs over a pair of wheels."""
    reach = radius + rng.uniform(40, 70)
    dx = np.linspace(-0.94, 0.94, 15) * reach
    y = radius + np.sqrt(reach**2 - dx**2)
    thick, one = rng.uniform(3, 6), np.ones_like(dx)
    material = POLYETHYLENE if rng.random() < 0.6 else ALUMINIUM
    steep = thick * reach / np.sqrt(reach**2 - dx**2)
    sides = ((-outside_mm, -outside_mm + 350), (outside_mm - 350, outside_mm))
    return [
        Loft(material, x + dx, y - steep, y, a * one, b * one, material.density_g_cm3 or 1.0)
        for a, b in sides
    ]


def landing_legs(rng: np.random.Generator, x: float, top: float, half_mm: float) -> Drawn:
    """Two telescopic legs, wound up or nearly, with a shaft between them and braces."""
    size, foot = rng.uniform(95, 130), rng.uniform(280, 480)
    foot = min(foot, top - 420)
    z = half_mm + rng.uniform(0, 200)
    room = Box3(x, x + size, foot + 120, top, z, z + size)
    inner = Box3(x + 12, x + size - 12, foot, top - 250, z + 12, z + size - 12)
    shoe = grid(STEEL, [x - 70, x + size + 70], [foot - 15, foot], [z - 40, z + size + 40], 1)
    gear = grid(STEEL, [x - 20, x + size + 30], [top - 330, top - 180], [z - 20, z + size], 0.45)
    shaft = box(STEEL, Box3(x + 30, x + 60, top - 260, top - 230, -z, z), 3.0)
    tubes = [hollow_box(STEEL, part, rng.uniform(5, 8), "y") for part in (room, inner)]
    solids: list[Solid] = [*(paired(part) for part in (*tubes, shoe, gear)), shaft]
    if rng.random() < 0.7:
        reach = x + rng.choice([-1, 1]) * rng.uniform(450, 800)
        for side in (-1, 1):
            zs = span(side * z, side * (z + 50))
            solids.append(bar(STEEL, (x + size / 2, foot + 200), (reach, top), 50, *zs, 2.2))
    return solids, [Cavity("landing_leg", inner.inset(dx=9, dz=9)._replace(y0=foot + 20, y1=top - 340))]


def air_tank(rng: np.random.Generator, x: float, y: float) -> Drawn:
    """A compressed-air vessel, most often across the frame: a thin ring."""
    radius, wall = rng.uniform(105, 155), rng.uniform(2.0, 3.5)
    material = STEEL if rng.random() < 0.75 else ALUMINIUM
    side, long = rng.choice([-1, 1]), rng.uniform(500, 850)
    half = SQUARE_IN_TANK * radius
    if rng.random() < 0.7:
        z0, z1 = span(side * 60, side * (60 + long))
        tank: Loft | Round = cylinder_across(material, x + radius, y - radius, radius, z0, z1)
        room = Box3(x + radius, x + radius, y - radius, y - radius, z0 + 10, z1 - 10).inset(-half, -half)
    else:
        z = side * rng.uniform(650, 900)
        tank = cylinder_along(material, x, x + long, y - radius, z, radius)
        room = Box3(x + 20, x + long - 20, y - radius, y - radius, z, z).inset(0, -half, -half)
    return [tank, hole(tank, wall)], [Cavity("air_tank", room)]


def fuel_tank(rng: np.random.Generator, x: float, y1: float, long: float, side: int) -> Drawn:
    """A tank of 200 to 700 l, round or boxy, filled to some level."""
    high, wide = min(rng.uniform(500, 680), y1 - 150), rng.uniform(500, 680)
    z0, z1 = span(side * 1230, side * (1230 - wide))
    y0 = y1 - high
    material = ALUMINIUM if rng.random() < 0.65 else STEEL
    wall = rng.uniform(2.5, 4.0) if material is ALUMINIUM else rng.uniform(1.5, 2.5)
    level = y0 + rng.uniform(0.08, 0.95) * high
    inside = Box3(x, x + long, y0, y1, z0, z1).inset(0.1 * long, 0.2 * high, 0.2 * wide)
    if rng.random() < 0.4:
        radius = high / 2
        tank = cylinder_along(material, x, x + long, y0 + radius, (z0 + z1) / 2, radius)
        void = hole(tank, wall)
        half = SQUARE_IN_TANK * radius
        middle = (z0 + z1) / 2
        inside = inside._replace(
            y0=y0 + radius - half, y1=y0 + radius + half, z0=middle - half, z1=middle + half
        )
        solids: list[Solid] = [tank, void, filled_with(void, DIESEL, rng.uniform(0.1, 0.9) * 0.84)]
    else:
        room = Box3(x, x + long, y0, y1, z0, z1)
        solids = [hollow_box(material, room, wall), box(DIESEL, room._replace(y1=level).inset(4, 2, 4))]
    straps = repeated(
        STEEL, [x + 0.22 * long, x + 0.75 * long], [50.0], [y0 - 4, y1 + 4], [z0, z1], [[[0.02]]]
    )
    baffle = box(material, Box3(x + 0.5 * long, x + 0.5 * long + 3, y0 + 10, y1 - 10, z0 + 20, z1 - 20))
    return [*solids, straps, baffle], [Cavity("fuel_tank", inside)]


def spare_wheel(rng: np.random.Generator, x: float, y: float, radius: float, z: float = 0.0) -> Drawn:
    """A wheel that lies flat in its basket under the frame, its top at `y`."""
    width, rim = rng.uniform(280, 370), 0.56 * radius
    low = y - width
    solids: list[Solid] = [
        cylinder_upright(TYRE, x, z, radius, low, y, TYRE_G_CM3),
        cylinder_upright(TYRE, x, z, 0.93 * radius, low + 12, y - 12, -TYRE_G_CM3),
        cylinder_upright(STEEL, x, z, rim, low + 10, y - 10, 7.8),
        cylinder_upright(STEEL, x, z, rim - 10, low + 10, y - 10, -7.8),
        cylinder_upright(STEEL, x, z, rim - 10, y - 120, y - 108, 6.5),
    ]
    basket = Box3(x - radius - 40, x + radius + 40, low - 40, y + 60, z - radius - 20, z + radius + 20)
    rods = [hollow_box(STEEL, basket, 25.0, "xz", 1.2)] if rng.random() < 0.5 else []
    tread = 0.93 * radius
    room = Box3(x - tread, x + tread, low + 12, y - 12, z - tread, z + tread)
    return [*solids, *rods], [Cavity("spare_wheel", room, rim, "y")]


def toolbox(rng: np.random.Generator, x: float, y1: float, side: int) -> Drawn:
    """A box of plastic or sheet steel with some tools, a jack or chains in it."""
    long, high, deep = rng.uniform(350, 900), rng.uniform(350, 550), rng.uniform(350, 550)
    z0, z1 = span(side * 1230, side * (1230 - deep))
    room = Box3(x, x + long, y1 - high, y1, z0, z1)
    material, wall = (STEEL, rng.uniform(1.2, 2)) if rng.random() < 0.5 else (POLYETHYLENE, rng.uniform(5, 8))
    solids: list[Solid] = [hollow_box(material, room, wall)]
    inside = room.inset(12, 12, 12)
    for _ in range(int(rng.integers(0, 5))):
        a, b = np.sort(rng.uniform(inside.x0, inside.x1, 2))
        top = inside.y0 + rng.uniform(0.1, 0.7) * (inside.y1 - inside.y0)
        z = np.sort(rng.uniform(inside.z0, inside.z1, 2))
        solids.append(box(STEEL, Box3(a, b + 20, inside.y0, top, z[0], z[1] + 10), rng.uniform(0.2, 2.5)))
    return solids, [Cavity("toolbox", inside)]


def side_guards(rng: np.random.Generator, x0: float, x1: float) -> list[Solid]:
    """Rails of aluminium between the wheels on both sides, on posts."""
    low = rng.uniform(380, 480)
    y = low + np.array([0, 3, 97, 100, 250, 253, 347, 350])
    filled = np.array([1, 0.05, 1, 0, 1, 0.05, 1])[None, :, None]
    rails = grid(ALUMINIUM, [x0, x1], y, [1215, 1240], filled)
    posts = np.linspace(x0 + 150, x1 - 250, max(int((x1 - x0) / 1400), 2))
    stays = repeated(STEEL, posts, [4.0, 46.0, 4.0], [low, low + 620], [1190, 1215], along_x(1, 0.16, 1))
    return [paired(rails), paired(stays)]


def underrun(rng: np.random.Generator, x1: float, top: float) -> list[Solid]:
    """The bar at the tail, its stays, lamps and mud flaps."""
    low = rng.uniform(380, 540)
    rail = hollow_box(STEEL, Box3(x1 - 110, x1, low, low + 110, -1180, 1180), rng.uniform(3, 5), "z")
    lamps = paired(grid(POLYETHYLENE, [x1 - 60, x1 + 10], [low + 130, low + 290], [700, 1180], 0.4))
    stays = [
        bar(STEEL, (x1 - 60, low + 50), (x1 - rng.uniform(60, 450), top), 70, z, z + 60, 2.0)
        for z in (-500, 440)
    ]
    flap_x = x1 - rng.uniform(350, 500)
    flaps = paired(grid(RUBBER, [flap_x, flap_x + 6], [250, top - 120], [880, 1240], 1, 1.2))
    return [rail, lamps, *stays, flaps]


def cable(rng: np.random.Generator, start: tuple[float, float], end: tuple[float, float], z: float) -> Loft:
    """A hose or cable that hangs between two points."""
    x = np.linspace(min(start[0], end[0]), max(start[0], end[0]), 13)
    along = (x - start[0]) / (end[0] - start[0])
    y = start[1] + along * (end[1] - start[1]) - 4 * rng.uniform(30, 160) * along * (1 - along)
    thick, one = rng.uniform(10, 22), np.ones(13)
    return Loft(RUBBER, x, y, y + thick, (z - thick / 2) * one, (z + thick / 2) * one, rng.uniform(1.2, 2.8))
