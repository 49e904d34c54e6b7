"""C-STORE of reports to real receivers: pynetdicom on loopback, and dcmtk where it is installed."""

import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from pynetdicom import AE

from tallyscan.errors import Unavailable
from tallyscan.report.sink_cstore import CStoreSink, DicomNode
from tallyscan.report.threat_report import report_uid
from tests.acquire.dicom_network import VERIFICATION, Certificates
from tests.needed import needs
from tests.report.builders import made_reading, made_unread
from tests.report.threat_reports import AT, CONTAINER, MADE_UP_UID, Archive, dicom_node, event_of, read_back

EVENT = event_of(made_reading())
EXPLICIT = "1.2.840.10008.1.2.1"


def sink_to(port: int, tls: ssl.SSLContext | None = None, title: str = "ARCHIVE") -> CStoreSink:
    return CStoreSink(DicomNode("127.0.0.1", port, title, "TALLYSCAN", tls))


def test_a_report_arrives_whole_in_explicit_vr_under_our_title() -> None:
    archive = Archive()
    with dicom_node(archive) as port:
        sink_to(port).send(EVENT, "r1")
    (read,) = archive.reports
    assert read.file_meta.TransferSyntaxUID == EXPLICIT
    assert (read.SOPInstanceUID, read.AlarmDecision, read.PatientID) == (report_uid("r1"), "ALARM", CONTAINER)
    assert read.ReferencedStudySequence[0].ReferencedSOPInstanceUID == MADE_UP_UID
    assert len(read.ThreatSequence) == 4
    assert archive.calling == ["TALLYSCAN"]


def test_a_scan_that_was_not_read_arrives_as_aborted() -> None:
    archive = Archive()
    with dicom_node(archive) as port:
        sink_to(port).send(event_of(made_unread()), "r1")
    (read,) = archive.reports
    assert (read.AlarmDecision, read.AbortFlag, read.AbortReason) == ("UNKNOWN", "ABORT", "OUT_OF_BOUNDS")


def test_a_repeat_is_the_same_object_and_a_duplicate_is_no_failure() -> None:
    archive = Archive()
    with dicom_node(archive) as port:
        sink = sink_to(port)
        sink.send(EVENT, "r1")
        sink.send(EVENT, "r1")
        archive.answers = [0x0111, 0xB000]
        sink.send(EVENT, "r1")
        sink.send(EVENT, "r1")
    assert (archive.sent, list(archive.kept)) == (4, [report_uid("r1")])


@pytest.mark.parametrize("status", [0xA700, 0xC000, 0x0124])
def test_a_refusal_is_unavailable_with_what_the_node_says(status: int) -> None:
    archive = Archive(answers=[status])
    with dicom_node(archive) as port:
        sink = sink_to(port)
        with pytest.raises(Unavailable, match=f"ARCHIVE at 127.0.0.1:{port}.*{status:04X} No room"):
            sink.send(EVENT, "r1")
        sink.send(EVENT, "r1")
    assert list(archive.kept) == [report_uid("r1")]


def test_a_node_that_is_not_there_rejects_us_or_takes_no_reports_is_unavailable() -> None:
    archive = Archive()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        free = nobody.getsockname()[1]
    with pytest.raises(Unavailable, match="does not answer"):
        sink_to(free).send(EVENT, "r1")
    with dicom_node(archive) as port, pytest.raises(Unavailable, match="rejects the association"):
        sink_to(port, title="ANOTHER").send(EVENT, "r1")
    entity = AE("ARCHIVE")
    entity.add_supported_context(VERIFICATION)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    try:
        with pytest.raises(Unavailable, match="ARCHIVE at"):
            sink_to(server.socket.getsockname()[1]).send(EVENT, "r1")
    finally:
        server.shutdown()
        server.server_close()
    assert archive.sent == 0


def test_over_tls_both_sides_show_a_certificate_and_a_stranger_gets_nothing(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificates.authority)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(*certificates.pair("server"))
    archive = Archive()
    with dicom_node(archive, server) as port:
        sink_to(port, certificates.client_context("client")).send(EVENT, "r1")
        with pytest.raises(Unavailable):
            sink_to(port).send(EVENT, "r2")
    impostor = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    impostor.load_cert_chain(*certificates.pair("stranger"))
    with dicom_node(archive, impostor) as port, pytest.raises(Unavailable):
        sink_to(port, certificates.client_context("client")).send(EVENT, "r3")
    assert list(archive.kept) == [report_uid("r1")]


@needs("storescp", package="dcmtk")
def test_dcmtk_takes_it_and_writes_it_down(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = shutil.which("storescp")
    assert program is not None
    server = subprocess.Popen([program, "-pm", "-od", str(tmp_path), "-aet", "ARCHIVE", str(port)])
    try:
        until = time.monotonic() + 30
        while True:
            try:
                sink_to(port).send(EVENT, "r1")
                break
            except Unavailable:
                assert time.monotonic() < until
                time.sleep(0.05)
    finally:
        server.terminate()
        server.wait(30)
    (file,) = tmp_path.iterdir()
    read = read_back(file.read_bytes())
    assert (read.SOPInstanceUID, read.AlarmDecision) == (report_uid("r1"), "ALARM")
    assert read.AlarmDecisionTime == AT.strftime("%Y%m%d%H%M%S.%f+0000")
    assert read.ThreatSequence[0].PTORepresentationSequence[0].ThreatROIVoxelSequence[0].ThreatROIBase == [
        2105,
        400,
        0,
    ]
