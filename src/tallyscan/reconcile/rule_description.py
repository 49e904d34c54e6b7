"""Do the words and the code of every goods item speak of the same kind of goods?

Classes of one confusable group count as the same, so that only a plain contradiction is told.
"""

from tallyscan.classify.description import ClassMatch, class_of_description
from tallyscan.classify.hs import usable_code
from tallyscan.commodity import CommodityClass, class_of_hs
from tallyscan.declaration import GoodsItem
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, agrees, differs, undetermined
from tallyscan.verdict import Verdict

RULE = "description"

SAME_GROUP_SCORE = 0.05
"""Words and code are written by the same hand: that they fit says little of the goods."""


def rule_description(case: Case) -> Verdict:
    """The declared descriptions against the declared codes, by confusable group; it needs no image."""
    if case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    items = case.declared.items if case.declared else case.declaration.goods_items
    if not items:
        return undetermined(case, RULE, "No goods item is declared for this unit.")
    contradictions: dict[str, str] = {}
    silent: list[str] = []
    words: dict[str, list[str]] = {}
    for item in items:
        name = f"item {item.goods_item_number}"
        match, of_code = class_of_description(item.description_of_goods or ""), _class_of_code(item)
        if match is not None:
            words[name] = list(match.words)
        if match is None or of_code is None:
            silent.append(f"{name} {_why_silent(item, match)}")
        elif match.group != of_code.group:
            said = f"“{', '.join(match.words)}” means {match.classes[0].title.lower()}"
            contradictions[name] = f"{said}, the code {usable_code(item)} {of_code.title.lower()}"
    evidence = {"contradictions": contradictions, "words": words, "not_compared": silent}
    if contradictions:
        named = "; ".join(f"{item}: {what}" for item, what in contradictions.items())
        reason = f"Description and code contradict each other: {named}."
        return differs(case, RULE, FORMAL_FAULT_SCORE, reason, evidence)
    if silent:
        reason = f"Not every description can be held against its code: {'; '.join(silent)}."
        return undetermined(case, RULE, reason, evidence)
    reason = "Every description names the same kind of goods as its code."
    return agrees(case, RULE, SAME_GROUP_SCORE, reason, evidence)


def _class_of_code(item: GoodsItem) -> CommodityClass | None:
    code = usable_code(item)
    return class_of_hs(code) if code else None


def _why_silent(item: GoodsItem, match: ClassMatch | None) -> str:
    if usable_code(item) is None:
        return "has no usable commodity code"
    if not item.description_of_goods:
        return "has no description"
    return "has a description that names no known class" if match is None else "has a code of no known class"
