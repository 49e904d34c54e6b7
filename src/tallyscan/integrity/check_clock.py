"""Does the clock of the scanner go forward?"""

from datetime import timedelta

from tallyscan.integrity.evidence import Evidence, honest, suspect, unknown
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.wording import Wording, said

STEP_BACK = timedelta(seconds=60)
"""A clock that is set by a time server steps less; two files of one minute may overtake one another."""

TOGETHER = timedelta(seconds=60)
"""Scans that arrive within it may have come together, as after an outage: their order says nothing of time."""


def check_clock(evidence: Evidence) -> IntegrityCheck:
    """A scan that came later from the same machine, by the same way, must not be older than the one before it."""
    memory = evidence.memory
    if memory is None:
        return unknown("clock", said("No earlier scans are at hand."))
    this = memory.this
    if this.device is None:
        return unknown("clock", said("Which machine made the scan is not known."))
    if this.acquired_at is None:
        return unknown("clock", said("The scan has no time."))
    before = memory.before(TOGETHER)
    if before is None or before.acquired_at is None:
        reason = said(
            "No scan of {device} with a time came a minute or more before this one.", device=this.device
        )
        return unknown("clock", reason)
    back = before.acquired_at - this.acquired_at
    if back <= STEP_BACK:
        reason = said("It is not older than the one before it, {scan}.", scan=before.in_words)
        return honest("clock", reason, before)
    seconds = round(back.total_seconds())
    reason = said(
        "By its time it is {span} older than {scan}, which {device} sent before it.",
        span=_in_words(back),
        scan=before.in_words,
        device=this.device,
    )
    return suspect("clock", reason, before, seconds_back=seconds)


def _in_words(span: timedelta) -> Wording:
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return said("{count} minutes", count=minutes)
    if minutes < 48 * 60:
        return said("{count} hours", count=round(minutes / 60))
    return said("{count} days", count=span.days)
