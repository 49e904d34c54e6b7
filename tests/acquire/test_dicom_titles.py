"""Calling AE titles that are bound to client certificates, over real TLS."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tallyscan.acquire.dicom_tls import TlsFiles, server_context
from tallyscan.acquire.receive_cstore import Network
from tallyscan.bootstrap import Store, open_store
from tallyscan.settings import Settings
from tallyscan.tls import fingerprint_of
from tests.acquire.dicom_network import VERIFICATION, arrivals_of, associated, dx, listening, scans, send


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificates of an authority: of the service, and of two scanners."""
    made, authority = tmp_path_factory.mktemp("titles"), trustme.CA()
    authority.cert_pem.write_to_path(made / "authority.crt")
    for name in ("localhost", "gate-1.example", "gate-2.example"):
        issued = authority.issue_cert(name)
        issued.cert_chain_pems[0].write_to_path(made / f"{name}.crt")
        issued.private_key_pem.write_to_path(made / f"{name}.key")
    return made


@pytest.fixture
def port(folder: Path, store: Store, tmp_path: Path) -> Iterator[int]:
    """GATE1 shows a certificate of its name, GATE2 one certificate alone."""
    files = TlsFiles(folder / "localhost.crt", folder / "localhost.key", folder / "authority.crt")
    network = Network(
        tls=server_context(files),
        certificates={"GATE1": "gate-1.example", "GATE2": fingerprint_of(folder / "gate-2.example.crt")},
    )
    with listening(arrivals_of(store, tmp_path), tmp_path, network) as listener:
        yield listener.port


def of(folder: Path, scanner: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=folder / "authority.crt")
    context.load_cert_chain(folder / f"{scanner}.crt", folder / f"{scanner}.key")
    return context


def test_a_scanner_calls_under_the_title_of_its_certificate(port: int, folder: Path, store: Store) -> None:
    (answer,) = send(port, dx(), calling="GATE1", tls=of(folder, "gate-1.example"))
    assert answer.Status == 0
    assert len(scans(store)) == 1
    with associated(port, [VERIFICATION], calling="GATE2", tls=of(folder, "gate-2.example")) as gate_2:
        assert gate_2.send_c_echo().Status == 0


@pytest.mark.parametrize(
    ("calling", "scanner"),
    [("GATE1", "gate-2.example"), ("GATE2", "gate-1.example"), ("GATE9", "gate-1.example")],
)
def test_a_title_of_another_s_certificate_is_refused_for_good(
    port: int, folder: Path, calling: str, scanner: str
) -> None:
    with associated(port, [VERIFICATION], calling=calling, tls=of(folder, scanner)) as refused:
        assert refused.is_rejected
    with associated(port, [VERIFICATION], calling="GATE1", tls=of(folder, "gate-1.example")) as taken:
        assert taken.is_established
