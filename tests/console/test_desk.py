"""An operator's work: the list, deciding by keyboard, undo, without a connection, blind first, further readers."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.console.accessibility import violations
from tests.console.conftest import ROOT
from tests.e2e.serving import ServiceProcess, wait_until

OpenAs = Callable[[httpx.Client, str], Page]
HIDDEN = ('"findings":', '"score":0', '"lane":"', '"verdicts":', '"anomaly":')
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def open_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service whose readings are shown at once."""
    yield from _service(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def blind_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service at which every scan is read blind, by two people."""
    yield from _service(tmp_path_factory.mktemp("blind"), blind_first_share=1, second_reader_share=1)


def _service(folder: Any, **settings: object) -> Iterator[httpx.Client]:
    service = ServiceProcess(ROOT / "models", folder / "data", **settings)
    try:
        yield service.client
    finally:
        service.kill()


@pytest.fixture
def open_as(browser: Browser) -> Iterator[OpenAs]:
    """A browser of its own for a person; an error on a page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(client: httpx.Client, person: str) -> Page:
        size = {"width": 1440, "height": 900}
        context = browser.new_context(base_url=str(client.base_url), locale="en-GB", viewport=size)  # type: ignore[arg-type]
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        named = f"localStorage.setItem('tallyscan.name', {json.dumps(person)})"
        context.add_init_script(f"if (location.protocol !== 'about:') {named}")
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def send(client: httpx.Client, case: str, site: str) -> str:
    """A case of `sample_scans/` as if that site had scanned it."""
    folder = ROOT / "sample_scans" / case
    sidecar = json.loads((folder / "scan.json").read_text()) | {"site": site}
    files = [("image", ("scan.tif", (folder / "scan.tif").read_bytes()))]
    files.append(("sidecar", ("scan.json", json.dumps(sidecar).encode())))
    declaration = folder / "scan.declaration.json"
    if declaration.is_file():
        files.append(("declaration", ("d.json", declaration.read_bytes())))
    answer = client.post("/v1/scans", params={"wait": 60}, files=files)
    assert answer.status_code == 200, answer.text
    scan: str = answer.json()["id"]
    return scan


def decisions(client: httpx.Client, scan: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = client.get(f"/v1/scans/{scan}/decisions").json()["decisions"]
    return made


def reading(open_as: OpenAs, client: httpx.Client, scan: str) -> Page:
    """The page of a scan, opened by the first officer and ready to be decided."""
    page = open_as(client, "Officer 1")
    page.goto(f"/console/scans/{scan}")
    at_scan(page, scan)
    return page


def at_scan(page: Page, scan: str) -> None:
    page.wait_for_url(f"**/console/scans/{scan}**")
    expect(page.get_by_role("region", name="Decision", exact=True)).to_be_visible()


def test_a_shift_is_worked_with_the_keyboard_alone(open_desk: httpx.Client, open_as: OpenAs) -> None:
    bricks, garments = (
        send(open_desk, "05-bricks-in-load", "KEYS"),
        send(open_desk, "01-honest-garments", "KEYS"),
    )
    page = open_as(open_desk, "Officer 1")
    page.goto("/console/desk?site=KEYS")
    expect(page.get_by_role("row")).to_have_count(3)
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    at_scan(page, bricks)
    page.keyboard.press("s")
    expect(page.get_by_text("Mark a region, or say")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="hiding place")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("All along the floor.")
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    at_scan(page, garments)
    (made,) = decisions(open_desk, bricks)
    assert (made["decision"], made["reason"]) == ("suspicious", "hidden_space")
    assert made["comment"] == "All along the floor."
    assert made["seconds"] > 0
    assert (made["app"], made["marks_shown"], made["blind"]) == ("tallyscan-console", True, False)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing waits for you here.")).to_be_visible()
    assert [each["decision"] for each in decisions(open_desk, garments)] == ["clear"]


def test_a_region_of_the_machine_is_taken_over_with_its_label_and_corrected(
    open_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(open_desk, "13-people", "LABELS")
    page = reading(open_as, open_desk, scan)
    page.keyboard.press("Shift+T")
    page.keyboard.press("Shift+L")
    expect(page.get_by_label("What is suspected in D1")).to_be_focused()
    page.get_by_label("Goods in D1").select_option("furniture_household")
    page.get_by_label("Comment on D1").fill("Six of them.")
    page.get_by_role("button", name="Suspicious").click()
    page.get_by_role("radio", name="People may be inside").check()
    page.get_by_role("button", name="Decide: suspicious").click()
    page.wait_for_url("**/console/desk**")
    (made,) = decisions(open_desk, scan)
    finding = open_desk.get(f"/v1/scans/{scan}").json()["findings"][0]
    (region,) = made["regions"]
    assert region["box"] == pytest.approx(finding["box"], abs=0.01)
    assert (region["family"], region["finding"]) == (finding["kind"], finding["id"])
    assert (region["commodity"], region["comment"]) == ("furniture_household", "Six of them.")


def test_a_decision_is_taken_back_within_seconds_and_what_was_written_is_there_again(
    open_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan, other = send(open_desk, "10-other-commodity", "UNDO"), send(open_desk, "02-honest-tyres", "UNDO")
    page = reading(open_as, open_desk, scan)
    page.keyboard.press("r")
    page.get_by_role("textbox", name="Comment").fill("Ask them.")
    page.keyboard.press("Control+Enter")
    at_scan(page, other)
    page.context.set_offline(True)
    page.keyboard.press("Shift+Backspace")
    refused = page.get_by_role("region", name="Decision", exact=True).get_by_role("alert")
    expect(refused).to_contain_text("No connection")
    expect(page.get_by_role("button", name="Undo Shift+Backspace")).to_be_enabled()
    page.context.set_offline(False)
    page.keyboard.press("Shift+Backspace")
    at_scan(page, scan)
    expect(refused).to_have_count(0)
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("Ask them.")
    said = open_desk.get(f"/v1/scans/{scan}/decisions").json()
    assert (len(said["decisions"]), len(said["undos"]), said["standing"]) == (1, 1, [])


def test_a_decision_of_which_the_answer_was_lost_is_undone_at_the_service_too(
    open_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(open_desk, "02-honest-tyres", "LOST")
    page = reading(open_as, open_desk, scan)

    def answer_is_lost(route: Route) -> None:
        route.fetch()
        route.abort()

    page.context.route("**/decisions", answer_is_lost)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/desk**")
    note = page.get_by_role("status", name="Not on record yet")
    expect(note).to_contain_text("1 entry is not sent yet.")
    page.keyboard.press("Shift+Backspace")
    at_scan(page, scan)
    expect(note).to_have_count(0)
    said = open_desk.get(f"/v1/scans/{scan}/decisions").json()
    assert (len(said["decisions"]), len(said["undos"]), said["standing"]) == (1, 1, [])


def test_a_decision_made_without_a_connection_outlives_its_tab_and_is_sent_once(
    open_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(open_desk, "06-weapons", "OFFLINE")
    page = reading(open_as, open_desk, scan)
    page.context.set_offline(True)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 entry is not sent yet.")).to_be_visible()
    assert decisions(open_desk, scan) == []
    context = page.context
    page.close()
    lost: list[str] = []

    def answer_is_lost(route: Route) -> None:
        route.fetch()  # the service has it, and the browser never hears
        lost.append(route.request.post_data or "")
        route.abort()

    context.route("**/decisions", lambda route: route.abort())
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"/console/scans/{scan}")
    at_scan(again, scan)
    expect(again.get_by_text("Your decision waits to be sent.")).to_be_visible()
    expect(again.get_by_role("button", name="Clear")).to_have_count(0)
    context.unroute("**/decisions")
    context.route("**/decisions", answer_is_lost)
    again.goto("/console/desk?site=OFFLINE")
    wait_until(lambda: bool(again.evaluate("1")) and len(lost) > 0)
    expect(again.get_by_text("1 entry is not sent yet.")).to_be_visible()
    context.unroute("**/decisions")
    other = context.new_page()
    other.goto("/console/desk?site=OFFLINE")
    for tab in (again, other):
        expect(tab.get_by_text("is not sent yet")).to_have_count(0)
    assert len(decisions(open_desk, scan)) == 1


def test_what_is_refused_is_told_and_nothing_of_it_is_lost(open_desk: httpx.Client, open_as: OpenAs) -> None:
    scan = send(open_desk, "07-shielded-object", "REFUSED")
    page = reading(open_as, open_desk, scan)
    said = {
        "by": "Officer 9",
        "decision": "refer",
        "reason": "specialist",
        "revision": 1,
        "marks_shown": True,
    }
    taken = open_desk.post(f"/v1/scans/{scan}/decisions", json=said)
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:tallyscan:error:claimed"), (
        "Officer 1 reads it"
    )
    open_desk.post(f"/v1/desk/scans/{scan}/release", json={"by": "Officer 1"})  # as after too long a pause
    assert open_desk.post(f"/v1/scans/{scan}/decisions", json=said).status_code == 201
    page.keyboard.press("u")
    page.get_by_role("textbox", name="Comment").fill("Too dark.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Of the first reader decision")
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("Too dark.")


def test_what_is_refused_later_is_on_the_page_of_its_scan_again(
    open_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(open_desk, "03-empty-declared-empty", "LATER")
    page = reading(open_as, open_desk, scan)
    page.context.set_offline(True)
    page.keyboard.press("u")
    page.get_by_role("textbox", name="Comment").fill("Too dark.")
    page.keyboard.press("Control+Enter")
    note = page.get_by_role("status", name="Not on record yet")
    page.wait_for_url("**/console/desk**")
    expect(note).to_contain_text("1 entry is not sent yet.")
    problem = {"title": "t", "status": 422, "detail": "The clock is wrong."}
    page.context.route(
        "**/decisions", lambda route: route.fulfill(status=422, json=problem, content_type=PROBLEM)
    )
    page.context.set_offline(False)
    expect(note).to_contain_text("The clock is wrong.")
    assert violations(page) == []
    page.context.unroute("**/decisions")
    note.get_by_role("link").first.click()
    at_scan(page, scan)
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("Too dark.")
    page.get_by_role("textbox", name="Comment").press("Control+Enter")
    expect(note).to_have_count(0)
    wait_until(lambda: [each["comment"] for each in decisions(open_desk, scan)] == ["Too dark."])


def test_a_draft_outlives_its_tab(open_desk: httpx.Client, open_as: OpenAs) -> None:
    scan = send(open_desk, "13-people", "DRAFT")
    page = reading(open_as, open_desk, scan)
    page.keyboard.press("Shift+T")
    page.keyboard.press("s")
    page.get_by_role("textbox", name="Comment", exact=False).last.fill("Half a thought")
    page.wait_for_timeout(600)  # a draft is kept a moment after the last letter
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(f"/console/scans/{scan}")
    at_scan(again, scan)
    expect(again.get_by_label("What is suspected in D1")).to_be_visible()
    expect(again.get_by_role("radio", name="Something in the image")).to_be_checked()
    expect(again.get_by_role("textbox", name="Comment", exact=False).last).to_have_value("Half a thought")


def test_the_time_on_a_scan_goes_on_where_a_closed_tab_left_it(
    open_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(open_desk, "13-people", "TIME")
    page = reading(open_as, open_desk, scan)
    expect(page.locator(".clock")).to_contain_text("0:06", timeout=15_000)  # kept every five seconds
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(f"/console/scans/{scan}")
    at_scan(again, scan)
    assert int(again.locator(".clock").inner_text().rpartition(":")[2]) >= 4


def test_blind_first_nothing_of_the_reading_reaches_the_browser_until_the_first_decision(
    blind_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(blind_desk, "05-bricks-in-load", "BLIND")
    page = open_as(blind_desk, "Officer 1")
    heard: list[str] = []
    page.on(
        "response",
        lambda response: heard.append(response.text()) if "/v1/" in response.url and response.ok else None,
    )
    page.goto("/console/desk?site=BLIND")
    expect(page.get_by_text("stays hidden until you have decided")).to_be_visible()
    page.keyboard.press("n")
    at_scan(page, scan)
    expect(page.get_by_text("Read blind.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [each for each in heard if any(secret in each for secret in HIDDEN)] == []
    assert violations(page) == []
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Now the machine's reading is shown.")).to_be_visible()
    expect(page.get_by_role("region", name="Regions of the machine")).to_be_visible()
    page.keyboard.press("s")
    page.get_by_role("textbox", name="Comment").fill("I had missed it.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/console/desk**")
    first, second = decisions(blind_desk, scan)
    assert [(each["decision"], each["blind"], each["marks_shown"]) for each in (first, second)] == [
        ("clear", True, False),
        ("suspicious", False, True),
    ]
    assert second["corrects"] == first["id"]


def test_a_second_reader_does_not_see_the_first_and_a_third_settles_it(
    blind_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(blind_desk, "06-weapons", "SECOND")
    pages = {person: open_as(blind_desk, person) for person in ("Officer 1", "Officer 2", "Officer 3")}
    for key, (person, page) in zip("csc", pages.items(), strict=True):
        page.goto("/console/desk?site=SECOND")
        expect(page.get_by_role("row")).to_have_count(2)
        page.keyboard.press("n")
        at_scan(page, scan)
        for other in set(pages) - {person}:
            expect(page.get_by_text(other)).to_have_count(0)
        page.keyboard.press(key)
        page.get_by_role("textbox", name="Comment").fill(f"Words of {person}.")
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Shift+C")  # confirms, once the reading is there
        page.get_by_role("button", name="Confirm").or_(page.get_by_text("Nothing waits")).first.wait_for()
        if page.get_by_role("button", name="Confirm").count():
            page.get_by_role("button", name="Confirm").click()
        page.wait_for_url("**/console/desk**")
        expect(page.get_by_text("Nothing waits for you here.")).to_be_visible()
    standing = blind_desk.get(f"/v1/scans/{scan}/decisions").json()
    stands = [each for each in standing["decisions"] if each["id"] in standing["standing"]]
    assert [(each["reader"], each["by"], each["decision"]) for each in stands] == [
        ("first", "Officer 1", "clear"),
        ("second", "Officer 2", "suspicious"),
        ("third", "Officer 3", "clear"),
    ]
    page = pages["Officer 3"]
    page.goto(f"/console/scans/{scan}")
    expect(page.get_by_text("Words of Officer 1.").first).to_be_visible()  # all have decided


def test_a_person_chooses_keys_is_told_of_a_conflict_and_works_with_them(
    open_desk: httpx.Client, open_as: OpenAs
) -> None:
    scan = send(open_desk, "09-rip-off-bags", "CHOSEN")
    page = open_as(open_desk, "Officer 1")
    page.goto("/console/settings")
    page.get_by_role("button", name="Change Decide: clear").click()
    page.keyboard.press("s")
    expect(page.get_by_role("alert").first).to_contain_text("Decide: suspicious")
    assert violations(page) == []
    page.get_by_role("button", name="Change Decide: clear").click()
    page.keyboard.press("Shift+K")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.goto(f"/console/scans/{scan}")
    at_scan(page, scan)
    page.keyboard.press("Shift+K")
    expect(page.get_by_role("button", name="Decide: clear")).to_be_visible()
