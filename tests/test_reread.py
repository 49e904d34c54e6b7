"""An archive is read again with another model: beside what is on record, after everything that is live, and stopped,
killed and gone on with.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tallyscan.__main__ import main
from tallyscan.bootstrap import Store, load_reader, open_store, rereader_of, running, worker_of, working
from tallyscan.detect.card import MODEL_FILE, write_card
from tallyscan.errors import Conflict, InputError
from tallyscan.finding import ModelIdentity
from tallyscan.pipeline import Reader
from tallyscan.reading import reading_from_dict
from tallyscan.rereader import Rereader
from tallyscan.settings import Settings
from tallyscan.store.every_table import EVERY_TABLE
from tallyscan.store.reread_comparison import comparison
from tallyscan.store.reread_tables import RereadScanRow
from tallyscan.store.rereads import (
    RereadSaid,
    begin_reread,
    change_reread,
    claim_archived,
    keep_archived,
    reread,
)
from tallyscan.store.tables import ReadingRow, ScanFile
from tallyscan.store.trail_rows import trail_rows
from tallyscan.store.turn import AlwaysMine
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, scan_files
from tests.tiny_model import tiny_card, tiny_graph, write_tiny_models_dir
from tests.web.conftest import serving

OWN = {"rereads", "reread_scans", "audit", "audit_subjects"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Beside the tiny model one that never raises an alarm."""
    models = write_tiny_models_dir(tmp_path / "models")
    graph = tiny_graph()
    graph.producer_name = "another"
    data = graph.SerializeToString()
    card = tiny_card(hashlib.sha256(data).hexdigest())
    never = {
        scanner: alarm.model_copy(update={"threshold": 1.0, "by_rate": alarm.by_rate | {"0.01": 1.0}})
        for scanner, alarm in card.thresholds.items()
    }
    quiet = models / "tiny" / "2"
    quiet.mkdir()
    (quiet / MODEL_FILE).write_bytes(data)
    write_card(quiet, card.model_copy(update={"version": "2", "thresholds": never, "thresholds_id": "never"}))
    return Settings(data_dir=tmp_path / "data", models_dir=models, inference_threads=1)


@pytest.fixture
def reader(settings: Settings) -> Reader:
    return load_reader(settings)


@pytest.fixture
def store(settings: Settings, database_url: str) -> Iterator[Store]:
    with open_store(told_of(settings, database_url)) as opened:
        yield opened


@pytest.fixture
def rereader(store: Store, reader: Reader, settings: Settings) -> Rereader:
    return rereader_of(store, reader, settings, AlwaysMine())


def arrive(store: Store, seed: int) -> str:
    """Every second one hides something."""
    files = scan_files(container_tiff(seed=seed, lump=seed % 2 == 1))
    return store.intake.accept_scan(files, origin="test", consignment=f"C-{seed}").scan_id


def read_all(store: Store, settings: Settings, reader: Reader) -> None:
    worker = worker_of(store, reader, settings)
    while worker.read_next() is not None:
        pass


@pytest.fixture
def archive(store: Store, settings: Settings, reader: Reader) -> list[str]:
    scans = [arrive(store, seed) for seed in range(4)]
    read_all(store, settings, reader)
    return scans


def begin(store: Store, settings: Settings, version: str = "2") -> str:
    data = (settings.models_dir / "tiny" / version / MODEL_FILE).read_bytes()
    said = RereadSaid(
        model=ModelIdentity("tiny", version, hashlib.sha256(data).hexdigest()),
        since=datetime.now(UTC) - timedelta(days=1),
        until=datetime.now(UTC) + timedelta(days=1),
        site=None,
        by="Steward 1",
        why="Before it is released.",
    )
    with store.database.write() as session:
        return begin_reread(session, said)


def everything(store: Store) -> dict[str, list[Any]]:
    with store.database.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in EVERY_TABLE.sorted_tables
            if table.name not in OWN
        }


def test_what_another_model_says_stands_beside_the_record_and_changes_nothing(
    store: Store, settings: Settings, archive: list[str], rereader: Rereader
) -> None:
    before = everything(store)
    run = begin(store, settings)
    while rereader.read_next():
        pass
    assert everything(store) == before
    with store.database.read() as session:
        stands, found = reread(session, run), comparison(session, run)
        documents = session.execute(
            select(RereadScanRow.scan_id, RereadScanRow.document).order_by(RereadScanRow.position)
        ).all()
    assert (stands.state, stands.total, stands.read, stands.failed) == ("done", 4, 4, 0)
    assert [row.scan_id for row in documents] == archive
    assert all(row.document["model"]["version"] == "2" for row in documents)
    assert set(found.lowered) == {archive[1], archive[3]}
    assert (found.raised, sum(lane.scans for lane in found.lanes)) == ((), 4)


def test_with_the_same_model_it_says_the_same(
    store: Store, settings: Settings, archive: list[str], rereader: Rereader
) -> None:
    run = begin(store, settings, "1")
    while rereader.read_next():
        pass
    with store.database.read() as session:
        rows = session.execute(select(RereadScanRow).where(RereadScanRow.reread_id == run)).scalars().all()
        found = comparison(session, run)
    assert len(rows) == len(archive)
    assert all((row.lane, row.score) == (row.lane_before, row.score_before) for row in rows)
    assert all(lane.before == lane.after for lane in found.lanes)


@pytest.mark.usefixtures("archive")
def test_while_anything_live_waits_nothing_of_an_archive_is_read(
    store: Store, settings: Settings, reader: Reader, rereader: Rereader
) -> None:
    run = begin(store, settings)
    assert rereader.read_next()
    arrive(store, 9)
    assert not rereader.read_next()
    with store.database.read() as session:
        assert reread(session, run).read == 1
    read_all(store, settings, reader)
    assert rereader.read_next()
    with store.database.read() as session:
        assert reread(session, run).read == 2


@pytest.mark.usefixtures("archive")
def test_it_is_stopped_and_goes_on_where_it_was(store: Store, settings: Settings, rereader: Rereader) -> None:
    run = begin(store, settings)
    assert rereader.read_next()
    with store.database.write() as session:
        change_reread(session, run, "stopped", by="Steward 2", said="The night is over.")
    assert not rereader.read_next()
    with store.database.read() as session:
        stands = reread(session, run)
        assert (stands.state, stands.read, stands.changed_by) == ("stopped", 1, "Steward 2")
    with pytest.raises(Conflict), store.database.write() as session:
        change_reread(session, run, "stopped", by="Steward 2")
    with store.database.write() as session:
        change_reread(session, run, "running", by="Steward 2")
    while rereader.read_next():
        pass
    with store.database.read() as session:
        assert (reread(session, run).state, reread(session, run).read) == ("done", 4)


@pytest.mark.usefixtures("archive")
def test_a_scan_whose_reader_died_is_read_by_another_once(
    store: Store, settings: Settings, rereader: Rereader
) -> None:
    run = begin(store, settings)
    with store.database.write() as session:
        died = claim_archived(session, lease=timedelta(minutes=5))
    assert died is not None
    while rereader.read_next():
        pass
    with store.database.read() as session:
        assert (reread(session, run).state, reread(session, run).read) == ("running", 3)
    rereader.lease = timedelta(0)
    while rereader.read_next():
        pass
    with store.database.read() as session:
        assert (reread(session, run).state, reread(session, run).read) == ("done", 4)
        row = session.get_one(RereadScanRow, (run, died.position))
        at, reading = row.read_at, session.execute(select(ReadingRow)).scalars().first()
    assert reading is not None
    late = reading_from_dict(reading.document)
    with store.database.write() as session:  # the one that was thought dead comes back
        keep_archived(session, died, late, 1, late)
    with store.database.read() as session:
        assert session.get_one(RereadScanRow, (run, died.position)).read_at == at


def test_what_cannot_be_read_again_says_why_and_the_rest_goes_on(
    store: Store, settings: Settings, archive: list[str], rereader: Rereader
) -> None:
    with store.database.read() as session:
        key = session.execute(
            select(ScanFile.blob_key).where(ScanFile.scan_id == archive[2], ScanFile.kind == "image")
        ).scalar_one()
    (settings.data_dir / "blobs" / key[:2] / key[2:]).unlink()
    run = begin(store, settings)
    while rereader.read_next():
        pass
    with store.database.read() as session:
        stands = reread(session, run)
        assert (stands.state, stands.read, stands.failed) == ("done", 3, 1)
        row = session.get_one(RereadScanRow, (run, 3))
        assert "not in the blob store" in (row.reason or "")


@pytest.mark.usefixtures("archive")
def test_a_model_that_is_gone_stops_its_run_and_says_so(
    store: Store, settings: Settings, rereader: Rereader
) -> None:
    run = begin(store, settings)
    shutil.rmtree(settings.models_dir / "tiny" / "2")
    while rereader.read_next():
        pass
    with store.database.read() as session:
        stands = reread(session, run)
    assert (stands.state, stands.read) == ("stopped", 0)
    assert "is not in" in (stands.said or "")


def test_nothing_of_that_time_is_no_run(store: Store, settings: Settings) -> None:
    with pytest.raises(InputError, match="No scan of that time"):
        begin(store, settings)


def test_the_command_begins_it_and_a_service_reads_it_while_it_serves(
    settings: Settings, reader: Reader, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSCAN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(settings.models_dir))
    with open_store(settings) as store, running(settings, store, reader) as service:
        scan = arrive(store, 1)
        service.wake()
        with serving(service, settings) as client:
            wait_until(lambda: client.get(f"/v1/scans/{scan}").json()["state"] == "read")
            assert (
                main(["reread", "--since", "2026-01-01", "--model", "tiny/3", "--by", "S", "--reason", "r"])
                == 2
            )
            assert "There is no model 'tiny/3'" in capsys.readouterr().err
            who = ["--by", "Steward 1", "--reason", "To see."]
            assert main(["reread", "--since", "2026-01-01", "--model", "tiny/2", *who]) == 0
            run = capsys.readouterr().out.split(":")[0]
            wait_until(lambda: client.get("/v1/rereads").json()[0]["state"] == "done")
            answer = client.get(f"/v1/rereads/{run}").json()
            assert client.get("/v1/rereads/none").status_code == 404
        assert answer["run"]["read"] == 1
        assert answer["comparison"]["lowered"] == [scan]
    assert main(["reread", "show", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == answer
    assert main(["reread", "list"]) == 0
    assert "tiny/2" in capsys.readouterr().out
    assert main(["reread", "stop", run, "--by", "Steward 1"]) == 2
    assert "is done already" in capsys.readouterr().err


def told_of(settings: Settings, database_url: str) -> Settings:
    """Those of a process of its own on the same database."""
    told = {} if database_url.startswith("sqlite") else {"database_url": database_url}
    return Settings.model_validate(settings.model_dump() | told)


def finished(store: Store, run: str) -> int:
    with store.database.read() as session:
        stands = reread(session, run)
    return stands.read + stands.failed


def trail(store: Store, scan: str) -> list[str]:
    with store.database.read() as session:
        return sorted(repr(row) for row in trail_rows(session, scan))


def test_what_another_model_says_is_in_no_audit_trail(
    store: Store, settings: Settings, archive: list[str], rereader: Rereader
) -> None:
    before = trail(store, archive[1])
    begin(store, settings)
    while rereader.read_next():
        pass
    assert trail(store, archive[1]) == before


def test_a_scan_that_ends_its_reader_each_time_is_given_up_and_the_rest_goes_on(
    store: Store, settings: Settings, archive: list[str], rereader: Rereader
) -> None:
    run = begin(store, settings)
    for _ in range(settings.max_attempts):
        with store.database.write() as session:
            died = claim_archived(session, lease=timedelta(0))
        assert died is not None
        assert died.scan == archive[0]
    rereader.lease = timedelta(0)
    while rereader.read_next():
        pass
    with store.database.read() as session:
        stands, row = reread(session, run), session.get_one(RereadScanRow, (run, 1))
    assert (stands.state, stands.read, stands.failed) == ("done", 3, 1)
    assert row.reason == f"Reading was tried {settings.max_attempts} times and never finished."


def test_a_record_that_cannot_be_understood_fails_alone(
    store: Store, settings: Settings, archive: list[str], rereader: Rereader
) -> None:
    with store.database.write() as session:
        row = session.execute(select(ReadingRow).where(ReadingRow.scan_id == archive[0])).scalar_one()
        row.document = {"scan": archive[0]}
    run = begin(store, settings)
    while rereader.read_next():
        pass
    with store.database.read() as session:
        stands, failed = reread(session, run), session.get_one(RereadScanRow, (run, 1))
    assert (stands.state, stands.read, stands.failed) == ("done", 3, 1)
    assert failed.reason


@pytest.mark.usefixtures("archive")
def test_a_scan_that_arrives_in_the_middle_waits_for_one_reading_at_most(
    store: Store, settings: Settings, reader: Reader, database_url: str
) -> None:
    run = begin(store, settings)

    def read_at(scan: str) -> datetime | None:
        with store.database.read() as session:
            return session.execute(select(ReadingRow.created_at).where(ReadingRow.scan_id == scan)).scalar()

    with working(told_of(settings, database_url), store, reader):
        wait_until(lambda: finished(store, run) >= 1, 60)
        scan = arrive(store, 9)
        arrived = datetime.now(UTC)
        wait_until(lambda: finished(store, run) == 4 and read_at(scan) is not None, 60)
    at = read_at(scan)
    assert at is not None
    with store.database.read() as session:
        between = (RereadScanRow.read_at > arrived) & (RereadScanRow.read_at < at)
        assert session.execute(select(func.count()).where(between)).scalar_one() <= 1


@pytest.mark.usefixtures("archive")
def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_twice_and_nothing_out(
    store: Store, settings: Settings, reader: Reader, rereader: Rereader, database_url: str
) -> None:
    more = [arrive(store, seed) for seed in range(4, 8)]
    read_all(store, settings, reader)
    before, run = everything(store), begin(store, settings)
    environment = os.environ | {
        "TALLYSCAN_MODELS_DIR": str(settings.models_dir),
        "TALLYSCAN_DATA_DIR": str(settings.data_dir),
        "TALLYSCAN_INFERENCE_THREADS": "1",
    }
    if not database_url.startswith("sqlite"):
        environment["TALLYSCAN_DATABASE_URL"] = database_url
    process = subprocess.Popen([sys.executable, "-m", "tallyscan", "worker"], env=environment)
    try:
        wait_until(lambda: finished(store, run) >= 1)
    finally:
        process.kill()
        process.wait()
    with store.database.read() as session:
        first = session.get_one(RereadScanRow, (run, 1)).read_at
    assert finished(store, run) < 4 + len(more)
    rereader.lease = timedelta(0)
    while rereader.read_next():
        pass
    with store.database.read() as session:
        stands, rows = reread(session, run), session.execute(select(RereadScanRow)).scalars().all()
        assert session.get_one(RereadScanRow, (run, 1)).read_at == first
    assert (stands.state, stands.read, stands.failed) == ("done", 8, 0)
    assert len({row.scan_id for row in rows}) == len(rows) == 8
    assert everything(store) == before
