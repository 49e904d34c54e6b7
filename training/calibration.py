"""From observations to the numbers in the card: thresholds, empty, mass.

Pure functions over observations of scans that are not used for anything else.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.card import EmptyCalibration, MassCalibration, Threshold
from training.observe import matched

Observation = dict[str, Any]


def conformal_threshold(benign_scores: list[float], false_alarm_rate: float) -> float:
    """Split conformal: the ceil((n + 1)(1 - a))-th smallest benign score, nudged so that it does not alarm.

    Holds the false alarm rate in the mean over calibration sets when new benign scans are exchangeable with
    these (Vovk, Gammerman and Shafer 2005). With too few scans for the rate there is no finite threshold: 1.
    """
    scores = np.sort(np.asarray(benign_scores, dtype=np.float64))
    rank = int(np.ceil((len(scores) + 1) * (1 - false_alarm_rate)))
    if rank > len(scores):
        return 1.0
    return float(min(scores[rank - 1] + 1e-5, 1.0))


def thresholds(observations: list[Observation], false_alarm_rate: float) -> dict[str, Threshold]:
    """One for each calibration group."""
    result = {}
    for group in sorted({o["group"] for o in observations}):
        scores = [
            o["score"]
            for o in observations
            if o["group"] == group and o["read"] and not o["truth"]["anomalies"]
        ]
        value = round(conformal_threshold(scores, false_alarm_rate), 5)
        result[group] = Threshold(
            threshold=value, false_alarm_rate=false_alarm_rate, basis="simulated", benign_scans=len(scores)
        )
    return result


def unit_pairs(observations: list[Observation]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(truth, said) of the units that were found."""
    pairs = []
    for o in observations:
        if o["read"]:
            truth, said = o["truth"]["units"], o["units"]
            for i, j, value in matched([u["box"] for u in truth], [u["box"] for u in said]):
                if value > 0.3:
                    pairs.append((truth[i], said[j]))
    return pairs


def empty_calibration(observations: list[Observation], before: EmptyCalibration) -> EmptyCalibration:
    """Logistic regression of loaded on the logit of the loaded score, by Newton's method with a weak prior."""
    pairs = unit_pairs(observations)
    said = np.clip([p[1]["empty"] for p in pairs], 1e-5, 1 - 1e-5)
    loaded = np.array([0.0 if p[0]["empty"] else 1.0 for p in pairs])
    logit = (-np.log(said / (1 - said)) - before.bias) / before.weight
    design = np.stack([logit, np.ones_like(logit)], axis=1)
    prior = np.array([1.0, 0.0])
    w = prior.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (p - loaded) + 0.3 * (w - prior)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 0.3 * np.eye(2)
        w = w - np.clip(np.linalg.solve(hessian, gradient), -1, 1)
    return EmptyCalibration(
        share=before.share, weight=round(float(max(w[0], 0.05)), 4), bias=round(float(w[1]), 4)
    )


def mass_ratios(observations: list[Observation]) -> NDArray[np.float64]:
    """True mass over estimate of the loaded units that could be weighed."""
    pairs = [
        (t["mass_kg"], s["mass_kg"]) for t, s in unit_pairs(observations) if not t["empty"] and s["mass_kg"]
    ]
    return np.array([t / s for t, s in pairs if s > 50])


def mass_calibration(observations: list[Observation], before: MassCalibration) -> MassCalibration:
    """Scale so that the median ratio is 1; then conformal 5 % and 95 % quantiles of what is left."""
    ratio = mass_ratios(observations)
    scale = float(np.median(ratio))
    left = np.sort(ratio / scale)
    n = len(left)
    low = left[max(int(np.floor((n + 1) * 0.05)) - 1, 0)]
    high = left[min(int(np.ceil((n + 1) * 0.95)) - 1, n - 1)]
    return MassCalibration(
        max_goods_share=before.max_goods_share,
        scale=round(before.scale * scale, 4),
        relative_low=round(float(low - 1), 4),
        relative_high=round(float(high - 1), 4),
        scans=n,
    )
