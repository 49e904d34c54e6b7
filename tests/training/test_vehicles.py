"""Structure of vehicles: masses, places, hollows, and how an empty container looks to a beam."""

import numpy as np
import pytest

from training.simulate.carriers import draw_chassis
from training.simulate.concealment.place import displaced
from training.simulate.containers import EQUIPMENT, draw_container
from training.simulate.fan_beam import FanBeam, even_rows
from training.simulate.parts import Unit
from training.simulate.projection import total
from training.simulate.solids import Box3, Solid, mass_kg
from training.simulate.turning import turned_unit
from training.simulate.vehicles import VEHICLES, Vehicle, draw_vehicle

KINDS = [kind for kind, _ in VEHICLES]
TARE_KG = {  # typical data sheets
    "22G1": 2200, "42G1": 3750, "45G1": 3900, "L5G1": 4700, "22R1": 3000, "45R1": 4600, "22T1": 3600,
    "22U1": 2300, "42U1": 3850, "22P1": 2700, "42P1": 5300,
}  # fmt: skip
CAVITY_KINDS = {
    "front_wall", "roof", "floor", "side_wall", "door_end", "reefer_unit", "reefer_insulation", "frame",
    "fuel_tank", "air_tank", "spare_wheel", "tyre", "cab", "axle", "toolbox", "landing_leg",
}  # fmt: skip


def fan() -> FanBeam:
    return FanBeam(
        "side", source_mm=1000.0, centre_mm=4000.0, rows_mm=even_rows(5600, 0, 10.0), plane_mm=4000.0
    )


def inside(part: Box3, whole: Box3, slack: float) -> bool:
    low = all(a >= b - slack for a, b in zip(part[::2], whole[::2], strict=True))
    return low and all(a <= b + slack for a, b in zip(part[1::2], whole[1::2], strict=True))


def solids_of(vehicle: Vehicle) -> list[Solid]:
    return [*vehicle.carrier, *(solid for unit in vehicle.units for solid in unit.structure)]


@pytest.mark.parametrize("equipment", EQUIPMENT)
def test_a_container_weighs_its_tare(equipment: str) -> None:
    masses = [
        mass_kg(draw_container(np.random.default_rng(seed), equipment, 0.0, 1200.0).structure)
        for seed in range(6)
    ]
    assert min(masses) > 0.75 * TARE_KG[equipment]
    assert max(masses) < 1.25 * TARE_KG[equipment]
    assert np.ptp(masses) > 0.01 * TARE_KG[equipment]  # no two are alike


@pytest.mark.parametrize("equipment", EQUIPMENT)
def test_a_container_keeps_to_its_outside_and_its_room_is_free(equipment: str) -> None:
    for seed in range(6):
        unit = draw_container(np.random.default_rng(seed), equipment, 500.0, 1100.0)
        assert unit.outer.x0 == 500.0
        assert unit.outer.y0 == 1100.0
        assert inside(unit.room, unit.outer, 0.0)
        for solid in unit.structure:
            ajar = unit.door is not None and solid.extent.x1 > unit.outer.x1 + 60
            assert ajar or inside(solid.extent, unit.outer, 80.0)
        heart = unit.room.inset(*(0.3 * size for size in unit.room.size))
        if unit.kind != "tank":  # a vessel is a solid and a negative one: both fill the room
            assert not any(part.extent.overlap(heart) and _fills(part, heart) for part in unit.structure)


def _fills(solid: object, heart: Box3) -> bool:
    """Whether there is matter of a solid in a box (a shell around it has none there)."""
    beam = FanBeam("side", (heart.y0 + heart.y1) / 2, 1e6, even_rows(heart.y1, heart.y0, 50.0), 1e6)
    columns = np.arange(heart.x0, heart.x1, 100.0)
    density = getattr(solid, "density", 0.0)
    if not isinstance(density, np.ndarray):
        return bool(np.abs(total([solid], beam, columns)).max() > 0)  # type: ignore[list-item]
    middles = [(edges[1:] + edges[:-1]) / 2 for edges in (solid.x_mm, solid.y_mm, solid.z_mm)]  # type: ignore[attr-defined]
    inner = [(m > low) & (m < high) for m, low, high in zip(middles, heart[::2], heart[1::2], strict=True)]
    return bool(np.abs(density[np.ix_(*inner)]).sum() > 0)


def test_both_walls_of_an_empty_box_are_as_thin_as_measured() -> None:
    """2.5 to 3 g/cm2 for both together, up to 10 % more where a corrugation slopes."""
    for seed in range(8):
        unit = draw_container(np.random.default_rng(seed), "45G1", 0.0, 1200.0)
        areal = total(unit.structure, fan(), np.arange(4000.0, 8000.0, 5.0))
        middle = areal[360:400]
        assert 2.3 < np.median(middle) < 3.1
        assert middle.std() > 0.03  # the corrugation shows


def test_roof_floor_and_cross_members_show_where_they_are() -> None:
    unit = draw_container(np.random.default_rng(3), "45G1", 0.0, 1200.0)
    beam, columns = fan(), np.arange(4000.0, 10000.0, 5.0)
    areal = total(unit.structure, beam, columns)
    walls = np.median(areal[350:400])
    far_edge, near_edge = beam.row_of(unit.outer.y1, 4000.0 + 1219), beam.row_of(unit.outer.y1, 4000.0 - 1219)
    band = areal[int(near_edge) + 25 : int(far_edge) - 15]
    assert np.median(band) > walls + 0.8  # rays that leave through the roof
    floor_row = int(beam.row_of(unit.outer.y0 + 75, 4000.0))
    comb = areal[floor_row - 2 : floor_row + 3].mean(axis=0)
    peaks = np.flatnonzero(np.diff((comb > comb.min() + 0.5 * np.ptp(comb)).astype(int)) == 1)
    assert 12 <= len(peaks) <= 30  # 6 m of cross members 250 to 400 mm apart
    assert comb.min() > 2 * walls


def test_the_same_seed_draws_the_same_vehicle() -> None:
    columns = np.arange(0.0, 9000.0, 60.0)
    first, again, other = (
        total(solids_of(draw_vehicle(np.random.default_rng(seed))), fan(), columns) for seed in (5, 5, 6)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
def test_a_vehicle_is_sound(kind: str) -> None:
    facing = set()
    for seed in range(6):
        vehicle = draw_vehicle(np.random.default_rng(seed), kind)
        assert vehicle.kind == kind
        starts = [unit.outer.x0 for unit in vehicle.units]
        assert starts == sorted(starts)
        for unit, following in zip(vehicle.units, vehicle.units[1:], strict=False):
            assert 30 <= following.outer.x0 - unit.outer.x1 <= 1250
        for unit in vehicle.units:
            assert inside(unit.room, unit.outer, 1.0)
            assert vehicle.extent.x0 <= unit.outer.x0
            assert unit.outer.x1 <= vehicle.extent.x1
            facing.add(unit.door)
        for solid in solids_of(vehicle):
            assert np.all(np.diff(solid.x_mm) >= 0)
            assert solid.extent.y0 > -60
            assert solid.extent.y1 < 5200
            assert -1700 < solid.extent.z0 <= solid.extent.z1 < 1700
        for cavity in (*vehicle.cavities, *(hollow for unit in vehicle.units for hollow in unit.cavities)):
            assert cavity.kind in CAVITY_KINDS
            assert min(cavity.room.size) > 0, cavity
        for unit in vehicle.units:
            for cavity in unit.cavities:
                before_it = cavity.kind == "reefer_unit" and unit.kind == "trailer"
                assert inside(cavity.room, unit.outer, 1.0) != before_it, cavity
            for cavity in vehicle.cavities:
                under_an_arch = cavity.kind == "tyre" and unit.kind == "van"
                assert under_an_arch or cavity.room.overlap(unit.outer) is None, cavity
    if facing != {None}:
        assert {"x0", "x1"} <= facing  # vehicles come either way


def test_nothing_weighs_less_than_nothing() -> None:
    """Holes lie inside what they are cut from: no pixel of a vehicle has a negative areal density."""
    for seed, kind in enumerate(KINDS):
        vehicle = draw_vehicle(np.random.default_rng(seed + 40), kind)
        columns = np.arange(vehicle.extent.x0, vehicle.extent.x1, 40.0)
        assert total(solids_of(vehicle), fan(), columns).min() > -0.02, kind


def test_trucks_have_wheels_tanks_and_tyres_to_hide_in() -> None:
    kinds: set[str] = set()
    for seed in range(25):
        vehicle = draw_vehicle(np.random.default_rng(seed), "truck_40")
        kinds |= {cavity.kind for cavity in vehicle.cavities}
    assert {
        "tyre",
        "axle",
        "frame",
        "air_tank",
        "spare_wheel",
        "fuel_tank",
        "cab",
        "toolbox",
        "landing_leg",
    } <= kinds


# g/cm3 that a hollow of a carrier may hold itself, in the middle of many: cross members, seats, fuel, tools
CONTENTS_G_CM3 = {
    "landing_leg": 0.05,
    "axle": 0.4,
    "air_tank": 0.3,
    "frame": 0.3,
    "fuel_tank": 0.8,
    "cab": 0.15,
}


def test_hollows_are_hollow() -> None:
    """No hollow lies in solid metal, or partly outside of the tank, tube or cab that it is the inside of."""
    contents: dict[str, list[float]] = {kind: [] for kind in CONTENTS_G_CM3}
    for seed in range(30):
        vehicle = draw_vehicle(np.random.default_rng(seed), "truck_40")
        for cavity in (cavity for cavity in vehicle.cavities if cavity.kind in contents):
            litres = float(np.prod(cavity.room.size)) * 1e-6
            contents[cavity.kind].append(-mass_kg(displaced(vehicle.carrier, [cavity.room])) / litres)
    for kind, most in CONTENTS_G_CM3.items():
        assert len(contents[kind]) >= 4
        assert min(contents[kind]) > -1e-3, kind
        assert np.median(contents[kind]) < most, kind


def test_a_chassis_and_its_wheels_stand_on_the_ground_below_the_deck() -> None:
    for seed in range(6):
        chassis = draw_chassis(np.random.default_rng(seed), "skeletal", -200.0, 12400.0, 1250.0)
        lowest = min(solid.extent.y0 for solid in chassis.carrier.solids)
        assert abs(lowest) < 1.0
        assert 3000 < mass_kg(chassis.carrier.solids) < 9000
        assert -200.0 < chassis.kingpin_mm[0] < 1500.0


def test_turning_twice_gives_the_same_unit() -> None:
    unit = draw_container(np.random.default_rng(1), "45R1", 0.0, 1200.0)
    turned = turned_unit(unit, 3000.0)
    back: Unit = turned_unit(turned, 3000.0)
    assert turned.door == "x0"
    assert mass_kg(turned.structure) == pytest.approx(mass_kg(unit.structure))
    columns = np.arange(0.0, 12192.0, 50.0)
    assert np.allclose(
        total(back.structure, fan(), columns), total(unit.structure, fan(), columns), atol=1e-4
    )


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="hovercraft"):
        draw_vehicle(np.random.default_rng(0), "hovercraft")
