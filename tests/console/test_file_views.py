"""A file that holds two views of a load, each a scan of its own: an officer goes from one to the other."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.accessibility import violations
from tests.e2e.serving import ServiceProcess
from tests.sample_images import container_tiff
from tests.test_views import PROFILE, VIEWS, two_views


@pytest.fixture(scope="module")
def console_service(
    tiny_models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """Instead of the one with sample scans: it knows a made-up gate that looks from above and from the side."""
    folder = tmp_path_factory.mktemp("gate")
    (folder / "profiles").mkdir()
    (folder / "profiles" / "gate_6.toml").write_text(PROFILE + VIEWS, encoding="utf-8")
    service = ServiceProcess(tiny_models_dir, folder / "data", profiles_dir=folder / "profiles")
    try:
        yield service.client
    finally:
        service.kill()


def opened(page: Page, scan: str, query: str = "") -> None:
    page.wait_for_load_state("networkidle")
    page.goto(f"/console/scans/{scan}{query}")
    page.locator('.stages[aria-busy="false"]').wait_for()


def test_the_views_of_a_file_are_gone_through_and_looked_at_in_the_same_way(
    page: Page, console_service: httpx.Client
) -> None:
    answer = console_service.post("/v1/scans?wait=30", files={"image": ("gate.dcm", two_views())}).json()
    top, side = (view["scan"] for view in answer["views"])
    opened(page, top, f"?list={top}")
    views = page.get_by_role("navigation", name="Views of this file")
    expect(views).to_contain_text("View 1 of 2")
    expect(views.get_by_role("link", name="top")).to_have_attribute("aria-current", "page")
    dense = page.locator('[data-action="viewer.preset_dense"]')
    page.keyboard.press("4")
    page.keyboard.press("i")
    expect(dense).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+V")
    expect(page).to_have_url(re.compile(rf"/console/scans/{side}\?list={top}$"))
    expect(views).to_contain_text("View 2 of 2")
    expect(dense).to_have_attribute("aria-pressed", "true")
    expect(page.locator('[data-action="viewer.invert"]')).to_have_attribute("aria-pressed", "true")
    page.locator('.stages[aria-busy="false"]').wait_for()
    assert violations(page) == []
    page.keyboard.press("1")
    views.get_by_role("link", name="top").press("Enter")
    expect(views).to_contain_text("View 1 of 2")
    expect(dense).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("4")
    opened(page, side)
    expect(dense).to_have_attribute("aria-pressed", "false")


def test_a_file_of_one_view_has_no_switch(page: Page, console_service: httpx.Client) -> None:
    answer = console_service.post("/v1/scans?wait=30", files={"image": ("plain.tif", container_tiff())})
    opened(page, answer.json()["id"])
    expect(page.get_by_role("navigation", name="Views of this file")).to_have_count(0)
    page.keyboard.press("Shift+V")
    expect(page).to_have_url(re.compile(answer.json()["id"]))
