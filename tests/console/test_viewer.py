"""The image of a scan in a real browser: its window, its regions, what is drawn and measured, and what is not known."""

import json
import re
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from tests.console.accessibility import violations
from tests.console.conftest import send_case

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def scans(console_service: httpx.Client) -> dict[str, str]:
    """The id of each scan that these tests look at, by the number of its case.

    01 has two energies, 13 one and a finding, 14 is not assessed, 15 black, 12 a display picture.
    """
    cases = (
        "01-honest-garments",
        "13-people",
        "14-missing-goods",
        "15-unreadable-black",
        "12-display-two-containers",
    )
    return {case[:2]: send_case(console_service, case) for case in cases}


def went(page: Page, scan: str) -> None:
    """A page that is left while it still loads its parts would report an error."""
    page.wait_for_load_state("networkidle")
    page.goto(f"/console/scans/{scan}")


def opened(page: Page, scan: str) -> None:
    went(page, scan)
    page.locator('.stages[aria-busy="false"]').wait_for()


def seen(page: Page) -> Picture:
    """The stage as an officer sees it."""
    taken = np.frombuffer(page.locator(".stage").first.screenshot(), np.uint8)
    return np.asarray(cv2.imdecode(taken, cv2.IMREAD_COLOR), np.uint8)


def difference(one: Picture, other: Picture) -> float:
    """Mean over all pixels, of 255."""
    return float(cv2.absdiff(one, other).mean())


def on_screen(page: Page, region: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a region, in pixels of the page."""
    box = page.locator(f'.shapes [data-region="{region}"] .line').bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def reason_of(page: Page, finding: str) -> Locator:
    """The button beside the image that leads to a finding."""
    return page.locator(".scan-side").get_by_role("button", name=re.compile(f"^{finding} "))


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def reading(service: httpx.Client, scan: str) -> dict[str, Any]:
    document: dict[str, Any] = service.get(f"/v1/scans/{scan}").json()
    return document


def test_every_change_of_the_window_changes_the_picture_without_a_request(
    page: Page, scans: dict[str, str]
) -> None:
    opened(page, scans["01"])
    page.keyboard.press("h")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = seen(page)
    box = page.locator(".stage").first.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    changes = {
        "preset": lambda: page.keyboard.press("2"),
        "drag": lambda: drag(page, middle, (middle[0] - 80, middle[1] + 60)),
        "wider": lambda: page.keyboard.press("]"),
        "invert": lambda: page.keyboard.press("i"),
        "colours": lambda: page.keyboard.press("p"),
        "material": lambda: page.keyboard.press("m"),
        "without metal": lambda: page.keyboard.press("9"),
        "edges": lambda: page.keyboard.press("e"),
        "local contrast": lambda: page.keyboard.press("k"),
    }
    for name, change in changes.items():
        change()
        page.mouse.move(1, 1)
        page.wait_for_timeout(150)
        after = seen(page)
        assert difference(before, after) > 0.05, name
        before = after
    page.keyboard.press("Shift+W")
    own = f"/v1/scans/{scans['01']}/"  # the next scans of the desk are fetched meanwhile
    assert [url for url in asked if own in url] == []


def test_what_is_dense_is_dark_and_inversion_turns_that_round(page: Page, scans: dict[str, str]) -> None:
    opened(page, scans["13"])
    page.keyboard.press("h")
    page.wait_for_timeout(150)
    plain = seen(page).astype(int)
    page.keyboard.press("i")
    page.wait_for_timeout(150)
    inverted = seen(page).astype(int)
    height, width = plain.shape[:2]
    inside = (slice(height // 3, height // 2), slice(width // 3, 2 * width // 3))
    assert np.median(plain[inside] + inverted[inside]) == pytest.approx(255, abs=6)


def test_reasons_lead_to_regions_and_regions_to_reasons_and_one_key_hides_them(
    page: Page, scans: dict[str, str]
) -> None:
    opened(page, scans["13"])
    reason = reason_of(page, "F1")
    region = page.locator('.shapes [data-region="F1"]')
    expect(page.locator('[data-label="F1"]')).to_contain_text("people")
    reason.click()
    expect(region).to_have_class("region finding chosen")
    left, top, right, bottom = on_screen(page, "F1")
    stage = page.locator(".stage").first.bounding_box()
    assert stage is not None
    assert stage["x"] < left < right < stage["x"] + stage["width"]
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(reason).to_have_attribute("aria-pressed", "false")
    left, top, right, bottom = on_screen(page, "F1")
    page.mouse.move((left + right) / 2, (top + bottom) / 2)
    expect(page.locator('[data-evidence="F1"]')).to_contain_text("g/cm²")
    page.mouse.click((left + right) / 2, (top + bottom) / 2)
    expect(reason).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("h")
    expect(page.locator(".shapes .region, .label, .evidence")).to_have_count(0)
    expect(page.get_by_text("Regions are hidden")).to_be_visible()
    page.keyboard.press("h")
    expect(region).to_have_count(1)


def test_a_drawn_box_lands_in_original_pixels_and_stays_a_rectangle(
    page: Page, scans: dict[str, str], console_service: httpx.Client
) -> None:
    opened(page, scans["13"])
    x, y, width, height = reading(console_service, scans["13"])["findings"][0]["box"]
    left, top, right, bottom = on_screen(page, "F1")
    page.keyboard.press("b")
    drag(page, (left, top), (right, bottom))
    drawn = page.locator('.shapes [data-region="D1"]')

    def corners() -> NDArray[np.float64]:
        return np.sort(json.loads(drawn.get_attribute("data-original") or "null"), axis=0)

    assert corners() == pytest.approx(np.array([[x, y], [x + width, y + height]]), abs=3)
    drag(page, (left, top), (left - 30, top + 20))
    outline = drawn.locator(".line").get_attribute("points") or ""
    assert len({point.split(",")[0] for point in outline.split()}) == 2  # still upright: two columns
    assert corners()[0, 0] < x - 5
    page.keyboard.press("Control+z")
    assert corners() == pytest.approx(np.array([[x, y], [x + width, y + height]]), abs=3)
    page.keyboard.press("Delete")
    expect(drawn).to_have_count(0)
    page.keyboard.press("v")
    for point in ((left, top), (right, top), (right, bottom)):
        page.mouse.click(*point)
    page.keyboard.press("Enter")
    expect(page.locator('.shapes [data-region="D1"] .edge-grip')).to_have_count(3)


def test_what_was_not_assessed_is_as_loud_as_an_alarm_and_cannot_be_hidden(
    page: Page, scans: dict[str, str]
) -> None:
    for scan, said in (("15", "could not be read"), ("14", "no answer on anomalies")):
        opened(page, scans[scan])
        page.keyboard.press("h")
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
        frame = page.locator('.shapes [data-not-assessed="scan"]').first
        expect(frame).to_be_visible()
        box = frame.bounding_box()
        assert box is not None
        corner = cv2.imdecode(
            np.frombuffer(page.screenshot(clip={**box, "height": 10}), np.uint8), cv2.IMREAD_COLOR
        )
        assert corner.std() > 40  # stripes, seen


def test_lines_and_areas_are_measured_in_physical_units(page: Page, scans: dict[str, str]) -> None:
    opened(page, scans["13"])
    left, top, right, bottom = on_screen(page, "F1")
    page.keyboard.press("a")
    drag(page, (left, top), (right, bottom))
    panel = page.get_by_role("region", name="Measured")
    for unit in ("kg", "g/cm²", "m²", "Attenuation"):
        expect(panel).to_contain_text(unit)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("y")
    drag(page, (left, top), (right, bottom))
    expect(panel.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("^Attenuation along the line")
    )
    page.keyboard.press("t")
    drag(page, (left, top), (right, top))
    expect(page.locator(".shapes .length")).to_contain_text("mm")
    expect(panel).to_have_count(0)


def test_a_display_picture_says_that_it_has_no_physical_units(page: Page, scans: dict[str, str]) -> None:
    opened(page, scans["12"])
    left, top, right, bottom = on_screen(page, "U1")
    page.mouse.move(left + 50, top + 50)
    expect(page.get_by_label("Under the pointer")).to_contain_text("without physical units")
    page.keyboard.press("a")
    drag(page, (left + 20, top + 20), (right - 20, bottom - 20))
    expect(page.get_by_role("region", name="Measured")).to_contain_text("cannot be said")
    expect(page.get_by_role("button", name="Material")).to_have_count(0)


def test_what_was_expected_stands_beside_with_the_same_place_and_window(
    page: Page, scans: dict[str, str]
) -> None:
    opened(page, scans["13"])
    expect(page.locator('.shapes [data-region="F1"]')).to_be_attached()
    page.keyboard.press("x")
    stages = page.locator(".stage")
    expect(stages).to_have_count(2)
    page.wait_for_timeout(800)
    fitted = seen(page)
    page.keyboard.press("=")
    page.wait_for_timeout(400)
    assert difference(fitted, seen(page)) > 1
    page.keyboard.press("z")
    expect(page.get_by_label("Where the line stands")).to_be_visible()
    page.wait_for_timeout(500)
    half = seen(page)
    page.get_by_label("Where the line stands").fill("1")
    page.wait_for_timeout(300)
    assert difference(half, seen(page)) > 0.5
    page.keyboard.press("x")
    expect(stages).to_have_count(1)


def test_the_next_scan_of_the_list_is_fetched_ahead(page: Page, scans: dict[str, str]) -> None:
    page.wait_for_load_state("networkidle")
    ahead = f"/v1/scans/{scans['14']}/image/1/"
    with page.expect_response(lambda response: ahead in response.url and response.ok):
        page.goto(f"/console/scans/{scans['13']}?list={scans['13']},{scans['14']}")


def test_everything_works_with_the_keyboard_alone(page: Page, scans: dict[str, str]) -> None:
    opened(page, scans["13"])
    expect(page.locator('.shapes [data-region="F1"]')).to_be_attached()
    page.keyboard.press("j")
    expect(reason_of(page, "F1")).to_have_attribute("aria-pressed", "true")
    reason_of(page, "F1").focus()
    expect(page.locator('[data-evidence="F1"]')).to_be_visible()
    page.locator(".stage").first.focus()
    page.keyboard.press("t")
    page.keyboard.press("Enter")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".shapes .length")).to_contain_text("mm")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator('.shapes [data-region="D1"]')).to_have_count(1)
    page.keyboard.press("Shift+?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("Hide or show all regions")
    page.keyboard.press("h")  # tried on the sheet, it hides nothing behind it
    expect(page.locator('.shapes [data-region="D1"]')).to_have_count(1)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_the_page_of_a_scan_passes_axe_in_dark_and_light(page: Page, scans: dict[str, str]) -> None:
    opened(page, scans["14"])
    for theme in ("dark", "light"):
        page.get_by_role("combobox", name="Colours").select_option(theme)
        assert violations(page) == []


def test_a_scan_that_is_not_there_says_so(page: Page) -> None:
    went(page, "no-such-scan")
    expect(page.get_by_role("alert")).to_contain_text("no-such-scan")


def test_a_scan_without_an_image_says_why_in_a_striped_frame(
    page: Page, console_service: httpx.Client
) -> None:
    answer = console_service.post(
        "/v1/scans", params={"wait": 30}, files=[("image", ("cut.tif", b"II*\x00 no image"))]
    )
    went(page, answer.json()["id"])
    expect(page.get_by_role("alert")).to_contain_text("could not be read")
    expect(page.get_by_text("No image of this scan is kept")).to_be_visible()


def test_a_part_of_the_image_that_does_not_come_is_said_and_can_be_asked_for_again(
    page: Page, scans: dict[str, str]
) -> None:
    missing = "**/image/*/0/*/*"
    page.route(missing, lambda route: route.abort())
    went(page, scans["13"])
    again = page.get_by_role("alert").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute(missing)
    again.click()
    page.locator('.stages[aria-busy="false"]').wait_for()
    expect(again).to_have_count(0)
