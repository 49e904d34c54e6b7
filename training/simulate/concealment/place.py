"""Where hidden things go, and what they push aside.

`amount` runs from 0 (barely there) to 1 (blatant) and moves every range; `graded` is how it does so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from training.simulate.parts import Cavity, Concealment, Load, Unit
from training.simulate.solids import Box3, Grid, Loft, Round, Solid, mass_kg, moved, taken_away

Rng = np.random.Generator
Where = Literal["any", "floor", "top", "among"]
TANK_SQUARE = 0.7  # side of the square in a circle, over its diameter: a tank's room is that of its barrel


@dataclass(frozen=True, eq=False)
class Site:
    """Where something can be hidden: a unit with its load, and the solids and hollows of what carries it.

    `hidden` is what is in there already: nothing new goes where it lies, so that no goods are taken away twice.
    """

    unit: Unit
    load: Load
    carrier_cavities: tuple[Cavity, ...] = ()
    hidden: tuple[Concealment, ...] = ()
    carrier: tuple[Solid, ...] = ()

    @property
    def room(self) -> Box3:
        """Where goods can be; in a tank, the upright box inside its barrel."""
        room = self.unit.room
        if self.unit.kind != "tank":
            return room
        _, height, depth = room.size
        cut = (1 - TANK_SQUARE) / 2
        return room.inset(0.0, cut * height, cut * depth)

    @property
    def goods(self) -> tuple[Solid, ...]:
        """The solids of all goods."""
        return tuple(solid for goods in self.load.goods for solid in goods.solids)

    @property
    def loaded(self) -> tuple[Solid, ...]:
        """The solids of all goods, and what carries and secures them."""
        return self.goods + self.load.dunnage


def graded(rng: Rng, amount: float, low: float, high: float, spread: float = 0.18) -> float:
    """A size that grows with `amount` from about `low` to about `high`, geometrically, with chance around it."""
    at = float(np.clip(amount + rng.normal(0, spread), 0, 1))
    return float(low * (high / low) ** at)


def between(rng: Rng, low: float, high: float) -> float:
    """A place between two, also where rounding has put the higher one a hair below the lower."""
    return float(rng.uniform(low, max(low, high)))


def count(rng: Rng, amount: float, low: float, high: float) -> int:
    """A whole number that grows with `amount`."""
    return max(round(graded(rng, amount, low, high)), round(low))


def top_of_solid(solid: Solid, area: Box3) -> float:
    """Highest y of a solid's matter above the (x, z) rectangle of a box; -inf where there is none."""
    extent = solid.extent
    if extent.x0 >= area.x1 or extent.x1 <= area.x0 or extent.z0 >= area.z1 or extent.z1 <= area.z0:
        return -np.inf
    if isinstance(solid, Grid):
        ix = (solid.x_mm[1:] > area.x0) & (solid.x_mm[:-1] < area.x1)
        iz = (solid.z_mm[1:] > area.z0) & (solid.z_mm[:-1] < area.z1)
        levels = np.flatnonzero((solid.density[ix][:, :, iz] > 0).any(axis=(0, 2)))
        return float(solid.y_mm[levels[-1] + 1]) if len(levels) else -np.inf
    if solid.density <= 0:
        return -np.inf
    x = np.linspace(max(extent.x0, area.x0), min(extent.x1, area.x1), 5)
    tops = solid.y1_mm if isinstance(solid, Loft) else solid.cy_mm + solid.ay_mm
    return float(np.interp(x, solid.x_mm, tops).max())


def top_of_goods(site: Site, area: Box3) -> float:
    """Height of what lies over the (x, z) rectangle of a box; the floor where nothing does."""
    heights = [top_of_solid(solid, area) for solid in site.loaded]
    return max([site.room.y0, *heights])


def occupied_by(solid: Solid, place: Box3) -> float:
    """Share of a box that the matter of one solid fills; a negative solid counts as less than nothing."""
    part = taken_away(solid, place)
    if part is None:
        return 0.0
    volume = max(float(np.prod(place.size)), 1.0)
    if isinstance(part, Grid):
        sides = np.diff(part.x_mm), np.diff(part.y_mm), np.diff(part.z_mm)
        return float(np.einsum("i,j,k,ijk->", *sides, (part.density < 0).astype(np.float64))) / volume
    return -part.mass_kg * 1e6 / abs(part.density) / volume if part.density else 0.0


def occupied(site: Site, place: Box3) -> float:
    """Share of a box that goods fill, 0 to 1 (more where solids overlap)."""
    return sum(occupied_by(solid, place) for solid in site.goods)


def _difference(room: Box3, hole: Box3) -> list[Box3]:
    """What of a box lies outside another, as up to six boxes that do not meet."""
    if room.overlap(hole) is None:
        return [room]
    pieces, rest = [], list(room)
    for axis in (0, 2, 4):
        for end, beyond in ((axis, hole[axis]), (axis + 1, hole[axis + 1])):
            outside = rest[end] < beyond if end == axis else rest[end] > beyond
            if outside:
                piece = list(rest)
                piece[end + 1 if end == axis else axis] = beyond
                pieces.append(Box3(*piece))
                rest[end] = beyond
    return pieces


def disjoint(boxes: Iterable[Box3]) -> list[Box3]:
    """Boxes that cover the same space without meeting, so that nothing is taken away twice."""
    apart: list[Box3] = []
    for new in boxes:
        pieces = [new]
        for old in apart:
            pieces = [left for piece in pieces for left in _difference(piece, old)]
        apart += pieces
    return apart


def _with_edges(edges: np.ndarray, more: Iterable[float], low: float, high: float) -> np.ndarray:
    inside = [value for value in more if low < value < high]
    return np.unique(np.concatenate([edges[(edges > low) & (edges < high)], inside, [low, high]]))


def _from_grid(grid: Grid, boxes: Sequence[Box3], share: float) -> Grid | None:
    """The union of boxes out of a grid. One that sways or has a texture keeps its extent, on which both hang."""
    hit = [common for place in boxes if (common := grid.extent.overlap(place)) is not None]
    if not hit:
        return None
    extent = grid.extent
    low, high = [min(b[i] for b in hit) for i in (0, 2, 4)], [max(b[i] for b in hit) for i in (1, 3, 5)]
    if grid.sway is not None or grid.texture is not None:
        low[1:], high[1:] = [extent.y0, extent.z0], [extent.y1, extent.z1]
    if grid.texture is not None:
        low[0], high[0] = extent.x0, extent.x1
    edges, cells, inside = [], [], []
    for axis, old in enumerate((grid.x_mm, grid.y_mm, grid.z_mm)):
        bounds = [b[2 * axis + end] for b in hit for end in (0, 1)]
        new = _with_edges(old, bounds, low[axis], high[axis])
        middle = (new[1:] + new[:-1]) / 2
        edges.append(new)
        cells.append(np.searchsorted(old, middle) - 1)
        inside.append(
            np.array([(middle > b[2 * axis]) & (middle < b[2 * axis + 1]) for b in hit], np.float32)
        )
    covered = np.einsum("bi,bj,bk->ijk", *inside) > 0
    density = np.where(covered, -share * grid.density[np.ix_(*cells)], 0).astype(np.float32)
    return (
        replace(grid, x_mm=edges[0], y_mm=edges[1], z_mm=edges[2], density=density) if density.any() else None
    )


def displaced(solids: Iterable[Solid], boxes: Sequence[Box3], share: float = 1.0) -> tuple[Solid, ...]:
    """The matter of `solids` whose place boxes take, as negative solids; what boxes share is taken once."""
    pieces = disjoint(boxes)
    removed: list[Solid] = []
    for solid in solids:
        if isinstance(solid, Grid):
            grid = _from_grid(solid, boxes, share)
            removed += [grid] if grid is not None else []
            continue
        for piece in pieces:
            part = taken_away(solid, piece, share)
            if part is not None and part.mass_kg != 0:
                removed.append(part)
    return tuple(removed)


def filled_items(solids: Sequence[Solid], density_g_cm3: float, size_mm: float) -> list[Loft | Round]:
    """Single solids so dense and so large that have matter inside: not the shell that a negative solid hollows out."""
    holes = np.array([s.extent for s in solids if not isinstance(s, Grid) and s.density < 0]).reshape(-1, 6)

    def is_shell(extent: Box3) -> bool:
        low, high = np.array(extent[::2]), np.array(extent[1::2])
        lows, highs = holes[:, ::2] - low, high - holes[:, 1::2]
        inside = np.minimum(lows, highs).min(axis=1) > -0.1
        smaller = np.maximum(lows, highs).max(axis=1) > 0.1  # what fills a hole is as large as the hole
        return bool((inside & smaller).any())

    large = (s for s in solids if not isinstance(s, Grid) and s.density > density_g_cm3)
    return [s for s in large if min(s.extent.size) > size_mm and not is_shell(s.extent)]


def bounds(solids: Iterable[Solid]) -> Box3:
    """The box around several solids."""
    extents = np.array([solid.extent for solid in solids])
    low, high = extents[:, ::2].min(axis=0), extents[:, 1::2].max(axis=0)
    return Box3(low[0], high[0], low[1], high[1], low[2], high[2])


def _reach(solids: Iterable[Solid]) -> Box3 | None:
    """The box around the matter of several solids; a grid's empty rim does not count."""
    boxes = []
    for solid in solids:
        if isinstance(solid, Grid):
            full = [
                np.flatnonzero(np.abs(solid.density).max(axis=axes) > 0) for axes in ((1, 2), (0, 2), (0, 1))
            ]
            if len(full[0]):
                edges = (solid.x_mm, solid.y_mm, solid.z_mm)
                ends = [
                    float(e[i])
                    for e, cells in zip(edges, full, strict=True)
                    for i in (cells[0], cells[-1] + 1)
                ]
                boxes.append(Box3(*ends))
        else:
            boxes.append(solid.extent)
    if not boxes:
        return None
    low, high = np.min([b[::2] for b in boxes], axis=0), np.max([b[1::2] for b in boxes], axis=0)
    return Box3(*(float(v) for pair in zip(low, high, strict=True) for v in pair))


def within(inner: Box3, outer: Box3, slack_mm: float = 1.0) -> bool:
    """Whether one box lies in another."""
    low = all(a >= b - slack_mm for a, b in zip(inner[::2], outer[::2], strict=True))
    return low and all(a <= b + slack_mm for a, b in zip(inner[1::2], outer[1::2], strict=True))


def spot(rng: Rng, site: Site, size: tuple[float, float, float], where: Where = "any") -> Box3 | None:
    """A place for a box of that size: on the floor, on the goods or among them. None when it does not fit."""
    room = site.room
    if any(part > whole for part, whole in zip(size, room.size, strict=True)):
        return None
    length, height, depth = size
    place = room
    for _ in range(6):
        x0 = between(rng, room.x0, room.x1 - length)
        z0 = between(rng, room.z0, room.z1 - depth)
        area = Box3(x0, x0 + length, room.y0, room.y0 + height, z0, z0 + depth)
        top = top_of_goods(site, area)
        kind = where if where != "any" else rng.choice(["floor", "top", "among"], p=[0.25, 0.25, 0.5])
        y0 = room.y0
        if kind == "top":
            if top + height > room.y1:
                continue
            y0 = top
        elif kind == "among":
            y0 = float(rng.uniform(room.y0, max(min(top, room.y1) - height, room.y0)))
        place = Box3(x0, x0 + length, y0, y0 + height, z0, z0 + depth)
        if kind == "floor" or top > room.y0 + 50 or not site.goods:
            return place
    return None if place is room else place


def put(
    rng: Rng, site: Site, parts: Sequence[Solid], where: Where = "any"
) -> tuple[tuple[Solid, ...], Box3] | None:
    """Things built anywhere, moved together to a place for them, and the box around them."""
    around = bounds(parts)
    place = spot(rng, site, around.size, where)
    if place is None:
        return None
    dx, dy, dz = place.x0 - around.x0, place.y0 - around.y0, place.z0 - around.z0
    return tuple(moved(part, dx, dy, dz) for part in parts), place


def from_door(site: Site, distance: float, length: float, rng: Rng) -> tuple[float, float]:
    """(x0, x1) of something `distance` from the doors; either end where a unit has none."""
    room, door = site.room, site.unit.door or rng.choice(["x0", "x1"])
    if door == "x0":
        return room.x0 + distance, room.x0 + distance + length
    return room.x1 - distance - length, room.x1 - distance


def outline(solids: Sequence[Solid], slices: int = 9) -> list[Box3]:
    """Boxes along x as high as things together are there: what lies close around them stays."""
    around = bounds(solids)
    edges = np.linspace(around.x0, around.x1, slices + 1)
    low, high = np.full(slices, np.inf), np.full(slices, -np.inf)
    for solid in solids:
        if isinstance(solid, Grid):
            continue
        x = np.clip(np.linspace(edges[:-1], edges[1:], 4), solid.x_mm[0], solid.x_mm[-1])
        ends = (solid.y0_mm, solid.y1_mm) if isinstance(solid, Loft) else (
            solid.cy_mm - solid.ay_mm, solid.cy_mm + solid.ay_mm
        )  # fmt: skip
        met = (edges[1:] > solid.x_mm[0]) & (edges[:-1] < solid.x_mm[-1])
        y0, y1 = (np.interp(x, solid.x_mm, end) for end in ends)
        low, high = (
            np.where(met, np.minimum(low, y0.min(0)), low),
            np.where(met, np.maximum(high, y1.max(0)), high),
        )
    return [
        around._replace(x0=float(a), x1=float(b), y0=float(y0), y1=float(y1))
        for (a, b), y0, y1 in zip(pairwise(edges), low, high, strict=True)
        if y1 > y0
    ]


def concealment(
    family: str,
    site: Site,
    added: Sequence[Solid],
    boxes: Sequence[Box3] = (),
    share: float = 1.0,
    removed: Sequence[Solid] = (),
    bounds_mm: Box3 | None = None,
    outside: bool = False,
    **facts: float | str,
) -> Concealment | None:
    """Put together; None when something would stick out of the unit (or of `bounds_mm`, a hollow elsewhere).

    `boxes` push aside that share of the load, or of the carrier where it lies `outside` the unit; `removed` is what
    else is gone.
    """
    outer = site.unit.outer if bounds_mm is None else bounds_mm
    if added and not within(bounds(added), outer):
        return None
    gone = (*removed, *displaced(site.carrier if outside else site.loaded, boxes, share))
    here = _reach((*added, *gone))
    if here is None or any(
        (other := _reach((*c.added, *c.removed))) and here.overlap(other) for c in site.hidden
    ):
        return None
    facts = {"mass_kg": round(mass_kg(added), 2), "removed_kg": round(abs(mass_kg(gone)), 2), **facts}
    return Concealment(family, tuple(added), gone, facts, outside)
