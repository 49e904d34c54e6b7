"""The classifier without a network, on whole simulated scans."""

import numpy as np
import pytest

from tallyscan.scan import Box
from tests.detect.scans import GOODS, flat_scan
from tests.training.scenes import drawn, still
from training.baselines import fit
from training.goods_baseline import NAME, GoodsOfUnit, classifier_of, goods_in, goods_of, goods_row
from training.simulate.render import SimulatedScan, render


def scan_of(commodity: str, seed: int) -> SimulatedScan:
    scene = drawn(seed, vehicle="container_alone", load="full", commodity=commodity, families=())
    return render(np.random.default_rng(seed), scene, still())


def test_goods_are_what_attenuates_more_than_the_walls_inside_the_unit() -> None:
    scan = flat_scan()
    scan.transmission[:, 80:176, 104:504] = GOODS
    scan.transmission[:, :20, :] = GOODS  # outside of the unit
    goods = goods_in(scan, Box(40, 30, 560, 150))
    assert goods[80:176, 104:504].all()
    assert goods.sum() == 96 * 400


def test_known_goods_are_named_again_in_other_scans() -> None:
    classes = ("tyres", "steel_products")
    model = classifier_of(scan_of(name, seed) for name in classes for seed in range(3))
    units = [unit for name in classes for seed in (10, 11) for unit in goods_of(scan_of(name, seed))]
    row = goods_row(model, units)
    assert row["name"] == NAME
    assert (row["known_units"], row["commodity_units"]) == (6, 4)
    assert row["commodity_top1"][3] >= 3
    assert row["commodity_group_top1"][3] >= row["commodity_top1"][3]
    assert row["seconds"] > 0


def test_a_scan_that_is_not_read_is_wrong() -> None:
    scan = scan_of("tyres", 0)
    scan.pixels[:] = 0
    (unit,) = goods_of(scan)
    assert unit.features is None
    model = fit(np.ones((1, 3), np.float32), ["tyres"])
    known = GoodsOfUnit("tyres", np.ones(3, np.float32), 0.1)
    assert goods_row(model, [unit, known])["commodity_top1"][3:] == [1, 2]
    slow = [GoodsOfUnit("tyres", np.ones(3, np.float32), seconds) for seconds in (5.0, 7.0, 90.0)]
    assert goods_row(model, slow)["seconds"] == pytest.approx(
        7.0, abs=1.0
    )  # the median, and what comparing takes
