"""Does the declaration contradict itself, before it is held against the scan?"""

from tallyscan.declaration_remarks import remarks
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, PRIOR_WRONG, agrees, differs, undetermined
from tallyscan.remark import JUDGED_ELSEWHERE, NOT_WEIGHED
from tallyscan.verdict import Verdict
from tallyscan.wording import NOTHING, said, together

RULE = "declaration"

MOST_SAID = 5


def rule_declaration(case: Case) -> Verdict:
    """What can be remarked on the declaration as it stands; it needs no image.

    What other rules weigh, and what says nothing against it, is in the evidence and does not count here. A declaration
    without a fault is no sign of honest goods: it agrees with a score that says nothing.
    """
    if case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    in_unit = case.declared.items if case.declared else case.declaration.goods_items
    numbers = {item.goods_item_number for item in in_unit}
    found = [
        remark
        for remark in remarks(case.declaration, case.nomenclature)
        if remark.goods_item_number is None or remark.goods_item_number in numbers
    ]
    evidence = {"remarks": [remark.model_dump(mode="json", by_alias=True) for remark in found]}
    weighed = [remark.wording for remark in found if remark.code not in JUDGED_ELSEWHERE | NOT_WEIGHED]
    if weighed:
        more = len(weighed) - MOST_SAID
        and_more = said("And {count} more.", count=more) if more > 0 else NOTHING
        reason = together(*weighed[:MOST_SAID], and_more)
        return differs(case, RULE, FORMAL_FAULT_SCORE, reason, evidence)
    reason = said("Nothing in the declaration contradicts itself, beside what other rules judge.")
    return agrees(case, RULE, PRIOR_WRONG, reason, evidence)
