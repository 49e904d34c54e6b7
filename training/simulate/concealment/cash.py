"""Cash and bullion: blocks of banknotes, gold bars, copper plates and coins."""

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.concealment.packages import packed_block, shell
from training.simulate.concealment.place import Rng, Site, concealment, count, graded, spot
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Solid, ellipsoid, prism

BAR_MM = {  # length, height, depth: kilobar, 12.4 kg good delivery bar, cast bar
    "kilobar": (80.0, 18.0, 40.0), "good delivery": (250.0, 37.0, 70.0), "cast": (120.0, 25.0, 55.0),
}  # fmt: skip


def _notes(rng: Rng, site: Site, amount: float) -> tuple[list[Solid], Box3] | None:
    """Bundles of notes (about 155 x 70 mm) pressed into blocks, in a case, a bag or bare."""
    bundle = np.array([rng.uniform(140, 165), rng.uniform(10, 110), rng.uniform(62, 80)])[rng.permutation(3)]
    litres = graded(rng, amount, 1.5, 900)
    sides = np.exp(rng.normal(0, 0.3, 3))
    size = np.minimum(sides * (litres * 1e6 / sides.prod()) ** (1 / 3), 0.9 * np.array(site.room.size))
    size = np.maximum(size, bundle)
    wrap = float(rng.choice([0.0, 3.0, 15.0]))
    place = spot(rng, site, tuple(size + 2 * wrap))
    if place is None:
        return None
    inside = place.inset(wrap, wrap, wrap)
    missing = float(rng.choice([0.0, 0.0, 0.2]))
    gap = float(rng.uniform(0.5, 5))
    added: list[Solid] = [
        packed_block(rng, m.PAPER, float(rng.uniform(0.7, 0.9)), inside, tuple(bundle), gap, missing, 0.03)
    ]
    if wrap == 3.0:
        added.append(shell(m.STEEL, place, 1.2, 7.87))
    elif wrap:
        added.append(ellipsoid(m.TEXTILE, place, 0.03, 4.0))
    return added, place


def _bars(rng: Rng, site: Site, amount: float, metal: str) -> tuple[list[Solid], Box3] | None:
    """Bars in rows, with sloping ends as they come from the mould, or a block of plates."""
    bar = np.array(BAR_MM[str(rng.choice(list(BAR_MM)))]) * rng.uniform(0.85, 1.15, 3)
    material = m.GOLD if metal == "gold" else m.COPPER if metal == "copper" else m.BRASS
    pieces = count(rng, amount, 1, 60)
    nx = max(round(pieces ** rng.uniform(0.1, 0.6)), 1)
    ny = max(round((pieces / nx) ** rng.uniform(0.2, 0.8)), 1)
    nz = max(round(pieces / nx / ny), 1)
    size = tuple(bar * [nx, ny, nz] + 4.0)
    place = spot(rng, site, size)
    if place is None:
        return None
    if pieces <= 8:
        taper = float(rng.uniform(0, 0.12)) * bar[0]
        added: list[Solid] = []
        for i in range(nx):
            for j in range(ny):
                x, y = place.x0 + i * bar[0], place.y0 + j * bar[1]
                corners = [
                    (x, y),
                    (x + bar[0] - 2, y),
                    (x + bar[0] - 2 - taper, y + bar[1] - 1),
                    (x + taper, y + bar[1] - 1),
                ]
                added.append(prism(material, corners, place.z0, place.z0 + nz * bar[2]))
        return added, place
    density = (material.density_g_cm3 or 1.0) * (0.6 if metal == "coins" else 1.0)
    return [
        packed_block(rng, material, density, place, tuple(bar), float(rng.uniform(0.5, 4)), 0.0, 0.01)
    ], place


def cash_gold(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """A few bundles of notes to a pallet of them; one bar to a stack."""
    kind = str(rng.choice(["notes", "gold", "copper", "coins"], p=[0.55, 0.25, 0.1, 0.1]))
    drawn = _notes(rng, site, amount) if kind == "notes" else _bars(rng, site, amount, kind)
    if drawn is None:
        return None
    added, place = drawn
    return concealment("cash_gold", site, added, [place], kind=kind)
