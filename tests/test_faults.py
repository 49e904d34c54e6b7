"""Parts of a service are killed, cut off and fed twice at once; nothing that was accepted is lost, or counted twice."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import House, Kind, check, fault_of, run
from tests.e2e.serving import wait_until
from tests.postgresql import needs_postgresql
from tests.sample_images import container_tiff, sidecar_json

RUNS: dict[Kind, int] = {"sqlite": 2, "postgresql": 3}


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
