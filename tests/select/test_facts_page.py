"""The page of the facts cannot drift from the facts."""

import re
from pathlib import Path

from tallyscan.reconcile.rules import RULES
from tallyscan.select.check_expression import _INTO, _MACROS, _OF_TEXT
from tallyscan.select.fact_types import FactType, ListOf, Record, facts_known

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "profile-facts.md").read_text(encoding="utf-8")


def in_words(kind: FactType) -> str:
    return f"list({in_words(kind.of)})" if isinstance(kind, ListOf) and kind.of else str(kind)


def records(kind: FactType | None) -> dict[str, Record]:
    if isinstance(kind, ListOf):
        return records(kind.of)
    if not isinstance(kind, Record) or kind.title == "map":
        return {}
    inside = [records(each) for each in kind.facts.values()]
    return {kind.title: kind} | {title: each for found in inside for title, each in found.items()}


def test_every_fact_is_described_with_its_type_and_nothing_else() -> None:
    known = records(facts_known("after_scan", tuple(RULES)))
    top = known.pop("after")
    for title, record in known.items():
        section = PAGE.split(f"\n### {title}\n")[1].split("\n#")[0]
        rows = re.findall(r"^\| `(\w+)` \| `([\w()]+)` \| (.+) \|$", section, re.MULTILINE)
        assert rows == [(name, in_words(kind), record.says[name]) for name, kind in record.facts.items()]
    named = re.findall(r"`(\w+)`", PAGE.split("\n## Facts\n")[1].split("\n### ")[0])
    assert {name for name in named if name in top.facts} == set(top.facts)
    assert set(facts_known("before_scan", ()).facts) == {"declaration", "consignor", "consignee"}


def test_every_function_is_described() -> None:
    language = PAGE.split("\n## The language\n")[1]
    assert [name for name in (*_MACROS, *_OF_TEXT, *_INTO) if f"`{name}" not in language] == []
