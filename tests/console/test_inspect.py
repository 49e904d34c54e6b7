"""Inspectors and contact points: the sheet on paper, the result by phone without a connection, a referral answered."""

import json
from io import BytesIO
from urllib.parse import quote
from uuid import uuid4

import httpx
import pypdf
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.console.accessibility import violations
from tests.console.conftest import send_case

CASE = "10-other-commodity"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def scan(console_service: httpx.Client) -> dict[str, object]:
    """In a consignment, with a place that an officer marked."""
    scan_id = send_case(console_service, CASE)
    read: dict[str, object] = console_service.get(f"/v1/scans/{scan_id}").json()
    x, y, width, height = read["containers"][0]["box"]  # type: ignore[index]
    said = {
        "by": "Officer 7",
        "decision": "suspicious",
        "reason": "anomaly",
        "revision": read["revision"],
        "marks_shown": True,
        "comment": "Behind the <b>second</b> row.",
        "regions": [
            {"box": [x + 0.7 * width, y + height / 2, width / 8, height / 4], "family": "false_wall"}
        ],
    }
    assert console_service.post(f"/v1/scans/{scan_id}/decisions", json=said).status_code == 201
    return read


def both_themes_pass_axe(page: Page) -> None:
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []


def test_the_sheet_is_printed_with_a_page_for_each_group_of_places(
    page: Page, scan: dict[str, object], console_service: httpx.Client
) -> None:
    page.goto(f"/console/sheets/{scan['id']}")
    expect(page.get_by_role("heading", name="M1 A false wall, floor or roof")).to_be_visible()
    expect(page.get_by_text("Behind the <b>second</b> row.").first).to_be_visible()
    expect(page.get_by_role("heading", name="Not assessed")).to_be_visible()
    both_themes_pass_axe(page)
    page.get_by_label("Colours").select_option("dark")
    for picture in page.locator("article.sheet img").all():
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 20
    printed = pypdf.PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    groups = console_service.get(f"/v1/scans/{scan['id']}/sheet").json()["groups"]
    texts = [sheet.extract_text() for sheet in printed.pages]
    assert len(texts) == 1 + len(groups) + 1
    for group, text in zip(groups, texts[1:], strict=False):
        assert group["title"] in text
    assert "Result of the inspection" in texts[-1]
    assert printed.pages[0].mediabox[2:] == pytest.approx((595.3, 841.9), abs=2)
    assert not any("Referrals" in text for text in texts), "the header stays on the screen"
    page.get_by_label("Language").select_option("uk")
    expect(page.get_by_role("heading", name="Аркуш митного огляду")).to_be_visible()
    href = page.get_by_role("link", name="PDF українською").get_attribute("href")
    assert href is not None
    assert console_service.get(href).content.startswith(b"%PDF")


def test_a_result_entered_without_a_connection_survives_a_closed_tab_and_is_sent_once(
    context: BrowserContext, page: Page, scan: dict[str, object], console_service: httpx.Client
) -> None:
    address = f"/console/control/{quote(str(scan['consignment']), safe='')}"
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(address)
    page.get_by_role("radio", name="something that was hidden").check()
    page.get_by_role("radio", name="Wholly").check()
    place = page.get_by_role("region", name="M1")
    place.get_by_role("radio", name="There", exact=True).check()
    page.get_by_label("What it is").fill("Bricks, pressed")
    page.get_by_label("Amount").fill("12,5")
    page.get_by_label("Seals").select_option("broken")
    expect(page.get_by_label("Customs' code")).to_have_value("A5")
    both_themes_pass_axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(
        "[...document.querySelectorAll('.control button, .control .choices label, .control select')]"
        ".every((each) => each.getBoundingClientRect().height >= 44)"
    )
    page.reload()
    expect(page.get_by_label("What it is")).to_have_value("Bricks, pressed")
    context.set_offline(True)
    page.get_by_role("button", name="Send the result").click()
    expect(page.get_by_role("status")).to_contain_text("Kept on this device")
    page.close()
    context.set_offline(False)
    listed = f"/v1/scans/{scan['id']}/inspections"
    assert console_service.get(listed).json()["inspections"] == []
    again, twin = context.new_page(), context.new_page()
    for each in (again, twin):
        each.goto(address)
    expect(again.get_by_text("What did the control come to?")).to_be_visible()
    again.wait_for_function(
        f"async () => (await (await fetch('{listed}')).json()).inspections.length > 0 && "
        f"(await (await fetch('/v1/consignments/{quote(str(scan['consignment']), safe='')}/incoming')).json())"
        ".control_results.length > 0"
    )
    (inspection,) = console_service.get(listed).json()["inspections"]
    assert (inspection["by"], inspection["opened"], inspection["found"]) == ("Officer 1", "wholly", True)
    (item,) = inspection["items"]
    assert (item["family"], item["mass_kg"], item["description"]) == ("false_wall", 12.5, "Bricks, pressed")
    assert {each["region"]: each["found"] for each in inspection["regions"]}["M1"] is True
    came = console_service.get(f"/v1/consignments/{quote(str(scan['consignment']), safe='')}/incoming").json()
    (control,) = came["control_results"]
    assert (control["code"], control["outcome"], control["seals"]) == ("A5", "found", "broken")
    assert (control["quantity"], control["quantity_of"]) == (12.5, "kg")
    for each in (again, twin):
        each.close()


def test_a_result_that_was_changed_after_a_lost_answer_corrects_what_arrived(
    context: BrowserContext, page: Page, scan: dict[str, object], console_service: httpx.Client
) -> None:
    consignment = quote(str(scan["consignment"]), safe="")
    lost: list[str] = []

    def answer_is_lost(route: Route) -> None:
        route.fetch()  # the service has it, and the browser never hears
        lost.append(route.request.post_data or "")
        route.abort()

    page.goto(f"/console/control/{consignment}")
    page.get_by_role("radio", name="Not opened").check()
    comment = page.get_by_label("Comment")
    comment.fill("No forklift here.")
    context.route("**/inspections", answer_is_lost)
    page.get_by_role("button", name="Send the result").click()
    note = page.get_by_role("status", name="Not on record yet")
    expect(note).to_contain_text("1 entry is not sent yet.")
    note.get_by_role("button", name="Take back").click()
    expect(note).to_contain_text("it may be on record")
    context.unroute("**/inspections")
    expect(comment).to_have_value("No forklift here.")
    comment.fill("No forklift before noon.")
    page.get_by_role("button", name="Send the result").click()
    expect(note).to_have_count(0)
    *_, first, second = console_service.get(f"/v1/scans/{scan['id']}/inspections").json()["inspections"]
    assert first["id"] == json.loads(lost[0])["id"]
    assert (second["corrects"], second["comment"]) == (first["id"], "No forklift before noon.")
    came = console_service.get(f"/v1/consignments/{consignment}/incoming").json()["control_results"]
    assert [each["comment"] for each in came if each["comment"]] == ["No forklift before noon."]


def test_what_is_missing_is_said_before_anything_is_sent(page: Page, scan: dict[str, object]) -> None:
    page.goto(f"/console/control/{quote(str(scan['consignment']), safe='')}")
    page.get_by_role("button", name="Send the result").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what the control came to.")
    page.get_by_role("radio", name="goods not as declared").check()
    expect(page.get_by_role("alert")).to_contain_text("an item or a comment")


def test_an_office_answers_what_was_referred_to_it(
    page: Page, scan: dict[str, object], console_service: httpx.Client
) -> None:
    office = f"XX{uuid4().hex[:6].upper()}"
    to = {"office": office, "authority": "customs", "purpose": "Do you know the consignee?",
          "answer_by": "2026-01-02T10:00:00Z"}  # fmt: skip
    said = {"by": "Officer 8", "decision": "refer", "reason": "other_authority", "reader": "second",
            "revision": scan["revision"], "marks_shown": True, "refer_to": to}  # fmt: skip
    referral = console_service.post(f"/v1/scans/{scan['id']}/decisions", json=said).json()["id"]
    page.goto("/console/referrals")
    page.get_by_label("Office", exact=True).fill(office)
    page.keyboard.press("Enter")
    case = page.get_by_role("article", name="The case")
    expect(case).to_contain_text("Do you know the consignee?")
    expect(case).to_contain_text("overdue")
    both_themes_pass_axe(page)
    page.get_by_role("heading", name="Referrals").click()
    page.keyboard.press("a")
    page.keyboard.type("Deregistered last month.")
    page.get_by_label("What it comes to").select_option("open_load")
    page.get_by_label("Your reference").fill("CASE-9")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("No case waits here.")).to_be_visible()
    kept = console_service.get(f"/v1/referrals/{referral}").json()
    step = kept["steps"][0]
    assert (kept["state"], step["code"], step["by"], step["office"]) == (
        "answered", "open_load", "Officer 1", office,
    )  # fmt: skip
    page.get_by_role("button", name="Answered").click()
    expect(page.get_by_role("article", name="The case")).to_contain_text("Deregistered last month.")
    page.goto(f"/console/consignments/{scan['consignment']}")
    told = page.locator(".timeline li").filter(has_text="Deregistered last month.")
    expect(told).to_contain_text(f"Officer 1, {office}: Open the load")
