"""docs/reference/rules.md has a heading for every rule and the values that the code has."""

import re
from pathlib import Path

from tallyscan.reconcile import outcome
from tallyscan.reconcile.rules import RULES

PAGE = (Path(__file__).parents[2] / "docs/reference/rules.md").read_text(encoding="utf-8")


def test_every_rule_is_a_heading() -> None:
    assert set(RULES) <= set(re.findall(r"^## (\S+)$", PAGE, re.MULTILINE))


def test_the_constants_are_those_of_the_code() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| ([0-9.]+) \|", PAGE, re.MULTILINE))
    assert len(table) == 4
    assert all(float(value) == getattr(outcome, name) for name, value in table.items())


def test_every_rule_says_what_its_evidence_is() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    for section in sections:
        if section.split("\n")[0] in RULES:
            assert "Evidence: " in section
            assert "ndetermined" in section
