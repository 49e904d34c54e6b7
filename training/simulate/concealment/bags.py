"""Rip-off bags: holdalls put in behind the doors without the shipper's knowledge."""

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.concealment.packages import DRUGS, packed_block, substance
from training.simulate.concealment.place import (
    Rng,
    Site,
    between,
    concealment,
    count,
    from_door,
    graded,
    top_of_goods,
)
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Round, Solid, ellipsoid

BAG_LITRES = (9.0, 75.0)  # from a rucksack to a large holdall
BAG_MATTER = 0.78  # of the bag's packages: bricks do not fill a bag


def _resting(placed: list[Box3], area: Box3, floor: float) -> float:
    """Where a bag comes to rest on the bags below it."""
    return max(
        [floor, *(below.y1 - 25 for below in placed if below.overlap(area._replace(y0=floor, y1=below.y1)))]
    )


def _bag(rng: Rng, place: Box3, density: float, material: Material) -> list[Solid]:
    """A soft bag, full to the skin or with a block of bricks in it, lying aslant or not."""
    power = float(rng.uniform(2.2, 4.5))
    slope = float(rng.normal(0, 0.05))
    if rng.random() < 0.65:
        bag = ellipsoid(material, place, density * BAG_MATTER, power)
        return [_sloped(bag, slope)]
    inside = place.inset(0.14 * place.size[0], 0.14 * place.size[1], 0.14 * place.size[2])
    brick = rng.permutation([200.0, 150.0, 45.0])
    bricks = packed_block(
        rng, material, density, inside, tuple(brick), float(rng.uniform(1, 6)), rng.uniform(0, 0.15)
    )
    return [_sloped(ellipsoid(m.TEXTILE, place, float(rng.uniform(0.03, 0.1)), power), slope), bricks]


def _footprint(bag: Round) -> Box3:
    """A box as long as a bag and of about its volume: the goods that it pushes aside."""
    x = np.linspace(bag.x_mm[0], bag.x_mm[-1], 7)
    ay, az = (
        float(np.interp(x, bag.x_mm, axis).mean() * np.sqrt(np.pi) / 2) for axis in (bag.ay_mm, bag.az_mm)
    )
    cy, cz = (float(np.interp(x, bag.x_mm, axis).mean()) for axis in (bag.cy_mm, bag.cz_mm))
    return Box3(float(x[0]), float(x[-1]), cy - ay, cy + ay, cz - az, cz + az)


def _sloped(bag: Round, slope: float) -> Round:
    """A bag that lies on something: its middle rises along x, its skin stays where its place is."""
    middle = (bag.x_mm[0] + bag.x_mm[-1]) / 2
    rise = slope * (bag.x_mm - middle)
    room = np.maximum(bag.ay_mm.max() - bag.ay_mm, 0)
    return Round(
        bag.material, bag.x_mm, bag.cy_mm + np.clip(rise, -room, room), bag.cz_mm, bag.ay_mm, bag.az_mm, bag.density
    )  # fmt: skip


def _place(
    rng: Rng, site: Site, size: tuple[float, float, float], placed: list[Box3], on_load: bool
) -> Box3 | None:
    """Somewhere near the doors, where it comes to rest; None when that is above the roof or out of the room."""
    (length, height, depth), room = size, site.room
    x0, x1 = from_door(site, float(rng.beta(1, 1.8) * 1500), length, rng)
    z0 = between(rng, room.z0, room.z1 - depth)
    area = Box3(x0, x1, room.y0, room.y0 + height, z0, z0 + depth)
    floor = top_of_goods(site, area) if on_load else room.y0
    floor = room.y0 if floor + height > room.y1 else floor
    y0 = _resting(placed, area, floor)
    if y0 + height > room.y1 or x0 < room.x0 or x1 > room.x1:
        return None
    return Box3(x0, x1, y0, y0 + height, z0, z0 + depth)


def rip_off_bags(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """One to eighteen bags within 1.5 m of the doors, on the floor, on each other or on the load."""
    bags = count(rng, amount, 1, 18)
    name, material, density = substance(rng, DRUGS)
    on_load = rng.random() < 0.35
    placed: list[Box3] = []
    added: list[Solid] = []
    for _ in range(bags):
        litres = np.clip(graded(rng, amount, *BAG_LITRES) * rng.uniform(0.8, 1.2), *BAG_LITRES)
        proportions = np.array([rng.uniform(1.6, 2.4), rng.uniform(0.9, 1.2), rng.uniform(0.9, 1.2)])
        if rng.random() < 0.3:  # seen from its end
            proportions = proportions[[2, 1, 0]]
        length, height, depth = proportions * (litres * 1e6 / proportions.prod()) ** (1 / 3)
        size = (float(length), float(height), float(depth))
        tried = [_place(rng, site, size, placed, on_load) for _ in range(1 + int(rng.integers(5)))]
        fitting = [place for place in tried if place is not None]
        if not fitting:
            continue
        place = min(fitting, key=lambda place: place.y0)
        placed.append(place)
        added += _bag(rng, place, density * float(rng.uniform(0.85, 1.0)), material)
    if not placed:
        return None
    boxes = [_footprint(part) for part in added if isinstance(part, Round)]
    return concealment("rip_off_bags", site, added, boxes, bags=len(placed), substance=name)
