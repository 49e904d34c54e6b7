"""What is seen of a load: how much is filled, of what material, in how many looks, and where it surprises."""

import numpy as np
import pytest

from tallyscan.detect.load import WALL_G_CM2, load_seen
from tallyscan.detect.looks import divergence, two_looks
from tallyscan.detect.units import UnitBox
from tallyscan.load_seen import LoadSeen
from tallyscan.physics.beam import EAGLE_R60_6_MEV
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import Scan
from tests.detect.scans import flat_scan

STRIDE, SHAPE = 8, (25, 80)
UNIT = UnitBox(5, 75, 4, 22)  # 70 x 18 cells
GOODS = (slice(10, 22), slice(10, 70))


def maps(iron: float = 0.2, **more: np.ndarray) -> dict[str, np.ndarray]:
    loaded = np.zeros((1, *SHAPE), np.float32)
    loaded[0][GOODS] = 0.9
    commodity = np.zeros((3, *SHAPE), np.float32)
    commodity[0] = 1.0
    material = np.zeros((3, *SHAPE), np.float32)
    material[1] = iron
    expected = np.full((3, *SHAPE), 1.0, np.float32)
    expected[0], expected[2] = 0.9, 1.1
    return {
        "loaded": loaded,
        "commodity": commodity,
        "material": material,
        "expected_declared": expected,
    } | more


def alpha_of(goods: float) -> np.ndarray:
    alpha = np.full(SHAPE, 0.15, np.float32)
    alpha[GOODS] = goods
    return alpha


def seen(
    by_head: dict[str, np.ndarray],
    goods_alpha: float = 2.0,
    *,
    scan: Scan | None = None,
    declared: bool = True,
) -> LoadSeen:
    found = load_seen(scan or flat_scan(), by_head, UNIT, STRIDE, alpha_of(goods_alpha), declared=declared)
    assert found is not None
    return found


def test_how_much_is_filled_and_where() -> None:
    found = seen(maps())
    assert found.filled == pytest.approx(12 * 60 / (70 * 18), abs=1e-4)
    assert found.box == (80.0, 80.0, 480.0, 96.0)


def test_too_few_goods_say_nothing() -> None:
    empty = maps(loaded=np.zeros((1, *SHAPE), np.float32))
    assert load_seen(flat_scan(), empty, UNIT, STRIDE, alpha_of(2.0), declared=True) is None


def test_the_walls_are_taken_off_what_acts_like_iron() -> None:
    areal = float(areal_density_g_cm2(2.0, EAGLE_R60_6_MEV))
    expected = (0.2 * areal - WALL_G_CM2) / (areal - WALL_G_CM2)
    assert seen(maps()).iron_share == pytest.approx(expected, abs=1e-3)
    assert seen(maps(iron=0.0)).iron_share == 0.0


@pytest.mark.parametrize("goods_alpha", [0.3, 6.5])
def test_of_what_is_too_thin_or_lets_nothing_through_no_material_is_told(goods_alpha: float) -> None:
    assert seen(maps(), goods_alpha).iron_share is None


def test_one_energy_tells_no_material_and_a_picture_no_surprise_either() -> None:
    assert seen(maps(), scan=flat_scan(energies_mv=(6.0,))).iron_share is None
    picture = load_seen(flat_scan(grade="display"), maps(), UNIT, STRIDE, None, declared=True)
    assert picture is not None
    assert (picture.iron_share, picture.surprise) == (None, None)
    assert picture.filled > 0.5


def test_one_look_is_not_apart_and_two_are() -> None:
    assert seen(maps()).looks_apart == 0.0
    by_head = maps()
    by_head["commodity"][:, :, 53:] = np.array([0.0, 0.9, 0.1], np.float32)[:, None, None]
    found = seen(by_head)
    assert found.looks_apart is not None
    assert found.looks_apart > 0.9
    larger, smaller = found.looks
    assert larger.share > smaller.share
    assert larger.box.x < 300 < smaller.box.x + smaller.box.width
    assert sum(look.share for look in found.looks) == pytest.approx(1.0, abs=0.01)


def test_a_look_that_few_have_counts_in_proportion() -> None:
    goods = np.ones((12, 240), np.bool_)
    commodity = np.zeros((2, 12, 240), np.float32)
    commodity[0] = 1.0
    commodity[:, :, 228:] = np.array([0.0, 1.0], np.float32)[:, None, None]  # one block of twenty
    found = two_looks(commodity, goods)
    assert found is not None
    assert found[1] == pytest.approx(0.05 / 0.2)
    assert two_looks(commodity, np.zeros_like(goods)) is None


def test_the_divergence_is_0_of_the_same_and_1_of_nothing_in_common() -> None:
    left, right = np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.0, 0.3, 0.7])
    assert divergence(left, left) == 0.0
    assert divergence(left, right) == pytest.approx(1.0)
    assert divergence(left, right) == divergence(right, left)


@pytest.mark.parametrize(("lump", "sign"), [(2.0, 1), (0.2, -1)])
def test_the_surprise_is_where_image_and_expectation_differ_most(lump: float, sign: int) -> None:
    alpha = np.full(SHAPE, 1.0, np.float32)
    alpha[6:20, 45:65] = lump
    found = load_seen(flat_scan(), maps(), UNIT, STRIDE, alpha, declared=True)
    assert found is not None
    assert found.surprise is not None
    assert found.surprise.excess_g_cm2 * sign > 5
    middle = found.surprise.box.x + found.surprise.box.width / 2
    assert 45 * STRIDE <= middle <= 65 * STRIDE
    assert seen(maps(), declared=False).surprise is None
