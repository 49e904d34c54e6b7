"""Does the load look as the model expects goods like the declared ones to look?

The model draws what it expects of the declared goods and says how far the image is from it. It looks at the same
pixels as the rule `commodity`, by other means: the score is its mismatch, and the region is where picture and
expectation differ most.
"""

import math

from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import PRIOR_WRONG, agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict
from tallyscan.wording import NOTHING, Wording, said, together

RULE = "expectation"

WRONG_IN_CALIBRATION = 0.2
"""Share of wrong declarations among the simulated units on which the model's mismatch is a probability: about one in
five, more than at a border. The odds are brought to those of `PRIOR_WRONG`."""

EXPECTED_PICTURE = "/v1/scans/{scan}/expected"
"""Where the service has what was expected, with the declaration; `{scan}` is the id of the scan."""

_CERTAIN = 1e-6


def rule_expectation(case: Case) -> Verdict:
    """The mismatch of this unit's goods with what is declared, as the model sees it."""
    if case.unit is None or case.declared is None or case.detection is None:
        return undetermined(case, RULE, case.obstacle)
    if obstacle := case.cannot_tell_goods_apart:
        return undetermined(case, RULE, obstacle)
    if case.unit.mismatch is None:
        reason = said(
            "The model expects nothing in particular: goods without a class that it knows, or too few to see."
        )
        return undetermined(case, RULE, reason)
    score = at_border(case.unit.mismatch)
    surprise = case.unit.load.surprise if case.unit.load else None
    evidence = {
        "mismatch": round(case.unit.mismatch, 4),
        "probability": round(score, 4),
        "expected": EXPECTED_PICTURE,
        "region": list(surprise.box) if surprise else list(case.unit.box),
        "excess_g_cm2": surprise.excess_g_cm2 if surprise else None,
    }
    where = _furthest(surprise.excess_g_cm2) if surprise is not None else NOTHING
    outcome = outcome_of(score)
    if outcome == "agrees":
        return agrees(case, RULE, score, said("The load looks as such goods are expected to look."), evidence)
    if outcome == "differs":
        reason = said(
            "The load does not look as the declared goods are expected to look ({score:.2f}).", score=score
        )
        return differs(case, RULE, score, together(reason, where), evidence)
    reason = said(
        "The load is neither near enough to what is expected nor far enough from it ({score:.2f}).",
        score=score,
    )
    return undetermined(case, RULE, together(reason, where), evidence)


def _furthest(excess_g_cm2: float) -> Wording:
    amount = abs(excess_g_cm2)
    if excess_g_cm2 >= 0:
        return said(
            "It is furthest from what is expected where it has {amount:.1f} g/cm2 more.", amount=amount
        )
    return said("It is furthest from what is expected where it has {amount:.1f} g/cm2 less.", amount=amount)


def at_border(mismatch: float) -> float:
    """The probability of a wrong declaration where one in ten is wrong, from that where `WRONG_IN_CALIBRATION` are."""
    inside = min(max(mismatch, _CERTAIN), 1 - _CERTAIN)
    log_odds = math.log(inside / (1 - inside)) + _log_odds(PRIOR_WRONG) - _log_odds(WRONG_IN_CALIBRATION)
    return 1 / (1 + math.exp(-log_odds))


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))
