"""Is every declared commodity code one that exists and says what the goods are?"""

from tallyscan.hs_nomenclature import SPECIAL_CHAPTERS, chapters
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, agrees, differs, undetermined
from tallyscan.verdict import Verdict

RULE = "hs_code"

KNOWN_CODE_SCORE = 0.05
"""Codes that exist are still mistyped into others that exist; this rule only looks at the writing."""


def rule_hs_code(case: Case) -> Verdict:
    """The declared codes against the chapters, and the headings where those are imported; it needs no image."""
    if case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    items = case.declared.items if case.declared else case.declaration.goods_items
    if not items:
        return undetermined(case, RULE, "No goods item is declared for this unit.")
    faults: dict[str, str] = {}
    silent: list[str] = []
    chapter_of: dict[str, str] = {}
    for item in items:
        number, code = item.goods_item_number, item.written_code
        if code is None:
            silent.append(f"item {number} has no commodity code")
        elif fault := case.nomenclature.fault_of(code):
            faults[f"item {number}"] = f"{code} {fault}"
        elif code[:2] in SPECIAL_CHAPTERS:
            silent.append(f"item {number} is in chapter {code[:2]}, kept for national use")
        else:
            chapter_of[code] = chapters()[code[:2]].title
    evidence = {"chapters": chapter_of, "faults": faults, "without_meaning": silent}
    if case.nomenclature.titles:
        evidence["titles"] = {code: case.nomenclature.title_of(code) for code in chapter_of}
    if faults:
        named = "; ".join(f"{item}: {fault}" for item, fault in faults.items())
        return differs(case, RULE, FORMAL_FAULT_SCORE, f"A declared code cannot be right: {named}.", evidence)
    if silent:
        reason = f"Not every code says what the goods are: {'; '.join(silent)}."
        return undetermined(case, RULE, reason, evidence)
    what = "heading" if case.nomenclature.titles else "chapter"
    return agrees(case, RULE, KNOWN_CODE_SCORE, f"Every declared code is in a {what} that exists.", evidence)
