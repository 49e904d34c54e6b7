"""Risk profiles in a real browser: written by the keyboard, checked, tried on the past, released by another person."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.accessibility import violations
from tests.console.past_site import PastSite, past_site
from tests.console.test_board import plotted, tabled
from tests.sample_images import OTHER_CONTAINER, container_tiff, sidecar_json
from tests.web.test_selection import declare, declared, release


@pytest.fixture(scope="module")
def site(tiny_models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastSite]:
    """Three declared consignments, one of them scanned, opened and with a find; a profile that hits it, too."""
    with past_site(tiny_models_dir, tmp_path_factory.mktemp("site")) as opened:
        client = opened.client
        release(
            client, "paper", title="Paper", expression="declaration.items.exists(i, i.hs_chapter == '48')"
        )
        declare(client, "C-1", declared())
        declare(client, "C-2", declared(OTHER_CONTAINER, mass_kg=100))
        declare(client, "C-3", declared("MSKU9070323", mass_kg=None))
        files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
        scan = client.post("/v1/scans?wait=30", files=files).json()
        found = {"by": "i-1", "opened": "wholly", "found": True, "items": [{"description": "Cigarettes"}]}
        assert client.post(f"/v1/scans/{scan['id']}/inspections", json=found).status_code == 201
        yield opened


@pytest.fixture
def console_service(site: PastSite) -> httpx.Client:
    """Instead of the one with sample scans."""
    return site.client


def test_a_profile_is_written_by_the_keyboard_and_what_is_wrong_is_shown_at_its_place(
    page: Page, site: PastSite
) -> None:
    page.goto("/console/profiles")
    expect(page.get_by_label("New profile")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_label("New profile")).to_be_focused()
    page.keyboard.type("heavy")
    page.keyboard.press("Enter")
    page.get_by_label("What it looks for").focus()
    page.keyboard.type("Heavy goods")
    expression = page.get_by_label("Expression")
    expression.focus()
    page.keyboard.type("declaration.items.exists(i, i.gross")
    option = page.get_by_role("option", name=re.compile("gross_mass_kg"))
    expect(option).to_contain_text("with packaging")
    page.keyboard.press("Enter")
    page.keyboard.type(" > '5')")
    wrong = page.locator(".expression .wrong")
    expect(wrong).to_contain_text("Line 1, column 29: a double cannot be compared with a string")
    expect(expression).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".typed mark")).to_have_text("i.gross_mass_kg > '5'")
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []
    assert site.client.get("/v1/risk-profiles/heavy").status_code == 404, "nothing is saved while typing"
    expression.focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("a double cannot be compared with a string")
    expression.focus()
    page.keyboard.press("Alt+w")
    page.keyboard.type("i.gross_mass_kg > 5000")
    expect(page.get_by_text("It can be judged.")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/console/profiles/heavy\?version=1"))
    (saved,) = site.client.get("/v1/risk-profiles/heavy").json()["profiles"]
    assert saved["expression"] == "declaration.items.exists(i, i.gross_mass_kg > 5000)"
    assert (saved["by"], saved["title"], saved["status"]) == ("Officer 1", "Heavy goods", "draft")


def draft(client: httpx.Client, name: str, **more: object) -> None:
    said = {"title": "Heavy goods", "by": "Officer 1", "stage": "before_scan", "action": "scan"}
    expression = "declaration.items.exists(i, i.gross_mass_kg > 5000)"
    answer = client.put(f"/v1/risk-profiles/{name}/draft", json={**said, "expression": expression, **more})
    assert answer.status_code == 200, answer.text


def test_a_dry_run_is_drawn_with_what_it_rests_on(page: Page, site: PastSite) -> None:
    draft(site.client, "tried")
    page.goto("/console/profiles/tried")
    page.get_by_role("button", name="Try it").press("Enter")
    run = page.get_by_role("region", name="Dry run on the past")
    expect(run).to_contain_text("1 of 3 consignments hit")
    expect(run).to_contain_text("gross_mass_kg is not known (1)")
    for title in ("by day", "by lane", "Hit rate", "Other profiles"):
        figure = run.get_by_role("figure", name=re.compile(title))
        assert plotted(figure) == pytest.approx(tabled(figure), rel=1e-3)
    expect(run.get_by_role("figure", name=re.compile(r"Hit rate: 100\s%"))).to_be_visible()
    overlap = run.get_by_role("figure", name=re.compile("Other profiles"))
    overlap.get_by_text("Numbers").press("Enter")
    expect(overlap.get_by_role("row").last).to_contain_text("paper")
    assert violations(page) == []


def test_nobody_releases_what_they_wrote_and_another_person_does(page: Page, site: PastSite) -> None:
    draft(site.client, "four-eyes")
    page.goto("/console/profiles/four-eyes")
    force = page.get_by_role("region", name="In force")
    expect(force).to_contain_text("another person releases it")
    force.get_by_role("button", name="Release it").press("Enter")
    expect(force.get_by_role("alert")).to_contain_text("a profile is released by another person")
    page.evaluate("localStorage.setItem('tallyscan.name', 'Officer 2')")
    page.reload()
    expect(force).to_contain_text("Written by Officer 1")
    force.get_by_role("button", name="Release it").press("Enter")
    expect(force.get_by_role("button", name="Take it out of force")).to_be_visible()
    (released,) = site.client.get("/v1/risk-profiles/four-eyes").json()["profiles"]
    assert (released["status"], released["released_by"]) == ("released", "Officer 2")
    page.get_by_role("button", name="Write the next version").press("Enter")
    expression = page.get_by_label("Expression")
    expression.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" && declaration.packages > 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile("version=2"))
    page.get_by_role("link", name="Compare with version 1").press("Enter")
    changed = page.get_by_role("region", name="Difference")
    expect(changed.locator("ins")).to_have_text(" && declaration.packages > 1")
    assert violations(page) == []
    page.get_by_role("button", name="Throw the draft away").press("Enter")
    force.get_by_label("Why").press_sequentially("The season is over.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Retired by Officer 2")).to_be_visible()
    (retired,) = site.client.get("/v1/risk-profiles/four-eyes").json()["profiles"]
    assert (retired["status"], retired["retired_because"]) == ("retired", "The season is over.")


def test_the_list_is_cut_by_status_and_stage_in_the_address(page: Page, site: PastSite) -> None:
    draft(
        site.client, "listed", stage="after_scan", action="open", expression="scans.exists(s, s.score > 0.5)"
    )
    page.goto("/console/profiles")
    expect(page.get_by_role("row").filter(has_text="paper v1")).to_contain_text("In force")
    page.get_by_label("Status").select_option("draft")
    expect(page.get_by_role("row").filter(has_text="paper v1")).to_have_count(0)
    page.get_by_label("Stage").select_option("after_scan")
    expect(page).to_have_url(re.compile("status=draft&stage=after_scan"))
    expect(page.get_by_role("row")).to_have_count(2)
    assert violations(page) == []
    page.get_by_label("Status").select_option("retired")
    expect(page.get_by_text("There is no such profile")).to_be_visible()
