"""Targets of every head for one crop, at the strides of the heads."""

from dataclasses import dataclass

import cv2
import numpy as np

from tallyscan.commodity import CLASS_BY_NAME, COMMODITY_CLASSES
from tallyscan.detect.inputs import SCANNER_INPUTS, container_shares, declaration_size, declared_goods_vector
from tallyscan.physics.beam import beam_of
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import MIN_TRANSMISSION, Float32Array, NoiseModel
from training.crops import Crop
from training.simulate.manifest import declared_mass_kg, declared_shares
from training.simulate.scene import NO_GOODS, Rng, Scene, loaded_with
from training.simulate.shadow import CARGO_SPACE, UNIT_END

IGNORE = 255
MAX_GOODS_SHARE = 1.25
WEIGHABLE_ALPHA = 7.0
HIDDEN = 0.25  # share of a cell that a mask must cover
UNTOUCHED = 0.02  # of a cell; between the two nobody can say whether something is there
EXPECTED_ALPHA = 6.5  # scatter and noise let no scan show much more
READABLE_SIGMA = 0.25  # of alpha in a pixel: beyond it only large things are seen
DISPLAY_READABLE_ALPHA = 4.4  # three grey levels of 255
DENSE_ENOUGH = 0.15  # alpha from which a cell holds matter worth naming
ONE_ENERGY_TELLS = np.float32(0.1)  # of materials, by shape and place alone
MIN_END_PX = 18  # two cells and a bit of the layout map
KNOWN_SHARE = 0.65
SCENARIOS = ("truth", "other_commodity", "partly_other", "empty", "half_mass", "double_mass")
AS_DECLARED_SHARE = 0.5  # of the wrong declarations for which the declared load is drawn as well
SCENARIO_SHARE = (0.45, 0.33, 0.1, 0.05, 0.035, 0.035)


@dataclass(frozen=True)
class Vocabulary:
    """What the model names, in the order of its outputs."""

    families: tuple[str, ...]
    commodities: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class DeclaredGoods:
    """What the network is told: `vector` (n,), whether it is known at all, and the groups it names.

    `true` says that what is there was declared; where it was not, `scene` may be the vehicle as declared.
    """

    vector: Float32Array
    known: bool
    groups: frozenset[str]
    true: bool = False
    scene: Scene | None = None


def declared_by_trader(rng: Rng, scene: Scene, vocabulary: Vocabulary) -> DeclaredGoods:
    """The declared goods of a scene: often nothing, sometimes the wrong thing."""
    names = vocabulary.commodities
    if rng.random() > KNOWN_SHARE:
        return DeclaredGoods(np.zeros(declaration_size(names), np.float32), False, frozenset())
    scenario = str(rng.choice(SCENARIOS, p=SCENARIO_SHARE))
    if scenario != "truth" and not any(loaded.load.goods for loaded in scene.units):
        scenario = "loaded"  # the one thing that can be wrong with the declaration of an empty vehicle
    masses: dict[str, float] = {}
    for loaded in scene.units:
        shares = declared_shares(rng, loaded, scenario)
        mass = declared_mass_kg(rng, loaded, scenario)
        for name, share in shares.items():
            masses[name] = masses.get(name, 0.0) + share * max(mass, 1.0)
    total = sum(masses.values())
    told_mass = total if rng.random() < 0.85 else 0.0
    types = [loaded.unit.iso_code for loaded in scene.units]
    containers = container_shares(types if rng.random() < 0.8 else [])
    vector = declared_goods_vector(
        {name: mass / total for name, mass in masses.items()} if total else {},
        told_mass,
        not masses,
        names,
        containers,
    )
    groups = frozenset(CLASS_BY_NAME[name].group for name in masses)
    draw_it = scenario == "other_commodity" and rng.random() < AS_DECLARED_SHARE
    as_declared = loaded_with(rng, scene, tuple(masses)) if draw_it and masses else None
    return DeclaredGoods(vector[0], True, groups, scenario == "truth", as_declared)


def pooled(plane: np.ndarray, stride: int) -> Float32Array:
    """Mean over stride x stride cells."""
    size = (plane.shape[1] // stride, plane.shape[0] // stride)
    return np.asarray(
        cv2.resize(plane.astype(np.float32, copy=False), size, interpolation=cv2.INTER_AREA), np.float32
    )


def with_wide_ends(layout: np.ndarray, band_px: int) -> np.ndarray:
    """Bands at the ends of units that no cell of the layout map can miss, however small the picture."""
    missing = MIN_END_PX - band_px
    if missing <= 0:
        return layout
    ends = cv2.dilate((layout == UNIT_END).astype(np.uint8), np.ones((1, 2 * missing + 1), np.uint8))
    return np.where((ends > 0) & (layout == CARGO_SPACE), np.uint8(UNIT_END), layout)


def labels(crop: Crop, declared: DeclaredGoods, vocabulary: Vocabulary) -> dict[str, np.ndarray]:
    """All targets; see the functions below for each. `present` is where there is an image at all."""
    present_8 = pooled(crop.image[2], 8) > 0.5
    mask, family = hidden_map(crop, vocabulary)
    any_hidden_8 = pooled(mask, 8) > UNTOUCHED
    commodity = crop.fit_nearest(crop.shadow.commodity, NO_GOODS)[4::8, 4::8]
    goods_8 = pooled(crop.fit(crop.shadow.goods_g_cm2), 8)
    is_goods = pooled(crop.fit(crop.shadow.is_goods.astype(np.float32)), 8)
    result = {
        "present": present_8.astype(np.float32)[None],
        "loaded": (is_goods > 0.5).astype(np.float32)[None],
    }
    result |= anomaly_targets(crop, mask, family)
    result["layout"] = layout_target(crop, present_8)
    result |= goods_share(crop, goods_8, present_8)
    result["commodity"] = commodity_target(crop, commodity, any_hidden_8, vocabulary)
    result |= material_target(crop, present_8)
    result["quality"] = quality_target(crop)[None]
    result |= expectation_targets(crop, mask, declared, present_8)
    result |= mismatch_targets(commodity, any_hidden_8 | ~present_8, declared)
    return result


def hidden_map(crop: Crop, vocabulary: Vocabulary) -> tuple[Float32Array, np.ndarray]:
    """Where anything is hidden, 0 to 1, and of which family (index, IGNORE elsewhere), on the canonical crop."""
    shape = crop.shadow.layout.shape
    mask, family = np.zeros(shape, np.float32), np.full(shape, IGNORE, np.uint8)
    for hidden in crop.shadow.hidden:
        mask[hidden.rows, hidden.columns][hidden.mask] = 1.0
        family[hidden.rows, hidden.columns][hidden.mask] = vocabulary.families.index(hidden.family)
    return crop.fit(mask), crop.fit_nearest(family, IGNORE)


def anomaly_targets(crop: Crop, mask: Float32Array, family: np.ndarray) -> dict[str, np.ndarray]:
    """`anomaly` at 1/4, its weight, and `family`. What nobody could see is neither a find nor a false alarm."""
    cell = pooled(mask, 4)
    unseen = pooled(mask * ~crop.visible, 4) > 0.5 * cell
    present = pooled(crop.image[2], 4) > 0.25
    named = np.where((cell > HIDDEN) & ~unseen, family[2::4, 2::4], IGNORE).astype(np.int64)
    rim = (cell > UNTOUCHED) & (cell <= HIDDEN)
    return {
        "anomaly": cell[None],
        "anomaly_weight": (present & ~unseen & ~rim).astype(np.float32)[None],
        "family": named,
    }


def layout_target(crop: Crop, present: np.ndarray) -> np.ndarray:
    """Class of each cell; IGNORE where there is no image."""
    layout = crop.fit_nearest(crop.shadow.layout, 0)
    layout = with_wide_ends(layout, crop.end_band_px)[4::8, 4::8].astype(np.int64)
    layout[~present] = IGNORE
    return layout


def goods_share(crop: Crop, goods_8: Float32Array, present: np.ndarray) -> dict[str, np.ndarray]:
    """Share of what attenuates in a cell that is goods; weight 0 where goods cannot be weighed."""
    alpha = pooled(crop.alpha, 8)
    areal = areal_density_g_cm2(alpha, beam_of(crop.energy_mv)).astype(np.float32)
    weight = np.where((alpha < WEIGHABLE_ALPHA) & present & crop.weighable, np.minimum(areal / 10, 1.0), 0.0)
    share = np.clip(goods_8 / np.maximum(areal, 0.05) / MAX_GOODS_SHARE, 0, 1)
    return {"goods": share.astype(np.float32)[None], "goods_weight": weight.astype(np.float32)[None]}


def commodity_target(
    crop: Crop, commodity: np.ndarray, hidden: np.ndarray, vocabulary: Vocabulary
) -> np.ndarray:
    """Class of the goods in a cell; `empty` over the cargo space of empty units, each by itself; IGNORE elsewhere."""
    table = np.full(256, IGNORE, np.int64)
    for index, item in enumerate(COMMODITY_CLASSES):
        if item.name in vocabulary.commodities:
            table[index] = vocabulary.commodities.index(item.name)
    target = table[commodity]
    if crop.empty_columns.any() and "empty" in vocabulary.commodities:
        space = (crop.shadow.layout == CARGO_SPACE) & crop.empty_columns
        empty = crop.fit_nearest(space.view(np.uint8), 0)[4::8, 4::8] > 0
        target[empty] = vocabulary.commodities.index("empty")
    target[hidden] = IGNORE
    return target


def material_target(crop: Crop, present: np.ndarray) -> dict[str, np.ndarray]:
    """Shares of areal density that act like carbon, iron and lead; weight 0 where there is hardly any matter."""
    basis = np.stack([np.maximum(pooled(crop.fit(plane), 8), 0) for plane in crop.shadow.basis])
    total = basis.sum(axis=0)
    weight = (pooled(crop.alpha, 8) > DENSE_ENOUGH) & present
    share = basis / np.maximum(total, 1e-3)
    told = 1.0 if crop.scanner[SCANNER_INPUTS.index("is_dual")] else ONE_ENERGY_TELLS
    return {"material": share.astype(np.float32), "material_weight": told * weight.astype(np.float32)[None]}


def quality_target(crop: Crop) -> Float32Array:
    """1 where a cell can be read: noise of a pixel small enough, or enough grey levels left."""
    alpha = pooled(crop.alpha, 8)
    if not crop.weighable:
        return (alpha < DISPLAY_READABLE_ALPHA).astype(np.float32)
    noise = NoiseModel(float(crop.scanner[0]) ** 0.5, float(crop.scanner[1]))
    return (noise.alpha_sigma(np.exp(-alpha)) < READABLE_SIGMA).astype(np.float32)


def expectation_targets(
    crop: Crop, mask: Float32Array, declared: DeclaredGoods, present: np.ndarray
) -> dict[str, np.ndarray]:
    """Attenuation of the benign twin at 1/8: what was seen, less what the hidden things add.

    The grey scale of a picture is unknown, so there the twin is known only where nothing is hidden. With a declaration
    the target is the same as long as it is true; where it is not, see `Crop.declared_alpha`. Cells with something
    hidden have a weight of their own: elsewhere the expectation can be read off the image.
    """
    limit = np.float32(EXPECTED_ALPHA)
    seen = pooled(np.minimum(-np.log(np.maximum(crop.image[0], MIN_TRANSMISSION)), limit), 8)
    change = pooled(np.minimum(crop.alpha, limit) - np.minimum(crop.benign_alpha, limit), 8)
    hidden = pooled(mask, 8) > UNTOUCHED
    weight = present.copy()
    if not crop.weighable:
        weight &= ~hidden
        change = np.zeros_like(change)
    target = np.maximum(seen - change, 0.0)
    told, told_weight = target, weight & declared.known
    if crop.declared_alpha is not None:
        told = pooled(np.minimum(crop.declared_alpha, limit), 8)
        told_weight = present & crop.weighable
    elif not declared.true:
        told_weight = np.zeros_like(weight)
    return {
        "expected": target[None],
        "expected_weight": (weight & ~hidden).astype(np.float32)[None],
        "expected_hidden_weight": (weight & hidden).astype(np.float32)[None],
        "expected_declared": told[None],
        "expected_declared_weight": told_weight.astype(np.float32)[None],
    }


def mismatch_targets(
    commodity: np.ndarray, left_out: np.ndarray, declared: DeclaredGoods
) -> dict[str, np.ndarray]:
    """1 where the goods of a cell are in none of the declared groups; weight 0 without a declaration."""
    named = np.array(
        [item.group not in declared.groups for item in COMMODITY_CLASSES]
        + [False] * (256 - len(COMMODITY_CLASSES))
    )
    weight = (commodity != NO_GOODS) & ~left_out & declared.known
    return {
        "mismatch": named[commodity].astype(np.float32)[None],
        "mismatch_weight": weight.astype(np.float32)[None],
    }
