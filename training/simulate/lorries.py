"""Vehicles that carry their load on one frame: rigid lorries and panel vans."""

import numpy as np

from tallyscan.physics.materials import GLASS, POLYETHYLENE, POLYURETHANE, STEEL, WOOD
from training.simulate import running_gear as gear
from training.simulate.carriers import Carrier
from training.simulate.parts import Cavity, Unit
from training.simulate.sections import along_x, beam, grid, hollow_box, paired, repeated, spaced
from training.simulate.solids import Box3, Loft, Solid, bar, box, hole, prism
from training.simulate.tractors import draw_cab, engine
from training.simulate.trailers import draw_body


def draw_rigid(rng: np.random.Generator, x0_mm: float) -> tuple[Unit, Carrier]:
    """A lorry of 6 to 26 t with a closed body from `x0_mm` on; its cab lies before that."""
    size = rng.uniform(0, 1)
    long = 4200 + 4500 * size + rng.uniform(-400, 400)
    radius = 370 + 140 * size
    deck = 2 * radius + rng.uniform(60, 160)
    top = min(deck + rng.uniform(2000, 2900), 4000)
    half = 1040 + 220 * size
    outer = Box3(x0_mm, x0_mm + long, deck, top, -half, half)
    kind = str(rng.choice(["box_body", "curtain_body", "refrigerated_body"], p=[0.5, 0.3, 0.2]))
    unit = draw_body(rng, kind, outer)
    frame_top = deck - rng.uniform(10, 60)
    cab, cavities = draw_cab(rng, x0_mm - rng.uniform(500, 700), frame_top - 150 * size, False)
    front = min(solid.extent.x0 for solid in cab)
    solids: list[Solid] = list(cab)
    for side in (-1, 1):
        solids += beam(
            STEEL, [front, outer.x1 - 100], [frame_top - 240] * 2, [frame_top] * 2, side * 420, (80, 7), 7
        )
    solids += engine(rng, front + 400, frame_top)
    steer = front + rng.uniform(1150, 1450)
    rear = [outer.x1 - (0.25 + 0.1 * rng.random()) * long]
    if size > 0.75:
        rear.append(rear[0] + 1350)
    for x, twin in [(steer, False), *((x, True) for x in rear)]:
        parts, hollows = gear.axle(rng, x, radius, twin, half - 10)
        solids += parts
        cavities += hollows
        solids += gear.suspension(rng, x, radius, frame_top - 200, 420)
    x0, x1 = steer + radius + 150, rear[0] - radius - 150
    hung = [gear.fuel_tank(rng, x0, frame_top - 40, 0.35 * (x1 - x0), int(rng.choice([-1, 1])))]
    hung += [
        gear.air_tank(rng, x0 + rng.uniform(0.3, 0.8) * (x1 - x0), frame_top - 60),
        (gear.side_guards(rng, x0, x1), []),
    ]
    for parts, hollows in hung:
        solids += parts
        cavities += hollows
    solids += gear.underrun(rng, outer.x1, frame_top)
    return unit, Carrier(tuple(solids), tuple(cavities))


def draw_panel_van(rng: np.random.Generator, x0_mm: float) -> tuple[Unit, Carrier]:
    """A van of one shell (L2H2 to L4H3 by data sheets); its load space starts at `x0_mm`, behind the seats."""
    long, floor = rng.uniform(2600, 4400), rng.uniform(560, 720)
    top, half = floor + rng.uniform(1450, 2100), rng.uniform(900, 1010)
    wall, sheet = rng.uniform(60, 110), rng.uniform(0.8, 1.1)
    outer = Box3(x0_mm, x0_mm + long, floor - rng.uniform(30, 60), top, -half, half)
    lean = 0.93
    room = Box3(x0_mm + 40, outer.x1 - 70, floor, top - 60, -half + wall, half - wall)
    walls: list[Solid] = []
    for a, b in ((outer.y0, floor + 900), (floor + 900, top)):
        face = half if a == outer.y0 else half * lean
        walls.append(paired(grid(STEEL, [outer.x0, outer.x1], [a, b], [face - sheet, face], 1)))
    ribs = spaced(rng, outer.x0 + 80, outer.x1 - 150, rng.uniform(450, 900), 60)
    rib = along_x(1, 0.06, 1)
    walls.append(
        paired(
            repeated(
                STEEL,
                ribs,
                [2.0, rng.uniform(50, 100), 2.0],
                [floor, top - 40],
                [half - wall, half - 25],
                rib,
            )
        )
    )
    waist = floor + rng.uniform(700, 950)
    walls.append(
        paired(grid(STEEL, [outer.x0, outer.x1], [waist, waist + 60], [half - wall, half - 30], 0.06))
    )
    walls.append(box(STEEL, Box3(outer.x0, outer.x1, top - sheet, top, -half * lean, half * lean)))
    bows = repeated(STEEL, ribs, [60.0], [top - 45, top - 5], [-0.85 * half, 0.85 * half], [[[0.08]]])
    pan = box(STEEL, Box3(outer.x0, outer.x1, outer.y0, outer.y0 + 1.6, -half + 40, half - 40))
    board = box(WOOD, Box3(room.x0, room.x1, floor - rng.uniform(9, 15), floor, room.z0, room.z1), 0.68)
    pressed = repeated(STEEL, ribs + 110, [90.0], [outer.y0, floor - 15], [-half + 60, half - 60], [[[0.08]]])
    gate = Box3(outer.x1 - 60, outer.x1, floor, top - 70, -half + 40, half - 40)
    walls += [bows, pan, board, pressed, hollow_box(STEEL, gate, 1.2)]
    if rng.random() < 0.7:
        walls.append(box(STEEL, Box3(outer.x0, outer.x0 + 1.5, floor, top - 80, -half + 60, half - 60)))
    if rng.random() < 0.5:
        lining = [floor, floor + rng.uniform(500, 1300)]
        walls.append(paired(grid(WOOD, [room.x0, room.x1], lining, [room.z1, room.z1 + 5], 1, 0.65)))
    cavities = (
        Cavity("side_wall", room._replace(z0=half - wall, z1=half - 5)),
        Cavity("side_wall", room._replace(z0=-half + 5, z1=-half + wall)),
        Cavity("door_end", room._replace(x0=room.x1 - 900)),
        Cavity("front_wall", room._replace(x1=room.x0 + 250)),
        Cavity("floor", Box3(room.x0, room.x1, outer.y0 + 3, floor - 16, room.z0, room.z1)),
        Cavity("roof", Box3(room.x0, room.x1, top - 55, top - 5, -0.85 * half, 0.85 * half)),
    )
    unit = Unit("van", "panel_van", outer, room, "x1", tuple(walls), cavities)
    return unit, _van_front(rng, outer, floor, half)


def _van_front(rng: np.random.Generator, outer: Box3, floor: float, half: float) -> Carrier:
    """Bonnet, cab and wheels of a van."""
    back, low = outer.x0, outer.y0 - 180
    nose = back - rng.uniform(2150, 2500)
    corners = [
        (nose, low), (nose + 60, low + 620), (nose + 900, low + 900), (nose + 1550, outer.y1 - 60),
        (back, outer.y1), (back, low),
    ]  # fmt: skip
    shell = prism(STEEL, corners, -half, half)
    screen = bar(GLASS, (nose + 850, low + 900), (nose + 1500, outer.y1 - 90), 6, -half + 80, half - 80)
    solids: list[Solid] = [shell, hole(shell, rng.uniform(1.1, 1.6)), screen]
    bay = Box3(nose + 150, nose + 750, low + 60, low + 680, -420, 420)
    shape = (20, 18, 4)
    lattice = np.kron(rng.gamma(1.2, 0.05, (5, 6, 2)), np.ones((4, 3, 2))) + rng.gamma(0.6, 0.05, shape)
    edges = [np.linspace(bay[2 * i], bay[2 * i + 1], n + 1) for i, n in enumerate(shape)]
    solids += [
        grid(STEEL, edges[0], edges[1], edges[2], lattice),
        box(POLYETHYLENE, Box3(nose - 60, nose, low, low + 450, -half, half), 0.3),
    ]
    seat = Box3(back - 650, back - 200, low + 480, low + 600, 200, half - 120)
    rest = Box3(back - 250, back - 130, low + 560, low + 1250, 220, half - 140)
    solids += [paired(grid(POLYURETHANE, e[0:2], e[2:4], e[4:6], 1, 0.08)) for e in (seat, rest)]
    solids.append(
        paired(grid(STEEL, [back - 600, back - 220], [low + 250, low + 480], [240, half - 160], 0.04))
    )
    dash = Box3(nose + 900, nose + 1300, low + 640, low + 960, -half + 60, half - 60)
    solids.append(hollow_box(POLYETHYLENE, dash, 6))
    sills = grid(
        STEEL,
        [nose + 600, outer.x1 - 200],
        [low + 60, low + 62, low + 178, low + 180],
        [half - 140, half - 60],
        [[[1.0], [0.05], [1.0]]],
    )
    solids.append(paired(sills))
    cavities = [Cavity("cab", Box3(nose + 1550, back - 40, low + 200, outer.y1 - 120, -half + 60, half - 60))]
    radius = rng.uniform(320, 370)
    for x in (nose + rng.uniform(850, 1000), outer.x1 - rng.uniform(900, 1300)):
        parts, hollows = gear.axle(rng, x, radius, False, half)
        solids += parts
        cavities += hollows
    parts, hollows = gear.fuel_tank(rng, back + 100, low + 180, 750, 1)
    solids += parts
    cavities += hollows
    arches = outer.x1 - 1500
    one = np.ones(9)
    along = np.linspace(arches, arches + 900, 9)
    arch = floor + 260 * np.sin(np.linspace(0, np.pi, 9))
    for a, b in ((-half + 10, -half + 260), (half - 260, half - 10)):
        solids.append(Loft(STEEL, along, arch - 2, arch, a * one, b * one, 7.87))
    return Carrier(tuple(solids), tuple(cavities))
