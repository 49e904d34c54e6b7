"""The live board and the dashboard in a real browser, before a real service that goes and comes back."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete

from tallyscan.settings import Settings
from tallyscan.store.database import open_database
from tallyscan.store.selection_tables import LiveRow
from tests.console.accessibility import violations
from tests.console.conftest import ROOT
from tests.console.past_site import SITE, PastSite, past_site
from tests.sample_images import container_tiff, sidecar_json

BOARD = f"/console/board?site={SITE}"
SCHEMA = ROOT / "docs/reference/event.schema.json"
LOST = re.compile("Not live since")


@pytest.fixture(scope="module")
def site(tiny_models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastSite]:
    with past_site(tiny_models_dir, tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def console_service(site: PastSite) -> httpx.Client:
    """Instead of the one with sample scans."""
    return site.client


def send(client: httpx.Client, consignment: str) -> Any:
    taken_at = f"2026-02-01T10:00:0{consignment[-1]}Z"  # else it is the same scan again
    said = json.loads(sidecar_json()) | {"site": "Gate 1", "acquired_at": taken_at}
    sidecar = json.dumps(said).encode()
    files = [("image", (f"{consignment}.tif", container_tiff())), ("sidecar", ("a.json", sidecar))]
    answer = client.post("/v1/scans?wait=30", files=files, data={"consignment": consignment})
    assert answer.status_code == 200, answer.text
    return answer.json()


def standing(page: Page) -> Locator:
    return page.locator(".board .standing")


def lines(page: Page) -> Locator:
    return page.get_by_role("region", name="As it happens").first.get_by_role("listitem")


def big(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True).get_by_role("strong")


def test_what_happens_is_on_the_board_as_it_happens(page: Page, site: PastSite) -> None:
    page.goto(BOARD)
    expect(standing(page)).to_contain_text("Live")
    expect(big(page, "To be decided")).to_have_text("0")
    scan = send(site.client, "C-1")
    expect(lines(page).filter(has_text="Scan arrived")).to_have_count(1)
    expect(lines(page).filter(has_text="Read: lane")).to_contain_text("C-1")
    expect(big(page, "To be decided")).to_have_text("1")
    row = page.get_by_role("row").filter(has_text="C-1")
    expect(row).to_contain_text(re.compile(r"\d s"))
    said = {"by": "officer-3", "decision": "refer", "reason": "specialist"}
    more = {"revision": scan["revision"], "marks_shown": True}
    assert site.client.post(f"/v1/scans/{scan['id']}/decisions", json=said | more).status_code == 201
    expect(lines(page).first).to_contain_text("Referred")
    expect(big(page, "To be decided")).to_have_text("0")
    expect(page.get_by_role("region", name="Done")).to_contain_text(re.compile(r"Referred\s*1"))
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []


ORDERS: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    (
        "Second reading",
        {"disposition": "second_reading", "ground": "doubt"},
        "for a second reading",
        "на другий перегляд",
    ),
    ("New scan", {"disposition": "rescan", "ground": "image_poor"}, "to be scanned", "на сканування"),
    ("Open", {"disposition": "open", "ground": "anomaly"}, "to be opened", "на огляд"),
    (
        "Refer",
        {"disposition": "refer", "ground": "specialist", "contact_point": "XXLAB", "purpose": "What is it?"},
        "referred to XXLAB",
        "передано: XXLAB",
    ),
    (
        "Release",
        {"disposition": "release", "ground": "red_unopened", "comment": "Ordered by the head of shift."},
        "released",
        "випущено",
    ),
)


def test_orders_are_lines_in_words_of_both_languages_and_change_the_counts(
    page: Page, site: PastSite
) -> None:
    scan = send(site.client, "C-5")
    page.goto(BOARD)
    expect(standing(page)).to_contain_text("Live")
    ordered = page.get_by_role("region", name="Ordered")
    expect(ordered).to_contain_text(re.compile(r"Release\s*0"))
    url = f"/v1/consignments/{scan['consignment']}"
    for _, said, _, _ in ORDERS:
        record = len(site.client.get(f"{url}/risk-record").json()["history"])
        answer = site.client.post(f"{url}/dispositions", json={"by": "officer-7", "record": record, **said})
        assert answer.status_code == 201, answer.text
    for name, _, english, _ in ORDERS:
        expect(lines(page).filter(has_text=f"C-5 {english}, officer-7")).to_have_count(1)
        expect(ordered).to_contain_text(re.compile(rf"{name}\s*1"))
    released = answer.json()["id"]
    undone = site.client.post(f"{url}/dispositions/{released}/undo", json={"by": "officer-7"})
    assert undone.status_code == 201, undone.text
    expect(lines(page).first).to_contain_text("taken back by officer-7: released")
    expect(ordered).to_contain_text(re.compile(r"Release\s*0"))
    page.get_by_label("Language").select_option("uk")
    for _, _, _, ukrainian in ORDERS:
        expect(page.locator(".happened li").filter(has_text=f"C-5 {ukrainian}, officer-7")).to_have_count(1)
    expect(page.locator(".happened li").first).to_contain_text("скасовано (officer-7): випущено")
    page.get_by_label("Мова").select_option("en")


def test_every_kind_of_line_is_listened_for_and_has_words() -> None:
    source = ROOT / "src/console/src"
    heard = json.loads((source / "live/kinds.json").read_text(encoding="utf-8"))
    words = json.loads((source / "messages/en/board.json").read_text(encoding="utf-8"))
    assert sorted(heard) == sorted(key[5:] for key in words if key.startswith("kind."))
    told = set(re.findall(r"org\.tallyscan\.([a-z.-]+)\.v1", SCHEMA.read_text(encoding="utf-8")))
    of_events = {
        each.replace("scan-assessment", "reading").removeprefix("scan-")
        for each in told
        if not each.startswith(("scanner-watch", "scan-join", "quarantine"))
    }
    arrivals = {"declaration.arrived", "declaration.corrected", "scan.arrived"}
    assert set(heard) == of_events | arrivals


def test_the_budget_is_set_by_the_keyboard_and_what_is_left_is_shown(page: Page, site: PastSite) -> None:
    page.goto(BOARD)
    expect(page.get_by_role("region", name="Alert budget")).to_contain_text("No budget is set")
    page.keyboard.press("b")
    dialog = page.get_by_role("dialog", name=f"Alert budget of {SITE}")
    dialog.get_by_label("Shift", exact=True).press_sequentially("all day")
    dialog.get_by_label("Starts").fill("00:00")
    dialog.get_by_label("Can look at").fill("4")
    assert violations(page) == []
    dialog.get_by_label("Can look at").press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("region", name="Alert budget")).to_contain_text("left of 4")
    kept = site.client.get(f"/v1/sites/{SITE}/alert-budget").json()
    assert (kept["by"], kept["shifts"][0]["budget"], kept["version"]) == ("Officer 1", 4, 1)
    scan = send(site.client, "C-2")
    nothing = {"by": "inspector-1", "opened": "wholly", "found": False}
    assert site.client.post(f"/v1/scans/{scan['id']}/inspections", json=nothing).status_code == 201
    expect(page.get_by_role("region", name="Alert budget")).to_contain_text("all day: 1 of 4")
    page.keyboard.press("b")
    dialog.get_by_label("Can look at").fill("0")
    dialog.get_by_role("button", name="Set the budget").press("Enter")
    expect(page.get_by_role("region", name="Alert budget")).to_contain_text("over the budget")


def test_a_lost_connection_is_said_and_what_was_missed_too(page: Page, site: PastSite) -> None:
    send(site.client, "C-3")
    page.goto(BOARD)
    expect(standing(page)).to_contain_text("Live")
    before = lines(page).count()
    site.end()
    try:
        expect(standing(page)).to_contain_text(LOST)
        assert violations(page) == []
        site.begin()
        expect(standing(page)).to_contain_text("Live", timeout=20_000)
        send(site.client, "C-4")
        expect(lines(page).filter(has_text="C-4").first).to_be_visible()
        assert lines(page).count() > before, "it went on where it was"
        expect(standing(page)).not_to_contain_text("missed")
        site.end()
        database = open_database(Settings(data_dir=site.data_dir).database_address)
        with database.write() as session:
            session.execute(delete(LiveRow))
        database.close()
    finally:
        site.begin()
    expect(standing(page)).to_contain_text("some lines were missed", timeout=20_000)
    page.get_by_role("button", name="Seen").press("Enter")
    expect(standing(page)).not_to_contain_text("missed")


def plotted(figure: Locator) -> list[float]:
    """The values that the marks of a plot show, by where they stand between the ticks of its axis."""
    values: list[float] = figure.locator("svg").evaluate(
        """svg => {
            const ticks = [...svg.querySelectorAll('.tick')].map(tick =>
                [Number(tick.dataset.value), Number(tick.querySelector('line').getAttribute('y1'))]);
            const [[low, bottom], [high, top]] = [ticks[0], ticks.at(-1)];
            const step = (high - low) / (bottom - top);
            return [...svg.querySelectorAll('.mark')].map(mark => mark.tagName === 'rect'
                ? Number(mark.getAttribute('height')) * step
                : low + (bottom - Number(mark.getAttribute('cy'))) * step);
        }"""
    )
    return values


def tabled(figure: Locator) -> list[float]:
    """The numbers of its table, one series after the other."""
    values: list[list[str]] = figure.locator("tbody").evaluate(
        "body => [...body.rows].map(row => [...row.querySelectorAll('td')].map(cell => cell.dataset.value))"
    )
    return [float(value) for column in zip(*values, strict=True) for value in column if value != ""]


PLOTS = (
    "Not assessed",
    "Hit rate of openings",
    "False alarms",
    "Waiting times",
    "Seconds per reading",
    "Agreement on the same scan",
)


def test_a_plot_shows_the_numbers_of_its_table_and_of_the_service(page: Page, site: PastSite) -> None:
    page.goto("/console/dashboard?time_zone=UTC")
    arrivals = page.get_by_role("figure", name="Arrivals")
    expect(arrivals.locator(".mark").first).to_be_attached()
    whole = site.client.get("/v1/statistics").json()["whole"]
    # A day without a scan has no bar.
    assert sum(plotted(arrivals)) == pytest.approx(sum(tabled(arrivals)), rel=1e-3)
    assert sum(tabled(arrivals)) == whole["arrivals"]
    for title in PLOTS:
        figure = page.get_by_role("figure", name=title)
        assert plotted(figure) == pytest.approx(tabled(figure), rel=1e-3, abs=1e-3), title
        assert len(tabled(figure)) > 4, title


def test_what_is_asked_stands_in_the_address_and_is_taken_along(page: Page, site: PastSite) -> None:
    last = datetime.now(UTC).date()
    first = last - timedelta(days=6)
    page.goto(f"/console/dashboard?first_day={first}&last_day={last}&time_zone=UTC")
    page.get_by_role("combobox", name="Site", exact=True).select_option("GATE2")
    expect(page).to_have_url(re.compile("site=GATE2"))
    answer = site.client.get(
        "/v1/statistics",
        params={"first_day": str(first), "last_day": str(last), "site": "GATE2", "by": "day"},
    ).json()
    expect(page.locator(".totals strong").first).to_have_text(str(answer["whole"]["arrivals"]))
    figure = page.get_by_role("figure", name="Hit rate of openings")
    with page.expect_download() as download:
        figure.get_by_role("button", name="CSV").press("Enter")
    rows = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [part["name"] for part in answer["parts"]["day"]]
    for row, part in zip(rows[1:], answer["parts"]["day"], strict=True):
        share = part["figures"]["hits"]
        written = [None if each == "" else float(each) for each in row.split(",")[1:]]
        assert written == [share["share"], share["low"], share["high"], share["of"]]
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile(f"last_day={first - timedelta(days=1)}"))
    page.reload()
    expect(page.get_by_role("combobox", name="Site", exact=True)).to_have_value("GATE2")


def test_the_dashboard_is_read_aloud_and_without_a_mouse(page: Page) -> None:
    page.goto("/console/dashboard?time_zone=UTC")
    expect(page.get_by_role("figure")).to_have_count(9)
    summary = page.get_by_role("figure", name="Lanes").get_by_text("Numbers")
    summary.focus()
    page.keyboard.press("Enter")
    table = page.get_by_role("figure", name="Lanes").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(31)
    expect(table.get_by_role("columnheader")).to_have_text(["Day", "Red", "Not assessed", "Yellow", "Green"])
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []


def test_where_nothing_was_counted_nothing_is_drawn_and_no_rate_is_said(page: Page) -> None:
    page.goto("/console/dashboard?first_day=2020-01-01&last_day=2020-01-03&time_zone=UTC")
    expect(page.get_by_role("figure", name="Hit rate of openings")).to_contain_text("Nothing was counted")
    hits = page.locator(".totals div").filter(has_text="Hit rate of openings")
    expect(hits).to_contain_text("Nothing was counted")
    expect(hits).not_to_contain_text("%")
