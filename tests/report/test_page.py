import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from tallyscan.declaration import Declaration
from tallyscan.finding import Anomaly, CargoUnit
from tallyscan.reading import Reading
from tallyscan.report.indicators import reused_image
from tallyscan.report.page import report_page
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.scan import Quality
from tallyscan.triage.combine import combine
from tallyscan.verdict import Verdict
from tests.reconcile.builders import made_declaration, made_item
from tests.report.builders import UNIT_BOX as BOX
from tests.report.builders import finding, made_reading, made_unread

PNG = b"\x89PNG\r\n\x1a\nnot a real picture"
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags, attributes and texts of a page; checks that tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if "style" in self.open:
            return
        self.texts.append(text)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += text

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def row(self, first: str) -> list[str]:
        (row,) = [row for row in self.rows if row and row[0] == first]
        return [" ".join(cell.split()) for cell in row]


def page_of(reading: Reading, declaration: Declaration | None = None, picture: bytes | None = PNG) -> Page:
    return Page(report_page(reading, declaration, picture))


def test_everything_read_is_on_the_page_with_its_unit() -> None:
    page = page_of(made_reading(), made_declaration(made_item(1, "080390", 22000.0)))
    assert page.row("F1")[1:7] == ["rip off bags", "1", "0.93", "14.2 g/cm²", "7.4", "63.0 kg"]
    assert page.row("mass")[2:] == ["✗ differs", "0.91", "Declared 22 t, estimated 14.2 t."]
    assert page.row("commodity")[2:4] == ["? undetermined", "not determined"]
    assert page.row("XR-ANOMALY")[2] == "+2.90"
    assert page.row("Risk") == ["Risk", "Red lane", "0.81"]
    for text in (
        "Alarm",
        "Red lane",
        "14,200 kg (12,400 to 16,300 kg)",
        "CSQU3054383",
        "fresh produce 0.61",
        "tallynet 0.0.1",
        "INVENTED-1",
        "22,000 kg",
        "in all 1.25 s",
        "whole",
        "threads 2",
        "a" * 64,
        "b" * 64,
        "Not calibrated at this site",
    ):
        assert text in page.text


def test_the_three_outcomes_look_different_and_only_one_is_green() -> None:
    page = page_of(made_reading())
    classes = {attrs.get("class") for tag, attrs in page.tags if tag == "span"}
    assert {"outcome agrees", "outcome differs", "outcome undetermined"} <= classes
    html = report_page(made_reading(), None, PNG)
    rules = {name: re.search(rf"\.outcome\.{name} {{([^}}]*)}}", html) for name in ("agrees", "undetermined")}
    assert all(rules.values())
    agrees, undetermined = (rule.group(1) for rule in rules.values() if rule)
    assert "var(--green)" in agrees
    assert "green" not in undetermined


def test_what_is_missing_says_so_and_is_never_blank_or_zero() -> None:
    reading = made_reading(
        findings=(finding("F1", "void", 0.5, BOX, measured=False),),
        containers=(CargoUnit(1, BOX, "container"),),
        empty=None,
        mass_kg=None,
        commodities=(),
    )
    page = page_of(reading, made_declaration(made_item(1, None, None)))
    assert page.row("F1")[4:7] == ["not determined"] * 3
    assert [cell for row in page.rows for cell in row if not cell.strip()] == []
    assert [row for row in page.rows if "0 kg" in row] == []
    assert page.text.count("not determined") >= 8


@pytest.mark.parametrize("status", ["not_readable", "rejected"])
def test_a_scan_that_was_not_read_looks_like_no_clear_one(status: str) -> None:
    page = page_of(made_unread(status), picture=None)
    assert "Not assessed" in page.text
    assert "This scan is not cleared." in page.text
    assert "black_image: no signal reached" in page.text
    assert "No image could be made" in page.text
    assert "found nothing" not in page.text
    sections = [attrs.get("class") for tag, attrs in page.tags if tag == "section"]
    assert "banner not_assessed" in sections
    assert not [attrs for _, attrs in page.tags if attrs.get("class") in ("lane green", "banner clear")]


def test_a_reused_image_names_the_first_scan() -> None:
    page = page_of(made_reading(risk=Risk(0.742, "red", (reused_image("first-scan-id"),))))
    assert page.row("XR-REUSED-IMAGE")[1].endswith("scanner or time: scan first-scan-id")


def test_what_rests_on_the_same_goods_is_shown_before_and_after_its_cap() -> None:
    given = [
        RiskIndicator(code, weight, group="contents")
        for code, weight in (("XR-MASS", 4.0), ("XR-EMPTY", 6.0))
    ]
    page = page_of(made_reading(risk=combine(given)))
    assert page.row("Before the scan")[2:] == ["-2.94", "-2.94"]
    assert page.row("XR-MASS")[2:] == ["+4.00", "+2.00"]
    assert page.row("XR-EMPTY")[2:] == ["+6.00", "+3.00"]
    assert page.row("Together")[1:] == ["The goods in the image: at most 5.0", "+10.00", "+5.00"]
    assert page.row("Risk")[2] == "0.89"
    assert "Not yet calibrated" in page.text


def test_a_clear_scan_says_that_the_search_found_nothing() -> None:
    clear = made_reading(findings=(), anomaly=Anomaly("clear", False, 0.1, 0.5), risk=Risk(0.02, "green"))
    page = page_of(clear)
    assert "No alarm" in page.text
    assert "The search found nothing that does not belong." in page.text


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


def test_hostile_text_is_shown_and_never_run() -> None:
    item = made_item(1, "080390")
    item["descriptionOfGoods"] = HOSTILE
    reading = made_reading(
        scan=HOSTILE,
        quality=Quality(True, (HOSTILE,)),
        verdicts=(Verdict(1, "mass", "undetermined", None, HOSTILE),),
        risk=Risk(0.8, "red", (RiskIndicator(HOSTILE, 1.0),)),
        containers=(CargoUnit(1, BOX, HOSTILE, number=HOSTILE),),
    )
    page = page_of(reading, made_declaration(item))
    assert page.text.count("<script>alert(1)</script>") >= 6
    assert "{{ 7*7 }}" in page.text
    assert "script" not in {tag for tag, _ in page.tags}
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 1
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = page_of(made_reading())
    for _, attrs in page.tags:
        for name in ("src", "href", "action", "srcset"):
            assert (attrs.get(name) or "data:").startswith("data:")
    html = report_page(made_reading(), None, PNG)
    assert "url(" not in html
    assert "@import" not in html
    assert not re.search(r"https?:", html)
    (policy,) = [attrs for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy["content"]).startswith("default-src 'none'")


def test_the_page_is_built_for_readers_of_screens() -> None:
    page = page_of(made_reading(), made_declaration(made_item()))
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
