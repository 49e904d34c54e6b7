"""`tallyscan accounts` beside a service, and a service that refuses to be open to strangers."""

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
import trustme

from tallyscan.__main__ import main
from tallyscan.bootstrap import open_access
from tallyscan.commands.serve import warnings_at_the_start
from tallyscan.settings import Settings
from tallyscan.web.service import Service
from tests.e2e.serving import ServiceProcess

PASSWORD = "four words of nobody"
Capture = pytest.CaptureFixture[str]


def test_the_first_administrator_comes_in_by_the_link_that_the_command_prints(
    tmp_path: Path, tiny_models_dir: Path, capsys: Capture
) -> None:
    service = ServiceProcess(tiny_models_dir, tmp_path / "data", sign_in="accounts")
    try:
        assert service.client.get("/v1/scans").status_code == 401
        where = ["--data", str(tmp_path / "data")]
        assert main(["accounts", "add", "Chief", "--role", "administrator", "--site", "*", *where]) == 0
        link = re.search(r"http://127\.0\.0\.1:8000/console/set-password#(\S+)", capsys.readouterr().out)
        assert link
        said = {"link": link[1], "password": PASSWORD}
        assert service.client.post("/v1/account/password", json=said).status_code == 200
        signed_in = service.client.post("/v1/session", json={"name": "chief", "password": PASSWORD})
        assert signed_in.json()["roles"] == ["administrator"]
        assert service.client.get("/v1/accounts").json()["accounts"][0]["created_by"] == "command line"

        add = ["accounts", "add-device", "gate 1", "--scanner", "gate-1", "--site", "UA209060", *where]
        assert main([*add, "--may", "deliver", "tell"]) == 0
        key = re.search(r"Authorization: (Bearer \S+)", capsys.readouterr().out)
        assert key
        headers = {"Authorization": key[1], "Cookie": ""}
        assert service.client.post("/v1/scans", headers=headers).status_code == 400, "an empty form"
        assert main(["accounts", "remove-device", "gate 1", *where]) == 0
        assert service.client.post("/v1/scans", headers=headers).status_code == 401
    finally:
        service.kill()


def test_people_are_listed_changed_and_disabled(tmp_path: Path, capsys: Capture) -> None:
    where = ["--data", str(tmp_path / "data")]
    assert main(["accounts", "list", *where]) == 0
    assert "There are no accounts" in capsys.readouterr().out
    add = ["accounts", "add", "Officer 1", "--role", "operator", "--role", "inspector", "--site", "UA209060"]
    assert main([*add, *where]) == 0
    assert "sign_in is none" in capsys.readouterr().out
    assert main([*add, *where]) == 2
    assert "There is an account 'Officer 1' already" in capsys.readouterr().err
    assert main(["accounts", "roles", "officer 1", "--role", "auditor", "--site", "*", *where]) == 0
    assert "auditor" in capsys.readouterr().out
    assert main(["accounts", "disable", "officer 1", *where]) == 0
    assert "disabled" in capsys.readouterr().out
    assert main(["accounts", "link", "officer 1", *where]) == 2
    assert "Enable it first" in capsys.readouterr().err


def test_without_sign_in_the_service_is_for_its_own_machine_unless_somebody_says_otherwise(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSCAN_DATA_DIR", str(tmp_path / "data"))
    command = ["serve", "--host", "203.0.113.1", "--port", "0"]
    assert main(command) == 2
    refused = capsys.readouterr().err
    assert "TALLYSCAN_SIGN_IN=accounts" in refused
    for name, value in (("SIGN_IN", "accounts"), ("SIGN_IN_ALLOW_NONE", "true")):
        with monkeypatch.context() as patch:
            patch.setenv(f"TALLYSCAN_{name}", value)
            assert main(command) == 2
            assert "Cannot assign requested address" in capsys.readouterr().err, "it tried"


def test_a_service_without_accounts_is_open_as_before(tmp_path: Path, tiny_models_dir: Path) -> None:
    service = ServiceProcess(tiny_models_dir, tmp_path / "data")
    try:
        client: httpx.Client = service.client
        assert client.get("/v1/session").json()["sites"] == ["*"]
        assert client.get("/v1/scans").status_code == 200
    finally:
        service.kill()


def test_keys_of_devices_are_rotated_and_listed(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    where = ["--data", str(tmp_path / "data")]
    trustme.CA().issue_cert("gate-1.example").cert_chain_pems[0].write_to_path(tmp_path / "gate.crt")
    made = ["accounts", "add-device", "gate 1", "--site", "UA209060", "--expires-days", "30"]
    assert main([*made, "--certificate", str(tmp_path / "gate.crt"), *where]) == 0
    told = capsys.readouterr().out
    assert "It ends at" in told
    assert re.search(r"good with the certificate sha256:[0-9a-f]{64} alone", told)
    rotate = ["accounts", "rotate-device", "Gate 1", "--certificate-name", "gate-1.example"]
    assert main([*rotate, "--overlap-hours", "48", *where]) == 0
    told = capsys.readouterr().out
    assert "The old one is good until" in told
    assert "Authorization: Bearer tallyscan_" in told
    assert main([*rotate, "--overlap-hours", "0", *where]) == 0
    assert "The old one is good no more." in capsys.readouterr().out
    assert main(["accounts", "list", *where]) == 0
    assert "gate-1.example" in capsys.readouterr().out
    assert main(["accounts", "rotate-device", "gate 2", *where]) == 2
    assert "There is no key 'gate 2'" in capsys.readouterr().err
    (tmp_path / "text.crt").write_text("text")
    assert (
        main(["accounts", "rotate-device", "gate 1", "--certificate", str(tmp_path / "text.crt"), *where])
        == 2
    )
    assert "is no certificate" in capsys.readouterr().err


def test_sessions_are_listed_and_ended(tmp_path: Path, capsys: Capture) -> None:
    where = ["--data", str(tmp_path / "data")]
    with open_access(Settings(data_dir=tmp_path / "data")) as access:
        access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
        for browser in ("Firefox", "Chrome"):
            access.sessions.begin("officer 1", address="192.0.2.7", browser=browser)
    assert main(["accounts", "sessions", "officer 1", *where]) == 0
    listed = capsys.readouterr().out
    assert "Firefox" in listed
    assert "Chrome" in listed
    assert main(["accounts", "end-sessions", "officer 1", *where]) == 0
    assert "2 ended" in capsys.readouterr().out
    assert main(["accounts", "sessions", "officer 1", *where]) == 0
    assert "signed in nowhere" in capsys.readouterr().out
    assert main(["accounts", "sessions", "officer 2", *where]) == 2
    assert "There is no account 'officer 2'" in capsys.readouterr().err


def test_the_start_says_what_goes_unencrypted_and_which_keys_end_soon(tmp_path: Path) -> None:
    with open_access(Settings(data_dir=tmp_path / "data", sign_in="accounts")) as access:
        access.accounts.add("Chief", ["administrator"], ["*"], by="test")
        for name, days in (("soon", 7), ("later", 100), ("never", None)):
            lasts = timedelta(days=days) if days else None
            access.device_keys.add(name, scanner=None, sites=["*"], may=["deliver"], by="test", lasts=lasts)
        service = cast(Service, SimpleNamespace(access=access))
        (key,) = warnings_at_the_start(service, "192.0.2.1", encrypted=True)
        assert key.startswith("The key soon ends at ")
        told = list(warnings_at_the_start(service, "192.0.2.1"))
        assert ["unencrypted" in each for each in told] == [False, True]
        assert list(warnings_at_the_start(service, "127.0.0.1")) == [key]
