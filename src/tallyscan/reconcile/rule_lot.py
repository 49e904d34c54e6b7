"""Is this load like the others of its kind: those of its declaration, or those of its trader, goods and route?"""

import math
from typing import Any

from tallyscan.known_unit import FEATURE_NAMES, FEATURES, KnownLoads, SeenUnit
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, PRIOR_WRONG, agrees, differs, undetermined
from tallyscan.reconcile.strangeness import Strangeness, strangeness
from tallyscan.verdict import Verdict
from tallyscan.wording import NOTHING, Wording, said, together

RULE = "lot"

LEAST_OTHERS = 11
"""With fewer, one honest unit in eleven or more would be the strangest of its lot."""

FALSE_ALARMS = 0.02
"""Share of honest units that may be called strange, where there are so many others that this can be told (49)."""

LEAST_RATIO = 1.25
"""The strangest of a lot is no stranger than the others unless its neighbours are so much further away."""

ALIKE_FROM = 0.25
"""A p-value above it is in no way strange; below it stays open."""

MOST_SCORE = 0.9


def rule_lot(case: Case) -> Verdict:
    """This unit among the comparable ones; the narrower group that has eleven decides."""
    if case.unit is None or case.detection is None or case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    if case.declared and case.declared.empty:
        return undetermined(case, RULE, said("The unit is declared as empty; see the rule `empty`."))
    seen, memory = case.seen, case.memory
    if memory is None or seen is None:
        return undetermined(case, RULE, said("No earlier scans are at hand."))
    if obstacle := _obstacle(case, seen):
        return undetermined(case, RULE, obstacle)
    groups = {"declaration": memory.of_declaration(seen)}
    if seen.trader and seen.route:
        groups["trade"] = memory.of_trade(seen)
    for name, group in groups.items():
        if len(group.scans) >= LEAST_OTHERS and seen.features is not None:
            found = strangeness(seen.features, group.features)
            if found is not None:
                return _answer(case, name, group, found)
    counts = {name: len(group.scans) for name, group in groups.items()}
    others = sum(group.of_other_scanners for group in groups.values())
    return undetermined(case, RULE, _too_few(counts, others), {"others": counts, "of_other_scanners": others})


def level_of(others: int) -> float:
    """The p-value up to which a load is strange: that of the strangest, or `FALSE_ALARMS` where many are known."""
    return max(FALSE_ALARMS, 1 / (others + 1))


def score_of(p_value: float) -> float:
    """Probability that something is wrong: the odds can rise by 1 / (-e p ln p) at most (Sellke, Bayarri and Berger,
    Calibration of p values, 2001), from the prior; never less than a formal fault, for somebody should look.
    """
    odds = PRIOR_WRONG / (1 - PRIOR_WRONG) / (-math.e * p_value * math.log(p_value))
    return min(max(odds / (1 + odds), FORMAL_FAULT_SCORE), MOST_SCORE)


def _obstacle(case: Case, seen: SeenUnit) -> Wording:
    if case.scan and case.scan.grade == "display":
        return said("The scan is of display grade: loads are compared in calibrated transmission.")
    if case.guessed_units:
        return case.guessed_units
    if seen.features is None:
        return said(
            "The size of a pixel is not known, or too little of the load is in the image to compare it."
        )
    if seen.heading is None:
        return case.obstacle or said(
            "The commodity code of the main goods is not known, so neither are comparable units."
        )
    return NOTHING


_GROUPS = {
    "declaration": said("other units of its declaration"),
    "trade": said("earlier units of the same trader, goods and route"),
}


def _answer(case: Case, name: str, group: KnownLoads, found: Strangeness) -> Verdict:
    count, box = len(group.scans), case.unit.box if case.unit else None
    differs_most = [_in_words(*apart) for apart in found.apart]
    evidence: dict[str, Any] = {
        "group": name,
        "others": count,
        "p_value": round(found.p_value, 4),
        "ratio": round(found.ratio, 2),
        "nearest_scans": [group.scans[index] for index in found.nearest],
        "distances": [round(distance, 2) for distance in found.distances],
        "differs_most": [str(each) for each in differs_most],
        "region": list(box) if box else None,
    }
    if found.p_value <= level_of(count) and found.ratio >= LEAST_RATIO:
        reason = said(
            "The load is strange among {count} {others} (p = {p_value:.3f}): its nearest are {ratio:.1f} times as far "
            "away as theirs. Most of all: {most:;}.",
            count=count,
            others=_GROUPS[name],
            p_value=found.p_value,
            ratio=found.ratio,
            most=differs_most,
        )
        return differs(case, RULE, score_of(found.p_value), reason, evidence)
    if found.p_value > ALIKE_FROM:
        reason = said(
            "The load is like others among {count} {others} (p = {p_value:.2f}).",
            count=count,
            others=_GROUPS[name],
            p_value=found.p_value,
        )
        return agrees(case, RULE, PRIOR_WRONG, reason, evidence)
    reason = said(
        "The load is stranger than most among {count} {others}, and not strange enough to decide "
        "(p = {p_value:.2f}).",
        count=count,
        others=_GROUPS[name],
        p_value=found.p_value,
    )
    return undetermined(case, RULE, reason, evidence)


def _in_words(feature: int, value: float, usual: float) -> Wording:
    words, unit = FEATURES[FEATURE_NAMES[feature]]
    if not unit:
        return said(
            "{feature} {value:.3g}, of the nearest {usual:.3g}", feature=words, value=value, usual=usual
        )
    return said(
        "{feature} {value:.3g} {unit}, of the nearest {usual:.3g}",
        feature=words,
        value=value,
        unit=unit,
        usual=usual,
    )


def _too_few(counts: dict[str, int], of_other_scanners: int) -> Wording:
    known = [said("{count} {others}", count=count, others=_GROUPS[name]) for name, count in counts.items()]
    few = said("Only {known:and} can be compared; it takes {least} to tell.", known=known, least=LEAST_OTHERS)
    more = said("{count} more were scanned by scanners of another kind.", count=of_other_scanners)
    without = said("Without the trader's number and the route there is no history to ask.")
    return together(few, more if of_other_scanners else NOTHING, NOTHING if "trade" in counts else without)
