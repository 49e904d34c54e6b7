import errno
import hashlib
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from pydantic import TypeAdapter

from tallyscan.bootstrap import Store, running
from tallyscan.pipeline import Reader
from tallyscan.reading import reading_schema
from tallyscan.settings import Settings
from tallyscan.store import blobs
from tallyscan.store.intake import Accepted
from tallyscan.store.tables import ScanRow
from tallyscan.web.documents import WaitingScan
from tallyscan.web.service import MOST_WHOLE_UPLOADS
from tests.sample_images import (
    CONTAINER,
    MRN,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    sidecar_json,
)
from tests.web.conftest import serving


def form(
    image: bytes | None = None, sidecar: bytes | None = None, declaration: bytes | None = None
) -> list[tuple[str, tuple[str, bytes]]]:
    files = [("image", ("scan.tif", container_tiff() if image is None else image))]
    files.append(("sidecar", ("scan.json", sidecar or sidecar_json())))
    if declaration is not None:
        files.append(("declaration", ("scan.declaration.json", declaration)))
    return files


def test_a_scan_is_sent_and_its_reading_comes_back(client: httpx.Client) -> None:
    answer = client.post("/v1/scans?wait=30", files=form(declaration=declaration_json()))
    document = answer.json()
    assert answer.status_code == 200
    assert answer.headers["location"] == f"/v1/scans/{document['id']}"
    assert (document["status"], document["state"], document["consignment"]) == ("read", "read", MRN)
    jsonschema.validate(document, reading_schema())
    assert client.get(answer.headers["location"]).json() == document


def test_without_waiting_the_answer_says_where_the_reading_will_be(client: httpx.Client) -> None:
    answer = client.post("/v1/scans", files=form())
    assert answer.status_code == 202
    document = answer.json()
    assert document["scan"] == document["id"]
    assert answer.headers["location"] == document["links"]["self"]


def test_few_uploads_are_in_memory_at_a_time(
    client: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, lock, seen = store.intake.accept_scan, threading.Lock(), [0, 0]  # now, at most

    def slowly(*given: Any, **more: Any) -> Accepted:
        with lock:
            seen[0] += 1
            seen[1] = max(seen)
        time.sleep(0.05)
        try:
            return accept(*given, **more)
        finally:
            with lock:
                seen[0] -= 1

    monkeypatch.setattr(store.intake, "accept_scan", slowly)
    with ThreadPoolExecutor(8) as senders:
        answers = list(
            senders.map(lambda n: client.post("/v1/scans", files=form(b"no image %d" % n)), range(8))
        )
    assert [answer.status_code for answer in answers] == [202] * 8
    assert seen[1] == MOST_WHOLE_UPLOADS


def test_the_same_scan_again_is_the_same_scan(client: httpx.Client) -> None:
    first = client.post("/v1/scans", files=form())
    again = client.post("/v1/scans", files=form())
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert len(client.get("/v1/scans").json()["scans"]) == 1


def test_what_cannot_be_read_says_why_and_the_next_is_read(client: httpx.Client) -> None:
    bad = client.post("/v1/scans?wait=30", files=form(b"text"))
    assert bad.status_code == 200
    assert (bad.json()["status"], bad.json()["risk"]["lane"]) == ("rejected", "not_assessed")
    assert bad.json()["reason"].startswith("unsupported_format: ")
    assert client.post("/v1/scans?wait=30", files=form()).json()["status"] == "read"
    listed = client.get("/v1/scans?status=rejected").json()["scans"]
    assert [scan["reason"] for scan in listed] == [bad.json()["reason"]]


def test_a_broken_declaration_beside_is_told_and_in_quarantine(client: httpx.Client) -> None:
    document = client.post("/v1/scans?wait=30", files=form(declaration=b"{}")).json()
    assert document["status"] == "read"
    assert "LRN or MRN" in document["declaration_refused"]
    (kept,) = client.get("/v1/quarantine").json()
    assert (kept["kind"], kept["code"], kept["scan"]) == (
        "declaration",
        "invalid_declaration",
        document["id"],
    )


def test_picture_thumbnail_and_report(client: httpx.Client) -> None:
    links = client.post("/v1/scans?wait=30", files=form(declaration=declaration_json())).json()["links"]
    picture, small = client.get(links["picture"]), client.get(links["picture"] + "?small=true")
    assert picture.headers["content-type"] == small.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert 0 < len(small.content) < len(picture.content)
    report = client.get(links["report"])
    assert report.headers["content-type"].startswith("text/html")
    assert CONTAINER in report.text


def test_a_rejected_scan_has_a_report_and_no_picture(client: httpx.Client) -> None:
    document = client.post("/v1/scans?wait=30", files=form(b"text")).json()
    assert document["links"]["picture"] is None
    answer = client.get(f"/v1/scans/{document['id']}/picture")
    assert answer.status_code == 404
    assert "unsupported_format" in answer.json()["remedy"]
    assert client.get(document["links"]["report"]).status_code == 200


def test_a_reused_image_names_the_first_scan(client: httpx.Client) -> None:
    first = client.post("/v1/scans?wait=30", files=form()).json()
    second = client.post("/v1/scans?wait=30", files=form(sidecar=sidecar_json(OTHER_CONTAINER))).json()
    assert second["id"] != first["id"]
    assert second["reused_from"] == first["id"]
    assert "XR-REUSED-IMAGE" in [indicator["code"] for indicator in second["risk"]["indicators"]]


def test_a_scan_that_is_read_again_shows_no_old_answer_as_its_own(client: httpx.Client, store: Store) -> None:
    read = client.post("/v1/scans?wait=30", files=form(declaration=declaration_json())).json()
    with store.database.write() as session:  # as if a worker had it, and died
        row = session.get(ScanRow, read["id"])
        assert row is not None
        row.state, row.claim, row.claimed_by = "reading", "someone", "elsewhere/b/1/1"
        row.claimed_at = datetime.now(UTC)
    again = client.get(read["links"]["self"]).json()
    assert (again["status"], again["state"], again["revision"]) == (None, "reading", 1)
    assert "risk" not in again
    assert again["previous"]["risk"] == read["risk"]
    TypeAdapter(WaitingScan).validate_python(again)
    (line,) = client.get("/v1/scans").json()["scans"]
    assert (line["lane"], line["decision"], line["risk_score"]) == (None, None, None)
    assert (again["links"]["picture"], again["links"]["report"]) == (None, None)
    assert client.get(read["links"]["picture"]).status_code == 404
    assert client.get(read["links"]["report"]).status_code == 404
    record = client.get(read["links"]["risk_record"]).json()
    assert (record["risk"]["lane"], len(record["history"])) == ("not_assessed", 1)
    assert record["pending"] == "Not yet read against version 1 of the declaration: 1 of 1 scan."


def test_a_scan_for_another_consignment_by_its_declaration_is_a_conflict(client: httpx.Client) -> None:
    client.post("/v1/scans?wait=30", files=form(declaration=declaration_json()))
    other = form(declaration=declaration_json(mrn="26NL000510A1B2C3D5"))
    answer = client.post("/v1/scans", files=other)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tallyscan:error:conflict")


def test_an_upload_is_written_once(
    client: httpx.Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    real_write = blobs._write

    def count(path: Path, data: bytes) -> None:
        written.append(data)
        real_write(path, data)

    monkeypatch.setattr(blobs, "_write", count)
    image = container_tiff()
    client.post("/v1/scans?wait=30", files=form(image))
    assert sidecar_json() in written
    assert image not in written
    key = hashlib.sha256(image).hexdigest()
    assert (settings.data_dir / "blobs" / key[:2] / key[2:]).read_bytes() == image
    assert list((settings.data_dir / "incoming").iterdir()) == []


def test_a_full_disk_is_told_as_such_and_the_next_scan_is_taken(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for what, where in ((os, "fsync"), (tempfile, "TemporaryDirectory")):
        with monkeypatch.context() as patch:
            patch.setattr(what, where, full)
            answer = client.post("/v1/scans", files=form())
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:tallyscan:error:unavailable")
        assert "No space left" in answer.json()["detail"]
    assert client.post("/v1/scans?wait=30", files=form()).json()["status"] == "read"


def test_scans_are_listed_in_pages(client: httpx.Client) -> None:
    ids = [client.post("/v1/scans", files=form(b"%d" % n)).json()["id"] for n in range(3)]
    first = client.get("/v1/scans?limit=2").json()
    second = client.get(first["next"]).json()
    assert [scan["id"] for scan in first["scans"] + second["scans"]] == ids[::-1]
    assert second["next"] is None


def test_a_scan_sent_for_a_consignment_joins_it(client: httpx.Client) -> None:
    document = client.post("/v1/scans?wait=30", files=form(), data={"consignment": "A/7 x"}).json()
    assert document["consignment"] == "A/7 x"
    record = client.get(document["links"]["risk_record"]).json()
    assert (record["consignment"], len(record["history"])) == ("A/7 x", 1)
    other = client.post("/v1/scans", files=form(), data={"consignment": "B"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:tallyscan:error:conflict")


@pytest.mark.parametrize(
    ("content", "content_type", "status", "said"),
    [
        (b"{}", "application/json", 400, "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400, "cut off"),
        (b"", "multipart/form-data", 400, "The body is"),
    ],
)
def test_a_wrong_form_is_a_problem(
    client: httpx.Client, content: bytes, content_type: str, status: int, said: str
) -> None:
    answer = client.post("/v1/scans", content=content, headers={"content-type": content_type})
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_too_many_bytes_are_refused_while_they_come(settings: Settings, store: Store, reader: Reader) -> None:
    with (
        running(settings, store, reader) as service,
        serving(replace(service, max_bytes=10_000), settings) as client,
    ):
        answer = client.post("/v1/scans", files=form())
        (told,) = client.get("/v1/quarantine").json()
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:tallyscan:error:too_large")
    assert (told["origin"], told["code"], told["sha256"]) == ("http", "too_large", None)
    assert list((settings.data_dir / "incoming").iterdir()) == []
