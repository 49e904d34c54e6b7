"""The fitted numbers of a model card: from what the maps say to probabilities, intervals and alarms.

Every curve is applied here and nowhere else, so that what calibration fits is what serving does.
"""

import math
from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

RATES = ("0.001", "0.004", "0.01", "0.05")
"""False alarm rates that a card gives thresholds for; the shipped one is set for 0.01."""

NO_THRESHOLD = 1.0
"""That of a card that has too few benign scans for its rate: no score reaches it."""

MOST_CERTAIN = 1e-6
"""Probabilities are kept this far from 0 and 1, so that their logit is a number."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def logit(probability: float) -> float:
    """ln(p / (1 - p)), of a probability kept inside (0, 1)."""
    inside = min(max(probability, MOST_CERTAIN), 1 - MOST_CERTAIN)
    return math.log(inside / (1 - inside))


def sigmoid(value: float) -> float:
    """The probability of a logit."""
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


class ScoreCalibration(_Part):
    """Published score = sigmoid(logit(raw) / temperature + bias): a probability, in the order of the raw score."""

    temperature: float = Field(gt=0)
    bias: float

    def published(self, raw: float) -> float:
        """The score of a finding or a scan, of the peak of the smoothed anomaly map."""
        return sigmoid(logit(raw) / self.temperature + self.bias)

    def raw(self, published: float) -> float:
        """The peak that is published as this score."""
        return sigmoid((logit(published) - self.bias) * self.temperature)


class EmptyCalibration(_Part):
    """P(loaded) = sigmoid(weight * logit(score) + bias); score is the mean of the highest share of cells."""

    share: float = Field(gt=0, le=1)
    weight: float
    bias: float

    def probability(self, score: float) -> float:
        """How likely it is that nothing is inside."""
        return sigmoid(-(self.weight * logit(score) + self.bias))


class MismatchCalibration(_Part):
    """P(mismatch) = sigmoid(weight * logit(mean) + bias); mean is that of `mismatch` over a unit's loaded cells."""

    weight: float = Field(gt=0)
    bias: float

    def probability(self, mean: float) -> float:
        """That the goods of a unit are not among the declared groups."""
        return sigmoid(self.weight * logit(mean) + self.bias)


class MassInterval(_Part):
    """In 90 % of the calibration units up to this penetration the true mass lay in estimate * (1 + [low, high])."""

    max_mean_alpha: float | None = Field(None, gt=0)
    relative_low: float
    relative_high: float
    scans: int = Field(ge=0)


class MassCalibration(_Part):
    """From the goods map to kg, with intervals by how much comes through: dense loads are weighed less well."""

    max_goods_share: float
    scale: float
    intervals: tuple[MassInterval, ...] = Field(min_length=1)

    def interval_at(self, mean_alpha: float) -> MassInterval:
        """The interval for the mean attenuation of a unit's goods cells."""
        below = (i for i in self.intervals if i.max_mean_alpha is not None and mean_alpha <= i.max_mean_alpha)
        return next(below, self.intervals[-1])

    @model_validator(mode="after")
    def _bins_rise_and_the_last_is_open(self) -> Self:
        *closed, last = [interval.max_mean_alpha for interval in self.intervals]
        limits = [limit for limit in closed if limit is not None]
        rising = all(a < b for a, b in pairwise(limits))
        if last is not None or len(limits) < len(closed) or not rising:
            raise ValueError(
                "the mass intervals must rise in max_mean_alpha, and only the last is open (null)"
            )
        return self


class Threshold(_Part):
    """An alarm is raised at or above `threshold`; `false_alarm_rate` is the target it was set for.

    `by_rate` has the thresholds at the rates of `RATES`, None where too few benign scans are known for one.
    """

    threshold: float = Field(ge=0, le=1)
    false_alarm_rate: float = Field(gt=0, lt=1)
    basis: Literal["simulated", "site"]
    benign_scans: int = Field(ge=0)
    by_rate: dict[str, float | None]

    @model_validator(mode="after")
    def _rates_agree(self) -> Self:
        if set(self.by_rate) != set(RATES):
            raise ValueError(f"by_rate must have the rates {', '.join(RATES)}")
        known = [value for rate in RATES if (value := self.by_rate[rate]) is not None]
        if any(rarer < more_often for rarer, more_often in pairwise(known)):
            raise ValueError("a lower false alarm rate cannot have a lower threshold")
        own = self.by_rate.get(f"{self.false_alarm_rate:g}")
        if own is not None and own != self.threshold:
            raise ValueError("threshold is not that of its own rate in by_rate")
        return self
