"""Cigarettes behind a cover load: master cases of 200 to 280 kg/m3 in a regular grid where other goods should be."""

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.concealment.packages import packed_block
from training.simulate.concealment.place import Rng, Site, bounds, concealment, graded, occupied
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Solid

CASE_MM = ((380.0, 620.0), (220.0, 480.0), (280.0, 560.0))  # ten thousand cigarettes are about 12 kg


def _behind_cover(rng: Rng, site: Site, amount: float) -> Box3:
    """Everything from a cover of one to three rows at the doors to somewhere further in; at the low end a part."""
    load, room = bounds(site.goods), site.room
    load = load.overlap(room) or room
    length = load.size[0] * min(graded(rng, amount, 0.06, 0.9), 0.9)
    cover = float(rng.uniform(0.05, 1)) * (load.size[0] - length) * (1 if rng.random() < 0.4 else 0.3)
    x0 = load.x0 + cover if site.unit.door == "x0" else load.x1 - cover - length
    place = load._replace(x0=x0, x1=x0 + length)
    if rng.random() < 0.5 - 0.3 * amount or amount < 0.25:  # a part of the height or of the depth
        height = float(rng.uniform(0.35, 0.9)) * place.size[1]
        y0 = float(rng.choice([place.y0, place.y1 - height]))
        place = place._replace(y0=y0, y1=y0 + height)
    depth = place.size[2] * min(graded(rng, amount, 0.25, 1.6), 1.0)
    z0 = float(rng.uniform(place.z0, place.z1 - depth)) if depth < place.size[2] else place.z0
    return place._replace(z0=z0, z1=z0 + depth)


def cigarettes_behind_cover(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """Regular light cartons in place of goods, behind a front of those goods; needs a load that covers."""
    if not site.goods:
        return None
    place = _behind_cover(rng, site, amount)
    case = np.array([rng.uniform(*side) for side in CASE_MM])[rng.permutation(3)]
    if min(place.size) < 200 or occupied(site, place) < 0.4:
        return None
    top = place.y1 - float(rng.choice([0.0, 0.0, rng.uniform(0, 0.3)])) * place.size[1]
    stack = place._replace(y1=top)
    density = float(rng.uniform(0.2, 0.28))
    missing, gap = float(rng.choice([0.0, 0.0, 0.06])), float(rng.uniform(1, 14))
    added: list[Solid] = [
        packed_block(rng, m.TOBACCO, density, stack, tuple(case), gap, missing, rng.uniform(0.01, 0.06))
    ]
    if rng.random() < 0.6:  # the walls of the cases: what makes the grid show
        added.append(
            packed_block(rng, m.PAPER, 0.06, stack, tuple(case / [2, 5, 2]), float(rng.uniform(2, 8)))
        )
    return concealment(
        "cigarettes_behind_cover", site, added, [place], density_kg_m3=round(1000 * density),
        cigarettes=round(float(np.prod(stack.size)) * density * 1e-6 / 1.2e-3),
    )  # fmt: skip
