"""Ivory and other wildlife: tusks whole or cut, horn, sacks of scales."""

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.concealment.packages import shell
from training.simulate.concealment.place import Rng, Site, bounds, concealment, count, graded, put
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Round, Solid, ellipsoid, moved


def tusk(rng: Rng, length: float, thick: float) -> list[Solid]:
    """A curved, tapering tusk along x, its root hollow; its middle line an arc in the plane of the picture."""
    bend = float(rng.uniform(0.2, 1.2))  # radians of arc
    t = np.linspace(-0.5, 0.5, 25)
    radius = length / bend
    tilt = float(rng.uniform(-0.5, 0.5)) * (1.2 - bend / 2)
    angle = t * bend + tilt
    x, y = radius * (np.sin(angle) - np.sin(tilt)), radius * (np.cos(tilt) - np.cos(angle))
    if rng.random() < 0.5:
        y = -y
    s = t + 0.5
    half = thick / 2 * np.clip(1 - s**2.2, 0.04, 1) ** 0.8
    steep = 1 / np.maximum(np.cos(angle), 0.3)
    z = np.zeros_like(x)
    body = Round(m.IVORY, x, y, z, half * steep, half, 1.8)
    root = s < 0.4
    pulp = half[root] * np.clip(0.75 * (1 - s[root] / 0.4), 0, 1)
    parts: list[Solid] = [body, Round(m.IVORY, x[root], y[root], z[root], pulp * steep[root], pulp, -1.8)]
    if rng.random() < 0.5:
        return parts
    return [_turned(part) for part in parts if isinstance(part, Round)]


def _turned(part: Round) -> Round:
    """Root and tip the other way round."""
    return Round(
        part.material, -part.x_mm[::-1], part.cy_mm[::-1], part.cz_mm[::-1], part.ay_mm[::-1],
        part.az_mm[::-1], part.density,
    )  # fmt: skip


def _tusks(rng: Rng, amount: float, pieces: int) -> list[Solid]:
    """Tusks side by side and on each other, or cut pieces of them."""
    cut = rng.random() < 0.35
    parts: list[Solid] = []
    rows = max(round(np.sqrt(pieces) * rng.uniform(0.7, 1.6)), 1)
    for i in range(pieces):
        length = graded(rng, amount, 350, 1700) * (float(rng.uniform(0.15, 0.4)) if cut else 1)
        thick = float(np.clip(graded(rng, amount, 45, 150), 40, 170))
        one = tusk(rng, length, thick)
        dx, dy = (float(v) for v in rng.normal(0, 90, 2))
        parts += [moved(part, dx, i // rows * 0.7 * thick + 0.2 * dy, i % rows * 0.9 * thick) for part in one]
    return parts


def _horns(rng: Rng, amount: float, pieces: int) -> list[Solid]:
    """Rhinoceros horns: cones of keratin."""
    parts: list[Solid] = []
    for i in range(pieces):
        length, base = graded(rng, amount, 180, 600), float(rng.uniform(110, 190))
        s = np.linspace(0, 1, 12)
        half = base / 2 * np.maximum(1 - s, 0.03) ** 0.7
        lift = float(rng.uniform(0, 0.4)) * length * s**2
        z = np.full_like(s, i % 3 * 190.0)
        parts.append(Round(m.PROTEIN, s * length + i // 3 * 120.0, lift, z, half, half, 1.25))
    return parts


def _sacks(rng: Rng, amount: float, pieces: int) -> list[Solid]:
    """Sacks of scales, fins or dried animals: light protein with mineral in it."""
    material = m.PROTEIN if rng.random() < 0.6 else m.BONE
    density = float(rng.uniform(0.35, 0.75))
    parts: list[Solid] = []
    for i in range(pieces):
        size = graded(rng, amount, 300, 600) * rng.uniform(0.9, 1.1, 3) * [1.4, 0.5, 0.9]
        x, y, z = i % 3 * size[0] * 0.95, i // 3 % 4 * size[1] * 0.9, i // 12 * size[2]
        parts.append(ellipsoid(material, Box3(x, x + size[0], y, y + size[1], z, z + size[2]), density, 2.8))
    return parts


def ivory_wildlife(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """One small tusk or piece to a heap of tusks; horns; sacks of scales."""
    kind = str(rng.choice(["tusks", "horns", "scales"], p=[0.65, 0.15, 0.2]))
    draw = {"tusks": _tusks, "horns": _horns, "scales": _sacks}[kind]
    pieces = count(rng, amount, 1, {"tusks": 26, "horns": 12, "scales": 36}[kind])
    parts = draw(rng, amount, pieces)
    crated = rng.random() < 0.35
    if crated:
        parts.append(shell(m.WOOD, bounds(parts).inset(-20, -20, -20), float(rng.uniform(5, 18)), 0.5))
    placed = put(rng, site, parts)
    if placed is None:
        return None
    added, place = placed
    share = 1.0 if crated else float(rng.uniform(0.35, 0.8))
    return concealment("ivory_wildlife", site, added, [place], share, kind=kind, pieces=pieces)
