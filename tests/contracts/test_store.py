"""What every database must do for the store."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError, StatementError

from tallyscan.store import queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.join_views import join_history
from tallyscan.store.joins import Joins
from tallyscan.store.outbox_rows import OutboxRows, put_event
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import Consignment, OutboxRow, ScanMark
from tallyscan.store.work_queue import Claim, DatabaseQueue
from tests.store.builders import declaration_json, reading_of, scan_files, sidecar_json

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


class StoreContract:
    """Inherited by the tests of each database; `database` gives an empty one."""

    @pytest.fixture
    def intake(self, database: Database, tmp_path: Path) -> Intake:
        return Intake(database, FolderBlobs(tmp_path / "blobs"), joins=Joins(timedelta(days=30)))

    @pytest.fixture
    def claim(self, database: Database, intake: Intake) -> Claim:
        """Of the one scan, which is in consignment C-1."""
        intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="test", consignment="C-1")
        claim = DatabaseQueue(database, lease_seconds=60, max_attempts=3).claim()
        assert claim is not None
        return claim

    def test_a_delivery_that_comes_many_times_at_once_is_one_scan(
        self, database: Database, intake: Intake
    ) -> None:
        ids: list[str] = []

        def deliver() -> None:
            for _ in range(5):
                ids.append(intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="test").scan_id)

        _at_once(deliver)
        assert len(ids) == 20
        assert len(set(ids)) == 1
        with database.read() as session:
            assert queries.count_by_state(session) == {"received": 1}

    def test_corrections_that_come_at_once_get_versions_of_their_own(self, intake: Intake) -> None:
        versions: list[int] = []
        masses = iter(range(1, 100))

        def correct() -> None:
            for _ in range(5):
                data = declaration_json(mass_kg=next(masses))
                versions.append(intake.accept_declaration(data, origin="test").version)

        _at_once(correct)
        assert sorted(versions) == list(range(1, 21))

    def test_reading_risk_record_and_event_are_kept_together_or_not_at_all(
        self, database: Database, claim: Claim
    ) -> None:
        with pytest.raises(RuntimeError, match="power cut"):
            _save(database, claim, cut=True)
        with database.read() as session:
            assert queries.scan(session, claim.scan_id).state == "reading"
            assert risk_record(session, "C-1").history == ()
        assert OutboxRows(database).due(10) == ()
        _save(database, claim, cut=False)
        with database.read() as session:
            assert queries.scan(session, claim.scan_id).state == "read"
            assert len(risk_record(session, "C-1").history) == 1
        assert [row.event_id for row in OutboxRows(database).due(10)] == ["e1"]

    def test_a_scan_that_many_move_at_once_is_of_one_consignment_with_every_step_kept(
        self, database: Database, intake: Intake, claim: Claim
    ) -> None:
        joins = Joins(timedelta(days=30))
        for number in range(4):
            intake.accept_declaration(declaration_json(), origin="test", consignment=f"M-{number}")
        numbers = iter(range(4))

        def move() -> None:
            mine = f"M-{next(numbers)}"
            for turn in range(5):
                with database.write() as session:
                    where = mine if turn % 2 == 0 else "C-1"
                    joins.decide(session, claim.scan_id, where, by=mine, reason=f"{mine} {turn}", now=NOON)

        _at_once(move)
        with database.read() as session:
            steps = join_history(session, claim.scan_id)
            last = steps[-1].consignment
            left = {name: risk_record(session, name).history for name in ("C-1", "M-0", "M-1", "M-2", "M-3")}
            assert queries.scan(session, claim.scan_id).consignment == last
        assert len(steps) == 21
        for name, history in left.items():
            came = sum(entry.event == "scan_moved_here" for entry in history) + (name == "C-1")
            went = sum(entry.event == "scan_moved_away" for entry in history)
            assert came - went == (name == last)
            assert [entry.sequence for entry in history] == list(range(1, len(history) + 1))

    def test_a_move_is_kept_with_both_records_and_what_is_told_or_not_at_all(
        self, database: Database, intake: Intake, claim: Claim
    ) -> None:
        intake.accept_declaration(declaration_json(), origin="test", consignment="C-2")
        joins = Joins(
            timedelta(days=30), lambda session, _: put_event(session, {"id": "j", "subject": "C-1"})
        )
        with (
            pytest.raises(IntegrityError),
            database.write() as session,
        ):  # the second event has the id of the first
            joins.decide(session, claim.scan_id, "C-2", by="A", reason="B", now=NOON)
        with database.read() as session:
            assert queries.scan(session, claim.scan_id).consignment == "C-1"
            assert len(join_history(session, claim.scan_id)) == 1
            assert risk_record(session, "C-1").history == risk_record(session, "C-2").history == ()

    def test_a_time_comes_back_as_the_same_moment_in_utc(self, database: Database) -> None:
        in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
        with database.write() as session:
            session.add(Consignment(id="C-1", created_at=in_tokyo, declared_at=None, declaration_version=0))
        with database.read() as session:
            came_back = session.execute(select(Consignment.created_at)).scalar_one()
        assert (came_back, came_back.tzinfo) == (NOON, UTC)

    def test_a_time_without_a_zone_is_refused(self, database: Database) -> None:
        with pytest.raises(StatementError, match="without a zone"):
            _add(database, Consignment(id="C-1", created_at=NOON.replace(tzinfo=None), declaration_version=0))

    def test_nothing_hangs_on_a_scan_that_is_not_there(self, database: Database) -> None:
        with pytest.raises(IntegrityError):
            _add(database, ScanMark(scan_id="nobody", mark="X"))

    def test_of_a_long_queue_of_events_only_a_batch_is_loaded(self, database: Database) -> None:
        with database.write() as session:
            for number in range(40):
                put_event(session, {"id": f"e{number}", "subject": f"S{number % 4}"})
        rows = OutboxRows(database)
        rows.failed("e1", "no answer", 3600)
        loaded: list[OutboxRow] = []

        def count(row: OutboxRow, _: object) -> None:
            loaded.append(row)

        event.listen(OutboxRow, "load", count)
        try:
            due = rows.due(6)
        finally:
            event.remove(OutboxRow, "load", count)
        assert [row.event_id for row in due] == ["e0", "e2", "e3", "e4", "e6", "e7"]
        assert len(loaded) == 6

    def test_events_wait_in_order_and_behind_a_failed_one_of_their_subject(self, database: Database) -> None:
        with database.write() as session:
            for event_id, subject in (("a1", "A"), ("b1", "B"), ("a2", "A")):
                put_event(session, {"id": event_id, "subject": subject})
        rows = OutboxRows(database)
        assert [row.event_id for row in rows.due(10)] == ["a1", "b1", "a2"]
        assert [row.event_id for row in rows.due(1)] == ["a1"]
        rows.failed("a1", "no answer", 3600)
        assert [row.event_id for row in rows.due(10)] == ["b1"]
        rows.delivered("b1")
        assert rows.due(10) == ()
        rows.failed("a1", "no answer", 0)
        assert [(row.event_id, row.attempts) for row in rows.due(10)] == [("a1", 2), ("a2", 0)]


def _at_once(work: object) -> None:
    threads = [threading.Thread(target=work) for _ in range(4)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _save(database: Database, claim: Claim, *, cut: bool) -> None:
    with database.write() as session:
        save_reading(session, claim, reading_of(claim.scan_id), state="read", shown=Shown())
        put_event(session, {"id": "e1", "subject": "C-1"})
        if cut:
            raise RuntimeError("power cut")


def _add(database: Database, row: Consignment | ScanMark) -> None:
    with database.write() as session:
        session.add(row)


class TestDatabase(StoreContract):
    """On SQLite and on PostgreSQL."""
