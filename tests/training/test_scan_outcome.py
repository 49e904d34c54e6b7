import pytest

from training.metrics import CLUTTER_EDGES, bin_label
from training.scan_outcome import (
    MISS,
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
)

BAGS = TrueAnomaly("rip_off_bags", (10, 10, 20, 20), contrast_to_noise=9.0, clutter_ratio=0.5)
WALL = TrueAnomaly("false_wall", (100, 0, 20, 200), contrast_to_noise=40.0, clutter_ratio=4.0)
ON_BAGS, ON_NOTHING = (12, 12, 20, 20), (300, 300, 20, 20)


def benign(score: float | None, group: str = "display", scanner: str = "a") -> ScanOutcome:
    return scan_outcome(score, [], [], group, scanner)


def test_a_hit_needs_the_alarm_and_the_place() -> None:
    right = scan_outcome(0.8, [BAGS], [(0.8, ON_BAGS)], "display")
    wrong = scan_outcome(0.8, [BAGS], [(0.8, ON_NOTHING)], "display")
    weak = scan_outcome(0.8, [BAGS], [(0.8, ON_NOTHING), (0.3, ON_BAGS)], "display")
    limit = {"display": 0.5}
    assert [detected([scan], limit)[0] for scan in (right, wrong, weak)] == [1, 0, 0]
    assert detected([right], {"display": 0.81})[0] == 0
    assert detected([weak], {"display": 0.3})[0] == 1
    # A place counts only as far as the scan itself alarms.
    assert scan_outcome(0.4, [BAGS], [(0.8, ON_BAGS)], "display").hit_score == 0.4


def test_a_scan_that_was_not_read() -> None:
    limit = {"display": 1.0}
    missed = scan_outcome(None, [BAGS], [(0.9, ON_BAGS)], "display")
    assert missed.hit_score == MISS
    assert detected([missed], {"display": float("-inf")})[0] == 0
    assert benign(None).score == NOT_READ
    assert false_alarms([benign(None), benign(0.2)], limit)["display"][0] == 0.5


def test_each_anomaly_of_a_scan_counts_for_itself() -> None:
    scan = scan_outcome(0.9, [BAGS, WALL], [(0.9, ON_BAGS), (0.7, ON_NOTHING)], "display")
    limit = {"display": 0.5}
    assert detected([scan], limit)[0] == 1
    by_family = detected_by([scan], limit, lambda anomaly: anomaly.family)
    assert {name: rate[0] for name, rate in by_family.items()} == {"rip_off_bags": 1, "false_wall": 0}
    by_clutter = detected_by([scan], limit, lambda anomaly: bin_label(anomaly.clutter_ratio, CLUTTER_EDGES))
    assert {name: rate[0] for name, rate in by_clutter.items()} == {"under 1": 1, "3 and over": 0}


def test_each_group_keeps_the_rate_by_itself() -> None:
    scans = [benign(i / 1000, "display") for i in range(100)]
    scans += [benign(0.5 + i / 1000, "transmission_dual") for i in range(100)]
    scans.append(scan_outcome(0.3, [BAGS], [(0.3, ON_BAGS)], "display"))
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
    scan = scan_outcome(0.9, [BAGS], [(0.9, ON_BAGS), (0.8, (11, 11, 20, 20)), (0.95, ON_NOTHING)], "display")
    assert scan.false_findings == (0.95,)
    few, many = froc_of([scan, benign(0.1)], (0.1, 0.5))
    assert (few.detected[0], many.detected[0]) == (0, 1)
    assert froc_of([scan, benign(None)], (0.5,))[0].detected[0] == 0
