"""Electronics, medicines, e-waste and batteries among other goods: fine textures of mixed materials."""

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.concealment.packages import packed_block
from training.simulate.concealment.place import Rng, Site, concealment, graded, spot
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Grid, Solid

# kind -> (material, g/cm3 low and high, cell in mm low and high along x, y, z, gap in mm low and high): typical values
KINDS: dict[
    str, tuple[Material, tuple[float, float], tuple[tuple[float, float], ...], tuple[float, float]]
] = {
    "phones": (m.ELECTRONICS, (0.9, 1.7), ((80, 180), (30, 60), (90, 180)), (4, 25)),
    "boards": (m.ELECTRONICS, (0.7, 1.8), ((8, 30), (150, 320), (150, 400)), (5, 30)),
    "computers": (m.ELECTRONICS, (0.25, 0.6), ((250, 450), (60, 420), (300, 420)), (15, 60)),
    "medicine": (m.MEDICINE, (0.22, 0.55), ((50, 140), (20, 70), (60, 160)), (1, 4)),
    "vials": (m.GLASS, (0.35, 0.8), ((20, 40), (40, 80), (20, 400)), (4, 14)),
    "batteries": (m.LEAD_ACID, (1.9, 2.6), ((170, 350), (170, 230), (130, 240)), (2, 15)),
}


def scrap(rng: Rng, place: Box3) -> list[Solid]:
    """E-waste: uneven lumps of boards, cases and windings, lower towards the top."""
    solids: list[Solid] = []
    for material, mean, share in ((m.ELECTRONICS, 0.9, 0.6), (m.STEEL, 1.2, 0.25), (m.COPPER, 1.5, 0.12)):
        cells = [max(int(side // rng.uniform(40, 160)), 2) for side in place.size]
        edges = [
            np.concatenate(
                [
                    [place[2 * a]],
                    np.sort(rng.uniform(place[2 * a], place[2 * a + 1], n - 1)),
                    [place[2 * a + 1]],
                ]
            )
            for a, n in enumerate(cells)
        ]
        density = rng.gamma(1.5, mean / 1.5, cells) * (rng.random(cells) < share)
        density *= np.linspace(1, 0.55, cells[1])[None, :, None]
        solids.append(
            Grid(material, edges[0], edges[1], edges[2], np.minimum(density, 3.5).astype(np.float32))
        )
    return solids


def electronics_medicine(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """A carton to a few pallets of phones, boards, computers, medicine, vials, batteries or e-waste."""
    kind = str(rng.choice([*KINDS, "e-waste"]))
    litres = graded(rng, amount, 6, 3500 if kind != "batteries" else 900)
    sides = np.exp(rng.normal(0, 0.3, 3))
    size = np.minimum(sides * (litres * 1e6 / sides.prod()) ** (1 / 3), 0.9 * np.array(site.room.size))
    place = spot(rng, site, tuple(size))
    if place is None:
        return None
    if kind == "e-waste":
        added = scrap(rng, place)
    else:
        material, (low, high), cell, gap = KINDS[kind]
        cells = tuple(float(rng.uniform(*side)) for side in cell)
        # Fewer cells than there may be: what is finer than a pixel or hidden behind itself costs without showing.
        cells = tuple(max(side, whole / 45) for side, whole in zip(cells, place.size, strict=True))
        missing, spread = float(rng.choice([0.0, 0.0, 0.15])), float(rng.uniform(0.02, 0.2))
        added = [
            packed_block(
                rng, material, rng.uniform(low, high), place, cells, rng.uniform(*gap), missing, spread
            )
        ]
        if kind == "phones":  # cells of the batteries
            added.append(
                packed_block(
                    rng, m.COPPER, 0.25, place, (cells[0] / 2, cells[1], cells[2]), 0.5 * cells[0] / 2
                )
            )
    return concealment("electronics_medicine", site, added, [place], kind=kind)
