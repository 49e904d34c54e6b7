"""What happened on one scan, reduced to what detection is judged by, and the figures over many.

A hit needs the scan's score at the threshold and a finding at the threshold that lies on the anomaly. A scan
that was not read misses everything on it, and is a false alarm where nothing is.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from training.metrics import (
    FALSE_ALARM_RATES,
    FALSE_POSITIVES_PER_SCAN,
    Boxlike,
    FrocPoint,
    Rate,
    froc,
    iou,
    share,
    threshold_for,
)

HIT_IOU = 0.1
MISS, NOT_READ = float("-inf"), float("inf")


@dataclass(frozen=True)
class AnomalyOutcome:
    """One true anomaly: `hit_score` is the highest threshold at which it is still hit, -inf when it never is."""

    family: str
    hit_score: float
    contrast_to_noise: float = float("nan")
    clutter_ratio: float = float("nan")


@dataclass(frozen=True)
class ScanOutcome:
    """One scan: its score (+inf when not read and benign, -inf when not read and anomalous) and its anomalies.

    `group` is the calibration group whose threshold counts, `scanner` the scanner model. `false_findings` are
    the scores of findings on no anomaly.
    """

    score: float
    group: str
    scanner: str = ""
    anomalies: tuple[AnomalyOutcome, ...] = ()
    false_findings: tuple[float, ...] = ()

    @property
    def benign(self) -> bool:
        """Nothing is on it."""
        return not self.anomalies

    @property
    def hit_score(self) -> float:
        """Of the anomaly that is hit the longest."""
        return max((anomaly.hit_score for anomaly in self.anomalies), default=MISS)


@dataclass(frozen=True)
class TrueAnomaly:
    """An anomaly as the simulator put it: its box in the pixels of the findings, and how hard it is to see."""

    family: str
    box: Boxlike
    contrast_to_noise: float = float("nan")
    clutter_ratio: float = float("nan")


def scan_outcome(
    score: float | None,
    anomalies: Sequence[TrueAnomaly],
    findings: Sequence[tuple[float, Boxlike]],
    group: str,
    scanner: str = "",
) -> ScanOutcome:
    """Put findings (score, box) to the anomalies they lie on; a score of None says that the scan was not read.

    A finding may lie on several anomalies, and several on one. What lies on none is a false finding.
    """
    read = score is not None
    value = score if score is not None else (MISS if anomalies else NOT_READ)
    on = [
        [i for i, anomaly in enumerate(anomalies) if read and iou(anomaly.box, box) >= HIT_IOU]
        for _, box in findings
    ]
    best = [MISS] * len(anomalies)
    for (finding, _), indices in zip(findings, on, strict=True):
        for i in indices:
            best[i] = max(best[i], min(finding, value))
    false = tuple(f for (f, _), indices in zip(findings, on, strict=True) if read and not indices)
    return ScanOutcome(
        score=value,
        group=group,
        scanner=scanner,
        anomalies=tuple(
            AnomalyOutcome(a.family, hit, a.contrast_to_noise, a.clutter_ratio)
            for a, hit in zip(anomalies, best, strict=True)
        ),
        # One that was not read goes to a person: for FROC a false finding that no threshold takes away.
        false_findings=false if read or anomalies else (NOT_READ,),
    )


def thresholds_at(scans: Sequence[ScanOutcome], false_alarm_rate: float) -> dict[str, float]:
    """For each calibration group the lowest threshold that keeps the rate on its benign scans here.

    Raises `ValueError` when a group has no benign scan.
    """
    groups: dict[str, list[float]] = {scan.group: [] for scan in scans}
    for scan in scans:
        if scan.benign:
            groups[scan.group].append(scan.score)
    if without := sorted(group for group, scores in groups.items() if not scores):
        raise ValueError(f"no benign scans of {', '.join(without)}")
    return {group: threshold_for(s, false_alarm_rate * len(s)) for group, s in sorted(groups.items())}


def false_alarms(
    scans: Sequence[ScanOutcome],
    thresholds: Mapping[str, float],
    key: Callable[[ScanOutcome], str] = lambda scan: scan.group,
) -> dict[str, Rate]:
    """Share of the benign scans that alarm, by calibration group or another key, such as the scanner model."""
    flags: dict[str, list[bool]] = defaultdict(list)
    for scan in scans:
        if scan.benign:
            flags[key(scan)].append(scan.score >= thresholds[scan.group])
    return {name: share(values) for name, values in sorted(flags.items())}


def is_hit(hit_score: float, threshold: float) -> bool:
    """-inf is a miss at every threshold."""
    return hit_score > MISS and hit_score >= threshold


def detected(scans: Sequence[ScanOutcome], thresholds: Mapping[str, float]) -> Rate:
    """Share of the anomalous scans with a hit on any of their anomalies."""
    return share([is_hit(scan.hit_score, thresholds[scan.group]) for scan in scans if not scan.benign])


def detected_by(
    scans: Sequence[ScanOutcome],
    thresholds: Mapping[str, float],
    key: Callable[[AnomalyOutcome], str],
) -> dict[str, Rate]:
    """Share of the anomalies that are hit: by family, or by `bin_label` of contrast to noise or clutter ratio."""
    flags: dict[str, list[bool]] = defaultdict(list)
    for scan in scans:
        for anomaly in scan.anomalies:
            flags[key(anomaly)].append(is_hit(anomaly.hit_score, thresholds[scan.group]))
    return {name: share(values) for name, values in sorted(flags.items())}


@dataclass(frozen=True)
class GroupedPoint:
    """Detection where each calibration group keeps the rate with its own threshold, as in service."""

    false_alarm_rate: float
    thresholds: dict[str, float]
    false_alarms: Rate
    detected: Rate


def grouped_detection(
    scans: Sequence[ScanOutcome], rates: Sequence[float] = FALSE_ALARM_RATES
) -> list[GroupedPoint]:
    """`metrics.detection_at_rates` with a threshold for each calibration group, over all scans together."""
    points = []
    for rate in rates:
        limits = thresholds_at(scans, rate)
        alarms = false_alarms(scans, limits, key=lambda _: "all").get("all", share([]))
        points.append(GroupedPoint(rate, limits, alarms, detected(scans, limits)))
    return points


def froc_of(
    scans: Sequence[ScanOutcome], points: Sequence[float] = FALSE_POSITIVES_PER_SCAN
) -> list[FrocPoint]:
    """`metrics.froc` over all anomalies and all findings of the scans."""
    hits = [anomaly.hit_score for scan in scans for anomaly in scan.anomalies]
    false = [score for scan in scans for score in scan.false_findings]
    return froc(hits, false, len(scans), points)
