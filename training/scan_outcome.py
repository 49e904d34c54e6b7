"""What happened on one scan, reduced to what detection is judged by, and the figures over many.

A hit needs the scan's score at the threshold and a finding, as it is at that threshold, that lies on the anomaly. A
scan that was not read misses everything on it, and is a false alarm where nothing is.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.metrics import (
    FALSE_ALARM_RATES,
    FALSE_POSITIVES_PER_SCAN,
    Boxlike,
    FrocPoint,
    Rate,
    Span,
    froc,
    iou,
    share,
    threshold_for,
)

HIT_IOU = 0.1
MISS, NOT_READ = float("-inf"), float("inf")


@dataclass(frozen=True)
class AnomalyOutcome:
    """One true anomaly: `hits` are the thresholds at which a finding lies on it."""

    family: str
    hits: tuple[Span, ...] = ()
    contrast_to_noise: float = float("nan")
    clutter_ratio: float = float("nan")

    def hit_at(self, threshold: float) -> bool:
        """Whether it is found at this threshold."""
        return any(span.holds(threshold) for span in self.hits)


@dataclass(frozen=True)
class ScanOutcome:
    """One scan: its score (+inf when not read and benign, -inf when not read and anomalous) and its anomalies.

    `group` is the calibration group whose threshold counts, `scanner` the scanner model. `false_findings` are
    the thresholds at which each finding on no anomaly is there.
    """

    score: float
    group: str
    scanner: str = ""
    anomalies: tuple[AnomalyOutcome, ...] = ()
    false_findings: tuple[Span, ...] = ()

    @property
    def benign(self) -> bool:
        """Nothing is on it."""
        return not self.anomalies

    def hit_at(self, threshold: float) -> bool:
        """Whether any of its anomalies is found at this threshold."""
        return any(anomaly.hit_at(threshold) for anomaly in self.anomalies)


@dataclass(frozen=True)
class TrueAnomaly:
    """An anomaly as the simulator put it: where it is, in the pixels of the findings, and how hard it is to see.

    `boxes` are those in which it can be found: one around all of it, and one around each of its parts.
    """

    family: str
    boxes: Sequence[Boxlike]
    contrast_to_noise: float = float("nan")
    clutter_ratio: float = float("nan")

    def lies_under(self, box: Boxlike) -> bool:
        """Whether a finding with this box lies on it, or on one of its parts."""
        return lies_on(self.boxes, box)


def lies_on(boxes: Sequence[Boxlike], found: Boxlike) -> bool:
    """Whether a box that was found has an IoU of `HIT_IOU` or more with any of the true ones."""
    return any(iou(box, found) >= HIT_IOU for box in boxes)


def true_anomalies(truth: Mapping[str, Any]) -> list[TrueAnomaly]:
    """The anomalies in the truth of a simulated scan."""
    return [
        TrueAnomaly(a["family"], (a["box"], *a["boxes"]), a["contrast_to_noise"], a["clutter_ratio"])
        for a in truth["anomalies"]
    ]


def scan_outcome(
    score: float | None,
    anomalies: Sequence[TrueAnomaly],
    findings: Sequence[tuple[Span, Boxlike]],
    group: str,
    scanner: str = "",
) -> ScanOutcome:
    """Put findings (when, box) to the anomalies they lie on; a score of None says that the scan was not read.

    A finding may lie on several anomalies, and several on one. What lies on none is a false finding. Where the scan
    itself does not alarm nothing is found.
    """
    read = score is not None
    value = score if score is not None else (MISS if anomalies else NOT_READ)
    hits: list[list[Span]] = [[] for _ in anomalies]
    false: list[Span] = []
    for span, box in findings if read else ():
        on = [i for i, anomaly in enumerate(anomalies) if anomaly.lies_under(box)]
        for i in on:
            hits[i].append(Span(min(span.high, value), span.low))
        if not on:
            false.append(span)
    # One that was not read goes to a person: for FROC a false finding that no threshold takes away.
    if not read and not anomalies:
        false.append(Span(NOT_READ))
    return ScanOutcome(
        score=value,
        group=group,
        scanner=scanner,
        anomalies=tuple(
            AnomalyOutcome(a.family, tuple(spans), a.contrast_to_noise, a.clutter_ratio)
            for a, spans in zip(anomalies, hits, strict=True)
        ),
        false_findings=tuple(false),
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


def detected(scans: Sequence[ScanOutcome], thresholds: Mapping[str, float]) -> Rate:
    """Share of the anomalous scans with a hit on any of their anomalies."""
    return share([scan.hit_at(thresholds[scan.group]) for scan in scans if not scan.benign])


def detected_by(
    scans: Sequence[ScanOutcome],
    thresholds: Mapping[str, float],
    key: Callable[[AnomalyOutcome], str],
) -> dict[str, Rate]:
    """Share of the anomalies that are hit: by family, or by `bin_label` of contrast to noise or clutter ratio."""
    flags: dict[str, list[bool]] = defaultdict(list)
    for scan in scans:
        for anomaly in scan.anomalies:
            flags[key(anomaly)].append(anomaly.hit_at(thresholds[scan.group]))
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
    """Points of the scan-level ROC curve, with a threshold for each calibration group, over all scans together.

    Of n benign scans a rate under 1/n allows no alarm at all: the interval of `false_alarms` says what that proves.
    """
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
    hits = [anomaly.hits for scan in scans for anomaly in scan.anomalies]
    false = [span for scan in scans for span in scan.false_findings]
    return froc(hits, false, len(scans), points)
