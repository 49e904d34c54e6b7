import errno
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tallyscan.bootstrap import Store, deliver_events, open_store, running, worker_of
from tallyscan.declaration import Declaration
from tallyscan.errors import Conflict, InputError, Unavailable
from tallyscan.finding import Detection
from tallyscan.pipeline import Reader
from tallyscan.report.indicators import reused_image
from tallyscan.report.tone import tone
from tallyscan.scan import Scan
from tallyscan.settings import Settings
from tallyscan.store import blobs, queries
from tallyscan.store.queries import ScanView
from tallyscan.store.risk_record import risk_record
from tallyscan.store.selections import standing
from tallyscan.store.tables import ScanRow
from tallyscan.worker import Loop
from tests.report.sink_reading import assessments_in
from tests.sample_images import (
    CONTAINER,
    MRN,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    scan_files,
    sidecar_json,
)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


class BeforeDetection:
    """The real model, with something that happens just before it looks."""

    def __init__(self, reader: Reader, happens: object) -> None:
        self._detector = reader.detector
        self._happens = happens
        self.identity = reader.detector.identity
        self.thresholds = reader.detector.thresholds
        self.runtime = reader.detector.runtime

    def detect(self, scan: Scan, declaration: Declaration | None) -> Detection:
        happens, self._happens = self._happens, None
        if isinstance(happens, Exception):
            raise happens
        if callable(happens):
            happens()
        return self._detector.detect(scan, declaration)


def view_of(store: Store, scan_id: str) -> ScanView:
    with store.database.read() as session:
        return queries.scan(session, scan_id)


def events_of(settings: Settings, store: Store) -> list[dict[str, Any]]:
    deliver_events(store, settings)
    return assessments_in(settings.data_dir / "events.jsonl")


def test_a_scan_with_its_declaration_ends_in_the_risk_record_and_one_event(
    settings: Settings, store: Store, reader: Reader
) -> None:
    accepted = store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test")
    worker = worker_of(store, reader, settings)
    assert worker.read_next() == accepted.scan_id
    assert worker.read_next() is None
    view = view_of(store, accepted.scan_id)
    assert (view.state, view.consignment, view.revision) == ("read", MRN, 1)
    assert view.picture_key is not None
    assert store.blobs.get(view.picture_key).startswith(b"\x89PNG")
    assert view.thumbnail_key is not None
    assert view.report_key is not None
    assert b"Shirts" in store.blobs.get(view.report_key)
    with store.database.read() as session:
        record = risk_record(session, MRN)
    assert view.reading is not None
    assert [entry.scan_id for entry in record.history] == [accepted.scan_id]
    assert record.risk.score == view.reading["risk"]["score"]
    (event,) = events_of(settings, store)
    assert (event["subject"], event["type"]) == (MRN, "org.tallyscan.scan-assessment.completed.v1")
    assert events_of(settings, store) == [event]
    assert event["data"]["reading"] == view.reading
    assert event["data"]["record"]["risk"] == view.reading["risk"]


def test_what_cannot_be_read_is_rejected_told_outside_and_the_next_one_read(
    settings: Settings, store: Store, reader: Reader
) -> None:
    bad = store.intake.accept_scan(scan_files(b"text"), origin="test", consignment="C-1")
    good = store.intake.accept_scan(scan_files(), origin="test")
    worker = worker_of(store, reader, settings)
    while worker.read_next():
        pass
    rejected = view_of(store, bad.scan_id)
    assert rejected.state == "rejected"
    assert (rejected.reason or "").startswith("unsupported_format: ")
    assert view_of(store, good.scan_id).state == "read"
    with store.database.read() as session:
        assert risk_record(session, "C-1").risk.lane == "not_assessed"
    failed = [event for event in events_of(settings, store) if event["subject"] == "C-1"]
    assert [event["type"] for event in failed] == ["org.tallyscan.scan-assessment.failed.v1"]


def test_a_selection_that_fails_keeps_reading_and_event_and_a_person_looks(
    settings: Settings, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("not foreseen")

    accepted = store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test")
    monkeypatch.setattr("tallyscan.selector.facts_of", fails)
    worker = worker_of(store, reader, settings)
    assert worker.read_next() == accepted.scan_id
    assert worker.read_next() is None
    view = view_of(store, accepted.scan_id)
    assert (view.state, view.revision) == ("read", 1)
    subjects = [event["subject"] for event in events_of(settings, store)]
    assert subjects == [MRN, f"selection/after_scan/{MRN}"]
    with store.database.read() as session:
        step = standing(session, MRN, "after_scan")
    assert step is not None
    assert step.actions == ("second_reading",)
    assert "could be judged" in step.in_words


def test_a_declaration_corrected_during_the_reading_is_the_one_that_counts(
    settings: Settings, store: Store, reader: Reader
) -> None:
    def correct() -> None:
        store.intake.accept_declaration(declaration_json(mass_kg=1), origin="test")

    accepted = store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test")
    worker = worker_of(store, replace(reader, detector=BeforeDetection(reader, correct)), settings)
    worker.read_next()
    assert view_of(store, accepted.scan_id).state == "received"
    worker.read_next()
    view = view_of(store, accepted.scan_id)
    assert (view.state, view.revision) == ("read", 1)
    with store.database.read() as session:
        history = risk_record(session, MRN).history
    assert [entry.declaration_version for entry in history] == [2]
    assert len(events_of(settings, store)) == 1


def test_a_corrected_declaration_supersedes(settings: Settings, store: Store, reader: Reader) -> None:
    accepted = store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test")
    worker = worker_of(store, reader, settings)
    worker.read_next()
    store.intake.accept_declaration(declaration_json(mass_kg=1), origin="test")
    worker.read_next()
    assert worker.read_next() is None
    assert view_of(store, accepted.scan_id).revision == 2
    with store.database.read() as session:
        history = risk_record(session, MRN).history
    assert [(entry.sequence, entry.supersedes, entry.declaration_version) for entry in history] == [
        (1, None, 1),
        (2, 1, 2),
    ]
    first, second = events_of(settings, store)
    assert second["type"] == "org.tallyscan.scan-assessment.superseded.v1"
    assert second["data"]["supersedes"] == first["id"]
    assert [event["data"]["record"]["sequence"] for event in (first, second)] == [1, 2]
    assert [event["data"]["declaration"]["version"] for event in (first, second)] == [1, 2]


def test_a_waiting_scan_joins_and_is_read_with_its_declaration(
    settings: Settings, store: Store, reader: Reader
) -> None:
    accepted = store.intake.accept_scan(scan_files(), origin="test")
    worker = worker_of(store, reader, settings)
    worker.read_next()
    assert view_of(store, accepted.scan_id).consignment is None
    store.intake.accept_declaration(declaration_json(), origin="test")
    worker.read_next()
    view = view_of(store, accepted.scan_id)
    assert (view.consignment, view.revision) == (MRN, 2)
    assert view.reading is not None
    assert any(verdict["outcome"] != "undetermined" for verdict in view.reading["verdicts"])
    with store.database.read() as session:
        assert len(risk_record(session, MRN).history) == 1


def test_a_reused_image_is_an_indicator_that_names_the_first(
    settings: Settings, store: Store, reader: Reader
) -> None:
    first = store.intake.accept_scan(scan_files(), origin="test", consignment="C-1")
    second = store.intake.accept_scan(
        scan_files(sidecar=sidecar_json(OTHER_CONTAINER)), origin="test", consignment="C-2"
    )
    worker = worker_of(store, reader, settings)
    while worker.read_next():
        pass
    with store.database.read() as session:
        entry = risk_record(session, "C-2").history[0]
        clean = risk_record(session, "C-1").history[0]
    assert reused_image(first.scan_id, CONTAINER) in entry.risk.indicators
    assert entry.detail["reused_image"] == {"first_scan": first.scan_id}
    assert "XR-REUSED-IMAGE" not in [indicator.code for indicator in clean.risk.indicators]
    view = view_of(store, second.scan_id)
    assert view.reading is not None
    named = [i["first_scan"] for i in view.reading["risk"]["indicators"] if i["code"] == "XR-REUSED-IMAGE"]
    assert named == [first.scan_id]
    told = {event["subject"]: event["data"]["reused_from"] for event in events_of(settings, store)}
    assert told == {"C-1": None, "C-2": first.scan_id}


def test_what_does_not_answer_is_tried_again_later(settings: Settings, store: Store, reader: Reader) -> None:
    accepted = store.intake.accept_scan(scan_files(), origin="test")
    silent = BeforeDetection(reader, Unavailable("The model server is silent."))
    worker = worker_of(store, replace(reader, detector=silent), settings)
    worker.read_next()
    view = view_of(store, accepted.scan_id)
    assert (view.state, view.reason) == ("received", "The model server is silent.")
    assert worker.read_next() is None


def test_a_full_disk_while_the_picture_is_written_costs_no_scan(
    settings: Settings, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    accepted = store.intake.accept_scan(scan_files(), origin="test", consignment="C-1")
    worker = worker_of(store, reader, settings)
    with monkeypatch.context() as patch:
        patch.setattr("tallyscan.store.blobs._write", full)
        worker.read_next()
    view = view_of(store, accepted.scan_id)
    assert (view.state, view.revision) == ("received", 0)
    assert "No space left" in (view.reason or "")
    assert worker.read_next() is None  # it waits for its next try
    make_due(store, accepted.scan_id)
    worker.read_next()
    assert view_of(store, accepted.scan_id).state == "read"
    with store.database.read() as session:
        assert len(risk_record(session, "C-1").history) == 1


def test_a_full_disk_while_the_image_is_kept_costs_no_scan(
    settings: Settings, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = blobs._write

    def full_for_images(path: Path, data: bytes) -> None:
        if data.startswith(b"II*\0"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, data)

    accepted = store.intake.accept_scan(scan_files(), origin="test")
    worker = worker_of(store, reader, settings)
    with monkeypatch.context() as patch:
        patch.setattr(blobs, "_write", full_for_images)
        worker.read_next()
    assert view_of(store, accepted.scan_id).state == "received"
    make_due(store, accepted.scan_id)
    worker.read_next()
    view = view_of(store, accepted.scan_id)
    assert view.state == "read"
    assert view.image_key is not None


def test_a_locked_database_costs_no_scan(
    settings: Settings, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))

    accepted = store.intake.accept_scan(scan_files(), origin="test")
    worker = worker_of(store, reader, settings)
    with monkeypatch.context() as patch:
        patch.setattr("tallyscan.worker.save_reading", locked)
        worker.read_next()
    view = view_of(store, accepted.scan_id)
    assert (view.state, view.reason) == ("received", "The database does not answer: database is locked.")
    make_due(store, accepted.scan_id)
    worker.read_next()
    assert view_of(store, accepted.scan_id).state == "read"


@pytest.mark.parametrize("happens", [None, InputError("It is no scan.")], ids=["read", "rejected"])
def test_a_scan_that_could_not_even_be_put_back_waits_again_as_soon_as_the_database_is_back(
    settings: Settings,
    store: Store,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    happens: Exception | None,
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("The database does not answer: it restarts.")

    accepted = store.intake.accept_scan(scan_files(), origin="test")
    worker = worker_of(store, replace(reader, detector=BeforeDetection(reader, happens)), settings)
    with monkeypatch.context() as patch:
        patch.setattr("tallyscan.worker.save_reading", away)
        patch.setattr("tallyscan.store.work_queue.put_back", away)
        for _ in range(2):
            with pytest.raises(Unavailable):
                worker.read_next()
        assert view_of(store, accepted.scan_id).state == "reading"
    assert worker.read_next() is None
    waiting = view_of(store, accepted.scan_id)
    assert (waiting.state, waiting.reason) == ("received", "The database does not answer: it restarts.")
    make_due(store, accepted.scan_id)
    worker.read_next()
    assert view_of(store, accepted.scan_id).state == "read"


def test_a_scan_given_up_says_what_was_unavailable_and_lives_again_when_it_is_sent_again(
    settings: Settings, store: Store, reader: Reader
) -> None:
    accepted = store.intake.accept_scan(scan_files(), origin="test")
    for _ in range(settings.max_attempts):
        claim = store.queue.claim()
        assert claim is not None
        store.queue.put_back(claim, reason="No space left on device.", counts=True)
    worker = worker_of(store, reader, settings)
    worker.read_next()
    dead = view_of(store, accepted.scan_id)
    assert dead.state == "dead"
    assert "No space left on device." in (dead.reason or "")
    store.intake.accept_scan(scan_files(), origin="test")
    worker.read_next()
    assert view_of(store, accepted.scan_id).state == "read"


def test_the_profile_of_a_scan_is_used_again_by_another_process_and_for_no_other_scan(
    settings: Settings, store: Store, reader: Reader
) -> None:
    other = store.intake.accept_scan(scan_files(container_tiff(seed=1)), origin="test")
    accepted = store.intake.accept_scan(
        scan_files(declaration=declaration_json()), origin="command", profile="display"
    )
    started_with_it = worker_of(store, replace(reader, profile_name="display"), settings)
    while started_with_it.read_next():
        pass

    def profile_of(scan_id: str) -> object:
        view = view_of(store, scan_id)
        assert view.reading is not None
        return view.reading["provenance"]["profile"]

    assert (profile_of(accepted.scan_id), profile_of(other.scan_id)) == ("display", "generic_transmission")
    store.intake.accept_declaration(declaration_json(mass_kg=1), origin="test")
    another = worker_of(store, reader, settings)
    while another.read_next():
        pass
    assert view_of(store, accepted.scan_id).revision == 2
    assert profile_of(accepted.scan_id) == "display"


def test_picture_and_thumbnail_share_one_toned_image(
    settings: Settings, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    toned = []

    def count(scan: Scan) -> object:
        toned.append(scan)
        return tone(scan)

    for module in ("tallyscan.worker", "tallyscan.report.tone"):
        monkeypatch.setattr(f"{module}.tone", count)
    store.intake.accept_scan(scan_files(), origin="test")
    worker_of(store, reader, settings).read_next()
    assert len(toned) == 1


def test_a_defect_makes_a_dead_letter_with_its_traceback_and_is_never_clear(
    settings: Settings, store: Store, reader: Reader
) -> None:
    accepted = store.intake.accept_scan(scan_files(), origin="test", consignment="C-1")
    broken = BeforeDetection(reader, ZeroDivisionError("a defect"))
    worker = worker_of(store, replace(reader, detector=broken), settings)
    worker.read_next()
    view = view_of(store, accepted.scan_id)
    assert view.state == "dead"
    assert "ZeroDivisionError: a defect" in (view.reason or "")
    assert "in detect" in (view.traceback or "")
    assert view.reading is not None
    assert view.reading["risk"]["lane"] == "not_assessed"
    with store.database.read() as session:
        assert [entry.event for entry in risk_record(session, "C-1").history] == ["scan_failed"]
    store.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
    worker.read_next()
    again = view_of(store, accepted.scan_id)
    assert (again.state, again.traceback) == ("read", None)


def test_a_scan_that_never_comes_to_an_end_is_given_up(
    settings: Settings, store: Store, reader: Reader
) -> None:
    accepted = store.intake.accept_scan(scan_files(), origin="test")
    for _ in range(settings.max_attempts):
        claim = store.queue.claim()
        assert claim is not None
        store.queue.put_back(claim, reason="the process that read it ended", counts=True)
    worker_of(store, reader, settings).read_next()
    view = view_of(store, accepted.scan_id)
    assert view.state == "dead"
    assert "5 times and never finished" in (view.reason or "")


def test_the_running_service_reads_what_comes_and_delivers(
    settings: Settings, store: Store, reader: Reader
) -> None:
    with running(settings, store, reader) as service:
        accepted = store.intake.accept_scan(scan_files(), origin="test")
        service.wake()
        wait_until(lambda: view_of(store, accepted.scan_id).state == "read")
        wait_until(lambda: (settings.data_dir / "events.jsonl").exists())
        assert service.stopped_parts() == ()
    assert set(service.stopped_parts()) == {"worker", "relay", "selection", "arrivals", "queue"}


def test_a_data_folder_is_served_once(settings: Settings, store: Store, reader: Reader) -> None:
    with (
        running(settings, store, reader),
        pytest.raises(Conflict, match="serves the data folder"),
        running(settings, store, reader),
    ):
        pass


def test_the_inbox_leads_into_the_store(
    settings: Settings, store: Store, reader: Reader, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with running(settings.model_copy(update={"inbox_dir": inbox}), store, reader):
        (inbox / "a.json").write_bytes(sidecar_json())
        (inbox / "a.declaration.json").write_bytes(declaration_json())
        (inbox / "a.tif").write_bytes(container_tiff())
        (inbox / "b.tif").write_bytes(b"text")
        wait_until(lambda: states(store) == {"a.tif": "read", "b.tif": "rejected"})


def test_what_the_inbox_refuses_is_in_quarantine(
    settings: Settings, store: Store, reader: Reader, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    small = replace(reader, limits=replace(reader.limits, max_bytes=1000))
    with running(settings.model_copy(update={"inbox_dir": inbox}), store, small):
        (inbox / "wrong.declaration.json").write_bytes(b"{}")
        (inbox / "big.tif").write_bytes(b"x" * 1000)
        (inbox / "small.tif").write_bytes(b"text")
        wait_until(lambda: states(store) == {"small.tif": "rejected"})
        wait_until(lambda: (inbox / "refused" / "big.tif.reason.txt").exists())
        wait_until(lambda: (inbox / "refused" / "wrong.declaration.json.reason.txt").exists())
    with store.database.read() as session:
        kept = {row.name: row for row in queries.quarantine(session)}
    assert set(kept) == {"wrong.declaration.json", "big.tif"}
    big = kept["big.tif"]
    assert (big.code, big.kind, big.origin, big.size_bytes) == ("too_large", "image", "folder", 1000)
    assert (big.kept_at, big.sha256) == ("refused/big.tif", hashlib.sha256(b"x" * 1000).hexdigest())
    wrong = kept["wrong.declaration.json"]
    assert wrong.kept_at is None
    assert store.blobs.get(wrong.sha256 or "") == b"{}"


def test_a_loop_goes_on_after_a_failure_and_says_so_meanwhile() -> None:
    fails = threading.Event()
    fails.set()
    done = threading.Event()

    def step() -> bool:
        if fails.is_set():
            raise OSError("no disk")
        done.set()
        return False

    loop = Loop("worker", step, idle_seconds=0.01)
    loop.start()
    wait_until(lambda: not loop.runs)
    assert "no disk" in (loop.failure or "")
    fails.clear()
    assert done.wait(60)
    wait_until(lambda: loop.runs)
    loop.stop(5)
    assert not loop.runs


def make_due(store: Store, scan_id: str) -> None:
    """As if the pause before its next try had passed."""
    with store.database.write() as session:
        row = session.get(ScanRow, scan_id)
        assert row is not None
        row.not_before = None


def states(store: Store) -> dict[str, str]:
    with store.database.read() as session:
        return {view.name: view.state for view in queries.scans(session)}


def wait_until(true: object, seconds: float = 20) -> None:
    assert callable(true)
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)
