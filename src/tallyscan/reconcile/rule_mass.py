"""Does the mass of the goods, estimated from the image or weighed, fit the declared gross mass?

The declared mass is that of the goods with their packaging. A tare is taken off only from what was weighed.
"""

from dataclasses import dataclass
from typing import Any

from tallyscan.finding import Interval
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.declared_mass import DeclaredMass, declared_mass
from tallyscan.reconcile.mass_scope import MassScope, mass_scope
from tallyscan.reconcile.mass_score import mass_score, within_factor_two
from tallyscan.reconcile.outcome import (
    FORMAL_FAULT_SCORE,
    PRIOR_WRONG,
    agrees,
    differs,
    outcome_of,
    undetermined,
)
from tallyscan.reconcile.weighed_goods import (
    WeighedGoods,
    at_odds,
    combined,
    weighed_goods,
    weighed_of_others,
)
from tallyscan.verdict import Verdict
from tallyscan.wording import NOTHING, Wording, said, together

RULE = "mass"

AGREEMENT_MUST_REACH = PRIOR_WRONG / 2
"""An estimate so wide that even a perfect fit would not halve the prior cannot agree with anything."""

NOT_DECIDED = said("The difference is neither small nor large enough to decide.")


@dataclass(frozen=True)
class _Answer:
    """`doubt` is why there is none, as a sentence; `score` counts where it is empty.

    `within_factor_two` is None where no measured mass can be held against the declared one.
    """

    score: float
    words: Wording
    doubt: Wording = NOTHING
    within_factor_two: bool | None = None


def rule_mass(case: Case) -> Verdict:
    """The estimate for this unit, or for all over which its goods are spread, against the declared gross mass."""
    if case.declaration is None or case.detection is None or case.unit is None:
        return undetermined(case, RULE, case.obstacle)
    if case.declared and case.declared.empty:
        return undetermined(case, RULE, said("The unit is declared as empty; see the rule `empty`."))
    scope = mass_scope(case)
    if scope is None:
        return undetermined(case, RULE, case.obstacle)
    everything = len(scope.items) == len(case.declaration.goods_items)
    total_kg = case.declaration.total_gross_mass if everything else None
    return _compare(case, declared_mass(scope.items, total_kg, units=scope.units), scope)


def _compare(case: Case, declared: DeclaredMass, scope: MassScope) -> Verdict:
    weighed, estimate = weighed_goods(case, scope), scope.estimate
    evidence: dict[str, Any] = {
        "scope": str(scope.words),
        "declared_kg": declared.mass_kg,
        "goods_items": list(declared.goods_items),
        "faults": [str(each) for each in declared.faults],
        "estimate_kg": estimate.estimate if estimate else None,
        "low_kg": estimate.low if estimate else None,
        "high_kg": estimate.high if estimate else None,
        "missing": [str(each) for each in scope.missing],
        "awaited": list(scope.awaited),
        "other_scans": list(scope.scans),
        **(weighed.as_evidence if weighed else {}),
        **({"weighed_of_others": others} if (others := weighed_of_others(case, scope)) else {}),
        "region": list(case.unit.box) if case.unit else None,
    }
    answer = _answer(case, declared, scope, weighed)
    evidence["within_factor_two"] = answer.within_factor_two
    if declared.faults:
        fault = said("The declared mass cannot be right: {faults:;}.", faults=declared.faults)
        shown = FORMAL_FAULT_SCORE if answer.doubt else max(answer.score, FORMAL_FAULT_SCORE)
        return differs(case, RULE, shown, together(fault, answer.words, answer.doubt), evidence)
    if answer.doubt:
        return undetermined(case, RULE, together(answer.words, answer.doubt), evidence)
    judge = differs if outcome_of(answer.score) == "differs" else agrees
    return judge(case, RULE, answer.score, answer.words, evidence)


def _answer(case: Case, declared: DeclaredMass, scope: MassScope, weighed: WeighedGoods | None) -> _Answer:
    if declared.mass_kg is None:
        why = said("Not every goods item has a gross mass, and no total is declared for them.")
        return _Answer(0.0, NOTHING, why)
    obstacle = _obstacle(case, scope)
    estimate = None if obstacle else scope.estimate
    words = _said(declared.mass_kg, scope, estimate, weighed)
    if weighed and weighed.newest.tare_kg is None and declared.mass_kg > weighed.most.estimate:
        score = mass_score(declared.mass_kg, weighed.most)
        if outcome_of(score) == "differs":
            more = said(
                "More is declared than everything that was weighed: {weighed_kg:,.0f} kg.",
                weighed_kg=weighed.newest.kg,
            )
            return _Answer(score, together(words, more))
    if weighed is not None and weighed.goods is not None:
        return _by_weight(declared.mass_kg, scope, estimate, weighed.goods, words)
    if estimate is None:
        return _Answer(0.0, NOTHING if weighed is None else words, obstacle)
    score = mass_score(declared.mass_kg, estimate)
    bounded_both_ways = not (scope.guessed or scope.opaque)
    near = within_factor_two(declared.mass_kg, estimate) if bounded_both_ways else None
    return _Answer(score, words, _doubt(scope, score, declared.mass_kg, estimate), near)


def _by_weight(
    declared_kg: float, scope: MassScope, estimate: Interval | None, goods: Interval, words: Wording
) -> _Answer:
    """What was weighed, together with the estimate where it is one of the same goods."""
    scores = [mass_score(declared_kg, goods)]
    measured = goods
    if estimate is not None and not scope.guessed:
        opaque = scope.opaque and estimate.estimate <= goods.estimate  # a lower bound, and it is below
        if not opaque and at_odds(goods, estimate):
            scores.append(mass_score(declared_kg, estimate))
            same_side = (estimate.estimate > declared_kg) == (goods.estimate > declared_kg)
            if same_side and all(outcome_of(score) == "differs" for score in scores):
                return _Answer(min(scores), words)
            doubt = said(
                "What was weighed and what was estimated contradict each other: find out which is right."
            )
            return _Answer(0.0, words, doubt)
        if not scope.opaque:
            measured = combined(goods, estimate)
    score = mass_score(declared_kg, measured)
    doubt = NOT_DECIDED if outcome_of(score) == "undetermined" else NOTHING
    return _Answer(score, words, doubt, within_factor_two(declared_kg, measured))


def _said(
    declared_kg: float, scope: MassScope, estimate: Interval | None, weighed: WeighedGoods | None
) -> Wording:
    parts = [said("Declared for {scope}: {declared_kg:,.0f} kg", scope=scope.words, declared_kg=declared_kg)]
    if estimate is not None:
        parts.append(
            said(
                "estimated: {estimate_kg:,.0f} kg ({low_kg:,.0f} kg to {high_kg:,.0f} kg)",
                estimate_kg=estimate.estimate,
                low_kg=estimate.low,
                high_kg=estimate.high,
            )
        )
    if weighed is not None and weighed.goods is not None:
        parts.append(
            said(
                "weighed: {goods_kg:,.0f} kg, without the tare of {tare_kg:,.0f} kg",
                goods_kg=weighed.goods.estimate,
                tare_kg=weighed.weighed.tare_kg or 0.0,
            )
        )
    elif weighed is not None:
        parts.append(
            said("weighed, with a tare that nobody said: {weighed_kg:,.0f} kg", weighed_kg=weighed.weighed.kg)
        )
    return said("{masses:;}.", masses=parts)


def _obstacle(case: Case, scope: MassScope) -> Wording:
    """Why there is no estimate to compare, as a sentence; empty when there is."""
    if scope.missing:
        return said(
            "The goods lie in {scope}, and {missing:;}: the sum is not known yet.",
            scope=scope.words,
            missing=scope.missing,
        )
    if case.scan and case.scan.grade == "display":
        return said("The scan is of display grade: a mass needs calibrated transmission.")
    if scope.estimate is None:
        beam = said("The beam did not get through part of the cargo.") if scope.opaque else NOTHING
        return together(said("The model gave no mass."), beam, scope.guessed)
    return NOTHING


def _doubt(scope: MassScope, score: float, declared_kg: float, estimate: Interval) -> Wording:
    """Why an estimate does not decide, as a sentence; empty when it does."""
    if scope.guessed:
        weak = said("Such an estimate neither supports nor contradicts a declared mass.")
        return together(scope.guessed, weak)
    outcome = outcome_of(score)
    contradicts = outcome == "differs"
    if scope.opaque and not (contradicts and estimate.estimate > declared_kg):
        return said("The beam did not get through part of the cargo, so the estimate is only a lower bound.")
    if not contradicts and mass_score(estimate.estimate, estimate) > AGREEMENT_MUST_REACH:
        return said("The estimate is too uncertain to support any declared mass.")
    return NOT_DECIDED if outcome == "undetermined" else NOTHING
