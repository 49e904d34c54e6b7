"""What every work queue must do."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.work_queue import DatabaseQueue
from tallyscan.worker import WorkQueue
from tests.store.builders import scan_files

MakeQueue = Callable[[float], WorkQueue]
AddScan = Callable[[bytes], str]


class QueueContract:
    """Inherited by the tests of each adapter.

    `add` puts a scan into the queue and gives its id; `make` opens the queue with a lease in seconds and
    three attempts.
    """

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


class TestDatabaseQueue(QueueContract):
    @pytest.fixture
    def make(self, database: Database) -> MakeQueue:
        return lambda lease: DatabaseQueue(database, lease_seconds=lease, max_attempts=3)

    @pytest.fixture
    def add(self, database: Database, tmp_path: Path) -> AddScan:
        intake = Intake(database, FolderBlobs(tmp_path / "blobs"), joins=Joins(timedelta(days=1)))
        return lambda image: intake.accept_scan(scan_files(image), origin="test").scan_id

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
