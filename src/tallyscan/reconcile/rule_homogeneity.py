"""Is a load that is declared as one kind of goods of one look?

Many declared and one look seen is no fault: packing hides differences, and X-rays do not tell all goods apart.
"""

import math

from tallyscan.reconcile.case import Case
from tallyscan.reconcile.declared_goods import declared_goods
from tallyscan.reconcile.outcome import PRIOR_WRONG, agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict
from tallyscan.wording import said, together

RULE = "homogeneity"

ONE_LOOK = (0.1, 0.07)
TWO_LOOKS = (0.4, 0.2)
"""Mean and standard deviation of how far the two most common looks of a load are apart: of simulated loads of one
class (57: 0.09 and 0.05, at most 0.26), and of several confusable groups (30: 0.39 and 0.22). The first is widened."""

ODD_LOADS = 0.02
"""Share of loads of one kind that look like anything: packed in two ways, fallen over. A judgement."""

OF_MANY_LOOKS = frozenset({"machinery", "vehicles_parts", "furniture_household"})
"""Classes of which a single item holds things that look nothing like each other."""


def rule_homogeneity(case: Case) -> Verdict:
    """How far the looks of the goods in this unit are apart, where they are declared as one kind."""
    if case.unit is None or case.declared is None or case.detection is None:
        return undetermined(case, RULE, case.obstacle)
    if obstacle := case.cannot_tell_goods_apart:
        return undetermined(case, RULE, obstacle)
    if not case.declared.items:
        return undetermined(case, RULE, said("No goods item is declared for this unit."))
    classes = {each.commodity for each in declared_goods(case.declared.items)}
    if len(case.declared.items) > 1 and len({each.group if each else None for each in classes} - {None}) != 1:
        return undetermined(
            case, RULE, said("Several kinds of goods are declared: several looks are no fault, nor is one.")
        )
    if None in classes and len(case.declared.items) > 1:
        return undetermined(
            case, RULE, said("Not every item is declared as a class of goods: they may be of several kinds.")
        )
    load = case.unit.load
    if load is None or load.looks_apart is None:
        return undetermined(case, RULE, said("There are too few goods to tell looks apart."))
    many = {each.in_words for each in classes if each is not None and each.name in OF_MANY_LOOKS}
    score = looks_score(load.looks_apart)
    evidence = {
        "declared_items": [item.goods_item_number for item in case.declared.items],
        "looks_apart": load.looks_apart,
        "shares": [look.share for look in load.looks],
        "regions": [list(look.box) for look in load.looks],
    }
    words = said(
        "One kind of goods is declared; the two looks most unlike are {apart:.2f} apart (of 1).",
        apart=load.looks_apart,
    )
    outcome = outcome_of(score)
    if outcome == "agrees":
        return agrees(case, RULE, score, words, evidence)
    if many:
        why = said("{goods:^and} can be of many looks.", goods=sorted(many))
        return undetermined(case, RULE, together(words, why), evidence)
    if outcome == "differs":
        far = said("That is as far as goods of two kinds.")
        return differs(case, RULE, score, together(words, far), evidence)
    return undetermined(case, RULE, together(words, said("That may be one kind or two.")), evidence)


def looks_score(apart: float) -> float:
    """Probability that a load has goods of more than one kind; grows with how far its looks are apart."""
    one = (1 - ODD_LOADS) * _normal(max(apart, ONE_LOOK[0]), *ONE_LOOK) + ODD_LOADS
    two = _normal(min(apart, TWO_LOOKS[0]), *TWO_LOOKS)
    return PRIOR_WRONG * two / (PRIOR_WRONG * two + (1 - PRIOR_WRONG) * one)


def _normal(at: float, mean: float, spread: float) -> float:
    return math.exp(-(((at - mean) / spread) ** 2) / 2) / (spread * math.sqrt(2 * math.pi))
