"""One vehicle at the scanner: what it is, what is in it, what is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.physics.attenuation import FloatArray, Material
from tallyscan.physics.beam import beam_of
from tallyscan.physics.forward import project
from training.simulate.cargo.classes import PACKINGS, Packing
from training.simulate.cargo.loads import draw_load
from training.simulate.cargo.unfamiliar import UNFAMILIAR
from training.simulate.concealment.families import draw_concealment
from training.simulate.concealment.place import Site
from training.simulate.parts import Concealment, Load, Unit
from training.simulate.solids import Solid, mass_kg
from training.simulate.vehicles import Vehicle, draw_vehicle

Rng = np.random.Generator
CLASS_INDEX = {item.name: index for index, item in enumerate(COMMODITY_CLASSES)}
NO_GOODS = 255
# One projection on the basis materials serves every beam of the scanner models, 2.5 to 9 MV. Against the full spectrum
# alpha is off by at most 0.15 % for matter up to zinc and for lead, 0.35 % for gold, 0.7 % for tungsten and 1.8 % for
# uranium (the most at 2.5 MV, 0.7 % at 6 MV). A projection for each beam is no better: below 3 MV its fit is unstable.
PROJECTION_BEAM = beam_of(6.0)

STRUCTURE, DUNNAGE, DUNNAGE_OF_HIDDEN = -1, -2, -3
EMPTY_SHARE = 0.14
BENIGN_SHARE = 0.42
TRIES = 6
SINGLE_CLASS_KINDS = ("full", "full", "partial", "low_fill")


@dataclass(frozen=True, eq=False)
class LoadedUnit:
    """A cargo unit with its load and what is hidden in it."""

    unit: Unit
    load: Load
    concealments: tuple[Concealment, ...] = ()

    @property
    def mass_kg(self) -> float:
        """Goods with packaging and whatever is hidden among them; 0 where there is nothing but dunnage."""
        goods = sum(mass_kg(goods.solids) for goods in self.load.goods)
        hidden = sum(mass_kg(c.added) + mass_kg(c.removed) for c in self.concealments)
        if not self.load.goods and not self.concealments:
            return 0.0
        return max(goods + hidden + mass_kg(self.load.dunnage), 0.0)

    @property
    def goods_kg(self) -> dict[str, float]:
        """Mass of the goods of each class with their share of the dunnage, the heaviest first: what is declared."""
        by_class: dict[str, float] = {}
        for goods in self.load.goods:
            by_class[goods.commodity] = by_class.get(goods.commodity, 0.0) + mass_kg(goods.solids)
        factor = 1 + mass_kg(self.load.dunnage) / max(sum(by_class.values()), 1e-6)
        return {name: by_class[name] * factor for name in sorted(by_class, key=lambda name: -by_class[name])}

    @property
    def commodities(self) -> tuple[str, ...]:
        """Classes of the goods, the heaviest first."""
        return tuple(self.goods_kg)


@dataclass(frozen=True)
class Part:
    """A solid of the scene with what it is: a class of goods (index), structure or dunnage."""

    solid: Solid
    role: int
    shares: FloatArray


@dataclass(frozen=True, eq=False)
class Scene:
    """A vehicle with its loads; `hidden_outside` lies in the carrier: tanks, tyres, rails."""

    vehicle: Vehicle
    units: tuple[LoadedUnit, ...]
    hidden_outside: tuple[Concealment, ...] = ()

    @property
    def concealments(self) -> tuple[Concealment, ...]:
        """Everything hidden or missing, unit by unit."""
        return tuple(c for unit in self.units for c in unit.concealments) + self.hidden_outside

    def without_hidden(self) -> "Scene":
        """Its benign twin: the same vehicle and loads with nothing hidden or missing."""
        return Scene(self.vehicle, tuple(LoadedUnit(loaded.unit, loaded.load) for loaded in self.units))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every solid but the hidden ones."""
        parts = [part_of(solid, STRUCTURE) for solid in self.vehicle.carrier]
        for loaded in self.units:
            parts += [part_of(solid, STRUCTURE) for solid in loaded.unit.structure]
            # Pallets and bars of an empty unit are its own; under goods or hidden things they are weighed with them.
            lone = DUNNAGE_OF_HIDDEN if loaded.concealments else STRUCTURE
            role = DUNNAGE if loaded.load.goods else lone
            parts += [part_of(solid, role) for solid in loaded.load.dunnage]
            for goods in loaded.load.goods:
                parts += [part_of(solid, CLASS_INDEX[goods.commodity]) for solid in goods.solids]
        return tuple(parts)

    @cached_property
    def spans_mm(self) -> NDArray[np.float64]:
        """x0 and x1 of every part, (parts, 2): a window needs only those that it meets."""
        return np.array([part.solid.extent[:2] for part in self.parts])


_SHARES: dict[str, FloatArray] = {}


def basis_shares(material: Material) -> FloatArray:
    """Carbon, iron and lead that attenuate like 1 g/cm2 of a material, (3,)."""
    known = _SHARES.get(material.name)
    if known is None:
        known = _SHARES[material.name] = project(material, PROJECTION_BEAM)
    return known


def part_of(solid: Solid, role: int) -> Part:
    """A solid in its role."""
    return Part(solid, role, basis_shares(solid.material))


@dataclass(frozen=True)
class Wish:
    """What a scene must hold; None leaves it to chance.

    `families` () is benign. `amount` (or `amount_beta`, from which it is drawn) grades how much is hidden, 0 to 1;
    `benign_share` of the scenes hide nothing where it is left to chance. `regular_share` of the loads are of a single
    class that stands as it was packed, the others of any kind. `held_out` draws only from packings kept out
    of training, False only from the others, None from all; `unfamiliar` adds goods of random shapes to them.
    """

    vehicle: str | None = None
    load: str | None = None
    commodity: str | None = None
    families: tuple[str, ...] | None = None
    amount: float | None = None
    amount_beta: tuple[float, float] | None = None
    benign_share: float = BENIGN_SHARE
    regular_share: float = 0.0
    held_out: bool | None = False
    unfamiliar: bool = False
    exclude_families: tuple[str, ...] = ()


def packings_for(held_out: bool | None, unfamiliar: bool = False) -> Sequence[Packing]:
    """Packing generators of the training side, of the held-out side, or all of them (None)."""
    known = PACKINGS if held_out is None else tuple(p for p in PACKINGS if p.held_out is held_out)
    return (*known, *UNFAMILIAR) if unfamiliar else known


ANY_WISH = Wish()


def build_scene(rng: Rng, wish: Wish = ANY_WISH) -> Scene:
    """Draw a scene."""
    vehicle = draw_vehicle(rng, wish.vehicle)
    packings = packings_for(wish.held_out, wish.unfamiliar)
    loads = []
    for unit in vehicle.units:
        kind = wish.load or ("empty" if rng.random() < EMPTY_SHARE else None)
        if kind is None and wish.regular_share and rng.random() < wish.regular_share:
            kind = str(rng.choice(SINGLE_CLASS_KINDS))
        loads.append(draw_load(rng, unit, commodity=wish.commodity, packings=packings, kind=kind))
    return hide(
        rng, Scene(vehicle, tuple(LoadedUnit(u, d) for u, d in zip(vehicle.units, loads, strict=True))), wish
    )


def loaded_with(rng: Rng, scene: Scene, commodities: Sequence[str]) -> Scene:
    """The same vehicle with a load of the given classes in every unit that is loaded, and nothing hidden."""
    units = []
    for loaded in scene.units:
        load = loaded.load
        if load.goods:
            name = commodities[int(rng.integers(len(commodities)))]
            kind = str(rng.choice(SINGLE_CLASS_KINDS))
            load = draw_load(rng, loaded.unit, commodity=name, packings=packings_for(False), kind=kind)
        units.append(LoadedUnit(loaded.unit, load))
    return Scene(scene.vehicle, tuple(units))


def number_hidden(rng: Rng, wish: Wish) -> int:
    """How many things are hidden in a scene that is left to chance: mostly none or one."""
    if rng.random() < wish.benign_share:
        return 0
    return int(rng.choice([1, 2, 3], p=[0.58, 0.28, 0.14]))


def hide(rng: Rng, scene: Scene, wish: Wish) -> Scene:
    """The same scene with things hidden in it; `scene` itself stays its benign twin."""
    families = wish.families
    count = number_hidden(rng, wish) if families is None else len(families)
    units = list(scene.units)
    outside: list[Concealment] = []
    allowed = [name for name in ANOMALY_FAMILIES if name not in wish.exclude_families]
    for number in range(count):
        family = families[number] if families else str(rng.choice(allowed))
        for _ in range(TRIES):
            index = int(rng.integers(len(units)))
            loaded = units[index]
            vehicle, there = scene.vehicle, (*loaded.concealments, *outside)
            site = Site(loaded.unit, loaded.load, vehicle.cavities, there, vehicle.carrier)
            amount = wish.amount if wish.amount_beta is None else float(rng.beta(*wish.amount_beta))
            found = draw_concealment(rng, site, family, amount)
            if found is None:
                continue
            if found.outside:
                outside.append(found)
            else:
                units[index] = LoadedUnit(loaded.unit, loaded.load, (*loaded.concealments, found))
            break
    return Scene(scene.vehicle, tuple(units), tuple(outside))
