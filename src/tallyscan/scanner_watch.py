"""What is usual for a scanner, and whether it still is: judged scan by scan, by numbers alone.

The band rests on the first scans, not on the last ones: a band that moved along would never see a slow drift. When a
scanner has settled at another level (a new source, new software), that level becomes the usual one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Literal

from tallyscan.scanner_condition import Quantity

SCANNER_DRIFT = "scanner_drift"
"""Code of the caution that the scanner was not in its usual condition, so that what a scan shows may be wrong."""

SILENT_SCANS = 20
"""Scans of which nothing is said yet: the median and its spread are good to a fifth."""

REFERENCE_SCANS = 100
"""Scans on which a band rests when it is complete."""

IN_A_ROW = 5
"""So many scans outside have left the band, so many inside are back: one odd scan tells nothing."""

SETTLED_SCANS = 50
"""So many scans outside, all near to each other, are the new usual."""

ChangeKind = Literal["left", "returned", "settled"]

_SIGMAS = 5.0
_SIGMA_OF_MAD = 1.4826  # of a normal distribution
_SETTLED_SPREAD = 2.0  # times the half-width of the band before: wider is still moving


@dataclass(frozen=True)
class Rule:
    """How a quantity is watched. `floor` and `widest` are the least and most half-width of a band, a share of what is
    usual where `relative`: a scanner that drifts while its band is learnt must not get one that holds everything.

    `both_ways`: falling out of the band counts as well as rising. `lowest`: below it is outside, whatever is usual.
    """

    name: str
    floor: float
    widest: float = float("inf")
    relative: bool = False
    both_ways: bool = True
    lowest: float | None = None


RULES: dict[Quantity, Rule] = {
    # 2 % are 0.02 of attenuation, 0.4 g/cm2 of thin goods; the median of so many pulses is better than that
    "air_level": Rule("air level", 0.02, 0.1, relative=True),
    # A quarter more noise is a third fewer photons.
    "noise": Rule("noise in open air", 0.25, 1.0, relative=True),
    # What is lost side by side is bridged by what lies around it; a module is 16 cells of some 800.
    "dead_cells": Rule("share of dead or stuck detector cells", 0.005, 0.05, both_ways=False),
    "lost_pulses": Rule("share of lost pulses", 0.01, 0.05, both_ways=False),
    # Nothing arrives before it was made.
    "clock": Rule("time from scan to arrival", 60.0, lowest=-60.0),
}


@dataclass(frozen=True)
class Band:
    """What is usual, from so many scans; `low` is None where only rising counts."""

    usual: float
    low: float | None
    high: float
    scans: int

    def holds(self, value: float) -> bool:
        """Whether a value is usual."""
        return (self.low is None or self.low <= value) and value <= self.high


@dataclass(frozen=True)
class Seen:
    """A scan, and when it arrived."""

    scan_id: str
    at: datetime


@dataclass(frozen=True)
class Change:
    """What is to be told: it left its band, came back, or settled at another level, which is `band` then.

    `value` is the median of the scans that show it, `since` the first of them, `before` what was usual.
    """

    kind: ChangeKind
    value: float
    since: Seen
    band: Band
    before: Band


@dataclass(frozen=True)
class Watch:
    """One quantity of one scanner, as far as it has been seen.

    `reference` are the values on which the band rests. `outside` are the last values outside of it, in the present run
    of them, and `outside_since` the first; `inside` counts the scans that are back in the band of a scanner that left
    it, and `inside_since` is the first. `left_since` is None while it is in its band. `last` is the newest value.
    """

    quantity: Quantity
    beam: str | None = None
    reference: tuple[float, ...] = ()
    outside: tuple[float, ...] = ()
    outside_since: Seen | None = None
    inside: int = 0
    inside_since: Seen | None = None
    left_since: Seen | None = None
    last: float | None = None
    last_seen: Seen | None = None

    @property
    def band(self) -> Band | None:
        """What is usual; None while too few scans are known."""
        return band_of(self.quantity, self.reference) if len(self.reference) >= SILENT_SCANS else None

    def after(self, value: float, seen: Seen) -> tuple["Watch", Change | None]:
        """The watch after one more scan, and what of it is to be told."""
        now = replace(self, last=value, last_seen=seen)
        band = self.band
        if band is None:
            return replace(now, reference=(*self.reference, value)), None
        if self.left_since is None:
            return _inside_or_leaving(now, band, value, seen)
        return _returning(now, band, seen) if band.holds(value) else _settling(now, band, value, seen)


def band_of(quantity: Quantity, values: Sequence[float]) -> Band:
    """Median of the values, and five times their spread by the median absolute deviation, within the rule."""
    rule, usual = RULES[quantity], median(values)
    spread = _SIGMA_OF_MAD * median(abs(value - usual) for value in values)
    unit = abs(usual) if rule.relative else 1.0
    half = min(max(rule.floor * unit, _SIGMAS * spread), rule.widest * unit)
    low = usual - half if rule.both_ways else None
    if low is not None and rule.lowest is not None:
        low = max(low, rule.lowest)
    return Band(usual, low, usual + half, len(values))


def watch_of(watches: Iterable[Watch], quantity: Quantity, beam: str | None) -> Watch:
    """The watch of that quantity; a new one when there is none."""
    found = (watch for watch in watches if (watch.quantity, watch.beam) == (quantity, beam))
    return next(found, Watch(quantity, beam))


def _inside_or_leaving(watch: Watch, band: Band, value: float, seen: Seen) -> tuple[Watch, Change | None]:
    if band.holds(value):
        grown = (*watch.reference, value)[:REFERENCE_SCANS]
        return replace(watch, reference=grown, outside=(), outside_since=None), None
    since = watch.outside_since or seen
    watch = replace(watch, outside=(*watch.outside, value), outside_since=since)
    if len(watch.outside) < IN_A_ROW:
        return watch, None
    change = Change("left", median(watch.outside), since, band, band)
    return replace(watch, left_since=since, inside=0, inside_since=None), change


def _returning(watch: Watch, band: Band, seen: Seen) -> tuple[Watch, Change | None]:
    since = watch.inside_since or seen
    watch = replace(watch, inside=watch.inside + 1, inside_since=since)
    if watch.inside < IN_A_ROW:
        return watch, None
    assert watch.last is not None
    back = replace(watch, outside=(), outside_since=None, inside=0, inside_since=None, left_since=None)
    return back, Change("returned", watch.last, since, band, band)


def _settling(watch: Watch, before: Band, value: float, seen: Seen) -> tuple[Watch, Change | None]:
    outside = (*watch.outside, value)[-SETTLED_SCANS:]
    watch = replace(watch, outside=outside, inside=0, inside_since=None)
    if len(outside) < SETTLED_SCANS:
        return watch, None
    band = band_of(watch.quantity, outside)
    still_moves = band.high - band.usual > _SETTLED_SPREAD * (before.high - before.usual)
    if still_moves or not band.holds(band.usual):
        return watch, None
    settled = Watch(watch.quantity, watch.beam, outside, last=value, last_seen=seen)
    since = watch.left_since or seen
    return settled, Change("settled", band.usual, since, band, before)
