"""Tractors and the front ends of rigid lorries: frame, engine, cab, coupling. Dimensions are typical of data sheets."""

from dataclasses import replace

import numpy as np

from tallyscan.physics.materials import (
    ALUMINIUM,
    COPPER,
    ELECTRONICS,
    GLASS,
    LEAD_ACID,
    POLYETHYLENE,
    POLYURETHANE,
    RUBBER,
    STEEL,
    WATER,
)  # fmt: skip
from training.simulate import running_gear as gear
from training.simulate.carriers import Carrier
from training.simulate.parts import Cavity
from training.simulate.sections import along_x, beam, grid, hollow_box, paired, repeated, spaced, span
from training.simulate.solids import (
    Box3,
    Solid,
    Texture,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    hole,
    prism,
)  # fmt: skip


def draw_tractor(rng: np.random.Generator, kingpin_mm: tuple[float, float], trailer_x0: float) -> Carrier:
    """A tractor coupled at a king pin (x, height of the coupling plate), in front of a trailer that starts at x0.

    Cab-over or with a bonnet, with two or three axles.
    """
    pin, plate_y = kingpin_mm
    frame_top = min(plate_y - rng.uniform(140, 230), 1050.0)
    bonnet = rng.random() < 0.18
    cab_back = min(trailer_x0 - rng.uniform(350, 1100), pin - rng.uniform(2200, 2700))
    cab, cavities = draw_cab(rng, cab_back, frame_top, bonnet)
    front = min(solid.extent.x0 for solid in cab)
    radius = rng.uniform(480, 530)
    three = rng.random() < 0.4
    rear = [pin - 700, pin + 650] if three else [pin - rng.uniform(0, 500)]
    tail = pin + rng.uniform(700, 1100) + (400 if three else 0)
    solids = [*cab, *_frame(rng, front + 120, tail, frame_top, rear)]
    steer = front + rng.uniform(1250, 1500) - (450 if bonnet else 0)
    for x, twin in [(steer, False), *((x, rng.random() < 0.9) for x in rear)]:
        parts, hollows = gear.axle(rng, x, radius, twin)
        solids += parts
        # In the tube of a driven axle turn its shafts.
        cavities += [hollow for hollow in hollows if x == steer or hollow.kind != "axle"]
        if twin and rng.random() < 0.8:
            solids += gear.mudguard(rng, x, radius)
    for x in rear:
        solids += [
            ellipsoid(
                STEEL, Box3(x - 260, x + 260, radius - 230, radius + 230, -220, 220), rng.uniform(3.5, 5)
            ),
            *gear.suspension(rng, x, radius, frame_top - 200, 420),
        ]
    solids += fifth_wheel(rng, pin, frame_top, plate_y)
    parts, hollows = _sides(rng, steer + radius + 120, rear[0] - radius - 120, frame_top)
    for _ in range(int(rng.integers(1, 4))):  # coiled air and electric lines to the trailer
        start = (cab_back, frame_top + rng.uniform(200, 900))
        parts.append(gear.cable(rng, start, (trailer_x0 + 60, plate_y + 180), rng.uniform(-400, 400)))
    return Carrier((*solids, *parts), tuple(cavities + hollows))


def fifth_wheel(rng: np.random.Generator, pin: float, frame_top: float, plate_y: float) -> list[Solid]:
    """The coupling plate with its jaw and pedestal: dense, between tractor and trailer."""
    plate = prism(
        STEEL,
        [(pin - 430, plate_y - 30), (pin - 380, plate_y - 8), (pin + 300, plate_y - 8), (pin + 560, plate_y - 90),
         (pin + 540, plate_y - 120), (pin + 250, plate_y - 70), (pin - 430, plate_y - 70)],
        -440, 440, rng.uniform(2.5, 4.5),
    )  # fmt: skip
    jaw = box(STEEL, Box3(pin - 130, pin + 170, plate_y - 130, plate_y - 20, -170, 170), rng.uniform(4, 6.5))
    low = min(frame_top, plate_y - 140)
    stand = paired(
        grid(STEEL, [pin - 190, pin + 190], [low, plate_y - 60], [330, 440], rng.uniform(0.15, 0.35))
    )
    base = box(STEEL, Box3(pin - 420, pin + 420, low - 14, low, -470, 470))
    return [plate, jaw, stand, base]


def _frame(rng: np.random.Generator, x0: float, x1: float, top: float, rear: list[float]) -> list[Solid]:
    """Ladder frame with engine, gearbox, shaft and radiator."""
    deep = rng.uniform(240, 300)
    solids: list[Solid] = []
    for side in (-1, 1):
        solids += beam(STEEL, [x0, x1], [top - deep] * 2, [top] * 2, side * 415, (rng.uniform(70, 95), 8), 8)
    ties = spaced(rng, x0 + 200, x1 - 150, rng.uniform(700, 1100), 60)
    solids.append(
        repeated(STEEL, ties, [8.0, 90.0], [top - deep + 30, top - 30], [-410, 410], along_x(1, 0.1))
    )
    solids += engine(rng, x0 + rng.uniform(350, 750), top)
    gearbox = x0 + 2000
    solids.append(
        ellipsoid(ALUMINIUM, Box3(gearbox, gearbox + 950, top - 430, top + 40, -260, 260), 1.7, 3.0)
    )
    if rear[0] - 200 > gearbox + 950:
        solids.append(cylinder_along(STEEL, gearbox + 900, rear[0] - 180, top - 260, 0.0, 60, 2.6))
    bumper = hollow_box(STEEL, Box3(x0 - 110, x0, top - deep - 260, top - deep + 120, -1180, 1180), 3, "z")
    holes = spaced(rng, x0 + 300, x1 - 200, rng.uniform(90, 250), 30)  # bolts and brackets along the webs
    bolts = paired(repeated(STEEL, holes, [28.0], [top - 150, top - 120], [390, 440], [[[0.8]]]))
    return [*solids, bumper, bolts]


def engine(rng: np.random.Generator, x0: float, top: float) -> list[Solid]:
    """Block, head, sump and what is bolted to it, 700 to 1200 kg; radiator in front."""
    long, high, wide = rng.uniform(1000, 1350), rng.uniform(850, 1050), rng.uniform(520, 760)
    y0 = top - rng.uniform(480, 620)
    shape = (28, 22, 4)
    coarse = np.kron(rng.gamma(1.2, 0.12, (7, 11, 2)), np.ones((4, 2, 2)))
    filled = coarse + rng.gamma(0.6, 0.12, shape)
    filled[4:24, 6:16, 1:3] += rng.uniform(0.05, 0.2)
    filled *= rng.uniform(800, 1150) / (7.87e-6 * long * high * wide * filled.mean())
    edges = [np.linspace(0, size, n + 1) for size, n in zip((long, high, wide), shape, strict=True)]
    block = grid(STEEL, x0 + edges[0], y0 + edges[1], edges[2] - wide / 2, np.minimum(filled, 1))
    lattice = (1 + 0.35 * rng.standard_normal((24, 30))).clip(0.2, 2).astype(np.float32)
    fan = cylinder_along(POLYETHYLENE, x0 - 130, x0 - 60, y0 + 0.5 * high, 0.0, 330, 0.25)
    radiator = Box3(x0 - 260, x0 - 160, y0 + 60, y0 + high + 120, -430, 430)
    pulley = cylinder_along(STEEL, x0 - 60, x0, y0 + 0.35 * high, 0.0, 130, 5)
    core = box(ALUMINIUM, radiator, rng.uniform(0.45, 0.7))
    coolant = box(WATER, radiator.inset(dy=40, dz=30), 0.25)
    block = replace(block, texture=Texture(lattice))
    cylinders = x0 + 0.15 * long + np.arange(6) * 0.12 * long
    head = repeated(STEEL, cylinders, [0.05 * long], [y0 + high, y0 + high + 110], [-180, 180], [[[0.5]]])
    return [block, fan, core, coolant, pulley, head]


def _sides(rng: np.random.Generator, x0: float, x1: float, top: float) -> gear.Drawn:
    """Fuel tanks, batteries, silencer and air tanks on both sides between the wheels."""
    solids: list[Solid] = []
    cavities: list[Cavity] = []
    room = max(x1 - x0, 700.0)
    left = int(rng.choice([-1, 1]))
    drawn = [
        gear.fuel_tank(
            rng,
            x0 + rng.uniform(0, 0.15) * room,
            top - rng.uniform(0, 90),
            rng.uniform(0.55, 0.8) * room,
            left,
        )
    ]
    if rng.random() < 0.4:
        drawn.append(gear.fuel_tank(rng, x0 + 0.4 * room, top - 40, 0.5 * room, -left))
    else:
        battery = Box3(
            x0 + 0.62 * room,
            x0 + 0.62 * room + 520,
            top - 330,
            top - 100,
            *span(-left * 700.0, -left * 1180.0),
        )
        solids += [box(LEAD_ACID, battery, 2.0), hollow_box(POLYETHYLENE, battery.inset(-20, -20, -10), 6)]
    silencer = Box3(x0, x0 + 0.42 * room, top - 560, top - 40, *span(-left * 560.0, -left * 1180.0))
    solids += [
        hollow_box(STEEL, silencer, 3.0),
        box(STEEL, silencer.inset(60, 60, 60), rng.uniform(0.2, 0.6)),
    ]
    for _ in range(int(rng.integers(1, 4))):
        drawn.append(gear.air_tank(rng, x0 + rng.uniform(0, 0.9) * room, top - rng.uniform(0, 120)))
    for parts, hollows in drawn:
        solids += parts
        cavities += hollows
    if rng.random() < 0.4:
        pipe = cylinder_upright(
            STEEL,
            x0 - rng.uniform(0, 200),
            -left * 900,
            rng.uniform(60, 90),
            top,
            top + rng.uniform(600, 2000),
        )
        solids += [pipe, hole(pipe, 2.5)]
    return solids, cavities


def draw_cab(
    rng: np.random.Generator, back: float, frame_top: float, bonnet: bool
) -> tuple[list[Solid], list[Cavity]]:
    """A cab of sheet steel whose rear wall is at x = `back`: shell, glass, seats, dashboard, bunk, spoiler."""
    long = rng.uniform(1500, 1800) if rng.random() < 0.4 else rng.uniform(2000, 2350)
    low, high = frame_top + rng.uniform(0, 120), rng.uniform(2500, 3750)
    half, front = rng.uniform(1130, 1245), back - long
    rake = rng.uniform(40, 260) + (250 if bonnet else 0)
    waist = low + rng.uniform(0.35, 0.45) * (min(high, 3000) - low)
    brow = min(waist + rng.uniform(750, 950), high - 60)
    corners = [
        (front, low),
        (front, waist),
        (front + rake, brow),
        (front + rake + 60, high),
        (back, high - 40),
        (back, low),
    ]
    shell = prism(STEEL, corners, -half, half)
    solids: list[Solid] = [shell, hole(shell, rng.uniform(1.2, 2.2))]
    glass = bar(GLASS, (front + 8, waist), (front + rake, brow), rng.uniform(5, 7), -half + 60, half - 60)
    pillar = paired(grid(STEEL, [back - 140, back - 20], [low, high - 60], [half - 60, half], 0.14))
    door_x = front + rake + rng.uniform(60, 160)
    frame = hollow_box(STEEL, Box3(door_x, door_x + 900, low + 60, brow, half - 70, half - 10), 2.0)
    window = Box3(door_x + 60, door_x + 840, waist + 40, brow - 60, half - 72, half - 8)
    away = grid(STEEL, window[0:2], window[2:4], window[4:6], -4.0 / 64)
    pane = grid(GLASS, window[0:2], window[2:4], [half - 40, half - 35], 1)
    solids += [glass, pillar, *(paired(part) for part in (frame, away, pane))]
    dash = Box3(
        front + 120, front + 120 + rng.uniform(380, 560), waist - 380, waist + 60, -half + 60, half - 60
    )
    solids += [box(ELECTRONICS, dash, rng.uniform(0.08, 0.2)), hollow_box(POLYETHYLENE, dash, 4)]
    wheel = bar(POLYETHYLENE, (dash.x1 + 60, waist + 150), (dash.x1 + 260, waist + 30), 35, 300, 760, 0.35)
    solids.append(wheel)
    seat_x, seat_y = dash.x1 + rng.uniform(250, 420), low + rng.uniform(380, 520)
    seats = [
        (Box3(seat_x, seat_x + 500, seat_y, seat_y + 130, 350, 880), POLYURETHANE, 0.07),
        (Box3(seat_x + 380, seat_x + 520, seat_y + 100, seat_y + 800, 360, 870), POLYURETHANE, 0.07),
        (Box3(seat_x + 60, seat_x + 420, low + 120, seat_y, 420, 800), STEEL, 0.3),
        (Box3(seat_x + 440, seat_x + 470, seat_y + 100, seat_y + 760, 400, 830), STEEL, 0.35),
    ]
    solids += [paired(grid(m, e[0:2], e[2:4], e[4:6], 1, rho)) for e, m, rho in seats]
    if long > 1900:
        bunk = Box3(back - 750, back - 40, low + 480, low + 600, -half + 80, half - 80)
        solids += [
            box(POLYURETHANE, bunk, 0.05),
            box(STEEL, bunk._replace(y0=bunk.y0 - 30, y1=bunk.y0), 0.35),
        ]
    floor = box(STEEL, Box3(front + 80, back - 20, low, low + 6, -half + 20, half - 20))
    rubber = box(RUBBER, Box3(front + 80, back - 20, low + 6, low + 12, -half + 20, half - 20), 1.2)
    wires = [
        cylinder_across(COPPER, dash.x0 + rng.uniform(50, 300), waist - 100, 15, -half + 80, half - 80, 3.0)
    ]
    mirror = paired(
        grid(GLASS, [front + 40, front + 130], [waist + 60, brow - 100], [half + 40, half + 260], 0.3)
    )
    solids += [floor, rubber, *wires, mirror]
    if rng.random() < 0.4:
        top = min(high + rng.uniform(300, 800), 4000)
        if top > high + 100:
            solids.append(
                bar(POLYETHYLENE, (front + rake + 300, high), (back, top), 8, -half + 80, half - 80)
            )
    if bonnet:
        solids += _bonnet(rng, front, low, waist, half)
    inside = Box3(front + rake + 60, back - 60, low + 40, high - 90, -half + 30, half - 30)
    return solids, [Cavity("cab", inside)]


def _bonnet(rng: np.random.Generator, cab_front: float, low: float, waist: float, half: float) -> list[Solid]:
    nose = cab_front - rng.uniform(1100, 1800)
    corners = [(nose, low - 200), (nose + 60, waist - 150), (cab_front, waist + 20), (cab_front, low - 200)]
    hood = prism(STEEL, corners, -0.75 * half, 0.75 * half)
    grille = box(ALUMINIUM, Box3(nose - 25, nose, low - 150, waist - 180, -500, 500), 0.8)
    return [hood, hole(hood, rng.uniform(1.2, 2.0)), grille]
