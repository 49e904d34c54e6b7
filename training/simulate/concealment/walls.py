"""False walls, floors, roofs and bulkheads: a compartment behind sheet steel or plywood, full or empty."""

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.concealment.packages import packed_block, substance
from training.simulate.concealment.place import Rng, Site, between, concealment, graded
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Grid, Solid, box

WHERE = ("front", "floor", "roof", "side", "bulkhead", "door")
DEPTH_MM = {  # from faint to blatant; a roof of 100 mm held 208 kg (World Customs Organization)
    "front": (60.0, 700.0), "floor": (40.0, 200.0), "roof": (40.0, 220.0), "side": (25.0, 220.0),
    "bulkhead": (80.0, 900.0), "door": (40.0, 250.0),
}  # fmt: skip


def _compartment(rng: Rng, site: Site, where: str, depth: float, amount: float) -> Box3:
    """The room taken from the unit's own."""
    room = site.room
    if where in ("front", "bulkhead", "door"):
        far = "x1" if (site.unit.door or "x1") == "x0" else "x0"
        end = ("x0" if far == "x1" else "x1") if where == "door" else far
        shift = float(rng.uniform(0.1, 0.7) * room.size[0]) if where == "bulkhead" else 0.0
        depth = min(depth, room.size[0] / 3)
        x0 = min(room.x0 + shift, room.x1 - depth)
        if end == "x1":
            x0 = max(room.x1 - shift - depth, room.x0)
        return room._replace(x0=x0, x1=x0 + depth)
    length = room.size[0] * min(graded(rng, amount, 0.15, 1.2), 1.0)
    x0 = between(rng, room.x0, room.x1 - length)
    along = room._replace(x0=x0, x1=x0 + length)
    if where == "floor":
        return along._replace(y1=room.y0 + depth)
    if where == "roof":
        return along._replace(y0=room.y1 - depth)
    height = room.size[1] * (1.0 if rng.random() < 0.6 else rng.uniform(0.4, 0.95))
    along = along._replace(y1=room.y0 + height)
    return along._replace(z1=room.z0 + depth) if rng.random() < 0.5 else along._replace(z0=room.z1 - depth)


def _sheets(rng: Rng, where: str, place: Box3) -> list[Solid]:
    """The sheet that closes it, and often a frame of posts behind it."""
    steel = rng.random() < 0.65
    material = m.STEEL if steel else m.WOOD
    thick = float(rng.uniform(0.8, 4.0)) if steel else float(rng.uniform(6, 20))
    sides = {
        "front": place._replace(x0=place.x1 - thick), "bulkhead": place._replace(x0=place.x1 - thick),
        "door": place._replace(x1=place.x0 + thick), "floor": place._replace(y0=place.y1 - thick),
        "roof": place._replace(y1=place.y0 + thick), "side": place._replace(z0=place.z1 - thick),
    }  # fmt: skip
    sheets: list[Solid] = [box(material, sides[where])]
    if where == "bulkhead":  # it has two
        sheets.append(box(material, place._replace(x1=place.x0 + thick)))
    if rng.random() < 0.5:
        sheets.append(_frame(rng, where, place.inset(thick, thick, thick)))
    return sheets


def _frame(rng: Rng, where: str, place: Box3) -> Grid:
    """Posts or battens at regular distances."""
    axis = {"front": 4, "bulkhead": 4, "door": 4}.get(where, 0)
    low, high = place[axis], place[axis + 1]
    wide, pitch = float(rng.uniform(20, 60)), float(rng.uniform(300, 900))
    starts = np.arange(low, high - wide, pitch)
    edges = {i: np.array([place[i], place[i + 1]]) for i in (0, 2, 4)}
    edges[axis] = np.stack([starts, starts + wide], axis=1).ravel()
    full = (np.arange(len(edges[axis]) - 1) % 2 == 0).astype(np.float32)
    material, density = (m.STEEL, 0.5) if rng.random() < 0.5 else (m.WOOD, 0.5)
    shape = [1, 1, 1]
    shape[axis // 2] = len(full)
    return Grid(material, edges[0], edges[2], edges[4], (density * full).reshape(shape).astype(np.float32))


def false_wall(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """A compartment at an end, floor, roof or side; what it holds is from nothing to full."""
    where = str(rng.choice(WHERE, p=[0.28, 0.16, 0.16, 0.2, 0.1, 0.1]))
    place = _compartment(rng, site, where, graded(rng, amount, *DEPTH_MM[where]), amount)
    if min(place.size) < 20:
        return None
    added = _sheets(rng, where, place)
    filled = 0.0 if rng.random() < 0.2 else min(graded(rng, amount, 0.2, 1.3), 1.0)
    name = "nothing"
    if filled > 0:
        name, material, density = substance(rng)
        inside = place.inset(*(min(22.0, 0.12 * side) for side in place.size))
        if where in ("front", "bulkhead", "door") or rng.random() < 0.3:
            inside = inside._replace(y1=inside.y0 + filled * inside.size[1])
        else:
            length = filled * inside.size[0]
            x0 = between(rng, inside.x0, inside.x1 - length) if filled < 1 else inside.x0
            inside = inside._replace(x0=x0, x1=x0 + length)
        cell = tuple(float(rng.uniform(60, 320)) for _ in range(3))
        missing = float(rng.choice([0.0, 0.0, 0.1, 0.3]))
        added.append(packed_block(rng, material, density, inside, cell, float(rng.uniform(0.5, 12)), missing))
    return concealment(
        "false_wall",
        site,
        added,
        [place],
        where=where,
        filled=filled,
        substance=name,
        depth_mm=min(place.size),
    )
