"""Simulated scans that belong together: one truck on several days, and the containers of one trade.

They measure the rules that hold a scan against earlier ones (`training.history_figures`). One machine takes all scans
of a set; its faults, the speed of the truck, its place in the lane, its fuel and its cargo are of the day.
"""

from dataclasses import replace
from typing import Literal

import numpy as np

from tallyscan.physics import materials as m
from training.simulate import running_gear as gear
from training.simulate.cargo.classes import PACKINGS, Packing
from training.simulate.cargo.loads import draw_load
from training.simulate.concealment.families import draw_concealment
from training.simulate.concealment.packages import packed_block, substance
from training.simulate.concealment.place import Site
from training.simulate.containers import draw_container
from training.simulate.faults import draw_faults
from training.simulate.parts import Concealment, Load, Unit
from training.simulate.render import Framing, SimulatedScan, render
from training.simulate.scanner import Rng, Scanner, draw_scanner
from training.simulate.scene import LoadedUnit, Scene
from training.simulate.solids import Box3, Loft, Round, Solid, box, moved
from training.simulate.vehicles import Vehicle, draw_vehicle

Change = Literal["none", "floor", "tank_added", "tank_filled"]
CHANGES: tuple[Change, ...] = ("none", "floor", "tank_added", "tank_filled")
TRAILERS = ("box_trailer", "curtain_trailer", "refrigerated_trailer", "rigid_lorry")
SPEED = (0.85, 1.18)  # of the speed that the machine is used to
BESIDE_MM = 120.0  # a driver does not keep to the middle of the lane
LOADS = ("empty", "partial", "low_fill", "full")


def side_view_scanner(rng: Rng, *, dual: bool = False) -> Scanner:
    """A machine that looks from the side, where floor and tanks can be seen."""
    while True:
        scanner = draw_scanner(rng, conveyance="road")
        if scanner.model.view == "side" and (not dual or len(scanner.energies_mv) > 1):
            return scanner


def truck_of(index: int, seed: int) -> tuple[Vehicle, Scanner]:
    """A trailer or lorry whose floor and tanks are its own, and the machine that it passes."""
    rng = np.random.default_rng([seed, index])
    vehicle = draw_vehicle(rng, TRAILERS[index % len(TRAILERS)])
    return vehicle, side_view_scanner(rng)


def visit(
    vehicle: Vehicle, scanner: Scanner, rng: Rng, change: Change, load_kind: str | None = None
) -> SimulatedScan:
    """One day of a truck: with other cargo (of any kind of load, or the one given), and one thing changed in it."""
    unit, carrier, load_room = vehicle.units[0], list(vehicle.carrier), vehicle.units[0]
    added: list[Solid] = []
    if change == "floor":
        load_room, added = _raised_floor(rng, unit)
    elif change == "tank_added":
        carrier += _new_tank(rng, vehicle)
    elif change == "tank_filled":
        carrier += _filled_hollow(rng, vehicle)
    load = draw_load(rng, load_room, kind=load_kind or str(rng.choice(LOADS)))
    aside = float(rng.normal(0, BESIDE_MM / 2))
    carrier = [moved(solid, dz=aside) for solid in _refuelled(rng, carrier)]
    there = _moved_unit(replace(unit, structure=(*unit.structure, *added)), aside)
    goods = tuple(replace(g, solids=tuple(moved(s, dz=aside) for s in g.solids)) for g in load.goods)
    dunnage = tuple(moved(solid, dz=aside) for solid in load.dunnage)
    scene = Scene(
        replace(vehicle, units=(there,), carrier=tuple(carrier)), (LoadedUnit(there, Load(goods, dunnage)),)
    )
    today = replace(
        scanner, line_pitch_mm=scanner.line_pitch_mm * float(rng.uniform(*SPEED)), faults=draw_faults(rng)
    )
    top, ground = today.window_mm(unit.outer.y1)
    ahead, behind = rng.uniform(100, 1500, 2)
    extent = vehicle.extent
    framing = Framing(float(top) + 300, float(ground), float(extent.x0 - ahead), float(extent.x1 + behind))
    return render(rng, scene, today, framing=framing)


def _moved_unit(unit: Unit, dz: float) -> Unit:
    def aside(extent: Box3) -> Box3:
        return extent._replace(z0=extent.z0 + dz, z1=extent.z1 + dz)

    return replace(
        unit, outer=aside(unit.outer), room=aside(unit.room),
        structure=tuple(moved(solid, dz=dz) for solid in unit.structure),
    )  # fmt: skip


def _refuelled(rng: Rng, carrier: list[Solid]) -> list[Solid]:
    """The same tanks with other levels."""
    solids = []
    for solid in carrier:
        if solid.material is m.DIESEL:
            share = float(rng.uniform(0.1, 0.95))
            if isinstance(solid, Loft):
                solid = replace(solid, y1_mm=solid.y0_mm + share * np.float64(450.0))
            elif isinstance(solid, Round):
                solid = replace(solid, density=0.84 * share)
        solids.append(solid)
    return solids


def _raised_floor(rng: Rng, unit: Unit) -> tuple[Unit, list[Solid]]:
    """A floor 60 to 200 mm above the real one over most of the length, and what lies between; goods stand on it."""
    room, depth = unit.room, float(rng.uniform(60, 200))
    long = room.size[0] * float(rng.uniform(0.6, 1.0))
    x0 = float(rng.uniform(room.x0, room.x1 - long))
    place = room._replace(x0=x0, x1=x0 + long, y1=room.y0 + depth)
    material, thick = (m.STEEL, 3.0) if rng.random() < 0.5 else (m.WOOD, 18.0)
    solids: list[Solid] = [
        box(material, place._replace(y0=place.y1 - thick), None if material is m.STEEL else 0.6)
    ]
    filled = float(rng.uniform(0.3, 1.0))
    _, drug, density = substance(rng)
    inside = place.inset(20, 5, 40)._replace(x1=place.x0 + 20 + filled * (long - 40), y1=place.y1 - thick - 4)
    solids.append(packed_block(rng, drug, density, inside, (200.0, 80.0, 150.0), 4.0))
    return replace(unit, room=room._replace(y0=place.y1)), solids


def _new_tank(rng: Rng, vehicle: Vehicle) -> list[Solid]:
    """A tank under the floor that was not there, between the axles."""
    outer = vehicle.units[0].outer
    x = float(rng.uniform(outer.x0 + 0.3 * outer.size[0], outer.x0 + 0.55 * outer.size[0]))
    return gear.fuel_tank(rng, x, outer.y0 - 60, float(rng.uniform(700, 1400)), int(rng.choice([-1, 1])))[0]


def _filled_hollow(rng: Rng, vehicle: Vehicle) -> list[Solid]:
    """Packages in a tank, box or frame of the carrier, as the simulator hides them."""
    unit = vehicle.units[0]
    hollows = tuple(c for c in vehicle.cavities if c.kind not in ("tyre", "axle", "landing_leg", "cab"))
    site = Site(unit, Load(), hollows or vehicle.cavities, (), vehicle.carrier)
    for _ in range(30):
        found = draw_concealment(rng, site, "vehicle_cavity", 1.0)
        if found is not None and found.outside:
            return [*found.added, *found.removed]
    return []


def packing_of(index: int) -> Packing:
    """The goods of trade number `index`."""
    known = [packing for packing in PACKINGS if packing.commodity != "empty"]
    return known[(7 * index) % len(known)]


Oddity = Literal["none", "other_goods", "cover", "false_wall", "bricks"]


def container_of(index: int, scanner: Scanner, rng: Rng, oddity: Oddity) -> SimulatedScan:
    """A container of trade `index`: the same packing in another container, or one with something else in it."""
    packing = packing_of(index)
    equipment = ("22G1", "45G1")[index % 2]
    unit = draw_container(rng, equipment, 0.0, 1200.0)
    packings: tuple[Packing, ...] = (packing,)
    commodity: str | None = packing.commodity
    if oddity == "other_goods":
        others = [other for other in PACKINGS if other.commodity != packing.commodity]
        packings = (others[int(rng.integers(len(others)))],)
        commodity = packings[0].commodity
    load = draw_load(rng, unit, commodity=commodity, packings=packings, kind="full")
    hidden: tuple[Concealment, ...] = ()
    family = {"cover": "cigarettes_behind_cover", "false_wall": "false_wall", "bricks": "bricks_in_load"}.get(
        oddity
    )
    if family is not None:
        for _ in range(20):
            found = draw_concealment(rng, Site(unit, load), family, 0.7)
            if found is not None:
                hidden = (found,)
                break
    extent = Box3(unit.outer.x0 - 600, unit.outer.x1 + 600, 0.0, 4500.0, -1300.0, 1300.0)
    vehicle = Vehicle("container_alone", (unit,), (), (), extent)
    today = replace(
        scanner, line_pitch_mm=scanner.line_pitch_mm * float(rng.uniform(*SPEED)), faults=draw_faults(rng)
    )
    top, _ = today.window_mm(unit.outer.y1)
    framing = Framing(float(top) + 200, unit.outer.y0 - 300, extent.x0, extent.x1)
    return render(rng, Scene(vehicle, (LoadedUnit(unit, load, hidden),)), today, framing=framing)
