"""Senders are told to wait, by a real service behind a real socket; what is let in is never lost."""

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tallyscan.bootstrap import Store, open_store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.targeting_tables import QueueRow
from tallyscan.web.service import Service
from tests.acquire.dicom_network import dx, energy, send, wait_until
from tests.store.builders import declaration_json, folder_bytes
from tests.web.conftest import serving

OUT_OF_RESOURCES = 0xA700
Serve = Callable[..., Any]


class Gate:
    """A reader that reads when it may."""

    def __init__(self, reader: Reader) -> None:
        self.open = threading.Event()
        decode = reader.decode

        def when_open(*arguments: Any, **more: Any) -> Any:
            self.open.wait()
            return decode(*arguments, **more)

        self.reader = replace(reader, decode=when_open)


@pytest.fixture
def gate(reader: Reader) -> Iterator[Gate]:
    made = Gate(reader)
    yield made
    made.open.set()


@contextmanager
def at_work(
    settings: Settings, store: Store, gate: Gate, **limits: object
) -> Iterator[tuple[Service, httpx.Client]]:
    changed = settings.model_copy(update={"disk_reserve_megabytes": 0, "disk_low_megabytes": 0, **limits})
    with running(changed, store, gate.reader) as service, serving(service, changed) as client:
        try:
            yield service, client
        finally:
            gate.open.set()  # else the end of the service waits for the reading


def post(client: httpx.Client, image: bytes, **asked: str) -> httpx.Response:
    return client.post("/v1/scans", params=asked, files={"image": ("scan.dcm", image)})


def kept(store: Store) -> int:
    with store.database.read() as session:
        return int(session.execute(text("SELECT count(*) FROM scans")).scalar_one())


def test_who_comes_when_too_many_wait_is_told_when_to_come_again_and_is_let_in_then(
    settings: Settings, store: Store, gate: Gate
) -> None:
    with at_work(settings, store, gate, max_waiting_scans=2) as (_, client):
        first, second, refused = (post(client, dx(number)) for number in range(3))
        assert (first.status_code, second.status_code, refused.status_code) == (202, 202, 429)
        assert second.json()["waiting"] in (
            {"place": 2, "seconds_expected": None},
            {"place": 1, "seconds_expected": None},
        )
        problem = refused.json()
        assert problem["type"] == "urn:tallyscan:error:too_many_scans"
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["Retry-After"] in problem["remedy"]
        health = client.get("/healthz").json()
        assert (health["status"], health["intake"]["paused"]) == ("degraded", "waiting")
        declared = client.post(
            "/v1/declarations", content=declaration_json(), headers={"Content-Type": "application/json"}
        )
        assert declared.is_success  # small things go on
        assert kept(store) == 2
        assert not folder_bytes(settings.data_dir / "incoming")
        gate.open.set()
        wait_until(lambda: client.get("/v1/intake").json()["paused"] is None)
        assert post(client, dx(2)).status_code == 202


def test_a_repeat_is_answered_however_many_wait(settings: Settings, store: Store, gate: Gate) -> None:
    with at_work(settings, store, gate, max_waiting_scans=1) as (_, client):
        scan = post(client, dx(0)).json()["id"]
        again = post(client, dx(0), sha256=hashlib.sha256(dx(0)).hexdigest())
        assert (again.status_code, again.json()["id"]) == (200, scan)
        lie = post(client, dx(1), sha256=hashlib.sha256(dx(0)).hexdigest())
        assert (lie.status_code, kept(store)) == (400, 1)


def test_high_risk_is_let_in_where_others_are_not(settings: Settings, store: Store, gate: Gate) -> None:
    with at_work(settings, store, gate, max_waiting_scans=2, high_risk_places=0.5) as (_, client):
        for number, name in enumerate(("HIGH", "USUAL")):
            assert post(client, dx(number), consignment=name).status_code == 202
        with store.database.write() as session:
            session.get_one(QueueRow, "HIGH").lane = "red"
        assert post(client, dx(2), consignment="USUAL").status_code == 429
        assert post(client, dx(3), consignment="HIGH").status_code == 202
        assert post(client, dx(4), consignment="HIGH").status_code == 429


@pytest.mark.parametrize("expects", [True, False], ids=["asks first", "sends at once"])
def test_the_refusal_is_heard_before_the_body_and_whoever_sends_it_anyway(
    settings: Settings, store: Store, gate: Gate, expects: bool
) -> None:
    size = 15_000_000
    with at_work(settings, store, gate, max_waiting_scans=1) as (_, client):
        assert post(client, dx(0)).status_code == 202
        with socket.create_connection(
            (client.base_url.host, client.base_url.port or 0), timeout=30
        ) as sender:
            expect = "Expect: 100-continue\r\n" if expects else ""
            head = (
                f"POST /v1/scans HTTP/1.1\r\nHost: x\r\n{expect}Content-Length: {size}\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
            )
            sender.sendall(head.encode())
            if not expects:
                sender.sendall(b"x" * size)  # to its end: nobody hangs up on it
            answer = sender.recv(64)
        assert answer.startswith(b"HTTP/1.1 429")


def test_who_asks_first_is_let_in_while_there_is_room(settings: Settings, store: Store, gate: Gate) -> None:
    with (
        at_work(settings, store, gate) as (_, client),
        socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=30) as sender,
    ):
        sender.sendall(
            b"POST /v1/scans HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        assert sender.recv(64).startswith(b"HTTP/1.1 100")


def test_dicom_senders_hear_that_there_is_no_room_and_a_repeat_is_stored(
    settings: Settings, store: Store, gate: Gate
) -> None:
    with at_work(settings, store, gate, max_waiting_scans=1, dicom_port=0) as (service, client):
        assert service.dicom_port is not None
        answers = send(service.dicom_port, dx(0), dx(1), dx(0), energy("LOW"))
        assert [answer.Status for answer in answers] == [0, OUT_OF_RESOURCES, 0, OUT_OF_RESOURCES]
        assert "wait to be read" in answers[1].ErrorComment
        assert not folder_bytes(settings.data_dir / "incoming")
        body = b"".join(
            b"--b\r\nContent-Type: application/dicom\r\n\r\n" + dx(number) + b"\r\n" for number in (0, 1)
        )
        kind = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=b'}
        stow = client.post("/v1/dicomweb/studies", content=body + b"--b--\r\n", headers=kind)
        assert stow.status_code == 429
        assert kept(store) == 1
        gate.open.set()
        wait_until(lambda: client.get("/v1/intake").json()["paused"] is None)
        assert [answer.Status for answer in send(service.dicom_port, dx(1))] == [0]


def test_files_in_the_inbox_stay_there_until_there_is_room(
    settings: Settings, store: Store, gate: Gate, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in range(3):
        (inbox / f"{number}.dcm").write_bytes(dx(number))
    with at_work(settings, store, gate, max_waiting_scans=1, inbox_dir=inbox) as (_, client):
        wait_until(lambda: client.get("/v1/intake").json()["paused"] == "waiting")
        wait_until(lambda: len(list((inbox / "taken").glob("*"))) == 1)
        assert kept(store) == 1
        assert len(list(inbox.glob("*.dcm"))) == 2
        gate.open.set()
        wait_until(lambda: kept(store) == 3)


def test_below_the_reserve_nothing_is_accepted_and_everything_is_shown(
    settings: Settings, store: Store, gate: Gate
) -> None:
    with at_work(settings, store, gate) as (_, client):
        scan = post(client, dx(0)).json()["id"]
    with at_work(settings, store, gate, disk_reserve_megabytes=1e12) as (_, client):
        for refused in (
            post(client, dx(1)),
            client.post("/v1/declarations", content=declaration_json()),
            client.post(f"/v1/scans/{scan}/decisions", json={}),
        ):
            assert (refused.status_code, refused.json()["type"]) == (503, "urn:tallyscan:error:no_room")
            assert int(refused.headers["Retry-After"]) >= 60
        repeat = post(client, dx(0), sha256=hashlib.sha256(dx(0)).hexdigest())
        assert repeat.status_code == 200
        assert client.get(f"/v1/scans/{scan}").is_success
        health = client.get("/healthz").json()
        assert (health["status"], health["intake"]["paused"], health["intake"]["disk"]) == (
            "degraded",
            "disk",
            "full",
        )


def flood(settings: Settings, reader: Reader, *, senders: int, scans: int) -> dict[str, Any]:
    """Every sender sends its scans, over HTTP or DICOM, and comes again as it is told, in a tenth of the time."""
    refused: list[int] = []
    with open_store(settings) as store:
        limits = {
            "max_waiting_scans": 3,
            "dicom_port": 0,
            "disk_reserve_megabytes": 0,
            "dicom_max_associations": 50,
        }
        changed = settings.model_copy(update=limits)
        with running(changed, store, reader) as service, serving(service, changed) as client:
            most = [0]

            def one(sender: int) -> None:
                pause = threading.Event()
                for number in range(scans):
                    image = dx(100 * sender + number)
                    while True:
                        if sender % 2:
                            assert service.dicom_port is not None
                            status = send(service.dicom_port, image)[0].Status
                            done, seconds = status == 0, 1
                            assert status in (0, OUT_OF_RESOURCES)
                        else:
                            answer = post(client, image)
                            done, seconds = (
                                answer.status_code == 202,
                                int(answer.headers.get("Retry-After", 1)),
                            )
                            assert answer.status_code in (202, 429)
                        most[0] = max(most[0], service.admission.pressure().waiting_scans)
                        if done:
                            break
                        refused.append(sender)
                        pause.wait(min(seconds, 5) / 10)

            threads = [threading.Thread(target=one, args=(sender,)) for sender in range(senders)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            wait_until(lambda: client.get("/v1/intake").json()["waiting_scans"] == 0)
        with store.database.read() as session:
            hashes = session.execute(text("SELECT sha256 FROM scans")).scalars().all()
            states = set(session.execute(text("SELECT state FROM scans")).scalars())
        expected = {
            hashlib.sha256(dx(100 * sender + number)).hexdigest()
            for sender in range(senders)
            for number in range(scans)
        }
        left = folder_bytes(settings.data_dir / "incoming")
        return {
            "hashes": hashes,
            "expected": expected,
            "states": states,
            "refused": len(refused),
            "most": most[0],
            "left": left,
        }


def test_every_sender_that_comes_again_is_accepted_once(settings: Settings, reader: Reader) -> None:
    came = flood(settings, reader, senders=6, scans=2)
    assert len(came["hashes"]) == len(came["expected"]) == 12
    assert came["refused"] > 0
    assert came["most"] <= 4  # DICOM holds no place while it comes
    assert (came["left"], came["states"] & {"received", "reading", "dead"}) == ([], set())


def test_json_of_the_state_has_its_numbers(settings: Settings, store: Store, gate: Gate) -> None:
    with at_work(settings, store, gate) as (_, client):
        state = client.get("/v1/intake").json()
    assert json.dumps(state)
    assert state["free_megabytes"] > 0
    assert (state["waiting_scans"], state["seconds_expected"], state["paused"]) == (0, None, None)
