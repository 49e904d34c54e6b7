"""How well a model finds what is hidden, on a set of observations.

Rates are [rate, low, high, hits, count] with Wilson intervals.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tallyscan.detect.card import SCANNER_TYPES, ModelCard
from tallyscan.detect.card_calibration import NO_THRESHOLD
from tallyscan.finding import MAX_UNPENETRATED_SHARE
from training.card_fit import Observation, is_benign
from training.map_metrics import AUPRO_LIMIT, aupro
from training.metrics import (
    CLUTTER_EDGES,
    CONTRAST_TO_NOISE_EDGES,
    FALSE_ALARM_RATES,
    Span,
    auroc,
    bin_label,
    expected_calibration_error,
    share,
)
from training.scan_outcome import (
    ScanOutcome,
    detected,
    detected_by,
    false_alarms,
    froc_of,
    grouped_detection,
    scan_outcome,
    thresholds_at,
    true_anomalies,
)

CLEAR_CONTRAST = 5.0
Figures = dict[str, Any]


def outcome(o: Observation, card: ModelCard, *, by_type: bool = True) -> ScanOutcome:
    """What happened on one scan, in published scores.

    Its group is the scanner type, or (not `by_type`) the group whose shipped threshold counts.
    """
    anomalies = true_anomalies(o["truth"])
    group = o["group"].split("/")[0] if by_type else card.threshold_of(o["group"])[0]
    scanner = o["truth"]["scanner_model"]
    if not o["read"]:
        return scan_outcome(None, anomalies, [], group, scanner)
    published = card.score.published
    findings = [
        (
            Span(published(c["score"]), -np.inf if c["until"] is None else published(c["until"])),
            c["box"],
        )
        for c in o["candidates"]
    ]
    return scan_outcome(published(o["score"]), anomalies, findings, group, scanner)


def rounded(value: Any) -> Any:
    """The same figures with four digits behind the point."""
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def is_clear(scan: ScanOutcome) -> bool:
    """Something on it stands out of the noise well enough."""
    return max((a.contrast_to_noise for a in scan.anomalies), default=-np.inf) >= CLEAR_CONTRAST


def with_benign(scans: Sequence[ScanOutcome]) -> list[ScanOutcome]:
    """Those of the groups that have a benign scan: without one there is no threshold."""
    groups = {scan.group for scan in scans if scan.benign}
    return [scan for scan in scans if scan.group in groups]


def detection_summary(benign: Sequence[ScanOutcome], bad: Sequence[ScanOutcome]) -> Figures:
    """Detection where each scanner type keeps a false alarm rate on these very benign scans."""
    scans = with_benign([*benign, *bad])
    clear = [scan for scan in scans if scan.benign or is_clear(scan)]
    return {
        "benign_scans": len(benign),
        "anomalous_scans": len(bad),
        "at": {f"{p.false_alarm_rate:g}": [p.detected, p.false_alarms] for p in grouped_detection(scans)},
        "contrast_5_and_over_at": {f"{p.false_alarm_rate:g}": p.detected for p in grouped_detection(clear)},
        "scan_auroc": auroc([s.score for s in benign], [s.score for s in bad]),
        "froc": {f"{p.false_positives_per_scan:g}": p.detected for p in froc_of(scans)} if scans else {},
    }


def detection_breakdowns(benign: Sequence[ScanOutcome], bad: Sequence[ScanOutcome]) -> Figures:
    """The same by what is hidden and by how hard it is to see, at every false alarm rate."""
    scans = with_benign([*benign, *bad])
    clear = [scan for scan in scans if scan.benign or is_clear(scan)]
    result: Figures = {}
    for rate in FALSE_ALARM_RATES:
        limits = thresholds_at(scans, rate)
        result[f"by_family_at_{rate:g}"] = detected_by(scans, limits, lambda a: a.family)
        result[f"by_family_contrast_5_at_{rate:g}"] = detected_by(clear, limits, lambda a: a.family)
        result[f"by_contrast_to_noise_at_{rate:g}"] = detected_by(
            scans, limits, lambda a: bin_label(a.contrast_to_noise, CONTRAST_TO_NOISE_EDGES)
        )
        result[f"by_clutter_ratio_at_{rate:g}"] = detected_by(
            scans, limits, lambda a: bin_label(a.clutter_ratio, CLUTTER_EDGES)
        )
    return result


def by_scanner_type(benign: Sequence[ScanOutcome], bad: Sequence[ScanOutcome]) -> dict[str, Figures]:
    """`detection_summary` of each scanner type alone."""
    return {
        kind: detection_summary([s for s in benign if s.group == kind], [s for s in bad if s.group == kind])
        for kind in SCANNER_TYPES
    }


def map_figures(seen: Sequence[Observation]) -> Figures:
    """How well the anomaly map covers hidden things, on the scans with physical units."""
    known = [o["overlap"] for o in seen if "overlap" in o]
    return {
        "scans": len(known),
        "regions": sum(scan["regions"] for scan in known),
        "limit": AUPRO_LIMIT,
        "aupro": aupro(known),
    }


def shipped_figures(card: ModelCard, calm: Sequence[Observation], bad: Sequence[Observation]) -> Figures:
    """What the shipped thresholds do on scans that they were not set on."""
    benign, anomalous = ([outcome(o, card, by_type=False) for o in seen] for seen in (calm, bad))
    limits = {s.group: card.threshold_of(s.group)[1].threshold for s in (*benign, *anomalous)}

    def without_answer(seen: Sequence[Observation], scans: Sequence[ScanOutcome]) -> list[bool]:
        return [is_not_assessed(o, s.score, limits[s.group]) for o, s in zip(seen, scans, strict=True)]

    return {
        "false_alarms_by_scanner": false_alarms(benign, limits, lambda s: s.scanner),
        "false_alarms_by_group": false_alarms(benign, limits),
        "detected": detected(anomalous, limits),
        "not_assessed": {
            "benign": share(without_answer(calm, benign)),
            "hidden": share(without_answer(bad, anomalous)),
        },
    }


def is_not_assessed(o: Observation, score: float, threshold: float) -> bool:
    """A scan that is read, and of which the service says neither alarm nor clear, as in `Detector.interpret`.

    It raises no alarm, and could not, or the goods of one of its units let too little through.
    """
    if not o["read"]:
        return False
    if threshold == NO_THRESHOLD:
        return True
    opaque = any(unit["not_penetrated"] > MAX_UNPENETRATED_SHARE for unit in o["units"])
    return opaque and score < threshold


def expected_figures(seen: Sequence[Observation]) -> Figures:
    """Share of the cells of benign scans inside the expected 10 to 90 % band, in the mean over scans.

    0.8 where the band is what it says. Only scans with physical units.
    """
    bands = [o["expected"] for o in seen if is_benign(o) and "expected" in o]
    figures: Figures = {}
    for name in ("expected", "expected_declared"):
        inside = [band[name] for band in bands if name in band]
        figures[name] = {"scans": len(inside), "inside": float(np.mean(inside)) if inside else None}
    return figures


def detected_at(benign: Sequence[ScanOutcome], bad: Sequence[ScanOutcome], rate: float) -> Figures:
    """One row: detection of one kind of thing at one false alarm rate, over all groups that have benign scans."""
    scans = with_benign([*benign, *bad])
    groups = {scan.group for scan in bad}
    return {
        "positives": len(bad),
        "benign_scans": sum(scan.group in groups for scan in benign),
        "detected": detected(scans, thresholds_at(scans, rate)),
        "at": rate,
    }


def calibration_error(card: ModelCard, seen: Sequence[Observation]) -> float:
    """ECE of the published scan score, where half of the scans hide something, as it was fitted.

    Of scans of the same plans as it was fitted on: how much of the benign half is empty is part of what was fitted.
    """
    read = [o for o in seen if o["read"]]
    hidden = np.array([not is_benign(o) for o in read])
    share = np.where(hidden, hidden.mean(), 1 - hidden.mean())
    published = [card.score.published(o["score"]) for o in read]
    return expected_calibration_error(published, hidden, weights=0.5 / np.maximum(share, 1e-9))
