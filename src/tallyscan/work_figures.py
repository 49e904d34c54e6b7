"""Figures of the work at a site: shares with their intervals, times, and how far two who judge the same agree.

Nothing is shown as a rate when nothing was counted: then there is none, and never 0.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tallyscan.alert_budget import LookedAt
from tallyscan.risk import Lane

_Z = 1.959963984540054  # of a two-sided interval of 95 %


@dataclass(frozen=True)
class Share:
    """`seen` of `of`, with the 95 % Wilson score interval; the three are null where nothing was counted."""

    seen: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Times:
    """Seconds: how many were counted, their median, and what nine of ten do not exceed (nearest rank)."""

    counted: int
    median_s: float | None
    p90_s: float | None


NO_TIMES = Times(0, None, None)


@dataclass(frozen=True)
class Pair:
    """How often one said this and the other that."""

    one: str
    other: str
    count: int


@dataclass(frozen=True)
class Agreement:
    """Of two who judged the same: how often they said the same, and Cohen's kappa with its 95 % interval, which is what
    of it chance alone would not give; null where it has no meaning (nothing judged, or both always say the same).
    """

    same: Share
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class BudgetUse:
    """Of the shifts that ended and had a budget: how many kept within it, what they could do and what was done."""

    of: LookedAt | None
    kept: Share
    budget: int
    used: int


NO_BUDGET = BudgetUse(None, Share(0, 0, None, None, None), 0, 0)


@dataclass(frozen=True)
class WorkFigures:
    """What came of the scans that arrived in a time. Of an image with several cargo units each unit is one scan.

    `arrivals` are `waiting` (not read, or to be read again) and those in `lanes`, as the machine's newest reading has
    them; `not_assessed` is of those that were read. `read_after` is from arrival to the first reading, `decided_after`
    to the first decision; `machine` is what a reading takes, `officer` what officers say that they spent on a scan.
    `hits` are the opened loads in which something was found; `false_alarms` are those without a find among the opened
    ones that the machine had in yellow or red, `missed` those with a find among the opened ones that it had in green.
    `readers` is the first reader with the second, `officer_machine` the first reader's clear or suspicious with the
    machine's green, or yellow and red; `blind` is the same of decisions made before the marks were seen.
    """

    arrivals: int
    waiting: int
    lanes: dict[Lane, int]
    not_assessed: Share
    read_after: Times
    decided_after: Times
    machine: Times
    officer: Times
    hits: Share
    false_alarms: Share
    missed: Share
    readers: Agreement
    officer_machine: Agreement
    blind: Agreement
    budget: BudgetUse


def share_of(seen: int, of: int) -> Share:
    """With its interval: Wilson, Journal of the American Statistical Association 22, 1927."""
    if of == 0:
        return Share(0, 0, None, None, None)
    share = seen / of
    scale = 1 + _Z * _Z / of
    middle = (share + _Z * _Z / (2 * of)) / scale
    half = _Z * math.sqrt(share * (1 - share) / of + _Z * _Z / (4 * of * of)) / scale
    low = 0.0 if seen == 0 else max(middle - half, 0.0)
    high = 1.0 if seen == of else min(middle + half, 1.0)
    return Share(seen, of, round(share, 6), round(low, 6), round(high, 6))


def agreement_of(counts: Mapping[tuple[str, str], int]) -> Agreement:
    """Of how often each pair of answers was given.

    Kappa: Cohen, Educational and Psychological Measurement 20, 1960; its standard error: Fleiss, Cohen and Everitt,
    Psychological Bulletin 72, 1969.
    """
    total = sum(counts.values())
    same = share_of(sum(count for (one, other), count in counts.items() if one == other), total)
    pairs = tuple(Pair(one, other, count) for (one, other), count in sorted(counts.items()) if count)
    kappa = _kappa({pair: count / total for pair, count in counts.items()}, total) if total else None
    if kappa is None:
        return Agreement(same, None, None, None, pairs)
    return Agreement(same, kappa[0], kappa[1], kappa[2], pairs)


def _kappa(shares: Mapping[tuple[str, str], float], total: int) -> tuple[float, float, float] | None:
    answers = sorted({answer for pair in shares for answer in pair})
    rows = {each: sum(share for (one, _), share in shares.items() if one == each) for each in answers}
    columns = {each: sum(share for (_, other), share in shares.items() if other == each) for each in answers}
    by_chance = sum(rows[each] * columns[each] for each in answers)
    if by_chance >= 1 - 1e-12:
        return None
    seen = sum(shares.get((each, each), 0.0) for each in answers)
    kappa = (seen - by_chance) / (1 - by_chance)
    alike = sum(
        shares.get((each, each), 0.0) * (1 - (rows[each] + columns[each]) * (1 - kappa)) ** 2
        for each in answers
    )
    unlike = (1 - kappa) ** 2 * sum(
        share * (columns[one] + rows[other]) ** 2 for (one, other), share in shares.items() if one != other
    )
    spread = alike + unlike - (kappa - by_chance * (1 - kappa)) ** 2
    half = _Z * math.sqrt(max(spread, 0.0) / total) / (1 - by_chance)
    return round(kappa, 6), round(max(kappa - half, -1.0), 6), round(min(kappa + half, 1.0), 6)
