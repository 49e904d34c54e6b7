"""docs/reference/joins.md has every piece of evidence, and the values that the code has."""

import re
from pathlib import Path
from typing import get_args

from tallyscan.join import decide, evidence
from tallyscan.join.change import How
from tallyscan.join.marks import LOOK_ALIKES

PAGE = (Path(__file__).parents[2] / "docs/reference/joins.md").read_text(encoding="utf-8")


def test_every_piece_of_evidence_has_its_odds() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([0-9.]+) \|", PAGE, re.MULTILINE)
    assert {name: float(odds) for name, odds in rows} == evidence.ODDS


def test_the_constants_are_those_of_the_code() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| ([0-9.]+) \|", PAGE, re.MULTILINE))
    assert {name: float(value) for name, value in table.items()} == {
        "JOIN_FROM": decide.JOIN_FROM,
        "LEAST_CONFIDENCE": evidence.LEAST_CONFIDENCE,
    }


def test_every_way_to_join_and_every_pair_of_look_alikes_is_named() -> None:
    assert all(f"| `{how}` |" in PAGE for how in get_args(How))
    assert all(" ".join(signs) in PAGE for signs in LOOK_ALIKES)
