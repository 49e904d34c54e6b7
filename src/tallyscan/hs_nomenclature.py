"""The Harmonized System: which codes there are, and what they say of the goods.

Codes are strings: a leading zero is part of the code. Chapters come from `hs_chapters.csv`, whose titles are this
project's own short wording and no legal text. Headings and subheadings are known once they are imported
(`tallyscan declare import-hs`); until then only chapters are told apart.
"""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from tallyscan.wording import Wording, said

SPECIAL_CHAPTERS = frozenset({"98", "99"})
"""Kept free for the use of single countries; they say nothing of the goods."""

LEAST_HEADINGS, LEAST_SUBHEADINGS = 1000, 4000
"""HS 2022 has 1,228 headings and 5,612 subheadings: a table with fewer than these is cut short."""


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


@dataclass(frozen=True)
class Nomenclature:
    """What is known of the codes; `titles` by four and six digits, empty where nothing was imported."""

    titles: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def sha256(self) -> str:
        """Of the codes and their titles, so that a reading can say by which it was judged."""
        return hashlib.sha256(nomenclature_csv(self).encode()).hexdigest()

    def fault_of(self, code: str) -> Wording | None:
        """Why this cannot be a code of the Harmonized System, as half a sentence; None when it can be one.

        A subheading that is not known is no fault: older and national editions have others.
        """
        if not (code.isascii() and code.isdigit()):
            return said("is not made of digits")
        if len(code) % 2:
            return said(
                "has {count} digits; codes have an even number, so a leading zero may be lost",
                count=len(code),
            )
        if code[:2] in SPECIAL_CHAPTERS:
            return None
        if code[:2] == "77":
            return said("is in chapter 77, which is reserved and has no goods")
        if code[:2] not in chapters():
            return said("is in chapter {chapter}, which does not exist", chapter=code[:2])
        if code[2:4] == "00" or (self.titles and len(code) >= 4 and code[:4] not in self.titles):
            return said("is in heading {heading}, which does not exist", heading=code[:4])
        return None

    def lacks_subheading(self, code: str) -> bool:
        """The heading exists, and the imported edition has no such subheading in it."""
        known = bool(self.titles) and len(code) >= 6 and self.fault_of(code) is None
        return known and code[:2] not in SPECIAL_CHAPTERS and code[:6] not in self.titles

    def title_of(self, code: str) -> str | None:
        """What the code says of the goods, as closely as is known: by subheading, heading or chapter."""
        for length in (6, 4):
            if len(code) >= length and (title := self.titles.get(code[:length])):
                return title
        chapter = chapters().get(code[:2])
        return chapter.title if chapter else None


CHAPTERS_ONLY = Nomenclature()


def parse_nomenclature(text: str) -> Nomenclature:
    """From CSV with `hscode` and `description`, as the public data set `harmonized-system` has it, in any order.

    Totals and other rows that are no codes of goods (99, 9999, 999999, TOTAL) are left out. Raises `ValueError` where
    the columns are missing, or so many codes that the table must be cut short.
    """
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames is None or not {"hscode", "description"} <= set(rows.fieldnames):
        raise ValueError("it has no columns hscode and description")
    titles = {}
    for row in rows:
        code, title = (row["hscode"] or "").strip(), " ".join((row["description"] or "").split())
        if code.isascii() and code.isdigit() and len(code) in (4, 6) and code[:2] in chapters() and title:
            titles[code] = title
    headings = sum(len(code) == 4 for code in titles)
    if headings < LEAST_HEADINGS or len(titles) - headings < LEAST_SUBHEADINGS:
        raise ValueError(
            f"it has {headings} headings and {len(titles) - headings} subheadings; the Harmonized System has more than "
            f"{LEAST_HEADINGS} and {LEAST_SUBHEADINGS}"
        )
    return Nomenclature(titles)


def nomenclature_csv(nomenclature: Nomenclature) -> str:
    """The same as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("hscode", "description"))
    rows.writerows(sorted(nomenclature.titles.items()))
    return out.getvalue()
