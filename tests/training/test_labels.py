"""Targets of the heads: at their strides, true to the scene, and silent about what nobody could know."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tallyscan.commodity import CLASS_BY_NAME, COMMODITY_CLASSES
from tallyscan.detect.inputs import declaration_size
from tallyscan.physics import materials
from tallyscan.physics.beam import beam_of
from tallyscan.physics.inversion import areal_density_g_cm2
from tests.training.scenes import OUTER, by_hand, lead_block
from training.crops import Crop, CropShape, crop_of
from training.labels import (
    IGNORE,
    MAX_GOODS_SHARE,
    MIN_END_PX,
    DeclaredGoods,
    declared_by_trader,
    labels,
    pooled,
    with_wide_ends,
)
from training.simulate.scene import LoadedUnit, Scene, loaded_with
from training.simulate.shadow import CARGO_SPACE, UNIT_END
from training.simulate.solids import box
from training.train import VOCABULARY

SHAPE = CropShape(320, 224)
UNKNOWN = DeclaredGoods(np.zeros(declaration_size(VOCABULARY.commodities), np.float32), False, frozenset())
TEXTILES = CLASS_BY_NAME["textiles_garments"].group


def told(*names: str, true: bool = True) -> DeclaredGoods:
    groups = frozenset(CLASS_BY_NAME[name].group for name in names)
    return DeclaredGoods(UNKNOWN.vector, True, groups, true)


def crop_where(
    scene: Scene, wanted: Callable[[Crop], bool], declared: Scene | None = None, shape: CropShape = SHAPE
) -> Crop:
    """The first window of a scene that shows what is wanted."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        crop = crop_of(rng, scene, shape, declared=declared)
        if wanted(crop):
            return crop
    raise AssertionError("no window shows it")


def shows_the_block(crop: Crop) -> bool:
    return any(hidden.mask.sum() > 200 for hidden in crop.shadow.hidden)


def weighable_block(crop: Crop) -> bool:
    return crop.weighable and shows_the_block(crop)


def picture_of_block(crop: Crop) -> bool:
    return not crop.weighable and shows_the_block(crop)


def weighable_goods(crop: Crop) -> bool:
    return crop.weighable and crop.shadow.is_goods.mean() > 0.2


def test_targets_have_the_shapes_of_the_heads() -> None:
    crop = crop_where(by_hand(lead_block()), shows_the_block)
    found = labels(crop, told("textiles_garments"), VOCABULARY)
    quarter, eighth = (80, 56), (40, 28)
    shapes = dict.fromkeys(found, (1, *eighth)) | {
        "anomaly": (1, *quarter), "anomaly_weight": (1, *quarter), "family": quarter, "layout": eighth,
        "commodity": eighth, "material": (3, *eighth),
    }  # fmt: skip
    assert {name: value.shape for name, value in found.items()} == shapes
    for name, value in found.items():
        assert value.dtype == (np.int64 if name in ("family", "layout", "commodity") else np.float32), name
        assert np.isfinite(value).all()


def test_what_is_hidden_is_marked_and_named() -> None:
    crop = crop_where(by_hand(lead_block(3.0)), weighable_block)
    found = labels(crop, UNKNOWN, VOCABULARY)
    inside = found["anomaly"][0] > 0.9
    assert inside.sum() > 10
    assert (found["family"][inside] == VOCABULARY.families.index("shielded_nuclear")).mean() > 0.95
    assert (found["family"][found["anomaly"][0] == 0] == IGNORE).all()
    assert found["anomaly_weight"][0][inside].mean() > 0.95
    # Where it lies, the class of the goods is not asked for.
    covered = pooled(found["anomaly"][0], 2) > 0.5
    assert (found["commodity"][covered] == IGNORE).all()
    assert (found["mismatch_weight"][0][covered] == 0).all()


def test_what_nobody_can_see_does_not_count() -> None:
    """A block as dense as the goods around it changes nothing: neither a find nor a false alarm."""
    crop = crop_where(by_hand(lead_block(0.3001)), weighable_block)
    found = labels(replace(crop, visible=np.zeros_like(crop.visible)), UNKNOWN, VOCABULARY)
    inside = found["anomaly"][0] > 0.9
    assert inside.sum() > 10
    assert not found["anomaly_weight"][0][inside].any()
    assert (found["family"] == IGNORE).all()
    assert found["anomaly_weight"][0][found["anomaly"][0] == 0].any()


def test_an_empty_unit_has_no_goods_and_no_anomaly() -> None:
    crop = crop_where(by_hand(goods=False), lambda c: bool((c.shadow.layout == CARGO_SPACE).mean() > 0.3))
    found = labels(crop, told(), VOCABULARY)
    assert not found["loaded"].any()
    assert not found["goods"].any()
    assert not found["anomaly"].any()
    assert not found["mismatch_weight"].any()
    assert set(np.unique(found["commodity"])) <= {IGNORE, VOCABULARY.commodities.index("empty")}


def test_of_two_units_on_a_truck_each_is_empty_or_loaded_by_itself() -> None:
    """A loaded one, and behind it an empty one."""
    loaded, bare = by_hand(), by_hand(goods=False).units[0]
    outer = OUTER._replace(x0=6100, x1=12_100)
    walls = tuple(box(materials.STEEL, outer._replace(z0=z, z1=z + 2)) for z in (outer.z0, outer.z1 - 2))
    unit = replace(bare.unit, outer=outer, room=outer.inset(50, 100, 20), structure=walls)
    extent = loaded.vehicle.extent._replace(x1=outer.x1 + 100)
    scene = Scene(replace(loaded.vehicle, extent=extent), (*loaded.units, LoadedUnit(unit, bare.load)))

    def shows_both(crop: Crop) -> bool:
        x = crop.view.columns_mm
        return crop.weighable and x[0] < 5300 and x[-1] > 6400

    crop = crop_where(scene, shows_both, shape=CropShape(320, 544))
    found = labels(crop, UNKNOWN, VOCABULARY)["commodity"]
    textiles, empty = (VOCABULARY.commodities.index(name) for name in ("textiles_garments", "empty"))
    columns = crop.fit_nearest(np.broadcast_to(crop.view.columns_mm, crop.shadow.layout.shape), 0)[4, 4::8]
    assert (found == textiles).any()
    assert (found == empty).any()
    assert columns[(found == textiles).any(axis=0)].max() <= 5500
    assert columns[(found == empty).any(axis=0)].min() >= 6100


def test_goods_are_marked_named_and_their_share_weighs_them() -> None:
    crop = crop_where(by_hand(), weighable_goods)
    found = labels(crop, UNKNOWN, VOCABULARY)
    goods = pooled(crop.fit(crop.shadow.is_goods.astype(np.float32)), 8) > 0.99
    assert found["loaded"][0][goods].all()
    assert (found["commodity"][goods] == VOCABULARY.commodities.index("textiles_garments")).mean() > 0.97
    weighed = goods & (found["goods_weight"][0] > 0)
    share = found["goods"][0][weighed] * MAX_GOODS_SHARE
    # 60 g/cm2 of textiles between walls of 3 g/cm2 of steel; less where rays leave through their top.
    assert 0.65 < np.quantile(share, 0.9) < 1.0
    areal = areal_density_g_cm2(pooled(crop.alpha, 8)[weighed], beam_of(crop.energy_mv))
    true = pooled(crop.fit(crop.shadow.goods_g_cm2), 8)[weighed]
    assert (areal * share).sum() == pytest.approx(true.sum(), rel=1e-3)
    bare = pooled(crop.fit(crop.shadow.goods_g_cm2), 8) == 0
    assert bare.any()
    assert not found["goods"][0][bare].any()


def test_materials_are_shares_of_what_is_there() -> None:
    crop = crop_where(by_hand(lead_block(11.0)), weighable_block)
    found = labels(crop, UNKNOWN, VOCABULARY)
    known = found["material_weight"][0] > 0
    assert found["material"].sum(axis=0)[known] == pytest.approx(1.0, abs=0.02)
    lead = found["material"][2]
    block = pooled(found["anomaly"][0], 2) > 0.95
    assert lead[block].min() > 0.5
    goods = known & (found["loaded"][0] > 0) & (pooled(found["anomaly"][0], 2) == 0)
    assert np.median(found["material"][0][goods]) > 0.8


def test_pictures_are_neither_weighed_nor_compared_where_something_is_hidden() -> None:
    crop = crop_where(by_hand(lead_block(3.0)), picture_of_block)
    found = labels(crop, told("textiles_garments"), VOCABULARY)
    assert not found["goods_weight"].any()
    block = pooled(found["anomaly"][0], 2) > 0.5
    assert not found["expected_weight"][0][block].any()
    assert found["expected_weight"][0][~block].any()


def test_the_expectation_is_the_benign_twin() -> None:
    crop = crop_where(by_hand(lead_block(0.9)), weighable_block)
    found = labels(crop, told("textiles_garments"), VOCABULARY)
    twin = pooled(crop.benign_alpha, 8)
    block = pooled(found["anomaly"][0], 2) > 0.9
    difference = (found["expected"][0] - twin)[found["expected_weight"][0] > 0]
    assert np.median(np.abs(difference)) < 0.05
    assert np.median(found["expected"][0][block]) == pytest.approx(np.median(twin[block]), abs=0.15)
    assert np.median(pooled(crop.alpha, 8)[block]) > np.median(twin[block]) + 0.5
    np.testing.assert_array_equal(found["expected_declared"], found["expected"])
    hidden = found["expected_hidden_weight"]
    assert hidden[0][block].all()
    assert not (hidden * found["expected_weight"]).any()
    np.testing.assert_array_equal(found["expected_declared_weight"], found["expected_weight"] + hidden)


def test_without_a_true_declaration_nothing_is_expected_of_it() -> None:
    crop = crop_where(by_hand(), weighable_goods)
    for declared in (UNKNOWN, told("tyres", true=False)):
        found = labels(crop, declared, VOCABULARY)
        assert found["expected_weight"].any()
        assert not found["expected_declared_weight"].any()


def test_a_wrong_declaration_expects_the_load_that_it_names() -> None:
    scene = by_hand(goods=False)
    crop = crop_where(
        scene,
        lambda c: c.weighable and c.declared_alpha is not None and c.declared_alpha.max() > 1,
        by_hand(),
    )
    assert crop.declared_alpha is not None
    found = labels(crop, told("textiles_garments", true=False), VOCABULARY)
    assert found["expected_declared_weight"].any()
    np.testing.assert_allclose(found["expected_declared"][0], pooled(crop.declared_alpha, 8))
    assert (found["expected_declared"] - found["expected"]).max() > 0.8


def test_a_mismatch_is_of_groups_and_not_of_classes() -> None:
    crop = crop_where(by_hand(), weighable_goods)
    same_group = next(
        item.name for item in COMMODITY_CLASSES if item.group == TEXTILES and item.name != "textiles_garments"
    )
    for declared, expected in (
        (told("textiles_garments"), 0.0),
        (told(same_group), 0.0),
        (told("steel_products"), 1.0),
        (told("steel_products", "textiles_garments"), 0.0),
        (told(), 1.0),
    ):
        found = labels(crop, declared, VOCABULARY)
        counted = found["mismatch_weight"][0] > 0
        assert counted.sum() > 20
        assert (found["mismatch"][0][counted] == expected).all()
        assert not counted[(found["loaded"][0] == 0) & (found["commodity"] == IGNORE)].any()
    assert not labels(crop, UNKNOWN, VOCABULARY)["mismatch_weight"].any()


def test_outside_the_image_nothing_is_asked() -> None:
    crop = crop_where(by_hand(), weighable_goods)
    image = crop.image.copy()
    image[2, 160:] = 0
    found = labels(replace(crop, image=image), told("tyres"), VOCABULARY)
    assert found["present"][0, :20].all()
    assert (found["layout"][20:] == IGNORE).all()
    for name, value in found.items():
        if name.endswith("_weight") or name == "present":
            assert not value[0, value.shape[1] // 2 :].any(), name


def test_what_the_beam_hardly_passes_is_not_readable() -> None:
    crop = crop_where(by_hand(), weighable_goods)
    thick = replace(crop, alpha=np.full_like(crop.alpha, 14.0))
    thin = replace(crop, alpha=np.zeros_like(crop.alpha))
    assert not labels(thick, UNKNOWN, VOCABULARY)["quality"].any()
    assert not labels(thick, UNKNOWN, VOCABULARY)["goods_weight"].any()
    assert labels(thin, UNKNOWN, VOCABULARY)["quality"].all()
    dark = replace(thick, alpha=np.full_like(crop.alpha, 5.0), weighable=False)
    assert not labels(dark, UNKNOWN, VOCABULARY)["quality"].any()


@pytest.mark.parametrize("band_px", [3, 6, 12, 24])
def test_ends_of_units_are_wide_enough_for_the_layout_map(band_px: int) -> None:
    layout = np.full((8, 400), CARGO_SPACE, np.uint8)
    layout[:, 200:] = 0
    layout[:, 200 - band_px : 200] = UNIT_END
    wide = with_wide_ends(layout, band_px)
    assert (wide == UNIT_END).sum(axis=1).min() >= min(MIN_END_PX, 2 * MIN_END_PX - band_px)
    assert (wide[:, 200:] == 0).all()
    assert (wide[:, :100] == CARGO_SPACE).all()


def test_a_trader_says_often_nothing_and_sometimes_the_wrong_thing() -> None:
    rng, scene = np.random.default_rng(0), by_hand()
    said = [declared_by_trader(rng, scene, VOCABULARY) for _ in range(120)]
    unknown = [one for one in said if not one.known]
    assert 0.2 < len(unknown) / len(said) < 0.5
    assert not any(one.vector.any() for one in unknown)
    known = [one for one in said if one.known]
    own = VOCABULARY.commodities.index("textiles_garments")
    for one in known:
        assert one.vector[: len(VOCABULARY.commodities)].sum() == pytest.approx(1.0 if one.groups else 0.0)
        assert one.true <= (one.groups == {TEXTILES} and one.vector[own] == pytest.approx(1.0))
    wrong = [one for one in known if one.groups and TEXTILES not in one.groups]
    assert 0.1 < len(wrong) / len(known) < 0.6
    as_declared = [(one.groups, one.scene) for one in wrong if one.scene is not None]
    assert as_declared
    for groups, instead in as_declared:
        assert instead.vehicle is scene.vehicle
        classes = [CLASS_BY_NAME[name].group for unit in instead.units for name in unit.commodities]
        assert groups & set(classes)
    assert all(one.scene is None for one in known if one.true)


def test_a_trader_may_declare_half_or_double_the_mass() -> None:
    rng, scene = np.random.default_rng(2), by_hand()
    mass_at = len(VOCABULARY.commodities)
    ratios = []
    for one in (declared_by_trader(rng, scene, VOCABULARY) for _ in range(400)):
        if one.groups == {TEXTILES} and one.vector[mass_at]:  # unknown now and then
            kg = 10 ** (5 * float(one.vector[mass_at]))
            ratios.append((round(2 * kg / scene.units[0].mass_kg) / 2, one.true))
    assert {ratio for ratio, true in ratios if true} == {1.0}
    assert {ratio for ratio, true in ratios if not true} >= {0.5, 2.0}


def test_an_empty_unit_is_declared_empty_or_loaded() -> None:
    """Nothing but a load that is not there can be wrong about it, and then the declaration is not true."""
    rng, scene = np.random.default_rng(1), by_hand(goods=False)
    known = [one for one in (declared_by_trader(rng, scene, VOCABULARY) for _ in range(60)) if one.known]
    said_empty_at = len(VOCABULARY.commodities) + 1
    assert {one.true for one in known} == {False, True}
    for one in known:
        assert one.true == (not one.groups) == bool(one.vector[said_empty_at])


def test_another_load_stays_in_its_units() -> None:
    scene = by_hand(lead_block())
    instead = loaded_with(np.random.default_rng(0), scene, ("tyres",))
    assert "tyres" in instead.units[0].commodities
    assert not instead.concealments
    bare = Scene(scene.vehicle, (LoadedUnit(scene.units[0].unit, by_hand(goods=False).units[0].load),))
    assert loaded_with(np.random.default_rng(0), bare, ("tyres",)).units[0].commodities == ()
