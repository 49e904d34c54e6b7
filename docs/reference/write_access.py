"""Writes the table of who may call what into access.md, from the table that the service itself goes by.

.venv/bin/python docs/reference/write_access.py
"""

import re
from pathlib import Path

from tallyscan.access.caller import ROLES
from tallyscan.access.rules import RULES, Rule

PAGE = Path(__file__).parent / "access.md"
_SHORT = {
    "operator": "op",
    "targeting_officer": "targ",
    "inspector": "insp",
    "contact_point": "cont",
    "model_steward": "stew",
    "auditor": "aud",
    "administrator": "adm",
}
_BEGIN, _END = "<!-- the table, by write_access.py -->", "<!-- its end -->"


def written(text: str) -> str:
    """The page with the table as it is now."""
    before, rest = text.split(_BEGIN)
    after = rest.split(_END)[1]
    return f"{before}{_BEGIN}\n{_table()}\n{_END}{after}"


def _table() -> str:
    heads = ["call", *(_SHORT[role] for role in ROLES), "key", "where"]
    rows = [heads, ["---"] * len(heads), *(_row(call, rule) for call, rule in RULES.items())]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _row(call: str, rule: Rule) -> list[str]:
    address = re.sub(r"{(\w+)(:path)?}", r"{\1}", call)
    if rule.open:
        return [f"`{address}`", *["open"] * len(ROLES), "open", "anywhere"]
    roles = ["yes" if role in rule.roles else "" for role in ROLES]
    return [f"`{address}`", *roles, rule.task or "", rule.where + (", referred" if rule.referred else "")]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
