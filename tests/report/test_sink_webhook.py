"""Signed POSTs to a real HTTP server, verified by the library of those who made Standard Webhooks."""

import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from tallyscan.errors import TallyscanError, Unavailable, Undeliverable
from tallyscan.report.client_tls import client_context
from tallyscan.report.outbox import Busy
from tallyscan.report.webhook_signature import secrets_in
from tests.acquire.dicom_network import Certificates
from tests.report.builders import made_reading
from tests.report.threat_reports import event_of
from tests.report.webhooks import OLD_SECRET, SECRET, Receiver, receiving, webhook_sink

EVENT = event_of(made_reading(), event_id="e1", consignment="é")


def test_an_event_arrives_as_it_is_signed_with_every_secret() -> None:
    there = Receiver()
    with receiving(there) as url:
        webhook_sink(url, f"{SECRET} {OLD_SECRET}").send(EVENT, "e1")
    ((path, headers, body),) = there.requests
    assert (path, json.loads(body)) == ("/events", EVENT)
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["webhook-id"] == headers["Idempotency-Key"] == "e1"
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (
        SECRET,
        OLD_SECRET,
    ):  # a receiver that knows only the old one goes on, and so does a new one
        assert Verifier(secret).verify(body, headers) == EVENT
    assert not _verifies("whsec_" + "A" * 32, headers, body)
    assert not _verifies(SECRET, headers, body.replace(b"completed", b"failed"))
    assert not _verifies(SECRET, headers | {"webhook-id": "e2"}, body)


def test_secrets_in_a_file_are_rotated_without_a_restart(tmp_path: Path) -> None:
    there, file = Receiver(), tmp_path / "secrets"
    file.write_text(f"{OLD_SECRET}\n", encoding="ascii")
    with receiving(there) as url:
        sink = webhook_sink(url, None, file)
        sink.send(EVENT, "e1")
        file.write_text(f"{SECRET}\n{OLD_SECRET}\n", encoding="ascii")
        sink.send(EVENT, "e2")
        file.write_text("half a sec", encoding="ascii")
        with pytest.raises(Unavailable, match=r"secrets.*whsec_") as unusable:
            sink.send(EVENT, "e3")
        file.write_text(f"{SECRET}\n", encoding="ascii")
        sink.send(EVENT, "e3")
    assert "half" not in unusable.value.reason
    knows_the_new_one = [_verifies(SECRET, headers, body) for _, headers, body in there.requests]
    assert knows_the_new_one == [False, True, True]


def _verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Verifier(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_c2hvcnQ=", f"{SECRET} {SECRET[6:]}", "whsec_?" + "A" * 40]
)
def test_what_is_no_secret_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(TallyscanError, match="24 to 64 bytes") as refused:
        secrets_in(text)
    assert refused.value.__cause__ is None
    assert SECRET[6:] not in refused.value.reason


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
def test_what_the_receiver_refuses_is_undeliverable_with_what_it_says(status: int) -> None:
    there = Receiver([(status, {}, "not\n this: ü".encode())])
    with (
        receiving(there) as url,
        pytest.raises(Undeliverable, match=f"HTTP {status}: not this: ü") as refused,
    ):
        webhook_sink(url).send(EVENT, "e1")
    assert SECRET not in refused.value.reason


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 504])
def test_what_may_pass_is_unavailable_and_then_arrives(status: int) -> None:
    there = Receiver([(status, {}, b"")])
    with receiving(there) as url:
        sink = webhook_sink(url)
        with pytest.raises(Unavailable, match=f"HTTP {status}") as failed:
            sink.send(EVENT, "e1")
        sink.send(EVENT, "e1")
    assert not isinstance(failed.value, Busy)
    assert there.once == ["e1"]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [({"Retry-After": "120"}, 120), ({}, None), ({"Retry-After": "soon"}, None),
     (timedelta(hours=1), 3600),
     ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0)],
)  # fmt: skip
def test_a_receiver_that_has_enough_says_for_how_long(
    status: int, header: dict[str, str] | timedelta, seconds: float | None
) -> None:
    if isinstance(header, timedelta):  # from now, not from when the tests were collected
        header = {"Retry-After": format_datetime(datetime.now(UTC) + header, usegmt=True)}
    with receiving(Receiver([(status, header, b"")])) as url, pytest.raises(Busy) as busy:
        webhook_sink(url).send(EVENT, "e1")
    assert busy.value.seconds == (pytest.approx(seconds, abs=600) if seconds else seconds)


def test_no_redirect_is_followed() -> None:
    elsewhere = Receiver()
    with receiving(elsewhere) as target:
        for status in (301, 302, 307, 308):
            there = Receiver([(status, {"Location": target}, b"")])
            with receiving(there) as url, pytest.raises(Unavailable, match=f"HTTP {status}"):
                webhook_sink(url).send(EVENT, "e1")
    assert elsewhere.requests == []


def test_nobody_there_or_no_answer_in_time_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and says nothing
        port = silent.getsockname()[1]
        with pytest.raises(Unavailable, match=r"does not answer: ReadTimeout"):
            webhook_sink(f"http://127.0.0.1:{port}/", seconds=0.1).send(EVENT, "e1")
    with pytest.raises(Unavailable, match=r"does not answer: ConnectError"):
        webhook_sink(f"http://127.0.0.1:{port}/").send(EVENT, "e1")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    there = Receiver()
    with receiving(there) as url:
        webhook_sink(url).send(EVENT, "e1")
    assert there.once == ["e1"]


def test_over_tls_both_show_a_certificate(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificates.authority)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(*certificates.pair("server"))
    ours = client_context(certificates.authority, *certificates.pair("client"), named="")
    there = Receiver()
    with receiving(there, server) as url:
        webhook_sink(url, tls=ours).send(EVENT, "e1")
    impostor = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    impostor.load_cert_chain(*certificates.pair("stranger"))
    with receiving(there, impostor) as url, pytest.raises(Unavailable, match="does not answer"):
        webhook_sink(url, tls=ours).send(EVENT, "e2")
    assert there.once == ["e1"]
