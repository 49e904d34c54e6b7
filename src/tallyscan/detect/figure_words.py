"""Figures of a card in words: shares, intervals and the counts they rest on; what was not measured is a dash."""

import math
from collections.abc import Sequence

UNKNOWN = "-"


def percent(value: float | None) -> str:
    """A share as a percentage with one digit."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{100 * value:.1f} %"


def number(value: float | None) -> str:
    """Three digits behind the point."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:.3f}"


def interval(rate: Sequence[float | None] | None) -> str:
    """[rate, low, high, hits, count] as a percentage with its interval and what it rests on.

    Cards of before counts were kept have the first three.
    """
    if rate is None or rate[0] is None:
        return UNKNOWN
    counts = f", {rate[3]} of {rate[4]}" if len(rate) > 3 else ""
    return f"{percent(rate[0])} ({percent(rate[1])} to {percent(rate[2])}){counts}"
