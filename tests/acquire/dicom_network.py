"""Both ends of the DICOM network for tests: the listener over a real store, and a sender."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import trustme
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association
from sqlalchemy import select

from tallyscan.acquire.dicom_arrivals import Arrivals
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.receive_cstore import TRANSFER_SYNTAXES, DicomListener, Network
from tallyscan.admission import AdmissionControl
from tallyscan.bootstrap import Store
from tallyscan.pressure import Capacity
from tallyscan.receivers import DicomKeeps
from tallyscan.store import queries
from tallyscan.store.readings import load_files
from tallyscan.store.tables import ScanRow
from tests.acquire.dicos_files import EXPLICIT, dicos, part_10

DX = "1.2.840.10008.5.1.4.1.1.501.2.2"
FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.501.2.1"
TDR = "1.2.840.10008.5.1.4.1.1.501.3"
CT = "1.2.840.10008.5.1.4.1.1.501.1"
VERIFICATION = "1.2.840.10008.1.1"


def image(seed: int = 0, height: int = 40, width: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 60_000, (height, width)).astype(np.uint16)


def dx(seed: int = 0, **more: object) -> bytes:
    """A DX object of its own, whose UID is as it should be."""
    return dicos(image(seed), **{"SOPInstanceUID": f"2.25.{seed + 1}", "StudyInstanceUID": "2.25.7", **more})


def energy(which: str, seed: int = 0, **more: object) -> bytes:
    uid = f"2.25.{10 * seed + (1 if which == 'HIGH' else 2)}"
    return dx(seed if which == "HIGH" else seed + 1000, SOPInstanceUID=uid,
              ImageType=["ORIGINAL", "PRIMARY", "VOLUME", f"{which} ENERGY"], **more)  # fmt: skip


def report(**more: object) -> bytes:
    """A threat detection report."""
    data_set = Dataset()
    data_set.SOPClassUID, data_set.SOPInstanceUID, data_set.StudyInstanceUID = TDR, "2.25.99", "2.25.7"
    data_set.Modality, data_set.TDRType, data_set.AlarmDecision = "TDR", "MACHINE", "CLEAR"
    for keyword, value in more.items():
        setattr(data_set, keyword, value)
    return part_10(data_set, EXPLICIT)


def arrivals_of(
    store: Store, folder: Path, *, pair_seconds: float = 60.0, limits: Limits | None = None
) -> Arrivals:
    return Arrivals(
        DicomKeeps(
            store.database,
            store.intake,
            AdmissionControl(store.database, (folder,), Capacity(disk_reserve_bytes=0)),
            lambda: None,
        ),
        waiting_dir=folder / "waiting",
        limits=limits or Limits(),
        pair_seconds=pair_seconds,
    )


@contextmanager
def listening(
    arrivals: Arrivals, folder: Path, network: Network | None = None, *, max_bytes: int = 10_000_000
) -> Iterator[DicomListener]:
    listener = DicomListener(network or Network(), arrivals, folder / "spool", max_bytes=max_bytes)
    stop = threading.Event()
    thread = threading.Thread(target=listener.serve, args=(stop,))
    thread.start()
    try:
        yield listener
    finally:
        stop.set()
        thread.join()
        listener.close()


@contextmanager
def associated(
    port: int,
    classes: Sequence[str],
    *,
    tls: ssl.SSLContext | None = None,
    calling: str = "GATE1",
    syntaxes: Sequence[str] = TRANSFER_SYNTAXES,
) -> Iterator[Association]:
    entity = AE(calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 30
    for uid in classes:
        for syntax in syntaxes if uid != VERIFICATION else syntaxes[:1]:
            entity.add_requested_context(uid, syntax)
    sockets: list[socket.socket] = []
    association = entity.associate(
        "127.0.0.1",
        port,
        tls_args=(tls, "localhost") if tls else None,
        evt_handlers=[(evt.EVT_CONN_OPEN, lambda event: sockets.append(event.assoc.dul.socket.socket))],
    )
    try:
        yield association
    finally:
        if association.is_established:
            association.release()
        for each in sockets:  # pynetdicom leaves one open whose other end was closed first
            each.close()


def send_data_set(port: int, data: bytes | None, *, of_class: str = DX) -> Dataset:
    """The answer to C-STORE of a data set that is sent as it is, or of none, under the class and the UID `2.25.1`."""
    named = pydicom.dcmread(BytesIO(dx(SOPClassUID=of_class)))
    with associated(port, [of_class], syntaxes=[EXPLICIT]) as association:
        real = association.dimse.send_msg

        def send_this(request: Any, context_id: int) -> None:
            request.DataSet = None if data is None else BytesIO(data)
            real(request, context_id)

        association.dimse.send_msg = send_this  # type: ignore[method-assign]
        return association.send_c_store(named)


def send(
    port: int, *files: bytes, calling: str = "GATE1", tls: ssl.SSLContext | None = None
) -> list[Dataset]:
    """The answers to C-STORE of these files, over one association."""
    objects = [pydicom.dcmread(BytesIO(data), force=True) for data in files]
    classes = sorted({str(each.SOPClassUID) for each in objects})
    syntaxes = sorted({str(each.file_meta.TransferSyntaxUID) for each in objects})
    with associated(port, classes, calling=calling, tls=tls, syntaxes=syntaxes) as association:
        assert association.is_established
        return [association.send_c_store(each) for each in objects]


def scans(store: Store) -> list[list[bytes]]:
    """The images of each scan in the store, the oldest first."""
    with store.database.read() as session:
        ids = session.execute(select(ScanRow.id).order_by(ScanRow.received_at)).scalars().all()
        return [[part.data for part in load_files(session, store.blobs, each).images] for each in ids]


def quarantine(store: Store) -> tuple[queries.QuarantineView, ...]:
    with store.database.read() as session:
        return queries.quarantine(session)


def data_set(file: bytes) -> bytes:
    """Without preamble and file meta information."""
    at = 132
    while file[at : at + 2] == b"\2\0":
        long = file[at + 4 : at + 6] == b"OB"
        (length,) = struct.unpack_from("<I" if long else "<H", file, at + (8 if long else 6))
        at += (12 if long else 8) + length
    return file[at:]


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


@dataclass(frozen=True)
class Certificates:
    """An authority, a server's and a client's certificate of it, and a client's of nobody's."""

    folder: Path

    def __post_init__(self) -> None:
        authority, other = trustme.CA(), trustme.CA()
        authority.cert_pem.write_to_path(self.authority)
        for name, issuer in (("server", authority), ("client", authority), ("stranger", other)):
            issued = issuer.issue_cert("localhost", "127.0.0.1")
            issued.cert_chain_pems[0].write_to_path(self.folder / f"{name}.crt")
            issued.private_key_pem.write_to_path(self.folder / f"{name}.key")

    @property
    def authority(self) -> Path:
        return self.folder / "authority.crt"

    def pair(self, name: str) -> tuple[Path, Path]:
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def client_context(self, name: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        if name is not None:
            context.load_cert_chain(*self.pair(name))
        return context
