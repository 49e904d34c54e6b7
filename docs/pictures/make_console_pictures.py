"""Take the pictures of the console that the docs show, from simulated scans. People, traders and offices are invented.

The console must be built (`make console`) and Chromium there, as for the tests of the console:

PYTHONPATH=. python docs/pictures/make_console_pictures.py
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import cv2
import httpx
import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tallyscan.bootstrap import open_access
from tallyscan.settings import Settings
from tests.console.conftest import CHROMIUM, FLAGS, ROOT
from tests.console.past_site import past_site
from tests.e2e.serving import ServiceProcess

HERE = Path(__file__).parent
SITE, OFFICE = "XXOFF001", "XXINV001"
SCREEN, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
QUALITY = 80  # of WebP, in per cent
PASSWORD = "four words of nobody"

GARMENTS, EMPTY, BRICKS = "01-honest-garments", "03-empty-declared-empty", "05-bricks-in-load"
LOADED, WALL, OTHER = "04-loaded-declared-empty", "08-false-wall", "10-other-commodity"
PEOPLE, BLACK, SCRAP = "13-people", "15-unreadable-black", "19-scrap-as-garments"
CASES = (GARMENTS, BLACK, EMPTY, BRICKS, LOADED, WALL, OTHER, PEOPLE, SCRAP, "20-two-kinds-as-one",
         "21-third-of-the-mass", "23-careless-papers")  # fmt: skip
AWAITED = ("22-another-container", "24-part-of-the-goods", "11-half-the-mass")  # declared, not scanned yet
Scans = dict[str, dict[str, Any]]


# What is on record before a picture is taken.


def send(client: httpx.Client, case: str, number: int) -> dict[str, Any]:
    """A case of `sample_scans/` as if it were made at the site a while ago; gives the scan as read."""
    folder = ROOT / "sample_scans" / case
    made_at = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    sidecar = json.loads((folder / "scan.json").read_text()) | {"site": SITE, "acquired_at": made_at}
    files = [("image", ("scan.tif", (folder / "scan.tif").read_bytes()))]
    files.append(("sidecar", ("scan.json", json.dumps(sidecar).encode())))
    if (folder / "scan.declaration.json").is_file():
        files.append(("declaration", ("scan.declaration.json", declaration(case, number))))
    scan: dict[str, Any] = said(client.post("/v1/scans", params={"wait": 60}, files=files))
    return scan


def declaration(case: str, number: int) -> bytes:
    """That of a case, with the office and a trader who are not in it."""
    expected = (datetime.now(UTC) + timedelta(minutes=20 * number)).isoformat()
    more = {
        "customsOffices": [{"referenceNumber": SITE, "arrivalDateAndTimeEstimated": expected}],
        "consignee": {"name": f"Invented trader {number}", "identificationNumber": f"XX{number:05d}"},
    }
    declared = ROOT / "sample_scans" / case / "scan.declaration.json"
    return json.dumps(json.loads(declared.read_text()) | more).encode()


def said(answer: httpx.Response) -> Any:
    """What the service answered; what it refused ends the run with its words."""
    assert answer.is_success, f"{answer.request.url}: {answer.text}"
    return answer.json()


def decide(client: httpx.Client, scan: dict[str, Any], decision: str, reason: str, **more: Any) -> Any:
    body = {"by": "Officer 2", "decision": decision, "reason": reason, "marks_shown": True}
    body |= {"revision": scan["revision"], "seconds": 41.0, "app": "tallyscan-console", **more}
    return said(client.post(f"/v1/scans/{scan['id']}/decisions", json=body))


def of_consignment(scan: dict[str, Any], what: str = "") -> str:
    return f"/v1/consignments/{quote(scan['consignment'], safe='')}/{what}"


def profile(client: httpx.Client, name: str, title: str, expression: str, **more: Any) -> None:
    """Written by one officer and released by another."""
    body = {"title": title, "by": "Officer 4", "stage": "before_scan", "action": "scan", "sites": [SITE]}
    url = f"/v1/risk-profiles/{name}"
    draft = said(client.put(f"{url}/draft", json={**body, "expression": expression, **more}))
    said(client.post(f"{url}/versions/{draft['version']}/release", json={"by": "Officer 5"}))


def region(scan: dict[str, Any], family: str) -> dict[str, Any]:
    """Where an officer suspects something: an eighth of the load, near its far end."""
    x, y, width, height = scan["containers"][0]["box"]
    return {"box": [x + 0.7 * width, y + height / 2, width / 8, height / 3], "family": family}


def shift(client: httpx.Client) -> Scans:
    """A shift's work at the site: budget, profiles, scans, and what people said of them; gives the scans."""
    shifts = [{"name": "all day", "starts": "00:00", "budget": 12, "scans": 60}]
    said(client.put(f"/v1/sites/{SITE}/alert-budget", json={"shifts": shifts, "by": "Officer 6"}))
    profile(client, "heavy-goods", "Heavy goods", "declaration.items.exists(i, i.gross_mass_kg > 12000)")
    profile(client, "new-trader", "Garments or footwear from a new trader",
            "declaration.items.exists(i, i.hs_chapter in ['61', '62', '64'])"
            " && consignee.earlier_consignments < 3",
            interview=["Who loaded the goods, and where?"], priority=2)  # fmt: skip
    profile(client, "high-score", "Score above 0.85", "scans.exists(s, s.score > 0.85)",
            stage="after_scan", action="open")  # fmt: skip
    for number, case in enumerate(AWAITED, 20):
        url = f"/v1/consignments/SIM-{number}/declaration"
        said(client.put(url, content=declaration(case, number)))
    scans = {case: send(client, case, number) for number, case in enumerate(CASES, 1)}
    decide(client, scans[GARMENTS], "clear", "nothing_found")
    decide(client, scans[EMPTY], "clear", "nothing_found", seconds=12.0)
    first = decide(client, scans[WALL], "clear", "nothing_found")
    marked = {"regions": [region(scans[WALL], "false_wall")], "comment": "The front wall is too thick."}
    decide(client, scans[WALL], "suspicious", "hidden_space", corrects=first["id"], **marked)
    marked = {"regions": [region(scans[OTHER], "cigarettes_behind_cover")], "comment": "Behind the last row."}
    decide(client, scans[OTHER], "suspicious", "anomaly", **marked)
    asked = {"office": OFFICE, "authority": "customs", "purpose": "Do you know the consignee?",
             "answer_by": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}  # fmt: skip
    decide(client, scans[SCRAP], "refer", "other_authority", refer_to=asked)
    found = {"family": "false_wall", "description": "Space of 30 cm behind a second wall, empty", "unit": 1}
    inspection = {"by": "Officer 7", "opened": "wholly", "found": True, "items": [found]}
    said(client.post(f"/v1/scans/{scans[WALL]['id']}/inspections", json=inspection))
    control = {"by": "Officer 7", "code": "A5", "opened": "wholly", "seals": "intact", "office": SITE}
    said(client.post(of_consignment(scans[WALL], "control-results"), json=control))
    weighed = {"by": "weighbridge 1", "kg": 9400, "covers": "unit_gross"}
    said(client.post(of_consignment(scans[OTHER], "weighings"), json=weighed))
    risk = {"by": "risk engine 1", "score": 0.8, "lane": "red", "comment": "New consignee"}
    said(client.post(of_consignment(scans[LOADED], "risk-scores"), json=risk))
    look = [{"scan": scans[OTHER]["id"], "in_words": "behind the last row"}]
    opening = {"by": "Officer 4", "disposition": "open", "ground": "anomaly", "look": look}
    queue = said(client.get("/v1/queue", params={"state": "all"}))["entries"]
    seen = {entry["consignment"]: entry["record"] for entry in queue}
    opening["record"] = seen[scans[OTHER]["consignment"]]
    said(client.post(of_consignment(scans[OTHER], "dispositions"), json=opening))
    return scans


# The pictures.


@dataclass(frozen=True)
class Look:
    """How a page is shown: who sees it, in what language, colours and size."""

    theme: Literal["light", "dark"] = "light"
    language: Literal["en", "uk"] = "en"
    phone: bool = False
    person: str = "Officer 1"


def opened(browser: Browser, client: httpx.Client, path: str, look: Look) -> Page:
    """The page in a browser of its own, when all of it is there."""
    size: Any = PHONE if look.phone else SCREEN
    context = browser.new_context(
        base_url=str(client.base_url), locale="en-GB", timezone_id="UTC", viewport=size
    )
    kept = {"name": look.person, "theme": look.theme, "language": look.language}
    context.add_init_script(
        "".join(f"localStorage.setItem('tallyscan.{k}', {v!r});" for k, v in kept.items())
    )
    page = context.new_page()
    page.goto(path)
    expect(page.locator("h1, .stages[aria-busy='false']").first).to_be_visible()
    return page


def take(page: Page, name: str) -> None:
    """Writes the picture, and closes the browser of the page."""
    page.wait_for_timeout(1500)  # what comes after the page itself: images, plots, the live lines
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    cv2.imwrite(str(HERE / f"console-{name}.webp"), picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    page.context.close()


def pictures_of_a_shift(client: httpx.Client, browser: Browser, scans: Scans) -> None:
    show = partial(opened, browser, client)
    take(show(f"/console/scans/{scans[PEOPLE]['id']}", Look("dark")), "scan")
    page = show(f"/console/scans/{scans[GARMENTS]['id']}", Look())
    page.keyboard.press("m")
    take(page, "material")
    take(show(f"/console/desk?site={SITE}", Look()), "desk")
    page = show(f"/console/scans/{scans[BRICKS]['id']}", Look("dark", "uk"))
    page.keyboard.press("s")
    take(page, "decide")
    take(show(f"/console/queue?site={SITE}&state=all", Look()), "queue")
    take(show(f"/console/consignments/{quote(scans[OTHER]['consignment'], safe='')}", Look()), "consignment")
    take(show(f"/console/sheets/{scans[OTHER]['id']}", Look()), "sheet")
    control = f"/console/control/{quote(scans[OTHER]['consignment'], safe='')}"
    take(show(control, Look(language="uk", phone=True, person="Officer 7")), "control")
    page = show("/console/referrals", Look())
    page.get_by_label("Office", exact=True).fill(OFFICE)
    page.keyboard.press("Enter")
    take(page, "referrals")
    page = show(f"/console/board?site={SITE}", Look("dark"))
    expect(page.get_by_role("region", name="As it happens").get_by_role("listitem").nth(5)).to_be_visible()
    take(page, "board")
    page = show("/console/profiles/new-trader", Look(person="Officer 4"))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("figure").first).to_be_visible()
    take(page, "profile")
    take(show("/console/models", Look()), "models")
    take(show(f"/console/audit/{scans[WALL]['id']}", Look()), "audit")
    take(show("/console/reference", Look()), "reference")
    take(show("/console/joins?state=open", Look()), "joins")
    take(show("/console/settings", Look()), "keys")
    take(show("/console/", Look()), "start")


def pictures_of_a_week(client: httpx.Client, browser: Browser) -> None:
    last = datetime.now(UTC).date()
    days = f"first_day={last - timedelta(days=6)}&last_day={last}&time_zone=UTC"
    page = opened(browser, client, f"/console/dashboard?{days}", Look())
    expect(page.locator("figure .mark").first).to_be_attached()
    take(page, "dashboard")


def pictures_of_accounts(data: Path, client: httpx.Client, browser: Browser) -> None:
    with open_access(Settings(data_dir=data)) as access:
        people: list[tuple[str, list[Any], list[str]]] = [
            ("Officer 1", ["operator"], [SITE]),
            ("Officer 4", ["targeting_officer"], ["*"]),
            ("Officer 6", ["administrator"], ["*"]),
            ("Officer 7", ["inspector"], [SITE]),
            ("Officer 8", ["model_steward", "auditor"], ["*"]),
        ]
        for name, roles, sites in people:
            _, link = access.accounts.add(name, roles, sites, by="the docs")
            if name != "Officer 7":
                access.accounts.set_password_by_link(link.path.partition("#")[2], PASSWORD)
    page = opened(browser, client, "/console/people", Look(person=""))
    page.get_by_label("Name").fill("Officer 6")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("row", name="Officer 8")).to_be_visible()
    take(page, "people")


def main() -> None:
    """Start a service for each group of pictures, fill it, and take them."""
    groups: list[Callable[[Path, Browser], None]] = [_shift, _week, _accounts]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for group in groups:
            group(Path(folder) / group.__name__, browser)
        browser.close()


def _shift(folder: Path, browser: Browser) -> None:
    service = ServiceProcess(
        ROOT / "models", folder, contact_points=json.dumps({OFFICE: "Investigation office"})
    )
    try:
        pictures_of_a_shift(service.client, browser, shift(service.client))
    finally:
        service.kill()


def _week(folder: Path, browser: Browser) -> None:
    with past_site(ROOT / "models", folder) as site:
        pictures_of_a_week(site.client, browser)


def _accounts(folder: Path, browser: Browser) -> None:
    service = ServiceProcess(ROOT / "models", folder, sign_in="accounts")
    try:
        pictures_of_accounts(folder, service.client, browser)
    finally:
        service.kill()


if __name__ == "__main__":
    main()
