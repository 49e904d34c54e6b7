"""Regions of invented maps: one cell is 20 mm."""

import numpy as np
import pytest

from tallyscan.detect.evidence import looks_like
from tallyscan.detect.regions import Region, candidate_regions, smoothed
from tallyscan.detect.session import FloatMap
from tallyscan.finding import Family, FamilyCandidate
from tallyscan.scan import Box

FAMILIES: tuple[Family, ...] = ("false_wall", "weapons_ammunition", "cash_gold", "void")
SHAPE = (120, 600)


def one_family(family: int = 0) -> FloatMap:
    maps = np.zeros((4, *SHAPE), np.float32)
    maps[family] = 1.0
    return maps


def regions_of(anomaly: FloatMap, families: FloatMap | None = None, floor: float = 0.3) -> list[Region]:
    return candidate_regions(
        smoothed(anomaly[None]), one_family() if families is None else families, FAMILIES, floor
    )


def blob(height: float, y: int, x: int, sigma: float) -> FloatMap:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.float32(height) * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * sigma**2)).astype(
        np.float32
    )


def test_a_region_without_a_hot_cell_scores_as_high_as_it_is() -> None:
    """Beside a single hot cell, a broad region of half its height is the stronger evidence."""
    anomaly = np.zeros(SHAPE, np.float32)
    anomaly[5, 5] = 1.0
    anomaly[30:45, 30:45] = 0.49
    assert float(smoothed(anomaly[None]).max()) == pytest.approx(0.49, abs=1e-6)
    (region,) = regions_of(anomaly)
    assert region.score == pytest.approx(0.49, abs=1e-6)
    assert region.box(1) == Box(30, 30, 15, 15)


def test_nothing_reaches_the_floor() -> None:
    assert regions_of(blob(0.29, 60, 300, 8)) == []
    assert regions_of(np.zeros(SHAPE, np.float32), floor=0.0) == []


def test_the_scan_score_is_that_of_the_first_region() -> None:
    anomaly = np.random.default_rng(4).uniform(0, 1, SHAPE).astype(np.float32)
    regions = regions_of(anomaly, floor=0.4)
    assert regions[0].score == float(smoothed(anomaly[None]).max())
    scores = [region.score for region in regions]
    assert scores == sorted(scores, reverse=True)


def test_a_wall_along_the_whole_unit_is_one_region() -> None:
    """Its map varies along it, down to a little above half."""
    anomaly = np.zeros(SHAPE, np.float32)
    anomaly[20:28, 10:590] = 0.7 + 0.2 * np.sin(np.arange(580) / 9)
    (region,) = regions_of(anomaly)
    box = region.box(1)
    assert box.width >= 578
    assert 7 <= box.height <= 10


def test_a_wall_with_short_breaks_is_one_region() -> None:
    anomaly = np.zeros(SHAPE, np.float32)
    anomaly[20:28, 10:590] = 0.8
    for start in range(60, 590, 90):
        anomaly[:, start : start + 5] = 0.0
    (region,) = regions_of(anomaly)
    assert region.box(1).width >= 575


def test_a_small_thing_beside_a_stronger_one_is_its_own_finding() -> None:
    """Even where the map between them never falls to nothing."""
    anomaly = np.maximum.reduce(
        [blob(0.95, 60, 200, 12), blob(0.6, 60, 260, 5), np.full(SHAPE, 0.16, np.float32)]
    )
    first, second = regions_of(anomaly)
    assert first.score > 0.9
    assert second.score == pytest.approx(0.6, abs=0.03)
    assert abs(second.box(1).x + second.box(1).width / 2 - 260) <= 2


def test_two_peaks_of_one_thing_are_one_region() -> None:
    """Between them the map stays above half of the lower peak."""
    anomaly = np.maximum(blob(0.9, 60, 200, 10), blob(0.7, 60, 220, 10))
    (region,) = regions_of(anomaly)
    assert region.box(1).width > 35


def test_the_slope_of_a_region_is_no_second_one() -> None:
    assert len(regions_of(blob(0.99, 60, 300, 20), floor=0.05)) == 1
    assert len(regions_of(blob(0.99, 60, 300, 1.5), floor=0.05)) == 1


def test_a_hot_spot_does_not_hide_the_wall_that_it_lies_on() -> None:
    anomaly = np.zeros(SHAPE, np.float32)
    anomaly[20:32, 10:590] = 0.4
    anomaly = np.maximum(anomaly, blob(0.99, 26, 300, 4))
    families = one_family(0)
    families[:, :, 285:316] = one_family(1)[:, :, 285:316]
    first, second = regions_of(anomaly, families)
    assert (first.family, second.family) == ("weapons_ammunition", "false_wall")
    assert first.box(1).width < 20
    assert second.box(1).width >= 578
    assert second.score == pytest.approx(0.4, abs=0.15)


def test_things_of_two_families_that_nearly_touch_stay_apart() -> None:
    anomaly = np.zeros(SHAPE, np.float32)
    anomaly[50:70, 100:140] = 0.9
    anomaly[50:70, 145:185] = 0.8
    families = one_family(1)
    families[:, :, 142:] = one_family(2)[:, :, 142:]
    assert [region.family for region in regions_of(anomaly, families)] == ["weapons_ammunition", "cash_gold"]
    assert len(regions_of(anomaly, one_family(1))) == 1


def test_the_family_is_that_of_the_cells_that_stand_out_most() -> None:
    anomaly = np.zeros(SHAPE, np.float32)
    anomaly[50:70, 100:120] = 0.9
    anomaly[50:70, 120:150] = 0.5
    families = np.zeros((4, *SHAPE), np.float32)
    families[0, :, :120], families[1, :, :120] = 0.7, 0.3
    families[1, :, 120:], families[3, :, 120:] = 0.8, 0.2
    (region,) = regions_of(anomaly, families)
    weights = np.array([20 * 0.9 * 0.7, 20 * 0.9 * 0.3 + 30 * 0.5 * 0.8, 0, 30 * 0.5 * 0.2])
    assert [family.kind for family in region.families] == ["weapons_ammunition", "false_wall", "void"]
    assert region.families[0].probability == pytest.approx(weights[1] / weights.sum(), abs=0.02)


@pytest.mark.parametrize(
    ("first", "words"),
    [(0.7, "Looks like cash or gold"), (0.45, "Looks like cash or gold, or weapons or ammunition")],
)
def test_an_unsure_family_is_named_with_the_next_one(first: float, words: str) -> None:
    families = (FamilyCandidate("cash_gold", first), FamilyCandidate("weapons_ammunition", 0.25))
    assert looks_like(families) == words


def test_a_map_that_is_lit_everywhere_stays_quick_and_bounded() -> None:
    noise = np.random.default_rng(1).uniform(0, 1, SHAPE).astype(np.float32)
    assert len(regions_of(noise, floor=0.01)) <= 50
