"""What turns scores into alarms: conformal thresholds.

Split conformal prediction on scores alone keeps a false alarm rate on scans that are like those it was set on, with
weights for scans that were not all drawn with the same chance: for the release from simulated scans, at a site from
its own. The promise is void when the stream of scans changes. `training.card_fit` fits a card with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.card_calibration import RATES, Threshold
from training.metrics import numbers


@dataclass(frozen=True)
class BenignScans:
    """Scores in [0, 1] of scans found benign, and each one's chance of being drawn for that, in (0, 1].

    They must have been drawn at random before the score was known; never those that the model cleared. No
    chances: all had the same.
    """

    scores: tuple[float, ...]
    chances: tuple[float, ...] | None = None

    @property
    def weights(self) -> NDArray[np.float64]:
        """How many scans of the stream each one stands for: one over its chance (Horvitz and Thompson 1952).

        Raises `ValueError` on a chance outside (0, 1].
        """
        if self.chances is None:
            return np.ones(len(self.scores))
        chance = numbers(self.chances, "chances")
        if len(chance) != len(self.scores):
            raise ValueError(f"{len(self.scores)} scores with {len(chance)} chances")
        if not ((chance > 0) & (chance <= 1)).all():
            raise ValueError("the chance of being drawn must be in (0, 1]")
        return 1 / chance

    @property
    def effective(self) -> float:
        """How many equally weighted scans they are worth: (sum w)^2 / sum w^2 (Kish 1965); 0 of none."""
        w = self.weights
        return float(w.sum() ** 2 / (w**2).sum()) if w.size else 0.0


def weighted_conformal_threshold(benign: BenignScans, false_alarm_rate: float) -> float:
    """Split conformal with weights (Tibshirani et al. 2019): the lowest benign score below which enough weight lies.

    Enough is 1 - a of all the weight with that of the next scan, which is unknown and taken as the highest seen;
    that errs to fewer false alarms. With equal weights it is the ceil((n + 1)(1 - a))-th smallest score (Vovk,
    Gammerman and Shafer 2005). The score itself does not alarm. Holds the rate in the mean over calibration sets
    when new benign scans come from the same stream. With too few scans there is no finite threshold: 1.
    """
    if not 0 < false_alarm_rate < 1:
        raise ValueError("the false alarm rate must be between 0 and 1")
    scores, weights = numbers(benign.scores, "scores"), benign.weights
    if not scores.size:
        return 1.0
    order = np.argsort(scores, kind="stable")
    below = np.cumsum(weights[order])
    enough = (1 - false_alarm_rate) * (below[-1] + weights.max())
    index = int(np.searchsorted(below, enough * (1 - 1e-12)))
    return 1.0 if index == scores.size else float(min(scores[order[index]] + 1e-5, 1.0))


def fewest_scans(false_alarm_rate: float) -> int:
    """How many benign scans a finite threshold needs: 19 at 5 %, 99 at 1 %, 249 at 0.4 %, 999 at 0.1 %."""
    return int(np.ceil(1 / false_alarm_rate - 1e-9)) - 1


def set_threshold(
    benign: BenignScans, false_alarm_rate: float, basis: Literal["simulated", "site"]
) -> Threshold:
    """The card's entry of one calibration group: at its own rate and at every one of `RATES`.

    Rounded to five digits, as scores are published; a score published as the threshold's neighbour below is below.
    """
    at = {rate: round(weighted_conformal_threshold(benign, float(rate)), 5) for rate in RATES}
    return Threshold(
        threshold=round(weighted_conformal_threshold(benign, false_alarm_rate), 5),
        false_alarm_rate=false_alarm_rate,
        basis=basis,
        benign_scans=len(benign.scores),
        by_rate={rate: value if value < 1 else None for rate, value in at.items()},
    )


def threshold_with_fallback(
    levels: Sequence[tuple[str, BenignScans]],
    shipped: Threshold,
    false_alarm_rate: float,
    fewest: float | None = None,
) -> tuple[Threshold, str]:
    """Threshold of the first level that has enough of a site's benign scans, and that level's name.

    `levels` go from the narrowest to the widest, such as one scanner and container type, then the scanner, then
    the whole site. A level is enough when its scans are worth `fewest` equally weighted ones (at the least, and
    unless given, `fewest_scans`) and its threshold is under 1. When none is, the `shipped` threshold stays, named
    `shipped`.
    """
    least = max(fewest_scans(false_alarm_rate), fewest or 0)
    for name, benign in levels:
        if benign.effective >= least * (1 - 1e-9):
            found = set_threshold(benign, false_alarm_rate, "site")
            if found.threshold < 1:
                return found, name
    return shipped, "shipped"
