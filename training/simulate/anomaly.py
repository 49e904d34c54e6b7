"""What is hidden in a load, and what is missing from it.

Sizes, places and areal densities follow published concealments (World Customs Organization reporting on
rip-off bags, wall and roof compartments) and common sizes of the things themselves.
"""

from collections.abc import Callable

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.canvas import Canvas, DrawnAnomaly, Float32Array, px
from training.simulate.structure import UnitShape

Rng = np.random.Generator


def ellipse(height: int, width: int, power: float = 2.0) -> Float32Array:
    """Chord of a (super)ellipsoid in [0, 1]."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.sqrt(np.maximum(1 - np.abs(y) ** power - np.abs(x) ** power, 0)).astype(np.float32)


def draw(
    canvas: Canvas, family: str, parts: list[tuple[Material, Float32Array]], y0: int, x0: int
) -> DrawnAnomaly | None:
    """Add a thing to the canvas and remember exactly where; None when nothing of it is on the canvas."""
    total = np.sum([areal for _, areal in parts], axis=0).astype(np.float32)
    for material, areal in parts:
        canvas.add(material, areal, y0, x0, goods=True)
    top, left = max(y0, 0), max(x0, 0)
    part = total[top - y0 : canvas.height - y0, left - x0 : canvas.width - x0]
    mask = part > 0.15 * max(float(total.max()), 1e-6)
    if mask.sum() < 12:
        return None
    drawn = DrawnAnomaly(family, top, left, mask, part)
    canvas.anomalies.append(drawn)
    return drawn


def place(rng: Rng, canvas: Canvas, unit: UnitShape, height: int, width: int) -> tuple[int, int]:
    """A place inside the unit where such a thing can lie: among the goods, on them, or on the floor."""
    x = int(rng.integers(unit.inner_x0, max(unit.inner_x1 - width, unit.inner_x0 + 1)))
    goods = canvas.goods[unit.inner_y0 : unit.inner_y1, max(x, 0) : x + width].max(axis=1) > 1.0
    top = unit.inner_y0 + int(np.argmax(goods)) if goods.any() else unit.inner_y1
    highest, lowest = max(top - height, unit.inner_y0), unit.inner_y1 - height
    y = lowest - int(rng.beta(1.0, 1.6) * max(lowest - highest, 0))
    return y, x


def rip_off_bags(rng: Rng, canvas: Canvas, unit: UnitShape) -> list[DrawnAnomaly | None]:
    """Holdalls of 20 to 30 kg within a metre or so of the doors, on the floor or on the load."""
    drawn = []
    for _ in range(int(rng.integers(1, 7))):
        height, width = px(rng.uniform(250, 400)), px(rng.uniform(450, 800))
        y = unit.inner_y1 - height - px(rng.choice([0.0, 0.0, 300.0, 800.0]) * rng.random())
        offset = px(rng.uniform(0, 1400))
        x = unit.inner_x0 + offset if unit.door_left else unit.inner_x1 - width - offset
        bag = ellipse(height, width, rng.uniform(2.2, 4.0)) * rng.uniform(14, 35)
        drawn.append(draw(canvas, "rip_off_bags", [(m.COCAINE, bag)], y, x))
    return drawn


def bricks_in_load(rng: Rng, canvas: Canvas, unit: UnitShape) -> list[DrawnAnomaly | None]:
    """A block of pressed bricks, a fine grid among the goods."""
    rows, columns = int(rng.integers(3, 14)), int(rng.integers(2, 9))
    brick_h, brick_w = max(px(rng.uniform(40, 70)), 6), max(px(rng.uniform(140, 210)), 10)
    y, x = np.ogrid[: rows * brick_h, : columns * brick_w]
    grid = ((y % brick_h) > 0) & ((x % brick_w) > 0)
    areal = np.where(grid, rng.uniform(5, 24), 0.6).astype(np.float32)
    y0, x0 = place(rng, canvas, unit, *areal.shape)
    return [draw(canvas, "bricks_in_load", [(m.COCAINE, areal)], y0, x0)]


def false_wall(rng: Rng, canvas: Canvas, unit: UnitShape) -> list[DrawnAnomaly | None]:
    """A compartment of 60 to 300 mm behind sheet steel, at the front, the floor or the roof."""
    depth = px(rng.uniform(60, 300))
    height, width = unit.inner_y1 - unit.inner_y0, unit.inner_x1 - unit.inner_x0
    where = rng.choice(["front", "floor", "roof"], p=[0.5, 0.25, 0.25])
    if where == "front":
        shape = (height, depth)
        y0, x0 = unit.inner_y0, unit.inner_x1 - depth if unit.door_left else unit.inner_x0
    else:
        length = int(width * rng.uniform(0.3, 1.0))
        shape = (min(depth, px(180)), length)
        y0 = unit.inner_y0 if where == "roof" else unit.inner_y1 - shape[0]
        x0 = unit.inner_x0 + int(rng.integers(0, max(width - length, 1)))
    fill = np.full(shape, rng.uniform(25, 130), np.float32)
    cell = max(px(rng.uniform(100, 300)), 8)
    fill *= np.where(
        (np.arange(shape[1]) % cell < 1)[None, :] | (np.arange(shape[0]) % cell < 1)[:, None], 0.8, 1
    )
    steel = np.full(shape, rng.uniform(1.0, 5.0), np.float32)
    return [draw(canvas, "false_wall", [(m.COCAINE, fill.astype(np.float32)), (m.STEEL, steel)], y0, x0)]


def weapons_ammunition(rng: Rng, canvas: Canvas, unit: UnitShape) -> list[DrawnAnomaly | None]:
    """Long guns and pistols, one or a bundle: barrels, receivers, magazines."""
    count = int(rng.integers(1, 6))
    length = px(rng.uniform(180, 260)) if rng.random() < 0.35 else px(rng.uniform(650, 1100))
    gun = np.zeros((max(length // 4, 16), length), np.float32)
    middle = gun.shape[0] // 3
    bore = max(px(rng.uniform(18, 30)), 3)
    gun[middle : middle + bore, : int(length * 0.75)] += rng.uniform(8, 14)
    gun[middle - bore : middle + 2 * bore, int(length * 0.35) : int(length * 0.75)] += rng.uniform(8, 24)
    gun[middle + bore :, int(length * 0.45) : int(length * 0.45) + max(px(60), 5)] += rng.uniform(4, 12)
    gun[middle : middle + 4 * bore, int(length * 0.75) :] += rng.uniform(1.0, 5.0)
    if rng.random() < 0.5:
        gun = gun[:, ::-1]
    stacked = np.zeros((gun.shape[0] + count * 8, gun.shape[1] + count * 6), np.float32)
    for _ in range(count):
        y, x = int(rng.integers(0, count * 8)), int(rng.integers(0, count * 6))
        stacked[y : y + gun.shape[0], x : x + gun.shape[1]] += gun
    if rng.random() < 0.4:
        stacked = np.ascontiguousarray(np.rot90(stacked))
    y0, x0 = place(rng, canvas, unit, *stacked.shape)
    return [draw(canvas, "weapons_ammunition", [(m.STEEL, stacked)], y0, x0)]


def shielded_nuclear(rng: Rng, canvas: Canvas, unit: UnitShape) -> list[DrawnAnomaly | None]:
    """A dense core of 3 to 10 cm in lead, steel or plastic."""
    core, shell = px(rng.uniform(30, 100)), px(rng.uniform(20, 120))
    size = core + 2 * shell
    outer_material = m.LEAD if rng.random() < 0.6 else m.STEEL
    density = 11.3 if outer_material is m.LEAD else 7.87
    outer = ellipse(size, size) * (density * size * 0.5 * rng.uniform(0.6, 1.0))
    inner = np.zeros((size, size), np.float32)
    core_at = slice(shell, shell + core)
    inner[core_at, core_at] = ellipse(core, core) * (19.0 * core * 0.5)
    core_material = m.URANIUM if rng.random() < 0.5 else m.TUNGSTEN
    y0, x0 = place(rng, canvas, unit, size, size)
    return [draw(canvas, "shielded_nuclear", [(outer_material, outer), (core_material, inner)], y0, x0)]


def void(rng: Rng, canvas: Canvas, unit: UnitShape) -> list[DrawnAnomaly | None]:
    """Goods taken out of the middle of a load: the same areal density scaled down in a box."""
    height, width = px(rng.uniform(250, 900)), px(rng.uniform(300, 1500))
    y0, x0 = place(rng, canvas, unit, height, width)
    top, left = max(y0, 0), max(x0, 0)
    window = (slice(top, y0 + height), slice(left, x0 + width))
    goods = canvas.goods[window]
    if goods.size == 0 or (goods > 8).mean() < 0.9:
        return []  # a void needs goods around it
    share = rng.uniform(0.25, 0.8)
    material = m.CELLULOSE
    removed = goods * share
    canvas.add(material, -removed, top, left, goods=True)
    np.maximum(canvas.basis[0], 0.0, out=canvas.basis[0])
    drawn = DrawnAnomaly("void", top, left, np.ones(goods.shape, bool), -removed)
    canvas.anomalies.append(drawn)
    return [drawn]


FAMILIES: dict[str, Callable[[Rng, Canvas, UnitShape], list[DrawnAnomaly | None]]] = {
    "rip_off_bags": rip_off_bags,
    "bricks_in_load": bricks_in_load,
    "false_wall": false_wall,
    "weapons_ammunition": weapons_ammunition,
    "shielded_nuclear": shielded_nuclear,
    "void": void,
}
