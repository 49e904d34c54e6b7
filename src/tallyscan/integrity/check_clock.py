"""Does the clock of the scanner go forward?"""

from datetime import timedelta

from tallyscan.integrity.evidence import Evidence, honest, suspect, unknown
from tallyscan.integrity_check import IntegrityCheck

STEP_BACK = timedelta(seconds=60)
"""A clock that is set by a time server steps less; two files of one minute may overtake one another."""

TOGETHER = timedelta(seconds=60)
"""Scans that arrive within it may have come together, as after an outage: their order says nothing of time."""


def check_clock(evidence: Evidence) -> IntegrityCheck:
    """A scan that came later from the same machine, by the same way, must not be older than the one before it."""
    memory = evidence.memory
    if memory is None:
        return unknown("clock", "No earlier scans are at hand.")
    this = memory.this
    if this.device is None:
        return unknown("clock", "Which machine made the scan is not known.")
    if this.acquired_at is None:
        return unknown("clock", "The scan has no time.")
    before = memory.before(TOGETHER)
    if before is None or before.acquired_at is None:
        return unknown(
            "clock", f"No scan of {this.device} with a time came a minute or more before this one."
        )
    back = before.acquired_at - this.acquired_at
    if back <= STEP_BACK:
        return honest("clock", f"It is not older than the one before it, {before.in_words}.", before)
    seconds = round(back.total_seconds())
    reason = f"By its time it is {_in_words(back)} older than {before.in_words}, which {this.device} sent before it."
    return suspect("clock", reason, before, seconds_back=seconds)


def _in_words(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 48 * 60 else f"{span.days} days"
