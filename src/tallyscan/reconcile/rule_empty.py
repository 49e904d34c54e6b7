"""Is what is declared as empty empty, and what is declared as loaded loaded?"""

from tallyscan.finding import Empty
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said

RULE = "empty"


def rule_empty(case: Case) -> Verdict:
    """The model's probability that the unit is empty, taken as it is, against what is declared of it."""
    expected = _declared_empty(case)
    if case.unit is None or expected is None:
        return undetermined(case, RULE, case.obstacle or said("No goods are declared for this unit."))
    found = _empty(case)
    if found is None:
        return undetermined(case, RULE, said("The model gave no answer on whether this unit is empty."))
    score = 1 - found.probability if expected else found.probability
    evidence = {
        "declared_empty": expected,
        "empty_probability": round(found.probability, 4),
        "region": list(case.unit.box),
    }
    outcome = outcome_of(score)
    if outcome == "undetermined":
        return undetermined(case, RULE, _unclear(expected), evidence)
    reason = _seen(expected, found.probability)
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


def _unclear(expected: bool) -> Wording:
    if expected:
        return said("The unit is declared as empty; the image does not show clearly whether it is empty.")
    return said("The unit is declared with goods; the image does not show clearly whether it is empty.")


def _seen(expected: bool, probability: float) -> Wording:
    if expected and probability > 0.5:
        return said(
            "The unit is declared as empty and seems empty (empty with probability {probability:.2f}).",
            probability=probability,
        )
    if expected:
        return said(
            "The unit is declared as empty and seems loaded (empty with probability {probability:.2f}).",
            probability=probability,
        )
    if probability > 0.5:
        return said(
            "The unit is declared with goods and seems empty (empty with probability {probability:.2f}).",
            probability=probability,
        )
    return said(
        "The unit is declared with goods and seems loaded (empty with probability {probability:.2f}).",
        probability=probability,
    )


def _empty(case: Case) -> Empty | None:
    if case.unit and case.unit.empty:
        return case.unit.empty
    return case.detection.empty if case.detection and len(case.detection.units) == 1 else None
