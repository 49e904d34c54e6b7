"""Vessels for liquids: tank containers (22T1), and the barrels of tank trailers."""

import numpy as np

from tallyscan.physics.attenuation import Material
from tallyscan.physics.materials import ALUMINIUM, POLYURETHANE, STEEL
from training.simulate import container_frame as frame
from training.simulate.parts import Cavity, Unit
from training.simulate.sections import along_x, grid, hollow_box, paired, repeated, span
from training.simulate.solids import Box3, Loft, Round, Solid, box, cylinder_upright, density_of, hole


def vessel_shape(
    material: Material, extent: Box3, dish_mm: float, density_g_cm3: float | None = None
) -> Round:
    """A barrel that fills a box, with dished ends `dish_mm` deep."""
    dish = min(dish_mm, 0.45 * (extent.x1 - extent.x0))
    angle = np.linspace(0, np.pi / 2, 12)
    rise = dish * (1 - np.cos(angle))
    x = np.concatenate([extent.x0 + rise, extent.x1 - rise[::-1]])
    half = np.maximum(np.concatenate([np.sin(angle), np.sin(angle)[::-1]]), 0.02)
    one = np.ones_like(x)
    y, z = (extent.y0 + extent.y1) / 2, (extent.z0 + extent.z1) / 2
    ay, az = (extent.y1 - extent.y0) / 2, (extent.z1 - extent.z0) / 2
    return Round(material, x, y * one, z * one, ay * half, az * half, density_of(material, density_g_cm3))


def shell(
    material: Material, extent: Box3, dish_mm: float, wall_mm: float, density: float | None = None
) -> list[Solid]:
    """A barrel of plate: what it fills and, taken away, what is inside."""
    outside = vessel_shape(material, extent, dish_mm, density)
    return [outside, hole(outside, wall_mm)]


def clad_vessel(
    rng: np.random.Generator, extent: Box3, metal: Material, wall_mm: float
) -> tuple[list[Solid], Box3]:
    """A vessel, insulated and clad or bare, with surge plates and manholes, and the box around its inside."""
    clad = rng.random() < 0.7
    lag = rng.uniform(40, 70) if clad else 0.0
    dish = rng.uniform(250, 520)
    steel = extent.inset(lag, lag, lag)
    solids = shell(metal, steel, dish, wall_mm)
    if clad:
        solids += shell(POLYURETHANE, extent, dish, lag, rng.uniform(0.03, 0.06))
        solids += shell(ALUMINIUM, extent, dish, rng.uniform(0.6, 1.2))
    middle, top = (
        rng.uniform(steel.x0 + 0.35 * (steel.x1 - steel.x0), steel.x1 - 0.35 * (steel.x1 - steel.x0)),
        steel.y1,
    )
    neck = cylinder_upright(
        STEEL, middle, 0.0, rng.uniform(230, 290), top - 15, min(top + 80, extent.y1 + 70), 1.0
    )
    solids.append(neck)
    for place in rng.uniform(steel.x0 + 500, steel.x1 - 500, int(rng.integers(1, 4))):
        valve = cylinder_upright(
            STEEL, place, rng.uniform(-300, 300), rng.uniform(40, 90), top - 40, extent.y1 + 60, 2.8
        )
        solids.append(valve)
    return solids, steel.inset(wall_mm, wall_mm, wall_mm)


def strut(start: tuple[float, float, float], end: tuple[float, float, float], size_mm: float = 64.0) -> Loft:
    """A tube of 4 mm wall between two points anywhere: braces of a tank's frame run inwards to its rings."""
    (x0, y0, z0), (x1, y1, z1) = sorted((start, end))
    x, y, z = np.array([x0, x1]), np.array([y0, y1]), np.array([z0, z1])
    steep = float(np.hypot(1, (y1 - y0) / max(x1 - x0, 1.0)))
    half = size_mm / 2
    return Loft(STEEL, x, y - half * steep, y + half * steep, z - half, z + half, 7.87 * 0.23)


def draw_tank_container(rng: np.random.Generator, equipment: str, outer: Box3) -> Unit:
    """A frame around a vessel of 17 000 to 26 000 l; `room` is the box around the vessel's inside. About 3.7 t."""
    radius = rng.uniform(1060, 1170)
    middle = outer.y0 + rng.uniform(1190, 1260) + max(0.0, (outer.y1 - outer.y0 - 2591) / 2)
    gap = rng.uniform(60, 220)
    extent = Box3(outer.x0 + gap, outer.x1 - gap, middle - radius, middle + radius, -radius, radius)
    solids, inside = clad_vessel(rng, extent, STEEL, rng.uniform(5.8, 7.2))
    solids += frame.castings(outer)
    for end, x in (("x0", outer.x0 + 70), ("x1", outer.x1 - 70)):
        solids += frame.end_frame(rng, outer, end)
        inward = 1 if end == "x0" else -1
        reach = x + inward * rng.uniform(700, 1700)
        lean = rng.uniform(0.35, 0.8)
        for side in (-1, 1):
            z = side * (outer.z1 - 40), side * lean * radius
            rise = np.sqrt(1 - lean**2) * radius + 10
            if rng.random() < 0.9:
                solids.append(strut((x, outer.y1 - 120, z[0]), (reach, middle + rise, z[1])))
                solids.append(strut((x, outer.y0 + 120, z[0]), (reach, middle - rise, z[1])))
        solids.append(
            hollow_box(
                STEEL, Box3(*span(x, x + inward * (gap + 250)), middle - 260, middle - 200, -900, 900), 4
            )
        )
    if rng.random() < 0.7:
        solids += frame.bottom_rails(rng, outer)
    if rng.random() < 0.5:
        solids += frame.top_rails(rng, outer)
    saddles = np.linspace(extent.x0 + 700, extent.x1 - 900, int(rng.integers(2, 5)))
    rings = np.array([1.0])[None, :, None]
    y = [extent.y0 - 20, extent.y0 + 120]
    solids.append(repeated(STEEL, saddles, [rng.uniform(80, 160)], y, [-600.0, 600.0], 0.12 * rings))
    walkway = Box3(
        outer.x0 + 200,
        outer.x1 - 200,
        outer.y1 - 60,
        outer.y1 - 55,
        *span(rng.choice([-1, 1]) * 250.0, 900.0),
    )
    solids.append(box(ALUMINIUM, walkway, 1.5))
    outlet = Box3(outer.x1 - gap - 260, outer.x1 - 60, outer.y0 + 150, outer.y0 + 430, -90, 90)
    solids.append(box(STEEL, outlet, rng.uniform(1.0, 2.2)))
    cladding = Box3(inside.x0 + 500, inside.x1 - 500, inside.y0, inside.y1, inside.z1 - 60, inside.z1)
    cavities = (
        Cavity("side_wall", cladding),
        Cavity("floor", Box3(inside.x0 + 400, inside.x1 - 400, outer.y0 + 20, extent.y0 + 20, -500, 500)),
        Cavity("roof", Box3(inside.x0 + 300, inside.x1 - 300, extent.y1 - 60, outer.y1 - 20, -500, 500)),
    )
    return Unit("tank", equipment, outer, inside, None, tuple(solids), cavities)


def vessel_rings(rng: np.random.Generator, extent: Box3, metal: Material, count: int) -> list[Solid]:
    """Surge plates or bulkheads between compartments: thin discs inside, seen edge-on."""
    places = np.linspace(extent.x0, extent.x1, count + 2)[1:-1] + rng.normal(0, 60, count)
    solids: list[Solid] = []
    for place in places:
        size = extent._replace(x0=place - 15, x1=place + 15).inset(0, 6, 6)
        two = np.ones(2)
        y, z = (size.y0 + size.y1) / 2, (size.z0 + size.z1) / 2
        half_y, half_z = (size.y1 - size.y0) / 2, (size.z1 - size.z0) / 2
        density = density_of(metal, None) * rng.uniform(0.15, 0.35)
        x = np.array([size.x0, size.x1])
        solids.append(Round(metal, x, y * two, z * two, half_y * two, half_z * two, density))
    return solids


def support_legs(rng: np.random.Generator, extent: Box3, deck_y: float, half_mm: float) -> list[Solid]:
    """Saddles that carry a barrel on a frame: plates across and webs below it."""
    count = int(rng.integers(3, 7))
    places = np.linspace(extent.x0 + 400, extent.x1 - 500, count)
    top = extent.y0 + 0.12 * (extent.y1 - extent.y0)
    webs = repeated(
        STEEL, places, [6.0, 80.0, 6.0], [deck_y, top], [half_mm - 80, half_mm], along_x(1, 0.1, 1)
    )
    plate = grid(
        STEEL, [extent.x0 + 300, extent.x1 - 300], [deck_y, deck_y + 8], [half_mm - 100, half_mm + 20], 1
    )
    return [paired(webs), paired(plate)]
