"""Refrigerated containers: foam between skins, T-section floor, machinery in the front end; and insulated bodies."""

import numpy as np

from tallyscan.physics.attenuation import FloatArray, Material
from tallyscan.physics.materials import ALUMINIUM, COPPER, ELECTRONICS, POLYURETHANE, STEEL, WOOD
from training.simulate import container_frame as frame
from training.simulate.parts import Cavity, Unit
from training.simulate.sections import along_x, grid, hollow_box, paired, repeated, spaced, span
from training.simulate.solids import (
    Box3,
    Grid,
    Loft,
    Solid,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
)

FOAM_G_CM3 = (0.038, 0.055)  # rigid polyurethane, common data sheets


def draw_reefer_container(rng: np.random.Generator, equipment: str, outer: Box3) -> Unit:
    """An integral reefer (22R1, 45R1), doors at x1. About 3.0 t (20 ft) and 4.6 t (40 ft) with its machinery."""
    machine = rng.uniform(380, 520)
    wall, roof, sub_floor = rng.uniform(60, 80), rng.uniform(80, 110), rng.uniform(70, 100)
    t_high = rng.uniform(55, 68)
    base = outer.y0 + rng.uniform(100, 140)
    floor = base + sub_floor + t_high
    half = outer.z1 - 8 - wall
    room = Box3(
        outer.x0 + machine + 60, outer.x1 - rng.uniform(85, 120), floor, outer.y1 - 12 - roof, -half, half
    )
    solids: list[Solid] = [*frame.castings(outer), *frame.end_frame(rng, outer, "x0")]
    solids += [*frame.end_frame(rng, outer, "x1", 110.0), *frame.bottom_rails(rng, outer)]
    solids += frame.top_rails(rng, outer, rng.uniform(60, 80))
    body = Box3(outer.x0 + machine, outer.x1 - 40, base, outer.y1 - 10, outer.z0 + 8, outer.z1 - 8)
    skin: Material = STEEL if rng.random() < 0.7 else ALUMINIUM
    solids += insulated_body(rng, body, room, skin)
    solids += t_floor(rng, room, t_high)
    solids += _sub_floor(rng, outer, base, room)
    solids += refrigeration_unit(rng, outer._replace(x1=outer.x0 + machine).inset(dx=20, dy=130, dz=90))
    panel = Box3(room.x1 + 4, outer.x1 - 42, room.y0 - 20, room.y1 + 20, -half - 20, half + 20)
    leaf: list[Solid] = [box(POLYURETHANE, panel, 0.05), hollow_box(skin, panel, 1.0)]
    solids += frame.door_end(rng, outer, leaf, 60.0)
    return Unit(
        "container", equipment, outer, room, "x1", tuple(solids), _cavities(outer, room, body, machine)
    )


def _cavities(outer: Box3, room: Box3, body: Box3, machine: float) -> tuple[Cavity, ...]:
    return (
        Cavity("reefer_unit", outer._replace(x1=outer.x0 + machine).inset(dx=30, dy=160, dz=110)),
        *insulation_cavities(body, room),
        Cavity("front_wall", room._replace(x1=room.x0 + 250)),
        Cavity("door_end", room._replace(x0=room.x1 - 1200)),
        Cavity("roof", room._replace(y0=room.y1 - 100)),
        Cavity("floor", Box3(room.x0, room.x1, outer.y0 + 20, body.y0 - 6, room.z0, room.z1)),
    )


def insulation_cavities(body: Box3, room: Box3) -> tuple[Cavity, ...]:
    """The foam of both sides, of the roof and of the floor."""
    x0, x1, y0, y1 = room.x0, room.x1, room.y0, room.y1
    rooms = (
        Box3(x0, x1, y0, y1, room.z1 + 2, body.z1 - 2), Box3(x0, x1, y0, y1, body.z0 + 2, room.z0 - 2),
        Box3(x0, x1, y1 + 2, body.y1 - 2, room.z0, room.z1), Box3(x0, x1, body.y0 + 2, y0 - 70, room.z0, room.z1),
    )  # fmt: skip
    return tuple(Cavity("reefer_insulation", hollow) for hollow in rooms if hollow.y1 > hollow.y0 + 10)


def insulated_body(rng: np.random.Generator, body: Box3, room: Box3, skin: Material) -> list[Solid]:
    """Side walls and roof: foam between an outer and an inner skin, with spacers and seams across the panels."""
    foam = rng.uniform(*FOAM_G_CM3)
    outside = rng.uniform(0.8, 1.1) if skin is STEEL else rng.uniform(1.6, 2.2)
    inside = rng.uniform(0.6, 0.9)
    x, high = [body.x0, body.x1], [body.y0, body.y1]
    z = [room.z1, room.z1 + inside, body.z1 - outside, body.z1]
    top = [room.y1, room.y1 + inside, body.y1 - outside, body.y1]
    wide = [room.z0, room.z1]
    solids: list[Solid] = [
        paired(grid(POLYURETHANE, x, high, z[1:3], 1, foam)),
        box(POLYURETHANE, Box3(*x, *top[1:3], *wide), foam),
        paired(grid(skin, x, high, z[2:], 1)),
        paired(grid(STEEL, x, [room.y0 - 60, room.y1], z[:2], 1)),
        grid(skin, x, top[2:], [body.z0, body.z1], 1),
        grid(STEEL, x, top[:2], wide, 1),
    ]
    solids += _spacers(rng, body, room)
    if rng.random() < 0.5:  # a scuff plate along the lower edge
        y = [room.y0, room.y0 + rng.uniform(120, 350)]
        solids.append(paired(grid(ALUMINIUM, x, y, [room.z1 - rng.uniform(1.5, 3), room.z1], 1)))
    if rng.random() < 0.35:  # the red line of the loading height, or an airline rail
        y0 = room.y1 - rng.uniform(60, 140)
        solids.append(paired(grid(ALUMINIUM, x, [y0, y0 + 30], [room.z1 - 2.5, room.z1], 1)))
    return solids


def _spacers(rng: np.random.Generator, body: Box3, room: Box3) -> list[Solid]:
    """Ribs in the foam, seams of the sheets (thin, often stitched), roof bows: the vertical lines of a reefer."""
    solids: list[Solid] = []
    pitch = rng.uniform(450, 1300)
    for side in (-1, 1):
        z = span(side * (room.z1 + 1), side * (body.z1 - 1))
        places = spaced(rng, body.x0 + 150, body.x1 - 150, pitch * rng.uniform(0.9, 1.1), rng.uniform(3, 60))
        width, share = rng.uniform(18, 60), rng.uniform(0.03, 0.16)
        solids.append(
            repeated(STEEL, places, [2.5, width, 2.5], [body.y0, body.y1], z, along_x(0.6, share, 0.6))
        )
        y, on = stitched(rng, room.y0, room.y1)
        seams = places[:-1] + rng.uniform(0.3, 0.7) * np.diff(places)
        solids.append(repeated(STEEL, seams, [rng.uniform(6, 18)], y, z, 0.07 * on[None, :, None]))
    bows = spaced(rng, body.x0 + 200, body.x1 - 200, pitch * rng.uniform(0.6, 1.4), 30)
    top = [room.y1 + 2, body.y1 - 2]
    solids.append(
        repeated(STEEL, bows, [rng.uniform(20, 60)], top, [room.z0, room.z1], [[[rng.uniform(0.01, 0.04)]]])
    )
    return solids


def stitched(rng: np.random.Generator, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Edges and 0/1 along a seam that is welded or glued in pieces."""
    edges = np.linspace(low, high, int(rng.integers(6, 30)))
    return edges, (rng.random(len(edges) - 1) < rng.uniform(0.5, 1)).astype(float)


def t_floor(rng: np.random.Generator, room: Box3, high_mm: float) -> list[Solid]:
    """Aluminium T sections along the length with air channels between them, on a base plate."""
    pitch, web, top = rng.uniform(55, 75), rng.uniform(2.5, 4), rng.uniform(2.5, 3.5)
    count = int((room.z1 - room.z0) / pitch)
    z = (room.z0 + np.arange(count)[:, None] * pitch + np.array([0, 0.22, 0.78, 1]) * (pitch - 1e-3)).ravel()
    cap, foot = np.tile([0, 1, 0, 0], count)[:-1], np.ones(4 * count - 1)
    stem = cap * web / (0.56 * pitch)
    y = room.y0 - high_mm + np.array([0, top, high_mm - top, high_mm])
    return [grid(ALUMINIUM, [room.x0 + 10, room.x1], y, z, np.stack([foot, stem, cap])[None])]


def _sub_floor(rng: np.random.Generator, outer: Box3, base: float, room: Box3) -> list[Solid]:
    """Foam on a pan with wavy edges, and cross members farther apart than in a dry box."""
    x = np.linspace(room.x0 - 50, room.x1 + 40, int(rng.integers(60, 220)))
    wave = rng.uniform(0, 14) * np.abs(np.sin(np.arange(len(x)) * np.pi / 4))
    low, high, one = base + wave, (room.y0 - 66) * np.ones_like(x), np.ones_like(x)
    z = room.z0 * one, room.z1 * one
    solids: list[Solid] = [
        Loft(POLYURETHANE, x, low, high, *z, rng.uniform(*FOAM_G_CM3)),
        Loft(STEEL, x, low - rng.uniform(1.0, 1.8), low, *z, 7.87),
    ]
    if rng.random() < 0.5:
        places = spaced(rng, room.x0, room.x1 - 100, rng.uniform(400, 900), 20)
        solids.append(repeated(WOOD, places, [70.0], [base + 16, room.y0 - 66], [room.z0, room.z1], [[[1]]]))
    solids += frame.cross_members(rng, outer, base - 2 - outer.y0 - 12, rng.uniform(280, 600))
    return solids


def refrigeration_unit(rng: np.random.Generator, room: Box3) -> list[Solid]:
    """Compressor, coils, fans, control box, pipes and sheet metal in a room at the front; about 350 to 500 kg."""
    long, high, wide = room.size
    side = rng.choice([-1, 1])
    middle = room.x0 + long / 2
    y1, y2, y3 = room.y0 + 0.04 * high, room.y0 + rng.uniform(0.3, 0.42) * high, room.y0 + 0.62 * high
    compressor = cylinder_across(
        STEEL, middle, y1 + 200, min(150.0, 0.42 * long), *span(side * 150, side * 640), 2.4
    )
    receiver = cylinder_upright(STEEL, middle, -side * 350, 0.22 * long, y1, y1 + rng.uniform(400, 650), 1.9)
    condenser = Box3(room.x0 + 0.1 * long, room.x0 + 0.45 * long, y2, y3, -0.45 * wide, 0.45 * wide)
    evaporator = Box3(
        room.x0 + 0.5 * long, room.x0 + 0.95 * long, y3, room.y1 - 0.16 * high, -0.46 * wide, 0.46 * wide
    )
    solids: list[Solid] = [compressor, receiver]
    solids += [_coil(rng, condenser), _coil(rng, evaporator)]
    control = Box3(room.x0 + 10, room.x0 + 0.45 * long, y1, y2, *span(-side * 500, -side * 1000))
    solids.append(box(ELECTRONICS, control, rng.uniform(0.35, 0.6)))
    solids.append(hollow_box(STEEL, control.inset(dy=-6, dx=-4, dz=-4), 1.5))
    for z in (-0.24 * wide, 0.24 * wide):
        fan = cylinder_upright(
            STEEL, middle + 0.15 * long, z, 70, room.y1 - 0.13 * high, room.y1 - 0.02 * high, 4.0
        )
        solids.append(fan)
    solids.append(
        cylinder_along(STEEL, room.x0 + 5, room.x0 + 0.35 * long, (y2 + y3) / 2, side * 200, 120, 2.2)
    )
    for _ in range(int(rng.integers(3, 8))):
        x, z = rng.uniform(room.x0 + 30, room.x1 - 30), rng.uniform(room.z0, room.z1)
        a, b = np.sort(rng.uniform(room.y0, room.y1, 2))
        solids.append(cylinder_upright(COPPER, x, z, rng.uniform(8, 20), a, b + 20, 2.5))
    bulkhead = Box3(room.x1 - 2, room.x1 + 60, room.y0, room.y1, room.z0 - 50, room.z1 + 50)
    solids += [box(POLYURETHANE, bulkhead, 0.05), hollow_box(ALUMINIUM, bulkhead, 1.5, "yz")]
    sheets = [y1 - 20, y1 - 16, y2 - 3, y2, y3, y3 + 3]
    shelf = np.array([1, 0, 1, 0, 1])[None, :, None]
    solids.append(grid(STEEL, [room.x0, room.x1], sheets, [room.z0, room.z1], shelf))
    return solids


def _coil(rng: np.random.Generator, room: Box3) -> Grid:
    """Fins and tubes: rows of denser tubes in a light block."""
    rows = int(rng.integers(8, 20))
    y = np.linspace(room.y0, room.y1, 2 * rows)
    filled = np.where(np.arange(2 * rows - 1) % 2, 0.18, 0.4)
    return grid(
        ALUMINIUM, [room.x0, room.x1], y, [room.z0, room.z1], filled[None, :, None], rng.uniform(1.6, 2.6)
    )
