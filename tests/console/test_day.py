"""A day of a crossing point: one scan from the operator's desk to the risk record, each step by the person whose it is.

`SCREENSHOTS` names a folder that keeps a picture of each step. All people, offices and traders are invented.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tallyscan.access.caller import Role
from tallyscan.bootstrap import open_access
from tallyscan.settings import Settings
from tests.console.accessibility import violations
from tests.console.conftest import ROOT
from tests.e2e.serving import ServiceProcess, wait_until

SITE, OFFICE = "UA209060", "UA500900"
PASSWORD = "four words of nobody"
PEOPLE: dict[str, Role] = {
    "Reader One": "operator",
    "Reader Two": "operator",
    "Officer Three": "targeting_officer",
    "Contact Four": "contact_point",
    "Inspector Five": "inspector",
    "Auditor Six": "auditor",
}
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
PATIENCE_MS = 30_000
"""How long a state is waited for on a slow machine."""


@dataclass
class CrossingPoint:
    """The service with accounts, and the browsers of those who work with it."""

    service: ServiceProcess
    browser: Browser
    pictures: Path
    contexts: list[BrowserContext] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    steps: int = 0

    def arrives(self, folder: Path, key: str) -> tuple[str, str]:
        """What is declared for this office, then the scan, each sent by a machine. The consignment and the scan."""
        declared = json.loads((folder / "scan.declaration.json").read_text(encoding="utf-8")) | {
            "customsOffices": [
                {"referenceNumber": SITE, "arrivalDateAndTimeEstimated": "2099-02-01T14:00:00Z"}
            ],
            "consignee": {"name": "Invented trader", "identificationNumber": "UA00000001"},
        }
        sidecar = json.loads((folder / "scan.json").read_text(encoding="utf-8")) | {"site": SITE}
        client, headers = self.service.client, {"Authorization": f"Bearer {key}"}
        answer = client.post("/v1/declarations", json=declared, headers=headers)
        assert answer.status_code == 201, answer.text
        files = [
            ("image", ("scan.tif", (folder / "scan.tif").read_bytes())),
            ("sidecar", ("scan.json", json.dumps(sidecar).encode())),
        ]
        answer = client.post("/v1/scans", params={"wait": 60}, files=files, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["consignment"], answer.json()["id"]

    def signed_in(self, person: str, address: str = "/console/", **device: Any) -> Page:
        """A browser of their own, in which they have signed in on the way to the address."""
        base = str(self.service.client.base_url)
        context = self.browser.new_context(base_url=base, locale="en-GB", **(DESK | device))
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        context.on(
            "request", lambda asked: asked.url.startswith((base, "blob:")) or self.wrong.append(asked.url)
        )
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Name").fill(person)
        page.get_by_label("Password").fill(PASSWORD)
        self.step(page, f"{person} signs in")
        page.get_by_role("button", name="Sign in").click()
        shown = page.get_by_role("banner").get_by_text(person)
        expect(shown).to_be_visible()
        return page

    def step(self, page: Page, name: str) -> None:
        """A picture of the page as it is, and what axe has to say of it."""
        expect(page.get_by_text("Loading …")).to_have_count(0)
        self.steps += 1
        file = f"{self.steps:02d}-{re.sub('[^a-z0-9]+', '-', name.lower())}.png"
        below = page.evaluate("((of) => of.scrollHeight - of.clientHeight)(document.querySelector('main'))")
        size = page.viewport_size or {"width": 0, "height": 0}
        page.set_viewport_size({"width": size["width"], "height": size["height"] + below})
        wait_until(lambda: bool(page.evaluate("[...document.images].every((image) => image.complete)")))
        page.screenshot(path=self.pictures / file)
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert violations(page) == [], name


@pytest.fixture
def crossing_point(browser: Browser, tmp_path: Path) -> Iterator[CrossingPoint]:
    pictures = Path(os.environ.get("SCREENSHOTS") or tmp_path / "screenshots")
    pictures.mkdir(parents=True, exist_ok=True)
    service = ServiceProcess(
        ROOT / "models",
        tmp_path / "data",
        sign_in="accounts",
        second_reader_share=1,
        contact_points=json.dumps({OFFICE: "Contact point"}),
    )
    opened = CrossingPoint(service, browser, pictures)
    try:
        yield opened
        assert opened.wrong == []
    finally:
        for context in opened.contexts:
            context.close()
        service.kill()


@pytest.fixture
def key(crossing_point: CrossingPoint, tmp_path: Path) -> str:  # noqa: ARG001 (its store is there by then)
    """Of the scanner. The people have accounts, too."""
    with open_access(Settings(data_dir=tmp_path / "data")) as access:
        for name, role in PEOPLE.items():
            sites = [SITE, OFFICE] if role == "contact_point" else [SITE]
            _, link = access.accounts.add(name, [role], sites, by="test")
            access.accounts.set_password_by_link(link.path.partition("#")[2], PASSWORD)
        return access.device_keys.add("Portal 1", scanner=None, sites=[SITE], may=["deliver"], by="test")[1]


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


def changes_the_picture(page: Page, change: Callable[[], None]) -> None:
    """Waits until more than the noise of the stage is another than before."""

    def seen() -> Any:
        page.mouse.move(1, 1)
        return cv2.imdecode(
            np.frombuffer(page.locator(".stage").first.screenshot(), np.uint8), cv2.IMREAD_COLOR
        )

    before = seen()
    change()
    wait_until(lambda: float(cv2.absdiff(before, seen()).mean()) > 0.5)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def corners(of: Locator) -> tuple[tuple[float, float], tuple[float, float]]:
    """Upper left and lower right, in pixels of the page."""
    box = of.bounding_box()
    assert box is not None
    return (box["x"], box["y"]), (box["x"] + box["width"], box["y"] + box["height"])


def at_scan(page: Page, scan: str) -> None:
    page.wait_for_url(f"**/console/scans/{scan}**")
    page.locator('.stages[aria-busy="false"]').wait_for()
    expect(page.get_by_role("region", name="Decision", exact=True)).to_be_visible()


def test_a_day_of_a_crossing_point(crossing_point: CrossingPoint, key: str) -> None:
    point = crossing_point
    consignment, scan = point.arrives(ROOT / "sample_scans" / "13-people", key)
    _, other = point.arrives(ROOT / "sample_scans" / "01-honest-garments", key)

    # The targeting officer has the queue open, and follows it live.
    officer = point.signed_in("Officer Three", f"/console/queue?site={SITE}")
    expect(officer.get_by_text("Live", exact=True)).to_be_visible()
    line = officer.get_by_role("row").filter(has_text=consignment)
    expect(line).not_to_have_class(re.compile(r"\bchanged\b"))
    point.step(officer, "queue")

    # An operator takes the next scan, and reads it.
    first = point.signed_in("Reader One", color_scheme="dark")
    first.wait_for_url("**/console/desk**")
    expect(first.get_by_role("row")).to_have_count(3)
    point.step(first, "desk")
    first.keyboard.press("n")
    at_scan(first, scan)
    point.step(first, "scan")
    changes_the_picture(first, lambda: first.keyboard.press("2"))
    point.step(first, "scan in another window")
    changes_the_picture(first, lambda: first.keyboard.press("k"))
    first.keyboard.press("Shift+W")
    finding = first.locator('.shapes [data-region="F1"]')
    place = corners(finding.locator(".line"))
    first.keyboard.press("h")
    expect(first.locator(".shapes .region")).to_have_count(0)
    point.step(first, "regions hidden")
    first.keyboard.press("h")
    expect(finding).to_be_visible()
    first.keyboard.press("b")
    drag(first, *place)
    first.get_by_label("What is suspected in D1").select_option("people")
    first.get_by_label("Comment on D1").fill("Six of them, sitting.")
    first.get_by_role("button", name=re.compile("^Suspicious")).click()
    first.get_by_role("radio", name="People may be inside").check()
    first.get_by_role("textbox", name=re.compile("^Comment d$")).fill("At the front wall.")
    point.step(first, "suspicious with a region and a reason")
    first.get_by_role("button", name=re.compile("^Decide: suspicious")).click()
    at_scan(first, other)
    expect(first.get_by_text("Suspicious.", exact=False).first).to_be_visible()
    point.step(first, "next scan")
    first.keyboard.press("l")
    first.wait_for_url("**/console/desk**")
    point.step(first, "desk after the decision")

    expect(line).to_have_class(re.compile(r"\bchanged\b"))
    point.step(officer, "queue after the first reading")

    # Another one reads it without seeing what the first one said, and refers it.
    second = point.signed_in("Reader Two", color_scheme="dark")
    with second.expect_response(lambda got: got.url.split("?")[0].endswith(f"/v1/desk/scans/{scan}")) as told:
        second.get_by_role("link", name=re.compile("ZZ8654ZZ")).click()
    at_scan(second, scan)
    expect(second.get_by_text("Another officer has read this scan.")).to_be_visible()
    for shown in (told.value.text(), second.content()):
        assert not re.search("Reader One|At the front|Six of them", shown)
    expect(second.locator('.shapes [data-region="D1"]')).to_have_count(0)
    point.step(second, "second reading")
    second.keyboard.press("r")
    second.get_by_role("radio", name="It is for another authority").check()
    second.get_by_label("To which office").select_option(OFFICE)
    second.get_by_label("For what").fill("Will you be there when it is opened?")
    point.step(second, "referred")
    second.keyboard.press("Control+Enter")
    at_scan(second, other)
    second.keyboard.press("l")

    # The targeting officer opens the consignment, and sees what the contact point answers.
    line.get_by_role("link").first.click()
    officer.wait_for_url("**/console/consignments/**")
    expect(officer.get_by_text("Decided: refer").first).to_be_visible()
    point.step(officer, "consignment")
    contact = point.signed_in("Contact Four")
    contact.get_by_label("Office", exact=True).fill(OFFICE)
    contact.keyboard.press("Enter")
    case = contact.get_by_role("article", name="The case")
    expect(case).to_contain_text("Will you be there when it is opened?")
    point.step(contact, "referral")
    contact.get_by_label("What it comes to").select_option("open_load")
    contact.get_by_label("In words").fill("We are on our way.")
    contact.get_by_label("Your reference").fill("CASE-9")
    contact.get_by_role("button", name="Send the answer").click()
    expect(contact.get_by_text("No case waits here.")).to_be_visible()
    point.step(contact, "referral answered")

    # It is to be opened: the inspector finds it on the board, takes the sheet along, and enters the result by phone.
    officer.get_by_role("checkbox", name="Look at F1").check()
    officer.keyboard.press("o")
    dialog = officer.get_by_role("dialog")
    dialog.get_by_label("Ground").select_option("people")
    dialog.get_by_label("Where to look, in words").fill("behind the boxes at the front")
    point.step(officer, "to be opened")
    dialog.get_by_role("button", name="Let it be opened").click()
    expect(officer.locator(".timeline li").first).to_contain_text("To be opened")
    inspector = point.signed_in("Inspector Five")
    inspector.get_by_role("link", name=SITE).click()
    expect(inspector.get_by_text("Live", exact=True)).to_be_visible()
    point.step(inspector, "board")
    inspector.goto(f"/console/consignments/{consignment}")
    inspector.get_by_role("link", name="Inspection sheet").click()
    expect(inspector.get_by_role("heading", name="M1")).to_be_visible()
    point.step(inspector, "inspection sheet")
    result = inspector.get_by_role("link", name="Enter the result").get_attribute("href")
    assert result is not None
    phone = point.signed_in("Inspector Five", result, **PHONE)
    phone.get_by_role("radio", name="something that was hidden").check()
    phone.get_by_role("radio", name="Wholly").check()
    marked, found = phone.get_by_role("region", name="M1"), phone.get_by_role("region", name="F1")
    marked.get_by_role("radio", name="There", exact=True).check()
    found.get_by_role("radio", name="There", exact=True).check()
    point.step(phone, "control result")
    phone.get_by_role("button", name="Send the result").click()
    expect(phone.get_by_text("On record.")).to_be_visible()
    point.step(phone, "result on record")

    # Every step stands in the risk record, which the targeting officer still has open, and in the trail.
    history = officer.locator(".timeline")
    for happened in (
        "Scan read",
        "Decided: suspicious Reader One",
        "Decided: refer Reader Two",
        "To be opened Officer Three",
        "Inspection: something was found Inspector Five",
        "Control result: something was found Inspector Five",
    ):
        expect(history).to_contain_text(happened)
    point.step(officer, "risk record")
    auditor = point.signed_in("Auditor Six", f"/console/audit/{scan}")
    for person in list(PEOPLE)[:5]:
        expect(auditor.locator(".timeline")).to_contain_text(person)
    point.step(auditor, "audit trail")
    auditor.goto(f"/console/consignments/{consignment}")
    expect(auditor.locator(".timeline")).to_have_text(history.inner_text(), use_inner_text=True)
    point.step(auditor, "risk record as the auditor sees it")
