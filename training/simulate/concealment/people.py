"""People: sitting, standing, lying, in groups, in gaps between goods, on the load or behind a false wall.

A body is rounded soft tissue around bone: 15 to 45 g/cm2 from the side, 100 and more where it lies across.
Proportions are those of common body dimensions (DIN 33402 and the like), as shares of stature; typical values.
"""

from collections.abc import Callable

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import FloatArray
from training.simulate.concealment.place import (
    Rng,
    Site,
    between,
    bounds,
    concealment,
    count,
    graded,
    top_of_goods,
)
from training.simulate.parts import Concealment
from training.simulate.solids import (
    Box3,
    Round,
    Solid,
    box,
    cylinder_across,
    cylinder_upright,
    ellipsoid,
    moved,
)

TRUNK_G_CM3 = 0.98  # lungs included
BONE_EXCESS_G_CM3 = 0.85  # bone in place of tissue


def limb(
    start: tuple[float, float, float], end: tuple[float, float, float], thick: tuple[float, float]
) -> list[Solid]:
    """An arm or a leg between two points: tapering around its bone, a cylinder where it is steep or points across."""
    if abs(end[0] - start[0]) < 0.35 * abs(end[1] - start[1]):  # steep
        x, z, half = (start[0] + end[0]) / 2, (start[2] + end[2]) / 2, sum(thick) / 4
        y0, y1 = min(start[1], end[1]), max(start[1], end[1])
        return [
            cylinder_upright(m.SOFT_TISSUE, x, z, half, y0, y1),
            cylinder_upright(m.BONE, x, z, 0.25 * half, y0, y1, BONE_EXCESS_G_CM3),
        ]
    if abs(end[2] - start[2]) > abs(end[0] - start[0]):  # it points across the vehicle
        x, y, half = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, sum(thick) / 4
        return [cylinder_across(m.SOFT_TISSUE, x, y, half, min(start[2], end[2]), max(start[2], end[2]))]
    if end[0] < start[0]:
        start, end, thick = end, start, thick[::-1]
    t = np.linspace(0, 1, 9)
    along, up, across = (a + t * (b - a) for a, b in zip(start, end, strict=True))
    width = 0.5 * (thick[0] + t * (thick[1] - thick[0]))
    steep = np.hypot(1, (end[1] - start[1]) / (end[0] - start[0]))

    def flesh(share: float) -> tuple[FloatArray, FloatArray]:
        return share * width * steep, share * width

    return [
        Round(m.SOFT_TISSUE, along, up, across, *flesh(1.0), 1.05),
        Round(m.BONE, along, up, across, *flesh(0.25), BONE_EXCESS_G_CM3),
    ]


def _head(x: float, y: float, z: float, stature: float) -> list[Solid]:
    half = 0.062 * stature
    place = Box3(x - 0.8 * half, x + 0.8 * half, y - half, y + half, z - 0.7 * half, z + 0.7 * half)
    skull = ellipsoid(m.BONE, place.inset(4, 4, 4), BONE_EXCESS_G_CM3)
    inner = ellipsoid(m.BONE, place.inset(10, 10, 10), -BONE_EXCESS_G_CM3)
    neck = cylinder_upright(m.SOFT_TISSUE, x, z, 0.45 * half, y - 1.8 * half, y - 0.6 * half, 1.0)
    return [ellipsoid(m.SOFT_TISSUE, place, 1.05), skull, inner, neck]


def _trunk(x: float, y: float, z: float, size: tuple[float, float, float]) -> list[Solid]:
    """Chest and belly, with spine and pelvis as a little bone."""
    place = Box3(
        x - size[0] / 2, x + size[0] / 2, y - size[1] / 2, y + size[1] / 2, z - size[2] / 2, z + size[2] / 2
    )
    inner = place.inset(0.35 * size[0], 0.05 * size[1], 0.42 * size[2])
    return [ellipsoid(m.SOFT_TISSUE, place, TRUNK_G_CM3, 2.8), box(m.BONE, inner, 0.25)]


def sitting(stature: float, girth: float) -> list[Solid]:
    """Knees drawn up, back against something."""
    h, g = stature, girth
    solids = _trunk(0, 0.20 * h, 0, (0.145 * h * g, 0.35 * h, 0.22 * h * g)) + _head(
        0.03 * h, 0.435 * h, 0, h
    )
    for side in (-1, 1):
        z = side * 0.07 * h
        knee = (0.22 * h, 0.27 * h, z)
        solids += limb((0.02 * h, 0.07 * h, z), knee, (0.10 * h * g, 0.07 * h * g))
        solids += limb(knee, (0.16 * h, 0.02 * h, z), (0.065 * h, 0.045 * h))
        solids += limb(
            (0.0, 0.32 * h, side * 0.12 * h), (0.18 * h, 0.24 * h, side * 0.12 * h), (0.05 * h, 0.04 * h)
        )
    return solids


def standing(stature: float, girth: float) -> list[Solid]:
    """Upright, arms down."""
    h, g = stature, girth
    solids = _trunk(0, 0.66 * h, 0, (0.13 * h * g, 0.36 * h, 0.2 * h * g)) + _head(0.0, 0.93 * h, 0, h)
    for side in (-1, 1):
        z = side * 0.055 * h
        solids += limb((0.0, 0.25 * h, z), (0.0, 0.5 * h, z), (0.095 * h * g, 0.1 * h * g))
        solids += limb((0.0, 0.0, z), (0.0, 0.25 * h, z), (0.045 * h, 0.06 * h))
        solids += limb(
            (0.0, 0.42 * h, side * 0.13 * h), (0.0, 0.78 * h, side * 0.13 * h), (0.04 * h, 0.045 * h)
        )
    return solids


def lying(stature: float, girth: float) -> list[Solid]:
    """Stretched out along the vehicle."""
    h, g = stature, girth
    deep = 0.12 * h * g
    trunk = Box3(-0.18 * h, 0.18 * h, 0, deep, -0.11 * h * g, 0.11 * h * g)
    spine = trunk.inset(0.02 * h, 0.4 * deep, 0.09 * h)
    solids: list[Solid] = [ellipsoid(m.SOFT_TISSUE, trunk, TRUNK_G_CM3, 3.0), box(m.BONE, spine, 0.4)]
    solids += _head(-0.25 * h, 0.07 * h, 0, h)[:3]
    for side in (-1, 1):
        z = side * 0.055 * h
        solids += limb((0.15 * h, 0.05 * h, z), (0.66 * h, 0.035 * h, z), (0.095 * h * g, 0.045 * h))
        solids += limb(
            (-0.15 * h, 0.05 * h, side * 0.14 * h), (0.2 * h, 0.04 * h, side * 0.14 * h), (0.05 * h, 0.04 * h)
        )
    return solids


def lying_across(stature: float, girth: float) -> list[Solid]:
    """Stretched out across the vehicle: seen from the feet, dense and small."""
    h, g = stature, girth
    wide, deep = 0.22 * h * g, 0.12 * h * g
    trunk = Box3(-wide / 2, wide / 2, 0, deep, -0.18 * h, 0.2 * h)
    solids: list[Solid] = [ellipsoid(m.SOFT_TISSUE, trunk, TRUNK_G_CM3, 3.0)]
    solids += _head(0, 0.07 * h, -0.28 * h, h)[:3]
    for side in (-1, 1):
        leg = Box3(side * 0.055 * h - 0.04 * h, side * 0.055 * h + 0.04 * h, 0, 0.085 * h, 0.18 * h, 0.68 * h)
        solids.append(ellipsoid(m.SOFT_TISSUE, leg, 0.95, 6.0))
        solids.append(
            cylinder_across(m.BONE, side * 0.055 * h, 0.042 * h, 0.011 * h, 0.18 * h, 0.68 * h, 0.85)
        )
    return solids


POSES: dict[str, Callable[[float, float], list[Solid]]] = {
    "sitting": sitting, "standing": standing, "lying": lying, "lying across": lying_across,
}  # fmt: skip


def _mirrored(rng: Rng, bodies: list[Solid]) -> list[Solid]:
    """Half of them facing the other way, by turning knots round."""
    if rng.random() < 0.5:
        return bodies
    turned: list[Solid] = []
    for part in bodies:
        names = [name for name in vars(part) if name.endswith("_mm")]
        values = {name: (-1 if name == "x_mm" else 1) * getattr(part, name)[::-1] for name in names}
        turned.append(type(part)(**{**vars(part), **values}))
    return turned


def _clothing(rng: Rng, place: Box3) -> list[Solid]:
    """Half of them with bags and blankets in the lower part of their place."""
    if rng.random() < 0.5:
        return []
    low = place._replace(y1=place.y0 + rng.uniform(0.1, 0.4) * place.size[1])
    return [ellipsoid(m.TEXTILE, low, float(rng.uniform(0.02, 0.12)), 3.0)]


def people(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """One person to fourteen, close together in a gap of the load, on top of it or on a bare floor."""
    room, persons = site.room, count(rng, amount, 1, 14)
    kind = str(rng.choice(list(POSES), p=[0.45, 0.2, 0.2, 0.15]))
    length = graded(rng, amount, 700, 2500)
    x = float(rng.uniform(room.x0, max(room.x1 - length, room.x0)))
    if rng.random() < 0.25:  # at the end away from the doors
        x = max(room.x1 - length, room.x0) if site.unit.door == "x0" else room.x0
    placed: list[Box3] = []
    added: list[Solid] = []
    on_top = rng.random() < 0.25
    for _ in range(persons):
        stature = float(np.clip(graded(rng, amount * 0.5 + 0.5, 1050, 1850, 0.15), 950, 1950))
        pose = kind if rng.random() < 0.8 else str(rng.choice(list(POSES)))
        body = _mirrored(rng, POSES[pose](stature, float(rng.normal(1, 0.08))))
        around = bounds(body)
        size = around.size
        if any(part > whole for part, whole in zip(size, room.size, strict=True)):
            continue
        for _ in range(12):
            x0 = float(np.clip(x + rng.uniform(0, max(length - size[0], 1)), room.x0, room.x1 - size[0]))
            z0 = between(rng, room.z0, room.z1 - size[2])
            place = Box3(x0, x0 + size[0], room.y0, room.y0 + size[1], z0, z0 + size[2])
            if on_top:
                top = top_of_goods(site, place)
                place = place._replace(y0=top, y1=top + size[1])
            inner = place.inset(0.1 * size[0], 0.1 * size[1], 0.1 * size[2])
            if place.y1 <= room.y1 and not any(inner.overlap(other) for other in placed):
                break
        else:
            continue
        placed.append(place)
        added += [
            moved(part, place.x0 - around.x0, place.y0 - around.y0, place.z0 - around.z0) for part in body
        ]
        added += _clothing(rng, place)
    if not placed:
        return None
    gap = float(rng.uniform(0, 160))
    niches = [place.inset(-gap, 0, -gap)._replace(y1=place.y1 + gap) for place in placed]
    behind_wall = not on_top and rng.random() < 0.2
    if behind_wall:  # a bulkhead between them and the goods, nothing else in there
        low, high = min(p.x0 for p in placed) - gap, max(p.x1 for p in placed) + gap
        zone = room._replace(x0=max(low, room.x0), x1=min(high, room.x1))
        thick = float(rng.uniform(1, 20))
        sheet = (
            zone._replace(x1=zone.x0 + thick) if site.unit.door == "x0" else zone._replace(x0=zone.x1 - thick)
        )
        added.append(box(m.STEEL, sheet) if thick < 4 else box(m.WOOD, sheet))
        niches = [zone]
    niches = [niche for place in niches if (niche := place.overlap(room)) is not None]
    return concealment(
        "people",
        site,
        added,
        niches,
        persons=len(placed),
        pose=kind,
        behind="false wall" if behind_wall else "goods",
    )
