"""Commodity codes of the Harmonized System: what a code can be, and which chapter it belongs to.

Codes are strings: a leading zero is part of the code. Chapters come from `hs_chapters.csv`, whose titles are
this project's own short wording and no legal text.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tallyscan.declaration import GoodsItem

SPECIAL_CHAPTERS = frozenset({"98", "99"})
"""Kept free for the use of single countries; they say nothing of the goods."""


@dataclass(frozen=True)
class Chapter:
    """Chapter `01` to `97`, its section 1 to 21, and a short title."""

    chapter: str
    section: int
    title: str


@cache
def chapters() -> dict[str, Chapter]:
    """Every chapter of the Harmonized System by its two digits."""
    with Path(__file__).with_name("hs_chapters.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {row["chapter"]: Chapter(row["chapter"], int(row["section"]), row["title"]) for row in rows}


def written_code(item: GoodsItem) -> str | None:
    """The code of an item as declared, without dots and spaces; None when there is none."""
    if item.commodity_code is None:
        return None
    code = item.commodity_code.harmonized_system_sub_heading_code
    return "".join(character for character in code if character not in ". \t") or None


def fault_of(code: str) -> str | None:
    """Why this cannot be a code of the Harmonized System, as half a sentence; None when it can be one."""
    if not (code.isascii() and code.isdigit()):
        return "is not made of digits"
    if len(code) % 2:
        return f"has {len(code)} digits; codes have an even number, so a leading zero may be lost"
    if code[:2] in SPECIAL_CHAPTERS:
        return None
    if code[:2] == "77":
        return "is in chapter 77, which is reserved and has no goods"
    if code[:2] not in chapters():
        return f"is in chapter {code[:2]}, which does not exist"
    if code[2:4] == "00":
        return f"is in heading {code[:4]}, which does not exist"
    return None


def usable_code(item: GoodsItem) -> str | None:
    """The declared code when it can say what the goods are, else None."""
    code = written_code(item)
    return code if code and fault_of(code) is None and code[:2] not in SPECIAL_CHAPTERS else None
