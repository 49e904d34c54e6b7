"""The load of one cargo unit: which goods stand where, what secures them, and what else is in there."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from training.simulate.cargo.classes import PACKINGS, Packing
from training.simulate.cargo.collapse import broken_heap, leaning
from training.simulate.cargo.lots import Budget, goods_in, of_class, small_lot, total_kg
from training.simulate.cargo.securing import BULK_UNITS, dunnage_of
from training.simulate.cargo.stowage import Rng, pick, scaled
from training.simulate.cargo.tank_loads import tank_goods
from training.simulate.parts import Goods, Load, Unit
from training.simulate.solids import Box3

Kind = Literal[
    "full",
    "partial",
    "low_fill",
    "side_by_side",
    "front_back",
    "groupage",
    "tiny",
    "shifted",
    "collapsed",
    "empty",
]
KIND_WEIGHTS: dict[Kind, float] = {
    "full": 0.44, "partial": 0.17, "low_fill": 0.07, "side_by_side": 0.08, "front_back": 0.04, "groupage": 0.08,
    "tiny": 0.05, "shifted": 0.04, "collapsed": 0.03, "empty": 0.0,
}  # fmt: skip
"""How often each kind of load is drawn when none is asked for; empty units are asked for."""

PAYLOAD_KG = {"container": 27_000.0, "trailer": 25_500.0, "tank": 26_000.0, "van": 1500.0, "wagon": 58_000.0}
SHORT_CONTAINER_PAYLOAD_KG = 28_000.0  # 20 ft
PAYLOAD_USED = (0.8, 1.0)  # shippers seldom load to the last kilogram
TINY_KG = (20.0, 900.0)
TARGET_REACH = (0.6, 1.6)  # how far densities are bent to meet a target mass

BULK = frozenset({"bulk_heap", "bulk_liner", "ore_liner", "shredded", "chaos"})
OPEN_UNITS = frozenset({"open_trailer", "22P1", "42P1"})
OPEN_GOODS = frozenset(
    {"steel_products", "machinery", "timber_plywood", "vehicles_parts", "stone_ceramic", "scrap_metal"}
)
CHILLED = frozenset({"frozen_meat_fish", "fresh_produce", "pharma_cosmetics"})
USUAL_GOODS_SHARE = 0.75  # of open, chilled and bulk units that carry what they are made for


@dataclass(frozen=True)
class _Job:
    """What is to be loaded: the unit, the packings to choose from, the class asked for, and the mass allowed."""

    unit: Unit
    packings: Sequence[Packing]
    commodity: str | None
    most_kg: float

    @property
    def room(self) -> Box3:
        """The cargo space with a hand's breadth left at its top and ends."""
        _, tall, _ = self.unit.room.size
        return self.unit.room.inset(15, 0, 10)._replace(y1=self.unit.room.y1 - min(60, 0.05 * tall))

    def packing(self, rng: Rng, place: Box3) -> Packing:
        """A packing of the class asked for that fits a place, else of any class that the unit is likely to carry."""
        length, tall, depth = place.size
        fitting = [p for p in self.packings if p.least_mm <= length and p.across_mm <= depth]
        fitting = (
            [p for p in fitting if p.height_mm is None or p.height_mm[0] <= tall]
            or fitting
            or list(self.packings)
        )
        if self.commodity is not None:
            own = [p for p in fitting if p.commodity == self.commodity]
            return pick(rng, own) if own else of_class(rng, self.packings, self.commodity)
        usual = [p for p in fitting if _made_for(self.unit, p)]
        if usual and rng.random() < USUAL_GOODS_SHARE:
            fitting = usual
        return of_class(rng, fitting, pick(rng, sorted({p.commodity for p in fitting})))

    def other(self, rng: Rng, place: Box3) -> Packing:
        """A packing of whatever class: the further goods of a mixed load."""
        return replace(self, commodity=None).packing(rng, place)


def _made_for(unit: Unit, packing: Packing) -> bool:
    """Whether a unit of a special kind is made for such goods; plain ones take all."""
    if unit.equipment in BULK_UNITS:
        return packing.name in BULK
    if unit.equipment in OPEN_UNITS:
        return packing.commodity in OPEN_GOODS
    if unit.equipment[2:3] == "R" or "reefer" in unit.equipment or "refrigerated" in unit.equipment:
        return packing.commodity in CHILLED
    return True


def _full(rng: Rng, job: _Job) -> list[Goods]:
    room = job.room
    slack = min(rng.uniform(0, 350), 0.1 * (room.x1 - room.x0))
    room = room._replace(x1=room.x1 - slack) if job.unit.door != "x0" else room._replace(x0=room.x0 + slack)
    return goods_in(rng, job.packing(rng, room), room, Budget(job.most_kg))


def _low_fill(rng: Rng, job: _Job) -> list[Goods]:
    tall = job.room.y1 - job.room.y0
    room = job.room._replace(y1=job.room.y0 + max(tall * rng.uniform(0.15, 0.5), 350))
    return goods_in(rng, job.packing(rng, room), room, Budget(job.most_kg, rng.uniform(0.5, 1.0)))


def _partial(rng: Rng, job: _Job) -> list[Goods]:
    """From the front, from the doors, in the middle, or a few pallets here and there."""
    room, length = job.room, job.room.x1 - job.room.x0
    how = rng.random()
    if how < 0.2:
        packing = job.packing(rng, room._replace(x1=room.x0 + 1300, z1=(room.z0 + room.z1) / 2))
        places = np.sort(rng.uniform(0, 1, int(rng.integers(2, 6))))
        goods = list[Goods]()
        end = room.x0
        for place in places:
            wide = rng.uniform(800, 1300)
            x = max(room.x0 + place * (length - 1400), end)
            if x + wide > room.x1:
                break
            part = room._replace(x0=x, x1=x + wide)
            if rng.random() < 0.4:
                half = (room.z0 + room.z1) / 2
                part = part._replace(z1=half) if rng.random() < 0.5 else part._replace(z0=half)
            goods += goods_in(rng, packing, part, Budget(job.most_kg / len(places)))
            end = x + wide + 30
        return goods
    packing = job.packing(rng, room._replace(x1=room.x0 + length / 2))
    size = max(length * rng.uniform(0.15, 0.8), min(packing.least_mm, length))
    start = 0.0 if how < 0.5 else (length - size if how < 0.75 else rng.uniform(0, length - size))
    part = room._replace(x0=room.x0 + start, x1=room.x0 + start + size)
    return goods_in(rng, packing, part, Budget(job.most_kg, pick(rng, (1.0, rng.uniform(0.5, 1.0)))))


def _side_by_side(rng: Rng, job: _Job) -> list[Goods]:
    """Two or three classes one after another along the load, or one on either side."""
    room, length = job.room, job.room.x1 - job.room.x0
    if rng.random() < 0.3:
        half = room.z0 + (room.z1 - room.z0) * rng.uniform(0.42, 0.58)
        parts = [room._replace(z1=half - 15), room._replace(z0=half + 15)]
        shares = [0.5, 0.5]
    else:
        count = int(rng.integers(2, 4)) if length > 4500 else 2
        shares = [float(v) for v in np.clip(rng.dirichlet([4.0] * count), 0.15, 1)]
        shares = [v / sum(shares) for v in shares]
        cuts = room.x0 + length * np.concatenate([[0.0], np.cumsum(shares)])
        parts = [room._replace(x0=float(a) + 10, x1=float(b) - 10) for a, b in itertools.pairwise(cuts)]
    goods = list[Goods]()
    asked = int(rng.integers(len(parts)))
    for k, part in enumerate(parts):
        packing = job.packing(rng, part) if k == asked else job.other(rng, part)
        goods += goods_in(rng, packing, part, Budget(job.most_kg * shares[k]))
    return goods


def _front_back(rng: Rng, job: _Job) -> list[Goods]:
    """A cover of one class at the doors, another class behind it."""
    room, length = job.room, job.room.x1 - job.room.x0
    cover = min(rng.uniform(600, 2600), 0.4 * length)
    at_x1 = job.unit.door == "x1" or (job.unit.door is None and rng.random() < 0.5)
    near = room._replace(x0=room.x1 - cover) if at_x1 else room._replace(x1=room.x0 + cover)
    far = room._replace(x1=near.x0 - 20) if at_x1 else room._replace(x0=near.x1 + 20)
    first = goods_in(rng, job.packing(rng, far), far, Budget(job.most_kg * (1 - cover / length)))
    return first + goods_in(rng, job.other(rng, near), near, Budget(job.most_kg * cover / length))


def _groupage(rng: Rng, job: _Job) -> list[Goods]:
    """Many small lots of several classes, left and right, some upon others."""
    room, goods, left = job.room, list[Goods](), job.most_kg
    half = (room.z0 + room.z1) / 2
    number = 0
    for side in (room._replace(z1=half - 20), room._replace(z0=half + 20)):
        x = room.x0 + rng.uniform(0, 300)
        while x < room.x1 - 500:
            wide = min(rng.uniform(500, 2600), room.x1 - x)
            part = side._replace(x0=x, x1=x + wide, y1=room.y0 + (room.y1 - room.y0) * rng.uniform(0.35, 1.0))
            packing = job.packing(rng, part) if number == 0 else job.other(rng, part)
            budget = min(left, 1.3 * job.most_kg * wide / (room.x1 - room.x0) / 2)
            if budget > 60:
                lots = goods_in(rng, packing, part, Budget(budget))
                left -= total_kg(lots)
                goods += lots
            number += 1
            x += wide + rng.uniform(10, 250) + (rng.uniform(300, 1500) if rng.random() < 0.15 else 0)
    return goods


def _tiny(rng: Rng, job: _Job) -> list[Goods]:
    mass = float(np.exp(rng.uniform(*np.log(TINY_KG))))
    place = job.room._replace(x1=job.room.x0 + 700, z1=job.room.z0 + 700)
    return small_lot(rng, job.packing(rng, place), job.room, min(mass, job.most_kg))


def _shifted(rng: Rng, job: _Job) -> list[Goods]:
    """Slid to one end or standing off the other, leaning into the gap."""
    room, length = job.room, job.room.x1 - job.room.x0
    packing = job.packing(rng, room._replace(x1=room.x0 + 0.6 * length))
    size = max(length * rng.uniform(0.6, 0.92), min(packing.least_mm, length))
    start = (length - size) * pick(rng, (0.0, 1.0, float(rng.random())))
    part = room._replace(x0=room.x0 + start, x1=room.x0 + start + size)
    return [leaning(rng, g, room) for g in goods_in(rng, packing, part, Budget(job.most_kg))]


def _collapsed(rng: Rng, job: _Job) -> list[Goods]:
    """Part still stands, part has fallen in a heap beside it."""
    room, length = job.room, job.room.x1 - job.room.x0
    packing = job.packing(rng, room._replace(x1=room.x0 + min(0.55 * length, 1300)))  # what is stacked
    fallen = min(length * rng.uniform(0.15, 0.4), 3500)
    at_x1 = rng.random() < 0.5
    low = room._replace(x0=room.x1 - fallen) if at_x1 else room._replace(x1=room.x0 + fallen)
    standing = room._replace(x1=low.x0 - 10) if at_x1 else room._replace(x0=low.x1 + 10)
    goods = goods_in(rng, packing, standing, Budget(job.most_kg * 0.75))
    if packing.name in BULK:  # loose goods have no stacks to fall
        return goods
    main = max(goods[0].solids, key=lambda s: s.mass_kg)
    height = max(s.extent.y1 for g in goods for s in g.solids) - room.y0
    low = low._replace(y1=room.y0 + height * rng.uniform(0.4, 0.9))
    volume_m3 = float(np.prod(low.size)) * 1e-9
    kg_m3 = min(sum(packing.range_kg_m3) / 2, 0.2 * job.most_kg / (0.45 * volume_m3))
    heap = broken_heap(rng, low, main.material, kg_m3, ((350, 900), (150, 450)))
    return [*goods, Goods(packing.commodity, packing.name, tuple(heap))]


_ARRANGE: dict[Kind, Callable[[Rng, _Job], list[Goods]]] = {
    "full": _full, "partial": _partial, "low_fill": _low_fill, "side_by_side": _side_by_side,
    "front_back": _front_back, "groupage": _groupage, "tiny": _tiny, "shifted": _shifted, "collapsed": _collapsed,
}  # fmt: skip


def payload_kg(unit: Unit) -> float:
    """What a unit may carry at most."""
    short = unit.kind == "container" and unit.outer.x1 - unit.outer.x0 < 6500
    return SHORT_CONTAINER_PAYLOAD_KG if short else PAYLOAD_KG[unit.kind]


def draw_load(
    rng: Rng, unit: Unit, *, commodity: str | None = None, packings: Sequence[Packing] | None = None,
    target_mass_kg: float | None = None, max_mass_kg: float | None = None, kind: str | None = None,
) -> Load:  # fmt: skip
    """Draw a load.

    `commodity` is the class of the main goods (mixed loads add others; a tank always holds a liquid), `packings`
    the generators to choose from, `kind` one of `KIND_WEIGHTS`. The load weighs `max_mass_kg` (None: the unit's
    payload) at most, and about `target_mass_kg` where that is given and the room allows it. Raises `ValueError`
    for an unknown kind, or when no packing of the class is given.
    """
    chosen = kind if kind is not None else str(rng.choice(list(KIND_WEIGHTS), p=list(KIND_WEIGHTS.values())))
    if chosen not in get_args(Kind):
        raise ValueError(f"no kind of load is called {chosen!r}")
    allowed = payload_kg(unit) * rng.uniform(*PAYLOAD_USED) if max_mass_kg is None else max_mass_kg
    most = min(target_mass_kg or np.inf, allowed)
    if chosen == "empty":
        return Load((), *dunnage_of(rng, unit, ()))
    if unit.kind == "tank":
        target = float(np.exp(rng.uniform(*np.log(TINY_KG)))) if chosen == "tiny" else target_mass_kg
        goods = tank_goods(rng, unit, commodity, most, target)
        return Load((goods,), (), (chosen,))
    job = _Job(unit, PACKINGS if packings is None else packings, commodity, float(most))
    arranged = _ARRANGE[chosen](rng, job)  # type: ignore[index]
    found = tuple(goods for goods in arranged if goods.solids)  # a room may be too small for a piece
    if target_mass_kg is not None:
        found = _near_target(found, target_mass_kg)
    found = _near_target(found, most) if total_kg(found) > most else found
    dunnage, notes = dunnage_of(rng, unit, found)
    return Load(found, dunnage, (chosen, *notes))


def _near_target(goods: tuple[Goods, ...], target_kg: float) -> tuple[Goods, ...]:
    """The goods a little lighter or heavier, to weigh what was asked for."""
    factor = float(np.clip(target_kg / max(total_kg(goods), 1e-6), *TARGET_REACH))
    return tuple(replace(g, solids=tuple(scaled(s, factor) for s in g.solids)) for g in goods)
