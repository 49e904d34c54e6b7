"""Hidden things have physical masses, lie where they can, and push aside no more than was there."""

from collections.abc import Sequence

import numpy as np
import pytest

from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.physics import materials as m
from training.simulate.concealment.cavities import vehicle_cavity
from training.simulate.concealment.families import FAMILIES, draw_concealment
from training.simulate.concealment.people import POSES
from training.simulate.concealment.place import (
    Site,
    bounds,
    disjoint,
    displaced,
    graded,
    spot,
    top_of_goods,
    within,
)
from training.simulate.concealment.pose import Pose
from training.simulate.concealment.vehicles import car, vehicles_engines
from training.simulate.concealment.weapons import long_gun, pistol
from training.simulate.fan_beam import FanBeam, even_rows
from training.simulate.parts import Cavity, Concealment, Goods, Load, Unit
from training.simulate.projection import total
from training.simulate.running_gear import axle, fuel_tank
from training.simulate.scene import Wish, build_scene
from training.simulate.solids import Box3, Grid, Loft, Solid, Sway, Texture, box, cylinder_upright, mass_kg
from training.simulate.truth import units_truth
from training.simulate.vehicles import Vehicle, draw_vehicle

OUTER = Box3(0, 6058, 1200, 3791, -1219, 1219)
ROOM = Box3(90, 5960, 1370, 3700, -1140, 1140)
FRAME = Cavity("frame", Box3(200, 5500, 900, 1150, -480, -360))
WHEELS, HOLLOWS = axle(np.random.default_rng(0), 4700.0, 500.0, twin=False)
TANK, (FUEL,) = fuel_tank(np.random.default_rng(0), 1500.0, 1100.0, 1200.0, 1)
TYRE = next(hollow for hollow in HOLLOWS if hollow.kind == "tyre")
CARRIER = (*WHEELS, *TANK)
BEAM = FanBeam("side", 1000.0, 4500.0, even_rows(4000, 0, 20.0), 4500.0)
COLUMNS = np.arange(-100, 6200, 20.0)


def cartons(density: float = 0.3) -> Grid:
    """14 x 8 x 6 cartons with gaps, sagging and mottled."""

    def edges(low: float, high: float, pieces: int) -> np.ndarray:
        starts = np.linspace(low, high, pieces + 1)
        return np.append(np.stack([starts[:-1], starts[1:] - 8], axis=1).ravel(), high)

    cells = np.zeros((28, 16, 12), np.float32)
    cells[::2, ::2, ::2] = density
    rng = np.random.default_rng(0)
    return Grid(
        m.TEXTILE, edges(100, 5600, 14), edges(1370, 3200, 8), edges(-1100, 1100, 6), cells,
        Texture(rng.normal(1, 0.05, (12, 30)).astype(np.float32)), Sway(np.array([0.0, 6000.0]), np.array([30.0, 5.0])),
    )  # fmt: skip


def drums() -> tuple[Solid, ...]:
    return tuple(
        cylinder_upright(m.WATER, 400 + 600 * i, z, 285, 1370, 2250, 0.8)
        for i in range(8)
        for z in (-860, -280, 300, 850)
    )


def site(load: str = "cartons", equipment: str = "22R1") -> Site:
    walls = [box(m.STEEL, OUTER._replace(z0=z, z1=z + 2)) for z in (-1219.0, 1217.0)]
    foam = box(m.NYLON, Box3(90, 5960, 1370, 3700, 1142, 1215), 0.05)
    unit = Unit(
        "container", equipment, OUTER, ROOM, "x1", (*walls, foam),
        (Cavity("reefer_insulation", Box3(90, 5960, 1370, 3700, 1142, 1215)),),
    )  # fmt: skip
    solids: dict[str, tuple[Solid, ...]] = {"cartons": (cartons(),), "drums": drums()}
    goods = (Goods("textiles_garments", load, solids[load]),) if load in solids else ()
    return Site(unit, Load(goods), (FRAME, TYRE, FUEL), carrier=CARRIER)


def some(family: str, amount: float, where: Site, number: int) -> list[Concealment]:
    drawn = [draw_concealment(np.random.default_rng(seed), where, family, amount) for seed in range(number)]
    return [one for one in drawn if one is not None]


def contrast(hidden: Concealment) -> float:
    """Root mean square of what it changes in the picture, over all of it."""
    change = total((*hidden.added, *hidden.removed), BEAM, COLUMNS)
    return float(np.sqrt(np.mean(np.minimum(np.abs(change), 60.0) ** 2)))


def test_families_are_those_of_findings() -> None:
    assert tuple(FAMILIES) == ANOMALY_FAMILIES


@pytest.mark.parametrize("family", ANOMALY_FAMILIES)
@pytest.mark.parametrize("load", ["cartons", "drums"])
def test_lies_in_the_unit_or_a_hollow_and_takes_no_more_than_there_is(family: str, load: str) -> None:
    where = site(load)
    whole = total((*where.loaded, *where.unit.structure, *CARRIER), BEAM, COLUMNS)
    found = 0
    for amount in (0.0, 0.5, 1.0):
        for hidden in some(family, amount, where, 3):
            found += 1
            assert hidden.family == family
            assert hidden.facts["amount"] == amount
            if hidden.added:
                reach = bounds(hidden.added)
                places = (FRAME.room, TYRE.room, FUEL.room) if hidden.outside else (OUTER,)
                assert any(within(reach, place, 1.5) for place in places)
                assert mass_kg(hidden.added) > 0
            assert mass_kg(hidden.removed) <= 1e-9
            left = whole + total(hidden.removed, BEAM, COLUMNS)
            # A round solid's displaced part is taken for a rectangle: some of it lies beside it.
            assert left.min() > (-0.02 if load == "cartons" else -12.0)
    assert found >= 3


@pytest.mark.parametrize("family", [f for f in ANOMALY_FAMILIES if f not in ("void",)])
def test_grows_with_amount_in_the_mean(family: str) -> None:
    where = site("cartons")
    means = [
        np.mean([contrast(hidden) for hidden in some(family, amount, where, 14)]) for amount in (0.05, 0.95)
    ]
    assert means[1] > 1.3 * means[0]


def test_voids_grow_and_add_nothing() -> None:
    small, large = (some("void", amount, site("cartons"), 20) for amount in (0.1, 0.9))
    assert small
    assert large
    assert not any(hidden.added for hidden in small + large)
    kg = [np.mean([-mass_kg(hidden.removed) for hidden in several]) for several in (small, large)]
    assert kg[1] > 5 * kg[0] > 0


@pytest.mark.parametrize("family", ANOMALY_FAMILIES)
def test_same_seed_same_thing(family: str) -> None:
    pair = [draw_concealment(np.random.default_rng(7), site(), family, 0.5) for _ in range(2)]
    if pair[0] is None or pair[1] is None:
        assert pair == [None, None]
        return
    assert pair[0].facts == pair[1].facts
    same = zip((*pair[0].added, *pair[0].removed), (*pair[1].added, *pair[1].removed), strict=True)
    assert all(a.extent == b.extent and a.mass_kg == b.mass_kg for a, b in same)


@pytest.mark.parametrize("family", ["void", "inside_goods", "cigarettes_behind_cover"])
def test_what_needs_goods_is_not_drawn_without(family: str) -> None:
    assert draw_concealment(np.random.default_rng(0), site("none"), family) is None


def masses(drawn: Sequence[Sequence[Solid]]) -> np.ndarray:
    return np.array([mass_kg(solids) for solids in drawn])


def test_masses_are_physical() -> None:
    rng = np.random.default_rng(3)
    guns, pistols = (masses([draw(rng, Pose(1e-4)) for _ in range(40)]) for draw in (long_gun, pistol))
    assert 3 < guns.mean() < 5.5
    assert 0.6 < pistols.mean() < 1.6
    grown = masses([draw(1750, 1.0) for draw in POSES.values()])
    assert grown.min() > 45
    assert grown.max() < 115
    assert 900 < masses([car(rng, Pose(1e-4)) for _ in range(20)]).mean() < 1900
    bags = some("rip_off_bags", 0.6, site("none"), 40)
    each = np.array([mass_kg(hidden.added) / float(hidden.facts["bags"]) for hidden in bags])
    assert 10 < np.median(each) < 30
    bricks = np.array([mass_kg(hidden.added) for hidden in some("bricks_in_load", 0.5, site("none"), 40)])
    assert 10 < np.median(bricks) < 60


def test_displaced_counts_shared_space_once() -> None:
    grid, place = cartons(), Box3(1000, 2000, 1400, 2400, -500, 500)
    twice = (place, place.inset(200, 0, 0), place._replace(x0=1500, x1=2500))
    once = (place._replace(x1=2500),)
    assert mass_kg(displaced([grid], twice)) == pytest.approx(mass_kg(displaced([grid], once)), rel=1e-5)
    assert sum(np.prod(piece.size) for piece in disjoint(twice)) == pytest.approx(np.prod(once[0].size))


def test_spots_rest_on_the_floor_or_on_goods() -> None:
    where, rng = site("cartons"), np.random.default_rng(5)
    for _ in range(20):
        low, high = spot(rng, where, (300, 200, 300), "floor"), spot(rng, where, (300, 200, 300), "top")
        assert low is not None
        assert low.y0 == ROOM.y0
        assert high is not None
        assert high.y0 == top_of_goods(where, high)
    assert spot(rng, where, (300, 9000, 300)) is None


def test_graded_stays_in_range_and_rises() -> None:
    rng = np.random.default_rng(0)
    low, high = (np.array([graded(rng, amount, 2, 50) for _ in range(200)]) for amount in (0.1, 0.8))
    assert low.min() >= 2
    assert high.max() <= 50
    assert high.mean() > 3 * low.mean()


def test_nothing_new_goes_where_something_is_hidden() -> None:
    where = site("cartons")
    first = draw_concealment(np.random.default_rng(0), where, "false_wall", 0.5)
    assert first is not None
    again = Site(where.unit, where.load, where.carrier_cavities, (first,))
    for seed in range(10):
        hidden = draw_concealment(np.random.default_rng(seed), again, "bricks_in_load", 0.5)
        assert hidden is None or bounds(hidden.added).overlap(bounds(first.added)) is None


def middle_of(extent: Box3) -> np.ndarray:
    return (np.array(extent[::2]) + np.array(extent[1::2])) / 2


def lies_in(hidden: Concealment, place: Box3) -> bool:
    middle = middle_of(bounds(hidden.added))
    return bool((middle >= place[::2]).all() and (middle <= place[1::2]).all())


def test_a_unit_weighs_what_lies_within_its_outer_box() -> None:
    """Also where what is hidden lies in walls and floor: a unit with something in it is not empty."""
    sides = set()
    for seed in range(60):
        vehicle = "container_alone" if seed < 15 else None
        scene = build_scene(
            np.random.default_rng(seed), Wish(vehicle=vehicle, load="empty", families=("vehicle_cavity",) * 2)
        )
        truth = units_truth(scene, BEAM, COLUMNS, ["ZZZU0000000"] * len(scene.units))
        for loaded, said in zip(scene.units, truth, strict=True):
            within_it = [hidden for hidden in scene.concealments if lies_in(hidden, loaded.unit.outer)]
            kg = sum(mass_kg((*hidden.added, *hidden.removed)) for hidden in within_it)
            kg += mass_kg(loaded.load.dunnage) if within_it else 0.0
            assert said["mass_kg"] == pytest.approx(kg, abs=0.1), seed
            assert said["empty"] == (kg < 1.0), seed
        sides |= {(vehicle, hidden.outside) for hidden in scene.concealments}
    assert sides == {("container_alone", False), (None, False), (None, True)}


def hidden_in(cavity: Cavity, vehicle: Vehicle, seed: int) -> Concealment:
    """What a seed hides in one hollow of a drawn vehicle: about as much as goes in."""
    where = Site(vehicle.units[0], Load(), (cavity,), carrier=vehicle.carrier)
    rng = np.random.default_rng(seed)
    tried = (vehicle_cavity(rng, where, 1.0) for _ in range(40))
    return next(hidden for hidden in tried if hidden is not None and hidden.outside)


def concentric(solid: Solid, ring: Solid) -> bool:
    """Whether a round solid turns about the same centre; across the axle both may lie anywhere."""
    across = 2 if isinstance(ring, Loft) and np.ptp(ring.z0_mm) == 0 else 1
    return bool(np.delete(np.abs(middle_of(solid.extent) - middle_of(ring.extent)), across).max() < 0.1)


@pytest.mark.parametrize("kind", ["tyre", "spare_wheel"])
def test_what_a_wheel_hides_lies_between_its_rim_and_its_tread(kind: str) -> None:
    drawn = 0
    for seed in range(12):
        vehicle = draw_vehicle(np.random.default_rng(seed), "truck_40")
        for cavity in (cavity for cavity in vehicle.cavities if cavity.kind == kind):
            ring, core = hidden_in(cavity, vehicle, seed).added
            assert ring.mass_kg + core.mass_kg > 0
            near = [s for s in vehicle.carrier if s.extent.overlap(ring.extent) and concentric(s, ring)]
            inside = [s for s in near if s.material is m.TYRE and within(ring.extent, s.extent, 0.1)]
            rims = [
                s.extent for s in near if s.material is m.STEEL and s.extent.size[0] < ring.extent.size[0]
            ]
            assert any(s.mass_kg < 0 for s in inside), "it lies in the hollow of the tyre"
            assert core.extent.size[0] == pytest.approx(max(rim.size[0] for rim in rims), abs=0.1)
            drawn += 1
    assert drawn >= 3


def test_what_lies_in_a_tank_displaces_its_fuel() -> None:
    diesel_kg = []
    for seed in range(30):
        vehicle = draw_vehicle(np.random.default_rng(seed), "rigid_lorry")
        for cavity in (cavity for cavity in vehicle.cavities if cavity.kind == "fuel_tank"):
            hidden = hidden_in(cavity, vehicle, seed)
            left = displaced((*vehicle.carrier, *hidden.removed), [bounds(hidden.added)])
            assert mass_kg(left) == pytest.approx(0, abs=0.05)
            diesel_kg.append(-mass_kg([s for s in hidden.removed if s.material is m.DIESEL]))
    assert min(diesel_kg) >= 0
    assert np.mean(diesel_kg) > 1


def test_goods_stay_close_around_a_vehicle() -> None:
    """A motorcycle among goods takes the place of its outline more often than that of the box around it."""
    stock = box(m.TEXTILE, ROOM, 0.3)
    full = Site(site("none").unit, Load((Goods("textiles_garments", "full", (stock,)),)))
    steps = []
    for seed in range(40):
        hidden = vehicles_engines(np.random.default_rng(seed), full, 0.5)
        if hidden is not None and hidden.facts["pieces"] == 1:
            steps.append(len({(s.extent.y0, s.extent.y1) for s in hidden.removed}))
    assert min(steps) == 1
    assert np.mean(np.array(steps) > 3) > 0.5
