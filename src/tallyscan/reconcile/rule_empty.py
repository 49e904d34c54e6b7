"""Is what is declared as empty empty, and what is declared as loaded loaded?"""

from tallyscan.finding import Empty
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict

RULE = "empty"


def rule_empty(case: Case) -> Verdict:
    """The model's probability that the unit is empty, taken as it is, against what is declared of it."""
    expected = _declared_empty(case)
    if case.unit is None or expected is None:
        return undetermined(case, RULE, case.obstacle or "No goods are declared for this unit.")
    found = _empty(case)
    if found is None:
        return undetermined(case, RULE, "The model gave no answer on whether this unit is empty.")
    score = 1 - found.probability if expected else found.probability
    evidence = {
        "declared_empty": expected,
        "empty_probability": round(found.probability, 4),
        "region": list(case.unit.box),
    }
    declared = "declared as empty" if expected else "declared with goods"
    outcome = outcome_of(score)
    if outcome == "undetermined":
        reason = f"The unit is {declared}; the image does not show clearly whether it is empty."
        return undetermined(case, RULE, reason, evidence)
    seems = "empty" if found.probability > 0.5 else "loaded"
    reason = f"The unit is {declared} and seems {seems} (empty with probability {found.probability:.2f})."
    return (agrees if outcome == "agrees" else differs)(case, RULE, score, reason, evidence)


def _declared_empty(case: Case) -> bool | None:
    """What is declared of this unit; where units cannot be told apart, what holds for all of them."""
    if case.detection is None:
        return None
    if case.declared:
        loaded = bool(case.declared.items) and not case.declared.empty
        return case.declared.empty if case.declared.empty or loaded else None
    whole = case.declared_units[0] if len(case.declared_units) == 1 else None
    if whole and whole.number is None and whole.empty:
        return True  # an empty vehicle, however many units the image shows of it
    containers = [unit for unit in case.declared_units if unit.number]
    if case.unit is None or len(containers) != len(case.detection.units):
        return None
    declared = {unit.empty for unit in containers}
    return declared.pop() if len(declared) == 1 else None


def _empty(case: Case) -> Empty | None:
    if case.unit and case.unit.empty:
        return case.unit.empty
    return case.detection.empty if case.detection and len(case.detection.units) == 1 else None
