"""Semi-trailer chassis for containers and bodies: skeletal, gooseneck, flatbed, and beds with side boards."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tallyscan.physics.materials import STEEL, WOOD
from training.simulate import running_gear as gear
from training.simulate.parts import Cavity
from training.simulate.sections import along_x, beam, grid, hollow_box, paired, repeated, spaced, span
from training.simulate.solids import Box3, Loft, Solid, box

ChassisKind = Literal["gooseneck", "skeletal", "flatbed", "body"]


@dataclass(frozen=True, eq=False)
class Carrier:
    """What carries units, with the hollows in it where things get hidden."""

    solids: tuple[Solid, ...] = ()
    cavities: tuple[Cavity, ...] = ()


def joined(*carriers: Carrier) -> Carrier:
    """Several carriers as one: a tractor and its chassis."""
    return Carrier(
        tuple(solid for carrier in carriers for solid in carrier.solids),
        tuple(cavity for carrier in carriers for cavity in carrier.cavities),
    )


@dataclass(frozen=True)
class Chassis:
    """A chassis and where its king pin is: x, and the height of the coupling plate."""

    carrier: Carrier
    kingpin_mm: tuple[float, float]


def draw_chassis(
    rng: np.random.Generator, kind: ChassisKind, x0: float, x1: float, deck_mm: float
) -> Chassis:
    """A semi-trailer's frame with all its running gear, from x0 (coupled end) to x1.

    Containers or a body stand on `deck_mm`; wheels fit below it from about 1000 mm on. `body` is only the frame under
    a trailer's body, which brings its own floor.
    """
    radius = min(rng.uniform(470, 540), (deck_mm - 60) / 2)
    kingpin = x0 + rng.uniform(650, min(1500, 0.12 * (x1 - x0)))
    axles = _axle_places(rng, x0, x1)
    half = rng.uniform(380, 460) if kind == "gooseneck" else rng.uniform(430, 620)
    solids, under, neck_low = _frame(rng, kind, (x0, x1), kingpin, axles, deck_mm, half)
    cavities: list[Cavity] = []
    if axles[0] - 600 > kingpin + 2300:
        web = Box3(kingpin + 2200, axles[0] - 600, under + 40, deck_mm - 130, half - 60, half - 5)
        cavities.append(Cavity("frame", web))
    twin = rng.random() < 0.4
    for x in axles:
        part, hollows = gear.axle(rng, x, radius, twin)
        solids += part
        cavities += hollows
        solids += gear.suspension(rng, x, radius, under, half)
        if rng.random() < 0.7:
            solids += gear.mudguard(rng, x, min(radius, (deck_mm - 75) / 2))
    middle = min(kingpin + rng.uniform(1700, 2600), axles[0] - radius - 250)
    for part, hollows in _hung(rng, middle, axles[0] - radius - 250, under, half, radius):
        solids += part
        cavities += hollows
    if rng.random() < 0.85:
        solids += gear.underrun(rng, x1, under + 100)
    if kind == "flatbed":
        solids += _bed(rng, x0, x1, deck_mm, half)
        if rng.random() < 0.6:
            solids += side_boards(rng, x0, x1, deck_mm)
    elif kind != "body":
        solids += _bolsters(rng, kind, x0, x1, deck_mm, half)
    if rng.random() < 0.35:
        solids += _end_stops(rng, x0, x1, deck_mm)
    return Chassis(Carrier(tuple(solids), tuple(cavities)), (kingpin, neck_low))


def _axle_places(rng: np.random.Generator, x0: float, x1: float) -> list[float]:
    count = int(rng.choice([2, 3, 3])) if x1 - x0 > 9000 else 2
    pitch = rng.uniform(1250, 1450)
    last = x1 - rng.uniform(650, min(3200, 0.26 * (x1 - x0)))
    return [last - (count - 1 - i) * pitch for i in range(count)]


def _frame(
    rng: np.random.Generator, kind: str, ends: tuple[float, float], kingpin: float, axles: list[float],
    deck: float, half: float,
) -> tuple[list[Solid], float, float]:  # fmt: skip
    """Main beams and what ties them, the lower edge in the middle, and that of the neck."""
    x0, x1 = ends
    neck, deep = min(rng.uniform(130, 240), max(deck - 930, 115)), rng.uniform(340, 520)
    tail = max(rng.uniform(180, 420), deck - rng.uniform(950, 1150))
    deep = max(deep, tail)
    raised = 95.0 if kind == "gooseneck" else 0.0
    x_a, x_b = kingpin + rng.uniform(700, 1300), kingpin + rng.uniform(1500, 2600)
    x_c = axles[0] - rng.uniform(300, 1200)
    x_d = min(x_c + rng.uniform(300, 900), axles[-1])
    x = np.maximum.accumulate(np.array([x0, x_a, x_b, x_c, x_d, x1])) + np.arange(6)
    low = deck - np.array([neck - raised, neck - raised, deep, deep, tail, tail * rng.uniform(0.6, 1)])
    if rng.random() < 0.35:  # straight below from the step to the tail
        low[3:] = low[2]
    top_main = deck - (rng.uniform(10, 40) if raised else 0.0)
    high = np.where(x <= x_a + 1, deck + raised, top_main)
    flange, web = (rng.uniform(110, 180), rng.uniform(10, 17)), rng.uniform(5, 8)
    solids: list[Solid] = []
    for side in (-1, 1):
        solids += beam(STEEL, x, low, high, side * half, flange, web)
    ties = spaced(rng, x_b, x1 - 250, rng.uniform(900, 2200), 150)
    tie_y = [deck - rng.uniform(220, 320), deck - rng.uniform(50, 120)]
    profile = np.array([[1], [0.25]])[:, :, None]
    solids.append(repeated(STEEL, ties, [5.0, rng.uniform(50, 90)], tie_y, [-half, half], profile))
    stiff = spaced(rng, x_b + 200, x_c - 100, rng.uniform(350, 1500), 80)
    plates = [deck - 0.85 * deep, deck - 40]
    solids.append(paired(repeated(STEEL, stiff, [8.0], plates, [half - 65, half + 65], [[[1]]])))
    neck_low = float(low[0])
    plate = box(STEEL, Box3(kingpin - 550, kingpin + 550, neck_low - 10, neck_low, -half - 60, half + 60))
    pin = box(STEEL, Box3(kingpin - 45, kingpin + 45, neck_low - 90, neck_low - 10, -40, 40), 6.0)
    solids += [plate, pin]
    for z in rng.uniform(-0.9, 0.9, 2) * half:
        solids.append(gear.cable(rng, (x_a, neck_low + 60), (axles[-1], float(low[4]) + 100), float(z)))
    return solids, float(low[2]), neck_low


def _hung(
    rng: np.random.Generator, x0: float, x1: float, under: float, half: float, radius: float
) -> list[gear.Drawn]:
    """Legs, air tanks, spare wheel, boxes and guards between the coupling and the axles."""
    drawn = [gear.landing_legs(rng, x0, under + rng.uniform(40, 200), half)]
    room = x1 - x0 - 300
    if room < 400:
        return drawn
    for _ in range(int(rng.integers(1, 3))):
        drawn.append(gear.air_tank(rng, x0 + 250 + rng.uniform(0.1, 0.9) * room, under + rng.uniform(0, 260)))
    if rng.random() < 0.45 and room > 2200:
        x = x0 + 300 + radius + rng.uniform(0, room - 2 * radius - 300)
        drawn.append(gear.spare_wheel(rng, x, under - 30, radius))
    for _ in range(int(rng.integers(0, 3))):
        side = int(rng.choice([-1, 1]))
        drawn.append(gear.toolbox(rng, x0 + 250 + rng.uniform(0, max(room - 900, 1)), under + 60, side))
    if rng.random() < 0.45 and room > 1800:
        drawn.append((gear.side_guards(rng, x0 + 350, x1), []))
    return drawn


def _bolsters(
    rng: np.random.Generator, kind: str, x0: float, x1: float, deck: float, half: float
) -> list[Solid]:
    """Cross beams under container corners with their twist locks; seen as blocks above the frame."""
    places = [x0 + 20, x1 - 200]
    if x1 - x0 > 11000:
        middle = (x0 + x1) / 2
        places += [middle - 260, middle + 90] if rng.random() < 0.8 else [x0 + 3000, x1 - 3200]
    high = rng.uniform(110, 190)
    solids: list[Solid] = []
    for x in places:
        raised = kind == "gooseneck" and x < x0 + 2500
        room = Box3(x, x + 170, deck - high, deck - 8, half if raised else -1180, 1180)
        tube = hollow_box(STEEL, room, rng.uniform(5, 9), "z")
        solids.append(paired(tube) if raised else tube)
    locks = repeated(STEEL, places, [35.0, 100.0, 35.0], [deck - 190, deck - 20, deck], [1080, 1200], _LOCK)
    heads = repeated(STEEL, np.asarray(places) + 50, [70.0], [deck, deck + 95], [1115, 1165], [[[0.75]]])
    outriggers = spaced(rng, x0 + 2500, x1 - 700, rng.uniform(1500, 3500), 200)
    arms = repeated(STEEL, outriggers, [6.0, 60.0], [deck - 160, deck - 60], [half, 1150], along_x(1, 0.12))
    return [*solids, paired(locks), paired(heads), paired(arms)]


_LOCK = np.array([[[0.5], [1]], [[0.35], [0.9]], [[0.5], [1]]])


def _bed(rng: np.random.Generator, x0: float, x1: float, deck: float, half: float) -> list[Solid]:
    """A platform on cross members: planks or chequer plate inside edge rails."""
    plate = rng.uniform(3, 5) if rng.random() < 0.5 else 0.0
    planks = rng.uniform(25, 45)
    thick = plate or planks
    sheet = Box3(x0 + 20, x1 - 20, deck - thick, deck, -1190, 1190)
    solids: list[Solid] = [box(STEEL, sheet) if plate else box(WOOD, sheet, rng.uniform(0.6, 0.85))]
    members = spaced(rng, x0 + 150, x1 - 250, rng.uniform(350, 700), 15)
    t, y1 = rng.uniform(3.5, 5), deck - thick
    y = [y1 - rng.uniform(90, 130), y1 - 85, y1 - t, y1]
    solids.append(
        repeated(STEEL, members, [t, 50.0], y, [-1180, 1180], np.array([[1, 1, 1], [1, 0, 1]])[:, :, None])
    )
    rail = [deck - rng.uniform(130, 200), deck - 125, deck - 6, deck]
    solids.append(paired(grid(STEEL, [x0, x1], rail, [1190, 1240, 1246], [[[1, 1], [0, 1], [1, 1]]])))
    places = spaced(rng, x0 + 300, x1 - 500, rng.choice([2900.0, 5900.0, 12000.0]), 60)
    heads = repeated(
        STEEL, places, [60.0, 50.0, 60.0], [deck - 150, deck - 20, deck + 10], [1080, 1200], _LOCK
    )
    solids.append(paired(heads))
    ends = grid(
        STEEL, [x0, x0 + 8, x1 - 8, x1], [deck - 180, deck], [-1220, 1220], np.array([1, 0, 1])[:, None, None]
    )
    return [*solids, ends, box(STEEL, Box3(x0 + 300, x1 - 300, deck - 40, deck - 30, -half - 40, -half + 40))]


def side_boards(rng: np.random.Generator, x0: float, x1: float, deck: float) -> list[Solid]:
    """Boards, stake frames or blocks at the edges of a bed; a fan beam lifts those near its source above the floor."""
    long = rng.uniform(600, 1000) if rng.random() < 0.6 else rng.uniform(2600, 3900)
    count = int(np.clip((x1 - x0) / rng.uniform(1.3, 3.2) / long, 2, 6))
    starts = np.linspace(x0 + rng.uniform(300, 1200), x1 - long - rng.uniform(100, 800), count)
    starts = starts + rng.normal(0, 60, count)
    high, sunk = rng.uniform(120, 420), rng.uniform(60, 420)
    post, plate = rng.uniform(60, 130), rng.uniform(0.03, 0.12)
    parts = max(int(long / rng.uniform(350, 1200)), 1)
    bay = (long - (parts + 1) * post) / parts
    widths = [post, *([bay, post] * parts)]
    y = [deck - sunk, deck - 0.45 * sunk, deck, deck + high - 12, deck + high]
    profile = np.full((len(widths), 4, 1), plate)
    profile[0::2] = rng.uniform(0.12, 0.3)
    profile[:, 3] = rng.uniform(0.3, 0.7)
    profile[[0, -1], :2] = rng.uniform(0.3, 0.8)
    depth = rng.uniform(40, 100)
    solids: list[Solid] = []
    for side in (-1, 1) if rng.random() < 0.7 else (int(rng.choice([-1, 1])),):
        z = span(side * 1250.0, side * (1250.0 + depth))
        solids.append(repeated(STEEL, starts, widths, y, z, profile))
    if rng.random() < 0.5:  # rods or chains that tie both sides together below the bed
        for x in starts:
            knots = np.linspace(x, x + long, 7)
            low = deck - 0.5 * sunk - 60 * np.sin(np.linspace(0, np.pi, 7))
            one = np.ones(7)
            solids.append(Loft(STEEL, knots, low, low + 25, -1200 * one, -1150 * one, 6.0))
    return solids


def _end_stops(rng: np.random.Generator, x0: float, x1: float, deck: float) -> list[Solid]:
    """Wings that guide a container onto its place, in front and at the tail."""
    high, lean = rng.uniform(150, 420), rng.uniform(40, 160)
    thick = rng.uniform(30, 110)
    solids: list[Solid] = []
    for x, outward in ((x0, -1), (x1, 1)):
        knots = np.sort(np.array([x, x + outward * lean]))
        rise = deck + np.array([high, 0.0]) if outward < 0 else deck + np.array([0.0, high])
        one = np.ones(2)
        for z0, z1 in ((-1150, -1020), (1020, 1150)):
            low = np.minimum(rise - thick - 60, deck - 100)
            solids.append(Loft(STEEL, knots, low, rise, z0 * one, z1 * one, rng.uniform(1.0, 3.5)))
    return solids
