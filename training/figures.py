"""The figures of a model on a set of observations; rates are [rate, low, high] with Wilson intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card import ModelCard
from tallyscan.finding import LOWER_BOUND_FROM
from training.card_fit import Observation, is_benign, unit_pairs
from training.metrics import (
    CLUTTER_EDGES,
    CONTRAST_TO_NOISE_EDGES,
    auroc,
    bin_label,
    expected_calibration_error,
    grouped,
    interval_coverage,
    mass_errors,
    mass_errors_by_bin,
    mean_box_iou,
    reached,
    share,
    threshold_for,
    top_k,
)
from training.scan_outcome import (
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

CLEAR_CONTRAST = 5.0
MASS_EDGES = (2.0, 4.0, 5.5)
GROUP_OF = {name: item.group for name, item in CLASS_BY_NAME.items()}
Figures = dict[str, Any]


def outcome(o: Observation, card: ModelCard, *, by_type: bool = True) -> ScanOutcome:
    """What happened on one scan, in published scores.

    Its group is the scanner type, or (not `by_type`) the group whose shipped threshold counts.
    """
    anomalies = [
        TrueAnomaly(a["family"], a["box"], a["contrast_to_noise"], a["clutter_ratio"])
        for a in o["truth"]["anomalies"]
    ]
    group = o["group"].split("/")[0] if by_type else card.threshold_of(o["group"])[0]
    scanner = o["truth"]["scanner_model"]
    if not o["read"]:
        return scan_outcome(None, anomalies, [], group, scanner)
    findings = [(card.score.published(c["score"]), c["box"]) for c in o["candidates"]]
    return scan_outcome(card.score.published(o["score"]), anomalies, findings, group, scanner)


def rounded(value: Any) -> Any:
    """The same figures with four digits behind the point."""
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def detection_figures(benign: Sequence[ScanOutcome], bad: Sequence[ScanOutcome]) -> Figures:
    """Detection where each calibration group keeps a false alarm rate on these very benign scans."""
    both = [*benign, *bad]
    by_type = [s for s in both if s.group in {b.group for b in benign}]
    clear = [
        s for s in by_type if s.benign or max(a.contrast_to_noise for a in s.anomalies) >= CLEAR_CONTRAST
    ]
    result: Figures = {
        "benign_scans": len(benign),
        "anomalous_scans": len(bad),
        "at": {f"{p.false_alarm_rate:g}": [p.detected, p.false_alarms] for p in grouped_detection(by_type)},
        "contrast_5_and_over_at": {f"{p.false_alarm_rate:g}": p.detected for p in grouped_detection(clear)},
        "scan_auroc": auroc([s.score for s in benign], [s.score for s in bad]),
        "froc": {f"{p.false_positives_per_scan:g}": p.detected for p in froc_of(by_type)},
    }
    for rate in (0.01, 0.05):
        limits = thresholds_at(by_type, rate)
        result[f"by_family_at_{rate:g}"] = detected_by(by_type, limits, lambda a: a.family)
        result[f"by_family_contrast_5_at_{rate:g}"] = detected_by(clear, limits, lambda a: a.family)
        result[f"by_contrast_to_noise_at_{rate:g}"] = detected_by(
            by_type, limits, lambda a: bin_label(a.contrast_to_noise, CONTRAST_TO_NOISE_EDGES)
        )
        result[f"by_clutter_ratio_at_{rate:g}"] = detected_by(
            by_type, limits, lambda a: bin_label(a.clutter_ratio, CLUTTER_EDGES)
        )
    return result


def shipped_figures(card: ModelCard, calm: Sequence[Observation], bad: Sequence[Observation]) -> Figures:
    """What the shipped thresholds do on scans that they were not set on."""
    benign, anomalous = ([outcome(o, card, by_type=False) for o in seen] for seen in (calm, bad))
    limits = {s.group: card.threshold_of(s.group)[1].threshold for s in (*benign, *anomalous)}
    return {
        "false_alarms_by_scanner": false_alarms(benign, limits, lambda s: s.scanner),
        "false_alarms_by_group": false_alarms(benign, limits),
        "detected": detected(anomalous, limits),
    }


def detected_at(benign: Sequence[ScanOutcome], bad: Sequence[ScanOutcome], rate: float) -> Figures:
    """One row: detection of one kind of thing at one false alarm rate, over all groups that both have."""
    scans = [s for s in (*benign, *bad) if s.group in {b.group for b in benign}]
    return {"positives": len(bad), "detected": detected(scans, thresholds_at(scans, rate)), "at": rate}


def calibration_error(card: ModelCard, seen: Sequence[Observation]) -> float:
    """ECE of the published scan score, where half of the scans hide something, as it was fitted."""
    read = [o for o in seen if o["read"]]
    hidden = np.array([not is_benign(o) for o in read])
    share = np.where(hidden, hidden.mean(), 1 - hidden.mean())
    published = [card.score.published(o["score"]) for o in read]
    return expected_calibration_error(published, hidden, weights=0.5 / np.maximum(share, 1e-9))


def unit_figures(seen: Sequence[Observation]) -> Figures:
    """Boxes, commodity and mass of the units."""
    boxes = [
        ([u["box"] for u in o["truth"]["units"]], [u["box"] for u in o["units"]] if o["read"] else [])
        for o in seen
    ]
    pairs = unit_pairs(seen)
    matched_units = [(t, s) for o in seen for t, s in of_every_unit(o)]
    single = [(t, s) for t, s in matched_units if len(t["commodities"]) == 1]
    # A unit that was not found, or of which nothing was said, is wrong.
    said = [largest_region(s["commodities"]) if s else [] for _, s in single]
    truth = [t["commodities"][0] for t, _ in single]
    by_group = [grouped([(name, p) for name, p in unit], GROUP_OF) for unit in said]
    weighed = [(t, s) for t, s in pairs if not t["empty"] and t["mass_kg"] > 200]
    true_kg = [t["mass_kg"] for t, _ in weighed]
    mass = [s["mass"] or [float("nan")] * 3 for _, s in weighed]
    estimate, low, high = np.array(mass).reshape(-1, 3).T
    by_alpha = mass_errors_by_bin(true_kg, estimate, [s["mean_alpha"] for _, s in weighed], MASS_EDGES)
    through = [(kg, m) for kg, m, (_, s) in zip(true_kg, mass, weighed, strict=True) if is_penetrated(s)]
    return {
        "units": len(pairs),
        "box_mean_iou": mean_box_iou(boxes),
        "commodity_units": len(truth),
        "commodity_top1": top_k(said, truth, 1),
        "commodity_top5": top_k(said, truth, 5),
        "commodity_group_top1": top_k(by_group, [GROUP_OF[name] for name in truth], 1),
        "mass": mass_errors(true_kg, estimate).__dict__,
        "mass_penetrated": mass_errors([kg for kg, _ in through], [m[0] for _, m in through]).__dict__,
        "mass_by_mean_alpha": {name: item.__dict__ for name, item in by_alpha.items()},
        "mass_interval": interval_coverage(true_kg, low, high).__dict__,
    }  # fmt: skip


def of_every_unit(o: Observation) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Every true unit of a scan with what was said of it; None where it was not found or the scan not read."""
    found = {truth["unit"]: said for truth, said in unit_pairs([o])}
    return [(unit, found.get(unit["unit"])) for unit in o["truth"]["units"]]


def largest_region(regions: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """Candidates of the largest region of a unit."""
    if not regions:
        return []
    largest = max(regions, key=lambda region: region["box"][2] * region["box"][3])
    return [(name, probability) for name, probability in largest["candidates"]]


def is_penetrated(said: dict[str, Any]) -> bool:
    """Hardly any of its goods let nothing through."""
    return bool(said["not_penetrated"] <= LOWER_BOUND_FROM)


def empty_figures(seen: Sequence[Observation], rate: float = 0.005) -> Figures:
    """Loaded units found where so many of the empty ones are taken for loaded.

    A unit that was not found, or not read, is a miss where it is loaded and a false alarm where it is empty.
    """
    loaded_score: dict[bool, list[float]] = {True: [], False: []}
    tiny: list[float] = []
    for o in seen:
        for unit, said in of_every_unit(o):
            silent = np.inf if unit["empty"] else -np.inf
            value = silent if said is None or said["empty"] is None else 1 - said["empty"]
            loaded_score[not unit["empty"]].append(value)
            if 0 < unit["mass_kg"] < 500:
                tiny.append(value)
    empty, loaded = (np.array(loaded_score[key], np.float64) for key in (False, True))
    if not len(empty):
        return {}
    limit = threshold_for(empty, rate * len(empty))
    return {
        "empty_units": len(empty),
        "loaded_units": len(loaded),
        "auroc": auroc(empty, loaded),
        f"loaded_found_at_{rate:g}": reached(loaded, limit),
        f"under_500_kg_found_at_{rate:g}": reached(np.array(tiny, np.float64), limit),
        "empty_right_at_half": share(empty < 0.5),
        "loaded_right_at_half": share(loaded >= 0.5),
    }


def mismatch_figures(seen: Sequence[Observation]) -> Figures:
    """Wrong declarations against true ones, by loaded unit; where nothing was said, it was said wrongly."""
    said: dict[bool, list[float]] = {True: [], False: []}
    for o in seen:
        wrong = o["truth"]["declared"] == "other_commodity"
        if not wrong and o["truth"]["declared"] != "truth":
            continue
        for unit, answer in of_every_unit(o):
            if not unit["empty"]:
                silent = -np.inf if wrong else np.inf
                value = silent if answer is None or answer["mismatch"] is None else answer["mismatch"]
                said[wrong].append(value)
    return {"true": len(said[False]), "wrong": len(said[True]), "auroc": auroc(said[False], said[True])}
