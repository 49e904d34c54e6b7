"""Pressed bricks among the goods: a fine grid that breaks the rhythm of a load."""

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.concealment.packages import DRUGS, packed_block, shell, substance
from training.simulate.concealment.place import Rng, Site, concealment, count, graded, spot
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Solid

BRICK_MM = ((180.0, 240.0), (120.0, 170.0), (30.0, 60.0))  # 0.6 to 2.4 litres each


def _arranged(rng: Rng, pieces: int) -> tuple[int, int, int]:
    """How many along x, y and z: about as many each way, seldom more than twice that along one."""
    flatness = rng.normal(0, 0.35, 3)
    sides = np.exp(flatness - flatness.mean()) * pieces ** (1 / 3)
    nx, ny = max(round(sides[0]), 1), max(round(sides[1]), 1)
    return nx, ny, max(round(pieces / (nx * ny)), 1)


def bricks_in_load(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """Three to 260 bricks in one to five stashes, bare or in a crate of board or wood."""
    name, material, density = substance(rng, DRUGS)
    brick = np.array([rng.uniform(*side) for side in BRICK_MM])
    brick = brick[rng.permutation(3)] if rng.random() < 0.6 else brick[[0, 2, 1]]
    gap = float(rng.uniform(0.5, 8))
    flat = bool(rng.random() < 0.75 * (1 - amount))
    brick = np.array([*rng.permutation(np.sort(brick)[1:]), brick.min()]) if flat else brick
    total = graded(rng, amount, 3, 260, 0.12)
    stashes = min(count(rng, amount * rng.random(), 1, 5), max(int(total // 3), 1))
    added: list[Solid] = []
    boxes: list[Box3] = []
    for _ in range(stashes):
        cells = np.array(_arranged(rng, max(round(total / stashes), 1)))
        if flat:  # one layer against the line of sight
            cells = np.array([cells[0], max(round(total / stashes / cells[0]), 1), 1])
        size = np.minimum(cells * brick + (cells - 1) * gap, 0.9 * np.array(site.room.size))
        crate = float(rng.choice([0.0, 0.0, 4.0, 12.0]))
        place = spot(rng, site, tuple(size + 2 * crate))
        if place is None or any(place.overlap(other) for other in boxes):
            continue
        inside = place.inset(crate, crate, crate)
        missing = float(rng.choice([0.0, 0.1, 0.3]))
        added.append(
            packed_block(rng, material, density, inside, tuple(brick), gap, missing, rng.uniform(0.01, 0.08))
        )
        if crate:
            added.append(shell(m.WOOD, place, crate, float(rng.uniform(0.3, 0.6))))
        boxes.append(place)
    if not added:
        return None
    return concealment("bricks_in_load", site, added, boxes, substance=name, stashes=len(boxes))
