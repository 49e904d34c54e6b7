"""How much waits, in which place a scan is, and how fast it goes; on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.tables import ScanRow
from tallyscan.store.waiting import let_wait
from tallyscan.store.waiting_scans import is_high_risk, place_of, waiting
from tallyscan.store.work_queue import DatabaseQueue
from tests.store.builders import reading_of, scan_files


@pytest.fixture
def intake(database: Database, tmp_path: Path) -> Intake:
    return Intake(database, FolderBlobs(tmp_path / "blobs"), joins=Joins(timedelta(days=1)))


def read_one(database: Database, queue: DatabaseQueue, *, score: float = 0.4) -> str:
    claim = queue.claim()
    assert claim is not None
    with database.write() as session:
        save_reading(session, claim, reading_of(claim.scan_id, score=score), state="read", shown=Shown())
    return claim.scan_id


def test_what_waits_is_counted_in_scans_and_bytes_and_has_its_place(
    database: Database, intake: Intake
) -> None:
    ids = [intake.accept_scan(scan_files(b"x" * size), origin="test").scan_id for size in (10, 20, 30, 40)]
    queue = DatabaseQueue(database, lease_seconds=60, max_attempts=3)
    read_one(database, queue)
    with database.read() as session:
        now = waiting(session, datetime.now(UTC))
        assert (now.scans, now.bytes, now.readings_per_second) == (3, 90, None)
        assert [place_of(session, each) for each in ids] == [None, 1, 2, 3]
    assert queue.claim() is not None
    with database.read() as session:
        assert waiting(session, datetime.now(UTC)).scans == 3  # one of them is being read
        assert [place_of(session, each) for each in ids] == [None, None, 1, 2]


def test_what_is_read_again_waits_behind_and_takes_nobodys_place(database: Database, intake: Intake) -> None:
    first = intake.accept_scan(scan_files(b"1"), origin="test").scan_id
    read_one(database, DatabaseQueue(database, lease_seconds=60, max_attempts=3))
    with database.write() as session:
        let_wait(session, session.get_one(ScanRow, first))
    second = intake.accept_scan(scan_files(b"2"), origin="test").scan_id
    with database.read() as session:
        assert waiting(session, datetime.now(UTC)).scans == 1
        assert (place_of(session, second), place_of(session, first)) == (1, 2)


def test_the_rate_is_that_of_the_time_in_which_something_waited(database: Database, intake: Intake) -> None:
    for number in range(5):
        intake.accept_scan(scan_files(bytes([number])), origin="test")
    queue = DatabaseQueue(database, lease_seconds=60, max_attempts=3)
    last = sorted(read_one(database, queue) for _ in range(3))
    assert len(last) == 3
    with database.write() as session:
        oldest = (
            session.query(ScanRow).where(ScanRow.state == "received").order_by(ScanRow.received_at).first()
        )
        assert oldest is not None
        now = datetime.now(UTC)
        oldest.received_at = now - timedelta(seconds=30)
    with database.read() as session:
        assert waiting(session, now).readings_per_second == pytest.approx(0.1)


def test_risk_makes_a_consignment_one_of_high_risk(database: Database, intake: Intake) -> None:
    for name in ("red", "usual"):
        intake.accept_scan(scan_files(name.encode()), origin="test", consignment=name)
    queue = DatabaseQueue(database, lease_seconds=60, max_attempts=3)
    read_one(database, queue, score=0.95)
    read_one(database, queue, score=0.02)
    with database.read() as session:
        assert [is_high_risk(session, each) for each in ("red", "usual", "unknown")] == [True, False, False]
