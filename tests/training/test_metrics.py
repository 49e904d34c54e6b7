import math

import numpy as np
import pytest

from training.map_metrics import aupro, overlap_of, score_bins
from training.metrics import (
    Span,
    auroc,
    bin_label,
    bin_labels,
    box_ious,
    expected_calibration_error,
    froc,
    grouped,
    interval_coverage,
    iou,
    mass_errors,
    mass_errors_by_bin,
    matched,
    mean_box_iou,
    threshold_for,
    threshold_for_findings,
    top_k,
    wilson,
)

INF = float("inf")


def test_wilson_on_known_values_with_what_they_rest_on() -> None:
    assert wilson(90, 100) == pytest.approx([0.9, 0.8256, 0.9448, 90, 100], abs=1e-4)
    assert wilson(0, 300) == pytest.approx([0, 0, 0.0126, 0, 300], abs=1e-4)  # about three over n
    assert wilson(5, 5)[2] == 1.0
    assert math.isnan(wilson(0, 0)[0])
    assert wilson(0, 0)[1:] == [0.0, 1.0, 0, 0]
    with pytest.raises(ValueError, match="no rate"):
        wilson(3, 2)


def test_auroc_counts_every_pair_and_ties_half() -> None:
    rng = np.random.default_rng(0)
    low, high = rng.integers(0, 20, 300), rng.integers(3, 25, 200)
    pairs = (high[None] > low[:, None]).mean() + 0.5 * (high[None] == low[:, None]).mean()
    assert auroc(low, high) == pytest.approx(pairs, abs=1e-12)
    assert auroc([0.1, 0.2], [0.3, 0.15]) == 0.75
    assert auroc([0.5], [0.5]) == 0.5
    assert math.isnan(auroc([], [1.0]))
    assert math.isnan(auroc([1.0], []))
    with pytest.raises(ValueError, match="nan"):
        auroc([0.1, float("nan")], [0.3])


def test_the_threshold_is_the_lowest_that_keeps_the_number() -> None:
    scores = [0.1, 0.2, 0.3, 0.4]
    for allowed in range(4):
        threshold = threshold_for(scores, allowed)
        assert sum(s >= threshold for s in scores) == allowed
        assert sum(s >= np.nextafter(threshold, -INF) for s in scores) == allowed + 1
    assert threshold_for(scores, 4) == -INF
    assert threshold_for([0.5] * 10, 3) > 0.5  # tied scores alarm together or not at all
    assert threshold_for([0.5, INF, INF], 1) == INF


def test_a_finding_is_there_between_its_thresholds() -> None:
    span = Span(0.8, 0.3)
    assert [span.holds(t) for t in (0.81, 0.8, 0.31, 0.3, -INF)] == [False, True, True, False, False]
    assert Span(0.8).holds(-INF)
    assert not Span(0.8).holds(INF)


def test_the_threshold_counts_what_is_there_at_once() -> None:
    assert threshold_for_findings([], 0) == -INF
    alone = [Span(0.9), Span(0.5), Span(0.2)]
    assert threshold_for_findings(alone, 1) == np.nextafter(0.5, INF)
    assert threshold_for_findings(alone, 3) == -INF
    # At 0.5 the first and the second become one: two are never there at once until 0.2 comes.
    becoming_one = [Span(0.9, 0.5), Span(0.5), Span(0.2)]
    assert threshold_for_findings(becoming_one, 1) == np.nextafter(0.2, INF)
    assert threshold_for_findings([Span(INF), Span(INF)], 1) == INF


def test_froc_on_known_values() -> None:
    hits = [[Span(0.9)], [Span(0.7)], [Span(0.4)], []]
    false = [Span(s) for s in (0.8, 0.6, 0.5, 0.3)]
    at = {p.false_positives_per_scan: p.detected[0] for p in froc(hits, false, 4, (0.1, 0.25, 0.5, 1.0, 2.0))}
    assert at == {0.1: 0.25, 0.25: 0.5, 0.5: 0.5, 1.0: 0.75, 2.0: 0.75}
    assert froc(hits, [], 4, (0.1,))[0].detected == wilson(3, 4)
    # What covers an anomaly at 0.9 and no longer at 0.7 is no hit where 0.6 is the threshold.
    assert froc([[Span(0.9, 0.7)]], [Span(0.6)], 1, (0.0, 1.0))[0].detected[0] == 0
    with pytest.raises(ValueError, match="scans"):
        froc(hits, false, 0)


def slow_aupro(scores: np.ndarray, labels: np.ndarray, limit: float) -> float:
    x, y = [0.0], [0.0]
    for threshold in np.unique(scores)[::-1]:
        over = scores >= threshold
        x.append(float(over[labels == 0].mean()))
        y.append(float(np.mean([over[labels == i].mean() for i in range(1, labels.max() + 1)])))
    grid = np.linspace(0, limit, 20001)
    return float(np.interp(grid, x, y).mean())


def overlaps(scores: np.ndarray, labels: np.ndarray) -> dict:
    return overlap_of(
        scores.astype(np.float32), (labels > 0).astype(np.float32), np.ones(labels.shape, np.float32)
    )


def three_regions() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    labels = np.zeros((64, 96), np.int32)
    labels[5:25, 5:25], labels[40:44, 50:54], labels[50:60, 10:13] = 1, 2, 3
    logits = rng.normal(-4, 1.5, labels.shape) + 2.5 * (labels == 1) + 1.5 * (labels == 2)
    return 1 / (1 + np.exp(-logits)), labels


def test_aupro_of_small_histograms_is_that_of_every_threshold() -> None:
    scores, labels = three_regions()
    exact = slow_aupro(scores, labels, 0.05)
    assert 0.1 < exact < 0.6
    assert aupro([overlaps(scores, labels)]) == pytest.approx(exact, abs=0.01)
    # Regions of one scan or of two are the same, and a region weighs the same at any size.
    halves = [overlaps(scores[:32], labels[:32]), overlaps(scores[32:], labels[32:])]
    assert sum(half["regions"] for half in halves) == 3
    assert aupro(halves) == pytest.approx(aupro([overlaps(scores, labels)]), abs=1e-3)
    assert len(overlaps(scores, labels)["by_score"]) < 80


def test_aupro_of_known_maps() -> None:
    labels = np.zeros((100, 100), np.int32)
    labels[:10, :10], labels[50:60, 50:90] = 1, 2
    truth = (labels > 0).astype(float)
    assert aupro([overlaps(truth, labels)]) == pytest.approx(1)
    assert aupro([overlaps(labels == 1, labels)]) == pytest.approx(0.5, abs=0.02)
    assert aupro([overlaps(0 * truth, labels)]) == pytest.approx(0.025)  # all tied: the diagonal
    assert aupro([overlaps(1 - truth, labels)]) == pytest.approx(0)


def test_a_cell_that_is_partly_hidden_or_outside_counts_for_its_part() -> None:
    hidden, inside = np.zeros((1, 4), np.float32), np.ones((1, 4), np.float32)
    hidden[0, :2], inside[0, 3] = (0.25, 0.75), 0.5
    found = overlap_of(np.array([[0.9, 0.1, 0.1, 0.5]], np.float32), hidden, inside)
    assert found["regions"] == 1
    assert [row[1:] for row in found["by_score"]] == [[1.2, 0.75], [0.5, 0.0], [0.8, 0.25]]


def test_aupro_of_nothing() -> None:
    blank = np.zeros((4, 4), np.float32)
    assert math.isnan(aupro([]))
    assert math.isnan(aupro([overlaps(blank, blank)]))
    with pytest.raises(ValueError, match="nan"):
        overlaps(np.full((4, 4), np.nan), blank)
    with pytest.raises(ValueError, match="differ"):
        overlap_of(np.zeros((4, 5), np.float32), blank, blank)


def test_score_bins_rise_and_are_as_fine_near_1_as_near_0() -> None:
    values = np.array([0, 1e-5, 1e-4, 0.01, 0.5, 0.99, 0.9999, 1], np.float32)
    bins = score_bins(values)
    assert (np.diff(bins) > 0).all()
    assert bins[4] - bins[3] == pytest.approx(bins[5] - bins[4], abs=1)


def test_bins_take_their_lower_edge() -> None:
    edges = (1.0, 3.0)
    assert bin_labels(edges) == ["under 1", "1 to 3", "3 and over"]
    assert [bin_label(v, edges) for v in (0.99, 1, 2.99, 3, INF)] == [
        "under 1", "1 to 3", "1 to 3", "3 and over", "3 and over",
    ]  # fmt: skip
    assert bin_label(float("nan"), edges) == "unknown"


def test_calibration_error() -> None:
    assert expected_calibration_error([0.8] * 10, [1] * 8 + [0] * 2) == pytest.approx(0)
    assert expected_calibration_error([1.0] * 10, [1] * 5 + [0] * 5) == pytest.approx(0.5)
    # Gaps of different bins do not make up for one another.
    assert expected_calibration_error([0.1, 0.9], [1, 0]) == pytest.approx(0.9)
    assert math.isnan(expected_calibration_error([], []))
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        expected_calibration_error([2.0], [1])


def test_boxes_are_matched_one_to_one_and_an_extra_box_counts() -> None:
    assert iou([0, 0, 10, 10], [5, 0, 10, 10]) == pytest.approx(1 / 3)
    assert iou([0, 0, 0, 0], [0, 0, 0, 0]) == 0
    truth, found = [[0, 0, 10, 10], [20, 0, 10, 10]], [[1, 0, 10, 10], [2, 0, 10, 10]]
    assert [(i, j) for i, j, _ in matched(truth, found)] == [(0, 0)]
    assert sorted(box_ious(truth, found)) == pytest.approx([0, 0, 9 / 11])  # one missed, one too many
    assert box_ious(truth, []) == [0, 0]
    assert mean_box_iou([(truth, truth), (truth[:1], []), ([], [])]) == pytest.approx(2 / 3)
    assert math.isnan(mean_box_iou([([], [])]))


def test_commodities_one_by_one_and_by_group() -> None:
    said = [[("a", 0.3), ("b", 0.4), ("c", 0.3)], [("c", 0.9)], []]
    assert top_k(said, ["b", "a", "a"], 1)[0] == pytest.approx(1 / 3)
    assert top_k(said, ["a", "a", "a"], 2)[0] == pytest.approx(1 / 3)
    group_of = {"a": "x", "c": "x", "b": "y"}
    groups = [grouped(unit, group_of) for unit in said]
    assert dict(groups[0]) == pytest.approx({"x": 0.6, "y": 0.4})
    assert top_k(groups, ["x", "x", "x"], 1)[0] == pytest.approx(2 / 3)
    assert math.isnan(top_k([], [], 1)[0])


def test_mass_errors_count_what_was_not_weighed_apart() -> None:
    errors = mass_errors([1000, 1000, 1000, 2000], [1100, 800, float("nan"), 2000])
    assert (errors.units, errors.weighed) == (4, 3)
    assert errors.mean_absolute_relative == pytest.approx(0.1)
    assert errors.median_absolute_relative == pytest.approx(0.1)
    assert errors.median_relative == pytest.approx(0)
    assert errors.mean_absolute_kg == pytest.approx(100)
    assert math.isnan(mass_errors([], []).mean_absolute_kg)
    with pytest.raises(ValueError, match="positive"):
        mass_errors([0], [10])
    by_bin = mass_errors_by_bin([100, 100], [110, 150], [0.0, 0.2], edges=(0.01, 0.3))
    assert by_bin["under 0.01"].mean_absolute_relative == pytest.approx(0.1)
    assert by_bin["0.01 to 0.3"].mean_absolute_relative == pytest.approx(0.5)
    assert by_bin["0.3 and over"].units == 0


def test_coverage_of_intervals() -> None:
    nan = float("nan")
    coverage = interval_coverage([10, 10, 10, 10], [9, 10, 11, nan], [11, 20, 12, nan])
    assert coverage.covered[0] == pytest.approx(2 / 3)
    assert coverage.median_relative_width == pytest.approx(0.2)
    assert interval_coverage([10], [9], [INF]).covered[0] == 1  # "at least"
    assert math.isnan(interval_coverage([], [], []).median_relative_width)
    with pytest.raises(ValueError, match="ends before"):
        interval_coverage([1], [2], [1])
