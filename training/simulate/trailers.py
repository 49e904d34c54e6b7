"""Semi-trailers that are a cargo space themselves: curtain-side, box, refrigerated, tank, open and tipper."""

from typing import Literal

import numpy as np

from tallyscan.physics.attenuation import Material
from tallyscan.physics.materials import ALUMINIUM, PVC, STEEL, WOOD
from training.simulate.carriers import Chassis, draw_chassis
from training.simulate.container_frame import door_end
from training.simulate.parts import Cavity, Unit
from training.simulate.reefers import insulated_body, insulation_cavities, refrigeration_unit, t_floor
from training.simulate.sections import along_x, corrugated, grid, hollow_box, paired, repeated, spaced, span
from training.simulate.solids import Box3, Loft, Solid, box, density_of, prism
from training.simulate.tanks import clad_vessel, support_legs, vessel_rings

TrailerKind = Literal[
    "curtain_trailer", "box_trailer", "refrigerated_trailer", "tank_trailer", "open_trailer", "tipper_trailer"
]


def draw_trailer(rng: np.random.Generator, kind: TrailerKind, x0_mm: float) -> tuple[Unit, Chassis]:
    """A trailer from `x0_mm` on, doors or tailgate at its far end: the cargo space, and the frame with its wheels.

    13.6 m or shorter, 2550 mm wide, 4 m high at most (EU 96/53), with what tolerances make of it.
    """
    long = rng.uniform(13300, 13750) if rng.random() < 0.6 else rng.uniform(8500, 12800)
    if kind == "tipper_trailer":
        long = rng.uniform(7200, 10500)
    deck = rng.uniform(1060, 1200)
    chassis = draw_chassis(rng, "body", x0_mm, x0_mm + long, deck)
    half = rng.uniform(1240, 1285)
    top = rng.uniform(3750, 4050)
    outer = Box3(x0_mm, x0_mm + long, deck, top, -half, half)
    if kind == "tank_trailer":
        return _tank(rng, outer), chassis
    if kind == "tipper_trailer":
        return _tipper(rng, outer), chassis
    if kind == "open_trailer":
        return _open(rng, outer), chassis
    return draw_body(rng, kind, outer), chassis


def draw_body(rng: np.random.Generator, kind: str, outer: Box3) -> Unit:
    """A closed body on a frame, of a trailer or of a rigid lorry: curtain-side, box or refrigerated."""
    if kind.startswith("curtain"):
        return _curtain(rng, kind, outer)
    if kind.startswith("refrigerated"):
        return _refrigerated(rng, kind, outer)
    return _box(rng, kind, outer)


def _floor(rng: np.random.Generator, outer: Box3, floor: float, planks: bool = True) -> list[Solid]:
    """Plywood on cross members between side raves."""
    thick = rng.uniform(24, 32) if planks else 4.0
    members = spaced(rng, outer.x0 + 120, outer.x1 - 200, rng.uniform(280, 600), 12)
    t, y1 = rng.uniform(3.0, 4.5), floor - thick
    y = [outer.y0, outer.y0 + t, y1 - t, y1]
    profile = np.array([[1, 1, 1], [1, 0, 1]])[:, :, None]
    metal: Material = STEEL if rng.random() < 0.75 else ALUMINIUM
    plate = Box3(outer.x0 + 30, outer.x1 - 40, floor - thick, floor, outer.z0 + 40, outer.z1 - 40)
    rave = [outer.y0 - rng.uniform(0, 60), outer.y0 + 5, floor - 4, floor]
    edge = [outer.z1 - 45, outer.z1 - 5, outer.z1]
    return [
        box(WOOD, plate, rng.uniform(0.62, 0.8)) if planks else box(metal, plate),
        repeated(metal, members, [t, rng.uniform(40, 60)], y, [outer.z0 + 45, outer.z1 - 45], profile),
        paired(grid(metal, [outer.x0, outer.x1], rave, edge, [[[1, 1], [0, 1], [1, 1]]])),
    ]  # fmt: skip


def _doors(rng: np.random.Generator, outer: Box3, metal: Material) -> list[Solid]:
    """Rear frame, and two door leaves with their locking bars."""
    depth, post = 60.0, rng.uniform(60, 110)
    frame = Box3(outer.x1 - post, outer.x1, outer.y0 + 40, outer.y1, outer.z1 - post, outer.z1)
    header = Box3(outer.x1 - 90, outer.x1, outer.y1 - rng.uniform(80, 150), outer.y1, outer.z0, outer.z1)
    skin = Box3(outer.x1 - 62, outer.x1 - 40, outer.y0 + 160, outer.y1 - 90, outer.z0 + 80, outer.z1 - 80)
    sheet: list[Solid] = [box(metal, skin, rng.uniform(0.5, 1.0) if metal is not STEEL else 0.7)]
    posts = paired(hollow_box(metal, frame, rng.uniform(3, 5), "y"))
    return [posts, hollow_box(metal, header, rng.uniform(2.5, 4), "z"), *door_end(rng, outer, sheet, depth)]


def _front(rng: np.random.Generator, outer: Box3, metal: Material, room_x0: float) -> list[Solid]:
    """Front wall of sheet or profiles with plywood behind, between corner posts."""
    post = Box3(outer.x0, outer.x0 + rng.uniform(60, 110), outer.y0 + 20, outer.y1, outer.z1 - 90, outer.z1)
    lined = outer.y0 + rng.uniform(1200, 2600)
    lining = Box3(room_x0 - 13, room_x0, outer.y0 + 120, lined, outer.z0 + 90, outer.z1 - 90)
    wall = Box3(outer.x0 + 6, room_x0 - 14, outer.y0 + 100, outer.y1 - 40, outer.z0 + 90, outer.z1 - 90)
    return [
        paired(hollow_box(metal, post, rng.uniform(3, 5), "y")),
        corrugated(metal, wall, "z", "x", rng.uniform(1.5, 2.5), rng.uniform(120, 400), rng.random()),
        box(WOOD, lining, 0.65),
    ]  # fmt: skip


def _roof_of_bows(rng: np.random.Generator, outer: Box3, metal: Material, sheet: Solid) -> list[Solid]:
    """Roof rails, bows across, and what lies on them."""
    size = rng.uniform(70, 150)
    rail = Box3(outer.x0, outer.x1, outer.y1 - size, outer.y1 - 4, outer.z1 - rng.uniform(45, 80), outer.z1)
    bows = spaced(rng, outer.x0 + 300, outer.x1 - 350, rng.uniform(450, 1300), 30)
    y = [outer.y1 - 50, outer.y1 - 48, outer.y1 - 20, outer.y1 - 18]
    bow = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])[:, :, None]
    members = repeated(metal, bows, [2.0, rng.uniform(22, 40), 2.0], y, [outer.z0 + 60, outer.z1 - 60], bow)
    return [paired(hollow_box(metal, rail, rng.uniform(2.5, 4.5), "x")), members, sheet]


def _curtain(rng: np.random.Generator, kind: str, outer: Box3) -> Unit:
    floor = outer.y0 + rng.uniform(110, 160)
    half = outer.z1 - rng.uniform(35, 55)
    room = Box3(outer.x0 + 70, outer.x1 - 80, floor, outer.y1 - rng.uniform(90, 160), -half, half)
    metal: Material = ALUMINIUM if rng.random() < 0.7 else STEEL
    cloth = rng.uniform(0.65, 1.0)  # kg/m2: PVC-coated polyester, common data sheets
    sheet = Box3(outer.x0, outer.x1, outer.y1 - 6, outer.y1 - 5, outer.z0, outer.z1)
    solids = _floor(rng, outer, floor) + _front(rng, outer, metal, room.x0) + _doors(rng, outer, metal)
    solids += _roof_of_bows(rng, outer, metal, box(PVC, sheet, cloth))
    high = [outer.y0 - rng.uniform(20, 120), outer.y1 - 30]
    folds = np.arange(outer.x0 + 60, outer.x1 - 60, rng.uniform(90, 320))
    curtain = 1 + 0.25 * rng.random(len(folds) - 1)
    if rng.random() < 0.12:  # drawn open for a part of its length
        a = int(rng.integers(0, len(curtain) // 2))
        curtain[a : a + int(rng.integers(2, len(curtain) // 2))] = 0
    solids.append(paired(grid(PVC, folds, high, [outer.z1 - 2, outer.z1 - 1], curtain[:, None, None], cloth)))
    straps = np.arange(outer.x0 + 300, outer.x1 - 200, rng.uniform(550, 700))
    strap_y = [high[0], high[0] + 110, high[0] + 160, high[1]]
    profile = np.array([0.5, 0.06, 0.012])[None, :, None]  # hook, buckle, webbing
    solids.append(paired(repeated(STEEL, straps, [45.0], strap_y, [outer.z1 + 1, outer.z1 + 9], profile)))
    posts = spaced(rng, outer.x0 + 200, outer.x1 - 300, (outer.x1 - outer.x0) / rng.integers(3, 6), 120)[1:-1]
    t = rng.uniform(2.0, 3.5)
    pillar = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])[:, None, :]
    z = [half + 2, half + 2 + t, outer.z1 - 8 - t, outer.z1 - 8]
    solids.append(
        paired(repeated(STEEL, posts, [t, rng.uniform(70, 130), t], [floor, outer.y1 - 60], z, pillar))
    )
    solids += _slats(rng, outer, floor, half)
    return Unit("trailer", kind, outer, room, "x1", tuple(solids), _body_cavities(outer, room))


def _slats(rng: np.random.Generator, outer: Box3, floor: float, half: float) -> list[Solid]:
    """Laths between the posts, of aluminium or wood, two to six high, or dropside boards along the floor."""
    count = int(rng.integers(0, 7))
    metal: Material = ALUMINIUM if rng.random() < 0.6 else WOOD
    filled = 0.16 if metal is ALUMINIUM else 0.9
    solids: list[Solid] = []
    if count > 1:
        low = floor + np.linspace(rng.uniform(250, 500), rng.uniform(1500, 2100), count)
        y = np.stack([low, low + rng.uniform(90, 130)], axis=1).ravel()
        on = filled * (np.arange(len(y) - 1) % 2 == 0)
        solids.append(
            paired(grid(metal, [outer.x0 + 80, outer.x1 - 90], y, [half + 6, half + 31], on[None, :, None]))
        )
    if rng.random() < 0.25:
        board = [floor, floor + rng.uniform(400, 800)]
        solids.append(
            paired(grid(metal, [outer.x0 + 60, outer.x1 - 60], board, [half + 4, half + 29], filled))
        )
    return solids


def _box(rng: np.random.Generator, kind: str, outer: Box3) -> Unit:
    """Plywood or sheet-and-post walls, or corrugated steel; roof of sheet on bows."""
    floor = outer.y0 + rng.uniform(105, 150)
    style = rng.choice(["plywood", "posts", "corrugated"], p=[0.4, 0.35, 0.25])
    wall = {"plywood": rng.uniform(16, 28), "posts": rng.uniform(35, 60), "corrugated": rng.uniform(28, 45)}[
        style
    ]
    half = outer.z1 - wall
    room = Box3(outer.x0 + 60, outer.x1 - 75, floor, outer.y1 - rng.uniform(55, 100), -half, half)
    metal: Material = STEEL if style == "corrugated" else ALUMINIUM
    solids = _floor(rng, outer, floor) + _front(rng, outer, metal, room.x0) + _doors(rng, outer, metal)
    sheet = Box3(outer.x0, outer.x1, outer.y1 - 5, outer.y1 - 4, outer.z0, outer.z1)
    solids += _roof_of_bows(
        rng, outer, metal, box(metal, sheet, density_of(metal, None) * rng.uniform(0.8, 1.4))
    )
    x, y = [outer.x0 + 60, outer.x1 - 60], [outer.y0 + 60, outer.y1 - 60]
    if style == "plywood":
        solids.append(paired(grid(WOOD, x, y, [half + 1, outer.z1 - 1], 1, rng.uniform(0.6, 0.75))))
    elif style == "corrugated":
        for side in (-1, 1):
            extent = Box3(x[0], x[1], y[0], y[1], *span(side * half, side * (outer.z1 - 1)))
            solids.append(
                corrugated(
                    STEEL, extent, "x", "z", rng.uniform(1.2, 1.8), rng.uniform(150, 420), rng.random()
                )
            )
    else:
        solids.append(paired(grid(metal, x, y, [outer.z1 - rng.uniform(1.2, 1.8), outer.z1], 1)))
        solids.append(
            paired(
                grid(
                    WOOD, x, [y[0], y[0] + rng.uniform(600, 2500)], [half, half + rng.uniform(5, 10)], 1, 0.65
                )
            )
        )
    if style != "corrugated":
        places = spaced(rng, x[0] + 200, x[1] - 200, rng.uniform(400, 1300), 8)
        profile = np.array([[1], [0.12], [1]])[:, :, None]
        z = [half + 1, outer.z1 - 2]
        solids.append(paired(repeated(metal, places, [2.5, rng.uniform(25, 60), 2.5], y, z, profile)))
    if rng.random() < 0.4:
        rails = floor + np.array([700, 740, 1400, 1440]) * rng.uniform(0.8, 1.2)
        on = np.array([1, 0, 1])[None, :, None]
        solids.append(paired(grid(STEEL, x, rails, [half - 3, half - 1], on)))
    return Unit("trailer", kind, outer, room, "x1", tuple(solids), _body_cavities(outer, room))


def _refrigerated(rng: np.random.Generator, kind: str, outer: Box3) -> Unit:
    """Sandwich panels, insulated floor, and a machine that hangs in front of the body."""
    wall, roof = rng.uniform(45, 65), rng.uniform(80, 100)
    floor = outer.y0 + rng.uniform(130, 165)
    half = outer.z1 - wall
    room = Box3(outer.x0 + rng.uniform(90, 130), outer.x1 - 100, floor, outer.y1 - roof, -half, half)
    skin: Material = ALUMINIUM if rng.random() < 0.5 else STEEL
    body = Box3(outer.x0, outer.x1 - 20, outer.y0 + 10, outer.y1, outer.z0, outer.z1)
    solids = insulated_body(rng, body, room, skin) + _doors(rng, outer, ALUMINIUM)
    high = rng.uniform(20, 30)
    if rng.random() < 0.6:
        solids += t_floor(rng, room, high)
    else:
        solids.append(box(ALUMINIUM, Box3(room.x0, room.x1, floor - 5, floor, *room[4:])))
    deck = Box3(room.x0, room.x1, floor - high - rng.uniform(15, 25), floor - high, *room[4:])
    solids.append(box(WOOD, deck, 0.68))
    members = spaced(rng, outer.x0 + 200, outer.x1 - 300, rng.uniform(300, 700), 20)
    y = [outer.y0, outer.y0 + 4, deck.y0 - 4, deck.y0]
    profile = np.array([[1, 1, 1], [1, 0, 1]])[:, :, None]
    solids.append(repeated(STEEL, members, [4.0, 50.0], y, [outer.z0 + 40, outer.z1 - 40], profile))
    front = Box3(outer.x0, room.x0, outer.y0 + 60, outer.y1 - 20, -half, half)
    solids.append(hollow_box(skin, front, 1.2))
    low = rng.uniform(0.3, 0.55) * (outer.y1 - outer.y0) + outer.y0
    machine = Box3(outer.x0 - rng.uniform(380, 480), outer.x0 - 4, low, outer.y1 - 60, -1000, 1000)
    solids += [hollow_box(ALUMINIUM, machine, 2.0), *refrigeration_unit(rng, machine.inset(10, 20, 20))]
    cavities = (Cavity("reefer_unit", machine.inset(20, 30, 30)), *insulation_cavities(body, room))
    return Unit("trailer", kind, outer, room, "x1", tuple(solids), (*cavities, *_body_cavities(outer, room)))


def _tank(rng: np.random.Generator, outer: Box3) -> Unit:
    low = outer.y0 + rng.uniform(60, 250)
    high = rng.uniform(1500, 2150)
    half = min(outer.z1, high / 2 * rng.uniform(1.0, 1.35))
    metal: Material = ALUMINIUM if rng.random() < 0.5 else STEEL
    extent = Box3(
        outer.x0 + rng.uniform(0, 400), outer.x1 - rng.uniform(50, 500), low, low + high, -half, half
    )
    solids, inside = clad_vessel(
        rng, extent, metal, rng.uniform(4.5, 6.5) if metal is ALUMINIUM else rng.uniform(3.5, 5)
    )
    solids += vessel_rings(rng, inside, metal, int(rng.integers(2, 9))) + support_legs(
        rng, extent, outer.y0, 560
    )
    walk = Box3(extent.x0 + 800, extent.x1 - 800, extent.y1, extent.y1 + 8, -300, 300)
    solids += [box(ALUMINIUM, walk, 1.2), hollow_box(ALUMINIUM, walk._replace(y1=walk.y1 + 90), 2.0, "xy")]
    pipe = Box3(extent.x0 + 1500, extent.x1 - 1200, outer.y0 + 10, outer.y0 + 90, 250, 340)
    solids.append(hollow_box(metal, pipe, 3.0, "x"))
    around = extent._replace(y0=outer.y0, y1=extent.y1 + 100)
    cavities = (Cavity("frame", Box3(extent.x0 + 800, extent.x1 - 800, outer.y0 + 10, low + 120, -400, 400)),)
    return Unit("tank", "tank_trailer", around, inside, None, tuple(solids), cavities)


def _open(rng: np.random.Generator, outer: Box3) -> Unit:
    """A platform with a headboard and low, high or no sides, sometimes stakes."""
    floor = outer.y0 + rng.uniform(100, 150)
    solids = _floor(rng, outer, floor, rng.random() < 0.8)
    top = floor + rng.uniform(900, 1900)
    head = Box3(outer.x0 + 10, outer.x0 + 50, floor, top, outer.z0 + 40, outer.z1 - 40)
    solids.append(corrugated(STEEL, head, "z", "x", rng.uniform(2, 4), rng.uniform(150, 500)))
    x = [outer.x0 + 60, outer.x1 - 20]
    side = rng.choice([0.0, rng.uniform(400, 800), rng.uniform(400, 800), rng.uniform(1200, 2000)])
    if side:
        metal: Material = STEEL if rng.random() < 0.5 else ALUMINIUM
        filled = rng.uniform(0.06, 0.12) if metal is STEEL else rng.uniform(0.15, 0.25)
        y, z = [floor - 20, floor + side], [outer.z1 - 36, outer.z1 - 6]
        solids.append(paired(grid(metal, x, y, z, filled)))
        solids.append(
            box(
                metal,
                Box3(outer.x1 - 40, outer.x1 - 10, y[0], y[1], outer.z0, outer.z1),
                filled * density_of(metal, None),
            )
        )
    places = spaced(rng, x[0] + 100, x[1] - 200, rng.uniform(1500, 3400), 30)
    stake = [[[1, 1, 1]], [[1, 0, 1]], [[1, 1, 1]]]
    y = [outer.y0, floor + max(side, rng.choice([20.0, 600.0, 2000.0]))]
    z = [outer.z1 - 60, outer.z1 - 55, outer.z1 - 6, outer.z1 - 1]
    solids.append(paired(repeated(STEEL, places, [5.0, rng.uniform(60, 100), 5.0], y, z, stake)))
    high = max(top, floor + side, y[1])
    room = Box3(outer.x0 + 60, outer.x1 - 60, floor, outer.y1 - 50, outer.z0 + 70, outer.z1 - 70)
    under = Cavity("floor", Box3(room.x0 + 150, room.x1 - 150, outer.y0 + 5, floor - 35, room.z0, room.z1))
    around = outer._replace(y1=max(high, room.y1))
    return Unit("trailer", "open_trailer", around, room, "x1", tuple(solids), (under,))


def _tipper(rng: np.random.Generator, outer: Box3) -> Unit:
    """A tub of plate with ribs, a sloping front and a tailgate; the ram stands before it."""
    high, lean = rng.uniform(1300, 2100), rng.uniform(100, 500)
    floor = outer.y0 + rng.uniform(90, 160)
    top, half = floor + high, outer.z1 - 10
    metal: Material = STEEL if rng.random() < 0.6 else ALUMINIUM
    plate = rng.uniform(3.5, 5) if metal is STEEL else rng.uniform(4, 7)
    density = density_of(metal, None)
    x0, x1 = outer.x0 + 350, outer.x1 - 40
    knots = np.array([x0, x0 + lean, x1])
    low, one = np.array([top - 150, floor, floor]), np.ones(3)
    solids: list[Solid] = [box(metal, Box3(x0 + lean, x1, floor - plate, floor, -half, half))]
    for a, b in ((-half, -half + plate), (half - plate, half)):
        solids.append(Loft(metal, knots, low, top * one, a * one, b * one, density))
    front = [(x0 - plate, top), (x0 + lean - plate, floor), (x0 + lean, floor), (x0, top)]
    solids.append(prism(metal, front, -half, half))
    solids.append(box(metal, Box3(x1, x1 + plate, floor, top, -half, half)))
    ribs = spaced(rng, x0 + lean + 100, x1 - 150, rng.uniform(500, 1200), 20)
    z = [outer.z1 - 8, outer.z1 + rng.uniform(30, 60)]
    rib = along_x(1, 0.12, 1)
    solids.append(paired(repeated(metal, ribs, [plate, rng.uniform(50, 100), plate], [floor, top], z, rib)))
    rim = Box3(x0, x1, top - 110, top, half - 20, half + 60)
    solids.append(paired(hollow_box(metal, rim, plate, "x")))
    under = spaced(rng, x0 + lean, x1 - 200, rng.uniform(350, 800), 20)
    solids.append(
        repeated(metal, under, [plate, 60.0], [outer.y0, floor - plate], [-half, half], along_x(1, 0.1))
    )
    ram = Box3(outer.x0 + 90, outer.x0 + 250, outer.y0 - 150, top - 100, -80, 80)
    solids.append(box(STEEL, ram, rng.uniform(3.0, 5.0)))
    around = Box3(x0 - 20, x1 + 20, outer.y0, top, outer.z0 - 50, outer.z1 + 50)
    room = Box3(x0 + lean, x1 - 10, floor, top, -half + plate, half - plate)
    beneath = Cavity("floor", Box3(room.x0, room.x1, outer.y0 + 5, floor - plate - 2, room.z0, room.z1))
    return Unit("trailer", "tipper_trailer", around, room, "x1", tuple(solids), (beneath,))


def _body_cavities(outer: Box3, room: Box3) -> tuple[Cavity, ...]:
    return (
        Cavity("front_wall", room._replace(x1=room.x0 + 300)),
        Cavity("door_end", room._replace(x0=room.x1 - 1200)),
        Cavity("roof", room._replace(y0=room.y1 - 60, y1=outer.y1 - 20)),
        Cavity("floor", Box3(room.x0 + 150, room.x1 - 150, outer.y0 + 5, room.y0 - 40, room.z0, room.z1)),
        Cavity("side_wall", room._replace(z0=room.z1 - 60)),
        Cavity("side_wall", room._replace(z1=room.z0 + 60)),
    )
