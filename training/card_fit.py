"""From observations to the fitted numbers of a model card. Pure functions; the scans are used for nothing else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card import SCANNER_TYPES, ModelCard
from tallyscan.detect.card_calibration import (
    EmptyCalibration,
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
    Threshold,
    logit,
)
from tallyscan.detect.heads import mass_interval
from training.calibration import BenignScans, fewest_scans, set_threshold
from training.metrics import matched

Observation = dict[str, Any]
SHIPPED_RATE = 0.01
SIMULATED_ONLY = (
    "Trained and calibrated on simulated scans only; at a site the false alarm rate can be far off."
)
PENETRATION_EDGES = (2.0, 4.0, 5.5)  # mean alpha of the goods cells
FEWEST_IN_BIN = 60
LEAST_WEIGHED_KG = 200.0  # goods of less are a matter of empty or loaded
MATCHED_IOU = 0.3


def logistic(
    x: NDArray[np.float64], happened: NDArray[np.float64], prior: tuple[float, float], strength: float = 0.3
) -> tuple[float, float]:
    """Weight and bias of a logistic regression of one number, by Newton's method with a weak prior.

    Both outcomes count alike however many there are of each: the base rate of a simulated set means nothing.
    """
    share = max(float(happened.mean()), 1e-9) if len(happened) else 0.5
    counts = np.where(happened > 0, 0.5 / share, 0.5 / max(1 - share, 1e-9))
    design = np.stack([x, np.ones_like(x)], axis=1)
    w = center = np.array(prior)
    for _ in range(60):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (counts * (p - happened)) + strength * (w - center)
        hessian = (design * (counts * p * (1 - p))[:, None]).T @ design + strength * np.eye(2)
        w = w - np.clip(np.linalg.solve(hessian, gradient), -1, 1)
    return float(w[0]), float(w[1])


def is_benign(o: Observation) -> bool:
    """Nothing is hidden in it."""
    return not o["truth"]["anomalies"]


def score_calibration(seen: Sequence[Observation], before: ScoreCalibration) -> ScoreCalibration:
    """Temperature and bias: the published score is P(hidden) where half of the scans hide something."""
    read = [o for o in seen if o["read"]]
    if not read:
        return before
    raw = np.array([logit(o["score"]) for o in read])
    happened = np.array([0.0 if is_benign(o) else 1.0 for o in read])
    weight, bias = logistic(raw, happened, (1.0, 0.0))
    return ScoreCalibration(temperature=round(1 / max(weight, 0.05), 4), bias=round(bias, 4))


def thresholds(seen: Sequence[Observation], score: ScoreCalibration) -> dict[str, Threshold]:
    """Of every scanner type, and of every type and conveyance with enough benign scans for the shipped rate."""
    # What was not read goes to a person whatever the threshold is: it is counted beside the alarms, not here.
    benign = [o for o in seen if o["read"] and is_benign(o)]
    groups: dict[str, list[float]] = {name: [] for name in SCANNER_TYPES}
    for o in benign:
        published = score.published(o["score"])
        groups.setdefault(o["group"], []).append(published)
        groups[o["group"].split("/")[0]].append(published)
    return {
        name: set_threshold(BenignScans(tuple(scores)), SHIPPED_RATE, "simulated")
        for name, scores in sorted(groups.items())
        if name in SCANNER_TYPES or len(scores) >= 2 * fewest_scans(SHIPPED_RATE)
    }


def by_card(card: ModelCard, o: Observation) -> Observation:
    """An observation made with an uncalibrated card, as the card would have it."""
    if not o["read"]:
        return o
    return o | {"units": [unit_by_card(card, unit) for unit in o["units"]]}


def unit_by_card(card: ModelCard, unit: dict[str, Any]) -> dict[str, Any]:
    """Empty, mass with its interval and mismatch of a unit through the curves of a card."""
    changed = dict(unit)
    if unit["empty"] is not None:
        changed["empty"] = card.empty.probability(1 - unit["empty"])
    if unit["mismatch"] is not None:
        changed["mismatch"] = card.mismatch.probability(unit["mismatch"])
    if unit["mass"] is not None:
        estimate = unit["mass"][0] * card.mass.scale
        interval = mass_interval(estimate, unit["mean_alpha"], unit["not_penetrated"], card.mass)
        changed["mass"] = [interval.estimate, interval.low, interval.high]
    return changed


def unit_pairs(seen: Sequence[Observation]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(truth, said) of the units that were found."""
    pairs = []
    for o in seen:
        if o["read"]:
            truth, said = o["truth"]["units"], o["units"]
            for i, j, value in matched([u["box"] for u in truth], [u["box"] for u in said]):
                if value > MATCHED_IOU:
                    pairs.append((truth[i], said[j]))
    return pairs


def empty_calibration(seen: Sequence[Observation], before: EmptyCalibration) -> EmptyCalibration:
    """Logistic regression of loaded on the logit of the loaded score."""
    pairs = unit_pairs(seen)
    if not pairs:
        return before
    raw = np.array([-logit(said["empty"]) for _, said in pairs])
    loaded = np.array([0.0 if truth["empty"] else 1.0 for truth, _ in pairs])
    weight, bias = logistic(raw, loaded, (1.0, 0.0))
    return EmptyCalibration(share=before.share, weight=round(max(weight, 0.05), 4), bias=round(bias, 4))


def mass_calibration(seen: Sequence[Observation], before: MassCalibration) -> MassCalibration:
    """Scale so that the median ratio is 1; then conformal 5 % and 95 % quantiles of what is left, by penetration."""
    rows = [
        (truth["mass_kg"] / said["mass"][0], said["mean_alpha"])
        for truth, said in unit_pairs(seen)
        if not truth["empty"]
        and truth["mass_kg"] > LEAST_WEIGHED_KG
        and said["mass"]
        and said["mass"][0] > 50
    ]
    if not rows:
        return before
    ratio, alpha = np.array(rows).reshape(-1, 2).T
    scale = float(np.median(ratio))
    left = ratio / scale
    intervals = []
    low = 0.0
    for high in (*PENETRATION_EDGES, None):
        inside = left[(alpha > low) & (alpha <= (high or np.inf))]
        if len(inside) < FEWEST_IN_BIN:  # too few of its own: with those nearest to it
            away = np.maximum(low - alpha, alpha - (high or np.inf))
            inside = left[np.argsort(away)[:FEWEST_IN_BIN]]
        intervals.append(interval_of(np.sort(inside), high))
        low = high or low
    return MassCalibration(
        max_goods_share=before.max_goods_share,
        scale=round(scale, 4),
        intervals=tuple(intervals),
    )


def interval_of(ratios: NDArray[np.float64], max_mean_alpha: float | None) -> MassInterval:
    """Bounds that hold nine in ten of these ratios of true mass to estimate (sorted)."""
    n = len(ratios)
    low = ratios[max(int(np.floor((n + 1) * 0.05)) - 1, 0)]
    high = ratios[min(int(np.ceil((n + 1) * 0.95)) - 1, n - 1)]
    return MassInterval(
        max_mean_alpha=max_mean_alpha,
        relative_low=round(float(low - 1), 4),
        relative_high=round(float(high - 1), 4),
        scans=n,
    )


def declared_wrongly(o: Observation, unit: dict[str, Any]) -> bool | None:
    """Whether none of a true unit's groups is declared; None where only some are, or nothing is declared or in it.

    The model is told what is declared of the whole scan, so goods are declared wherever on it they are: of two loads
    whose declarations are exchanged neither is wrong.
    """
    declared, groups = o["declared_groups"], {CLASS_BY_NAME[name].group for name in unit["commodities"]}
    if not declared or not groups:
        return None
    if groups.isdisjoint(declared):
        return True
    return False if groups <= set(declared) else None


def mismatch_calibration(seen: Sequence[Observation], before: MismatchCalibration) -> MismatchCalibration:
    """Logistic regression of a wrong declaration on the logit of the mean mismatch, by unit."""
    said = [
        (unit["mismatch"], wrong)
        for o in seen
        for truth, unit in unit_pairs([o])
        if unit["mismatch"] is not None and (wrong := declared_wrongly(o, truth)) is not None
    ]
    if not said:
        return before
    raw = np.array([logit(p) for p, _ in said])
    weight, bias = logistic(raw, np.array([float(wrong) for _, wrong in said]), (1.0, 0.0))
    return MismatchCalibration(weight=round(max(weight, 0.05), 4), bias=round(bias, 4))


def calibrated(card: ModelCard, seen: Sequence[Observation]) -> ModelCard:
    """The card with every fitted number from these observations, made with a card that changes nothing."""
    score = score_calibration(seen, card.score)
    return card.model_copy(
        update={
            "score": score,
            "thresholds": thresholds(seen, score),
            "thresholds_id": f"simulated-{card.created}-{len(seen)}",
            "empty": empty_calibration(seen, card.empty),
            "mass": mass_calibration(seen, card.mass),
            "mismatch": mismatch_calibration(seen, card.mismatch),
        }
    )
