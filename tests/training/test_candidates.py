"""Candidates of invented maps, held to what serving gives at every threshold."""

import cv2
import numpy as np
import pytest

from tallyscan.detect.regions import MAX_FINDINGS, candidate_regions, smoothed
from tallyscan.detect.session import FloatMap
from tallyscan.finding import Family
from tallyscan.scan import Box
from training.candidates import Candidate, candidates

FAMILIES: tuple[Family, ...] = ("false_wall", "weapons_ammunition")
SHAPE = (90, 240)
FLOOR = 0.05


def one_family() -> FloatMap:
    maps = np.zeros((2, *SHAPE), np.float32)
    maps[0] = 1.0
    return maps


def at(found: list[Candidate], threshold: float) -> set[Box]:
    return {c.box for c in found if threshold <= c.high and (c.low is None or c.low < threshold)}


def served(smooth: FloatMap, family_map: FloatMap, threshold: float) -> set[Box]:
    regions = candidate_regions(smooth, family_map, FAMILIES, threshold)
    return {region.box(1) for region in regions[:MAX_FINDINGS]}


def two_patches() -> FloatMap:
    """A wall that lost a stretch: its far part is the fainter one."""
    anomaly = np.zeros(SHAPE, np.float32)
    anomaly[20:40, 30:60], anomaly[20:40, 64:90] = 0.9, 0.4
    return anomaly


def test_a_finding_grows_where_its_neighbour_reaches_the_threshold() -> None:
    smooth = smoothed(two_patches()[None])
    found = candidates(smooth, one_family(), FAMILIES, FLOOR)
    assert [(round(c.high, 3), c.low and round(c.low, 3), c.box) for c in found] == [
        (0.9, 0.4, Box(30, 20, 30, 20)),
        (0.4, None, Box(30, 20, 60, 20)),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_at_every_threshold_they_are_the_findings_that_serving_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(size=SHAPE).astype(np.float32), (0, 0), 3.0)
    anomaly = 1 / (1 + np.exp(-12 * noise / noise.std() / 3 + 3))
    second = cv2.GaussianBlur(rng.normal(size=SHAPE).astype(np.float32), (0, 0), 20.0) > 0
    family_map = np.stack([~second, second]).astype(np.float32)
    smooth = smoothed(anomaly.astype(np.float32)[None])
    found = candidates(smooth, family_map, FAMILIES, FLOOR)
    ends = {c.high for c in found} | {c.low for c in found if c.low is not None}
    thresholds = [*sorted(ends), *rng.uniform(FLOOR, float(smooth.max()), 20)]
    assert len(ends) > MAX_FINDINGS
    for threshold in thresholds:
        assert at(found, threshold) == served(smooth, family_map, threshold), threshold
    whole = served(smooth, family_map, FLOOR)
    assert any(served(smooth, family_map, t) - whole for t in thresholds), "no finding ever grows here"


def test_nothing_reaches_the_floor() -> None:
    assert candidates(np.zeros(SHAPE, np.float32), one_family(), FAMILIES, FLOOR) == []
