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
    """What was weighed; `goods` with its 90 % interval, None without a tare: then it is only a most.

    `newest` is the weighing itself, or a later one without a tare: that is a most as well.
    """

    weighed: WeighedMass
    goods: Interval | None
    newest: WeighedMass

    @property
    def most(self) -> Interval:
        """The goods are no heavier than all that was weighed at last."""
        half = SIGMAS_OF_INTERVAL * WEIGHING_ERROR * self.newest.kg
        return Interval(self.newest.kg, self.newest.kg - half, self.newest.kg + half)

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
            **({} if self.newest is weighed else {"weighed_without_tare_kg": self.newest.kg}),
        }


def weighed_goods(case: Case, scope: MassScope) -> WeighedGoods | None:
    """The newest mass that was weighed of just these goods, with a tare before one without; None: there is none.

    A unit by its number, or without one where it is the only declared one. A vehicle where all that is declared is on
    it: it has one cargo unit, or the image shows all of them.
    """
    fitting = [each for each in case.known.weighed if not _why_not(each, case, scope)]
    if not fitting:
        return None
    newest = max(fitting, key=lambda each: each.at)
    best = max(fitting, key=lambda each: (each.goods_kg is not None, each.at))
    goods_kg = best.goods_kg
    if goods_kg is None:
        return WeighedGoods(best, None, newest)
    half = SIGMAS_OF_INTERVAL * math.hypot(WEIGHING_ERROR * best.kg, TARE_ERROR_KG)
    return WeighedGoods(best, Interval(goods_kg, max(goods_kg - half, 0.0), goods_kg + half), newest)


def weighed_of_others(case: Case, scope: MassScope) -> list[dict[str, Any]]:
    """What was weighed of the consignment and is not of just these goods, with the reason, oldest first."""
    return [
        {"kg": each.kg, "covers": each.covers, "at": each.at.isoformat(), "container": each.mark, "why": why}
        for each in case.known.weighed
        if (why := _why_not(each, case, scope))
    ]


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


def _why_not(weighed: WeighedMass, case: Case, scope: MassScope) -> str:
    """Why it is not of just these goods, as a sentence; empty where it is."""
    if weighed.covers == "vehicle_gross":
        if not scope.whole_consignment:
            return (
                "These goods are not all that is declared, and a vehicle was weighed with everything on it."
            )
        elsewhere = "Goods of the consignment were scanned on another vehicle, or at another time."
        return elsewhere if _is_elsewhere(case.known) else ""
    if len(scope.marks) > 1 or scope.units > 1:
        return "These goods lie in several units, and one unit was weighed."
    if weighed.mark is None:
        return "" if len(case.declared_units) == 1 else "Several units are declared, and it names none."
    mark = normal_mark(weighed.mark)
    if mark in scope.marks or (not scope.marks and mark in _registrations(case)):
        return ""
    of_another = any(unit.number == mark for unit in case.declared_units)
    return "It is of another unit." if of_another else f"{mark} is not declared."


def _registrations(case: Case) -> tuple[str, ...]:
    """Of the vehicle, where no container is declared: it is the unit."""
    return case.declared_units[0].registrations if len(case.declared_units) == 1 else ()


def _is_elsewhere(known: KnownConsignment) -> bool:
    """Goods of the consignment were scanned on another vehicle, or at another time."""
    return any(not other.same_image for other in known.others)
