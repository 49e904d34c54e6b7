"""What a connection may cost: heads and bodies that do not come, heads and documents without end, callers without rest.

Over real sockets, as somebody sends who means harm.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi.routing import APIRoute

from tallyscan.access.caller import ANYBODY, STRANGER, Caller
from tallyscan.access.rules import RULES
from tallyscan.bootstrap import Store, running
from tallyscan.errors import TooManyRequests
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web import app as web_app
from tallyscan.web.patient_http import PatientProtocol
from tallyscan.web.rates import COSTLY, Rates
from tallyscan.web.small_body import MOST_BYTES, SmallBodyRoute
from tests.web.conftest import serving


@contextmanager
def connected(client: httpx.Client) -> Iterator[socket.socket]:
    where = client.base_url
    with socket.create_connection((where.host, where.port), timeout=30) as opened:
        yield opened


def everything_from(connection: socket.socket) -> bytes:
    """Until the other side closes it."""
    said = b""
    try:
        while more := connection.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


def dripped(connection: socket.socket, drip: bytes) -> bytes:
    """What comes back when one sign after the other is sent, until the connection is closed."""
    over = threading.Event()

    def send() -> None:
        while not over.wait(0.05):
            try:
                connection.sendall(drip)
            except OSError:
                return

    sender = threading.Thread(target=send)
    sender.start()
    try:
        return everything_from(connection)
    finally:
        over.set()
        sender.join()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same clocks, faster."""
    for name, value in (("head_seconds", 0.3), ("body_seconds", 0.3), ("look_seconds", 0.05)):
        monkeypatch.setattr(PatientProtocol, name, value)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost: here\r\nX-Slow: "])
def test_a_head_that_does_not_come_to_an_end_ends_the_connection(client: httpx.Client, begun: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(begun)
        assert (dripped(connection, b"a") if begun else everything_from(connection)) == b""
    assert client.get("/healthz").status_code == 200


@pytest.mark.usefixtures("hasty")
def test_the_head_of_a_second_request_has_its_own_clock(client: httpx.Client) -> None:
    whole = b"GET /openapi.json HTTP/1.1\r\nHost: here\r\n"
    with connected(client) as connection:
        connection.sendall(whole + b"\r\n" + whole)
        said = dripped(connection, b"X: a\r\n")
    assert said.count(b"HTTP/1.1 200") == 1


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("path", ["/v1/scans", "/v1/dicomweb/studies", "/v1/declarations", "/v1/events"])
def test_a_body_that_comes_by_drips_ends_the_connection(client: httpx.Client, path: str) -> None:
    kind = (
        'multipart/related; type="application/dicom"; boundary=b'
        if "dicomweb" in path
        else "multipart/form-data; boundary=b"
    )
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: {kind}\r\nContent-Length: 100000\r\n\r\n"
    with connected(client) as connection:
        connection.sendall(head.encode())
        said = dripped(connection, b"-")
    assert b" 20" not in said.split(b"\r\n")[0]
    assert client.get("/healthz").status_code == 200


@pytest.mark.usefixtures("hasty")
def test_a_body_that_comes_steadily_is_taken_however_long_it_takes(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientProtocol, "body_bytes_per_second", 20.0)
    document = json.dumps({"by": "x" * 300}).encode()
    head = f"POST /v1/events HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {len(document)}\r\n\r\n"
    pause = threading.Event()
    with connected(client) as connection:
        connection.sendall(head.encode())
        for at in range(0, len(document), 40):
            pause.wait(0.08)
            connection.sendall(document[at : at + 40])
        assert everything_from(connection).startswith(b"HTTP/1.1 4")


def test_a_head_without_end_is_refused(client: httpx.Client) -> None:
    with connected(client) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n")
        try:
            for number in range(100_000):
                connection.sendall(b"X-%d: a\r\n" % number)
        except OSError:
            pass
        assert b" 200 " not in everything_from(connection)
    assert client.get("/healthz").status_code == 200


def test_a_document_without_end_is_refused_while_it_comes(client: httpx.Client) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100 * MOST_BYTES:
            yield b'{"a":' * 10_000
            sent += 50_000

    try:
        answer = client.post("/v1/events", content=endless())
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:tallyscan:error:too_large"
    except (httpx.WriteError, httpx.ReadError):
        pass  # the service answers and closes while we still send
    assert sent < 40 * MOST_BYTES


@pytest.mark.parametrize("nested", [b"[" * 200_000, b'{"a":' * 150_000])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/declarations", "/v1/dispositions"])
def test_a_document_that_is_nested_deeply_is_refused(client: httpx.Client, path: str, nested: bytes) -> None:
    answer = client.post(path, content=nested, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_body_has_a_limit() -> None:
    """A route takes a small document, or reads what is sent piece by piece within a limit of its own."""
    own_limit = {"declarations", "consignments", "scans", "stow"}
    for name in dir(web_app):
        router = getattr(getattr(web_app, name), "router", None)
        for route in getattr(router, "routes", ()):
            if isinstance(route, APIRoute) and route.methods & {"POST", "PUT", "PATCH"}:
                assert isinstance(route, SmallBodyRoute) or name.removeprefix("routes_") in own_limit, (
                    route.path
                )


def at(path: str, address: str = "192.0.2.1") -> httpx.Request:
    from starlette.requests import HTTPConnection

    return HTTPConnection({"type": "http", "path": path, "headers": [], "client": (address, 1)})  # type: ignore[return-value]


def person(name: str) -> Caller:
    return Caller("person", name)


def test_whoever_asks_too_often_waits_and_nobody_else_does() -> None:
    now = [0.0]
    rates = Rates(2, 1, clock=lambda: now[0])
    for _ in range(20):
        rates.check(person("One"), at("/v1/queue"))  # type: ignore[arg-type]
    with pytest.raises(TooManyRequests) as refused:
        rates.check(person("One"), at("/v1/queue"))  # type: ignore[arg-type]
    assert refused.value.retry_after_seconds == 1
    rates.check(person("Two"), at("/v1/queue"))  # type: ignore[arg-type]
    now[0] = 0.5
    rates.check(person("One"), at("/v1/queue"))  # type: ignore[arg-type]
    with pytest.raises(TooManyRequests):
        rates.check(person("One"), at("/v1/queue"))  # type: ignore[arg-type]


@pytest.mark.parametrize("caller", [STRANGER, ANYBODY], ids=lambda caller: caller.kind)
def test_those_without_a_name_are_told_apart_by_their_address(caller: Caller) -> None:
    rates = Rates(0.1, 1, clock=lambda: 0.0)
    rates.check(caller, at("/", "192.0.2.1"))  # type: ignore[arg-type]
    with pytest.raises(TooManyRequests):
        rates.check(caller, at("/", "192.0.2.1"))  # type: ignore[arg-type]
    rates.check(caller, at("/", "192.0.2.2"))  # type: ignore[arg-type]


def test_what_takes_long_has_a_narrower_limit() -> None:
    rates = Rates(100, 0.1, clock=lambda: 0.0)
    rates.check(person("One"), at("/v1/scans/s/sheet.pdf"))  # type: ignore[arg-type]
    rates.check(person("One"), at("/v1/scans/s"))  # type: ignore[arg-type]
    with pytest.raises(TooManyRequests) as refused:
        rates.check(person("One"), at("/v1/scans/t/trail"))  # type: ignore[arg-type]
    assert refused.value.retry_after_seconds == 10


def test_what_takes_long_is_named_by_routes_that_there_are() -> None:
    costly = {route for route in RULES if COSTLY.match(route.split(" ", 1)[1].replace(":path", ""))}
    assert costly == {
        "GET /v1/scans/{scan_id}/sheet.pdf",
        "GET /v1/scans/{scan_id}/sheet/overview",
        "GET /v1/scans/{scan_id}/sheet/close-ups/{region}",
        "GET /v1/scans/{scan_id}/expected",
        "GET /v1/scans/{scan_id}/trail",
        "GET /v1/scans/{scan_id}/report",
        "POST /v1/scans/{scan_id}/measure",
        "GET /v1/risk-profiles/{profile}/versions/{version}/dry-run",
        "GET /v1/consignments/{consignment:path}/risk-record/check",
        "GET /v1/statistics",
        "GET /v1/models/budgets",
        "GET /v1/models/drift",
        "GET /v1/models/labels",
        "GET /v1/reference",
    }


def test_the_answer_says_when_to_come_again(settings: Settings, store: Store, reader: Reader) -> None:
    slow = settings.model_copy(update={"requests_per_second": 0.1})
    with running(slow, store, reader) as service, serving(service, slow) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/healthz")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert answer.json()["type"] == "urn:tallyscan:error:too_many_requests"
    assert answer.headers["content-type"] == "application/problem+json"
