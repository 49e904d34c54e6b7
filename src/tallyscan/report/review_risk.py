"""What people's decisions and inspections do to the risk. docs/reference/risk.md explains it; change both together.

They count beside what the scans were read to be: none takes anything off. Opinions have codes of their own (OP), and so
have physical outcomes (CR), so that neither passes for the other, or for what a machine saw (XR).
"""

import math

from tallyscan.decision import DecisionSaid
from tallyscan.inspection import InspectionSaid
from tallyscan.risk import Effect, Risk, RiskIndicator
from tallyscan.triage.odds import PRIOR, RED_FROM, YELLOW_FROM, lane_of, log_odds

REVIEW_INDICATORS: dict[str, str] = {
    "OP-SUSPICIOUS": "An officer finds the scan suspicious",
    "OP-REFERRED": "An officer referred the scan to somebody else",
    "OP-NOT-READABLE": "An officer says that the scan cannot be read",
    "CR-FOUND": "An inspection found something",
    "CR-DISCREPANCY": "A control found minor discrepancies",
}

FOUND_SCORE = 1.0
"""The risk where an inspection found something: no estimate, and above anything that a scan can come to."""

BESIDE = "It stands beside the indicators and takes nothing off."


def effect_of_decision(said: DecisionSaid) -> Effect:
    """Red when it is suspicious, yellow at least when it was referred, not assessed when it cannot be read."""
    match said.decision:
        case "suspicious":
            return Effect("The risk is at least red: open it.", raised_to(RED_FROM, "OP-SUSPICIOUS"))
        case "refer":
            in_words = "The risk is at least yellow until whom it was referred to decides."
            return Effect(in_words, raised_to(YELLOW_FROM, "OP-REFERRED"))
        case "not_readable":
            in_words = "The scan counts as not assessed: scan again, or open it."
            return Effect(
                in_words, Risk(None, "not_assessed", (RiskIndicator("OP-NOT-READABLE", 0.0, group="note"),))
            )
        case "clear":
            return Effect(f"Cleared. {BESIDE}")


def effect_of_inspection(said: InspectionSaid) -> Effect:
    """What was found outweighs all else; that nothing was found changes no indicator, nor what another scan shows."""
    match said.result:
        case "found":
            return Effect("Something was found: red, above all else.", raised_to(FOUND_SCORE, "CR-FOUND"))
        case "discrepancy":
            in_words = "The goods are not as declared: the risk is at least yellow."
            return Effect(in_words, raised_to(YELLOW_FROM, "CR-DISCREPANCY"))
        case "nothing" if said.opened == "wholly":
            return Effect(f"Opened wholly, and nothing was found. {BESIDE}")
        case "nothing":
            return Effect(f"Opened in part, and nothing was found there. {BESIDE}")
        case "not_opened":
            return Effect(f"Nobody looked inside. {BESIDE}")


def raised_to(score: float, code: str) -> Risk:
    """By one indicator, from the prior alone to that score."""
    weight = math.ceil((log_odds(score) - log_odds(PRIOR)) * 1000) / 1000
    return Risk(score, lane_of(score), (RiskIndicator(code, weight, lifts_to=score),))
