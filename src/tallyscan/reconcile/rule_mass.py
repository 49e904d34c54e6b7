"""Does the mass estimated from the image fit the declared gross mass?

Two explanations of the estimate are weighed by Bayes' rule, both normal around the declared mass: an honest
declaration, spread by the estimate's error and the tolerance of declared masses, and a wrong one, spread much
wider. The score is the probability of the second one, with `PRIOR_WRONG` before looking.
"""

import math
from typing import Any

from tallyscan.finding import Interval
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.declared_mass import DeclaredMass, declared_mass, in_kg
from tallyscan.reconcile.outcome import (
    FORMAL_FAULT_SCORE,
    PRIOR_WRONG,
    agrees,
    differs,
    outcome_of,
    undetermined,
)
from tallyscan.verdict import Verdict

RULE = "mass"

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

AGREEMENT_MUST_REACH = PRIOR_WRONG / 2
"""An estimate so wide that even a perfect fit would not halve the prior cannot agree with anything."""


def rule_mass(case: Case) -> Verdict:
    """The estimate for this unit, or for all units together, against the declared gross mass."""
    if case.declaration is None or case.detection is None or case.unit is None:
        return undetermined(case, RULE, case.obstacle)
    everything, total_kg = case.declaration.goods_items, case.declaration.total_gross_mass
    if case.declared and case.declared.empty:
        return undetermined(case, RULE, "The unit is declared as empty; see the rule `empty`.")
    if case.declared and not case.declared.shared:
        items = case.declared.items
        declared = declared_mass(items, total_kg if len(items) == len(everything) else None, units=1)
        return _compare(case, declared, case.unit.mass_kg, "this unit", opaque=case.not_penetrated(case.unit))
    if _all_units_shown(case):
        declared = declared_mass(everything, total_kg, units=len(case.detection.units))
        opaque = case.not_penetrated(*case.detection.units)
        return _compare(case, declared, case.detection.mass_kg, "all units together", opaque=opaque)
    reason = case.obstacle or "Goods of this unit may also lie in units that the image does not show."
    return undetermined(case, RULE, reason)


def mass_score(declared_kg: float, estimate: Interval) -> float:
    """Probability that the declared mass is wrong, in (0, 1); grows with its distance from the estimate."""
    honest_kg = honest_sigma_kg(declared_kg, estimate)
    wrong_kg = math.hypot(honest_kg, WRONG_SPREAD_KG)
    sigmas = min(abs(estimate.estimate - declared_kg) / honest_kg, MOST_SIGMAS)
    log_odds = math.log(PRIOR_WRONG / (1 - PRIOR_WRONG)) + math.log(honest_kg / wrong_kg)
    log_odds += sigmas**2 / 2 * (1 - (honest_kg / wrong_kg) ** 2)
    return 1 / (1 + math.exp(-min(log_odds, 50.0)))


def honest_sigma_kg(declared_kg: float, estimate: Interval) -> float:
    """Spread of the estimate around an honest declaration; the side of the interval that faces it counts."""
    below = declared_kg < estimate.estimate
    side = estimate.estimate - estimate.low if below else estimate.high - estimate.estimate
    tolerance = max(DECLARED_TOLERANCE * declared_kg, LEAST_TOLERANCE_KG)
    return math.hypot(max(side, 0.0) / SIGMAS_OF_INTERVAL, tolerance)


def _compare(
    case: Case, declared: DeclaredMass, estimate: Interval | None, scope: str, *, opaque: bool
) -> Verdict:
    evidence: dict[str, Any] = {
        "scope": scope,
        "declared_kg": declared.mass_kg,
        "goods_items": list(declared.goods_items),
        "faults": list(declared.faults),
        "estimate_kg": estimate.estimate if estimate else None,
        "low_kg": estimate.low if estimate else None,
        "high_kg": estimate.high if estimate else None,
    }
    said, score, obstacle = "", 0.0, _obstacle(case, declared, estimate, opaque)
    if declared.mass_kg is not None and estimate is not None and not obstacle:
        score = mass_score(declared.mass_kg, estimate)
        said = (
            f"Declared for {scope}: {in_kg(declared.mass_kg)}; estimated: {in_kg(estimate.estimate)} "
            f"({in_kg(estimate.low)} to {in_kg(estimate.high)})."
        )
        obstacle = _doubt(case, score, declared.mass_kg, estimate, opaque)
    if declared.faults:
        fault = f"The declared mass cannot be right: {'; '.join(declared.faults)}."
        shown = FORMAL_FAULT_SCORE if obstacle else max(score, FORMAL_FAULT_SCORE)
        return differs(case, RULE, shown, " ".join(filter(None, (fault, said, obstacle))), evidence)
    if obstacle:
        return undetermined(case, RULE, f"{said} {obstacle}".strip(), evidence)
    return (differs if outcome_of(score) == "differs" else agrees)(case, RULE, score, said, evidence)


def _obstacle(case: Case, declared: DeclaredMass, estimate: Interval | None, opaque: bool) -> str:
    """Why there is nothing to compare, as a sentence; empty when there is."""
    if declared.mass_kg is None:
        return "Not every goods item has a gross mass, and no total is declared for them."
    if case.scan and case.scan.grade == "display":
        return "The scan is of display grade: a mass needs calibrated transmission."
    if estimate is None:
        beam = "The beam did not get through part of the cargo." if opaque else ""
        return " ".join(filter(None, ("The model gave no mass.", beam, case.guessed_units)))
    return ""


def _doubt(case: Case, score: float, declared_kg: float, estimate: Interval, opaque: bool) -> str:
    """Why an estimate does not decide, as a sentence; empty when it does."""
    if case.guessed_units:
        return f"{case.guessed_units} Such an estimate neither supports nor contradicts a declared mass."
    outcome = outcome_of(score)
    contradicts = outcome == "differs"
    if opaque and not (contradicts and estimate.estimate > declared_kg):
        return "The beam did not get through part of the cargo, so the estimate is only a lower bound."
    if not contradicts and mass_score(estimate.estimate, estimate) > AGREEMENT_MUST_REACH:
        return "The estimate is too uncertain to support any declared mass."
    return "The difference is neither small nor large enough to decide." if outcome == "undetermined" else ""


def _all_units_shown(case: Case) -> bool:
    """The image shows as many units as are declared, or only the vehicle is declared; none of it as empty."""
    if any(unit.empty for unit in case.declared_units):
        return False
    if len(case.declared_units) == 1 and case.declared_units[0].number is None:
        return True
    shown = len(case.detection.units) if case.detection else 0
    return shown == len(case.declared_units)
