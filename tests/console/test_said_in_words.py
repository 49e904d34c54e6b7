"""Reasons of the service in the officer's language: on the scan, on its consignment and on the inspection sheet."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.console.accessibility import violations
from tests.console.conftest import send_case

CASE = "10-other-commodity"
ENGLISH = re.compile(r"\b(the|is|are|of|was|not|declared|than|and)\b")
WHERE_REASONS_STAND = "section[aria-label] li p, p.differs, p.undetermined, .why"


@pytest.fixture(scope="module")
def scan(console_service: httpx.Client) -> dict[str, Any]:
    read: dict[str, Any] = console_service.get(f"/v1/scans/{send_case(console_service, CASE)}").json()
    return read


@pytest.fixture
def ukrainian(context: BrowserContext, page: Page) -> Page:
    context.add_init_script("localStorage.setItem('tallyscan.language', 'uk')")
    return page


def english_in(page: Page) -> list[str]:
    texts = page.locator(WHERE_REASONS_STAND).all_inner_texts()
    assert len(texts) > 2
    of_people = "“"  # what somebody wrote stays as it is
    return [text for text in texts if ENGLISH.search(text) and not text.startswith(of_people)]


def test_scan_and_consignment_give_every_reason_in_ukrainian(ukrainian: Page, scan: dict[str, Any]) -> None:
    page = ukrainian
    page.goto(f"/console/scans/{scan['id']}")
    expect(page.get_by_text(re.compile("Заявлено: ")).first).to_be_visible(timeout=20_000)
    assert english_in(page) == []
    page.goto(f"/console/consignments/{quote(scan['consignment'], safe='')}")
    page.locator("summary", has_text="не вдалося визначити").first.click(timeout=20_000)
    expect(page.locator("p.undetermined").first).to_be_visible()
    assert english_in(page) == []
    assert violations(page) == []


def test_the_sheet_and_its_pdf_give_them_in_ukrainian(
    ukrainian: Page, scan: dict[str, Any], console_service: httpx.Client
) -> None:
    ukrainian.goto(f"/console/sheets/{scan['id']}")
    expect(ukrainian.get_by_text(re.compile("Заявлено: ")).first).to_be_visible(timeout=20_000)
    sheet = console_service.get(f"/v1/scans/{scan['id']}/sheet", params={"language": "uk"}).json()
    of_the_service = [line for line in (*sheet["reasons"], *sheet["not_assessed"]) if "Officer" not in line]
    assert [line for line in of_the_service if ENGLISH.search(line)] == []


def test_reasons_of_readings_from_before_are_in_english_and_say_so(
    ukrainian: Page, scan: dict[str, Any]
) -> None:
    def as_before(route: Route) -> None:
        document = route.fetch().json()
        for verdict in document["reading"]["verdicts"]:
            del verdict["said"]
        route.fulfill(json=document)

    ukrainian.route(re.compile(rf"/v1/desk/scans/{scan['id']}"), as_before)
    ukrainian.goto(f"/console/scans/{scan['id']}")
    open_still = next(each for each in scan["verdicts"] if each["rule"] == "vehicle")
    told = ukrainian.get_by_text(open_still["reason"])
    expect(told.first).to_be_visible(timeout=20_000)
    expect(told.first).to_have_attribute("lang", "en")
