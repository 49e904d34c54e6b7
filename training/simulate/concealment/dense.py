"""Shielded nuclear material: a small core of high atomic number in lead, steel or plastic."""

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.concealment.packages import shell
from training.simulate.concealment.place import Rng, Site, bounds, concealment, graded, put
from training.simulate.parts import Concealment
from training.simulate.solids import (
    Box3,
    Loft,
    Round,
    Solid,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    filled_with,
    hole,
)  # fmt: skip

CORES = (m.URANIUM, m.TUNGSTEN, m.LEAD)
SHIELDS = (m.LEAD, m.STEEL, m.POLYETHYLENE)


def _body(material: Material, shape: str, size: float, tall: float) -> Loft | Round:
    """A ball, an upright or lying cylinder, or a block, around the origin."""
    half, up = size / 2, size / 2 * tall
    if shape == "ball":
        return ellipsoid(material, Box3(-half, half, -half, half, -half, half))
    if shape == "upright":
        return cylinder_upright(material, 0, 0, half, -up, up)
    if shape == "across":
        return cylinder_across(material, 0, 0, half, -up, up)
    if shape == "along":
        return cylinder_along(material, -up, up, 0, 0, half)
    return box(material, Box3(-half, half, -up, up, -half, half))


def _nested(rng: Rng, shape: str, core: float, layers: list[tuple[Material, float]]) -> list[Solid]:
    """A core and layers around it, from inside out, each with its thickness."""
    material = CORES[int(rng.choice(3, p=[0.4, 0.3, 0.3]))]
    tall = float(rng.uniform(1, 2)) if shape != "ball" else 1.0
    solids: list[Solid] = [_body(material, shape, core, tall)]
    inner, inner_tall = core, tall
    for layer, thick in layers:
        size = inner + 2 * thick
        outer_tall = (inner * inner_tall + 2 * thick) / size
        body = _body(layer, shape, size, outer_tall)
        solids += [body, filled_with(hole(body, thick), layer, -body.density)]
        inner, inner_tall = size, outer_tall
    return solids


def shielded_nuclear(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """A core of 14 to 110 mm, bare or in up to two layers of shield, alone or in a case."""
    shape = str(rng.choice(["ball", "upright", "across", "along", "block"]))
    core = graded(rng, amount, 14, 110)
    layers: list[tuple[Material, float]] = []
    for _ in range(int(rng.choice([0, 1, 2], p=[0.15, 0.55, 0.3]))):
        layers.append((SHIELDS[int(rng.integers(3))], graded(rng, amount, 6, 110)))
    parts = _nested(rng, shape, core, layers)
    around = bounds(parts)
    cased = rng.random() < 0.4
    if cased:  # a tool box, a drum's square, a machine's housing
        around = around.inset(*(-float(v) for v in rng.uniform(15, 160, 3)))
        parts.append(shell(m.STEEL, around, float(rng.uniform(0.8, 5))))
    placed = put(rng, site, parts)
    if placed is None:
        return None
    added, place = placed
    round_share = np.pi / 6 if shape == "ball" and not cased else 1.0
    return concealment(
        "shielded_nuclear", site, added, [place], round_share, core_mm=round(core), shape=shape,
        shield=" in ".join(layer.name for layer, _ in layers) or "none",
    )  # fmt: skip
