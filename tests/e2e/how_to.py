"""What a how-to tells to write and to run, so that a test does just that."""

import re
from pathlib import Path

_HOW_TOS = Path(__file__).parents[2] / "docs" / "how-to"
_OPERATIONS = _HOW_TOS.parent / "operations"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The code of that language, in its order."""
    text = (_HOW_TOS / page).read_text(encoding="utf-8")
    return [code for named, code in _BLOCK.findall(text) if named == language]


def files(page: str) -> dict[str, str]:
    """What is to be in which file: blocks whose first line names one."""
    named = (re.match(r"# (/\S+)\n", code) for code in blocks(page, "ini"))
    found = {}
    for code, path in zip(blocks(page, "ini"), named, strict=True):
        assert path, code
        found[path[1]] = code[path.end() :]
    return found


def unit(name: str, instance: str = "") -> dict[str, list[str]]:
    """The keys of a unit of systemd, `%i` filled in."""
    text = (_OPERATIONS / name).read_text(encoding="utf-8").replace("%i", instance)
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def environment_of(text: str) -> dict[str, str]:
    """An `EnvironmentFile`: plain lines."""
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
