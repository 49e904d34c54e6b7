"""Signing in with an account, in a service of its own: who comes in, what they see, and what happens when it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tallyscan.access.access import Access
from tallyscan.access.caller import ROLES, Role
from tallyscan.access.sign_in import WRONG_BEFORE_LOCK
from tallyscan.bootstrap import open_access
from tallyscan.settings import Settings
from tests.console.accessibility import violations
from tests.e2e.serving import ServiceProcess
from tests.sample_images import container_tiff, sidecar_json
from tests.web.with_accounts import declared

HERE = "UA209060"
PASSWORD = "four words of nobody"


@pytest.fixture(scope="module")
def base_and_access(
    tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path
) -> Iterator[tuple[str, Access]]:
    data = tmp_path_factory.mktemp("accounts") / "data"
    service = ServiceProcess(tiny_models_dir, data, sign_in="accounts")
    try:
        with open_access(Settings(data_dir=data)) as access:
            yield str(service.client.base_url), access
    finally:
        service.kill()


@pytest.fixture
def access(base_and_access: tuple[str, Access]) -> Access:
    return base_and_access[1]


@pytest.fixture
def page(browser: Browser, base_and_access: tuple[str, Access]) -> Iterator[Page]:
    """Of a stranger; an error in the console of the browser fails the test, and so does a request to elsewhere."""
    base = base_and_access[0]
    context: BrowserContext = browser.new_context(
        base_url=base, locale="en-GB", viewport={"width": 1440, "height": 900}
    )
    opened, wrong = context.new_page(), []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: None if request.url.startswith(base) else wrong.append(request.url))
    yield opened
    context.close()
    assert wrong == []


def made(access: Access, name: str, role: Role, site: str = "*") -> str:
    """The account, with its password."""
    _, link = access.accounts.add(name, [role], [site], by="test")
    access.accounts.set_password_by_link(link.path.partition("#")[2], PASSWORD)
    return name


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_sets_a_password_by_the_link_and_signs_in_and_out(page: Page, access: Access) -> None:
    _, link = access.accounts.add("O. Kovalenko", ["operator"], ["UA209060"], by="test")
    page.goto(link.path)
    page.get_by_label("New password").fill("o. kovalenko 1")
    page.get_by_label("The same again").fill("o. kovalenko 2")
    expect(page.get_by_text("The two are not the same.")).to_be_visible()
    page.get_by_label("The same again").fill("o. kovalenko 1")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("alert")).to_contain_text("little more than the name")
    assert violations(page) == []
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_role("link", name="Sign in").click()

    sign_in(page, "o. kovalenko")
    banner = page.get_by_role("banner")
    expect(banner).to_contain_text("O. Kovalenko")
    expect(banner).to_contain_text("Operator · UA209060")
    page.reload()
    expect(banner).to_contain_text("O. Kovalenko")
    assert page.evaluate("document.cookie") == "", "no script reads it"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(link.path)
    page.get_by_label("New password").fill("another one of nobody")
    page.get_by_label("The same again").fill("another one of nobody")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("alert")).to_contain_text("used already")


def test_wrong_passwords_are_told_and_the_lock_counts_down(page: Page, access: Access) -> None:
    made(access, "Officer 2", "operator")
    page.goto("/console/")
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []
    for _ in range(WRONG_BEFORE_LOCK):
        sign_in(page, "Officer 2", "not the one")
        expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
        expect(page.get_by_label("Password")).to_have_value("")
    sign_in(page, "Officer 2")
    expect(page.get_by_role("alert")).to_contain_text("Too many wrong passwords")
    expect(page.get_by_role("alert")).to_contain_text("seconds")
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()
    assert violations(page) == []


def test_a_page_for_another_role_says_so_and_the_service_refuses_what_is_on_it(
    page: Page, access: Access
) -> None:
    made(access, "Officer 3", "operator", "UA209060")
    page.goto("/console/people")
    sign_in(page, "Officer 3")
    expect(page.get_by_role("heading", name="This page is for others")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Administrator")
    expect(page.get_by_role("navigation")).not_to_contain_text("People")
    asked = "async ([method, path]) => (await fetch(path, {method})).status"
    assert page.evaluate(asked, ["GET", "/v1/accounts"]) == 403
    assert page.evaluate(asked, ["GET", "/v1/sites/NL000510/worklist"]) == 403
    assert page.evaluate(asked, ["GET", "/v1/sites/UA209060/selection?stage=before_scan"]) == 200
    assert page.evaluate(asked, ["DELETE", "/v1/session"]) == 403, "without the token of the page"


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("administrator", "model_steward")])
def test_whoever_is_for_one_site_is_refused_nothing_on_the_pages_they_are_led_to(
    page: Page, access: Access, role: Role
) -> None:
    _, key = access.device_keys.add(f"gate of {role}", scanner=None, sites=["*"], may=["deliver"], by="test")
    bearer = {"Authorization": f"Bearer {key}"}
    answer = page.request.post("/v1/declarations", data=declared(f"C-{role}", HERE), headers=bearer)
    assert answer.status == 201, answer.text()
    files = {
        "image": {"name": "a.tif", "mimeType": "image/tiff", "buffer": container_tiff()},
        "sidecar": {
            "name": "a.json",
            "mimeType": "application/json",
            "buffer": sidecar_json(None, site=HERE),
        },
    }
    delivered = page.request.post("/v1/scans", multipart=files, headers=bearer)  # type: ignore[arg-type]
    assert delivered.status in (200, 202), "the same delivery again is the same scan"
    refused: list[str] = []
    page.on("response", lambda got: refused.append(got.url) if got.status == 403 else None)
    page.goto("/console/")
    sign_in(page, made(access, f"Of one site {role}", role, HERE))
    expect(page.get_by_role("banner")).to_contain_text(f"Of one site {role}")
    ways = page.get_by_role("navigation").get_by_role("link").evaluate_all("all => all.map(a => a.href)")
    assert len(ways) > 2
    for way in [*ways, f"/console/board?site={HERE}", f"/console/consignments/C-{role}"]:
        page.goto(way)
        page.wait_for_load_state("load")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(300)
        expect(page.get_by_role("alert")).to_have_count(0)
    assert refused == []
    expect(page.get_by_role("heading", name=f"C-{role}")).to_be_visible()
    result = page.get_by_role("link", name="Enter the result")
    expect(result).to_have_count(1 if role in ("inspector", "contact_point") else 0)


def test_an_administrator_adds_people_and_goes_on_after_the_session_ended_under_the_form(
    page: Page, access: Access
) -> None:
    made(access, "Chief", "administrator")
    page.goto("/console/people")
    sign_in(page, "Chief")
    expect(page.get_by_role("row", name="Chief")).to_contain_text("in use")
    page.get_by_role("button", name="Add a person").click()
    form = page.get_by_role("form")
    form.get_by_label("Name").fill("Officer 4")
    form.get_by_label("Inspector").check()
    form.get_by_label("Sites").fill("UA209060, NL000510")
    (session,) = access.sessions.of("Chief")
    access.sessions.end(session.id)
    form.get_by_role("button", name="Add a person").click()

    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("Name")).to_have_value("Chief")
    assert violations(page) == []
    page.keyboard.press("Escape")
    dialog.get_by_label("Password").fill("not the one")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("wrong")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)

    link = page.get_by_label("Link for Officer 4").input_value()
    assert link.startswith(page.url.removesuffix("people") + "set-password#")
    row = page.get_by_role("row", name="Officer 4")
    expect(row).to_contain_text("Inspector")
    expect(row).to_contain_text("NL000510, UA209060")
    expect(row).to_contain_text("no password yet")
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []
    row.get_by_role("button", name="Roles and sites").click()
    form.get_by_label("Operator").check()
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Operator, Inspector")
    page.on("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("disabled")
    mine = page.get_by_role("row", name="Chief")
    mine.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody would be left")


def test_a_tab_goes_on_where_the_same_person_signed_in_again_in_another_one(
    page: Page, access: Access
) -> None:
    for name in ("Chief 2", "Chief 3"):
        made(access, name, "administrator")
    page.goto("/console/people")
    sign_in(page, "Chief 2")
    expect(page.get_by_role("row", name="Chief 3")).to_be_visible()
    other = page.context.new_page()
    other.goto("/console/")

    def signed_in_anew_as(name: str) -> None:
        other.get_by_role("button", name="Sign out").click()
        sign_in(other, name)
        expect(other.get_by_role("banner")).to_contain_text(name)

    def adds(name: str) -> None:
        page.get_by_role("button", name="Add a person").click()
        form = page.get_by_role("form")
        form.get_by_label("Name").fill(name)
        form.get_by_label("Inspector").check()
        form.get_by_label("Sites").fill("NL000510")
        form.get_by_role("button", name="Add a person").click()

    signed_in_anew_as("Chief 2")
    adds("Officer 6")
    expect(page.get_by_label("Link for Officer 6")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    signed_in_anew_as("Chief 3")
    adds("Officer 7")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("Name")).to_have_value("Chief 2")
    assert "Officer 7" not in [account.name for account in access.accounts.all()]
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Link for Officer 7")).to_be_visible()


def test_ones_own_account_shows_where_one_is_signed_in_and_changes_the_password(
    page: Page, access: Access
) -> None:
    made(access, "Officer 5", "auditor")
    access.sign_in.sign_in("Officer 5", PASSWORD, address="192.0.2.9", browser="another browser")
    page.goto("/console/account")
    sign_in(page, "Officer 5")
    expect(page.get_by_role("row", name="another browser")).to_contain_text("192.0.2.9")
    page.get_by_role("row", name="another browser").get_by_role("button").click()
    expect(page.get_by_role("row", name="another browser")).to_have_count(0)
    page.get_by_label("Password until now").fill("not the one")
    page.get_by_label("New password").fill("another one of nobody")
    page.get_by_label("The same again").fill("another one of nobody")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Password until now").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("status")).to_contain_text("The password is changed")
    assert violations(page) == []
    assert len(access.sessions.of("Officer 5")) == 1
