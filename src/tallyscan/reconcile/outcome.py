"""The scale that all rules share: when a score is an answer, and what a verdict looks like."""

from typing import Any

from tallyscan.reconcile.case import Case
from tallyscan.verdict import Outcome, Verdict
from tallyscan.wording import Wording

PRIOR_WRONG = 0.1
"""Share of declarations taken to be wrong in one respect before the scan is looked at: an assumption until
control results are known. A score equal to it says that the scan taught nothing."""

AGREES_UP_TO = 0.2
DIFFERS_FROM = 0.8
"""Between the two the evidence does not decide, and the verdict says so. They are symmetric: telling a trader
that the goods differ, and telling an officer that they agree, both need four to one."""

FORMAL_FAULT_SCORE = 0.6
"""An entry that cannot be right as written (a wrong check digit, a chapter that does not exist). Most such
faults are slips of the keyboard, so it stays below what the image itself can show."""

_LEAST, _MOST = 0.01, 0.99  # no single check is ever certain


def bounded(score: float) -> float:
    """The score, kept away from certainty, rounded to what it can mean."""
    return round(min(max(score, _LEAST), _MOST), 4)


def outcome_of(score: float) -> Outcome:
    """The answer that a probability of being wrong gives."""
    if score <= AGREES_UP_TO:
        return "agrees"
    return "differs" if score >= DIFFERS_FROM else "undetermined"


def agrees(
    case: Case, rule: str, score: float, reason: Wording, evidence: dict[str, Any] | None = None
) -> Verdict:
    """The scan supports the declaration in this respect."""
    return _verdict(case, rule, "agrees", bounded(score), reason, evidence)


def differs(
    case: Case, rule: str, score: float, reason: Wording, evidence: dict[str, Any] | None = None
) -> Verdict:
    """The declaration is probably wrong in this respect."""
    return _verdict(case, rule, "differs", bounded(score), reason, evidence)


def undetermined(case: Case, rule: str, reason: Wording, evidence: dict[str, Any] | None = None) -> Verdict:
    """It cannot be known, and why."""
    return _verdict(case, rule, "undetermined", None, reason, evidence)


def _verdict(
    case: Case,
    rule: str,
    outcome: Outcome,
    score: float | None,
    reason: Wording,
    evidence: dict[str, Any] | None,
) -> Verdict:
    unit = case.unit.unit if case.unit else None
    return Verdict(unit, rule, outcome, score, str(reason), evidence or {}, reason.sentences)
