"""Backup while the service runs, and what is restored from it, on every pair of databases."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import func, select, update

from tallyscan import bootstrap
from tallyscan.bootstrap import Store, deliver_events, open_store, worker_of
from tallyscan.commands.backup import BackupOptions, CheckOptions, backup, check, restore
from tallyscan.decision import DecisionSaid
from tallyscan.errors import Conflict, TallyscanError
from tallyscan.pipeline import Reader
from tallyscan.recorder import Recorder
from tallyscan.replayer import replay_reading
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.check_store import check_store
from tallyscan.store.job_queue import JobQueue
from tallyscan.store.recorded_readings import recorded_reading
from tallyscan.store.risk_record import risk_record
from tallyscan.store.risk_replay import replay
from tallyscan.store.tables import OutboxRow, ScanRow
from tests.acquire.s3_server import S3Server
from tests.postgresql import BARE, Postgresql, needs_postgresql
from tests.sample_images import MRN, container_tiff, declaration_json, scan_files, sidecar_json

QUIET = Console(quiet=True)


class Site:
    """A data folder and its database, open as a service has it."""

    def __init__(self, settings: Settings, reader: Reader) -> None:
        self.settings, self.reader = settings, reader

    def read_all(self, store: Store) -> None:
        if isinstance(store.queue, JobQueue):
            store.queue.look_after()  # as the upkeep of a service does
        worker = worker_of(store, self.reader, self.settings)
        while worker.read_next() is not None:
            pass

    def told(self) -> list[str]:
        lines = (self.settings.data_dir / "events.jsonl").read_text().splitlines()
        return [json.loads(line)["idempotencykey"] for line in lines]


@pytest.fixture(
    params=[
        "sqlite to sqlite",
        *(
            pytest.param(pair, marks=needs_postgresql())
            for pair in ("sqlite to postgresql", "postgresql to postgresql", "postgresql to sqlite")
        ),
    ]
)
def sites(request: pytest.FixtureRequest, settings: Settings, reader: Reader) -> Iterator[tuple[Site, Site]]:
    """Where the service runs, and where it shall go on."""
    before, after = str(request.param).split(" to ")
    with _Database(request, before) as here, _Database(request, after) as there:
        first = settings.model_copy(update={"database_url": here})
        elsewhere = settings.data_dir.with_name("elsewhere")
        second = settings.model_copy(update={"data_dir": elsewhere, "database_url": there})
        yield Site(first, reader), Site(second, reader)


class _Database:
    def __init__(self, request: pytest.FixtureRequest, kind: str) -> None:
        self._made = None
        if kind == "postgresql":
            server: Postgresql = request.getfixturevalue("postgresql")
            self._made = server.database(BARE)

    def __enter__(self) -> SecretStr | None:
        return SecretStr(self._made.__enter__()) if self._made else None

    def __exit__(self, *_: object) -> None:
        if self._made:
            self._made.__exit__(None, None, None)


def test_a_service_goes_on_elsewhere_from_a_backup_that_was_made_while_scans_arrived(
    sites: tuple[Site, Site], tmp_path: Path
) -> None:
    here, there = sites
    waiting = here.settings.data_dir / "waiting_energies"
    with open_store(here.settings) as store:
        first = store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test").scan_id
        here.read_all(store)
        deliver_events(store, here.settings)
        said = DecisionSaid.model_validate(
            {
                "decision": "clear",
                "reason": "marks_explained",
                "by": "officer-7",
                "revision": 1,
                "marks_shown": True,
            }
        )
        Recorder(store.database, here.settings.event_source, ("file",)).decide(first, said)
        store.intake.accept_scan(scan_files(container_tiff(seed=1), sidecar_json(None)), origin="test")
        waiting.mkdir(exist_ok=True)
        (waiting / "dicom~~half.dcm").write_bytes(b"one energy")
        with store.database.read() as session:
            record, told = risk_record(session, MRN), _events(store)
        arrives = threading.Thread(target=_arrive, args=(store,))
        arrives.start()
        assert backup(here.settings, BackupOptions(tmp_path / "backup", with_keys=True), QUIET) == 0
        arrives.join()
        position = _last_position(store)
    assert not list(here.settings.data_dir.glob(".backup-*"))
    assert check(there.settings, CheckOptions(tmp_path / "backup", quick=False, as_json=False), QUIET) == 0

    assert restore(there.settings, tmp_path / "backup", QUIET) == 0
    shutil.rmtree(here.settings.data_dir)
    assert (there.settings.data_dir / "waiting_energies" / "dicom~~half.dcm").read_bytes() == b"one energy"
    with open_store(there.settings) as store:
        with store.database.read() as session:
            assert risk_record(session, MRN) == record
            assert replay(session, MRN).same
            replayed = replay_reading(recorded_reading(session, store.blobs, first, None), here.reader)
            assert (replayed.answer, replayed.circumstances) == ("same", ())
            states = [view.state for view in queries.scans(session)]
        assert set(states) == {"read", "received"}
        assert set(told) <= set(_events(store))
        there.read_all(store)
        with store.database.write() as session:
            session.execute(update(OutboxRow).values(not_before=None))  # nobody waits for the time to undo
        deliver_events(store, there.settings)
        assert sorted(there.told()) == sorted(_events(store))
        assert len(set(there.told())) == len(there.told())
        assert set(told) <= set(there.told())
        with store.database.read() as session:
            assert {view.state for view in queries.scans(session)} == {"read"}
            assert session.scalar(select(func.count()).select_from(ScanRow)) >= 2
        assert _last_position(store) > 0
        assert position > 0
        assert check(there.settings, CheckOptions(None, quick=False, as_json=False), QUIET) == 0


def _arrive(store: Store) -> None:
    for seed in range(10, 13):
        files = scan_files(container_tiff(seed=seed, width=200), sidecar_json(None))
        store.intake.accept_scan(files, origin="test")


def _events(store: Store) -> list[str]:
    with store.database.read() as session:
        return list(session.execute(select(OutboxRow.event_id).where(OutboxRow.sink == "file")).scalars())


def _last_position(store: Store) -> int:
    with store.database.read() as session:
        return session.scalar(select(func.max(OutboxRow.position))) or 0


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path, reader: Reader) -> Path:
    folder = tmp_path_factory.mktemp("made")
    settings = Settings(data_dir=folder / "data", models_dir=tiny_models_dir, inference_threads=1)
    with open_store(settings) as store:
        store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test")
        worker_of(store, reader, settings).read_next()
    backup(settings, BackupOptions(folder / "backup"), QUIET)
    return folder


@pytest.fixture
def kept(_made: Path, tmp_path: Path) -> Path:
    """A backup of one scan that was read, without keys; beside it, what it was made of."""
    shutil.copytree(_made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "backup"


def elsewhere(settings: Settings, name: str = "elsewhere") -> Settings:
    return settings.model_copy(update={"data_dir": settings.data_dir.with_name(name)})


def test_nothing_is_restored_over_what_is_there(settings: Settings, kept: Path) -> None:
    with pytest.raises(Conflict, match="not empty"):
        restore(settings, kept, QUIET)
    with pytest.raises(Conflict, match="not empty"):
        backup(settings, BackupOptions(kept), QUIET)


@pytest.mark.parametrize("part", ["database.sqlite", "manifest.json", "files", "blobs"])
def test_a_backup_that_was_damaged_is_refused_and_leaves_nothing(
    settings: Settings, kept: Path, part: str
) -> None:
    if part == "files":
        (kept / "files").mkdir(exist_ok=True)
        (kept / "manifest.json").write_text(
            (kept / "manifest.json").read_text().replace('"files": {', '"files": {"files/events.jsonl": "0",')
        )
    else:
        victim = (
            kept / part if part != "blobs" else next(p for p in (kept / "blobs").rglob("*") if p.is_file())
        )
        victim.write_bytes(victim.read_bytes()[:-20])
    with pytest.raises(TallyscanError, match=r"damaged|not what was written|cannot be read|were changed"):
        restore(elsewhere(settings), kept, QUIET)
    assert not elsewhere(settings).data_dir.exists()


def test_a_backup_that_was_not_finished_or_is_of_a_newer_version_is_refused(
    settings: Settings, kept: Path
) -> None:
    text = (kept / "manifest.json").read_text()
    document = json.loads(text)
    (kept / "manifest.json").write_text(json.dumps(document | {"revision": "9999", "version": "99.0"}))
    with pytest.raises(Conflict, match=r"version 99\.0, which is newer"):
        restore(elsewhere(settings), kept, QUIET)
    (kept / "manifest.json").unlink()
    with pytest.raises(TallyscanError, match="not finished"):
        restore(elsewhere(settings), kept, QUIET)


def test_without_its_keys_a_restored_service_does_not_start_with_others(
    settings: Settings, kept: Path
) -> None:
    assert not (kept / "keys").exists()
    there = elsewhere(settings)
    assert restore(there, kept, QUIET) == 0
    with pytest.raises(Conflict, match="another key of pseudonyms"), open_store(there):
        pass
    for name in ("pseudonym.key", "selection.key", "audit.key"):
        shutil.copy(settings.data_dir / name, there.data_dir / name)
    with open_store(there):
        pass


def test_what_an_earlier_backup_has_is_linked_and_each_restores_alone(
    settings: Settings, kept: Path, tmp_path: Path
) -> None:
    with open_store(settings) as store:
        store.intake.accept_scan(scan_files(container_tiff(seed=5), sidecar_json(None)), origin="test")
    backup(settings, BackupOptions(tmp_path / "second", since=kept), QUIET)
    manifest = json.loads((tmp_path / "second" / "manifest.json").read_text())
    assert 0 < manifest["blobs"]["linked"] == manifest["blobs"]["count"] - 2
    shutil.rmtree(kept)
    assert restore(elsewhere(settings), tmp_path / "second", QUIET) == 0


def test_keys_are_for_their_owner_alone(settings: Settings, kept: Path, tmp_path: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0
    backup(settings, BackupOptions(tmp_path / "secret", with_keys=True), QUIET)
    keys = list((tmp_path / "secret" / "keys").iterdir())
    assert {key.name for key in keys} == {"pseudonym.key", "selection.key", "audit.key"}
    assert all(key.stat().st_mode & 0o077 == 0 for key in keys)


def test_missing_and_damaged_bytes_are_found_and_the_rest_is_worth_a_backup(
    settings: Settings, kept: Path, tmp_path: Path
) -> None:
    assert kept
    files = sorted(path for path in (settings.data_dir / "blobs").rglob("*") if path.is_file())
    files[0].unlink()
    files[1].write_bytes(b"other")
    bootstrap.open_blobs(settings).put(b"nobody names this")
    with bootstrap.open_archive(settings) as archive, archive.database.read() as session:
        found = check_store(session, archive.blobs)
        assert check_store(session, archive.blobs, quick=True).missing == found.missing
    assert found.missing == (files[0].parent.name + files[0].name,)
    assert found.damaged == (files[1].parent.name + files[1].name,)
    assert found.orphans == 1
    assert check(settings, CheckOptions(None, quick=False, as_json=True), QUIET) == 1
    assert backup(settings, BackupOptions(tmp_path / "rest"), QUIET) == 1
    assert len(json.loads((tmp_path / "rest" / "manifest.json").read_text())["blobs"]["missing"]) == 2
    assert restore(elsewhere(settings), tmp_path / "rest", QUIET) == 1


def test_bytes_in_s3_stay_there_and_must_be_found_again(
    settings: Settings, reader: Reader, s3: S3Server, tmp_path: Path
) -> None:
    given = {"blobs_url": f"s3://{s3.bucket}/bytes", "blobs_s3_endpoint": s3.url}
    here = Settings(**settings.model_dump() | given)
    with open_store(here) as store:
        store.intake.accept_scan(scan_files(), origin="test")
        worker_of(store, reader, here).read_next()
    assert backup(here, BackupOptions(tmp_path / "backup", with_keys=True), QUIET) == 0
    assert not (tmp_path / "backup" / "blobs").exists()
    assert restore(elsewhere(here), tmp_path / "backup", QUIET) == 0
    with open_store(elsewhere(here)):
        pass
    s3.delete(next(iter(s3.contents())))
    with pytest.raises(TallyscanError, match="are not where the backup left them"):
        restore(elsewhere(here, "third"), tmp_path / "backup", QUIET)
