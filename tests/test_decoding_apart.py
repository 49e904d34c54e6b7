"""The service and its commands decode in processes of their own, and outlive what happens there."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tallyscan.__main__ import main
from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.pool_process import Allowance
from tallyscan.bootstrap import Store, open_reader, open_store, worker_of
from tallyscan.errors import Unavailable
from tallyscan.pipeline import Reader
from tallyscan.reading import reading_to_dict
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.risk_record import risk_record
from tests.acquire import misbehaving
from tests.e2e.serving import ServiceProcess, wait_until
from tests.sample_images import container_tiff, declaration_json, scan_files, sidecar_json

PATIENT = Allowance(memory_bytes=2_000_000_000, seconds=60, seconds_per_megabyte=1)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


def named(name: str) -> ScanFiles:
    return ScanFiles((ScanPart(name, container_tiff()),), sidecar_json())


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for thread in threads for child in (thread / "children").read_text().split()}


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_reading_is_the_same_wherever_the_files_are_decoded(settings: Settings, reader: Reader) -> None:
    files = scan_files(declaration=declaration_json())
    with open_reader(settings) as apart:
        readings = [reading_to_dict(reader.read(files, name="a").reading) for reader in (reader, apart)]
    for reading in readings:
        del reading["seconds"]
    assert readings[0] == readings[1]


def test_a_file_that_crashes_its_decoder_is_rejected_and_the_next_one_read(
    settings: Settings, store: Store, reader: Reader
) -> None:
    with DecodePool(1, PATIENT, misbehaving.decode) as pool:
        worker = worker_of(store, replace(reader, decode=pool.decode), settings)
        bad = store.intake.accept_scan(named("segfault"), origin="test", consignment="C-1")
        good = store.intake.accept_scan(scan_files(container_tiff(seed=1)), origin="test")
        while worker.read_next():
            pass
    with store.database.read() as session:
        rejected, read = (queries.scan(session, scan.scan_id) for scan in (bad, good))
        record = risk_record(session, "C-1")
    assert (rejected.state, read.state) == ("rejected", "read")
    assert (rejected.reason or "").startswith("corrupt_scan: segfault: the decoder crashed")
    assert record.risk.lane == "not_assessed"


def test_a_defect_in_a_decoder_makes_a_dead_letter_that_shows_where(
    settings: Settings, store: Store, reader: Reader
) -> None:
    with DecodePool(1, PATIENT, misbehaving.decode) as pool:
        accepted = store.intake.accept_scan(named("defect"), origin="test")
        worker_of(store, replace(reader, decode=pool.decode), settings).read_next()
    with store.database.read() as session:
        view = queries.scan(session, accepted.scan_id)
    assert view.state == "dead"
    assert "misbehaving.py" in (view.traceback or "")


def test_a_scan_in_the_hands_of_a_service_that_ends_waits_for_the_next_start(
    settings: Settings, store: Store, reader: Reader
) -> None:
    with DecodePool(1, PATIENT) as pool:
        pass
    accepted = store.intake.accept_scan(scan_files(), origin="test")
    worker_of(store, replace(reader, decode=pool.decode), settings).read_next()
    with store.database.read() as session:
        view = queries.scan(session, accepted.scan_id)
    assert (view.state, view.reason) == (
        "received",
        "The service is ending. The scan is read at the next start.",
    )


def test_settings_limit_what_decoding_may_take(settings: Settings) -> None:
    small = settings.model_copy(update={"decode_memory_megabytes": 64, "decode_processes": 1})
    with open_reader(small) as reader:
        large = scan_files(container_tiff(width=8000, height=1500))
        reading = reader.read(large, name="large").reading
    assert reading.status == "rejected"
    assert (reading.reason or "").startswith("too_large: ")
    assert "64 MB" in (reading.reason or "")


def test_a_process_that_cannot_be_started_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(Unavailable, match="does not start"), open_reader(settings):
        pass


def test_the_command_ends_its_processes(
    tiny_models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(tiny_models_dir))
    (tmp_path / "scan.tif").write_bytes(container_tiff())
    before = children(os.getpid())
    assert main(["read", str(tmp_path / "scan.tif"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "read"
    assert children(os.getpid()) <= before


@pytest.mark.parametrize("how", ["end", "kill"])
def test_the_service_leaves_no_process_behind(tiny_models_dir: Path, tmp_path: Path, how: str) -> None:
    service = ServiceProcess(tiny_models_dir, tmp_path / "data")
    decoding = children(service.process.pid)
    assert len(decoding) == Settings().decode_processes
    for pid in decoding:
        os.kill(pid, signal.SIGKILL)  # the service goes on without them
    form = [("image", ("scan.tif", container_tiff())), ("sidecar", ("scan.json", sidecar_json()))]
    assert service.client.post("/v1/scans?wait=60", files=form).json()["status"] == "read"
    decoding = children(service.process.pid)
    assert any(runs(pid) for pid in decoding)
    if how == "end":
        assert service.end() == 0
    else:
        service.kill()
    for pid in decoding:
        wait_until(lambda pid=pid: not runs(pid))
