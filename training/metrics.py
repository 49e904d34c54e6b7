"""The figures a detection model is judged by: pure functions of plain arrays and boxes.

Nothing here knows a model or a simulator, and nothing is rounded: whoever writes a report rounds. A rate is
`[rate, low, high]` with its 95 % Wilson interval; what cannot be known of an empty set is nan.

A scan that was not read has no score. Where benign it counts as a false alarm (score +inf), where anomalous as a
miss (hit score -inf); `training.scan_outcome` gives the scores out so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    """Rate with its 95 % Wilson score interval (Wilson 1927): [rate, low, high]; of nothing [nan, 0, 1]."""
    if not 0 <= hits <= count:
        raise ValueError(f"{hits} of {count} is no rate")
    if count == 0:
        return [float("nan"), 0.0, 1.0]
    rate = hits / count
    centre = (rate + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * np.sqrt(rate * (1 - rate) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return [float(rate), float(max(centre - half, 0.0)), float(min(centre + half, 1.0))]


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


def rates_by_bin(values: ArrayLike, flags: ArrayLike, edges: Sequence[float]) -> dict[str, Rate]:
    """`share` of the flags in each bin of the values; `unknown` is there only when some value is nan."""
    labels = [bin_label(value, edges) for value in np.asarray(values, np.float64).ravel()]
    true = np.asarray(flags, bool).ravel()
    same_length(labels, true)
    names = bin_labels(edges) + ["unknown"] * ("unknown" in labels)
    return {name: share(true[np.array([label == name for label in labels], bool)]) for name in names}


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


@dataclass(frozen=True)
class OperatingPoint:
    """Detection where at most `false_alarm_rate` of the benign scans alarm."""

    false_alarm_rate: float
    threshold: float
    false_alarms: Rate
    detected: Rate


def detection_at_rates(
    benign_scores: ArrayLike, hit_scores: ArrayLike, rates: Sequence[float] = FALSE_ALARM_RATES
) -> list[OperatingPoint]:
    """Points of the scan-level ROC curve, each threshold set on these benign scans so that the rate is kept.

    `hit_scores` has for each anomalous scan the highest threshold at which it is still a hit (the lower of the
    scan's score and its best finding in the right place). Of n benign scans a rate under 1/n allows no alarm at
    all: the interval of `false_alarms` says what that proves. Raises `ValueError` without benign scans.
    """
    benign, hits = numbers(benign_scores, "scores"), numbers(hit_scores, "scores")
    if not benign.size:
        raise ValueError("a false alarm rate needs benign scans")
    points = []
    for rate in rates:
        threshold = threshold_for(benign, rate * benign.size)
        points.append(OperatingPoint(rate, threshold, reached(benign, threshold), reached(hits, threshold)))
    return points


@dataclass(frozen=True)
class FrocPoint:
    """Share of the anomalies found where at most so many findings a scan lie on nothing."""

    false_positives_per_scan: float
    threshold: float
    detected: Rate


def froc(
    hit_scores: ArrayLike,
    false_scores: ArrayLike,
    scans: int,
    points: Sequence[float] = FALSE_POSITIVES_PER_SCAN,
) -> list[FrocPoint]:
    """Free-response ROC (Bunch et al. 1978): hits by anomaly against false findings by scan, read as steps.

    `hit_scores` has one value an anomaly: the score of its best finding, -inf where there is none. `false_scores`
    has one a finding on no anomaly, over all `scans`; a second finding on one anomaly is in neither.
    """
    if scans < 1:
        raise ValueError("FROC needs scans")
    hits, false = numbers(hit_scores, "scores"), numbers(false_scores, "scores")
    limits = [(point, threshold_for(false, point * scans)) for point in points]
    return [FrocPoint(point, limit, reached(hits, limit)) for point, limit in limits]


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


@dataclass(frozen=True)
class TwoWay:
    """A yes or no answer judged both ways: `wrong_yes` of the no ones, `wrong_no` of the yes ones, and AUROC."""

    wrong_yes: Rate
    wrong_no: Rate
    auroc: float


def two_way(probability: ArrayLike, truth: ArrayLike, threshold: float = 0.5) -> TwoWay:
    """Empty or loaded, or a wrong declaration: yes is said from the threshold on.

    Raises `ValueError` on nan: of a unit that was not found, the caller has to say the wrong answer.
    """
    p, true = numbers(probability, "probabilities"), np.asarray(truth, bool).ravel()
    same_length(p, true)
    yes = p >= threshold
    return TwoWay(share(yes[~true]), share(~yes[true]), auroc(p[~true], p[true]))
