"""Cartons: stacked on the floor, on pallets, interlocked, with what is inside them."""

from collections.abc import Callable, Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import FloatArray, Material
from training.simulate.cargo.pallets import pallet_height, pallet_length, under
from training.simulate.cargo.stowage import (
    Pieces,
    Rng,
    Span,
    Stow,
    grid_of,
    mottle,
    pick,
    piece_values,
    refined,
    row,
    rows_across,
    settled,
)  # fmt: skip
from training.simulate.solids import Box3, Grid, Solid

Size = tuple[Span, Span, Span]
"""Ranges of a carton's length, height and depth in mm."""
Inside = Callable[[Rng, Pieces], tuple[Pieces, FloatArray]]
"""What is in a carton: pieces of more cells, and a factor for each cell along x."""


def rounds_inside(rng: Rng, xs: Pieces) -> tuple[Pieces, FloatArray]:
    """Bottles or cans: the chord of 3 to 6 circles along each carton."""
    many, cells = int(rng.integers(3, 7)), 5
    fine = refined(xs, many * cells)
    u = (np.tile(np.arange(cells), many) + 0.5) / cells * 2 - 1
    chord = np.sqrt(1 - u * u) * rng.uniform(0.7, 1.0) + rng.uniform(0.05, 0.3)
    return fine, _each(fine, chord)


def boards_inside(rng: Rng, xs: Pieces) -> tuple[Pieces, FloatArray]:
    """Boards, books, plates on edge: thin and dense with air or foam between."""
    many = int(rng.integers(4, 12))
    fine = refined(xs, many * 2)
    pattern = np.where(np.arange(many * 2) % 2 == 0, rng.uniform(1.2, 1.9), rng.uniform(0.2, 0.8))
    return fine, _each(fine, pattern)


def padded_inside(rng: Rng, xs: Pieces) -> tuple[Pieces, FloatArray]:
    """A body in the middle, padding at the ends."""
    fine = refined(xs, 7)
    low, high = rng.uniform(0.15, 0.6), rng.uniform(1.1, 1.5)
    return fine, _each(fine, np.array([0.8, low, high, high * rng.uniform(0.8, 1.1), high, low, 0.8]))


def hollow_inside(rng: Rng, xs: Pieces) -> tuple[Pieces, FloatArray]:
    """Walls with little between them: nested articles, hollow ware."""
    fine = refined(xs, 9)
    return fine, _each(fine, np.array([1.6, *([rng.uniform(0.5, 0.9), rng.uniform(0.9, 1.2)] * 4)])[:9])


def _each(fine: Pieces, pattern: FloatArray) -> FloatArray:
    """The pattern over the cells of every piece, 1 in the gaps."""
    factor = np.ones(len(fine.piece))
    filled = fine.piece >= 0
    factor[filled] = np.tile(pattern, int(filled.sum()) // len(pattern))
    return factor


def _drawn(rng: Rng, size: Size) -> tuple[float, float, float]:
    length, height, depth = (float(rng.uniform(*span)) for span in size)
    return (depth, height, length) if rng.random() < 0.3 else (length, height, depth)


def floor_stacked(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], size: Size, spread: float = 0.04,
    gap: Span = (2, 14), inside: Sequence[Inside] = (), texture: float = 0.0, lean: float = 1.0,
    roughness: float = 0.1,
) -> Stow:  # fmt: skip
    """Stacked by hand, column upon column; rows across the depth rarely line up."""
    material, (length, height, depth) = pick(rng, materials), _drawn(rng, size)
    gap_mm, solids = rng.uniform(*gap), list[Solid]()
    turned = rng.random() < 0.25
    fill = pick(rng, inside) if inside and rng.random() < 0.75 else None
    stacks = int(pick(rng, (1, 1, 2, 3)))
    for part in rows_across(rng, room, depth * int(rng.integers(1, 4)), (2, 25), most=3):
        along = depth if turned and rng.random() < 0.5 else length
        xs = row(
            rng,
            part.x0,
            part.x1,
            along,
            gap_mm,
            jitter=0.012,
            unit=stacks,
            unit_gap=gap_mm * rng.uniform(1, 4),
        )
        ys = row(rng, part.y0, part.y1, height, rng.uniform(0.5, 5), jitter=0.006, fill=True)
        zs = row(rng, part.z0, part.z1, max(depth, (part.z1 - part.z0) / 4), rng.uniform(2, 10), fill=True)
        values = piece_values(rng, xs, ys.count, zs.count, spread=spread, roughness=roughness)
        solids.append(_grid(rng, material, xs, ys, zs, values, fill, part, texture, lean))
    return Stow(solids, [])


def on_pallets(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], size: Size, spread: float = 0.04,
    gap: Span = (1, 12), inside: Sequence[Inside] = (), texture: float = 0.0, two_high: float = 0.3,
    roughness: float = 0.15,
) -> Stow:  # fmt: skip
    """Unit loads on pallets in two rows, sometimes two high; vented goods have wide gaps."""
    material, (length, height, depth) = pick(rng, materials), _drawn(rng, size)
    fill = pick(rng, inside) if inside and rng.random() < 0.75 else None
    goods, fixed = list[Solid](), list[Solid]()
    deck = pallet_height(rng, room)
    tiers = 2 if room.y1 - room.y0 > 1600 and rng.random() < two_high else 1
    tier_height = (room.y1 - room.y0) / tiers
    same = pallet_length(rng) if rng.random() < 0.7 else None
    for part in rows_across(rng, room, 1150, (10, 90), most=2):
        pallet = same or pallet_length(rng)
        unit = max(round(pallet / length), 1)
        along = pallet / unit - rng.uniform(*gap)
        own_gap = rng.uniform(*gap)
        xs = row(rng, part.x0, part.x1, along, own_gap, unit=unit, unit_gap=rng.uniform(15, 120))
        zs = row(rng, part.z0, part.z1, max(depth, (part.z1 - part.z0) / 4), rng.uniform(*gap), fill=True)
        for tier in range(tiers):
            base = part.y0 + tier * tier_height
            storey = part._replace(y0=base, y1=base + tier_height - (10 if tier + 1 < tiers else 0))
            fixed.append(under(rng, xs, storey, deck, rng.uniform(0, 10)))
            ys = row(rng, base + deck, storey.y1, height, rng.uniform(0.5, 4), jitter=0.004, fill=True)
            rough = roughness if tier + 1 == tiers else 0.0
            values = piece_values(
                rng, xs, ys.count, zs.count, spread=spread, roughness=rough, ragged=0.02 * (rough > 0)
            )
            goods.append(_grid(rng, material, xs, ys, zs, values, fill, storey, texture, 0.4))
    return Stow(goods, fixed)


def interlocked(
    rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material], size: Size, spread: float = 0.03,
    gap: Span = (2, 10), texture: float = 0.0, pallet: bool = False,
) -> Stow:  # fmt: skip
    """Laid in courses like bricks, every other course turned or shifted."""
    material, (length, height, depth) = pick(rng, materials), _drawn(rng, size)
    goods, fixed = list[Solid](), list[Solid]()
    deck = pallet_height(rng, room) if pallet else 0.0
    for part in rows_across(rng, room, rng.uniform(700, 1200), (3, 40), most=3):
        gap_mm = rng.uniform(*gap)
        first = row(rng, part.x0, part.x1, length, gap_mm)
        other_length = depth if abs(depth - length) > 0.15 * length and rng.random() < 0.6 else length
        second = row(rng, part.x0, part.x1, other_length, gap_mm)
        if other_length == length:
            second = _half_first(second, length / 2, part.x1)
        edges = np.unique(np.concatenate([first.edges, second.edges, [part.x0, part.x1]]))
        middle = (edges[1:] + edges[:-1]) / 2
        ys = row(rng, part.y0 + deck, part.y1, height, rng.uniform(0.5, 4), jitter=0.004, fill=True)
        zs = row(rng, part.z0, part.z1, max(depth, (part.z1 - part.z0) / 3), gap_mm, fill=True)
        density = np.zeros((len(middle), len(ys.piece), len(zs.piece)), np.float32)
        for course, pieces in enumerate((first, second)):
            at = np.clip(np.searchsorted(pieces.edges, middle) - 1, 0, len(pieces.piece) - 1)
            inside = (middle > pieces.edges[0]) & (middle < pieces.edges[-1])
            owner = np.where(inside, pieces.piece[at], -1)
            values = piece_values(rng, pieces, ys.count, zs.count, spread=spread, roughness=0.05)
            fx = np.flatnonzero(owner >= 0)
            fy = np.flatnonzero((ys.piece >= 0) & (ys.piece % 2 == course))
            fz = np.flatnonzero(zs.piece >= 0)
            density[np.ix_(fx, fy, fz)] = values[np.ix_(owner[fx], ys.piece[fy], zs.piece[fz])]
        own = mottle(rng, part, rng.uniform(30, 150), texture) if texture else None
        goods.append(Grid(material, edges, ys.edges, zs.edges, density, own, settled(rng, part, 0.6)))
        if pallet:
            on = row(rng, part.x0, part.x1, pallet_length(rng), rng.uniform(5, 40))
            fixed.append(under(rng, on, part, deck))
    return Stow(goods, fixed)


def _half_first(pieces: Pieces, half: float, end: float) -> Pieces:
    """The same course begun and ended by half a piece, flush with the others."""
    edges = np.minimum(np.concatenate([pieces.edges[:1], pieces.edges + half]), end)
    owner = np.concatenate([[0], np.where(pieces.piece >= 0, pieces.piece + 1, -1)])
    return Pieces(edges, owner.astype(np.intp), np.arange(pieces.count + 1))


def mixed_sizes(
    rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material], size: Size, spread: float = 0.15
) -> Stow:
    """Cartons of several sizes and makes, block beside block along the load."""
    goods, fixed, x = list[Solid](), list[Solid](), room.x0
    while x < room.x1 - 250:
        end = min(x + rng.uniform(600, 2400), room.x1)
        end = room.x1 if room.x1 - end < 400 else end
        block = room._replace(x0=x, x1=end, y1=room.y0 + (room.y1 - room.y0) * rng.uniform(0.75, 1.0))
        how = floor_stacked if rng.random() < 0.6 else on_pallets
        grown = rng.uniform(0.6, 1.6)
        wider: Size = tuple((a * grown, b * grown) for a, b in size)  # type: ignore[assignment]
        stow = how(
            rng, block, kg_m3, materials=materials, size=wider, spread=spread,
            inside=(padded_inside, rounds_inside, boards_inside),
        )  # fmt: skip
        goods += [_times(s, rng.uniform(0.7, 1.35)) for s in stow.goods]
        fixed += stow.fixed
        x = end + rng.uniform(0, 60)
    return Stow(goods, fixed)


def thermal_boxes(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Insulated shippers: light foam walls, packs of coolant, a dense core of product."""
    goods, fixed = list[Solid](), list[Solid]()
    deck = pallet_height(rng, room)
    for part in rows_across(rng, room, 1150, (20, 100), most=2):
        size, height = rng.uniform(380, 1100), rng.uniform(380, 1100)
        xs = row(rng, part.x0, part.x1, size, rng.uniform(8, 60))
        ys = row(rng, part.y0 + deck, part.y1, min(height, part.y1 - part.y0 - deck), 6, fill=True)
        zs = row(rng, part.z0, part.z1, max(size, (part.z1 - part.z0) / 2), 20, fill=True)
        values = piece_values(rng, xs, ys.count, zs.count, spread=0.06, roughness=0.15)
        fixed.append(under(rng, xs, part, deck))
        goods.append(_scaled_grid(grid_of(m.POLYESTER, xs, ys, zs, values), 0.12))
        for material, low, high, dense in (
            (m.WATER, 0.12, 0.2, 0.5),
            (pick(rng, materials), 0.24, 0.76, 1.0),
        ):
            x, y, z = (_part(p, low, high) for p in (xs, ys, zs))
            goods.append(_scaled_grid(grid_of(material, x, y, z, values), dense))
            if material is m.WATER:
                x, y, z = _part(xs, 0.12, 0.88), _part(ys, 0.8, 0.9), _part(zs, 0.12, 0.88)
                goods.append(_scaled_grid(grid_of(material, x, y, z, values), dense))
    return Stow(goods, fixed)


def _part(pieces: Pieces, low: float, high: float) -> Pieces:
    """The stretch of each piece from one share of its length to another."""
    starts = pieces.edges[:-1][pieces.piece >= 0]
    sizes = np.diff(pieces.edges)[pieces.piece >= 0]
    edges = np.stack([starts + low * sizes, starts + high * sizes], axis=1).ravel()
    owner = np.where(np.arange(len(edges) - 1) % 2 == 0, np.arange(len(edges) - 1) // 2, -1)
    return Pieces(edges, owner.astype(np.intp), pieces.unit)


def _scaled_grid(grid: Grid, factor: float) -> Grid:
    return Grid(
        grid.material,
        grid.x_mm,
        grid.y_mm,
        grid.z_mm,
        grid.density * np.float32(factor),
        grid.texture,
        grid.sway,
    )


def _times(solid: Solid, factor: float) -> Solid:
    return _scaled_grid(solid, factor) if isinstance(solid, Grid) else solid


def _grid(
    rng: Rng, material: Material, xs: Pieces, ys: Pieces, zs: Pieces, values: np.ndarray, fill: Inside | None,
    part: Box3, texture: float, lean: float,
) -> Grid:  # fmt: skip
    profile = None
    if fill is not None:
        xs, profile = fill(rng, xs)
    own = mottle(rng, part, rng.uniform(25, 160), texture * rng.uniform(0.5, 1.2)) if texture else None
    return grid_of(
        material, xs, ys, zs, values, profile_x=profile, texture=own, sway=settled(rng, part, lean)
    )
