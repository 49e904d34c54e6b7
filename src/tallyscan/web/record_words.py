"""What stands on the risk record of a consignment, in a line each, for the pages."""

from collections.abc import Sequence
from typing import Any

from tallyscan.control_result import ControlResult, Outcome
from tallyscan.decision import Decision
from tallyscan.inspection import Inspection
from tallyscan.report.incoming_risk import INCOMING_INDICATORS
from tallyscan.report.indicators import INDICATORS
from tallyscan.report.page import STEP_WORDS
from tallyscan.report.review_risk import REVIEW_INDICATORS
from tallyscan.risk import Lane, Risk, RiskRecord
from tallyscan.risk_profile import Action
from tallyscan.risk_score import RiskScore
from tallyscan.selection import Selection
from tallyscan.store.queries import ScanView
from tallyscan.weighing import Weighing

LANE_IN_WORDS: dict[Lane, str] = {
    "red": "red",
    "yellow": "yellow",
    "green": "green",
    "not_assessed": "not assessed",
}
INDICATORS_IN_WORDS = {**INDICATORS, **INCOMING_INDICATORS, **REVIEW_INDICATORS}
STEPS_IN_WORDS = {"prior": "Any consignment", "incoming": "What came from elsewhere", **STEP_WORDS}
_ACTIONS: dict[Action, str] = {
    "scan": "to be scanned",
    "open": "to be opened",
    "second_reading": "for a second reading",
    "documents": "for its documents",
}
_OUTCOMES: dict[Outcome, str] = {
    "found": "something was found",
    "discrepancy": "minor discrepancies",
    "nothing": "nothing was found",
    "not_opened": "nobody looked inside",
    "unknown": "the code has no known meaning",
}


def risk_in_words(risk: Risk) -> str:
    """`yellow, 0.10`."""
    lane = LANE_IN_WORDS[risk.lane]
    return lane if risk.score is None else f"{lane}, {risk.score:.2f}"


def risk_alone(view: ScanView) -> Risk | None:
    """What the scan itself was read to be, without its consignment; None while it waits."""
    if view.reading is None:
        return None
    risk: dict[str, Any] = view.reading["risk"]
    return Risk(risk["score"], risk["lane"])


def came_in(record: RiskRecord) -> list[str]:
    """What stands of what came in about it, and of what people said of its scans."""
    return [
        *map(score_in_words, record.risk_scores),
        *map(control_in_words, record.control_results),
        *map(weighing_in_words, record.weighings),
        *map(inspection_in_words, record.inspections),
        *map(decision_in_words, record.decisions),
    ]


def selections_in_words(selections: Sequence[Selection]) -> list[str]:
    """Of what it is selected for: `Selected to be opened: Heavy goods (heavy v1)`."""
    return [
        f"Selected {' and '.join(_ACTIONS[action] for action in each.actions)}: {each.in_words}"
        for each in selections
        if each.selected
    ]


def score_in_words(entry: RiskScore) -> str:
    """`Risk engine engine-1: red, 0.97`."""
    said = (entry.lane, None if entry.score is None else f"{entry.score:.2f}")
    return f"Risk engine {entry.by}: {', '.join(part for part in said if part)}"


def control_in_words(entry: ControlResult) -> str:
    """`Control result B1, something was found: HS 240220, 40,000 cigarettes, seals broken`."""
    said = (
        entry.container,
        f"HS {', '.join(entry.found_hs)}" if entry.found_hs else None,
        f"{entry.quantity:,g} {entry.quantity_of}" if entry.quantity is not None else None,
        f"seals {entry.seals.replace('_', ' ')}" if entry.seals else None,
    )
    more = ", ".join(part for part in said if part)
    return f"Control result {entry.code}, {_OUTCOMES[entry.outcome]}" + (f": {more}" if more else "")


def weighing_in_words(entry: Weighing) -> str:
    """`Weighed 9,400 kg, the unit with its goods, tare 2,200 kg`."""
    of = "the unit with its goods" if entry.covers == "unit_gross" else entry.covers.replace("_", " ")
    said = (entry.container, of, None if entry.tare_kg is None else f"tare {entry.tare_kg:,.0f} kg")
    return f"Weighed {entry.kg:,.0f} kg, {', '.join(part for part in said if part)}"


def decision_in_words(entry: Decision) -> str:
    """`Decision clear (no_anomaly), first reader officer-1`."""
    answer, reason = entry.decision.replace("_", " "), entry.reason.replace("_", " ")
    return f"Decision {answer} ({reason}), {entry.reader} reader {entry.by}"


def inspection_in_words(entry: Inspection) -> str:
    """`Inspection, found: cigarettes_behind_cover: 40,000 cigarettes`."""
    items = "; ".join(item.in_words for item in entry.items)
    return f"Inspection, {entry.result.replace('_', ' ')}" + (f": {items}" if items else "")
