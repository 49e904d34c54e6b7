"""The figures a detection model is judged by: pure functions of plain arrays and boxes.

Nothing here knows a model or a simulator, and nothing is rounded: whoever writes a report rounds. A rate is
`[rate, low, high, hits, count]` with its 95 % Wilson interval; what cannot be known of an empty set is nan.

A scan that was not read has no score. Where benign it counts as a false alarm (score +inf), where anomalous as a
miss (nothing on it is found at any threshold); `training.scan_outcome` gives them out so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tallyscan.scan import Box

Rate = list[float]
Boxlike = Box | Sequence[float]
Floats = NDArray[np.float64]

FALSE_ALARM_RATES = (0.001, 0.004, 0.01, 0.05)
FALSE_POSITIVES_PER_SCAN = (0.1, 0.25, 0.5, 1.0, 2.0)
CONTRAST_TO_NOISE_EDGES = (1.0, 2.0, 5.0, 10.0, 20.0)
CLUTTER_EDGES = (1.0, 3.0)


def numbers(values: ArrayLike, what: str) -> Floats:
    """A flat float64 array. Raises `ValueError` on nan, which no comparison would ever count."""
    array = np.asarray(values, np.float64).ravel()
    if np.isnan(array).any():
        raise ValueError(f"{what} must not be nan")
    return array


def same_length(*arrays: Sequence[object] | NDArray[np.generic]) -> None:
    """Raises `ValueError` when arrays that go together differ in length."""
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"lengths differ: {[len(array) for array in arrays]}")


# Rates ---------------------------------------------------------------------------------------------------------


def wilson(hits: int, count: int, z: float = 1.96) -> Rate:
    """Rate with its 95 % Wilson score interval (Wilson 1927) and what it rests on: [rate, low, high, hits, count].

    Of nothing [nan, 0, 1, 0, 0].
    """
    if not 0 <= hits <= count:
        raise ValueError(f"{hits} of {count} is no rate")
    if count == 0:
        return [float("nan"), 0.0, 1.0, 0, 0]
    rate = hits / count
    centre = (rate + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * np.sqrt(rate * (1 - rate) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return [float(rate), float(max(centre - half, 0.0)), float(min(centre + half, 1.0)), hits, count]


def share(flags: ArrayLike) -> Rate:
    """`wilson` of the true ones among flags."""
    array = np.asarray(flags, bool).ravel()
    return wilson(int(array.sum()), array.size)


def bin_label(value: float, edges: Sequence[float]) -> str:
    """The bin of a value, its lower edge included: `under 1`, `1 to 3`, `3 and over`; nan is `unknown`."""
    if np.isnan(value):
        return "unknown"
    i = int(np.searchsorted(edges, value, side="right"))
    if i == 0:
        return f"under {edges[0]:g}"
    return f"{edges[-1]:g} and over" if i == len(edges) else f"{edges[i - 1]:g} to {edges[i]:g}"


def bin_labels(edges: Sequence[float]) -> list[str]:
    """All labels of `bin_label`, rising, without `unknown`."""
    return [bin_label(value, edges) for value in (-np.inf, *edges)]


# Detection -----------------------------------------------------------------------------------------------------


def auroc(negative: ArrayLike, positive: ArrayLike) -> float:
    """Chance that a positive scores above a negative, ties half: Mann-Whitney's U by sorting; nan when one is empty."""
    low, high = np.sort(numbers(negative, "scores")), numbers(positive, "scores")
    if not low.size or not high.size:
        return float("nan")
    below = np.searchsorted(low, high, side="left")
    at_most = np.searchsorted(low, high, side="right")
    return float((below + at_most).sum() / (2 * low.size * high.size))


def threshold_for(negative: ArrayLike, allowed: float) -> float:
    """The lowest threshold that at most `allowed` of the negative scores reach; a score at the threshold alarms.

    +inf when more than that are +inf (not read): then no threshold keeps the rate.
    """
    falling = -np.sort(-numbers(negative, "scores"))
    number = int(np.floor(allowed + 1e-9))
    if number < 0:
        raise ValueError("less than none cannot be allowed")
    return float(np.nextafter(falling[number], np.inf)) if number < falling.size else float("-inf")


def reached(scores: Floats, threshold: float) -> Rate:
    """Share at or above a threshold; -inf (a miss) reaches none, +inf (not read) every one."""
    return share((scores >= threshold) & (scores > -np.inf))


class Span(NamedTuple):
    """The thresholds at which something is found: above `low` up to `high`.

    What is found at a lower threshold can be another thing: regions that nearly touch become one.
    """

    high: float
    low: float = float("-inf")

    def holds(self, threshold: float) -> bool:
        """At -inf what is found down to there is."""
        return threshold <= self.high and (self.low < threshold or self.low == float("-inf"))


def threshold_for_findings(spans: Sequence[Span], allowed: float) -> float:
    """The lowest threshold down to which no more than `allowed` of the spans hold at once; -inf when more never do."""
    if not spans:
        return float("-inf")
    high, low = (numbers([span[end] for span in spans], "thresholds") for end in (0, 1))
    low = low[low > -np.inf]
    values, at = np.unique(np.concatenate([high, low]), return_inverse=True)
    steps = np.bincount(at, weights=np.repeat([1, -1], [high.size, low.size]), minlength=values.size)
    too_many = np.flatnonzero(np.cumsum(steps[::-1]) > allowed + 1e-9)
    return float(np.nextafter(values[::-1][too_many[0]], np.inf)) if too_many.size else float("-inf")


@dataclass(frozen=True)
class FrocPoint:
    """Share of the anomalies found where at most so many findings a scan lie on nothing."""

    false_positives_per_scan: float
    threshold: float
    detected: Rate


def froc(
    hits: Sequence[Sequence[Span]],
    false: Sequence[Span],
    scans: int,
    points: Sequence[float] = FALSE_POSITIVES_PER_SCAN,
) -> list[FrocPoint]:
    """Free-response ROC (Bunch et al. 1978): hits by anomaly against false findings by scan, read as steps.

    `hits` has for each anomaly when a finding lies on it, `false` when each finding lies on none, over all `scans`; a
    second finding on one anomaly is in neither.
    """
    if scans < 1:
        raise ValueError("FROC needs scans")
    limits = [(point, threshold_for_findings(false, point * scans)) for point in points]
    return [
        FrocPoint(point, limit, share([any(span.holds(limit) for span in spans) for spans in hits]))
        for point, limit in limits
    ]


def expected_calibration_error(
    probability: ArrayLike, happened: ArrayLike, bins: int = 15, weights: ArrayLike | None = None
) -> float:
    """Mean gap between what was said and what happened over equal bins of probability (Naeini et al. 2015).

    `weights` are how much each answer counts; None: all alike.

    nan of nothing. Raises `ValueError` outside [0, 1]: a logit given here would look badly calibrated.
    """
    p, true = numbers(probability, "probabilities"), numbers(happened, "outcomes")
    same_length(p, true)
    if not p.size:
        return float("nan")
    if p.min() < 0 or p.max() > 1:
        raise ValueError("probabilities must be in [0, 1]")
    index = np.minimum((p * bins).astype(np.intp), bins - 1)
    counts = np.ones_like(p) if weights is None else numbers(weights, "weights")
    gap = np.bincount(index, weights=(p - true) * counts, minlength=bins)
    return float(np.abs(gap).sum() / counts.sum())


# Boxes ---------------------------------------------------------------------------------------------------------


def iou(a: Boxlike, b: Boxlike) -> float:
    """Intersection over union of two boxes [x, y, width, height]."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / (a[2] * a[3] + b[2] * b[3] - shared))


def matched(truth: Sequence[Boxlike], found: Sequence[Boxlike]) -> list[tuple[int, int, float]]:
    """One-to-one pairs of boxes by falling IoU: (index in truth, index in found, IoU)."""
    pairs = sorted(
        ((iou(t, f), i, j) for i, t in enumerate(truth) for j, f in enumerate(found)),
        key=lambda pair: -pair[0],
    )
    used_truth: set[int] = set()
    used_found: set[int] = set()
    result = []
    for value, i, j in pairs:
        if value > 0 and i not in used_truth and j not in used_found:
            used_truth.add(i)
            used_found.add(j)
            result.append((i, j, value))
    return result


def box_ious(truth: Sequence[Boxlike], found: Sequence[Boxlike]) -> list[float]:
    """IoU of the matched boxes of one scan, and a 0 for each box too many on either side."""
    values = [value for _, _, value in matched(truth, found)]
    return values + [0.0] * (len(truth) + len(found) - 2 * len(values))


def mean_box_iou(scans: Iterable[tuple[Sequence[Boxlike], Sequence[Boxlike]]]) -> float:
    """Mean of `box_ious` over the boxes of all scans (truth, found); nan when there is no box at all."""
    values = [value for truth, found in scans for value in box_ious(truth, found)]
    return float(np.mean(values)) if values else float("nan")


# Goods ---------------------------------------------------------------------------------------------------------


def top_k(said: Sequence[Sequence[tuple[str, float]]], truth: Sequence[str], k: int) -> Rate:
    """Share of the units whose class is among the k likeliest; `said` has (class, probability) for each unit.

    A unit of which nothing was said counts as wrong.
    """
    same_length(said, truth)
    best = [[name for name, _ in sorted(unit, key=lambda item: -item[1])[:k]] for unit in said]
    return share([name in names for name, names in zip(truth, best, strict=True)])


def grouped(said: Sequence[tuple[str, float]], group_of: Mapping[str, str]) -> list[tuple[str, float]]:
    """Candidates of one unit by confusable group, probabilities added up; for `top_k` on groups."""
    total: dict[str, float] = {}
    for name, probability in said:
        total[group_of[name]] = total.get(group_of[name], 0.0) + probability
    return list(total.items())


@dataclass(frozen=True)
class MassErrors:
    """Errors of the units of a bin; relative ones are estimate / truth - 1, nan when none was weighed."""

    units: int
    weighed: int
    mean_absolute_relative: float
    median_absolute_relative: float
    median_relative: float
    mean_absolute_kg: float


def mass_errors(truth_kg: ArrayLike, estimate_kg: ArrayLike) -> MassErrors:
    """Errors of loaded units; an estimate of nan was not given, counts in `units` and in no error.

    Raises `ValueError` when a true mass is not positive: an empty unit has no relative error.
    """
    truth, estimate = numbers(truth_kg, "true masses"), np.asarray(estimate_kg, np.float64).ravel()
    same_length(truth, estimate)
    if (truth <= 0).any():
        raise ValueError("true masses must be positive")
    weighed = ~np.isnan(estimate)
    if not weighed.any():
        nan = float("nan")
        return MassErrors(truth.size, 0, nan, nan, nan, nan)
    difference = estimate[weighed] - truth[weighed]
    relative = difference / truth[weighed]
    return MassErrors(
        units=truth.size,
        weighed=int(weighed.sum()),
        mean_absolute_relative=float(np.abs(relative).mean()),
        median_absolute_relative=float(np.median(np.abs(relative))),
        median_relative=float(np.median(relative)),
        mean_absolute_kg=float(np.abs(difference).mean()),
    )


def mass_errors_by_bin(
    truth_kg: ArrayLike, estimate_kg: ArrayLike, penetration: ArrayLike, edges: Sequence[float]
) -> dict[str, MassErrors]:
    """`mass_errors` by a measure of how far the beam got through the unit (share not penetrated, or its alpha)."""
    truth, estimate, through = (
        np.asarray(v, np.float64).ravel() for v in (truth_kg, estimate_kg, penetration)
    )
    same_length(truth, estimate, through)
    labels = np.array([bin_label(value, edges) for value in through], dtype=object)
    names = bin_labels(edges) + ["unknown"] * bool(np.isnan(through).any())
    return {name: mass_errors(truth[labels == name], estimate[labels == name]) for name in names}


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold the truth, and how wide they are in the median, by the truth: both count."""

    covered: Rate
    median_relative_width: float


def interval_coverage(truth: ArrayLike, low: ArrayLike, high: ArrayLike) -> Coverage:
    """Of the units that were given an interval (nan bounds: none given), ends included; high may be +inf."""
    true = numbers(truth, "true values")
    bottom, top = (np.asarray(v, np.float64).ravel() for v in (low, high))
    same_length(true, bottom, top)
    given = ~(np.isnan(bottom) | np.isnan(top))
    true, bottom, top = true[given], bottom[given], top[given]
    if (bottom > top).any():
        raise ValueError("an interval ends before it starts")
    sized = true != 0
    width = float(np.median((top - bottom)[sized] / np.abs(true[sized]))) if sized.any() else float("nan")
    return Coverage(share((bottom <= true) & (true <= top)), width)
