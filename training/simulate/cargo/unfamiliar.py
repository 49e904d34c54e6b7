"""Goods that no table lists: articles of random shapes, set out as goods are. For training only.

No table holds everything that is traded. A network that knows a hundred ways of packing takes the hundred and first
for something hidden; one that has seen loads it could not know learns to look for what does not belong to a load,
whatever the load is.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.machines import crate
from training.simulate.cargo.packing import Packing
from training.simulate.cargo.pallets import pallet_height, under
from training.simulate.cargo.stowage import Pieces, Rng, Stow, mottle, pick, row, rows_across
from training.simulate.solids import (
    Box3,
    Loft,
    Round,
    Solid,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    hole,
    prism,
)

HOLLOW = ("box", "lump", "across", "along", "upright")  # what may be a shell
SHAPES = (*HOLLOW, "bar", "wedge")
LOOSE_G_CM3 = 1.6  # of matter that has no density of its own
ARTICLE_MM = (280.0, 2600.0)
MOST_PARTS = 9
MOST_SOLIDS = 240  # of a lot: a bound on time
SHELL_MM = (4.0, 60.0)

_PLASTIC = (m.POLYETHYLENE, m.PVC, m.POLYSTYRENE)
_METAL = (m.STEEL, m.STEEL, m.ALUMINIUM)
MATERIALS: dict[str, tuple[Material, ...]] = {
    "frozen_meat_fish": (m.MEAT,),
    "fresh_produce": (m.FRUIT,),
    "coffee_cocoa_bags": (m.COFFEE,),
    "bottled_drinks": (m.DRINKS, m.WATER, m.GLASS),
    "canned_food": (m.CANNED, m.FRUIT, m.STEEL),
    "tobacco_leaf": (m.TOBACCO,),
    "cigarettes": (m.CIGARETTES, m.PAPER),
    "pharma_cosmetics": (m.PHARMACEUTICALS, m.SOAP, m.POLYETHYLENE),
    "plastic_articles_toys": (*_PLASTIC, m.ELECTRONICS),
    "textiles_garments": (m.TEXTILE, m.POLYESTER),
    "footwear_bags": (m.RUBBER, m.LEATHER, m.POLYURETHANE),
    "furniture_household": (m.WOOD, m.WOOD, m.POLYURETHANE, m.STEEL),
    "electronics": (m.ELECTRONICS, m.APPLIANCE, m.STEEL),
    "machinery": (*_METAL, m.COPPER, m.RUBBER),
    "vehicles_parts": (*_METAL, m.RUBBER, m.POLYETHYLENE),
    "scrap_metal": (*_METAL, m.COPPER),
    "steel_products": (m.STEEL,),
    "nonferrous_metal": (m.ALUMINIUM, m.COPPER, m.BRASS, m.ZINC),
    "stone_ceramic": (m.GRANITE, m.CERAMIC, m.LIME),
    "glass": (m.GLASS,),
    "tyres": (m.TYRE,),
    "timber_plywood": (m.WOOD, m.WET_WOOD),
    "paper_rolls": (m.PAPER,),
    "hides_leather": (m.LEATHER, m.WET_HIDE),
}  # fmt: skip


class Part(NamedTuple):
    """A shape in the unit cube of an article; `density` is relative."""

    shape: str
    where: Box3
    material: Material
    density: float
    shell_mm: float | None
    corners: tuple[tuple[float, float], ...]
    power: float


def articles(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Articles beside and upon one another: alike, mirrored or each another; loose, on pallets or in crates."""
    length, tall, depth = room.size
    size = [float(np.exp(rng.uniform(*np.log(ARTICLE_MM))))]
    size += [size[0] * float(np.exp(rng.normal(0, 0.5))) for _ in range(2)]
    sizes = np.minimum(np.maximum(size, ARTICLE_MM[0]), (length, tall, depth))
    drawn = design(rng, materials)
    counts = np.maximum((length, tall, depth) // sizes, 1)
    too_many = float(np.prod(counts)) * len(drawn) / MOST_SOLIDS
    if too_many > 1:  # fewer and larger ones
        sizes = np.minimum(sizes * too_many ** (1 / 3) * 1.15, (length, tall, depth))
    gap = float(rng.choice([0.0, rng.uniform(2, 20), rng.uniform(20, 250)]))
    base, on_pallets = pallet_height(rng, room), rng.random() < 0.3
    crated, alike, missing = rng.random() < 0.12, rng.random(), rng.choice([0.0, 0.0, rng.uniform(0, 0.25)])
    texture = rng.uniform(0.03, 0.2) if rng.random() < 0.4 else 0.0
    goods, fixed = list[Solid](), list[Solid]()
    for part in rows_across(rng, room, sizes[2], (5, 80), most=6):
        xs = row(rng, room.x0, room.x1, sizes[0], gap, jitter=0.04, fill=rng.random() < 0.5)
        floor = room.y0
        if on_pallets:
            fixed.append(under(rng, xs, part, base))
            floor += base
        ys = row(rng, floor, room.y1, sizes[1], min(gap, 20.0), jitter=0.02, fill=rng.random() < 0.7)
        for at in _places(rng, xs, ys, part, float(missing)):
            if crated:
                fixed += crate(rng, at)
            inner = at.inset(60, 30, 45) if crated and min(at.size) > 250 else at
            own = design(rng, materials) if alike > 0.85 else drawn
            turned = alike > 0.35 and rng.random() < 0.5
            goods += _made(rng, own, inner, turned, texture)
    return Stow(goods, fixed, max(material.density_g_cm3 or LOOSE_G_CM3 for material in materials))


def _places(rng: Rng, xs: Pieces, ys: Pieces, part: Box3, missing: float) -> list[Box3]:
    """Where each article stands; those above a missing one are missing too."""
    spans_x, spans_y = _spans(xs), _spans(ys)
    tops = len(spans_y) - rng.geometric(1 - missing, len(spans_x)) + 1
    tops[rng.integers(len(spans_x))] = len(spans_y)
    return [
        part._replace(x0=a, x1=b, y0=c, y1=d)
        for (a, b), top in zip(spans_x, tops, strict=True)
        for c, d in spans_y[: max(int(top), 0)]
    ]


def _spans(pieces: Pieces) -> list[tuple[float, float]]:
    """Start and end of each piece in mm."""
    cells = np.flatnonzero(pieces.piece >= 0)
    return [(float(pieces.edges[cell]), float(pieces.edges[cell + 1])) for cell in cells]


def design(rng: Rng, materials: Sequence[Material]) -> list[Part]:
    """An article: a body that gives it its outline, and a few further parts of a few shapes."""
    shapes = [pick(rng, SHAPES) for _ in range(int(rng.integers(1, 4)))]
    count = int(rng.integers(1, MOST_PARTS + 1))
    spread, hollow, upright = rng.uniform(0.1, 1.2), rng.choice([0.0, 0.3, 0.8]), rng.random() < 0.3
    parts = []
    for number in range(count):
        least, most = (0.6, 1.0) if number == 0 else (0.06, 0.7)
        low = list[float]()
        for axis in range(3):
            size = rng.uniform(least, most) * (1.3 if upright and axis == 1 else 1.0)
            size = min(size, 1.0)
            start = rng.uniform(0, 1 - size) if axis != 1 or number else 0.0  # the body stands
            low += [start, start + size]
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
        corners = tuple((0.5 + 0.5 * float(np.cos(a)), 0.5 + 0.5 * float(np.sin(a))) for a in angles)
        parts.append(
            Part(
                pick(rng, shapes), Box3(*low), pick(rng, materials), float(np.exp(rng.normal(0, spread))),
                float(rng.uniform(*SHELL_MM)) if rng.random() < hollow else None, corners, rng.uniform(2, 6),
            )
        )  # fmt: skip
    return parts


def _made(rng: Rng, parts: Sequence[Part], at: Box3, turned: bool, texture: float) -> list[Solid]:
    """An article in its place, as it is or turned round."""
    solids = list[Solid]()
    for part in parts:
        w = part.where
        x = (1 - w.x1, 1 - w.x0) if turned else (w.x0, w.x1)
        low = (at.x0, at.y0, at.z0)
        spans = [
            low[axis] + np.array(span) * at.size[axis]
            for axis, span in enumerate((x, (w.y0, w.y1), (w.z0, w.z1)))
        ]
        extent = Box3(*(float(v) for span in spans for v in span))
        solid = _solid(part, extent, turned)
        if texture and isinstance(solid, Round):
            solid = replace(solid, texture=mottle(rng, extent, 100, texture))
        solids.append(solid)
        if part.shell_mm is not None and part.shape in HOLLOW and min(extent.size) > 5 * part.shell_mm:
            solids.append(hole(solid, part.shell_mm))
    return solids


def _solid(part: Part, e: Box3, turned: bool) -> Loft | Round:
    """One part of an article."""
    length, tall, depth = e.size
    x, y, z = (e.x0 + e.x1) / 2, (e.y0 + e.y1) / 2, (e.z0 + e.z1) / 2
    stuff, density = part.material, part.density
    match part.shape:
        case "lump":
            return ellipsoid(stuff, e, density, part.power)
        case "across":
            return cylinder_across(stuff, x, y, min(length, tall) / 2, e.z0, e.z1, density)
        case "along":
            return cylinder_along(stuff, e.x0, e.x1, y, z, min(tall, depth) / 2, density)
        case "upright":
            return cylinder_upright(stuff, x, z, min(length, depth) / 2, e.y0, e.y1, density)
        case "bar":
            thick = 0.15 * min(length, tall)
            ends = (e.y1 - thick, e.y0 + thick) if turned else (e.y0 + thick, e.y1 - thick)
            return bar(stuff, (e.x0 + thick, ends[0]), (e.x1 - thick, ends[1]), thick, e.z0, e.z1, density)
        case "wedge":
            corners = [
                (e.x0 + length * (1 - u if turned else u), e.y0 + tall * v)
                for u, v in (part.corners[::-1] if turned else part.corners)
            ]
            return prism(stuff, corners, e.z0, e.z1, density)
    return box(stuff, e, density)


UNFAMILIAR: tuple[Packing, ...] = tuple(
    Packing(name, "unfamiliar", partial(articles, materials=materials), least_mm=600, across_mm=400)
    for name, materials in MATERIALS.items()
)
