"""A scene in a fan beam: what is weighed, what is hidden, and that no window shows it otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from tallyscan.physics import materials
from tallyscan.physics.attenuation import Material
from tests.training.scenes import CARGO, OUTER, SEALED, by_hand, coarse, drawn, lead_block, side_fan, top_fan
from training.simulate.concealment.families import draw_concealment
from training.simulate.concealment.place import Site
from training.simulate.fan_beam import FanBeam
from training.simulate.parts import Concealment, Goods, Load
from training.simulate.scene import CLASS_INDEX, NO_GOODS, LoadedUnit, Scene
from training.simulate.shadow import (
    BACKGROUND,
    CARGO_SPACE,
    UNIT_END,
    VEHICLE,
    cast,
    pixel_box,
    ridden,
)
from training.simulate.solids import box, cylinder_along, cylinder_upright, hole, mass_kg, taken_away

PITCH_MM = 20.0
COLUMNS = np.arange(-100.0, 6200.0, PITCH_MM)


def columns_of(scene: Scene) -> np.ndarray:
    return np.arange(scene.vehicle.extent.x0 - 200, scene.vehicle.extent.x1 + 200, PITCH_MM)


def integral_kg(plane: np.ndarray, beam: FanBeam) -> float:
    return float(plane.sum()) * beam.pitch_mm * PITCH_MM / 100 / 1000


def without(scene: Scene) -> Scene:
    return Scene(scene.vehicle, tuple(LoadedUnit(one.unit, one.load) for one in scene.units))


def test_a_unit_weighs_what_the_scale_of_its_shadow_says() -> None:
    hidden = lead_block()
    scene, beam = by_hand(hidden), side_fan(PITCH_MM)
    goods_kg = 5.0 * 1.2 * 2.0 * 300
    block_kg = 0.5 * 0.5 * 0.4 * (1000 - 300)
    assert scene.units[0].mass_kg == pytest.approx(goods_kg + block_kg)
    seen = integral_kg(cast(scene, beam, COLUMNS).goods_g_cm2, beam)
    assert seen == pytest.approx(goods_kg + block_kg, rel=0.005)


MODELS_BY_GEOMETRY = ("mobile-6-4-L", "mobile-2.5-straight", "portal-6-arc", "portal-6-4-top")


@pytest.mark.parametrize("load", ["full", "low_fill", "side_by_side", "groupage"])
@pytest.mark.parametrize("model", MODELS_BY_GEOMETRY)
def test_the_weighed_plane_of_any_load_is_its_mass(model: str, load: str) -> None:
    """On the rows of the detector: mobile machines stand so near that a load's near side is twice as large."""
    for seed, vehicle in ((1, "truck_40"), (2, "curtain_trailer")):
        machine = coarse(seed, model)
        raw = replace(machine, geometry=replace(machine.geometry, rectified=False))
        beam = raw.beam(*raw.window_mm())
        scene = drawn(seed, vehicle=vehicle, load=load, families=())
        shadow = cast(scene, beam, columns_of(scene), PITCH_MM)
        seen = float(shadow.goods_g_cm2.sum()) * PITCH_MM**2 / 100 / 1000
        assert seen == pytest.approx(sum(unit.mass_kg for unit in scene.units), rel=0.02)


@pytest.mark.parametrize("model", MODELS_BY_GEOMETRY)
def test_what_is_hidden_at_one_side_weighs_no_less_than_it_does(model: str) -> None:
    """A block at either wall, in a unit without goods: near ones are large, far ones small, both weigh the same."""
    machine = coarse(3, model)
    beam = machine.beam(*machine.window_mm())
    for z in (-1100, 700):
        block = box(materials.LEAD, SEALED._replace(z0=z, z1=z + 400), 1.0)
        scene = by_hand(Concealment("shielded_nuclear", (block,)), goods=False)
        shadow = cast(scene, beam, COLUMNS, PITCH_MM)
        seen = float(shadow.goods_g_cm2.sum()) * PITCH_MM**2 / 100 / 1000
        assert seen == pytest.approx(block.mass_kg, rel=0.02)


def test_an_empty_unit_has_no_goods_in_any_map() -> None:
    scene = drawn(4, load="empty", families=())
    shadow = cast(scene, side_fan(PITCH_MM), columns_of(scene))
    assert not shadow.goods_g_cm2.any()
    assert not shadow.is_goods.any()
    assert (shadow.commodity == NO_GOODS).all()
    assert shadow.change is None
    assert shadow.hidden == ()


@pytest.mark.parametrize("view", ["side", "top"])
def test_no_window_of_columns_shows_it_otherwise(view: str) -> None:
    scene = drawn(11, vehicle="truck_40", load="shifted", families=("shielded_nuclear", "bricks_in_load"))
    beam, columns = side_fan(PITCH_MM) if view == "side" else top_fan(PITCH_MM), columns_of(scene)
    whole = cast(scene, beam, columns)
    for start, stop in ((0, 200), (150, 420), (400, len(columns))):
        part = cast(scene, beam, columns[start:stop])
        window = np.s_[..., start:stop]
        np.testing.assert_allclose(part.basis, whole.basis[window], rtol=1e-4, atol=5e-3)
        np.testing.assert_allclose(part.benign, whole.benign[window], rtol=1e-4, atol=5e-3)
        np.testing.assert_allclose(part.goods_g_cm2, whole.goods_g_cm2[window], rtol=1e-4, atol=5e-3)
        assert np.mean(part.is_goods != whole.is_goods[window]) < 1e-3
        assert np.mean(part.commodity != whole.commodity[window]) < 1e-3
        assert (part.layout == whole.layout[window]).all()


@pytest.mark.parametrize("family", ["shielded_nuclear", "false_wall", "void", "vehicle_cavity"])
def test_the_benign_twin_is_the_scene_without_what_is_hidden(family: str) -> None:
    scene = drawn(5, vehicle="truck_40", load="full", families=(family,))
    beam, columns = side_fan(PITCH_MM), columns_of(scene)
    shadow, bare = cast(scene, beam, columns), cast(without(scene), beam, columns)
    assert shadow.change is not None
    assert bare.change is None
    np.testing.assert_array_equal(shadow.benign, bare.basis)
    solids = [s for c in scene.concealments for s in (*c.added, *c.removed)]
    outside = np.ones(shadow.layout.shape, bool)
    for solid in solids:
        x0, y0, x1, y1 = pixel_box(solid.extent, beam, columns)
        outside[max(int(y0) - 3, 0) : int(y1) + 4, max(int(x0) - 3, 0) : int(x1) + 4] = False
    assert outside.mean() > 0.3
    assert np.abs(shadow.basis - shadow.benign)[:, outside].max() < 1e-4
    assert np.abs(shadow.basis - shadow.benign)[:, ~outside].max() > 0.1


@pytest.mark.parametrize("material", [materials.STEEL, materials.LEAD])
def test_no_more_is_taken_away_than_was_there(material: Material) -> None:
    """Of a round bar a rectangle is taken: too much at its corners, where hardly any bar is."""
    bar = cylinder_along(material, 1000, 4000, 2000, 0, 150)
    removed = taken_away(bar, SEALED)
    assert removed is not None
    scene = by_hand(Concealment("void", (), (removed,)), goods=False)
    unit = replace(scene.units[0], load=Load((Goods("steel_products", "by_hand", (bar,)),)))
    shadow = cast(Scene(scene.vehicle, (unit,)), side_fan(PITCH_MM), COLUMNS)
    assert shadow.change is not None
    plane = 1 if material is materials.STEEL else 2
    assert (shadow.benign + shadow.change)[plane].min() < -20.0
    assert shadow.basis[plane].min() > -0.1  # steel walls may pass for a fiftieth of lead
    inside = slice(*np.searchsorted(COLUMNS, [SEALED.x0 + PITCH_MM, SEALED.x1 - PITCH_MM]))
    before, after = shadow.benign[plane][:, inside], shadow.basis[plane][:, inside]
    assert np.median(after[before > 200.0] / before[before > 200.0]) < 0.2


@pytest.mark.parametrize("family", ["inside_goods", "void"])
def test_nothing_is_taken_out_of_an_empty_shell(family: str) -> None:
    """Steel drums without anything inside: their cores are air, and cannot be taken for steel."""
    shells = [
        cylinder_upright(materials.STEEL, 600.0 + 700 * i, z, 300, 1400, 2300)
        for i in range(7)
        for z in (-400, 400)
    ]
    solids = tuple(solid for shell in shells for solid in (shell, hole(shell, 2.0)))
    bare = by_hand()
    load = Load((Goods("chemicals_drums", "by_hand", solids),))
    for seed in range(30):
        site = Site(bare.units[0].unit, load)
        hidden = draw_concealment(np.random.default_rng(seed), site, family, 0.8)
        taken = 0.0 if hidden is None else -mass_kg(hidden.removed)
        assert taken <= mass_kg(solids)


def test_the_hidden_block_is_where_it_was_put() -> None:
    scene, beam = by_hand(lead_block()), side_fan(PITCH_MM)
    (hidden,) = cast(scene, beam, COLUMNS).hidden
    assert hidden.family == "shielded_nuclear"
    x0, y0, x1, y1 = hidden.box
    expected = pixel_box(SEALED, beam, COLUMNS)
    assert (x0, y0, x1, y1) == pytest.approx(expected, abs=1.5)
    assert float(np.median(hidden.net_g_cm2[hidden.mask])) == pytest.approx(40 * (1.0 - 0.3), rel=0.05)


def test_what_is_missing_has_a_mask_too() -> None:
    hole = Concealment("void", (), (box(materials.TEXTILE, SEALED, -0.3),))
    shadow = cast(by_hand(hole), side_fan(PITCH_MM), COLUMNS)
    (hidden,) = shadow.hidden
    assert hidden.mask.mean() > 0.8
    assert float(np.median(hidden.net_g_cm2[hidden.mask])) == pytest.approx(-40 * 0.3, rel=0.05)
    assert shadow.basis.sum(axis=0).min() > -1e-3


def test_layout_and_classes_stand_where_the_solids_do() -> None:
    scene, beam = by_hand(), side_fan(PITCH_MM)
    shadow = cast(scene, beam, COLUMNS)
    row = int(beam.row_of(2000, beam.centre_mm))
    line = shadow.layout[row]
    assert set(np.unique(line)) == {BACKGROUND, CARGO_SPACE, UNIT_END}
    ends = COLUMNS[line == UNIT_END]
    assert ((ends < OUTER.x0 + 121) | (ends > OUTER.x1 - 121)).all()
    goods = COLUMNS[shadow.is_goods[row]]
    assert goods.min() == pytest.approx(CARGO.x0, abs=PITCH_MM)
    assert goods.max() == pytest.approx(CARGO.x1, abs=PITCH_MM)
    named = np.unique(shadow.commodity[row])
    assert set(named) == {CLASS_INDEX["textiles_garments"], NO_GOODS}
    truck = drawn(0, vehicle="truck_40", families=())
    assert (cast(truck, beam, columns_of(truck)).layout == VEHICLE).mean() > 0.01


def test_what_rides_higher_takes_everything_with_it() -> None:
    flat = cast(by_hand(lead_block()), side_fan(PITCH_MM), COLUMNS)
    rise = np.full(len(COLUMNS), 3.0, np.float32)
    high = ridden(flat, rise)
    assert flat.change is not None
    assert high.change is not None
    for name in ("goods_g_cm2", "is_goods", "commodity", "layout"):
        np.testing.assert_array_equal(getattr(high, name)[:-3], getattr(flat, name)[3:])
    np.testing.assert_allclose(high.basis[:, :-3], flat.basis[:, 3:], atol=1e-5)
    x0, y0, x1, y1 = flat.hidden[0].box
    assert high.hidden[0].box == (x0, y0 - 3, x1, y1 - 3)
    same = ridden(flat, 0 * rise)
    np.testing.assert_allclose(same.basis, flat.basis, atol=1e-6)
