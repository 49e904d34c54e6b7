"""One truck at the scanner: structure, goods, what is hidden, and what was declared."""

from dataclasses import dataclass

import numpy as np

from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.physics.materials import POLYETHYLENE, STEEL, WOOD
from training.simulate.anomaly import FAMILIES
from training.simulate.canvas import Canvas, px
from training.simulate.cargo import PACKINGS, Layer, Packing, pack_goods
from training.simulate.structure import UnitShape, chassis, container, trailer

Rng = np.random.Generator
CLASS_INDEX = {item.name: index for index, item in enumerate(COMMODITY_CLASSES)}
GOODS_THRESHOLD_G_CM2 = 0.3
# kg of goods in one pixel of 5 mm x 5 mm for each g/cm2.
KG_PER_G_CM2 = 0.25 / 1000


@dataclass
class LoadedUnit:
    """A cargo space with what is in it; `commodities` in the order of their place."""

    shape: UnitShape
    commodities: tuple[str, ...]
    mass_kg: float


@dataclass
class Scene:
    """A drawn scene with its truth."""

    canvas: Canvas
    units: list[LoadedUnit]


@dataclass(frozen=True)
class Wish:
    """What a scene must hold; None leaves it to chance."""

    vehicle: str | None = None
    empty: bool | None = None
    commodity: str | None = None
    families: tuple[str, ...] | None = None
    close_up: bool = False


VEHICLES = (
    "truck_40",
    "truck_20",
    "truck_2x20",
    "trailer_curtain",
    "trailer_box",
    "reefer_40",
    "container_only",
)
VEHICLE_SHARE = (0.25, 0.15, 0.12, 0.14, 0.08, 0.14, 0.12)


def build_scene(rng: Rng, wish: Wish = Wish()) -> Scene:
    """Draw a scene."""
    vehicle = wish.vehicle or str(rng.choice(VEHICLES, p=VEHICLE_SHARE))
    lengths = {
        "truck_20": [6058.0],
        "truck_2x20": [6058.0, 6058.0],
        "reefer_40": [rng.choice([6058.0, 12192.0])],
    }
    unit_mm = lengths.get(
        vehicle, [12192.0 if not vehicle.startswith("trailer") else rng.uniform(7000, 13600)]
    )
    if vehicle == "container_only":
        unit_mm = [float(rng.choice([6058.0, 12192.0, 13716.0]))]
    height_mm = float(rng.choice([2591.0, 2896.0])) if "trailer" not in vehicle else rng.uniform(2500, 3000)
    alone = vehicle == "container_only"
    outside = (0, 60) if alone else (300, 500) if wish.close_up else (100, 4500)
    margin, right_margin = px(rng.uniform(*outside)), px(rng.uniform(*outside))
    gap = px(rng.choice([rng.uniform(40, 90), rng.uniform(100, 1200)]))
    top = px(rng.uniform(0, 60)) if alone else px(rng.uniform(20, 150 if wish.close_up else 450))
    bottom = px(rng.uniform(0, 60)) if alone else px(rng.uniform(200, 450 if wish.close_up else 1350))
    width = margin + sum(px(length) for length in unit_mm) + gap * (len(unit_mm) - 1) + right_margin
    canvas = Canvas.empty(top + px(height_mm) + bottom, width)
    x, shapes = margin, []
    if not alone:
        chassis(rng, canvas, margin, width - right_margin, top + px(height_mm))
    for length in unit_mm:
        if vehicle.startswith("trailer"):
            shapes.append(trailer(rng, canvas, x, top, length, height_mm, vehicle == "trailer_curtain"))
        else:
            shapes.append(container(rng, canvas, x, top, length, height_mm, vehicle == "reefer_40"))
        x += px(length) + gap
    units = [load_unit(rng, canvas, shape, wish) for shape in shapes]
    hide(rng, canvas, units, wish)
    for unit in units:
        s = unit.shape
        unit.mass_kg = float(canvas.goods[s.y0 : s.y1, s.x0 : s.x1].sum()) * KG_PER_G_CM2
    return Scene(canvas, units)


def load_unit(rng: Rng, canvas: Canvas, shape: UnitShape, wish: Wish) -> LoadedUnit:
    """Put goods into a unit: none, one commodity, or two side by side; full, half or a few pallets."""
    empty = bool(rng.random() < 0.17) if wish.empty is None else wish.empty
    if empty:
        clutter(rng, canvas, shape)
        return LoadedUnit(shape, (), 0.0)
    known = {packing.commodity: packing for packing in PACKINGS}
    first = known[wish.commodity] if wish.commodity else PACKINGS[int(rng.integers(len(PACKINGS)))]
    width = shape.inner_x1 - shape.inner_x0
    used = width if rng.random() < 0.7 else int(width * rng.uniform(0.15, 0.95))
    start = shape.inner_x0 + (int(rng.integers(0, width - used + 1)) if rng.random() < 0.5 else 0)
    spans = [(first, start, start + used)]
    if rng.random() < 0.2 and used > px(3000) and not wish.commodity:
        cut = start + int(used * rng.uniform(0.3, 0.7))
        spans = [(first, start, cut), (PACKINGS[int(rng.integers(len(PACKINGS)))], cut, start + used)]
    names = [fill_span(rng, canvas, shape, packing, left, right) for packing, left, right in spans]
    if rng.random() < 0.5:
        clutter(rng, canvas, shape)
    return LoadedUnit(shape, tuple(dict.fromkeys(names)), 0.0)


def fill_span(rng: Rng, canvas: Canvas, shape: UnitShape, packing: Packing, left: int, right: int) -> str:
    """Goods of one class between two columns, on the floor of the unit."""
    area = (shape.inner_y1 - shape.inner_y0, max(right - left, 8))
    fill = rng.uniform(*packing.fill) * (rng.uniform(0.3, 0.9) if rng.random() < 0.2 else 1.0)
    index = CLASS_INDEX[packing.commodity]
    layers: list[Layer] = pack_goods(rng, packing, area, shape.depth_mm, fill)
    for layer in layers:
        canvas.add(layer.material, layer.areal_g_cm2, shape.inner_y0, left, goods=True)
    window = (slice(shape.inner_y0, shape.inner_y1), slice(left, left + area[1]))
    present = canvas.goods[window] > GOODS_THRESHOLD_G_CM2
    canvas.commodity[window][present] = index
    return packing.commodity


def clutter(rng: Rng, canvas: Canvas, shape: UnitShape) -> None:
    """Dunnage, load bars, straps and empty pallets: part of honest scans, not goods and not an anomaly."""
    for _ in range(int(rng.integers(0, 4))):
        x = int(rng.integers(shape.inner_x0, shape.inner_x1))
        kind = rng.integers(4)
        if kind == 0:
            canvas.add(
                STEEL,
                rng.uniform(1, 4),
                shape.inner_y0 + px(300),
                x,
                shape.inner_y1 - shape.inner_y0 - px(300),
                px(45),
            )
        elif kind == 1:
            canvas.add(
                WOOD, rng.uniform(0.5, 6), shape.inner_y1 - px(140), x, px(140), px(rng.uniform(300, 1200))
            )
        elif kind == 2:
            canvas.add(WOOD, rng.uniform(1, 8), shape.inner_y1 - px(100), x, px(100), px(100))
        else:
            canvas.add(POLYETHYLENE, rng.uniform(0.1, 0.4), shape.inner_y0 + px(400), x, px(1200), px(500))


def hide(rng: Rng, canvas: Canvas, units: list[LoadedUnit], wish: Wish) -> None:
    """Hide things in the units."""
    families = wish.families
    if families is None:
        count = int(rng.choice([0, 1, 2, 3], p=[0.45, 0.3, 0.15, 0.1]))
        families = tuple(str(name) for name in rng.choice(list(FAMILIES), count))
    for family in families:
        for _ in range(8):  # a void needs goods around it: look for another place
            unit = units[int(rng.integers(len(units)))]
            if FAMILIES[family](rng, canvas, unit.shape):
                break
