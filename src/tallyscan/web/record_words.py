"""What stands on the risk record of a consignment, in words for the pages."""

from collections.abc import Sequence

from tallyscan.report.incoming_risk import INCOMING_INDICATORS
from tallyscan.report.indicators import INDICATORS
from tallyscan.report.review_risk import REVIEW_INDICATORS
from tallyscan.risk_profile import Action
from tallyscan.selection import Selection

INDICATORS_IN_WORDS = {**INDICATORS, **INCOMING_INDICATORS, **REVIEW_INDICATORS}
_ACTIONS: dict[Action, str] = {
    "scan": "to be scanned",
    "open": "to be opened",
    "second_reading": "for a second reading",
    "documents": "for its documents",
}


def selections_in_words(selections: Sequence[Selection]) -> list[str]:
    """Of what it is selected for: `Selected to be opened: Heavy goods (heavy v1)`."""
    return [
        f"Selected {' and '.join(_ACTIONS[action] for action in each.actions)}: {each.in_words}"
        for each in selections
        if each.selected
    ]
