import runpy
from pathlib import Path

from tallyscan.access.caller import ROLES
from tallyscan.access.rules import RULES

WRITER = runpy.run_path(str(Path(__file__).parent.parent.parent / "docs" / "reference" / "write_access.py"))


def test_the_page_has_the_table_that_the_service_goes_by() -> None:
    text = WRITER["PAGE"].read_text(encoding="utf-8")
    assert WRITER["written"](text) == text, "write it anew: python docs/reference/write_access.py"
    assert sum(line.startswith(("| `GET", "| `P", "| `DELETE")) for line in text.splitlines()) == len(RULES)
    assert [role for role in ROLES if f"| `{role}` (" not in text] == []
