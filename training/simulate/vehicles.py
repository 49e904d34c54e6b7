"""Whole vehicles: units on what carries them, facing either way, and what of them lies in the scan."""

from dataclasses import dataclass

import numpy as np

from training.simulate import rail_wagons
from training.simulate.carriers import Carrier, ChassisKind, draw_chassis, joined
from training.simulate.containers import draw_container
from training.simulate.lorries import draw_panel_van, draw_rigid
from training.simulate.parts import Cavity, Conveyance, Unit
from training.simulate.solids import Box3, Solid
from training.simulate.tractors import draw_tractor
from training.simulate.trailers import TrailerKind, draw_trailer
from training.simulate.turning import turned_box, turned_cavity, turned_solid, turned_unit

VEHICLES: tuple[tuple[str, float], ...] = (
    ("truck_20", 0.08), ("truck_40", 0.20), ("truck_45", 0.03), ("truck_two_20", 0.06), ("truck_reefer", 0.07),
    ("truck_tank_container", 0.03), ("truck_open_top", 0.03), ("truck_flat_rack", 0.02),
    ("curtain_trailer", 0.08), ("box_trailer", 0.04), ("refrigerated_trailer", 0.05), ("tank_trailer", 0.03),
    ("open_trailer", 0.02), ("tipper_trailer", 0.02), ("rigid_lorry", 0.03), ("panel_van", 0.03),
    ("container_alone", 0.07), ("rail_containers", 0.07), ("covered_wagon", 0.02), ("open_wagon", 0.02),
)  # fmt: skip
_ON_RAILS = ("rail_containers", "covered_wagon", "open_wagon")
_HEIGHT_MM = 4500.0


@dataclass(frozen=True, eq=False)
class Vehicle:
    """A vehicle: its cargo units by rising x, the rest of it with its hollows, and the part that is scanned.

    Solids may reach beyond `extent` (a cab that has passed before the beam goes on): the scan ends there.
    """

    kind: str
    units: tuple[Unit, ...]
    carrier: tuple[Solid, ...]
    cavities: tuple[Cavity, ...]
    extent: Box3

    @property
    def conveyance(self) -> Conveyance | None:
        """What it runs on, and so which scanners it can go through; None of a container that is shown alone."""
        if self.kind == "container_alone":
            return None
        return "rail" if self.kind in _ON_RAILS else "road"


def draw_vehicle(rng: np.random.Generator, kind: str | None = None) -> Vehicle:
    """A vehicle of a kind, or of one drawn by the shares in `VEHICLES`, facing to low or to high x.

    Raises `ValueError` for a kind that is not in `VEHICLES`.
    """
    kinds = [name for name, _ in VEHICLES]
    if kind is None:
        shares = np.array([share for _, share in VEHICLES])
        kind = str(rng.choice(kinds, p=shares / shares.sum()))
    if kind not in kinds:
        raise ValueError(f"{kind} is no kind of vehicle: {', '.join(kinds)}")
    units, carrier = _put_together(rng, kind)
    extent = _scanned(rng, kind, units, carrier)
    solids = tuple(s for s in carrier.solids if s.extent.x1 > extent.x0 - 50 and s.extent.x0 < extent.x1 + 50)
    hollows = tuple(c for c in carrier.cavities if c.room.x0 >= extent.x0 and c.room.x1 <= extent.x1)
    vehicle = Vehicle(kind, units, solids, hollows, extent)
    return _turned(vehicle) if rng.random() < 0.5 else vehicle


def _put_together(rng: np.random.Generator, kind: str) -> tuple[tuple[Unit, ...], Carrier]:
    """Units and carrier with the front at low x, the first unit's or the chassis's front near x = 0."""
    if kind.endswith("_trailer"):
        trailer: TrailerKind = kind  # type: ignore[assignment]  # the names ending so are those kinds
        unit, chassis = draw_trailer(rng, trailer, 0.0)
        front = min(0.0, *(solid.extent.x0 for solid in unit.structure))
        return (unit,), joined(chassis.carrier, draw_tractor(rng, chassis.kingpin_mm, front))
    if kind == "rigid_lorry":
        unit, carrier = draw_rigid(rng, 0.0)
        return (unit,), carrier
    if kind == "panel_van":
        unit, carrier = draw_panel_van(rng, 0.0)
        return (unit,), carrier
    if kind == "container_alone":
        code = str(
            rng.choice(
                ["22G1", "42G1", "45G1", "45R1", "22R1", "22T1", "L5G1"],
                p=[0.3, 0.15, 0.3, 0.1, 0.05, 0.05, 0.05],
            )
        )
        return (draw_container(rng, code, 0.0, rng.choice([0.0, rng.uniform(0, 1500)])),), Carrier()
    if kind == "rail_containers":
        return _rail_containers(rng)
    if kind == "covered_wagon":
        unit, carrier = rail_wagons.draw_covered_wagon(rng, 0.0)
        return (unit,), carrier
    if kind == "open_wagon":
        unit, carrier = rail_wagons.draw_open_wagon(rng, 0.0)
        return (unit,), carrier
    return _container_truck(rng, kind)


def _codes(rng: np.random.Generator, kind: str) -> list[str]:
    """The containers on a truck."""
    choices = {
        "truck_20": ["22G1"], "truck_40": ["42G1", "45G1", "45G1"], "truck_45": ["L5G1"],
        "truck_reefer": ["45R1", "45R1", "45R1", "22R1"], "truck_tank_container": ["22T1"],
        "truck_open_top": ["22U1", "42U1"], "truck_flat_rack": ["22P1", "42P1"],
    }  # fmt: skip
    if kind == "truck_two_20":
        return [str(rng.choice(["22G1", "22G1", "22G1", "22U1", "22T1", "22R1"])) for _ in range(2)]
    return [str(rng.choice(choices[kind]))]


def _row(rng: np.random.Generator, codes: list[str], x0: float, base: float, gap: float) -> tuple[Unit, ...]:
    """Containers behind each other, doors aft; one of several may be turned."""
    units: list[Unit] = []
    for code in codes:
        turned = rng.random() < (0.25 if len(codes) > 1 else 0.04)
        units.append(draw_container(rng, code, x0, base, "x0" if turned else "x1"))
        x0 = units[-1].outer.x1 + gap
    return tuple(units)


def _container_truck(rng: np.random.Generator, kind: str) -> tuple[tuple[Unit, ...], Carrier]:
    codes = _codes(rng, kind)
    chassis_kind: ChassisKind = _CHASSIS[int(rng.choice(3, p=[0.3, 0.3, 0.4]))]
    gap = rng.uniform(40, 120) if rng.random() < 0.5 else rng.uniform(120, 1200)
    deck = rng.uniform(1060, 1500)
    units = _row(rng, codes, 0.0, deck, gap)
    end = units[-1].outer.x1
    fore, aft = rng.uniform(0, 350), rng.uniform(-50, 350)
    if end < 7000:
        if (
            rng.random() < 0.6
        ):  # a 20 ft container in the middle, at the front or at the tail of a long chassis
            spare = rng.uniform(5500, 6600)
            fore, aft = (share * spare for share in _split(rng))
            chassis_kind = "flatbed" if rng.random() < 0.5 else "skeletal"
        else:
            fore, aft = rng.uniform(600, 1500), rng.uniform(100, 1500)
    if chassis_kind == "gooseneck" and (end < 7000 or units[0].equipment[2] == "P"):
        chassis_kind = "skeletal"
    chassis = draw_chassis(rng, chassis_kind, -fore, end + aft, deck)
    tractor = draw_tractor(rng, chassis.kingpin_mm, min(-fore, 0.0))
    return units, joined(chassis.carrier, tractor)


_CHASSIS: tuple[ChassisKind, ...] = ("gooseneck", "skeletal", "flatbed")


def _split(rng: np.random.Generator) -> tuple[float, float]:
    front = float(rng.choice([rng.uniform(0.4, 0.6), 0.03, 0.97], p=[0.6, 0.2, 0.2]))
    return front, 1 - front


def _rail_containers(rng: np.random.Generator) -> tuple[tuple[Unit, ...], Carrier]:
    """One to three containers on a flat wagon of 40 or 60 ft."""
    sets = [
        ["22G1"] * 3,
        ["22G1"] * 2,
        ["45G1"],
        ["42G1", "22G1"],
        ["22G1", "45G1"],
        ["45G1"],
        ["22T1", "22T1"],
    ]
    codes = list(sets[int(rng.integers(len(sets)))])
    floor = rng.uniform(1130, 1300)
    units = _row(rng, codes, 0.0, floor, rng.uniform(60, 700))
    fore, aft = rng.uniform(200, 900, 2)
    return units, rail_wagons.draw_flat_wagon(
        rng, -fore, max(units[-1].outer.x1 + aft, 12000.0 - fore), floor
    )


def _scanned(rng: np.random.Generator, kind: str, units: tuple[Unit, ...], carrier: Carrier) -> Box3:
    """What the scan shows: from the cab or from behind it on; lone containers are often cut tightly."""
    first = min(solid.extent.x0 for solid in units[0].structure)
    last = units[-1].outer.x1
    half, top = 1300.0, _HEIGHT_MM
    if kind == "container_alone":
        margin = rng.uniform(10, 120) if rng.random() < 0.5 else rng.uniform(120, 1500)
        low = max(units[0].outer.y0 - margin, 0.0) if margin < 120 else 0.0
        return Box3(first - margin, last + margin, low, max(units[0].outer.y1 + margin, low), -half, half)
    solids = [solid.extent for solid in (*carrier.solids, *(s for unit in units for s in unit.structure))]
    x0, x1 = min(extent.x0 for extent in solids), max(extent.x1 for extent in solids)
    x1 += rng.uniform(50, 1200)
    cabs = [cavity.room for cavity in carrier.cavities if cavity.kind == "cab"]
    start = x0 - rng.uniform(50, 1200)
    if cabs and kind != "panel_van":  # drive-through portals beam only when the driver has passed
        back = cabs[0].x1
        choice = rng.choice(3, p=[0.3, 0.15, 0.55])
        if choice == 1:
            start = rng.uniform(x0, back)
        elif choice == 2:
            start = rng.uniform(min(back + 50, first - 60), first - 60)
    return Box3(start, x1, 0.0, top, -half, half)


def _turned(vehicle: Vehicle) -> Vehicle:
    """The same vehicle facing the other way, still starting at the same place."""
    about = (vehicle.extent.x0 + vehicle.extent.x1) / 2
    return Vehicle(
        vehicle.kind,
        tuple(turned_unit(unit, about) for unit in reversed(vehicle.units)),
        tuple(turned_solid(solid, about) for solid in vehicle.carrier),
        tuple(turned_cavity(cavity, about) for cavity in vehicle.cavities),
        turned_box(vehicle.extent, about),
    )
