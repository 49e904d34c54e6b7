"""A real browser before a real service with a few sample scans; each test works in a browser context of its own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tallyscan.web.console import STATIC
from tests.e2e.serving import ServiceProcess

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CASES = ("01-honest-garments", "05-bricks-in-load", "12-display-two-containers", "15-unreadable-black")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser or a built console these tests are skipped, and say how to get them; with REQUIRE_ALL=1 the
    same is an error."""
    missing = None if STATIC.is_dir() else "needs the built console: make console"
    missing = missing if CHROMIUM else "needs chromium: apt-get install chromium"
    if missing and os.environ.get("REQUIRE_ALL") == "1":
        if any(Path(item.path).is_relative_to(Path(__file__).parent) for item in items):
            raise pytest.UsageError(f"REQUIRE_ALL=1, and the tests of the console cannot run: {missing}")
    elif missing:
        for item in items:
            if Path(item.path).is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def console_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service with the shipped model, as a process; the cases are read when it is handed out."""
    service = ServiceProcess(ROOT / "models", tmp_path_factory.mktemp("console") / "data")
    try:
        for case in CASES:
            send_case(service.client, case)
        yield service.client
    finally:
        service.kill()


def send_case(client: httpx.Client, case: str) -> str:
    """Sends a case of `sample_scans/`, waits for its reading, and gives the scan's id."""
    folder = ROOT / "sample_scans" / case
    parts = [
        ("image", (path.name, path.read_bytes()))
        for path in sorted(folder.iterdir())
        if path.name.startswith("scan") and path.suffix != ".json"
    ]
    for part, name in (("sidecar", "scan.json"), ("declaration", "scan.declaration.json")):
        if (folder / name).is_file():
            parts.append((part, (name, (folder / name).read_bytes())))
    answer = client.post("/v1/scans", params={"wait": 60}, files=parts)
    assert answer.status_code == 200, answer.text
    scan: str = answer.json()["id"]
    return scan


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser, console_service: httpx.Client) -> Iterator[BrowserContext]:
    """Nothing is kept from one test to the next; no request may leave the service's own address."""
    base = str(console_service.base_url)
    opened = browser.new_context(base_url=base, locale="en-GB", viewport={"width": 1440, "height": 900})
    strangers: list[str] = []
    opened.on(
        "request",
        lambda request: (
            None if request.url.startswith((base, "data:", "blob:")) else strangers.append(request.url)
        ),
    )
    yield opened
    opened.close()
    assert strangers == []


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A signed-in officer on the first page; an error in the console of the browser fails the test."""
    context.add_init_script(
        "localStorage.getItem('tallyscan.name') || localStorage.setItem('tallyscan.name', 'Officer 1')"
    )
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto("/console/")
    yield opened
    assert errors == []
