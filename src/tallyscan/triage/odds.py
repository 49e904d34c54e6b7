"""Risk as a probability and as log-odds, and the lane of a score. docs/reference/risk.md has the constants."""

import math

from tallyscan.risk import Lane

PRIOR = 0.05
"""Risk of a consignment before anything is known of it."""

YELLOW_FROM = 0.10
RED_FROM = 0.50
URGENT_SCORE = 0.9
"""What must not wait is lifted at least to this: people, and shielded compact objects."""

_NEARLY = 1e-4  # scores of 0 and 1 come from rounding; no model is that sure


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)), with p kept `_NEARLY` away from 0 and 1."""
    kept = min(max(probability, _NEARLY), 1 - _NEARLY)
    return math.log(kept / (1 - kept))


def probability(odds_nats: float) -> float:
    """The probability of a log-odds."""
    return 1 / (1 + math.exp(-odds_nats))


def lane_of(score: float) -> Lane:
    """Green below `YELLOW_FROM`, red from `RED_FROM`; the lane is the score and nothing else."""
    if score >= RED_FROM:
        return "red"
    return "yellow" if score >= YELLOW_FROM else "green"
