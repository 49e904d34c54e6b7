"""Goods as they are packed: every class, its mass and place, and the loads made of them."""

import numpy as np
import pytest

from tallyscan.commodity import CLASS_BY_NAME, COMMODITY_CLASSES
from tallyscan.physics import materials as m
from training.simulate.cargo import dunnage
from training.simulate.cargo.classes import PACKINGS, PACKINGS_BY_CLASS, Packing
from training.simulate.cargo.liquids import tank_fill
from training.simulate.cargo.loads import KIND_WEIGHTS, draw_load, payload_kg
from training.simulate.cargo.stowage import row, used_volume_m3
from training.simulate.cargo.tank_loads import LIQUIDS
from training.simulate.cargo.unfamiliar import UNFAMILIAR
from training.simulate.fan_beam import FanBeam, even_rows
from training.simulate.parts import Load, Unit
from training.simulate.projection import total
from training.simulate.scene import packings_for
from training.simulate.solids import Box3, Solid, mass_kg

# Loose goods and bladders have the stow density of the matter itself, not of the room that they lie in.
LOOSE = {"bulk_heap", "bulk_liner", "ore_liner", "flexitank", "pillow_tanks", "box_liners"}
TOLERANCE_MM = 1.0
BEAM = FanBeam(
    "side", source_mm=1000.0, centre_mm=4500.0, rows_mm=even_rows(3900, 1000, 25.0), plane_mm=4500.0
)


def room_for(packing: Packing, length: float = 5890.0) -> Box3:
    low, high = packing.height_mm or (800.0, 2200.0)
    return Box3(1000.0, 1000.0 + length, 1150.0, 1150.0 + (low + high) / 2, -1175.0, 1175.0)


def unit_of(kind: str = "container", equipment: str = "22G1", length: float = 5890.0) -> Unit:
    room = Box3(0.0, length, 1150.0, 3530.0, -1175.0, 1175.0)
    return Unit(kind, equipment, room.inset(-60, -60, -50), room, "x1", ())  # type: ignore[arg-type]


def outside_mm(solids: tuple[Solid, ...] | list[Solid], room: Box3) -> float:
    """How far the farthest of the solids reaches out of a room; 0 when none does."""
    over = [0.0]
    for solid in solids:
        e = solid.extent
        over += [
            room.x0 - e.x0,
            e.x1 - room.x1,
            room.y0 - e.y0,
            e.y1 - room.y1,
            room.z0 - e.z0,
            e.z1 - room.z1,
        ]
    return max(over)


def goods_kg(load: Load) -> float:
    return sum(mass_kg(goods.solids) for goods in load.goods)


def test_every_loaded_class_has_three_packings_and_holds_one_out() -> None:
    assert set(PACKINGS_BY_CLASS) == {c.name for c in COMMODITY_CLASSES} - {"empty"}
    for name, packings in PACKINGS_BY_CLASS.items():
        assert len({getattr(p.stow, "func", p.stow) for p in packings}) >= 3, name
        assert sum(p.held_out for p in packings) == 1, name
        assert len({p.name for p in packings}) == len(packings), name


def test_the_held_out_packing_of_a_class_is_another_generator() -> None:
    for name, packings in PACKINGS_BY_CLASS.items():
        held_out = next(p for p in packings if p.held_out)
        trained = {getattr(p.stow, "func", p.stow) for p in packings if not p.held_out}
        assert getattr(held_out.stow, "func", held_out.stow) not in trained, name


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda p: f"{p.commodity}-{p.name}")
def test_goods_fill_their_room_and_weigh_what_such_goods_weigh(packing: Packing) -> None:
    room = room_for(packing)
    solids = packing.pack(np.random.default_rng(3), room)
    assert outside_mm(solids, room) <= TOLERANCE_MM
    assert min(s.extent.y0 for s in solids) - room.y0 < 120  # they stand on the floor
    used = used_volume_m3(solids, room)
    assert used > 0.55 * np.prod(room.size) * 1e-9
    low, high = CLASS_BY_NAME[packing.commodity].stow_density_kg_m3
    least = 0.3 * low if packing.name in LOOSE else 0.97 * low
    assert least <= mass_kg(solids) / used <= 1.02 * high


@pytest.mark.parametrize("packing", PACKINGS[::3], ids=lambda p: f"{p.commodity}-{p.name}")
def test_no_ray_meets_less_than_nothing(packing: Packing) -> None:
    solids = packing.pack(np.random.default_rng(4), room_for(packing))
    areal = total(solids, BEAM, np.arange(800.0, 7000.0, 25.0))
    assert areal.min() > -0.02
    assert areal.max() > 1.0


def test_the_same_seed_packs_the_same_goods() -> None:
    packing = next(p for p in PACKINGS if p.name == "engines_and_parts")
    first, second = (packing.pack(np.random.default_rng(9), room_for(packing)) for _ in range(2))
    other = packing.pack(np.random.default_rng(10), room_for(packing))
    assert [s.extent for s in first] == [s.extent for s in second]
    assert [s.extent for s in first] != [s.extent for s in other]


def test_a_row_that_fills_leaves_nothing_over_and_never_leaves_its_bounds() -> None:
    rng = np.random.default_rng(0)
    for size in (30.0, 333.0, 990.0, 4000.0):
        full = row(rng, 100.0, 2100.0, size, 12.0, jitter=0.05, fill=True)
        assert full.edges[0] == pytest.approx(100.0)
        assert full.edges[-1] == pytest.approx(2100.0)
        loose = row(rng, 100.0, 2100.0, size, 12.0, jitter=0.05)
        assert loose.edges[0] >= 100.0
        assert loose.edges[-1] <= 2100.0 + 1e-6
        assert (np.diff(full.edges) >= 0).all()


@pytest.mark.parametrize("kind", list(KIND_WEIGHTS))
@pytest.mark.parametrize(("equipment", "length"), [("22G1", 5890.0), ("45G1", 12_030.0)])
def test_loads_stay_inside_and_within_the_payload(kind: str, equipment: str, length: float) -> None:
    unit = unit_of(equipment=equipment, length=length)
    for seed in range(3):
        load = draw_load(np.random.default_rng([1, seed]), unit, kind=kind)
        assert load.notes[:1] == (kind,) or kind == "empty"
        assert goods_kg(load) <= 1.001 * payload_kg(unit)
        assert bool(load.goods) == (kind != "empty")
        for goods in load.goods:
            assert outside_mm(goods.solids, unit.room) <= TOLERANCE_MM
        assert outside_mm(load.dunnage, unit.room) <= TOLERANCE_MM


def test_tiny_loads_are_tiny_and_empty_units_hold_no_heavy_things() -> None:
    unit = unit_of(length=12_030.0, equipment="45G1")
    masses, left = [], []
    for seed in range(12):
        rng = np.random.default_rng([2, seed])
        masses.append(goods_kg(draw_load(rng, unit, kind="tiny", commodity="pharma_cosmetics")))
        left.append(mass_kg(draw_load(rng, unit, kind="empty").dunnage))
    assert max(masses) < 1500
    assert min(masses) < 150
    assert max(left) < 600


def test_a_load_of_a_wished_class_has_it_and_a_target_mass_is_met() -> None:
    unit = unit_of()
    for seed, (name, target) in enumerate(
        [("sugar_salt", 12_000.0), ("paper_rolls", 9000.0), ("machinery", 6000.0)]
    ):
        load = draw_load(
            np.random.default_rng(seed), unit, commodity=name, kind="full", target_mass_kg=target
        )
        assert {goods.commodity for goods in load.goods} == {name}
        assert goods_kg(load) == pytest.approx(target, rel=0.12)


def test_mixed_loads_hold_several_classes() -> None:
    unit = unit_of(length=12_030.0, equipment="45G1")
    for kind, least in (("front_back", 2), ("groupage", 3)):
        counts = [
            len({g.commodity for g in draw_load(np.random.default_rng([3, s]), unit, kind=kind).goods})
            for s in range(4)
        ]
        assert max(counts) >= least, kind


def test_a_cover_load_stands_at_the_doors() -> None:
    unit = unit_of(length=12_030.0, equipment="45G1")
    load = draw_load(np.random.default_rng(5), unit, kind="front_back", commodity="cigarettes")
    main = [g for g in load.goods if g.commodity == "cigarettes"]
    cover = [g for g in load.goods if g.commodity != "cigarettes"]
    assert min(s.extent.x0 for g in cover for s in g.solids) > max(
        s.extent.x1 for g in main for s in g.solids
    )


def test_only_the_packings_given_are_used() -> None:
    held_out = [p for p in PACKINGS if p.held_out]
    names = {(p.commodity, p.name) for p in held_out}
    for seed in range(6):
        load = draw_load(np.random.default_rng(seed), unit_of(), packings=held_out, kind="side_by_side")
        assert {(g.commodity, g.packing) for g in load.goods} <= names


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="no kind of load"):
        draw_load(np.random.default_rng(0), unit_of(), kind="upside_down")


def test_tanks_hold_liquids_whatever_is_asked_for() -> None:
    unit = unit_of(kind="tank", equipment="22T1")
    for commodity in (None, "chemicals_drums", "tyres"):
        load = draw_load(np.random.default_rng(1), unit, commodity=commodity)
        assert load.goods[0].commodity in LIQUIDS
        assert 1000 < goods_kg(load) <= payload_kg(unit)


@pytest.mark.parametrize("fill", [0.2, 0.5, 0.9])
def test_the_level_of_a_tank_matches_its_fill(fill: float) -> None:
    room = Box3(0.0, 6000.0, 1000.0, 3000.0, -1000.0, 1000.0)
    liquid = tank_fill(np.random.default_rng(0), room, m.WATER, fill, density_g_cm3=1.0)
    whole = np.pi * 6.0  # m3 of the cylinder with flat ends
    assert mass_kg(liquid) / 1000 == pytest.approx(fill * whole, rel=0.15)
    tops = max(s.extent.y1 for s in liquid)
    assert (tops < 2000) == (fill < 0.5) or fill == 0.5


@pytest.mark.parametrize("item", dunnage.ON_FLOOR, ids=lambda item: item[0])
def test_dunnage_fits_the_space_that_it_says_it_needs(item: tuple[str, float, float, dunnage.Put]) -> None:
    name, _, length, put = item
    free = Box3(0.0, length + 20, 1150.0, 3400.0, -1175.0, 1175.0)
    for seed in range(5):
        solids = put(np.random.default_rng([6, seed]), free)
        assert solids, name
        assert outside_mm(solids, free) < 60, name


@pytest.mark.parametrize("packing", UNFAMILIAR, ids=lambda p: p.commodity)
def test_unfamiliar_goods_stand_in_their_room_and_are_not_too_heavy(packing: Packing) -> None:
    room = room_for(packing)
    _, heaviest = CLASS_BY_NAME[packing.commodity].stow_density_kg_m3
    for seed in range(6):
        solids = packing.pack(np.random.default_rng(seed), room)
        assert outside_mm(solids, room) <= TOLERANCE_MM
        assert len(solids) < 900
        assert 20 < mass_kg(solids) / used_volume_m3(solids, room) < 1.02 * heaviest + 60  # and their pallets
        assert total(solids, BEAM, np.arange(800.0, 7000.0, 25.0)).min() > -0.02


def test_no_two_loads_of_unfamiliar_goods_are_of_the_same_article() -> None:
    packing = UNFAMILIAR[0]
    loads = [packing.pack(np.random.default_rng(seed), room_for(packing)) for seed in range(12)]
    shapes = {tuple(sorted((type(s).__name__, round(s.extent.size[0])) for s in load)) for load in loads}
    assert len(shapes) == len(loads)


def test_unfamiliar_goods_are_for_training_alone() -> None:
    assert not {p.name for side in (False, True, None) for p in packings_for(side)} & {"unfamiliar"}
    assert set(UNFAMILIAR) < set(packings_for(False, unfamiliar=True))
