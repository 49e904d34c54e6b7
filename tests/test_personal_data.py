"""Holds, retention and erasure from outside: over HTTP and from the command line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from tallyscan.__main__ import main
from tallyscan.bootstrap import open_store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.retention import Kept, Retention
from tests.sample_images import container_tiff, declaration_json, sidecar_json
from tests.web.conftest import serving

CASE = "C-1"
HOLD = {"by": "Auditor 1", "reason": "Appeal 12", "consignment": CASE}


def test_a_case_is_held_over_http_and_from_the_command_line_and_then_deleted_and_said_so(
    reader: Reader, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(settings, reader) as client:
        client.put(f"/v1/consignments/{CASE}/declaration", content=declared())
        files = [("image", ("t.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
        scan = client.post(f"/v1/scans?wait=30&consignment={CASE}", files=files).json()["id"]
        assert client.get(f"/v1/scans/{scan}/picture").status_code == 200
        held = client.post("/v1/holds", json=HOLD)
        assert held.status_code == 201
        assert client.post("/v1/holds", json=HOLD | {"consignment": "C-2"}).status_code == 404
        assert client.post("/v1/holds", json=HOLD | {"scan": scan}).status_code == 400
        assert client.get("/v1/holds").json()["holds"] == [held.json()]
        trail = f"/v1/scans/{scan}/trail?download=true"
        assert "Paper Mill" not in client.get(trail).text
        assert "Paper Mill" in client.get(f"{trail}&names=true").text
    with open_store(settings) as store:
        due = Retention(store.database, store.blobs, Kept(timedelta(0), timedelta(0)), wait=timedelta(0))
        assert due.run().counts == {}
    data = ["--data", str(settings.data_dir)]
    capsys.readouterr()
    assert main(["erase", "--party", "Paper Mill", "--reason", "Request", "--json", *data]) == 1
    assert json.loads(capsys.readouterr().out)["held"] == {"declarations": [CASE]}
    assert main(["hold", "list", "--json", *data]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == held.json()["id"]
    assert main(["hold", "lift", held.json()["id"], "--by", "A", "--reason", "Settled", *data]) == 0
    assert main(["erase", "--party", "Paper Mill", "--reason", "Request", "--json", *data]) == 0
    capsys.readouterr()
    assert main(["retention", "run", *data]) == 2
    monkeypatch.setenv("TALLYSCAN_RETAIN_IMAGES_DAYS", "0.0000001")
    assert main(["retention", "run", "--dry-run", "--json", *data]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"scans": 1}
    assert main(["retention", "run", "--json", *data]) == 0
    assert json.loads(capsys.readouterr().out)["bytes_waiting"] > 0
    assert main(["replay", scan, *data]) == 2
    assert "were deleted by retention on" in capsys.readouterr().err
    with served(settings, reader) as client:
        check_what_is_said(client, scan)


@contextmanager
def served(settings: Settings, reader: Reader) -> Iterator[httpx.Client]:
    with (
        open_store(settings) as store,
        running(settings, store, reader) as service,
        serving(service, settings) as client,
    ):
        yield client


def declared() -> bytes:
    document = json.loads(declaration_json())
    return json.dumps(document | {"consignor": {"name": "Paper Mill"}}).encode()


def check_what_is_said(client: httpx.Client, scan: str) -> None:
    """By every way in which it was looked at."""
    document = client.get(f"/v1/scans/{scan}").json()
    assert document["images_deleted"] is not None
    assert document["status"] == "read"
    assert document["links"]["picture"] is document["links"]["image"] is None
    for place in ("picture", "expected", "report", "image", "sheet/overview"):
        answer = client.get(f"/v1/scans/{scan}/{place}")
        assert (answer.status_code, answer.json()["type"]) == (410, "urn:tallyscan:error:deleted"), place
        assert "deleted by retention on" in answer.json()["detail"]
    declaration = client.get(f"/v1/consignments/{CASE}/declaration").json()
    assert declaration["parties_deleted"] is not None
    assert declaration["declaration"]["consignor"]["name"] == "[erased]"
    checked = client.get(f"/v1/consignments/{CASE}/risk-record/check").json()
    assert checked["same"]
    assert len(checked["deleted"]) == 2
