"""What every work queue must do."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from tallyscan.errors import Conflict
from tallyscan.store.before_commit import once_before_commit
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins, read_scan_again
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.tables import ScanRow
from tallyscan.store.waiting import _defer, know_risk, let_wait
from tallyscan.store.work_queue import LONGEST_DELAY, Claim, DatabaseQueue
from tallyscan.triage.urgency import READING_AGAIN
from tallyscan.worker import WorkQueue
from tests.needed import needs
from tests.postgresql import Postgresql, needs_postgresql
from tests.store.builders import reading_of, scan_files

MakeQueue = Callable[..., WorkQueue]
AddScan = Callable[..., str]


class QueueContract:
    """Inherited by the tests of each adapter.

    `add` puts a scan into the queue and gives its id; `make` opens the queue with a lease in seconds and
    three attempts.
    """

    @pytest.fixture
    def add(self, database: Database, tmp_path: Path) -> AddScan:
        intake = Intake(database, FolderBlobs(tmp_path / "blobs"), joins=Joins(timedelta(days=1)))

        def put(image: bytes, consignment: str | None = None) -> str:
            files = scan_files(image)
            return intake.accept_scan(files, origin="test", consignment=consignment).scan_id

        return put

    def test_the_longest_waiting_is_claimed_first_and_once(self, make: MakeQueue, add: AddScan) -> None:
        ids = [add(b"1"), add(b"2")]
        queue = make(60)
        claims = [queue.claim(), queue.claim(), queue.claim()]
        assert [claim and claim.scan_id for claim in claims] == [*ids, None]

    def test_a_claim_put_back_is_claimed_again(self, make: MakeQueue, add: AddScan) -> None:
        add(b"1")
        queue = make(60)
        first = queue.claim()
        assert first is not None
        queue.put_back(first, reason="not now", counts=True)
        second = queue.claim()
        assert second is not None
        assert (second.scan_id, second.attempts) == (first.scan_id, 2)
        assert second.token != first.token

    def test_a_try_that_was_not_its_fault_does_not_count(self, make: MakeQueue, add: AddScan) -> None:
        add(b"1")
        queue = make(60)
        for _ in range(10):
            claim = queue.claim()
            assert claim is not None
            assert not claim.exhausted
            queue.put_back(claim, reason=None, counts=False)

    def test_what_is_put_back_for_later_waits(self, make: MakeQueue, add: AddScan) -> None:
        add(b"1")
        queue = make(60)
        claim = queue.claim()
        assert claim is not None
        queue.put_back(claim, delay_seconds=0.3, reason="later", counts=True)
        assert queue.claim() is None
        time.sleep(0.35)
        assert queue.claim() is not None

    def test_a_lease_that_ran_out_is_claimed_again_and_the_old_holder_is_refused(
        self, make: MakeQueue, add: AddScan
    ) -> None:
        add(b"1")
        queue = make(0.05)
        slow = queue.claim()
        assert slow is not None
        time.sleep(0.1)
        look_after(queue)
        next_one = queue.claim()
        assert next_one is not None
        assert next_one.token != slow.token
        queue.put_back(slow, reason="too late", counts=True)
        patient = make(60)
        assert patient.claim() is None

    def test_after_the_last_try_the_claim_says_so(self, make: MakeQueue, add: AddScan) -> None:
        add(b"1")
        queue = make(60)
        said = []
        for _ in range(4):
            claim = queue.claim()
            assert claim is not None
            said.append(claim.exhausted)
            queue.put_back(claim, reason="again", counts=True)
        assert said == [False, False, False, True]

    def test_what_ended_three_readers_is_not_tried_a_fourth_time(self, make: MakeQueue, add: AddScan) -> None:
        add(b"1")
        queue = make(0.05, 50)
        said = []
        for _ in range(4):
            claim = queue.claim()
            assert claim is not None
            said.append(claim.exhausted)
            queue.put_back(claim, reason="elsewhere", counts=True)  # that is no end of a reader
        for _ in range(4):
            claim = queue.claim()
            assert claim is not None
            said.append(claim.exhausted)
            time.sleep(0.1)  # whoever holds it gives no sign of life any more
            look_after(queue)
        assert said == [False] * 7 + [True]

    def test_many_workers_never_hold_the_same_scan(self, make: MakeQueue, add: AddScan) -> None:
        ids = [add(b"%d" % number) for number in range(24)]
        held: list[str] = []

        def work() -> None:
            queue = make(60)
            while claim := queue.claim():
                held.append(claim.scan_id)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(held) == sorted(ids)

    def test_high_risk_is_claimed_before_what_came_earlier(
        self, make: MakeQueue, add: AddScan, database: Database
    ) -> None:
        usual, raised, high = add(b"1"), add(b"2", "C-2"), add(b"3", "C-3")
        with database.write() as session:
            know_risk(session, "C-2", "raised")
            know_risk(session, "C-3", "high")
        assert claimed(make(60), 4) == [high, raised, usual, None]

    def test_high_risk_does_not_starve_what_has_waited_long(
        self, make: MakeQueue, add: AddScan, database: Database
    ) -> None:
        high = add(b"1", "C-1")
        with database.write() as session:
            know_risk(session, "C-1", "high")
        old = add(b"2")
        with database.write() as session:
            row = session.get_one(ScanRow, old)
            row.waits_since = row.due_at = None
            row.state = "dead"
            let_wait(session, row, since=datetime.now(UTC) - timedelta(minutes=20))
        assert claimed(make(60), 3) == [old, high, None]

    def test_first_readings_come_before_readings_again_and_an_archive_comes_last(
        self, make: MakeQueue, add: AddScan, database: Database
    ) -> None:
        again, archived, overtaken = add(b"1"), add(b"2"), add(b"3")
        queue = make(60)
        for _ in range(3):
            claim = queue.claim()
            assert claim is not None
            save(database, queue, claim)
        with database.write() as session:
            for scan in (again, archived, overtaken):
                row = session.get_one(ScanRow, scan)
                row.waits_as = None
                let_wait(session, row, waits_as="archive" if scan == archived else None)
            later = session.get_one(ScanRow, overtaken)
            assert later.due_at is not None
            later.due_at += READING_AGAIN
            let_wait(session, later, since=datetime.now(UTC))
        first = add(b"4")
        found = claimed(make(60), 5)
        assert (found[0], found[-2:]) == (first, [archived, None])
        assert set(found[1:3]) == {again, overtaken}

    def test_what_is_read_is_claimed_no_more_and_again_when_it_is_to_be_read_again(
        self, make: MakeQueue, add: AddScan, database: Database
    ) -> None:
        scan = add(b"1")
        queue = make(60)
        claim = queue.claim()
        assert claim is not None
        save(database, queue, claim)
        assert queue.claim() is None
        with database.write() as session:
            read_scan_again(session, session.get_one(ScanRow, scan), "a test asks for it")
        assert claimed(queue, 2) == [scan, None]

    def test_a_transaction_that_is_rolled_back_brings_no_work(
        self, make: MakeQueue, add: AddScan, database: Database
    ) -> None:
        scan = add(b"1")
        queue = make(60)
        claim = queue.claim()
        assert claim is not None
        save(database, queue, claim)

        def after_the_jobs(session: Session) -> None:
            _defer(session)
            raise ZeroDivisionError

        def fail_at_the_end() -> None:
            with database.write() as session:
                read_scan_again(session, session.get_one(ScanRow, scan), "a test asks for it")
                once_before_commit(session, "jobs", after_the_jobs)

        with pytest.raises(ZeroDivisionError):
            fail_at_the_end()
        look_after(queue)
        assert queue.claim() is None


def claimed(queue: WorkQueue, times: int) -> list[str | None]:
    claims = [queue.claim() for _ in range(times)]
    return [claim and claim.scan_id for claim in claims]


def save(database: Database, queue: WorkQueue, claim: Claim) -> None:
    with database.write() as session:
        save_reading(session, claim, reading_of(claim.scan_id), state="read", shown=Shown())
    queue.done(claim)


def look_after(queue: WorkQueue) -> None:
    """As a process does now and then."""
    look: Callable[[], int] = getattr(queue, "look_after", lambda: 0)
    look()


class TestDatabaseQueue(QueueContract):
    @pytest.fixture
    def database_url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'tallyscan.db'}"

    @pytest.fixture
    def make(self, database: Database) -> MakeQueue:
        return lambda lease, tries=3: DatabaseQueue(database, lease_seconds=lease, max_attempts=tries)

    def test_what_a_killed_process_held_waits_again(
        self, database_url: str, database: Database, add: AddScan
    ) -> None:
        add(b"1")
        die_with_a_claim = (
            "import os, signal, sys\n"
            "from tallyscan.store.database import open_database\n"
            "from tallyscan.store.work_queue import DatabaseQueue\n"
            "queue = DatabaseQueue(open_database(sys.argv[1]), lease_seconds=3600, max_attempts=3)\n"
            "assert queue.claim()\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", die_with_a_claim, database_url], env=os.environ, check=False
        )
        assert ended.returncode == -9
        queue = DatabaseQueue(database, lease_seconds=3600, max_attempts=3)
        assert queue.claim() is None
        assert queue.return_claims_of_the_dead() == 1
        claim = queue.claim()
        assert claim is not None
        assert claim.attempts == 2
        assert queue.return_claims_of_the_dead() == 0

    def test_what_was_put_back_before_the_clock_was_set_back_is_due(
        self, make: MakeQueue, add: AddScan
    ) -> None:
        scan, longest = add(b"1"), LONGEST_DELAY.total_seconds()
        queue = make(60)
        for delay_seconds in (1.01 * longest, longest):  # the first as it looks by a clock set back
            claim = queue.claim()
            assert claim is not None
            assert claim.scan_id == scan
            queue.put_back(claim, delay_seconds=delay_seconds, reason="away", counts=True)
        assert queue.claim() is None


@pytest.mark.parametrize("on", [pytest.param("postgresql", marks=needs_postgresql())])
class TestJobQueue(QueueContract):
    @pytest.fixture
    def database_url(self, postgresql: Postgresql, on: str) -> Iterator[str]:  # noqa: ARG002
        with postgresql.database() as url:
            yield url

    @pytest.fixture
    def make(self, database: Database, database_url: str) -> Iterator[MakeQueue]:
        from tallyscan.store.job_queue import JobQueue

        with ExitStack() as opened:

            def open_queue(lease: float, tries: int = 3) -> JobQueue:
                queue = JobQueue(
                    database,
                    make_url(database_url),
                    lease_seconds=lease,
                    max_attempts=tries,
                    heartbeat_seconds=0.1,
                )
                return opened.enter_context(closing(queue))

            yield open_queue

    def test_what_a_killed_process_held_is_given_to_the_next(
        self, database_url: str, make: MakeQueue, add: AddScan
    ) -> None:
        scan = add(b"1")
        die_with_a_claim = (
            "import os, signal, sys\n"
            "from sqlalchemy import make_url\n"
            "from tallyscan.store.database import open_database\n"
            "from tallyscan.store.job_queue import JobQueue\n"
            "url = sys.argv[1]\n"
            "queue = JobQueue(open_database(url), make_url(url), lease_seconds=3600, max_attempts=3)\n"
            "assert queue.claim()\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", die_with_a_claim, database_url], env=os.environ, check=False
        )
        assert ended.returncode == -9
        queue = make(3600)
        assert queue.claim() is None
        until = time.monotonic() + 20
        while (claim := queue.claim()) is None:
            assert time.monotonic() < until
            look_after(queue)
        assert (claim.scan_id, claim.attempts) == (scan, 2)

    @needs("faketime", package="faketime")
    def test_the_claim_of_a_machine_whose_clock_is_an_hour_behind_lasts_as_long_as_any(
        self, database_url: str, make: MakeQueue, add: AddScan
    ) -> None:
        scan = add(b"1")
        hold_a_claim = (
            "import sys\n"
            "from sqlalchemy import make_url\n"
            "from tallyscan.store.database import open_database\n"
            "from tallyscan.store.job_queue import JobQueue\n"
            "url = sys.argv[1]\n"
            "database, lease = open_database(url), float(sys.argv[2])\n"
            "queue = JobQueue(database, make_url(url), lease_seconds=lease, max_attempts=9, heartbeat_seconds=0.1)\n"
            "claim = queue.claim()\n"
            "assert claim\n"
            "print('holds', flush=True)\n"
            "input()\n"
            "queue.put_back(claim, reason='elsewhere', counts=True)\n"
            "queue.close()\n"
        )
        command = ["faketime", "-m", "-f", "-1h", sys.executable, "-c", hold_a_claim, database_url, "60"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdin is not None
            assert other.stdout is not None
            assert other.stdout.readline() == "holds\n"
            queue = make(60)
            for _ in range(3):
                look_after(queue)
                assert queue.claim() is None
            other.stdin.write("\n")
            other.stdin.flush()
            assert other.wait(30) == 0
        claim = queue.claim()
        assert claim is not None
        assert (claim.scan_id, claim.exhausted) == (scan, False)

    def test_a_worker_that_was_cut_off_is_refused_and_leaves_the_next_one_alone(
        self, database: Database, database_url: str, make: MakeQueue, add: AddScan
    ) -> None:
        from tallyscan.store.job_queue import JobQueue

        add(b"1")
        silent = JobQueue(
            database, make_url(database_url), lease_seconds=3600, max_attempts=3, heartbeat_seconds=3600
        )
        with closing(silent):
            late = silent.claim()
            assert late is not None
            queue = make(3600)
            until = time.monotonic() + 20
            while (claim := queue.claim()) is None:
                assert time.monotonic() < until
                look_after(queue)
            assert claim.job == late.job
            with pytest.raises(Conflict, match="lost to another worker"):
                save(database, silent, late)
            silent.put_back(late, reason="too late", counts=True)
            assert jobs(database) == [claim.job]
            save(database, queue, claim)
            assert jobs(database) == []

    def test_a_scan_that_becomes_pressing_has_a_second_job_which_finds_it_done(
        self, database: Database, make: MakeQueue, add: AddScan
    ) -> None:
        scan = add(b"1", "C-1")
        with database.write() as session:
            know_risk(session, "C-1", "high")
        first, second = jobs(database)
        queue = make(3600)
        claim = queue.claim()
        assert claim is not None
        assert (claim.scan_id, claim.job) == (scan, second)
        save(database, queue, claim)
        assert jobs(database) == [first]
        assert queue.claim() is None
        assert jobs(database) == []


def jobs(database: Database) -> list[int]:
    with database.read() as session:
        found = session.connection().exec_driver_sql("SELECT id FROM procrastinate_jobs ORDER BY id")
        return [job for (job,) in found]
