"""How what comes in from elsewhere changes the risk. docs/reference/risk.md explains it; change both together.

The constants are judgements, not yet calibrated on outcomes.
"""

from collections.abc import Collection
from dataclasses import replace

from tallyscan.control_result import ControlResult, Outcome
from tallyscan.declaration import normal_mark
from tallyscan.incoming import Incoming
from tallyscan.interview import Interview
from tallyscan.report.review_risk import BESIDE, FOUND_SCORE, raised_to
from tallyscan.risk import Effect, RiskIndicator
from tallyscan.risk_score import EngineLane, RiskScoreSaid
from tallyscan.triage.odds import PRIOR, RED_FROM, YELLOW_FROM, log_odds
from tallyscan.weighing import Weighing

INCOMING_INDICATORS: dict[str, str] = {
    "IN-RISK": "The risk that a risk engine gave to the consignment",
    "IN-INTERVIEW": "Somebody was asked; the answers are on record and add nothing",
}

ENGINE_LANES: dict[EngineLane, float] = {
    "green": PRIOR,
    "blue": PRIOR,
    "yellow": YELLOW_FROM,
    "red": RED_FROM,
}
"""The score that stands for a lane where an engine gives no score: green and blue say no more than the prior."""


def effect_of_incoming(entry: Incoming, declared: Collection[str] = ()) -> Effect:
    """A risk score is added to every scan of the consignment, a control result counts beside them, as an inspection
    does; a weighbridge value is judged by the rules, and an interview adds nothing.

    `declared` are the numbers and plates that the consignment declares (none: no declaration yet): that a container is
    not among them is said, and changes nothing of the effect.
    """
    effect = _effect(entry)
    mark = entry.container if isinstance(entry, Weighing | ControlResult) else None
    if mark is None or not declared or normal_mark(mark) in declared:
        return effect
    by_unit = isinstance(entry, Weighing) and entry.covers == "unit_gross"
    unused = ", so no unit is judged by it" if by_unit else ""
    return replace(effect, in_words=f"{effect.in_words} {mark} is not declared in this consignment{unused}.")


def _effect(entry: Incoming) -> Effect:
    if isinstance(entry, RiskScoreSaid):
        nats = round(nats_of(entry), 3)
        in_words = f"Adds {nats:+.2f} nats to each scan, together with other engines up to a cap."
        return Effect(in_words, indicators=(RiskIndicator("IN-RISK", nats, group="incoming"),))
    if isinstance(entry, Weighing):
        return Effect("The scans of the consignment are read again with the weighed mass.")
    if isinstance(entry, Interview):
        note = RiskIndicator("IN-INTERVIEW", 0.0, group="note")
        return Effect("On record beside the indicators; it adds nothing.", indicators=(note,))
    return _effect_of_control(entry.outcome)


def nats_of(said: RiskScoreSaid) -> float:
    """Logarithm of the likelihood ratio that leads from the prior to the engine's score, or to that of its lane."""
    score = said.score if said.score is not None else ENGINE_LANES[said.lane or "green"]
    return log_odds(score) - log_odds(PRIOR)


def _effect_of_control(outcome: Outcome) -> Effect:
    match outcome:
        case "found":
            return Effect("Something was found: red, above all else.", raised_to(FOUND_SCORE, "CR-FOUND"))
        case "discrepancy":
            in_words = "Minor discrepancies: the risk is at least yellow."
            return Effect(in_words, raised_to(YELLOW_FROM, "CR-DISCREPANCY"))
        case "nothing":
            return Effect(f"Nothing was found. {BESIDE}")
        case "not_opened":
            return Effect(f"Nobody looked inside. {BESIDE}")
        case "unknown":
            return Effect(f"What the code means is not in the table of control results. {BESIDE}")
