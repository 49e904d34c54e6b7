"""Goods with something in them: planks, tiles, cartons, drums and rolls that are hollow and filled."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from training.simulate.concealment.packages import substance
from training.simulate.concealment.place import (
    Rng,
    Site,
    concealment,
    count,
    displaced,
    filled_items,
    graded,
    occupied_by,
)
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Grid, Loft, Round, Solid, box, filled_with, hole, mass_kg

LEAST_CELL_MM = 14.0  # thinner goods hold nothing
MOST_KG = 3000.0  # of a large seizure


def _with_core(
    edges: FloatArray, low: int, high: int, wall: float
) -> tuple[FloatArray, NDArray[np.intp], NDArray[np.bool_]]:
    """Edges with a core inside each cell from `low` to `high`; which old cell each new one is, and which are cores."""
    starts, ends = edges[low:high], edges[low + 1 : high + 1]
    thick = np.minimum(wall, 0.25 * (ends - starts))
    new = np.stack([starts, starts + thick, ends - thick], axis=1).ravel()
    new = np.append(new, ends[-1])
    cells = np.repeat(np.arange(low, high), 3)
    return new, cells, np.arange(len(cells)) % 3 == 1


def _block(rng: Rng, cells: int, share: float) -> tuple[int, int]:
    """A run of cells of about that share."""
    wanted = int(np.clip(round(cells * share), 1, cells))
    low = int(rng.integers(0, cells - wanted + 1))
    return low, low + wanted


def _padded(edges: FloatArray, whole: FloatArray) -> tuple[FloatArray, int]:
    """With the ends of the whole, and by how many cells that moves them."""
    before = [whole[0]] if whole[0] < edges[0] else []
    after = [whole[-1]] if whole[-1] > edges[-1] else []
    return np.concatenate([before, edges, after]), len(before)


def in_cells(rng: Rng, goods: Grid, amount: float) -> tuple[list[Solid], list[Solid], str, int] | None:
    """(added, removed, substance, items): the cores of some cells of a grid, refilled."""
    least = LEAST_CELL_MM
    wide = [np.diff(edges) > least for edges in (goods.x_mm, goods.y_mm, goods.z_mm)]
    solid = (goods.density > 0.02) & np.einsum("i,j,k->ijk", *(w.astype(int) for w in wide)).astype(bool)
    if int(solid.sum()) < 4:
        return None
    side = min(graded(rng, amount, 0.2, 1.3), 1.0)
    # Enough cells for a few items (half of a grid's cells are gaps), few enough to be quick.
    runs = [_block(rng, n, min(max(side * rng.uniform(0.6, 1.2), 3 / n), 60 / n)) for n in solid.shape]
    wall = float(rng.uniform(3, 25))
    new, old, core = zip(
        *(
            _with_core(e, *run, wall)
            for e, run in zip((goods.x_mm, goods.y_mm, goods.z_mm), runs, strict=True)
        ),
        strict=True,
    )
    chosen = solid & _pattern(rng, solid.shape, min(graded(rng, amount, 0.25, 1.2), 1.0))
    cells = chosen[np.ix_(*old)] & np.einsum("i,j,k->ijk", *(c.astype(int) for c in core)).astype(bool)
    name, material, density = substance(rng)
    volumes = np.einsum("i,j,k->ijk", *(np.diff(e) for e in new))
    too_much = float((cells * volumes).sum()) * density * 1e-6 / graded(rng, amount, 15, MOST_KG)
    if too_much > 1:  # a part of the rows only
        cells &= np.repeat(
            np.repeat(rng.random([n // 3 for n in cells.shape[:2]]) < 1 / too_much, 3, 0), 3, 1
        )[..., None]
    items = int(cells.sum())
    if items == 0:
        return None
    gone = np.where(cells, -goods.density[np.ix_(*old)], 0).astype(np.float32)
    fill = np.where(cells, density * rng.normal(1, 0.03, cells.shape), 0).astype(np.float32)
    edges = list(new)
    if goods.sway is not None or goods.texture is not None:  # both hang on the whole extent
        padded = [_padded(e, w) for e, w in zip(edges, (goods.x_mm, goods.y_mm, goods.z_mm), strict=True)]
        pads = [(shift, len(e) - 1 - n - shift) for (e, shift), n in zip(padded, cells.shape, strict=True)]
        edges, gone, fill = [e for e, _ in padded], np.pad(gone, pads), np.pad(fill, pads)
    removed = Grid(goods.material, edges[0], edges[1], edges[2], gone, goods.texture, goods.sway)
    return [Grid(material, edges[0], edges[1], edges[2], fill, None, goods.sway)], [removed], name, items


def in_pieces(rng: Rng, goods: Grid, amount: float) -> tuple[list[Solid], list[Solid], str, int] | None:
    """The same where a grid's cells are finer than its items: blocks of about an item's size, in rows."""
    name, material, density = substance(rng)
    size = np.minimum(rng.uniform(90, 380, 3), np.array(goods.extent.size))
    most = np.maximum(np.array(goods.extent.size) // (1.15 * size), 1)
    rows = [int(min(count(rng, amount, 1, high), n)) for high, n in zip((5, 4, 3), most, strict=True)]
    room = np.array(goods.extent.size) - size * 1.15 * rows
    start = np.array(goods.extent[::2]) + rng.uniform(0, 1, 3) * np.maximum(room, 0)
    boxes = []
    for index in np.ndindex(*rows):
        low = start + 1.15 * size * index
        place = Box3(*(float(v) for pair in zip(low, low + size, strict=True) for v in pair))
        if rng.random() < 0.8 and occupied_by(goods, place) > 0.5:
            boxes.append(place)
    removed = displaced([goods], boxes) if boxes else ()
    if not removed:
        return None
    return [box(material, place.inset(3, 3, 3), density) for place in boxes], list(removed), name, len(boxes)


def _pattern(rng: Rng, shape: tuple[int, ...], share: float) -> NDArray[np.bool_]:
    """Which items: at random, whole rows through the vehicle, a checkerboard, or all."""
    kind = rng.choice(["random", "rows", "some layers", "all"], p=[0.3, 0.35, 0.2, 0.15])
    if kind == "rows":
        return np.broadcast_to(rng.random((*shape[:2], 1)) < share, shape)
    if kind == "some layers":
        return np.broadcast_to(rng.random((1, shape[1], 1)) < max(share, 0.4), shape)
    return rng.random(shape) < (1.0 if kind == "all" else share)


def in_items(
    rng: Rng, goods: Sequence[Loft | Round], amount: float
) -> tuple[list[Solid], list[Solid], str, int]:
    """The same for drums, rolls, sacks and other single solids."""
    wanted = int(np.clip(round(graded(rng, amount, 1, len(goods) * 0.8 + 1)), 1, min(len(goods), 60)))
    name, material, density = substance(rng)
    added: list[Solid] = []
    removed: list[Solid] = []
    thick = graded(rng, 1 - amount, 0.04, 0.3)
    most_kg = graded(rng, amount, 15, MOST_KG)
    for i in rng.choice(len(goods), wanted, replace=False):
        core = hole(goods[i], thick * min(goods[i].extent.size))
        added.append(filled_with(core, material, density))
        removed.append(core)
        if mass_kg(added) > most_kg:
            break
    return added, removed, name, len(added)


def inside_goods(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """Some of the items of one kind of goods, refilled; needs goods."""
    kinds = [goods for goods in site.load.goods if goods.solids]
    if not kinds:
        return None
    goods = kinds[int(rng.integers(len(kinds)))]
    grids = [s for s in goods.solids if isinstance(s, Grid) and s.density.max() > 0.02]
    items = filled_items(goods.solids, 0.05, 2 * LEAST_CELL_MM)
    if grids and (not items or rng.random() < len(grids) / (len(grids) + len(items))):
        grid = grids[int(rng.integers(len(grids)))]
        drawn = in_cells(rng, grid, amount) or in_pieces(rng, grid, amount)
    elif items:
        drawn = in_items(rng, items, amount)
    else:
        return None
    if drawn is None:
        return None
    added, removed, name, number = drawn
    return concealment(
        "inside_goods", site, added, removed=removed, substance=name, items=number, goods=goods.commodity
    )
