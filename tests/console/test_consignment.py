"""The page of a consignment as each role sees it, in a service with accounts where every scan is read blind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tallyscan.access.access import Access
from tallyscan.access.caller import Role
from tallyscan.access.names import account_key
from tallyscan.bootstrap import open_access
from tallyscan.settings import Settings
from tests.console.accessibility import violations
from tests.e2e.serving import ServiceProcess
from tests.sample_images import container_tiff, declaration_json, sidecar_json
from tests.web.test_selection import declared

OFFICES = ("XXFIRST1", "XXHERE01")


class Gate:
    """A declared and scanned consignment that is expected at two offices, and the people who work there."""

    def __init__(self, service: ServiceProcess, access: Access) -> None:
        self.client, self.access = service.client, access
        _, token = access.device_keys.add("portal", scanner=None, sites=["*"], may=["deliver"], by="test")
        self.key = {"Authorization": f"Bearer {token}"}
        files = [
            ("image", ("a.tif", container_tiff())),
            ("sidecar", ("a.json", sidecar_json(site=OFFICES[1]))),
            ("declaration", ("d.json", declaration_json())),
        ]
        answer = self.client.post("/v1/scans?wait=30", files=files, headers=self.key)
        assert answer.status_code == 200, answer.text
        self.scanned: str = answer.json()["consignment"]

    def declare(self, name: str, goods: str) -> str:
        offices = [{"referenceNumber": office} for office in OFFICES]
        item = {"goodsItemNumber": 1, "descriptionOfGoods": goods, "grossMass": 900.0}
        body = declared(customsOffices=offices, goodsItems=[item], MRN=name)
        url = f"/v1/consignments/{quote(name, safe='')}/declaration"
        self.client.put(url, content=body, headers=self.key).raise_for_status()
        return name

    def session_of(self, role: Role, site: str) -> dict[str, Any]:
        name = f"{role} at {site}".replace("*", "all")
        if account_key(name) not in {account_key(each.name) for each in self.access.accounts.all()}:
            self.access.accounts.add(name, [role], [site], by="test")
        token = self.access.sessions.begin(account_key(name), address="127.0.0.1", browser="test").token
        return {"name": "tallyscan_session", "value": token, "url": str(self.client.base_url)}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path) -> Iterator[Gate]:
    data = tmp_path_factory.mktemp("gate") / "data"
    service = ServiceProcess(tiny_models_dir, data, sign_in="accounts", blind_first_share=1.0)
    try:
        with open_access(Settings(data_dir=data)) as access:
            yield Gate(service, access)
    finally:
        service.kill()


@contextmanager
def consignment(
    browser: Browser, gate: Gate, name: str, role: Role, site: str = "*"
) -> Iterator[tuple[Page, list[str]]]:
    """Its page for somebody in that role, with the addresses of the live lines that it asked for."""
    base = str(gate.client.base_url)
    context = browser.new_context(base_url=base, locale="en-GB", viewport={"width": 1440, "height": 900})
    context.add_cookies([gate.session_of(role, site)])  # type: ignore[list-item]
    page, heard, wrong = context.new_page(), [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: heard.append(request.url) if "/live?" in request.url else None)
    page.goto(f"/console/consignments/{quote(name, safe='')}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    yield page, heard
    context.close()
    assert wrong == []


def test_whoever_reads_a_scan_of_it_blind_sees_what_they_may_and_when_the_rest(
    browser: Browser, gate: Gate
) -> None:
    with consignment(browser, gate, gate.scanned, "operator") as (page, _):
        for heading in ("Scans", "Declaration"):
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.get_by_text("are shown here after the decision")).to_be_visible()
        expect(page.get_by_text("Waits for your own reading")).to_be_visible()
        expect(page.get_by_role("complementary")).to_have_count(0)
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_text("What the risk is made of")).to_have_count(0)
        expect(page.get_by_role("link", name="Inspection sheet")).to_have_count(0)
        assert violations(page) == []
    with consignment(browser, gate, gate.scanned, "auditor") as (page, _):
        expect(page.get_by_role("heading", name="What the risk is made of")).to_be_visible()
        expect(page.get_by_text("are shown here after the decision")).to_have_count(0)


def test_it_is_followed_live_at_the_readers_own_site_and_only_by_whoever_may(
    browser: Browser, gate: Gate
) -> None:
    name = gate.declare("26XX000000LIVE0001", "Paper in rolls")
    with consignment(browser, gate, name, "targeting_officer", OFFICES[1]) as (page, heard):
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        assert {url.split("/live?")[0].rpartition("/")[2] for url in heard} == {OFFICES[1]}
        gate.declare(name, "Frozen fish")
        expect(page.get_by_text("Frozen fish")).to_be_visible()
    with consignment(browser, gate, name, "model_steward") as (page, heard):
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        expect(page.get_by_role("status")).to_have_count(0)
        assert heard == []
