"""How likely a declared mass is wrong, given a measured one.

Two explanations of the measured mass are weighed by Bayes' rule, both normal around the declared one: an honest
declaration, spread by the error of what was measured and the tolerance of declared masses, and a wrong one, spread
much wider. The score is the probability of the second one, with `PRIOR_WRONG` before looking.
"""

import math

from tallyscan.finding import Interval
from tallyscan.reconcile.outcome import PRIOR_WRONG

SIGMAS_OF_INTERVAL = 1.645
"""Half-width, in standard deviations, of the central 90 % interval that detection gives."""

DECLARED_TOLERANCE = 0.05
"""One standard deviation of honest declared masses: weighbridges and the verified gross mass of containers
are commonly allowed about five per cent; pallets and dunnage are often left out."""

LEAST_TOLERANCE_KG = 200.0
"""The same for light loads: the dunnage and lashing of a few pallets."""

WRONG_SPREAD_KG = 6000.0
"""How far wrong declarations lie from the truth (standard deviation): from a tonne left out to a quarter of a
container. An assumption until control results are known."""

MOST_SIGMAS = 1e6
"""Further away than this is no further away: squares of larger numbers could overflow."""


def mass_score(declared_kg: float, estimate: Interval) -> float:
    """Probability that the declared mass is wrong, in (0, 1); grows with its distance from the estimate."""
    honest_kg = honest_sigma_kg(declared_kg, estimate)
    wrong_kg = math.hypot(honest_kg, WRONG_SPREAD_KG)
    sigmas = min(abs(estimate.estimate - declared_kg) / honest_kg, MOST_SIGMAS)
    log_odds = math.log(PRIOR_WRONG / (1 - PRIOR_WRONG)) + math.log(honest_kg / wrong_kg)
    log_odds += sigmas**2 / 2 * (1 - (honest_kg / wrong_kg) ** 2)
    return 1 / (1 + math.exp(-min(log_odds, 50.0)))


def within_factor_two(declared_kg: float, measured: Interval) -> bool:
    """The interval holds the declared mass, and neither half nor double of it: loads of these would have shown."""
    return (
        measured.low <= declared_kg <= measured.high
        and declared_kg / 2 < measured.low <= measured.high < 2 * declared_kg
    )


def honest_sigma_kg(declared_kg: float, estimate: Interval) -> float:
    """Spread of the estimate around an honest declaration; the side of the interval that faces it counts."""
    tolerance = max(DECLARED_TOLERANCE * declared_kg, LEAST_TOLERANCE_KG)
    return math.hypot(sigma_kg(estimate, declared_kg), tolerance)


def sigma_kg(estimate: Interval, towards_kg: float) -> float:
    """Standard deviation of an estimate, on the side that faces another mass."""
    below = towards_kg < estimate.estimate
    side = estimate.estimate - estimate.low if below else estimate.high - estimate.estimate
    return max(side, 0.0) / SIGMAS_OF_INTERVAL


def sum_of(masses: list[Interval]) -> Interval:
    """Together; the bounds add up as if all were wrong in the same direction, as a scanner's are."""
    return Interval(
        round(sum(mass.estimate for mass in masses), 1),
        round(sum(mass.low for mass in masses), 1),
        round(sum(mass.high for mass in masses), 1),
    )
