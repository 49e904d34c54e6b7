"""To which addresses the service sends: never to those where a name has no business leading."""

import ipaddress
import socket
import ssl
import threading
from typing import Any

import httpx
import pytest
import trustme

from tallyscan.errors import Unavailable
from tallyscan.outbound import CheckedTransport, Outbound, bounded_body
from tallyscan.report.sinks import open_sinks
from tallyscan.settings import Settings
from tests.report.webhooks import Receiver, receiving, webhook_sink


def leads(monkeypatch: pytest.MonkeyPatch, **names: list[str]) -> list[str]:
    """A resolver that says so, once for each look where there are several; and the hosts that were asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        addresses = names.get(host.replace(".", "_").replace("-", "_"), [host])
        found = []
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            found.append((family, socket.SOCK_STREAM, 6, "", (address, port)))
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.1.1", "100.100.100.200", "fd00:ec2::254", "fe80::1", "0.0.0.0", "::", "224.0.0.1",
     "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::"],
)  # fmt: skip
def test_no_name_leads_to_the_machine_itself_the_link_or_where_credentials_are(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    leads(monkeypatch, risk_example=[address])
    with pytest.raises(Unavailable, match="Nothing is sent there"):
        Outbound().addresses("risk.example", 443)


@pytest.mark.parametrize("literal", ["169.254.169.254", "[fe80::1]", "0.0.0.0", "100.100.100.200"])
def test_some_addresses_are_refused_also_where_they_are_written_out(literal: str) -> None:
    with pytest.raises(Unavailable, match="Nothing is sent there"):
        Outbound().addresses(literal, 80)


@pytest.mark.parametrize("odd", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_loopback_in_an_odd_spelling_is_a_name_for_somebody_else(odd: str) -> None:
    with pytest.raises(Unavailable):
        Outbound().addresses(odd, 80)


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    leads(monkeypatch, risk_example=["10.1.2.3", "169.254.169.254"])
    with pytest.raises(Unavailable):
        Outbound().addresses("risk.example", 443)


def test_private_networks_are_sent_to_unless_others_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    leads(monkeypatch, risk_example=["10.1.2.3"])
    assert Outbound().addresses("risk.example", 443) == ("10.1.2.3",)
    assert Outbound((ipaddress.ip_network("10.1.0.0/16"),)).addresses("risk.example", 443) == ("10.1.2.3",)
    with pytest.raises(Unavailable, match="outbound_networks"):
        Outbound((ipaddress.ip_network("10.2.0.0/16"),)).addresses("risk.example", 443)
    assert Outbound((ipaddress.ip_network("10.2.0.0/16"),)).addresses("127.0.0.1", 443) == ("127.0.0.1",)


def test_a_name_that_leads_elsewhere_at_the_second_look_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection goes to the address that was looked at: the name is asked for once, and then no more."""
    with receiving(Receiver()) as where:
        url = httpx.URL(where)
        asked = leads(monkeypatch, localhost=["127.0.0.1"])
        with httpx.Client(transport=CheckedTransport(Outbound(), verify=False)) as client:
            answer = client.post(url.copy_with(host="localhost"), content=b"{}", headers={"webhook-id": "a"})
    assert answer.status_code
    assert asked.count("localhost") == 1
    assert set(asked) <= {"localhost", "127.0.0.1"}


def test_the_certificate_is_held_against_the_name_and_not_the_address() -> None:
    authority = trustme.CA()
    for name, good in (("localhost", True), ("elsewhere.example", False)):
        ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(name).configure_cert(ours)
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def serve(listening: socket.socket = listening, ours: ssl.SSLContext = ours) -> None:
                connection, _ = listening.accept()
                try:
                    with ours.wrap_socket(connection, server_side=True) as wrapped:
                        wrapped.recv(65536)
                        wrapped.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    pass

            thread = threading.Thread(target=serve)
            thread.start()
            try:
                with httpx.Client(transport=CheckedTransport(Outbound(), verify=trusting)) as client:
                    url = f"https://localhost:{listening.getsockname()[1]}/"
                    if good:
                        assert client.get(url).status_code == 200
                    else:
                        with pytest.raises(httpx.ConnectError, match=r"[Hh]ostname"):
                            client.get(url)
            finally:
                thread.join()


def test_a_webhook_whose_name_leads_to_the_metadata_of_a_cloud_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leads(monkeypatch, risk_example=["169.254.169.254"])
    with pytest.raises(Unavailable, match=r"169\.254\.169\.254"):
        webhook_sink("http://risk.example/events").send({"id": "1"}, "key")


def test_every_sink_on_the_network_holds_to_the_networks_that_are_named(tmp_path: Any) -> None:
    settings = Settings(
        data_dir=tmp_path,
        outbound_networks=(ipaddress.ip_network("10.2.0.0/16"),),
        events_webhook_url="https://192.0.2.1/e",
        events_webhook_secrets="whsec_" + "QUFB" * 8,
        threat_report_stow_url="https://192.0.2.1/d",
        threat_report_dicom_host="192.0.2.1",
        threat_report_dicom_tls=True,
        events_amqp_url="amqps://a:b@192.0.2.1/v",
    )
    sinks = open_sinks(settings)
    from tests.report.builders import made_reading
    from tests.report.threat_reports import event_of

    event = event_of(made_reading())
    for name in ("webhook", "stow", "cstore", "amqp"):
        with pytest.raises(Unavailable, match="outbound_networks"):
            sinks[name].send(event, "one")


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    receiver = Receiver()
    with receiving(receiver) as where:
        webhook_sink(where).send({"id": "1"}, "key")
    assert len(receiver.requests) == 1


def test_an_answer_without_end_is_read_no_further() -> None:
    read = 0

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            nonlocal read
            while True:
                read += 1000
                yield b"a" * 1000

    answer = httpx.Response(500, stream=Endless())
    assert bounded_body(answer, 5000, 60) == b"a" * 5000
    assert read <= 7000
