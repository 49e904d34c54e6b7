"""The pages of the model steward and the auditor, and what stands beside a scan."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.accessibility import violations
from tests.console.conftest import ROOT, send_case
from tests.review.builders import clear, found, nothing, suspicious

FOUND_IN, LIKE_IT, THIS = "02-honest-tyres", "06-weapons", "10-other-commodity"
"""Cases that no other test of the console sends: what is said of them here changes nothing elsewhere."""

THEMES = ("dark", "light")


@pytest.fixture(scope="module")
def scans(console_service: httpx.Client) -> dict[str, str]:
    """Three scans: in one something was found, one is cleared after a correction, one has nothing said of it."""
    sent = {case: send_case(console_service, case) for case in (FOUND_IN, LIKE_IT, THIS)}

    def say(case: str, what: str, said: Any) -> Any:
        answer = console_service.post(f"/v1/scans/{sent[case]}/{what}", json=said)
        assert answer.status_code == 201, answer.text
        return answer.json()

    wrong = say(FOUND_IN, "decisions", clear())
    say(FOUND_IN, "decisions", suspicious(corrects=wrong["id"], comment="Behind the tyres."))
    say(FOUND_IN, "inspections", found(comment="In the third row."))
    say(LIKE_IT, "inspections", nothing())
    return sent


def in_both_themes(page: Page) -> None:
    for theme in THEMES:
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []


def test_the_steward_sees_what_the_model_is_worth_and_on_what_that_rests(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Models").click()
    card = json.loads(sorted((ROOT / "models").glob("*/*/card.json"))[-1].read_text(encoding="utf-8"))
    expect(page.get_by_role("heading", name=f"{card['name']} {card['version']}")).to_be_visible()
    for limit in card["limits"]:
        expect(page.get_by_text(limit)).to_be_visible()
    families = page.get_by_role("table", name="Found, by family")
    _, _, _, hits, count = card["figures"]["held_out_simulation"]["by_family_contrast_5_at_0.01"]["people"]
    people = families.get_by_role("row", name="people")
    expect(people).to_contain_text(f"{100 * hits / count:.1f} %".replace(".0 %", " %"))
    expect(people).to_contain_text(f"{hits} of {count}")
    page.get_by_role("combobox", name="False alarms a scan").select_option("0.05")
    _, _, _, hits, count = card["figures"]["held_out_simulation"]["by_family_contrast_5_at_0.05"]["people"]
    expect(people).to_contain_text(f"{hits} of {count}")
    detected = page.get_by_role("figure", name="Found, by false alarms")
    expect(detected.locator(".series.one .mark").first).to_be_attached()
    in_both_themes(page)


@pytest.mark.usefixtures("scans")
def test_the_keys_lead_to_calibration_drift_and_labels(page: Page) -> None:
    page.goto("/console/models")
    expect(page.get_by_role("heading", name="Limits").or_(page.get_by_text("Limits"))).to_be_visible()
    page.keyboard.press("2")
    groups = page.get_by_role("region", name="Calibration of this place's scanners")
    expect(groups.get_by_text("not calibrated here").first).to_be_visible()
    in_both_themes(page)
    page.keyboard.press("3")
    shares = page.get_by_role("region", name="What the scans of each scanner came to")
    expect(shares.get_by_role("figure", name="Lanes").first.locator(".mark").first).to_be_attached()
    alarms = shares.get_by_role("figure", name="Alarms").first
    alarms.get_by_text("Numbers").click()
    expect(alarms.get_by_role("columnheader", name="Search without answer")).to_be_visible()
    in_both_themes(page)
    page.keyboard.press("4")
    outcomes = page.get_by_role("row", name="inspection found cigarettes behind a cover load")
    expect(outcomes).to_be_visible()
    opinions = page.get_by_role("row", name="first reader suspicious bags at the doors")
    expect(opinions).to_be_visible()
    in_both_themes(page)


def test_the_auditor_follows_a_scan_checks_its_bytes_and_takes_the_trail_along(
    page: Page, scans: dict[str, str], tmp_path: Path
) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Audit").click()
    page.get_by_label("Scan", exact=True).fill(scans[FOUND_IN])
    page.get_by_role("button", name="Open").click()
    timeline = page.get_by_role("list").filter(has=page.locator("time"))
    for kind in ("Arrived", "Read", "Decided", "Corrected", "Inspected", "Told"):
        expect(timeline.get_by_text(kind, exact=True).first).to_be_visible()
    corrected = timeline.get_by_role("listitem").filter(has=page.get_by_text("Corrected", exact=True))
    expect(corrected).to_contain_text("officer-7")
    expect(corrected).to_contain_text("Behind the tyres.")
    expect(page.get_by_text("not checked").first).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("status")).to_contain_text("still have their hashes")
    image = next((ROOT / "sample_scans" / FOUND_IN).glob("scan.*tif*"))
    expect(page.get_by_text(hashlib.sha256(image.read_bytes()).hexdigest(), exact=True)).to_be_visible()
    page.get_by_label("Show").select_option("people")
    expect(timeline.get_by_role("listitem")).to_have_count(3)
    corrected.get_by_text("1 record").click()
    expect(corrected.get_by_text('"person": "officer-7"')).to_be_visible()
    in_both_themes(page)
    for name, read in (("JSON", json.loads), ("CSV", lambda text: list(csv.reader(io.StringIO(text))))):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Save as {name}").click()
        kept = tmp_path / name
        download.value.save_as(kept)
        assert scans[FOUND_IN] in str(read(kept.read_text(encoding="utf-8")))


def test_a_find_is_looked_up_by_family_and_words(page: Page, scans: dict[str, str]) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Reference library").click()
    expect(page.get_by_role("status").filter(has_text="find")).to_be_visible()
    page.get_by_label("Words").fill("third row")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 find")).to_be_visible()
    expect(page).to_have_url("/console/reference?words=third+row")
    page.get_by_role("button", name="cigarettes behind a cover load").click()
    line = page.get_by_role("listitem")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("400,000 cigarettes")
    expect(line.get_by_role("link").first).to_have_attribute("href", f"/console/scans/{scans[FOUND_IN]}")
    in_both_themes(page)
    page.get_by_label("Words").fill("elephants")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No find answers to this")).to_be_visible()


def test_scans_beside_a_scan_are_chosen_with_keys_alone(page: Page, scans: dict[str, str]) -> None:
    page.goto(f"/console/reference/{scans[THIS]}")
    related = page.get_by_role("region", name="Scans to compare with")
    expect(related.get_by_role("heading", name="Finds")).to_be_visible()
    pictures = page.get_by_role("img", name="Picture of")
    expect(pictures).to_have_count(1)
    page.keyboard.press("Shift+N")
    expect(pictures).to_have_count(2)
    expect(related.get_by_role("button", pressed=True)).to_have_count(1)
    in_both_themes(page)
    page.keyboard.press("Shift+X")
    expect(pictures).to_have_count(1)


def test_the_pages_speak_ukrainian_and_say_what_went_wrong(page: Page) -> None:
    page.get_by_label("Language").select_option("uk")
    page.get_by_role("navigation").get_by_role("link", name="Моделі").click()
    expect(page.get_by_role("table", name="Виявлено за видами")).to_be_visible()
    page.goto("/console/audit/no-such-scan")
    expect(page.get_by_role("alert")).to_contain_text("no-such-scan")
    assert violations(page) == []
