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
from tallyscan.wording import Wording, said

RULE = "description"

SAME_GROUP_SCORE = 0.05
"""Words and code are written by the same hand: that they fit says little of the goods."""


def rule_description(case: Case) -> Verdict:
    """The declared descriptions against the declared codes, by confusable group; it needs no image."""
    if case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    items = case.declared.items if case.declared else case.declaration.goods_items
    if not items:
        return undetermined(case, RULE, said("No goods item is declared for this unit."))
    contradictions: dict[str, Wording] = {}
    silent: list[Wording] = []
    named: list[Wording] = []
    words: dict[str, list[str]] = {}
    for item in items:
        number = item.goods_item_number
        name = f"item {number}"
        match, of_code = class_of_description(item.description_of_goods or ""), _class_of_code(item)
        if match is not None:
            words[name] = list(match.words)
        if match is None or of_code is None:
            silent.append(said("item {number} {why}", number=number, why=_why_silent(item, match)))
        elif match.group != of_code.group:
            contradictions[name] = said(
                "“{words:,}” means {goods}, the code {code} {other_goods}",
                words=match.words,
                goods=match.classes[0].in_words,
                code=usable_code(item) or "",
                other_goods=of_code.in_words,
            )
            named.append(said("item {number}: {what}", number=number, what=contradictions[name]))
    evidence = {
        "contradictions": {name: str(what) for name, what in contradictions.items()},
        "words": words,
        "not_compared": [str(each) for each in silent],
    }
    if contradictions:
        reason = said("Description and code contradict each other: {items:;}.", items=named)
        return differs(case, RULE, FORMAL_FAULT_SCORE, reason, evidence)
    if silent:
        reason = said("Not every description can be held against its code: {items:;}.", items=silent)
        return undetermined(case, RULE, reason, evidence)
    reason = said("Every description names the same kind of goods as its code.")
    return agrees(case, RULE, SAME_GROUP_SCORE, reason, evidence)


def _class_of_code(item: GoodsItem) -> CommodityClass | None:
    code = usable_code(item)
    return class_of_hs(code) if code else None


def _why_silent(item: GoodsItem, match: ClassMatch | None) -> Wording:
    if usable_code(item) is None:
        return said("has no usable commodity code")
    if not item.description_of_goods:
        return said("has no description")
    if match is None:
        return said("has a description that names no known class")
    return said("has a code of no known class")
