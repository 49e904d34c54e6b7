import math

import pytest

from training.metrics import CLUTTER_EDGES, Span, bin_label
from training.scan_outcome import (
    NOT_READ,
    ScanOutcome,
    TrueAnomaly,
    detected,
    detected_by,
    false_alarms,
    froc_of,
    grouped_detection,
    scan_outcome,
    thresholds_at,
    true_anomalies,
)

BAGS = TrueAnomaly("rip_off_bags", [(10, 10, 20, 20)], contrast_to_noise=9.0, clutter_ratio=0.5)
WALL = TrueAnomaly("false_wall", [(100, 0, 20, 200)], contrast_to_noise=40.0, clutter_ratio=4.0)
ON_BAGS, ON_NOTHING = (12, 12, 20, 20), (300, 300, 20, 20)


def benign(score: float | None, group: str = "display", scanner: str = "a") -> ScanOutcome:
    return scan_outcome(score, [], [], group, scanner)


def test_a_hit_needs_the_alarm_and_the_place() -> None:
    right = scan_outcome(0.8, [BAGS], [(Span(0.8), ON_BAGS)], "display")
    wrong = scan_outcome(0.8, [BAGS], [(Span(0.8), ON_NOTHING)], "display")
    weak = scan_outcome(0.8, [BAGS], [(Span(0.8), ON_NOTHING), (Span(0.3), ON_BAGS)], "display")
    limit = {"display": 0.5}
    assert [detected([scan], limit)[0] for scan in (right, wrong, weak)] == [1, 0, 0]
    assert detected([right], {"display": 0.81})[0] == 0
    assert detected([weak], {"display": 0.3})[0] == 1
    # A place counts only as far as the scan itself alarms.
    loud = scan_outcome(0.4, [BAGS], [(Span(0.8), ON_BAGS)], "display")
    assert (loud.hit_at(0.4), loud.hit_at(0.5)) == (True, False)


def test_a_finding_on_one_part_of_what_is_scattered_is_a_hit() -> None:
    """Three packets in a corner each of a load: a box around one of them has next to nothing of a box around all."""
    packets = [[0.0, 0.0, 20.0, 20.0], [380.0, 0.0, 20.0, 20.0], [0.0, 180.0, 20.0, 20.0]]
    truth = {
        "family": "bricks_in_load", "box": [0.0, 0.0, 400.0, 200.0], "boxes": packets, "contrast_to_noise": 6.0,
        "clutter_ratio": 1.0,
    }  # fmt: skip
    anomalies = true_anomalies({"anomalies": [truth]})
    for found in (packets[1], [378.0, 2.0, 30.0, 20.0], [0.0, 0.0, 390.0, 200.0]):
        scan = scan_outcome(0.9, anomalies, [(Span(0.9), found)], "display")
        assert scan.hit_at(0.9)
        assert scan.false_findings == ()
    beside = scan_outcome(0.9, anomalies, [(Span(0.9), [200.0, 100.0, 20.0, 20.0])], "display")
    assert not beside.hit_at(0.9)
    assert beside.false_findings == (Span(0.9),)


def test_a_finding_that_grows_into_another_is_no_longer_what_it_was() -> None:
    """At 0.3 the bags become part of a region so large that it lies on nothing in particular."""
    small, large = (Span(0.8, 0.3), ON_BAGS), (Span(0.3), (0, 0, 400, 300))
    scan = scan_outcome(0.8, [BAGS], [small, large], "display")
    assert [detected([scan], {"display": t})[0] for t in (0.8, 0.5, 0.3, 0.1)] == [1, 1, 0, 0]
    assert scan.false_findings == (Span(0.3),)


def test_a_scan_that_was_not_read() -> None:
    limit = {"display": 1.0}
    missed = scan_outcome(None, [BAGS], [(Span(0.9), ON_BAGS)], "display")
    assert not missed.hit_at(float("-inf"))
    assert detected([missed], {"display": float("-inf")})[0] == 0
    assert benign(None).score == NOT_READ
    assert false_alarms([benign(None), benign(0.2)], limit)["display"][0] == 0.5
    # Two of a hundred were not read: one in a hundred cannot be kept, two can.
    scans = [*(benign(0.1) for _ in range(98)), benign(None), benign(None), missed]
    scans.append(scan_outcome(0.9, [BAGS], [(Span(0.9), ON_BAGS)], "display"))
    strict, loose = grouped_detection(scans, rates=(0.01, 0.02))
    assert (strict.thresholds["display"], strict.detected[0]) == (math.inf, 0)
    assert strict.false_alarms[0] == 0.02
    assert loose.detected == pytest.approx([0.5, 0.095, 0.905, 1, 2], abs=1e-3)


def test_each_anomaly_of_a_scan_counts_for_itself() -> None:
    scan = scan_outcome(0.9, [BAGS, WALL], [(Span(0.9), ON_BAGS), (Span(0.7), ON_NOTHING)], "display")
    limit = {"display": 0.5}
    assert detected([scan], limit)[0] == 1
    by_family = detected_by([scan], limit, lambda anomaly: anomaly.family)
    assert {name: rate[0] for name, rate in by_family.items()} == {"rip_off_bags": 1, "false_wall": 0}
    by_clutter = detected_by([scan], limit, lambda anomaly: bin_label(anomaly.clutter_ratio, CLUTTER_EDGES))
    assert {name: rate[0] for name, rate in by_clutter.items()} == {"under 1": 1, "3 and over": 0}


def test_each_group_keeps_the_rate_by_itself() -> None:
    scans = [benign(i / 1000, "display") for i in range(100)]
    scans += [benign(0.5 + i / 1000, "transmission_dual") for i in range(100)]
    scans.append(scan_outcome(0.3, [BAGS], [(Span(0.3), ON_BAGS)], "display"))
    limits = thresholds_at(scans, 0.05)
    assert limits == pytest.approx({"display": 0.094, "transmission_dual": 0.594})
    (point,) = grouped_detection(scans, rates=(0.05,))
    assert point.false_alarms[0] == pytest.approx(0.05)
    assert point.detected[0] == 1  # a common threshold would have missed it
    with pytest.raises(ValueError, match="no benign scans of display"):
        thresholds_at(scans[-1:], 0.05)


def test_false_alarms_of_each_scanner() -> None:
    scans = [benign(0.9, scanner="a"), benign(0.1, scanner="a"), benign(0.1, scanner="b")]
    rates = false_alarms(scans, {"display": 0.5}, key=lambda scan: scan.scanner)
    assert {name: rate[0] for name, rate in rates.items()} == {"a": 0.5, "b": 0}


def test_froc_takes_a_second_finding_on_an_anomaly_for_nothing() -> None:
    twice = [(Span(0.9), ON_BAGS), (Span(0.8), (11, 11, 20, 20)), (Span(0.95), ON_NOTHING)]
    scan = scan_outcome(0.9, [BAGS], twice, "display")
    assert scan.false_findings == (Span(0.95),)
    few, many = froc_of([scan, benign(0.1)], (0.1, 0.5))
    assert (few.detected[0], many.detected[0]) == (0, 1)
    assert froc_of([scan, benign(None)], (0.5,))[0].detected[0] == 0
