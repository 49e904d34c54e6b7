"""The console's files, as the service gives them."""

from pathlib import Path

import httpx
import pytest

from tallyscan.web import console


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>console</title>", encoding="utf-8")
    (static / "assets" / "index-1a2b.js").write_text("export {}", encoding="utf-8")
    monkeypatch.setattr(console, "STATIC", static)
    return static


@pytest.mark.usefixtures("built")
def test_every_address_of_the_console_is_the_same_page_under_a_strict_policy(client: httpx.Client) -> None:
    for address in ("/console/", "/console/scans/1", "/console/queue?lane=red"):
        answer = client.get(address)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


@pytest.mark.usefixtures("built")
def test_built_files_are_kept_for_ever_and_the_page_is_not(client: httpx.Client) -> None:
    assert "immutable" in client.get("/console/assets/index-1a2b.js").headers["cache-control"]
    assert client.get("/console/").headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", ["nothing.js", "..%2Findex.html", "%2e%2e%2f%2e%2e%2fapp.py"])
def test_a_file_that_is_not_there_is_a_problem_and_never_one_outside(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/console/assets/{name}")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("The console has no file")


def test_without_a_built_console_the_page_says_how_to_get_it(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "STATIC", tmp_path)
    answer = client.get("/console/")
    assert answer.status_code == 503
    assert "make console" in answer.text


def test_without_accounts_everybody_is_in_every_role_and_nobody_is_named(client: httpx.Client) -> None:
    session = client.get("/v1/session").json()
    assert session["sign_in"] == "none"
    assert session["person"] is None
    assert {"operator", "targeting_officer", "auditor"} <= set(session["roles"])


def test_words_in_a_language_are_those_of_the_package(client: httpx.Client) -> None:
    answer = client.get("/console/words/uk")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["There is no declaration for this scan."] == "Для цього сканування немає декларації."
    for language in ("en", "xx"):
        assert client.get(f"/console/words/{language}").status_code == 404
