"""Parts of a service are killed, cut off and fed twice at once; nothing that was accepted is lost, or counted twice."""

import hashlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import House, Kind, check, fault_of, run
from tests.e2e.serving import EndedEarlyError, wait_until
from tests.needed import needs
from tests.postgresql import needs_postgresql
from tests.sample_images import container_tiff, sidecar_json

RUNS: dict[Kind, int] = {"sqlite": 1, "postgresql": 3}

# The linker knows what LIB is.
FAKETIME = {"LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

# The process ends as by the kernel when memory is out, whenever it takes up those bytes to read them.
_POISON = """
import os, signal, sys, threading

def taken(event, arguments):
    if event == "open" and threading.current_thread().name == "worker":
        if os.environ["POISON"] in str(arguments[0]).replace("/", ""):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(taken)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql())], scope="module")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path
) -> Iterator[House]:
    opened = House(request.param, tmp_path_factory.mktemp("house"), tiny_models_dir)
    yield opened
    opened.close()


def test_parts_that_are_killed_at_any_moment_lose_nothing_and_count_nothing_twice(house: House) -> None:
    for fault in (fault_of(house.kind, number) for number in range(RUNS[house.kind])):
        run(house, fault)


def test_a_receiver_that_is_away_gets_everything_in_order_when_it_is_back(house: House) -> None:
    house.risk.kill()
    scans = [house.send(f"AWAY-{number % 2}") for number in range(4)]
    for scan in scans:
        wait_until(lambda scan=scan: house.state_of(scan) == "read", 120)
        house.decide(scan)
    house.risk.start()
    house.wait_until_quiet()
    check(house)


def test_the_same_upload_twice_at_once_is_one_scan(house: House) -> None:
    files = [
        ("image", ("twice.tif", container_tiff(seed=9_001))),
        ("sidecar", ("twice.json", sidecar_json())),
    ]
    data = {"consignment": "TWICE"}
    ids: list[str] = []

    def send() -> None:
        answer = house.ask(lambda client: client.post("/v1/scans", files=files, data=data))
        ids.append(str(answer.json()["id"]))

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1
    house.accepted(ids[0], "TWICE")
    house.wait_until_quiet()
    check(house)


@pytest.mark.parametrize("house", [pytest.param("postgresql", marks=needs_postgresql())], indirect=True)
def test_a_scan_that_ends_its_reader_is_given_up_after_three_and_the_others_are_read(
    house: House, tmp_path: Path
) -> None:
    poison = container_tiff(seed=9_002)
    (tmp_path / "sitecustomize.py").write_text(_POISON)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    environment = {"POISON": hashlib.sha256(poison).hexdigest(), "PYTHONPATH": path}
    house.kill(house.reader)
    house.start(house.reader, **environment)
    ends: list[int] = []

    def start_again() -> None:
        while len(ends) < 3:
            ends.append(house.process(house.reader).ended())
            while house.process(house.reader).process.poll() is not None:
                try:
                    house.start(house.reader, **environment)
                except EndedEarlyError as error:
                    ends.append(error.code)

    supervisor = threading.Thread(target=start_again)
    supervisor.start()
    scan = house.send("POISON", poison)
    house.given_up.add(scan)
    for number in range(2):
        house.send(f"BESIDE-{number}")
    supervisor.join(400)
    assert ends == [-signal.SIGKILL] * 3
    wait_until(lambda: house.state_of(scan) == "dead", 120)
    house.wait_until_quiet()
    assert house.process(house.reader).process.poll() is None
    check(house)


def _forget_clock(pid: int) -> None:
    """What faketime leaves of a process that is killed."""
    for file in Path("/dev/shm").glob(f"*faketime_*_{pid}"):
        file.unlink()


@needs("faketime", package="faketime")
@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_a_clock_that_is_wrong_and_set_right_loses_nothing_and_changes_no_order(house: House) -> None:
    for clock in ("-1h", None):
        house.send("CLOCK")
        house.kill(house.reader)
        _forget_clock(house.process(house.reader).process.pid)
        told = {"FAKETIME": clock, **FAKETIME} if clock is not None else {}
        house.start(house.reader, **told)
        scan = house.send("CLOCK")
        house.wait_until_read()
        house.decide(scan)
    house.replay_held()  # whoever checks the time of a signature has refused what was signed at another
    house.wait_until_quiet()
    check(house)


@pytest.mark.parametrize("how", ["lost", "twice", "out of order"])
def test_what_is_lost_doubled_or_out_of_order_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    consignment = f"CHECKED-{how}"
    for _ in range(2):
        house.send(consignment)
    house.wait_until_quiet()
    check(house)
    arrived = house.risk.received()
    last = max(i for i, event in enumerate(arrived) if event["subject"] == consignment)
    before = max(i for i, event in enumerate(arrived[:last]) if event["subject"] == consignment)
    if how == "lost":
        del arrived[last]
    elif how == "twice":
        arrived.append(arrived[last])
    else:
        arrived[before], arrived[last] = arrived[last], arrived[before]
    monkeypatch.setattr(house.risk, "received", lambda: arrived)
    with pytest.raises(AssertionError, match="out of order" if how == "out of order" else "lost or twice"):
        check(house)


def test_half_an_upload_leaves_nothing(house: House) -> None:
    incoming = house.settings.data_dir / "incoming"
    url = house.service.client.base_url
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="half.tif"\r\n\r\n' + b"II*\0" * 9
    with socket.create_connection((url.host, url.port), timeout=30) as line:
        head = f"POST /v1/scans HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        line.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode() + body)
        wait_until(lambda: any(incoming.glob("upload-*")))
    wait_until(lambda: not any(incoming.glob("upload-*")))
    check(house)  # and no scan of it
