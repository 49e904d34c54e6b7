"""docs/reference/declaration-formats.md names every format, column and remark that there is."""

import re
from pathlib import Path

from tallyscan.declare.declarations import FORMATS
from tallyscan.declare.map_csv import MOST_CONSIGNMENTS
from tallyscan.declare.mappings import CsvColumns
from tallyscan.remark import JUDGED_ELSEWHERE, NOT_WEIGHED, REMARKS
from tests.declare.documents import MAPPINGS

PAGE = (Path(__file__).parents[2] / "docs/reference/declaration-formats.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    (text,) = re.findall(rf"^{heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


def first_column(text: str) -> set[str]:
    cells = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_format_is_named() -> None:
    assert first_column(section("# Declaration formats")) == {each.FORMAT for each in FORMATS}
    assert f"up to {MOST_CONSIGNMENTS:,}" in PAGE


def test_every_column_of_a_manifest_is_described_with_its_names() -> None:
    text = section("## CSV")
    assert first_column(text) == set(CsvColumns.model_fields)
    named = {name for names in MAPPINGS.csv.columns.model_dump().values() for name in names}
    assert [name for name in named if name not in text] == []


def test_every_remark_is_described_and_who_weighs_it() -> None:
    text = section("## Remarks")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    assert set(rows) == set(REMARKS)
    assert {code for code, said in rows.items() if "weighed by the rule" in said} == JUDGED_ELSEWHERE
    assert {code for code, said in rows.items() if "not weighed" in said} == NOT_WEIGHED
