"""Is every declared commodity code one that exists and says what the goods are?"""

from tallyscan.hs_nomenclature import SPECIAL_CHAPTERS, chapters
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, agrees, differs, undetermined
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said

RULE = "hs_code"

KNOWN_CODE_SCORE = 0.05
"""Codes that exist are still mistyped into others that exist; this rule only looks at the writing."""


def rule_hs_code(case: Case) -> Verdict:
    """The declared codes against the chapters, and the headings where those are imported; it needs no image."""
    if case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    items = case.declared.items if case.declared else case.declaration.goods_items
    if not items:
        return undetermined(case, RULE, said("No goods item is declared for this unit."))
    faults: dict[str, Wording] = {}
    silent: list[Wording] = []
    named: list[Wording] = []
    chapter_of: dict[str, str] = {}
    for item in items:
        number, code = item.goods_item_number, item.written_code
        if code is None:
            silent.append(said("item {number} has no commodity code", number=number))
        elif fault := case.nomenclature.fault_of(code):
            faults[f"item {number}"] = said("{code} {fault}", code=code, fault=fault)
            named.append(said("item {number}: {code} {fault}", number=number, code=code, fault=fault))
        elif code[:2] in SPECIAL_CHAPTERS:
            silent.append(
                said(
                    "item {number} is in chapter {chapter}, kept for national use",
                    number=number,
                    chapter=code[:2],
                )
            )
        else:
            chapter_of[code] = chapters()[code[:2]].title
    evidence = {
        "chapters": chapter_of,
        "faults": {item: str(fault) for item, fault in faults.items()},
        "without_meaning": [str(each) for each in silent],
    }
    if case.nomenclature.titles:
        evidence["titles"] = {code: case.nomenclature.title_of(code) for code in chapter_of}
    if faults:
        reason = said("A declared code cannot be right: {items:;}.", items=named)
        return differs(case, RULE, FORMAL_FAULT_SCORE, reason, evidence)
    if silent:
        reason = said("Not every code says what the goods are: {items:;}.", items=silent)
        return undetermined(case, RULE, reason, evidence)
    reason = said("Every declared code is in a chapter that exists.")
    if case.nomenclature.titles:
        reason = said("Every declared code is in a heading that exists.")
    return agrees(case, RULE, KNOWN_CODE_SCORE, reason, evidence)
