"""Voids: goods that are missing from the inside of a load."""

import numpy as np

from training.simulate.concealment.place import Rng, Site, bounds, concealment, filled_items, graded, occupied
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Grid, Solid, hole, mass_kg

LEAST_SHARE = 0.5  # of a place that goods must fill for their absence to mean something
LEAST_KG = 2.0


def _place(rng: Rng, site: Site, amount: float) -> Box3 | None:
    """A box inside the load, its size growing with the amount, its depth from a part to all of the load's."""
    load = bounds(site.goods).overlap(site.room)
    if load is None:
        return None
    length = min(graded(rng, amount, 160, 2200), 0.7 * load.size[0])
    height = min(graded(rng, amount, 160, 1900), 0.85 * load.size[1])
    depth = load.size[2] * min(graded(rng, amount, 0.2, 1.5), 1.0)
    x0, y0, z0 = (
        float(rng.uniform(low, max(high - side, low)))
        for low, high, side in (
            (load.x0, load.x1, length),
            (load.y0, load.y1, height),
            (load.z0, load.z1, depth),
        )
    )
    if rng.random() < 0.35:  # from the floor up: a hollow column behind a row
        y0 = load.y0
    return Box3(x0, x0 + length, y0, y0 + height, z0, z0 + depth)


def _rounded(rng: Rng, place: Box3) -> list[Box3]:
    """A hollow without straight sides: slices along x of changing height and depth."""
    slices = int(rng.integers(4, 10))
    edges = np.linspace(place.x0, place.x1, slices + 1)
    size = np.sin(np.pi * (np.arange(slices) + 0.5) / slices) ** rng.uniform(0.3, 1) * rng.uniform(
        0.8, 1, slices
    )
    middle = (place.y0 + place.y1) / 2 + rng.normal(0, 0.05, slices) * place.size[1]
    low, high = middle - size * place.size[1] / 2, middle + size * place.size[1] / 2
    return [
        place._replace(
            x0=float(a), x1=float(b), y0=max(float(y0), place.y0), y1=min(float(y1), place.y1),
            z0=place.z0 + (1 - s) / 2 * place.size[2], z1=place.z1 - (1 - s) / 2 * place.size[2],
        )
        for a, b, y0, y1, s in zip(edges[:-1], edges[1:], low, high, size, strict=True)
    ]  # fmt: skip


def _hollow_items(rng: Rng, site: Site, amount: float) -> list[Solid]:
    """Drums, rolls or sacks that are empty inside."""
    items = filled_items(site.goods, 0.1, 120)
    if not items:
        return []
    wanted = int(np.clip(round(graded(rng, amount, 1, max(0.3 * len(items), 1.01))), 1, min(len(items), 40)))
    thick = graded(rng, 1 - amount, 0.03, 0.33)
    chosen = rng.choice(len(items), wanted, replace=False)
    return [hole(items[i], thick * min(items[i].extent.size)) for i in chosen]


def _item_of_grid(rng: Rng, site: Site, place: Box3) -> Box3:
    """The place moved to whole cells of the goods: items left out rather than cut."""
    grids = [s for s in site.goods if isinstance(s, Grid) and s.extent.overlap(place)]
    if not grids:
        return place
    grid = grids[int(rng.integers(len(grids)))]
    ends = []
    for axis, edges in enumerate((grid.x_mm, grid.y_mm, grid.z_mm)):
        low, high = (int(np.abs(edges - place[2 * axis + end]).argmin()) for end in (0, 1))
        high = max(high, min(low + 1, len(edges) - 1))
        low = min(low, high - 1)
        ends += [float(edges[low]), float(edges[high])]
    return Box3(*ends)


def void(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """A hollow in the load or empty items of it; needs a load that fills its place."""
    if not site.goods:
        return None
    removed = _hollow_items(rng, site, amount) if rng.random() < 0.3 else []
    if removed:
        return concealment("void", site, (), removed=removed, shape="items", items=len(removed))
    place = _place(rng, site, amount)
    if place is None or occupied(site, place) < LEAST_SHARE:
        return None
    shape = str(rng.choice(["box", "cells", "rounded"], p=[0.25, 0.45, 0.3]))
    place = _item_of_grid(rng, site, place) if shape == "cells" else place
    boxes = _rounded(rng, place) if shape == "rounded" else [place]
    share = min(graded(rng, amount, 0.35, 1.6), 1.0)
    missing = concealment("void", site, (), boxes, share, shape=shape, share_missing=round(share, 2))
    return missing if missing is not None and -mass_kg(missing.removed) > LEAST_KG else None
