"""Indicators to one number: the prior, plus the weight of each, in log-odds.

A weight is the logarithm of a likelihood ratio, in nats. Evidence that rests on the same thing is dependent, so a group
of it adds no more than its cap. The weights are documented constants, judgements until outcomes are there
(`RiskTable.calibrated`). From the same indicators comes the same number: weights are rounded before they are added.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tallyscan.risk import Group, Risk, RiskIndicator, RiskTable, TableRow
from tallyscan.triage.odds import PRIOR, lane_of, log_odds, probability

CONTENTS_MOST = 5.0
INTEGRITY_MOST = 5.0
INCOMING_MOST = 3.0
INCOMING_RELIEF_MOST = 0.5

CAPS: dict[Group, float] = {
    "contents": CONTENTS_MOST,
    "integrity": INTEGRITY_MOST,
    "incoming": INCOMING_MOST,
}
"""Most nats that the members of a group add together: they look at the same goods, image or papers."""

RELIEF_CAPS: dict[Group, float] = {"incoming": INCOMING_RELIEF_MOST}
"""Most nats that they take off together."""


def combine(given: Sequence[RiskIndicator], *, assessed: bool = True) -> Risk:
    """The risk that these indicators come to, each with what it added.

    What speaks for the consignment counts only where nothing speaks against it. An indicator that `lifts_to` a score
    has the weight that was missing to it. Notes are kept and add nothing. Not assessed: no score, and what raises the
    risk all the same.
    """
    notes = [indicator for indicator in given if indicator.group == "note"]
    evidence = [_as_given(each) for each in given if each.group != "note" and each.lifts_to is None]
    raising = _capped([each for each in evidence if each.weight > 0], CAPS)
    if not assessed:
        return Risk(None, "not_assessed", (*notes, *raising))
    counted = raising or _capped([each for each in evidence if each.weight < 0], RELIEF_CAPS)
    for floor in given:
        if floor.lifts_to is not None:
            missing = math.ceil((log_odds(floor.lifts_to) - total_nats(counted)) * 1000) / 1000
            counted = [*counted, replace(floor, weight=max(missing, 0.0))]
    score = round(probability(total_nats(counted)), 4)
    return Risk(score, lane_of(score), (*notes, *counted))


def total_nats(indicators: Iterable[RiskIndicator]) -> float:
    """Log-odds of the prior and all of them, whatever their order."""
    return math.fsum((log_odds(PRIOR), *(indicator.weight for indicator in indicators)))


def table(risk: Risk) -> RiskTable:
    """What each group of evidence added to the prior, before and after its cap, in the order in which it was added."""
    steps: dict[str, list[RiskIndicator]] = {}
    for indicator in risk.indicators:
        steps.setdefault(_step_of(indicator), []).append(indicator)
    rows = [TableRow("prior", (), 0.0, None, round(log_odds(PRIOR), 3), PRIOR)]
    so_far: list[RiskIndicator] = []
    for step, members in steps.items():
        so_far += members
        rows.append(
            TableRow(
                step,
                tuple(members),
                round(math.fsum(_before_cap(each) for each in members), 3),
                _cap_of(members),
                round(math.fsum(each.weight for each in members), 3),
                None if risk.score is None else round(probability(total_nats(so_far)), 4),
            )
        )
    rows[-1] = replace(rows[-1], score=risk.score)  # what was found is 1, however high its log-odds
    return RiskTable(tuple(rows), risk.score, risk.lane)


def _before_cap(indicator: RiskIndicator) -> float:
    return indicator.weight if indicator.before_cap is None else indicator.before_cap


def _as_given(indicator: RiskIndicator) -> RiskIndicator:
    return replace(indicator, weight=round(_before_cap(indicator), 3), before_cap=None)


def _capped(evidence: Sequence[RiskIndicator], caps: dict[Group, float]) -> list[RiskIndicator]:
    """All of one sign; a group above its cap is scaled down to it, and its rounded weights add up to the cap."""
    together: dict[Group, float] = defaultdict(float)
    for each in evidence:
        if each.group is not None:
            together[each.group] += abs(each.weight)
    over = {group: cap / together[group] for group, cap in caps.items() if together[group] > cap}
    before: dict[Group, float] = defaultdict(float)
    capped = []
    for each in evidence:
        if each.group is not None and each.group in over:
            share, start = over[each.group], before[each.group]
            before[each.group] = start + each.weight
            weight = round(before[each.group] * share, 3) - round(start * share, 3)
            each = replace(each, weight=round(weight, 3), before_cap=each.weight)
        capped.append(each)
    return capped


def _step_of(indicator: RiskIndicator) -> str:
    if indicator.lifts_to is not None:
        return f"floor {indicator.code}"
    return indicator.group or indicator.code


def _cap_of(members: Sequence[RiskIndicator]) -> float | None:
    group, relief = members[0].group, any(each.weight < 0 for each in members)
    return None if group is None else (RELIEF_CAPS if relief else CAPS).get(group)
