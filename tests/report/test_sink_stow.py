"""STOW-RS of reports to a real HTTP server."""

import socket
import ssl
from pathlib import Path

import pytest

from tallyscan.errors import Unavailable
from tallyscan.report.client_tls import client_context
from tallyscan.report.sink_stow import StowService, StowSink
from tallyscan.report.threat_report import report_uid
from tests.acquire.dicom_network import Certificates
from tests.report.builders import made_reading, made_unread
from tests.report.threat_reports import CONTAINER, Archive, event_of, stow_service

EVENT = event_of(made_reading())


def test_a_report_arrives_whole_with_our_token() -> None:
    archive = Archive()
    with stow_service(archive) as url:
        StowSink(StowService(f"{url}/", token="secret")).send(EVENT, "r1")
    (read,) = archive.reports
    assert (read.SOPInstanceUID, read.AlarmDecision, read.PatientID) == (report_uid("r1"), "ALARM", CONTAINER)
    (headers,) = archive.headers
    assert (headers["Authorization"], headers["Accept"]) == ("Bearer secret", "application/dicom+json")


def test_a_scan_that_was_not_read_arrives_as_aborted() -> None:
    archive = Archive()
    with stow_service(archive) as url:
        StowSink(StowService(url)).send(event_of(made_unread()), "r1")
    (read,) = archive.reports
    assert (read.AlarmDecision, read.AbortFlag, read.AbortReason) == ("UNKNOWN", "ABORT", "OUT_OF_BOUNDS")


def test_a_repeat_is_the_same_object_and_a_duplicate_is_no_failure() -> None:
    archive = Archive()
    with stow_service(archive) as url:
        sink = StowSink(StowService(url))
        sink.send(EVENT, "r1")
        archive.answers = [0x0111]
        sink.send(EVENT, "r1")
    assert (archive.sent, list(archive.kept)) == (2, [report_uid("r1")])


HTTP = 0x10000  # the archive answers with this status of HTTP, and says no more


@pytest.mark.parametrize(
    ("answer", "said"),
    [(0xA700, "HTTP 409, failure reason A700"), (HTTP + 401, "HTTP 401"), (HTTP + 503, "HTTP 503"),
     (HTTP + 302, "HTTP 302"), (HTTP + 409, "HTTP 409")],
)  # fmt: skip
def test_a_refusal_is_unavailable_with_what_the_service_says(answer: int, said: str) -> None:
    archive = Archive(answers=[answer])
    with stow_service(archive) as url:
        sink = StowSink(StowService(url, token="secret"))
        with pytest.raises(Unavailable, match=said) as refused:
            sink.send(EVENT, "r1")
        sink.send(EVENT, "r1")
    assert list(archive.kept) == [report_uid("r1")]
    assert "secret" not in refused.value.reason


NAMELESS = b'{"00081198": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["2.25.1"]}}]}}'
ANOTHER = b'{"00081199": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["2.25.1"]}}]}}'


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize(
    "said", [b"<html>Sign in</html>", b"", b"{}", b"[]", b'{"00081199": 5}', NAMELESS, ANOTHER]
)
def test_an_answer_that_does_not_name_the_report_as_stored_is_no_success(said: bytes, status: int) -> None:
    """A proxy answers with its sign-in page, and nobody would miss the alarm."""
    archive = Archive(says=[said], answers=[HTTP + status])
    with stow_service(archive) as url:
        sink = StowSink(StowService(url))
        with pytest.raises(Unavailable, match=f"has not stored the report: HTTP {status}"):
            sink.send(EVENT, "r1")
        sink.send(EVENT, "r1")
    assert list(archive.kept) == [report_uid("r1")]


def test_another_path_or_nobody_there_is_unavailable() -> None:
    archive = Archive()
    with stow_service(archive) as url, pytest.raises(Unavailable, match="HTTP 404"):
        StowSink(StowService(f"{url}/elsewhere")).send(EVENT, "r1")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        free = nobody.getsockname()[1]
    with pytest.raises(Unavailable, match="does not answer"):
        StowSink(StowService(f"http://127.0.0.1:{free}")).send(EVENT, "r1")


def test_over_tls_the_service_and_we_show_a_certificate(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificates.authority)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(*certificates.pair("server"))
    ours = client_context(certificates.authority, *certificates.pair("client"), named="")
    archive = Archive()
    with stow_service(archive, server) as url:
        StowSink(StowService(url, ours)).send(EVENT, "r1")
    impostor = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    impostor.load_cert_chain(*certificates.pair("stranger"))
    with stow_service(archive, impostor) as url, pytest.raises(Unavailable, match="does not answer"):
        StowSink(StowService(url, ours)).send(EVENT, "r2")
    assert list(archive.kept) == [report_uid("r1")]
