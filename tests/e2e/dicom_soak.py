"""dcmtk sends many DICOS files over TLS while the service reads them: all arrive once, byte by byte."""

import hashlib
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import select

from tallyscan.store import queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import open_database
from tallyscan.store.tables import ScanFile
from tests.acquire.dicom_network import Certificates, data_set
from tests.acquire.dicos_files import dicos
from tests.e2e.serving import ServiceProcess, wait_until

_AT_A_TIME = 10  # files on the sender's disk, and in one association
_AIR = 60_000


class Soak(NamedTuple):
    """What came of it: `sent_seconds` until all were acknowledged, `read_seconds` until all were read."""

    files: int
    megabytes: float
    sent_seconds: float
    read_seconds: float


def soak(models_dir: Path, folder: Path, *, files: int, megabytes: float) -> Soak:
    """Raises `AssertionError` for the first thing that is not as it must be."""
    for name in ("certificates", "sender"):
        (folder / name).mkdir(parents=True)
    certificates = Certificates(folder / "certificates")
    certificate, key = certificates.pair("server")
    service = ServiceProcess(
        models_dir,
        folder / "data",
        dicom_port=0,
        dicom_certificate=certificate,
        dicom_key=key,
        dicom_client_authorities=certificates.authority,
    )
    try:
        port, started = service.dicom_port(), time.monotonic()
        sent: Counter[str] = Counter()
        for first in range(0, files, _AT_A_TIME):
            numbers = range(first, min(first + _AT_A_TIME, files))
            sent.update(_sent(folder / "sender", certificates, port, numbers, megabytes))
        sent_seconds = time.monotonic() - started
        wait_until(lambda: not _waiting(service), seconds=60 + 20 * files)
        read_seconds = time.monotonic() - started
        assert service.client.get("/healthz").json()["status"] == "ok"
        assert service.end() == 0
    finally:
        if service.process.poll() is None:
            service.kill()
    _check(folder / "data", sent)
    return Soak(files, megabytes, sent_seconds, read_seconds)


def _sent(
    folder: Path, certificates: Certificates, port: int, numbers: range, megabytes: float
) -> Iterator[str]:
    """The hash of each data set that dcmtk has sent, and was told to be stored."""
    for number in numbers:
        file = _file(number, megabytes)
        (folder / f"{number}.dcm").write_bytes(file)
        yield hashlib.sha256(data_set(file)).hexdigest()
    certificate, key = map(str, certificates.pair("client"))
    secured = ["+tls", key, certificate, "+cf", str(certificates.authority)]
    done = subprocess.run(
        ["storescu", "-R", *secured, "127.0.0.1", str(port), "+sd", str(folder)],
        capture_output=True,
        text=True,
        timeout=60 + 10 * len(numbers) * megabytes,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for path in folder.iterdir():
        path.unlink()


def _file(number: int, megabytes: float) -> bytes:
    """A container in open beam, with noise of its own; twice as long for four times the size."""
    height = round((megabytes * 1e6 / 8) ** 0.5)
    width = 4 * height
    counts = np.full((height, width), _AIR, np.uint16)
    counts[height // 6 : -height // 8, width // 8 : -width // 8] = 0.88 * _AIR
    counts[height // 3 : -height // 6, width // 4 : -width // 4] = 0.45 * _AIR
    counts += np.random.default_rng(number).integers(0, 200, counts.shape, np.uint16)
    spacing = round(4000 / height, 3)
    return dicos(counts, SOPInstanceUID=f"2.25.{number + 1}", StudyInstanceUID=f"2.25.{number + 1}",
                 PixelSpacing=[spacing, spacing])  # fmt: skip


def _waiting(service: ServiceProcess) -> bool:
    return any(
        service.client.get("/v1/scans", params={"status": state, "limit": 1}).json()["scans"]
        for state in ("received", "reading")
    )


def _check(data_dir: Path, sent: Counter[str]) -> None:
    database, blobs = open_database(f"sqlite:///{data_dir / 'tallyscan.db'}"), FolderBlobs(data_dir / "blobs")
    with database.read() as session:
        assert queries.count_by_state(session) == {"read": sent.total()}
        assert queries.quarantine(session) == ()
        keys = session.execute(select(ScanFile.blob_key)).scalars().all()
    kept = Counter(hashlib.sha256(data_set(blobs.get(key))).hexdigest() for key in keys)
    database.close()
    assert kept == sent
    assert max(sent.values()) == 1
    assert list((data_dir / "incoming").iterdir()) == []
