"""The queue and the page of a consignment, as a targeting officer works them in a browser."""

import itertools
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tallyscan.disposition import GROUNDS
from tests.console.accessibility import violations
from tests.console.conftest import ROOT
from tests.web.test_selection import declared

_SITES = itertools.count(1)
PROBLEM = "application/problem+json"
UNAVAILABLE = {
    "type": "urn:tallyscan:error:unavailable",
    "title": "t",
    "status": 503,
    "detail": "The disk is full.",
}


class Post:
    """An office of the test's own, so that tests in one service do not see each other's consignments."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.site = f"XXPOST{next(_SITES):02d}"
        self.names = itertools.count(1)

    def declare(self, goods: str = "Paper in rolls", *, score: float | None = None) -> str:
        """A consignment that is expected here; with a score, a risk engine has spoken of it."""
        name = f"{self.site}/{next(self.names)}"
        office = {"referenceNumber": self.site, "arrivalDateAndTimeEstimated": "2099-02-01T14:00:00Z"}
        item = {"goodsItemNumber": 1, "descriptionOfGoods": goods, "grossMass": 900.0}
        trader = {"name": f"Trader {self.site}", "identificationNumber": self.site}
        body = declared(
            customsOffices=[office], goodsItems=[item], MRN=name.replace("/", ""), consignee=trader
        )
        self.client.put(
            f"/v1/consignments/{quote(name, safe='')}/declaration", content=body
        ).raise_for_status()
        if score is not None:
            said = {"by": "engine-1", "score": score, "lane": "red"}
            self.post(name, "risk-scores", said)
        return name

    def post(self, consignment: str, what: str, said: dict[str, Any]) -> Any:
        url = f"/v1/consignments/{quote(consignment, safe='')}/{what}"
        answer = self.client.post(url, json=said)
        answer.raise_for_status()
        return answer.json()

    def queue(self, **asked: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.client.get(
            "/v1/queue", params={"trader": self.site, "state": "all", **asked}
        ).json()["entries"]
        return entries

    def said_of(self, consignment: str) -> list[dict[str, Any]]:
        url = f"/v1/consignments/{quote(consignment, safe='')}/dispositions"
        found: list[dict[str, Any]] = self.client.get(url).json()["dispositions"]
        return found


@pytest.fixture
def post(console_service: httpx.Client) -> Post:
    return Post(console_service)


def line(page: Page, consignment: str) -> Any:
    return page.get_by_role("row").filter(has_text=re.compile(re.escape(consignment)))


def opened(page: Page, post: Post) -> None:
    """Its own consignments alone: those of no site are listed at every one."""
    page.goto(f"/console/queue?site={post.site}&trader={post.site}")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.locator("table.queue")).to_be_visible()


def listed(page: Page) -> list[str]:
    return page.locator("table.queue .consignment a").all_inner_texts()


def test_filters_stand_in_the_address_and_come_back_with_it(page: Page, post: Post) -> None:
    fish, paper = post.declare("Frozen fish"), post.declare()
    opened(page, post)
    page.get_by_label("Goods").fill("frozen")
    expect(line(page, paper)).to_have_count(0)
    expect(line(page, fish)).to_be_visible()
    expect(page).to_have_url(re.compile(r"goods=frozen"))
    page.get_by_role("button", name=re.compile("^not assessed")).click()
    expect(page).to_have_url(re.compile(r"lane=not_assessed"))
    page.get_by_label("Save filters as").fill("Fish")
    page.get_by_role("button", name="Save", exact=True).click()
    page.reload()
    expect(page.get_by_label("Goods")).to_have_value("frozen")
    expect(page.get_by_role("button", name=re.compile("^not assessed"))).to_have_attribute(
        "aria-pressed", "true"
    )
    page.go_back()
    expect(page).not_to_have_url(re.compile(r"lane="))
    page.go_back()
    expect(line(page, paper)).to_be_visible()
    page.get_by_label("Saved filters").select_option("Fish")
    expect(page).to_have_url(re.compile(r"goods=frozen"))


def test_many_are_decided_on_by_keyboard_alone_and_taken_back(page: Page, post: Post) -> None:
    names = [post.declare() for _ in range(3)]
    opened(page, post)
    rows = [re.escape(entry["consignment"]) for entry in post.queue()]
    page.keyboard.press("ArrowDown")
    expect(page.locator("tr:focus")).to_have_text(re.compile(rows[0]))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 marked:")).to_be_visible()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Scan 2 consignments")
    expect(dialog.locator(".lanes-chosen")).to_contain_text("2 not assessed")
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert [post.said_of(name) for name in names] == [[], [], []], "nothing is sent before it is confirmed"
    page.keyboard.press("n")
    page.get_by_role("button", name="Let 2 be scanned").press("Enter")
    expect(page.get_by_text("2 on record.")).to_be_visible()
    assert sum(len(post.said_of(name)) for name in names) == 2
    assert {entry["waits_for"] for entry in post.queue(waits_for="scan")} == {"scan"}
    page.keyboard.press("u")
    expect(page.get_by_text("2 on record.")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile(r"^a scan"))).to_contain_text("0")
    assert post.queue(waits_for="scan") == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/console/consignments/"))


def test_what_does_not_fit_stays_marked_with_the_reason(page: Page, post: Post) -> None:
    fits, does_not = post.declare(), post.declare(score=0.9)
    opened(page, post)
    page.keyboard.press("a")
    page.keyboard.press("l")
    ground = page.get_by_label("Ground")
    ground.select_option("not_selected")
    page.get_by_role("button", name="Release 2").click()
    expect(page.get_by_text("1 on record.")).to_be_visible()
    refused = page.get_by_role("status").filter(has_text="1 refused")
    expect(refused).to_contain_text(does_not)
    expect(refused).to_contain_text("has a risk of its own")
    expect(line(page, fits)).to_contain_text(re.compile("released|no longer"))
    expect(page.get_by_role("checkbox", name=f"Mark {does_not}")).to_be_checked()
    assert [said["ground"] for said in post.said_of(fits)] == ["not_selected"]


def test_nothing_moves_under_the_hand_while_others_work(page: Page, post: Post) -> None:
    first, second = post.declare(), post.declare()
    opened(page, post)
    page.keyboard.press("ArrowDown")
    before = listed(page)
    said = {"by": "officer-8", "disposition": "release", "ground": "not_selected", "record": 0}
    post.post(first, "dispositions", said)
    expect(line(page, first)).to_contain_text("released, officer-8")
    new = post.declare(score=0.9)
    expect(page.get_by_role("button", name=re.compile("Show 1 new"))).to_be_visible()
    expect(line(page, new)).to_have_count(0)
    assert listed(page) == before
    assert sorted(before) == sorted([first, second])
    expect(page.locator("tr:focus")).to_have_count(1)
    page.keyboard.press("r")
    expect(line(page, new)).to_be_visible()
    expect(line(page, first)).to_have_count(0)
    expect(line(page, second)).to_be_visible()


def test_what_could_not_be_asked_for_once_is_asked_for_again(page: Page, post: Post) -> None:
    name = post.declare()
    opened(page, post)
    page.route("**/v1/queue?*", lambda route: route.fulfill(status=503, json=UNAVAILABLE))
    said = {"by": "officer-8", "disposition": "release", "ground": "not_selected", "record": 0}
    post.post(name, "dispositions", said)
    expect(page.get_by_role("alert")).to_contain_text("The disk is full.")
    page.wait_for_timeout(1500)  # no other line comes that it would be asked for with
    page.unroute("**/v1/queue?*")
    expect(line(page, name)).to_contain_text("released, officer-8")
    expect(page.get_by_role("alert")).to_have_count(0)


def unsent(page: Page) -> Any:
    return page.get_by_role("status", name="Not on record yet")


def ordered(page: Page, comment: str) -> None:
    """A scan of the first line, with a comment."""
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("button", name="Let it be scanned").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("browser_has_locks", [True, False])
def test_a_disposition_outlives_a_503_and_a_closed_tab_and_is_on_record_once(
    page: Page, post: Post, context: BrowserContext, browser_has_locks: bool
) -> None:
    if not browser_has_locks:  # as a page over plain HTTP
        context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    name = post.declare()
    opened(page, post)
    context.route(
        "**/v1/dispositions", lambda route: route.fulfill(status=503, json=UNAVAILABLE, content_type=PROBLEM)
    )
    ordered(page, "Before noon.")
    expect(unsent(page)).to_contain_text("1 entry is not sent yet.")
    expect(unsent(page)).to_contain_text("Not taken yet: The disk is full.")
    assert violations(page) == []
    page.close()
    context.unroute("**/v1/dispositions")
    again, twin = context.new_page(), context.new_page()
    for tab in (again, twin):  # on whatever page
        tab.goto("/console/settings")
    for tab in (again, twin):
        expect(tab.get_by_role("heading", level=1)).to_be_visible()
        expect(unsent(tab)).to_have_count(0)
    assert [(said["disposition"], said["comment"]) for said in post.said_of(name)] == [
        ("rescan", "Before noon.")
    ]


def test_what_is_sent_again_after_a_lost_answer_can_still_be_taken_back(
    page: Page, post: Post, context: BrowserContext
) -> None:
    name = post.declare()
    opened(page, post)

    def answer_is_lost(route: Route) -> None:
        route.fetch()  # the service has it, and the browser never hears
        route.abort()

    context.route("**/v1/dispositions", answer_is_lost, times=1)
    ordered(page, "Before noon.")
    expect(page.get_by_text("1 on record.")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("1 on record.")).to_have_count(0)
    url = f"/v1/consignments/{quote(name, safe='')}/dispositions"
    kept = post.client.get(url).json()
    assert (len(kept["dispositions"]), len(kept["undos"]), kept["standing"]) == (1, 1, [])


def test_what_is_refused_later_or_taken_back_is_in_its_form_again(
    page: Page, post: Post, context: BrowserContext
) -> None:
    name = post.declare()
    opened(page, post)
    context.set_offline(True)
    ordered(page, "Before noon.")
    unsent(page).get_by_role("button", name="Take back").click()
    expect(unsent(page)).to_contain_text("Taken back, not sent:")
    page.keyboard.press("n")
    expect(page.get_by_label("Comment")).to_have_value("Before noon.")
    page.get_by_label("Comment").fill("After noon.")
    page.get_by_role("button", name="Let it be scanned").click()
    expect(unsent(page)).not_to_contain_text("Taken back")
    said = {"by": "officer-8", "disposition": "rescan", "ground": "first_scan", "record": 0}
    other = post.post(name, "dispositions", said)["id"]
    context.set_offline(False)
    expect(unsent(page)).to_contain_text("1 refused:")
    expect(unsent(page)).to_contain_text(f"to be scanned again already ({other}, by officer-8)")
    post.post(name, f"dispositions/{other}/undo", {"by": "officer-8"})
    assert violations(page) == []
    page.keyboard.press("n")
    expect(page.get_by_label("Comment")).to_have_value("After noon.")
    page.get_by_role("button", name="Let it be scanned").click()
    expect(unsent(page)).to_have_count(0)
    assert [each["by"] for each in post.said_of(name)] == ["officer-8", "Officer 1"]


def test_a_consignment_is_on_one_page_and_is_opened_where_its_scan_shows_something(
    page: Page, console_service: httpx.Client
) -> None:
    entry = next(e for e in console_service.get("/v1/queue").json()["entries"] if e["scans"])
    name = entry["consignment"]
    post = Post(console_service)
    post.post(name, "weighings", {"by": "bridge-1", "kg": 9400, "covers": "unit_gross"})
    answers = {"by": "officer-1", "answers": [{"question": "Who <b>loaded</b>?", "answer": None}]}
    post.post(name, "interviews", answers)
    page.goto(f"/console/consignments/{quote(name, safe='')}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    for heading in ("Scans", "Declaration", "What the risk is made of", "What came in", "History"):
        expect(page.get_by_role("heading", name=re.compile(f"^{heading}"))).to_be_visible()
    expect(page.get_by_text("Weighed 9,400 kg")).to_be_visible()
    expect(page.get_by_text("Who <b>loaded</b>?")).to_be_visible()
    expect(page.locator(".timeline li").first).to_be_visible()
    page.keyboard.press("o")
    page.get_by_label("Where to look, in words").fill("front wall")
    page.get_by_role("button", name="Let it be opened").click()
    expect(page.get_by_label("What is done with it next").get_by_text("front wall")).to_be_visible()
    expect(page.get_by_label("What is done with it next")).to_contain_text("opening")
    expect(page.locator(".timeline li").first).to_contain_text("To be opened", timeout=20_000)
    said = post.said_of(name)[-1]
    assert (said["disposition"], said["look"][0]["in_words"]) == ("open", "front wall")


def test_what_was_chosen_of_one_consignment_is_not_of_the_next(page: Page, post: Post) -> None:
    first, second = post.declare(), post.declare(score=0.9)
    page.goto(f"/console/consignments/{quote(first, safe='')}")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.route("**/risk-record", lambda route: route.fulfill(status=503, json=UNAVAILABLE))
    page.evaluate(
        "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
        f"/console/consignments/{quote(second, safe='')}",
    )
    expect(page.get_by_role("alert")).to_contain_text("The disk is full.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name=first)).to_have_count(0)
    page.unroute("**/risk-record")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(second)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_queue_and_consignment_pass_axe_in_both_colours_and_both_languages(page: Page, post: Post) -> None:
    name = post.declare(score=0.9)
    for path in (
        f"/console/queue?site={post.site}",
        f"/console/consignments/{quote(name, safe='')}",
        "/console/joins",
    ):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for theme, language in (("dark", "en"), ("light", "uk")):
            page.locator(".person select").nth(0).select_option(language)
            page.locator(".person select").nth(1).select_option(theme)
            assert violations(page) == []
        page.locator(".person select").nth(0).select_option("en")


def test_the_first_address_leads_to_the_console(page: Page) -> None:
    page.goto("/consignments/A%2F1")
    expect(page).to_have_url(re.compile("/console/consignments/A%2F1"))
    expect(page.get_by_role("alert")).to_contain_text("There is no consignment 'A/1'")


def test_the_console_offers_the_grounds_that_the_service_takes() -> None:
    offered = json.loads(Path(ROOT / "src/console/src/queue/grounds.json").read_text(encoding="utf-8"))
    assert {step: tuple(grounds) for step, grounds in offered.items()} == GROUNDS
