"""The goods by a weighbridge or a verified gross mass: the only masses from which a tare is taken off."""

import math
from dataclasses import dataclass
from typing import Any

from tallyscan.declaration import normal_mark
from tallyscan.finding import Interval
from tallyscan.known_consignment import KnownConsignment
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.mass_scope import MassScope
from tallyscan.reconcile.mass_score import SIGMAS_OF_INTERVAL, sigma_kg
from tallyscan.weighed_mass import WeighedMass

WEIGHING_ERROR = 0.02
"""One standard deviation of what is weighed, as a share of it: weighbridges in use are allowed far less when they
are verified, axle by axle or in motion more. A judgement."""

TARE_ERROR_KG = 150.0
"""One standard deviation of a tare: fuel, the driver, lashing, a container that has been mended. A judgement."""

AT_ODDS_SIGMAS = 3.0
"""A weighed mass and an estimate that lie further apart than this are not of the same goods."""


@dataclass(frozen=True)
class WeighedGoods:
    """What was weighed; `goods` with its 90 % interval, None without a tare: then it is only a most."""

    weighed: WeighedMass
    goods: Interval | None

    @property
    def most(self) -> Interval:
        """The goods are no heavier than all that was weighed."""
        half = SIGMAS_OF_INTERVAL * WEIGHING_ERROR * self.weighed.kg
        return Interval(self.weighed.kg, self.weighed.kg - half, self.weighed.kg + half)

    @property
    def as_evidence(self) -> dict[str, Any]:
        """In kg, with what it covers and when it was weighed."""
        weighed = self.weighed
        return {
            "weighed_kg": weighed.kg,
            "weighed_covers": weighed.covers,
            "tare_kg": weighed.tare_kg,
            "weighed_goods_kg": weighed.goods_kg,
            "weighed_at": weighed.at.isoformat(),
        }


def weighed_goods(case: Case, scope: MassScope) -> WeighedGoods | None:
    """The newest mass that was weighed of just these goods; None where there is none.

    A unit by its number, or without one where it is the only declared one. A vehicle where all that is declared is on
    it: it has one cargo unit, or the image shows all of them.
    """
    fitting = [each for each in case.known.weighed if _is_of(each, case, scope)]
    if not fitting:
        return None
    newest = max(fitting, key=lambda each: each.at)
    goods_kg = newest.goods_kg
    if goods_kg is None:
        return WeighedGoods(newest, None)
    half = SIGMAS_OF_INTERVAL * math.hypot(WEIGHING_ERROR * newest.kg, TARE_ERROR_KG)
    return WeighedGoods(newest, Interval(goods_kg, max(goods_kg - half, 0.0), goods_kg + half))


def at_odds(weighed: Interval, estimate: Interval) -> bool:
    """They cannot both be of the same goods."""
    error = math.hypot(sigma_kg(weighed, estimate.estimate), sigma_kg(estimate, weighed.estimate))
    return abs(weighed.estimate - estimate.estimate) > AT_ODDS_SIGMAS * max(error, 1.0)


def combined(first: Interval, second: Interval) -> Interval:
    """Two measurements of the same goods as one, each weighed by its inverse variance."""
    weights = [
        1 / max(sigma_kg(mine, other.estimate), 1.0) ** 2
        for mine, other in ((first, second), (second, first))
    ]
    mean = (weights[0] * first.estimate + weights[1] * second.estimate) / sum(weights)
    half = SIGMAS_OF_INTERVAL / math.sqrt(sum(weights))
    return Interval(round(mean, 1), round(mean - half, 1), round(mean + half, 1))


def _is_of(weighed: WeighedMass, case: Case, scope: MassScope) -> bool:
    if weighed.covers == "vehicle_gross":
        return scope.whole_consignment and not _is_elsewhere(case.known)
    if len(scope.marks) > 1 or scope.units > 1:
        return False
    if weighed.mark is None:
        return len(case.declared_units) == 1
    return normal_mark(weighed.mark) in scope.marks


def _is_elsewhere(known: KnownConsignment) -> bool:
    """Goods of the consignment were scanned on another vehicle, or at another time."""
    return any(not other.same_image for other in known.others)
