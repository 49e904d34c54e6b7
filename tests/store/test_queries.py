import pytest

from tallyscan.errors import NotFound
from tallyscan.store import queries
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.risk_record import risk_record
from tallyscan.store.work_queue import DatabaseQueue
from tests.store.builders import scan_files


def test_scans_come_newest_first_in_pages(intake: Intake, database: Database) -> None:
    ids = [intake.accept_scan(scan_files(b"%d" % number), origin="http").scan_id for number in range(5)]
    with database.read() as session:
        first = queries.scans(session, limit=3)
        rest = queries.scans(session, limit=3, before=first[-1].id)
    assert [view.id for view in (*first, *rest)] == ids[::-1]


def test_scans_are_listed_by_state(intake: Intake, queue: DatabaseQueue, database: Database) -> None:
    first = intake.accept_scan(scan_files(b"1"), origin="http").scan_id
    second = intake.accept_scan(scan_files(b"2"), origin="http").scan_id
    queue.claim()
    with database.read() as session:
        assert [view.id for view in queries.scans(session, state="reading")] == [first]
        assert [view.id for view in queries.scans(session, state="received")] == [second]
        assert queries.count_by_state(session) == {"reading": 1, "received": 1}


def test_what_is_not_there_is_not_found(database: Database) -> None:
    with database.read() as session:
        with pytest.raises(NotFound, match="no scan 'x'"):
            queries.scan(session, "x")
        with pytest.raises(NotFound):
            queries.scans(session, before="x")
        with pytest.raises(NotFound, match="no consignment 'x'"):
            risk_record(session, "x")


def test_a_file_of_a_scan_is_known_by_its_bytes(intake: Intake, database: Database) -> None:
    files = scan_files(b"1")
    with database.read() as session:
        assert not queries.holds_file(session, files.sha256)
    intake.accept_scan(files, origin="http")
    with database.read() as session:
        assert queries.holds_file(session, files.sha256)
