"""Containers by their ISO 6346 size and type code: dry boxes, open tops and flat racks; reefers and tanks beside."""

import numpy as np

from tallyscan.physics.materials import POLYETHYLENE, PVC, RUBBER, STEEL, WOOD
from training.simulate import container_frame as frame
from training.simulate.parts import Cavity, End, Unit
from training.simulate.reefers import draw_reefer_container
from training.simulate.sections import (
    along_x,
    corrugated,
    grid,
    hollow_box,
    lashing_rings,
    paired,
    repeated,
    spaced,
    span,
)
from training.simulate.solids import Box3, Loft, Solid, box, density_of
from training.simulate.tanks import draw_tank_container
from training.simulate.turning import turned_unit

EQUIPMENT = ("22G1", "42G1", "45G1", "L5G1", "22R1", "45R1", "22T1", "22U1", "42U1", "22P1", "42P1")


def draw_container(
    rng: np.random.Generator, equipment: str, x0_mm: float, base_y_mm: float, door: End = "x1"
) -> Unit:
    """A container whose castings stand on `base_y_mm`, from `x0_mm` on, with its doors at the given end.

    Raises `KeyError` for a code of a length, height or type that is not drawn here.
    """
    outer = frame.outer_of(equipment, x0_mm, base_y_mm)
    unit = _DRAW[equipment[2]](rng, equipment, outer)
    return unit if door == "x1" else turned_unit(unit, (outer.x0 + outer.x1) / 2)


def _draw_dry(rng: np.random.Generator, equipment: str, outer: Box3) -> Unit:
    room = _dry_room(rng, outer, outer.y1 - 45)
    solids = _box_structure(rng, outer, room)
    solids += _roof(rng, outer)
    cavities = (*box_cavities(outer, room), Cavity("roof", room._replace(y0=room.y1 - 120, y1=outer.y1 - 24)))
    return Unit("container", equipment, outer, room, "x1", tuple(solids), cavities)


def _draw_open_top(rng: np.random.Generator, equipment: str, outer: Box3) -> Unit:
    room = _dry_room(rng, outer, outer.y1 - 70)
    solids = _box_structure(rng, outer, room)
    bows = spaced(rng, outer.x0 + 500, outer.x1 - 500, rng.uniform(600, 1100), 20)
    bow_y = outer.y1 - 45
    solids.append(
        repeated(STEEL, bows, [38.0], [bow_y - 25, bow_y], [outer.z0 + 60, outer.z1 - 60], [[[0.25]]])
    )
    if rng.random() < 0.8:  # the tarpaulin sags between its bows
        x = np.linspace(outer.x0 + 60, outer.x1 - 60, 2 * len(bows) + 1)
        sag = (
            rng.uniform(10, 70) * np.abs(np.sin(np.arange(len(x)) * np.pi / 2)) * rng.uniform(0.5, 1, len(x))
        )
        y, one = bow_y + 6 - sag, np.ones_like(x)
        solids.append(Loft(PVC, x, y, y + 3.0, outer.z0 * one, outer.z1 * one, rng.uniform(0.25, 0.4)))
    return Unit("container", equipment, outer, room, "x1", tuple(solids), box_cavities(outer, room))


def _draw_flat_rack(rng: np.random.Generator, equipment: str, outer: Box3) -> Unit:
    """A strong base between two end walls. The end walls of some fold down; then they are left out."""
    floor = (
        outer.y0 + rng.uniform(560, 640) if outer.x1 - outer.x0 > 8000 else outer.y0 + rng.uniform(300, 380)
    )
    folded = rng.random() < 0.12
    wall = rng.uniform(120, 220)
    solids: list[Solid] = [*frame.castings(outer)]
    beams = [outer.x0 + 30, outer.x1 - 30], [outer.y0 + 20, outer.y0 + 35, floor - 60, floor - 45]
    z = [600.0, 680.0, 692.0, 772.0]
    solids.append(paired(grid(STEEL, *beams, z, [[[1, 1, 1], [0, 1, 0], [1, 1, 1]]])))
    rails = [outer.y0 + 60, outer.y0 + 68, floor - 8, floor], [outer.z1 - 70, outer.z1 - 10, outer.z1]
    solids.append(paired(grid(STEEL, beams[0], *rails, [[[1, 1], [0, 1], [1, 1]]])))
    pitch = rng.uniform(400, 800)
    places = spaced(rng, outer.x0 + 300, outer.x1 - 300, pitch, 10)
    y = [floor - 170, floor - 165, floor - 53, floor - 48]
    solids.append(repeated(STEEL, places, [5.0, 60.0], y, [outer.z0 + 80, outer.z1 - 80], _CHANNEL))
    solids.append(
        box(
            WOOD,
            Box3(outer.x0 + wall, outer.x1 - wall, floor - 45, floor, -1140, 1140),
            rng.uniform(0.6, 0.8),
        )
    )
    for x0 in () if folded else (outer.x0, outer.x1 - wall):
        posts = hollow_box(STEEL, Box3(x0 + 10, x0 + wall, floor - 40, outer.y1 - 118, 1060, 1215), 8, "y")
        panel = Box3(x0 + 40, x0 + 76, floor, outer.y1 - 200, -1060, 1060)
        solids += [paired(posts), corrugated(STEEL, panel, "z", "x", 3.0, rng.uniform(250, 450))]
        solids.append(
            hollow_box(STEEL, Box3(x0 + 30, x0 + 130, outer.y1 - 200, outer.y1 - 60, -1060, 1060), 6, "z")
        )
    stakes = spaced(rng, outer.x0 + 700, outer.x1 - 700, rng.uniform(900, 1600), 20)
    solids.append(
        paired(repeated(STEEL, stakes, [90.0], [floor - 160, floor - 10], [1165.0, 1215.0], [[[0.3]]]))
    )
    room = Box3(outer.x0 + wall + 20, outer.x1 - wall - 20, floor, outer.y1 - 20, -1160, 1160)
    under = Cavity("floor", Box3(room.x0, room.x1, floor - 160, floor - 50, -590, 590))
    hollow = tuple(Cavity("frame", Box3(room.x0, room.x1, outer.y0 + 40, floor - 60, *z)) for z in _WEB_SIDES)
    return Unit("container", equipment, outer, room, None, tuple(solids), (under, *hollow))


_CHANNEL = np.array([[1, 1, 1], [1, 0, 1]])[:, :, None]
_WEB_SIDES = ((694.0, 770.0), (-770.0, -694.0))


def _dry_room(rng: np.random.Generator, outer: Box3, top: float) -> Box3:
    """Inside of a box container: 2352 mm wide; 2393 mm high for 8 ft 6 in, as data sheets give it."""
    floor = outer.y0 + rng.uniform(150, 178)
    half = rng.uniform(1168, 1178)
    return Box3(outer.x0 + rng.uniform(50, 75), outer.x1 - rng.uniform(85, 110), floor, top, -half, half)


def _box_structure(rng: np.random.Generator, outer: Box3, room: Box3) -> list[Solid]:
    """Everything but the roof."""
    plywood = rng.uniform(26, 29)
    pitch = rng.uniform(250, 400)
    solids = [
        *frame.castings(outer),
        *frame.end_frame(rng, outer, "x0"),
        *frame.end_frame(rng, outer, "x1", 110.0),
    ]
    solids += frame.bottom_rails(rng, outer) + frame.top_rails(rng, outer)
    solids += frame.cross_members(rng, outer, room.y0 - plywood - outer.y0 - 12, pitch)
    floor = Box3(room.x0 - 20, room.x1 + 20, room.y0 - plywood, room.y0, room.z0 + 4, room.z1 - 4)
    solids.append(box(WOOD, floor, rng.uniform(0.66, 0.82)))
    solids += _side_walls(rng, outer, room) + _front_wall(rng, outer, room) + _doors(rng, outer, room)
    ring_pitch, rod = rng.uniform(700, 2400), rng.uniform(7, 12)
    if rng.random() < 0.85:
        places = spaced(rng, outer.x0 + 300, outer.x1 - 400, ring_pitch, 25)
        solids.append(lashing_rings(places, outer.y1 - 68, room.z1, False, rod))
    if rng.random() < 0.7:
        places = spaced(rng, outer.x0 + 350, outer.x1 - 450, ring_pitch * rng.uniform(0.8, 2), 25)
        solids.append(lashing_rings(places, room.y0, room.z1, True, rod))
    return solids


def _side_walls(rng: np.random.Generator, outer: Box3, room: Box3) -> list[Solid]:
    """Corrugated sides, plain or thicker panels at their ends, repairs, vents."""
    thick, pitch, depth = rng.uniform(1.5, 1.75), rng.uniform(250, 290), rng.uniform(30, 38)
    low, high = outer.y0 + 150, outer.y1 - 62
    x0, x1 = outer.x0 + 110, outer.x1 - 120
    slope = rng.uniform(0.18, 0.28)
    solids: list[Solid] = []
    for side in (-1, 1):
        face = side * (outer.z1 - 6)
        extent = Box3(x0, x1, low, high, *span(face, face - side * depth))
        solids.append(corrugated(STEEL, extent, "x", "z", thick, pitch, rng.random(), slope))
        for _ in range(rng.poisson(0.2)):  # an inserted or lapped repair
            a, b = rng.uniform(x0, x1 - 900), rng.uniform(low, high - 700)
            size = rng.uniform([150, 120], [850, 650])
            z = span(face - side * 8, face - side * (8 + rng.uniform(0.4, 1.6)))
            solids.append(box(STEEL, Box3(a, a + size[0], b, b + size[1], *z)))
    end = rng.uniform(250, 1300)
    if rng.random() < 0.6:  # end panels of 2 mm instead of 1.6 mm
        extra = rng.uniform(0.2, 0.45)
        for a in (x0, x1 - end):
            solids.append(
                paired(grid(STEEL, [a, a + end], [low, high], [room.z1 + 18, room.z1 + 18 + extra], 1))
            )
    if rng.random() < 0.75:
        places = spaced(rng, x0 + 250, x1 - 350, rng.choice([2400.0, 5200.0, 11000.0]), 60)
        y = [high - rng.uniform(180, 330), high - 110]
        shape, wall = along_x(1, 0.4, 1), [outer.z1 - 40, outer.z1 - 6]
        solids.append(paired(repeated(POLYETHYLENE, places, [6.0, 70.0, 6.0], y, wall, shape, 0.5)))
    return solids


def _front_wall(rng: np.random.Generator, outer: Box3, room: Box3) -> list[Solid]:
    extent = Box3(outer.x0 + 8, room.x0 - 4, outer.y0 + 140, outer.y1 - 66, outer.z0 + 120, outer.z1 - 120)
    return [corrugated(STEEL, extent, "z", "x", rng.uniform(1.8, 2.1), rng.uniform(230, 280), rng.random())]


def _roof(rng: np.random.Generator, outer: Box3) -> list[Solid]:
    """2 mm die-stamped corrugation across, and plain header plates at both ends."""
    depth, thick = rng.uniform(14, 22), rng.uniform(1.8, 2.1)
    half = outer.z1 - 40
    plate = rng.uniform(280, 420)
    sheet = Box3(outer.x0 + plate, outer.x1 - plate, outer.y1 - 8 - depth, outer.y1 - 8, -half, half)
    ends = [outer.x0 + 60, outer.x0 + plate, outer.x1 - plate, outer.x1 - 60]
    headers = grid(
        STEEL, ends, [outer.y1 - 12, outer.y1 - 8], [-half, half], np.array([1, 0, 1])[:, None, None]
    )
    pitch = rng.uniform(190, 230) if rng.random() < 0.85 else rng.uniform(300, 600)
    return [corrugated(STEEL, sheet, "x", "y", thick, pitch, rng.random(), rng.uniform(0.12, 0.25)), headers]


def _doors(rng: np.random.Generator, outer: Box3, room: Box3) -> list[Solid]:
    depth, thick = outer.x1 - room.x1, rng.uniform(1.8, 2.1)
    low, high = outer.y0 + 150, outer.y1 - 70
    face = outer.x1 - 44
    panel = Box3(face - 36, face, low + 90, high - 90, outer.z0 + 140, outer.z1 - 140)
    sheet: list[Solid] = [corrugated(STEEL, panel, "y", "x", thick, rng.uniform(330, 620), rng.random())]
    gasket = Box3(face - 20, face, low, high, outer.z0 + 70, outer.z1 - 70)
    sheet.append(hollow_box(RUBBER, gasket, 22.0, "x"))
    if rng.random() < 0.06:
        return frame.door_end(rng, outer, sheet, depth)[1:2] + _ajar(rng, outer, low, high)
    return frame.door_end(rng, outer, sheet, depth)


def _ajar(rng: np.random.Generator, outer: Box3, low: float, high: float) -> list[Solid]:
    """Two leaves on their hinges, each open by an angle of its own: sheet steel that runs aslant away from the end."""
    leaves: list[Solid] = []
    long, sheet = outer.z1 - 30, rng.uniform(3.5, 5.5)
    for side in (-1, 1):
        angle = np.radians(rng.choice([rng.uniform(6, 40), rng.uniform(85, 92)]))
        x = outer.x1 - 40 + np.array([0.0, long * np.sin(angle)])
        hinge = side * (outer.z1 - 20)
        z = hinge - side * np.array([0.0, long * np.cos(angle)])
        half, two = sheet / 2 / np.sin(angle), np.ones(2)
        steel = density_of(STEEL, None)
        leaves.append(Loft(STEEL, x, low * two, high * two, z - half, z + half, steel))
    return leaves


def box_cavities(outer: Box3, room: Box3) -> tuple[Cavity, ...]:
    """Where things are hidden in any box container: behind the front wall, at the doors, under the floor, in frames."""
    low = outer.y0 + 20
    rails = [
        Cavity("frame", Box3(outer.x0 + 180, outer.x1 - 180, low, low + 120, *z)) for z in _rail_sides(outer)
    ]
    walls = [Cavity("side_wall", Box3(room.x0, room.x1, room.y0, room.y1, *z)) for z in _wall_sides(room)]
    return (
        Cavity("front_wall", room._replace(x1=room.x0 + 300)),
        Cavity("door_end", room._replace(x0=room.x1 - 1200)),
        Cavity("floor", Box3(room.x0 + 150, room.x1 - 150, low, room.y0 - 32, outer.z0 + 80, outer.z1 - 80)),
        *walls, *rails,
    )  # fmt: skip


def _rail_sides(outer: Box3) -> tuple[tuple[float, float], tuple[float, float]]:
    return (outer.z0 + 12, outer.z0 + 54), (outer.z1 - 54, outer.z1 - 12)


def _wall_sides(room: Box3) -> tuple[tuple[float, float], tuple[float, float]]:
    return (room.z0, room.z0 + 80), (room.z1 - 80, room.z1)


_DRAW = {
    "G": _draw_dry, "V": _draw_dry, "R": draw_reefer_container, "U": _draw_open_top, "P": _draw_flat_rack,
    "T": draw_tank_container,
}  # fmt: skip
