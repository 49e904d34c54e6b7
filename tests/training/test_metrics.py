import math

import cv2
import numpy as np
import pytest

from training.map_metrics import aupro, clutter_ratio, contrast_to_noise, score_bin
from training.metrics import (
    auroc,
    bin_label,
    bin_labels,
    box_ious,
    detection_at_rates,
    expected_calibration_error,
    froc,
    grouped,
    interval_coverage,
    iou,
    mass_errors,
    mass_errors_by_bin,
    matched,
    mean_box_iou,
    rates_by_bin,
    threshold_for,
    top_k,
    two_way,
    wilson,
)

INF = float("inf")


def test_wilson_on_known_values() -> None:
    assert wilson(90, 100) == pytest.approx([0.9, 0.8256, 0.9448], abs=1e-4)
    assert wilson(0, 300) == pytest.approx([0, 0, 0.0126], abs=1e-4)  # about three over n
    assert wilson(5, 5)[2] == 1.0
    assert math.isnan(wilson(0, 0)[0])
    assert wilson(0, 0)[1:] == [0.0, 1.0]
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


def test_detection_at_rates_keeps_each_rate() -> None:
    rng = np.random.default_rng(1)
    benign, bad = rng.normal(0, 1, 2000), rng.normal(2, 1, 1000)
    points = detection_at_rates(benign, bad)
    assert [p.false_alarm_rate for p in points] == [0.001, 0.004, 0.01, 0.05]
    assert [p.false_alarms[0] for p in points] == [0.001, 0.004, 0.01, 0.05]
    for point, true in zip(points, (0.138, 0.257, 0.372, 0.639), strict=True):  # Phi(2 - z(rate))
        assert point.detected[0] == pytest.approx(true, abs=0.08)
        assert point.detected[1] < point.detected[0] < point.detected[2]


def test_a_scan_that_was_not_read_is_a_miss_and_a_false_alarm() -> None:
    benign = [0.1] * 98 + [INF, INF]
    strict, loose = detection_at_rates(benign, [0.9, -INF], rates=(0.01, 0.02))
    assert strict.threshold == INF  # two of a hundred were not read: one in a hundred cannot be kept
    assert strict.detected[0] == 0
    assert strict.false_alarms[0] == 0.02
    assert loose.detected[0] == 0.5
    assert detection_at_rates([0.1], [-INF], rates=(1.0,))[0].detected[0] == 0


def test_detection_of_nothing() -> None:
    assert math.isnan(detection_at_rates([0.1], [], rates=(0.5,))[0].detected[0])
    with pytest.raises(ValueError, match="benign"):
        detection_at_rates([], [0.5])


def test_froc_on_known_values() -> None:
    hits = [0.9, 0.7, 0.4, -INF]
    false = [0.8, 0.6, 0.5, 0.3]
    at = {p.false_positives_per_scan: p.detected[0] for p in froc(hits, false, 4, (0.1, 0.25, 0.5, 1.0, 2.0))}
    assert at == {0.1: 0.25, 0.25: 0.5, 0.5: 0.5, 1.0: 0.75, 2.0: 0.75}
    assert froc(hits, [], 4, (0.1,))[0].detected[0] == 0.75
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


def test_aupro_equals_the_curve_at_every_threshold() -> None:
    rng = np.random.default_rng(2)
    labels = np.zeros((64, 96), np.int32)
    labels[5:25, 5:25], labels[40:44, 50:54], labels[50:60, 10:13] = 1, 2, 3
    scores = rng.random((64, 96)).astype(np.float32) + 0.5 * (labels == 1) + 0.2 * (labels == 2)
    assert aupro([(scores, labels)]) == pytest.approx(slow_aupro(scores, labels, 0.05), abs=2e-3)
    # Regions of one scan or of two are the same, and a region weighs the same at any size.
    halves = [(scores[:32], labels[:32]), (scores[32:], labels[32:])]
    assert aupro(halves) == pytest.approx(aupro([(scores, labels)]), abs=1e-9)


def test_aupro_of_known_maps() -> None:
    labels = np.zeros((100, 100), np.int32)
    labels[:10, :10], labels[50:52, 50:52] = 1, 2
    truth = (labels > 0).astype(np.float32)
    assert aupro([(truth, labels)]) == pytest.approx(1)
    assert aupro([((labels == 1).astype(np.float32), labels)]) == pytest.approx(0.5, abs=0.02)
    assert aupro([(np.zeros_like(truth), labels)]) == pytest.approx(0.025)  # all tied: the diagonal
    assert aupro([(-truth, labels)]) == pytest.approx(0)
    faint = (labels == 0) * np.float32(1e-8) + truth * np.float32(2e-8)
    assert aupro([(faint, labels)]) == pytest.approx(1)  # bins are as fine as the scores are small


def test_aupro_does_not_count_what_is_marked_so() -> None:
    labels = np.zeros((20, 20), np.int32)
    labels[:4, :4], labels[10:] = 1, -1
    scores = np.where(labels == -1, 9, labels).astype(np.float32)
    assert aupro([(scores, labels)]) == pytest.approx(1)


def test_aupro_of_nothing() -> None:
    blank = np.zeros((4, 4), np.int32)
    assert math.isnan(aupro([]))
    assert math.isnan(aupro([(blank.astype(np.float32), blank)]))
    with pytest.raises(ValueError, match="nan"):
        aupro([(np.full((4, 4), np.nan, np.float32), blank)])
    with pytest.raises(ValueError, match="differ"):
        aupro([(np.zeros((4, 5), np.float32), blank)])


def test_score_bins_rise_with_the_score() -> None:
    values = np.array([-3, -1, -0.1, -1e-9, 0, 1e-9, 0.1, 1, 3, 1e9], np.float32)
    assert (np.diff(score_bin(values)) > 0).all()
    assert score_bin(np.array([-0.0], np.float32)) == score_bin(np.array([0.0], np.float32))


def test_contrast_and_clutter() -> None:
    rng = np.random.default_rng(3)
    mask = np.zeros((200, 200), bool)
    mask[90:110, 90:110] = True
    delta = np.where(mask, -0.3, 0).astype(np.float32)
    sigma = np.full(mask.shape, 0.02, np.float32)
    assert contrast_to_noise(delta, mask, sigma) == pytest.approx(15)
    alpha = (2 + 0.1 * rng.standard_normal(mask.shape)).astype(np.float32)
    alpha[mask] = 100  # what the anomaly covers is not its surroundings
    alpha[:60] = 50  # nor is what is far away
    assert clutter_ratio(delta, mask, alpha) == pytest.approx(3, rel=0.1)
    assert clutter_ratio(delta, mask, np.ones_like(alpha)) == INF
    assert math.isnan(clutter_ratio(delta, np.ones_like(mask), alpha))
    for figure in (contrast_to_noise, clutter_ratio):
        with pytest.raises(ValueError, match="empty"):
            figure(delta, np.zeros_like(mask), sigma)


def test_clutter_looks_as_far_at_the_border_as_inside() -> None:
    alpha = cv2.GaussianBlur(np.random.default_rng(4).random((60, 60)).astype(np.float32), (5, 5), 0)
    mask = np.zeros((60, 60), bool)
    mask[:5, :5] = True
    around = np.zeros_like(mask)
    around[:25, :25] = True
    expected = 1 / alpha[around & ~mask].std()
    assert clutter_ratio(np.ones_like(alpha), mask, alpha) == pytest.approx(expected, rel=0.15)


def test_bins_take_their_lower_edge() -> None:
    edges = (1.0, 3.0)
    assert bin_labels(edges) == ["under 1", "1 to 3", "3 and over"]
    assert [bin_label(v, edges) for v in (0.99, 1, 2.99, 3, INF)] == [
        "under 1", "1 to 3", "1 to 3", "3 and over", "3 and over",
    ]  # fmt: skip
    rates = rates_by_bin([0.5, 2, 2, float("nan")], [True, True, False, True], edges)
    assert {name: rate[0] for name, rate in rates.items() if name != "3 and over"} == {
        "under 1": 1, "1 to 3": 0.5, "unknown": 1,
    }  # fmt: skip
    assert math.isnan(rates["3 and over"][0])
    assert "unknown" not in rates_by_bin([2], [True], edges)
    with pytest.raises(ValueError, match="lengths"):
        rates_by_bin([1, 2], [True], edges)


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


def test_empty_is_judged_both_ways() -> None:
    answer = two_way([0.9, 0.6, 0.2, 0.4], [True, False, False, True])
    assert answer.wrong_yes[0] == 0.5
    assert answer.wrong_no[0] == 0.5
    assert answer.auroc == pytest.approx(0.75)
