"""What a consignment comes to: the worst of its shares, each scan's with the risk that came with the consignment."""

from collections.abc import Iterable
from dataclasses import replace

from tallyscan.risk import Lane, Risk, RiskInputs, RiskShare
from tallyscan.triage.combine import combine

# A scan that was not assessed may hide anything, so it outranks yellow and green.
_WORST_FIRST: tuple[Lane, ...] = ("red", "not_assessed", "yellow", "green")

UNSCANNED = "scan/none"
"""Whose share it is that nothing of the consignment was scanned."""


def worst_risk(risks: Iterable[Risk]) -> Risk:
    """What several shares come to: the worst of them; without any, not assessed."""
    ranked = sorted(risks, key=lambda risk: (_WORST_FIRST.index(risk.lane), -(risk.score or 0.0)))
    return ranked[0] if ranked else Risk(None, "not_assessed")


def consignment_risk(inputs: RiskInputs) -> Risk:
    """A pure function of the inputs: replayed, they give the same number."""
    return worst_risk(with_incoming(share, inputs).risk for share in inputs.shares)


def with_incoming(share: RiskShare, inputs: RiskInputs) -> RiskShare:
    """A scan counts with what came with its consignment; what a person said counts by itself."""
    if not inputs.incoming or not share.of.startswith("scan/"):
        return share
    together = (*inputs.incoming, *share.risk.indicators)
    return replace(share, risk=combine(together, assessed=share.risk.score is not None))
