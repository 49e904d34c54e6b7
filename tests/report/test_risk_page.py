"""docs/reference/risk.md names every indicator and has the values that the code has."""

import re
from pathlib import Path

from tallyscan.report import incoming_risk, indicators, review_risk
from tallyscan.triage import combine, odds

PAGE = (Path(__file__).parents[2] / "docs/reference/risk.md").read_text(encoding="utf-8")


def test_every_indicator_is_a_heading_and_every_heading_an_indicator() -> None:
    known = {
        *indicators.INDICATORS,
        *review_risk.REVIEW_INDICATORS,
        *incoming_risk.INCOMING_INDICATORS,
    }
    assert set(re.findall(r"^### ((?:XR|OP|CR|IN)-\S+)$", PAGE, re.MULTILINE)) == known


def test_the_constants_are_those_of_the_code() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| ([0-9.]+) \|", PAGE, re.MULTILINE))
    assert len(table) == 21
    rooms = (indicators, review_risk, combine, odds)
    for name, value in table.items():
        assert float(value) in {getattr(room, name, None) for room in rooms}


def test_the_relevance_of_every_rule_is_that_of_the_code() -> None:
    for rule, relevance in indicators.RELEVANCE.items():
        assert f"`{rule}` {relevance}" in PAGE
