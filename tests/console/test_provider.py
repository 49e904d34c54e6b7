"""Signing in at an OpenID Connect provider and out again, in a real browser, and what people of it are shown."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tallyscan.access.access import Access
from tallyscan.bootstrap import open_access
from tallyscan.settings import Settings
from tests.access.oidc_provider import CLIENT, SECRET, FakePerson, OidcProvider, oidc_provider
from tests.console.accessibility import violations
from tests.e2e.serving import ServiceProcess

GROUPS = """
[ops]
roles = ["operator"]
sites = ["UA500060"]
[chiefs]
roles = ["administrator"]
sites = ["*"]
"""
AT_PROVIDER = "Sign in at your organisation"


@dataclass(frozen=True)
class House:
    base: str
    access: Access
    provider: OidcProvider

    def comes(self, name: str, group: str) -> None:
        """Whoever comes to the provider next."""
        self.provider.person = FakePerson({"sub": name, "name": name, "groups": [group]})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("at_provider")
    (folder / "groups.toml").write_text(GROUPS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with oidc_provider() as provider:
        service = ServiceProcess(
            tiny_models_dir,
            folder / "data",
            "--port",
            str(port),
            sign_in="oidc",
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            oidc_groups=folder / "groups.toml",
            console_url=f"http://127.0.0.1:{port}",
        )
        try:
            with open_access(Settings(data_dir=folder / "data")) as access:
                yield House(str(service.client.base_url).rstrip("/"), access, provider)
        finally:
            service.kill()


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Of a stranger. What the policy for content refuses fails the test, and so does a request to elsewhere."""
    context = browser.new_context(
        base_url=house.base, locale="en-GB", viewport={"width": 1440, "height": 900}
    )
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on(
        "console",
        lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    known = (house.base, house.provider.issuer)
    context.on("request", lambda asked: None if asked.url.startswith(known) else wrong.append(asked.url))
    yield context.new_page()
    context.close()
    assert wrong == []


def test_a_person_signs_in_there_lands_where_they_wanted_to_be_and_leaves_both(
    page: Page, house: House
) -> None:
    house.comes("Officer 1", "ops")
    page.goto("/console/account")
    expect(page.get_by_label("Password")).to_have_count(0)
    page.get_by_role("link", name=AT_PROVIDER).click()
    expect(page.get_by_role("heading", name="Officer 1")).to_be_visible()
    assert page.url == f"{house.base}/console/account"
    expect(page.get_by_role("main")).to_contain_text("You sign in at your organisation")
    expect(page.get_by_label("Password until now")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("This one")
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []
    assert page.evaluate("document.cookie") == "", "no script reads it"

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name=AT_PROVIDER)).to_be_visible()
    assert house.provider.left[-1]["id_token_hint"], "the provider was told who leaves"
    assert house.access.sessions.of("Officer 1") == ()


def test_whoever_is_in_no_group_is_told_so(page: Page, house: House) -> None:
    house.comes("Officer 2", "visitors")
    page.goto("/console/queue")
    page.get_by_role("link", name=AT_PROVIDER).click()
    expect(page.get_by_role("alert")).to_contain_text("group")
    assert violations(page) == []


def test_an_administrator_goes_on_after_signing_in_again_in_another_tab(page: Page, house: House) -> None:
    house.access.accounts.add("Of the machine", ["auditor"], ["*"], by="test")
    house.comes("Chief", "chiefs")
    page.goto("/console/people")
    page.get_by_role("link", name=AT_PROVIDER).click()
    own, local = page.get_by_role("row", name="Chief"), page.get_by_role("row", name="Of the machine")
    expect(own).to_contain_text("signs in at the organisation")
    for button in ("Roles and sites", "New link"):
        expect(local.get_by_role("button", name=button)).to_have_count(1)
        expect(own.get_by_role("button", name=button)).to_have_count(0)

    page.get_by_role("button", name="Add a person").click()
    form = page.get_by_role("form")
    form.get_by_label("Name").fill("Officer 3")
    form.get_by_label("Inspector").check()
    form.get_by_label("Sites").fill("UA209060")
    house.access.sessions.end_all("Chief")
    form.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("Password")).to_have_count(0)
    assert violations(page) == []
    with page.expect_popup() as opened:
        dialog.get_by_role("link", name=AT_PROVIDER).click()
    expect(opened.value.get_by_role("heading", name="Chief")).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Link for Officer 3")).to_be_visible()


def test_an_administrator_sees_where_people_are_signed_in_and_signs_them_out(
    page: Page, house: House
) -> None:
    house.access.accounts.add("Officer 4", ["operator"], ["*"], by="test")
    house.access.device_keys.add("gate 1", scanner=None, sites=["*"], may=["deliver"], by="test")
    for browser in ("Browser A", "Browser B", "Browser C"):
        house.access.sessions.begin("officer 4", address="192.0.2.9", browser=browser)
    house.comes("Chief", "chiefs")
    page.goto("/console/people")
    page.get_by_role("link", name=AT_PROVIDER).click()
    page.get_by_role("row", name="Officer 4").get_by_role("button", name="Sessions").click()
    panel = page.get_by_role("region", name="Where Officer 4 is signed in")
    panel.get_by_role("row", name="Browser B").get_by_role("button").click()
    expect(panel.get_by_role("row", name="Browser B")).to_have_count(0)
    expect(panel.get_by_role("row", name="Browser C")).to_be_visible()
    expect(page.get_by_role("row", name="gate 1")).to_contain_text("none needed")
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []
    panel.get_by_role("button", name="Sign out everywhere").click()
    expect(panel).to_contain_text("They are signed in nowhere.")
