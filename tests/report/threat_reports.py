"""Events of invented readings, threat detection reports as plain pydicom reads them, and who receives them."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from pydicom import config, dcmread
from pydicom.dataset import Dataset, FileDataset
from pynetdicom import AE, evt, register_uid
from pynetdicom.service_class import StorageServiceClass

from tallyscan.finding import CargoUnit, Empty
from tallyscan.reading import Reading
from tallyscan.report.dicos_report import REPORT_CLASS, dicos_report
from tallyscan.report.machine_report import machine_report
from tallyscan.report.risk_update import risk_update
from tallyscan.report.threat_report import ThreatReport
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.sidecar import Sidecar
from tallyscan.verdict import Verdict
from tests.reconcile.builders import CLEAR
from tests.report.builders import UNIT_BOX, made_reading

AT = datetime(2026, 2, 1, 10, 0, 2, tzinfo=UTC)
DX = "1.2.840.10008.5.1.4.1.1.501.2.2"
MADE_UP_UID = "0838927438.02980.077.1"
CONTAINER = "CSQU3054383"


def as_dicos(instance: str = MADE_UP_UID) -> dict[str, str]:
    return {
        "StudyInstanceUID": "2.25.7",
        "SOPClassUID": DX,
        "SOPInstanceUID": instance,
        "PatientID": CONTAINER,
    }


FROM_DICOS = Sidecar(
    device="gate-1",
    site="NLRTM",
    acquired_at=AT,
    extensions={"dicos": as_dicos(), "dicos_2": as_dicos("2.25.9")},
)
FROM_TIFF = Sidecar(device="gate-1", site="NLRTM", acquired_at=AT)


def event_of(reading: Reading, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "event_id": "b3f1c9de-0000-4000-8000-000000000001",
        "revision": 1,
        "supersedes": None,
        "scan_id": "5a4c7a57-3b1f-4b6e-9d38-3f7f0f6f0c11",
        "reused_from": None,
        "consignment": None,
        "entry": None,
        "at": AT,
        "source": "urn:tallyscan:invented",
        "sidecar": FROM_DICOS,
    }
    return risk_update(reading, **(given | changes))


def clear_reading(**changes: Any) -> Reading:
    """Read, searched, held against its declaration, in order."""
    given: dict[str, Any] = {
        "anomaly": CLEAR,
        "findings": (),
        "containers": (CargoUnit(1, UNIT_BOX, "container", Empty(0.01), None, CONTAINER, None),),
        "verdicts": (Verdict(1, "mass", "agrees", 0.02, "As declared.", {}),),
        "risk": Risk(0.02, "green", (RiskIndicator("XR-ANOMALY", -1.0),)),
    }
    return made_reading(**(given | changes))


def read_back(file: bytes) -> FileDataset:
    """By pydicom as it comes, but for its complaints about the made-up UIDs of scanners."""
    with config.disable_value_validation():
        data_set = dcmread(BytesIO(file))
        data_set.walk(lambda *_: None)  # so that everything is parsed here
    return data_set


def made_report(event: dict[str, Any]) -> ThreatReport:
    return machine_report(event, event["id"])


def report_on(reading: Reading, **changes: Any) -> FileDataset:
    return read_back(dicos_report(made_report(event_of(reading, **changes))))


@dataclass
class Archive:
    """Keeps one object a SOP instance UID, as DICOM archives do, and counts what it was sent.

    `answers` are the statuses that it gives first, before it keeps anything; `says` what STOW-RS answers first in place
    of the list of what was stored.
    """

    kept: dict[str, bytes] = field(default_factory=dict)
    sent: int = 0
    answers: list[int] = field(default_factory=list)
    says: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    calling: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, file: bytes) -> int:
        with self.lock:
            self.sent += 1
            if self.answers:
                return self.answers.pop(0)
            self.kept.setdefault(read_back(file).SOPInstanceUID, file)
            return 0x0000

    @property
    def reports(self) -> list[FileDataset]:
        return [read_back(file) for file in self.kept.values()]


@contextmanager
def dicom_node(archive: Archive, tls: ssl.SSLContext | None = None, title: str = "ARCHIVE") -> Iterator[int]:
    """A C-STORE SCP of pynetdicom on a free port; it insists on being called by its title."""

    def store(event: Any) -> Dataset | int:
        archive.calling.append(event.assoc.requestor.ae_title)
        status = archive.take(event.encoded_dataset())
        if status == 0x0000:
            return status
        answer = Dataset()
        answer.Status, answer.ErrorComment = status, "No room"
        return answer

    register_uid(REPORT_CLASS, "ThreatDetectionReportStorage", StorageServiceClass)
    entity = AE(title)
    entity.require_called_aet = True
    entity.add_supported_context(REPORT_CLASS)
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, ssl_context=tls, evt_handlers=[(evt.EVT_C_STORE, store)]
    )
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def stow_service(archive: Archive, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A DICOMweb service on a free port, whose multipart body the standard library takes apart."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            archive.headers.append(dict(self.headers))
            body = self.rfile.read(int(self.headers["Content-Length"]))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            message = BytesParser(policy=HTTP).parsebytes(head + body)
            objects = [part.get_payload(decode=True) for part in message.iter_parts()]
            statuses = [archive.take(file) for file in objects]
            failed = [
                {"00081197": {"vr": "US", "Value": [status]}} for status in statuses if 0 < status < 0x10000
            ]
            stored = [
                {"00081155": {"vr": "UI", "Value": [read_back(file).SOPInstanceUID]}}
                for file, status in zip(objects, statuses, strict=True)
                if status == 0
            ]
            sequences = {"00081198": failed, "00081199": stored}
            document = {tag: {"vr": "SQ", "Value": items} for tag, items in sequences.items() if items}
            http = next(
                (status - 0x10000 for status in statuses if status >= 0x10000), 409 if failed else 200
            )
            answer = archive.says.pop(0) if archive.says else json.dumps(document).encode()
            self.send_response(http if self.path == "/dicom-web/studies" else 404)
            self.send_header("Content-Type", "application/dicom+json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    scheme, port = "http" if tls is None else "https", server.server_address[1]
    try:
        yield f"{scheme}://127.0.0.1:{port}/dicom-web"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
