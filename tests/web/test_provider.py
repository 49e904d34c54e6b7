"""Signing in at a provider through the routes, as a browser does it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tallyscan.bootstrap import Store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.access.oidc_provider import CLIENT, SECRET, OidcProvider, oidc_provider
from tests.access.test_provider_sign_in import GROUPS
from tests.web.conftest import serving

HTML = {"Accept": "text/html"}
START = "/v1/session/provider"


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with oidc_provider() as opened:
        yield opened


@pytest.fixture
def browser(
    settings: Settings, store: Store, reader: Reader, provider: OidcProvider, tmp_path: Path
) -> Iterator[httpx.Client]:
    groups, secret = tmp_path / "groups.toml", tmp_path / "secret"
    groups.write_text(GROUPS)
    secret.write_text(SECRET + "\n")
    at_provider = {
        "sign_in": "oidc",
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret_file": secret,
        "oidc_groups": groups,
        "console_url": "http://127.0.0.1:1",
    }
    settings = settings.model_copy(update=at_provider)
    with running(settings, store, reader) as service, serving(replace(service), settings) as client:
        yield client


def back_from_there(browser: httpx.Client, page: str = "/console/queue") -> str:
    """The address that the provider sends the browser back to."""
    there = browser.get(START, params={"page": page}, headers=HTML)
    assert there.status_code == 303
    cookie = there.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    back = urlsplit(httpx.get(there.headers["location"]).headers["location"])
    return f"{back.path}?{back.query}"


def test_a_browser_goes_there_and_comes_back_signed_in_and_leaves_both(
    browser: httpx.Client, provider: OidcProvider
) -> None:
    assert browser.get("/v1/session").json()["sign_in"] == "oidc"
    assert browser.post("/v1/session", json={"name": "a", "password": "b"}).status_code == 409
    browser.cookies.set("tallyscan_session", "planted by somebody")
    answer = browser.get(back_from_there(browser), headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/queue")
    session = browser.get("/v1/session").json()
    assert (session["person"], session["roles"]) == ("O. Kovalenko", ["operator"])
    token = next(
        each.value for each in browser.cookies.jar if each.name == "tallyscan_session" and each.domain
    )
    assert token != "planted by somebody"
    left = browser.delete("/v1/session", headers={"X-CSRF-Token": session["csrf"]})
    there = urlsplit(left.json()["leave_to"])
    assert f"{there.scheme}://{there.netloc}" == provider.issuer
    assert "id_token_hint" in parse_qs(there.query)
    assert browser.get("/v1/session").json()["person"] is None


def test_what_comes_back_wrong_is_a_page_for_people_and_a_problem_for_programs(
    browser: httpx.Client, provider: OidcProvider
) -> None:
    provider.person.claims["groups"] = []
    answer = browser.get(back_from_there(browser), headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/?refused=groups")
    assert "tallyscan_session" not in answer.headers["set-cookie"]
    for query in ("", "?state=x&code=y", "?error=access_denied"):
        refused = browser.get(f"{START}/callback{query}")
        assert refused.status_code == 401
        assert refused.json()["type"] == "urn:tallyscan:error:sign_in_failed"
    assert browser.get("/v1/session").json()["person"] is None


@pytest.mark.parametrize(
    "page", ["https://elsewhere.example/", "//elsewhere.example/", "/console/\\\\x", "/v1/session"]
)
def test_nobody_is_led_elsewhere_afterwards(browser: httpx.Client, page: str) -> None:
    answer = browser.get(back_from_there(browser, page), headers=HTML)
    assert answer.headers["location"] == "/console/"


def test_the_provider_ends_a_session_by_its_own_call(browser: httpx.Client, provider: OidcProvider) -> None:
    browser.get(back_from_there(browser), headers=HTML)
    assert browser.get("/v1/scans").status_code == 200
    elsewhere = httpx.Client(base_url=browser.base_url)
    assert elsewhere.post(f"{START}/logout", data={"no": "token"}).status_code == 400
    assert elsewhere.post(f"{START}/logout", data={"logout_token": "x.y.z"}).status_code == 401
    told = elsewhere.post(f"{START}/logout", data={"logout_token": provider.logout_token()})
    assert told.status_code == 204
    assert browser.get("/v1/scans").status_code == 401
    elsewhere.close()


def test_a_person_ends_their_other_sessions_at_once(browser: httpx.Client) -> None:
    other = httpx.Client(base_url=browser.base_url)
    for each in (other, browser):
        each.get(back_from_there(each), headers=HTML)
    csrf = browser.get("/v1/session").json()["csrf"]
    assert browser.delete("/v1/sessions", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert (other.get("/v1/scans").status_code, browser.get("/v1/scans").status_code) == (401, 200)
    other.close()
