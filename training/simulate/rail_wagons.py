"""Rail wagons: flat wagons for containers, covered and open wagons, on bogies. Sizes follow UIC wagons and gondolas."""

import numpy as np

from tallyscan.physics.materials import STEEL, WOOD
from training.simulate.carriers import Carrier
from training.simulate.parts import Cavity, Unit
from training.simulate.running_gear import Drawn
from training.simulate.sections import (
    along_x,
    beam,
    corrugated,
    grid,
    hollow_box,
    paired,
    repeated,
    spaced,
    span,
)
from training.simulate.solids import Box3, Solid, box, cylinder_across, cylinder_along, hole


def bogie(rng: np.random.Generator, x: float) -> list[Solid]:
    """Two wheelsets (920 mm wheels, 1800 mm apart: Y25), side frames, bolster, springs, brake gear."""
    base, radius = rng.uniform(1780, 2000), rng.uniform(420, 475)
    solids: list[Solid] = []
    for wheel_x in (x - base / 2, x + base / 2):
        for side in (-1, 1):
            tyre = span(side * 690, side * 825)
            disc = span(side * 745, side * 775)
            wheel = cylinder_across(STEEL, wheel_x, radius, radius, tyre[0], tyre[1])
            hollow = cylinder_across(STEEL, wheel_x, radius, radius - 70, tyre[0], tyre[1], -7.87)
            web = cylinder_across(STEEL, wheel_x, radius, radius - 70, disc[0], disc[1])
            hub = cylinder_across(STEEL, wheel_x, radius, 130, *span(side * 680, side * 860), 7.0)
            solids += [wheel, hollow, web, hub]
        solids.append(cylinder_across(STEEL, wheel_x, radius, 80, -1000, 1000))
        box_y = [radius - 150, radius + 170]
        solids.append(paired(grid(STEEL, [wheel_x - 170, wheel_x + 170], box_y, [920, 1090], 0.45)))
    frame_y = radius + rng.uniform(60, 120)
    y = [frame_y, frame_y + 15, frame_y + 230, frame_y + 245]
    frame = grid(
        STEEL,
        [x - base / 2 - 300, x + base / 2 + 300],
        y,
        [940, 952, 1060, 1072],
        [[[1] * 3, [1, 0, 1], [1] * 3]],
    )
    bolster = hollow_box(STEEL, Box3(x - 200, x + 200, radius - 60, radius + 330, -1000, 1000), 12, "z")
    springs = repeated(STEEL, x + np.array([-base / 2 - 300, -base / 2 + 180, base / 2 - 300, base / 2 + 180]), [120.0],
                       [radius - 180, radius + 60], [930, 1070], [[[0.25]]])  # fmt: skip
    return [*solids, paired(frame), bolster, paired(springs)]


def underframe(rng: np.random.Generator, x0: float, x1: float, floor: float) -> Drawn:
    """Sole bars and centre sill, bogies, buffers or couplers, brake cylinder and air tank."""
    solids: list[Solid] = []
    low = floor - rng.uniform(280, 380)
    middle = np.array([x0, x0 + 3200, x0 + 4200, x1 - 4200, x1 - 3200, x1])
    belly = low - np.array([0, 0, 1, 1, 0, 0]) * rng.uniform(0, 350)
    for side in (-1, 1):
        solids += beam(
            STEEL, middle, belly, np.full(6, floor - 5), side * rng.uniform(1000, 1180), (170, 18), 10
        )
        solids += beam(STEEL, [x0, x1], [low] * 2, [floor - 5] * 2, side * 175, (120, 14), 10)
    ties = spaced(rng, x0 + 250, x1 - 300, rng.uniform(1100, 2400), 100)
    solids.append(
        repeated(STEEL, ties, [8.0, 110.0], [low + 40, floor - 20], [-1000, 1000], along_x(1, 0.12))
    )
    pivot = rng.uniform(1900, 2500)
    for x in (x0 + pivot, x1 - pivot):
        solids += bogie(rng, x)
    buffers = rng.random() < 0.55
    for x, out in ((x0, -1), (x1, 1)):
        ends = span(x, x + out * 520)
        if buffers:
            for z in (-875.0, 875.0):
                solids.append(cylinder_along(STEEL, *ends, 1050, z, 110, 2.4))
                head = span(x + out * 520, x + out * 620)
                solids.append(cylinder_along(STEEL, *head, 1050, z, 230, 2.0))
        solids.append(box(STEEL, Box3(*span(x - out * 300, x + out * 650), 960, 1140, -90, 90), 3.5))
    tank = cylinder_along(STEEL, (x0 + x1) / 2 - 500, (x0 + x1) / 2 + 400, low - 260, 500, 170)
    brake = cylinder_along(STEEL, (x0 + x1) / 2 + 700, (x0 + x1) / 2 + 1100, low - 200, -300, 160, 2.0)
    rods = box(STEEL, Box3(x0 + 2200, x1 - 2200, low - 120, low - 85, -60, -25))
    solids += [tank, hole(tank, 3.5), brake, rods]
    inside = Box3(x0 + 4300, x1 - 4300, low + 20, floor - 60, -160, 160)
    beside = [inside._replace(z0=z0, z1=z1) for z0, z1 in ((-950, -250), (250, 950))]
    return solids, [Cavity("frame", inside), *(Cavity("floor", room) for room in beside)]


def draw_flat_wagon(rng: np.random.Generator, x0: float, x1: float, floor: float) -> Carrier:
    """A flat wagon with container spigots; sometimes a planked floor."""
    solids, cavities = underframe(rng, x0, x1, floor)
    places = spaced(rng, x0 + 250, x1 - 350, rng.choice([2950.0, 6000.0]), 60)
    spigots = repeated(
        STEEL, places, [140.0], [floor - 60, floor - 4, floor + 75], [1080, 1200], [[[0.5], [0.25]]]
    )
    solids.append(paired(spigots))
    if rng.random() < 0.4:
        solids.append(box(WOOD, Box3(x0 + 100, x1 - 100, floor - 50, floor - 4, -1250, 1250), 0.7))
    return Carrier(tuple(solids), tuple(cavities))


def draw_covered_wagon(rng: np.random.Generator, x0: float) -> tuple[Unit, Carrier]:
    """A covered wagon: sheet steel on posts, sliding doors in the middle, arched roof, lined with plywood."""
    long, floor = rng.uniform(13500, 17000), rng.uniform(1180, 1320)
    half, eaves = rng.uniform(1330, 1480), floor + rng.uniform(2150, 2600)
    outer = Box3(x0, x0 + long, floor - 60, eaves + rng.uniform(250, 550), -half, half)
    solids, cavities = underframe(rng, outer.x0, outer.x1, floor)
    lining, sheet = rng.uniform(15, 25), rng.uniform(1.8, 3.0)
    inner = half - rng.uniform(70, 110)
    walls: list[Solid] = [
        paired(grid(WOOD, [x0 + 60, outer.x1 - 60], [floor, eaves], [inner, inner + lining], 1, 0.65))
    ]
    for side in (-1, 1):
        extent = Box3(x0, outer.x1, floor - 40, eaves, *span(side * (half - 40), side * half))
        walls.append(corrugated(STEEL, extent, "x", "z", sheet, rng.uniform(250, 900), rng.random()))
    posts = spaced(rng, x0 + 60, outer.x1 - 160, rng.uniform(900, 1900), 20)
    rib = along_x(1, 0.2, 1)
    walls.append(
        paired(repeated(STEEL, posts, [6.0, 70.0, 6.0], [floor, eaves], [inner + lining, half - 42], rib))
    )
    middle, door = (x0 + outer.x1) / 2, rng.uniform(1000, 2000)
    walls.append(
        paired(grid(STEEL, [middle - door, middle + door], [floor, eaves], [half + 5, half + 45], 0.07))
    )
    walls.append(
        box(WOOD, Box3(x0 + 40, outer.x1 - 40, floor - rng.uniform(35, 50), floor, -inner, inner), 0.7)
    )
    walls += _arched_roof(outer, eaves)
    for x in (x0, outer.x1 - 40):
        walls.append(
            corrugated(STEEL, Box3(x, x + 40, floor, eaves + 200, -half, half), "z", "x", sheet, 400.0)
        )
    room = Box3(x0 + 70, outer.x1 - 70, floor, eaves, -inner, inner)
    hollows = (
        Cavity("side_wall", room._replace(z0=inner + lining, z1=half - 42)),
        Cavity("side_wall", room._replace(z0=-half + 42, z1=-inner - lining)),
        Cavity("roof", room._replace(y0=eaves - 20, y1=eaves + 0.6 * (outer.y1 - eaves))),
        Cavity("front_wall", room._replace(x1=room.x0 + 300)),
    )
    unit = Unit("wagon", "covered_wagon", outer, room, None, tuple(walls), hollows)
    return unit, Carrier(tuple(solids), tuple(cavities))


def _arched_roof(outer: Box3, eaves: float, sheet_mm: float = 2.0, strips: int = 16) -> list[Solid]:
    """An arch of sheet steel in strips along the wagon, each smeared over its height to its right mass.

    Strips overlap in height: rays nearly along the sheet must not slip between two of them.
    """
    angle = np.linspace(0, np.pi, strips + 1)
    z, y = outer.z1 * -np.cos(angle), eaves + (outer.y1 - eaves) * np.sin(angle)
    roof: list[Solid] = []
    for i in range(strips):
        low, high = span(float(y[i]), float(y[i + 1]))
        width = float(z[i + 1] - z[i])
        lap = max(0.6 * (high - low), 4.0)
        area = sheet_mm * float(np.hypot(high - low, width))
        extent = Box3(outer.x0, outer.x1, low - lap, high + lap, float(z[i]), float(z[i + 1]))
        roof.append(box(STEEL, extent, 7.87 * area / (width * (high - low + 2 * lap))))
    return roof


def draw_open_wagon(rng: np.random.Generator, x0: float) -> tuple[Unit, Carrier]:
    """A high-sided open wagon (gondola) of plate with posts and a strong rim."""
    long, floor = rng.uniform(11500, 14500), rng.uniform(1200, 1420)
    half, top = rng.uniform(1380, 1560), floor + rng.uniform(1500, 2200)
    outer = Box3(x0, x0 + long, floor - 60, top, -half, half)
    solids, cavities = underframe(rng, outer.x0, outer.x1, floor)
    plate = rng.uniform(4, 6)
    tub = hollow_box(STEEL, outer._replace(y0=floor - plate).inset(dz=75), plate, "y")
    walls: list[Solid] = [tub, box(STEEL, Box3(x0, outer.x1, floor - plate, floor, -half + 75, half - 75))]
    posts = spaced(rng, x0 + 40, outer.x1 - 180, rng.uniform(1100, 2000), 20)
    rib = along_x(1, 0.12, 1)
    walls.append(paired(repeated(STEEL, posts, [7.0, 110.0, 7.0], [floor - 60, top], [half - 74, half], rib)))
    walls.append(paired(hollow_box(STEEL, Box3(x0, outer.x1, top - 120, top, half - 90, half), 6, "x")))
    middle = [floor + 0.45 * (top - floor), floor + 0.45 * (top - floor) + 70]
    walls.append(paired(grid(STEEL, [x0, outer.x1], middle, [half - 74, half - 10], 0.15)))
    room = Box3(x0 + 20, outer.x1 - 20, floor, top, -half + 85, half - 85)
    unit = Unit("wagon", "open_wagon", outer, room, None, tuple(walls))
    return unit, Carrier(tuple(solids), tuple(cavities))
