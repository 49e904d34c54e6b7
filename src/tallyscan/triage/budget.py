"""How much of a shift's scans can be looked at: the threshold that a site's own scores give for a budget.

Past and coming scans are taken for exchangeable: those of the site as before, in an order that says nothing. Then the
number K of N coming scores above the r-th highest of n past ones is beta-binomial, whatever the scores are:
P(K = k) = C(N, k) B(k + r, N - k + n - r + 1) / B(r, n - r + 1) (exceedances: Gumbel and von Schelling, The Annals of
Mathematical Statistics 21, 1950). Scores that are alike are told apart by a draw, so that no two are equal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

URGENT_RANK = (math.inf, 1.0)
Rank = tuple[float, float]
"""A score and a draw in [0, 1) that tells scores apart that are alike; what is urgent is above all."""


ALL = (-math.inf, 0.0)


@dataclass(frozen=True)
class Threshold:
    """Scans ranked above `rank` are selected; None: only what is urgent.

    `over_at_most` bounds the probability that a shift of so many scans brings more than the budget. `expected` is how
    many a shift selects in the mean. `share_at_most` bounds the share of all scans that is selected (95 %, one-sided):
    as many false alarms at most, were none of them a find. `past` is how many scores it rests on.
    """

    rank: Rank | None
    budget: int
    scans: int
    past: int
    over_at_most: float
    expected: float
    share_at_most: float


def threshold(past: Sequence[Rank], *, budget: int, scans: int, chance: float) -> Threshold | None:
    """The lowest that keeps P(more than `budget` of `scans`) within `chance`; None where too few past scores bound it.

    What is urgent is in `past` as `URGENT_RANK`: it is selected whatever the budget, and counts in it. Where it takes
    the whole budget, nothing else is selected, and `over_at_most` says how likely more is.
    """
    if scans <= budget:
        return Threshold(ALL, budget, scans, len(past), 0.0, float(scans), 1.0)
    ordered = sorted(past, reverse=True)
    above = _last_within(len(ordered), scans, budget, chance)
    if above == 0:
        return None
    urgent = sum(rank >= URGENT_RANK for rank in ordered)
    only_urgent = above <= urgent
    if only_urgent:
        above = urgent + 1
    return Threshold(
        rank=None if only_urgent else ordered[above - 1],
        budget=budget,
        scans=scans,
        past=len(ordered),
        over_at_most=over_budget(above, len(ordered), scans, budget),
        expected=scans * above / (len(ordered) + 1),
        share_at_most=share_at_most(above - 1, len(ordered)),
    )


def over_budget(r: int, past: int, scans: int, budget: int) -> float:
    """P(more than `budget` of `scans` coming scores lie above the r-th highest of `past`); 1 where there is none."""
    if r > past:
        return 1.0
    tail = (_exceedances(k, r, past, scans) for k in range(budget + 1, scans + 1))
    return min(math.fsum(tail), 1.0)


def share_at_most(selected: int, past: int, *, sure: float = 0.95) -> float:
    """Upper Clopper-Pearson bound of a share of which `selected` of `past` were seen."""
    if selected >= past:
        return 1.0
    low, high = selected / past, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(selected, past, middle) > 1 - sure else (low, middle)
    return high


def share_at_least(seen: int, of: int, *, sure: float = 0.95) -> float:
    """Lower Clopper-Pearson bound of the same."""
    return 1 - share_at_most(of - seen, of, sure=sure) if of else 0.0


def _last_within(past: int, scans: int, budget: int, chance: float) -> int:
    """The largest r that keeps within the chance, 0 where none does: it grows with r."""
    low, high = 0, past
    while low < high:
        middle = (low + high + 1) // 2
        if over_budget(middle, past, scans, budget) <= chance:
            low = middle
        else:
            high = middle - 1
    return low


def _exceedances(k: int, r: int, past: int, scans: int) -> float:
    return math.exp(
        _log_choose(scans, k) + _log_beta(k + r, scans - k + past - r + 1) - _log_beta(r, past - r + 1)
    )


def _at_most(seen: int, of: int, share: float) -> float:
    """P(X <= seen) of a binomial."""
    if share >= 1.0:
        return 0.0
    logs = (
        _log_choose(of, k) + k * math.log(share) + (of - k) * math.log1p(-share)
        for k in range(seen + 1)
        if share > 0
    )
    return min(math.fsum(math.exp(each) for each in logs), 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
