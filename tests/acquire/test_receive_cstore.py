import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pynetdicom.pdu_primitives import P_DATA
from sqlalchemy import select

from tallyscan.acquire import cstore_server, cstore_spool, dicos_pixels, receive_cstore
from tallyscan.acquire.dicom_tls import TlsFiles, check_plain, server_context, tls_files
from tallyscan.acquire.receive_cstore import TRANSFER_SYNTAXES, Network
from tallyscan.bootstrap import Store, open_store
from tallyscan.errors import Conflict, TallyscanError
from tallyscan.settings import Settings
from tallyscan.store.tables import ScanRow
from tests.acquire.dicom_network import (
    CT,
    DX,
    FOR_PRESENTATION,
    TDR,
    VERIFICATION,
    Certificates,
    arrivals_of,
    associated,
    data_set,
    dx,
    energy,
    image,
    listening,
    quarantine,
    report,
    scans,
    send,
    send_data_set,
    wait_until,
)
from tests.acquire.dicos_files import COMPRESSED, DEFLATED, EXPLICIT, IMPLICIT, MADE_UP_UID, V03_CHILD, dicos
from tests.needed import needs


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def port(store: Store, tmp_path: Path) -> Iterator[int]:
    with listening(arrivals_of(store, tmp_path), tmp_path) as listener:
        yield listener.port


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def tls(certificates: Certificates) -> Network:
    return Network(tls=server_context(TlsFiles(*certificates.pair("server"), certificates.authority)))


def left_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_echo_is_answered(port: int) -> None:
    with associated(port, [VERIFICATION]) as association:
        assert association.send_c_echo().Status == 0


def test_an_object_is_a_scan_whose_data_set_is_kept_byte_by_byte(
    port: int, store: Store, tmp_path: Path
) -> None:
    file = dx()
    (answer,) = send(port, file)
    assert answer.Status == 0
    ((kept,),) = scans(store)
    assert data_set(kept) == data_set(file)
    meta = pydicom.dcmread(BytesIO(kept)).file_meta
    assert (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) == (DX, "2.25.1")
    wait_until(lambda: list((tmp_path / "spool").iterdir()) == [])


def test_the_same_object_again_is_answered_as_before_and_kept_once(port: int, store: Store) -> None:
    assert [answer.Status for answer in send(port, dx(), dx())] == [0, 0]
    assert [answer.Status for answer in send(port, dx())] == [0]
    assert len(scans(store)) == 1


def test_another_object_under_the_same_uid_is_another_scan(port: int, store: Store) -> None:
    assert [a.Status for a in send(port, dx(1), dx(2, SOPInstanceUID="2.25.2"))] == [0, 0]
    assert len(scans(store)) == 2


@pytest.mark.parametrize("syntax", [IMPLICIT, DEFLATED, *COMPRESSED.values()])
def test_every_transfer_syntax_that_is_read_is_taken(port: int, store: Store, syntax: str) -> None:
    file = dicos(image(), syntax)
    assert [answer.Status for answer in send(port, file)] == [0]
    ((kept,),) = scans(store)
    assert pydicom.dcmread(BytesIO(kept)).file_meta.TransferSyntaxUID == syntax
    assert pydicom.dcmread(BytesIO(kept)).PixelData == pydicom.dcmread(BytesIO(file)).PixelData


def test_what_is_proposed_is_what_the_decoder_reads() -> None:
    assert set(TRANSFER_SYNTAXES) == dicos_pixels._NATIVE | set(dicos_pixels._DECODERS)


@pytest.mark.parametrize("of_class", [V03_CHILD, "1.2.840.10008.5.1.4.1.1.501.2.9.17"])
def test_classes_are_matched_by_their_root_and_uids_are_opaque(
    port: int, store: Store, of_class: str
) -> None:
    file = dx(SOPClassUID=of_class, SOPInstanceUID=MADE_UP_UID)
    assert [answer.Status for answer in send(port, file)] == [0]
    assert len(scans(store)) == 1


def test_classes_that_are_none_of_ours_are_not_accepted(port: int) -> None:
    computed_tomography, of_ours = "1.2.840.10008.5.1.4.1.1.2", CT
    with associated(port, [computed_tomography, of_ours]) as association:
        assert {str(context.abstract_syntax) for context in association.accepted_contexts} == {of_ours}


def test_two_energies_that_arrive_one_after_the_other_are_one_scan(port: int, store: Store) -> None:
    low, high = energy("LOW"), energy("HIGH")
    assert [send(port, file)[0].Status for file in (low, high)] == [0, 0]
    (parts,) = scans(store)
    assert [data_set(part) for part in parts] == [data_set(high), data_set(low)]


def test_a_report_is_kept_and_listed_once(port: int, store: Store) -> None:
    assert [answer.Status for answer in send(port, report(), report())] == [0, 0]
    (kept,) = quarantine(store)
    assert (kept.kind, kept.origin, kept.kept_at) == ("report", "dicom", None)
    assert kept.sha256 is not None
    assert data_set(store.blobs.get(kept.sha256)) == data_set(report())
    assert scans(store) == []


def test_what_cannot_be_used_is_refused_and_its_bytes_are_kept_once(port: int, store: Store) -> None:
    whole, volume = data_set(dx()), dx(2, SOPClassUID=CT)
    answers = [send_data_set(port, whole[:-100]), *send(port, volume, volume)]
    assert [f"{answer.Status:04X}" for answer in answers] == ["C000", "0122", "0122"]
    assert all(0 < len(answer.ErrorComment) <= 64 for answer in answers)
    kept = {each.code: each for each in quarantine(store)}
    assert {code: (each.kind, each.origin) for code, each in kept.items()} == {
        "unsupported_format": ("image", "dicom"),
        "corrupt_scan": ("image", "dicom"),
    }
    assert data_set(store.blobs.get(kept["corrupt_scan"].sha256 or "")) == whole[:-100]
    assert data_set(store.blobs.get(kept["unsupported_format"].sha256 or "")) == data_set(volume)
    assert len(quarantine(store)) == 2
    assert scans(store) == []


def test_an_object_without_a_data_set_is_refused(port: int, store: Store) -> None:
    assert f"{send_data_set(port, None).Status:04X}" == "C000"
    assert scans(store) == []


def test_a_data_set_of_another_object_than_was_announced_is_refused(port: int, store: Store) -> None:
    assert f"{send_data_set(port, data_set(dx()), of_class=TDR).Status:04X}" == "A900"
    assert [kept.code for kept in quarantine(store)] == ["corrupt_scan"]


def test_an_object_that_is_too_large_is_refused_and_the_next_one_taken(store: Store, tmp_path: Path) -> None:
    with listening(arrivals_of(store, tmp_path), tmp_path, max_bytes=5_000) as listener:
        large, small = dicos(image(1, 100, 100)), dicos(image(2, 10, 10))
        answers = send(listener.port, large, small)
        assert [f"{answer.Status:04X}" for answer in answers] == ["A701", "0000"]
    assert len(scans(store)) == 1
    assert [(kept.code, kept.origin, kept.sha256) for kept in quarantine(store)] == [
        ("too_large", "dicom", None)
    ]
    assert left_in(tmp_path / "spool") == []


def test_a_full_disk_is_told_and_the_object_is_taken_when_there_is_room(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(arrivals_of(store, tmp_path), tmp_path) as listener:
        with monkeypatch.context() as patch:

            def full(*_: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(cstore_spool.Spool, "_opened", full)
            (answer,) = send(listener.port, dx())
            assert (f"{answer.Status:04X}", "No space left" in answer.ErrorComment) == ("A700", True)
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            (answer,) = send(listener.port, dx())
            assert f"{answer.Status:04X}" == "A700"
        assert scans(store) == []
        assert [each.Status for each in send(listener.port, dx())] == [0]
    assert len(scans(store)) == 1


def test_an_object_goes_to_disk_while_it_arrives_and_half_of_one_is_thrown_away(
    port: int, tmp_path: Path, store: Store
) -> None:
    sent = pydicom.dcmread(BytesIO(dicos(image(1, 1000, 1000))))
    spool, cut = tmp_path / "spool", threading.Event()
    with associated(port, [DX], syntaxes=[EXPLICIT]) as association:
        real, count = association.dul.send_pdu, iter(range(100))

        def stop_half_way(primitive: Any) -> None:
            if next(count) >= 10:
                cut.wait(30)
            real(primitive)

        association.dul.send_pdu = stop_half_way  # type: ignore[method-assign]
        sender = threading.Thread(target=association.send_c_store, args=(sent,))
        sender.start()
        wait_until(lambda: any(1_000_000 < path.stat().st_size < 2_000_000 for path in left_in(spool)))
        association.dul.socket.socket.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
        wait_until(lambda: list(spool.iterdir()) == [])
        cut.set()
        sender.join()
    assert scans(store) == []
    assert quarantine(store) == ()
    assert [answer.Status for answer in send(port, dx())] == [0]


def test_what_is_no_dimse_message_ends_the_association(port: int, tmp_path: Path) -> None:
    unknown_command = struct.pack("<HHIH", 0, 0x0100, 2, 0x7777) + struct.pack("<HHIH", 0, 0x0800, 2, 0x0101)
    with associated(port, [VERIFICATION]) as association:
        message = P_DATA()
        (context,) = association.accepted_contexts
        message.presentation_data_value_list.append((context.context_id, b"\3" + unknown_command))
        association.dul.send_pdu(message)
        wait_until(lambda: association.is_aborted)
    wait_until(lambda: list((tmp_path / "spool").iterdir()) == [])


def test_a_port_that_is_probed_stays_open_for_others(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_cstore, "_REQUEST_SECONDS", 1000.0)
    network = Network(max_associations=1, idle_seconds=1000)
    with listening(arrivals_of(store, tmp_path), tmp_path, network) as listener:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as probe:
                probe.shutdown(socket.SHUT_WR)
                assert probe.recv(1) == b""
        wait_until(lambda: not listener._server.active_associations)
        assert [answer.Status for answer in send(listener.port, dx())] == [0]


def test_more_associations_than_are_allowed_are_rejected_for_the_time_being(
    store: Store, tmp_path: Path
) -> None:
    with (
        listening(arrivals_of(store, tmp_path), tmp_path, Network(max_associations=1)) as listener,
        associated(listener.port, [VERIFICATION]) as first,
    ):
        assert first.is_established
        with associated(listener.port, [VERIFICATION]) as second:
            assert second.is_rejected
            assert second.acceptor.primitive.result == 2  # transient: try again


def test_only_titles_that_are_listed_are_let_in_each_with_its_profile(store: Store, tmp_path: Path) -> None:
    network = Network(scanners={"GATE1": "generic_transmission", "GATE2": None})
    with listening(arrivals_of(store, tmp_path), tmp_path, network) as listener:
        send(listener.port, dx(1), calling="GATE1")
        send(listener.port, dx(2), calling="GATE2")
        with associated(listener.port, [DX], calling="STRANGER") as association:
            assert association.is_rejected
    with store.database.read() as session:
        profiles = session.execute(select(ScanRow.profile).order_by(ScanRow.received_at)).scalars().all()
    assert profiles == ["generic_transmission", None]


def test_a_silent_association_ends(store: Store, tmp_path: Path) -> None:
    with (
        listening(arrivals_of(store, tmp_path), tmp_path, Network(idle_seconds=0.2)) as listener,
        associated(listener.port, [VERIFICATION]) as association,
    ):
        assert association.is_established
        wait_until(lambda: association.is_aborted)


def test_a_pdu_without_end_ends_the_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(struct.pack(">BBL", 1, 0, 0xFFFFFFFF))
        assert raw.recv(1) == b""


def test_a_mutual_tls_association_stores(
    store: Store, tmp_path: Path, tls: Network, certificates: Certificates
) -> None:
    with listening(arrivals_of(store, tmp_path), tmp_path, tls) as listener:
        assert send(listener.port, dx(), tls=certificates.client_context("client"))[0].Status == 0
    assert len(scans(store)) == 1


@pytest.mark.parametrize("who", ["plain", "without certificate", "stranger"])
def test_without_a_certificate_of_the_authority_nobody_is_let_in(
    store: Store, tmp_path: Path, tls: Network, certificates: Certificates, who: str
) -> None:
    context = (
        None if who == "plain" else certificates.client_context("stranger" if who == "stranger" else None)
    )
    with listening(arrivals_of(store, tmp_path), tmp_path, tls) as listener:
        with associated(listener.port, [VERIFICATION], tls=context) as association:
            assert not association.is_established
        with associated(listener.port, [VERIFICATION], tls=certificates.client_context("client")) as friend:
            assert friend.is_established


def test_one_that_never_shakes_hands_keeps_nobody_waiting(
    store: Store, tmp_path: Path, tls: Network, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cstore_server, "_HANDSHAKE_SECONDS", 5.0)
    with (
        listening(arrivals_of(store, tmp_path), tmp_path, tls) as listener,
        socket.create_connection(("127.0.0.1", listener.port)),
        associated(listener.port, [VERIFICATION], tls=certificates.client_context("client")) as association,
    ):
        assert association.is_established


def test_an_address_that_is_taken_is_told(port: int, store: Store, tmp_path: Path) -> None:
    arrivals = arrivals_of(store, tmp_path / "other")
    with (
        pytest.raises(Conflict, match="Cannot take DICOM"),
        listening(arrivals, tmp_path, Network(port=port)),
    ):
        pass


def test_what_a_crash_left_of_objects_is_cleared_away(store: Store, tmp_path: Path) -> None:
    (tmp_path / "spool" / "dicom-left").mkdir(parents=True)
    with listening(arrivals_of(store, tmp_path), tmp_path):
        assert list((tmp_path / "spool").iterdir()) == []


def test_certificates_go_together_and_must_be_such(certificates: Certificates, tmp_path: Path) -> None:
    certificate, key = certificates.pair("server")
    assert tls_files(None, None, None) is None
    with pytest.raises(TallyscanError, match="some are set"):
        tls_files(certificate, key, None)
    wrong = tmp_path / "wrong.key"
    wrong.write_text("text")
    with pytest.raises(TallyscanError, match="cannot be loaded"):
        server_context(TlsFiles(certificate, wrong, certificates.authority))
    with pytest.raises(TallyscanError, match="cannot be loaded"):
        server_context(TlsFiles(certificate, key, tmp_path / "none.crt"))
    assert server_context(TlsFiles(certificate, key, certificates.authority)).verify_mode == ssl.CERT_REQUIRED


def test_plain_dicom_is_for_this_machine_alone_unless_it_is_allowed() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        check_plain(host, allowed=False)
    check_plain("0.0.0.0", allowed=True)
    for host in ("0.0.0.0", "::", "10.1.2.3", "scanner-net"):
        with pytest.raises(TallyscanError, match="no proof"):
            check_plain(host, allowed=False)


@needs("echoscu", "storescu", package="dcmtk")
def test_dcmtk_echoes_and_stores_over_tls(
    store: Store, tmp_path: Path, tls: Network, certificates: Certificates
) -> None:
    (tmp_path / "files").mkdir()
    files = [dx(1), dx(2, SOPClassUID=FOR_PRESENTATION), report()]
    for number, file in enumerate(files):
        (tmp_path / "files" / f"{number}.dcm").write_bytes(file)
    key = certificates.pair("client")[::-1]
    secured = ["+tls", *map(str, key), "+cf", str(certificates.authority)]
    with listening(arrivals_of(store, tmp_path), tmp_path, tls) as listener:
        there = ["127.0.0.1", str(listener.port)]
        run("echoscu", *secured, *there)
        run("storescu", "-R", *secured, *there, "+sd", str(tmp_path / "files"))
        refused = subprocess.run(["echoscu", *there], capture_output=True, timeout=60, check=False)
        assert refused.returncode != 0
    kept = [pydicom.dcmread(BytesIO(part)).PixelData for (part,) in scans(store)]
    assert sorted(kept) == sorted(pydicom.dcmread(BytesIO(file)).PixelData for file in files[:2])
    assert [each.kind for each in quarantine(store)] == ["report"]


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
