"""One lot of goods in a stretch of a cargo space: how long and high it stands for its mass."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.simulate.cargo.packing import Packing
from training.simulate.cargo.stowage import Rng, pick, somewhere
from training.simulate.parts import Goods
from training.simulate.solids import Box3, mass_kg

LOWEST_MM = 320.0  # that goods are stowed over a whole length: then rather less of the length
SHORTEST_MM = 400.0


@dataclass(frozen=True)
class Budget:
    """What a lot may weigh at most, and the share of the height that it may take."""

    mass_kg: float
    height: float = 1.0


def goods_in(rng: Rng, packing: Packing, stretch: Box3, budget: Budget) -> list[Goods]:
    """Goods in a stretch: as high as such goods stand, then lower, then less of the length, until not too heavy.

    What leaves much of the length free is split into lots over it, as dense goods are.
    """
    kg_m3 = float(rng.uniform(*packing.range_kg_m3))
    length, tall, depth = stretch.size
    low = min(packing.height_mm[0] if packing.height_mm else LOWEST_MM, tall)
    usual = rng.uniform(*packing.height_mm) if packing.height_mm else tall * rng.uniform(0.82, 1.0)
    height = min(max(usual * budget.height if budget.height < 1 else usual, low), tall)
    per_mm = kg_m3 * length * depth * 1e-9
    height = min(height, max(budget.mass_kg / per_mm, low)) if per_mm > 0 else height
    share = min(budget.mass_kg / (per_mm * height), 1.0)
    shortest = max(packing.least_mm, SHORTEST_MM)
    if share * length < shortest:  # one small lot, as low as its mass asks
        share = min(shortest / length, 1.0)
        height = max(min(height, budget.mass_kg / (per_mm * share)), 0.5 * low)
    part = stretch._replace(y1=stretch.y0 + height)
    return [
        Goods(packing.commodity, packing.name, tuple(packing.pack(rng, lot, kg_m3)))
        for lot in _spread(rng, part, share, shortest)
    ]


def _spread(rng: Rng, stretch: Box3, share: float, shortest: float) -> list[Box3]:
    """Stretches that together take a share of the length, with free floor between them."""
    length = stretch.x1 - stretch.x0
    if share > 0.9:
        return [stretch._replace(x1=stretch.x0 + max(share, 0.97) * length) if share < 1 else stretch]
    most = max(min(int(share * length / max(shortest, 700)), 3), 1)
    count = int(rng.integers(1, most + 1))
    each = share * length / count
    free = length - each * count
    gaps = rng.dirichlet([0.6] * (count + 1)) * free
    lots, x = list[Box3](), stretch.x0
    for k in range(count):
        x += float(gaps[k])
        lots.append(stretch._replace(x0=x, x1=min(x + each, stretch.x1)))
        x += each
    return lots


def small_lot(rng: Rng, packing: Packing, room: Box3, mass: float) -> list[Goods]:
    """One pallet, carton or piece of about a mass, anywhere on the floor of a room."""
    kg_m3 = float(rng.uniform(*packing.range_kg_m3))
    volume = mass / kg_m3 * 1e9
    side = float(
        min(max((volume / rng.uniform(0.7, 1.6)) ** (1 / 3), packing.least_mm, 300), 1250, room.z1 - room.z0)
    )
    length = min(max(side * rng.uniform(0.9, 1.2), packing.least_mm), room.x1 - room.x0)
    height = float(min(max(volume / (side * length), 150), room.y1 - room.y0))
    if packing.height_mm:
        height = min(max(height, 0.5 * packing.height_mm[0]), room.y1 - room.y0)
    length = float(min(max(volume / (side * height), 0.8 * length), room.x1 - room.x0))
    x = somewhere(rng, room.x0, room.x1 - length)
    z = somewhere(rng, room.z0, room.z1 - side)
    box = Box3(x, x + length, room.y0, room.y0 + height, z, z + side)
    return [Goods(packing.commodity, packing.name, tuple(packing.pack(rng, box, kg_m3)))]


def total_kg(goods: Sequence[Goods]) -> float:
    """Mass of goods with their pallets and packaging."""
    return sum(mass_kg(g.solids) for g in goods)


def of_class(rng: Rng, packings: Sequence[Packing], commodity: str) -> Packing:
    """A packing of a class. Raises `ValueError` when there is none."""
    fitting = [p for p in packings if p.commodity == commodity]
    if not fitting:
        raise ValueError(f"no packing of {commodity} among those given")
    return pick(rng, fitting)
