"""Each way in which the service cannot work is made to happen, and readiness says so, and says when it is over."""

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tallyscan.access.rules import RULES
from tallyscan.bootstrap import Store, open_store, readiness_checks
from tallyscan.errors import Conflict, Unavailable
from tallyscan.observe.readiness import Readiness, check_free, check_loops
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.blobs import check_folder
from tallyscan.store.database import open_database
from tallyscan.store.database_check import check_database
from tallyscan.worker import Loop
from tests.e2e.serving import wait_until
from tests.observe.watching import Watched, watching
from tests.postgresql import Postgresql, needs_postgresql, running_postgresql


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def at_work(settings: Settings, store: Store, reader: Reader) -> Iterator[Watched]:
    with watching(settings, store, reader) as opened:
        yield opened


def test_a_service_that_works_is_ready_and_says_no_more(at_work: Watched) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = at_work.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert at_work.watch.get("/health/ready").json() == {"status": "ok", "wrong": {}}
    assert at_work.client.get("/v1/health").json() == {"status": "ok", "wrong": {}}
    assert RULES["GET /v1/health"].roles == ("administrator",)


def test_without_the_folder_of_the_bytes_it_is_not_ready_until_that_is_back(
    at_work: Watched, settings: Settings
) -> None:
    blobs, away = settings.data_dir / "blobs", settings.data_dir / "away"
    blobs.rename(away)
    wait_until(lambda: at_work.client.get("/health/ready").status_code == 503)
    assert at_work.client.get("/health/ready").json() == {"status": "failing"}  # why is not for everybody
    wrong = at_work.watch.get("/health/ready").json()["wrong"]
    assert wrong.keys() == {"blobs"}
    assert "No such file" in wrong["blobs"]
    assert str(settings.data_dir) not in str(wrong)
    assert at_work.client.get("/health/live").status_code == 200
    away.rename(blobs)
    wait_until(lambda: at_work.client.get("/health/ready").status_code == 200)


def test_without_its_database_file_it_is_not_ready(at_work: Watched, settings: Settings) -> None:
    (settings.data_dir / "tallyscan.db").rename(settings.data_dir / "moved.db")
    wait_until(lambda: at_work.watch.get("/health/ready").status_code == 503)
    assert "gone" in at_work.watch.get("/health/ready").json()["wrong"]["database"]
    (settings.data_dir / "moved.db").rename(settings.data_dir / "tallyscan.db")
    wait_until(lambda: at_work.watch.get("/health/ready").status_code == 200)


def test_a_database_that_is_locked_does_not_answer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tallyscan.db'}"
    open_database(url).close()
    check_database(url)
    other = sqlite3.connect(tmp_path / "tallyscan.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        check_database(url)
    other.execute("ROLLBACK")
    other.close()
    check_database(url)


def test_a_database_of_another_schema_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tallyscan.db'}"
    open_database(url).close()
    other = sqlite3.connect(tmp_path / "tallyscan.db")
    other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.commit()
    other.close()
    with pytest.raises(Conflict, match="another version"):
        check_database(url)


@pytest.mark.parametrize("started", [pytest.param(running_postgresql, marks=needs_postgresql())])
def test_a_postgresql_that_was_stopped_does_not_answer_and_nothing_secret_is_said(
    started: Callable[[], AbstractContextManager[Postgresql]],
) -> None:
    with started() as server, server.database() as url:
        open_database(url).close()
        check_database(url)
        kept = url
    with pytest.raises(Unavailable) as told:
        check_database(kept)
    assert told.value.detail == "The database does not answer."


@pytest.mark.skipif(os.geteuid() != 0, reason="drops the rights of root")
def test_a_folder_that_is_read_only_keeps_nothing() -> None:
    folder = Path(tempfile.mkdtemp(prefix="tallyscan-read-only-"))
    try:
        folder.chmod(0o555)
        os.seteuid(65534)
        try:
            with pytest.raises(Unavailable, match="Permission denied"):
                check_folder(folder)
        finally:
            os.seteuid(0)
    finally:
        shutil.rmtree(folder)


@pytest.mark.usefixtures("store")
def test_a_loop_that_fails_is_named_until_it_works_again(settings: Settings) -> None:
    works = threading.Event()

    def step() -> bool:
        if not works.is_set():
            raise RuntimeError("broken on purpose")
        return False

    loop = Loop("worker", step, idle_seconds=0.01)
    lenient = settings.model_copy(update={"disk_least_free_megabytes": 0.0})
    checks = readiness_checks(lenient, lambda: {loop.name: loop.runs})
    loop.start()
    wait_until(lambda: loop.failure is not None)
    found = Readiness(checks)()
    assert found.wrong.keys() == {"loops"}
    assert "worker" in found.wrong["loops"]
    works.set()
    wait_until(lambda: loop.runs)
    assert Readiness(checks)().ok
    loop.stop(5)
    with pytest.raises(Unavailable, match="worker"):
        check_loops({loop.name: loop.runs})


def test_too_little_room_is_told_in_numbers() -> None:
    check_free(10**9, 10**9)
    with pytest.raises(Unavailable, match="5 MB are free"):
        check_free(5 * 10**6, 10**9)


def test_a_check_that_hangs_is_wrong_and_not_begun_again() -> None:
    ends, begun = threading.Event(), []

    def hangs() -> None:
        begun.append(1)
        ends.wait(60)

    ready = Readiness({"disk": hangs, "fine": lambda: None}, seconds=0.05)
    assert ready().wrong == {"disk": "No answer within 0.05 seconds."}
    ready._kept = None
    assert not ready().ok
    assert len(begun) == 1
    ends.set()
    ready._running["disk"].done.wait(10)
    ready._kept = None
    assert ready().ok


def test_a_check_that_is_broken_says_that_something_is_wrong() -> None:
    def breaks() -> None:
        raise ValueError("secret")

    assert Readiness({"x": breaks})().wrong == {"x": "The check itself failed: ValueError."}
