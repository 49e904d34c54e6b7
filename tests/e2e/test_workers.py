"""`tallyscan worker` as a process that is killed, or asked to end, in the middle of a reading."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from tallyscan.bootstrap import Store, open_store, working
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.tables import ReadingRow, RiskRecordRow, ScanRow, ScanState
from tests.e2e.serving import WorkerProcess, wait_until
from tests.machines import machine
from tests.observe.watching import values
from tests.postgresql import Postgresql, needs_postgresql
from tests.sample_images import container_tiff, scan_files

pytestmark = needs_postgresql()

TRIALS = 2


@pytest.fixture
def here(settings: Settings, postgresql: Postgresql, tmp_path: Path) -> Iterator[Settings]:
    with postgresql.database() as url:
        yield machine(settings, tmp_path / "shared", "here", url, worker_heartbeat_seconds=0.5)


def large(seed: int) -> bytes:
    """A second to read, so that what happens to its worker falls into the reading."""
    return container_tiff(seed=seed, width=5_000, height=500)


def state_of(store: Store, scan: str) -> tuple[ScanState, int]:
    with store.database.read() as session:
        row = session.get_one(ScanRow, scan)
        return row.state, row.attempts


def test_a_worker_that_is_killed_in_a_reading_is_followed_by_another_and_the_scan_is_read_once(
    here: Settings, reader: Reader
) -> None:
    with open_store(here) as store:
        for trial in range(TRIALS):
            dies = WorkerProcess(here)
            files = scan_files(large(trial))
            scan = store.intake.accept_scan(files, origin="test", consignment=f"C-{trial}").scan_id
            wait_until(lambda scan=scan: state_of(store, scan)[0] == "reading")
            dies.kill()
            assert state_of(store, scan) == ("reading", 1)
            with working(here, store, reader):
                wait_until(lambda scan=scan: state_of(store, scan)[0] == "read")
            with store.database.read() as session:
                readings = select(ReadingRow.id).where(ReadingRow.scan_id == scan)
                steps = select(RiskRecordRow.sequence).where(RiskRecordRow.scan_id == scan)
                assert len(session.execute(readings).all()) == 1
                assert len(session.execute(steps).all()) == 1


def test_a_worker_that_is_asked_to_end_brings_its_reading_to_the_end(here: Settings) -> None:
    with open_store(here) as store:
        ends = WorkerProcess(here)
        scan = store.intake.accept_scan(scan_files(large(9)), origin="test").scan_id
        wait_until(lambda: state_of(store, scan)[0] == "reading")
        assert ends.end() == 0
        assert state_of(store, scan)[0] == "read"


def test_a_worker_is_seen_from_outside_and_says_so_when_it_cannot_work(here: Settings) -> None:
    watched = here.model_copy(update={"metrics_port": 0, "disk_least_free_megabytes": 0.0})
    with open_store(here) as store:
        worker = WorkerProcess(watched)
        with httpx.Client(base_url=worker.metrics_url(), timeout=30) as client:
            store.intake.accept_scan(scan_files(), origin="test")

            def value(name: str, /, **labels: str) -> float | None:
                return values(client.get("/metrics").text).get((name, tuple(labels.items())))

            wait_until(lambda: value("tallyscan_reading_seconds_count") == 1)
            assert value("tallyscan_loop_up", loop="worker") == 1
            assert value("tallyscan_live_watchers") == 0
            assert client.get("/health/ready").json() == {"status": "ok", "wrong": {}}
            blobs = (here.data_dir / "blobs").resolve()
            blobs.rename(blobs.with_name("away"))
            wait_until(lambda: client.get("/health/ready").status_code == 503)
            assert client.get("/health/ready").json()["wrong"].keys() == {"blobs"}
            assert client.get("/health/live").status_code == 200
        assert worker.end() == 0
