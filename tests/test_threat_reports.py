"""Scans in, threat detection reports out: from the worker through the outbox to another service of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import FileDataset
from sqlalchemy import update

from tallyscan.bootstrap import Store, deliver_events, open_store, running, sole_relays, worker_of
from tallyscan.decision import DecisionSaid, UndoSaid
from tallyscan.errors import TallyscanError
from tallyscan.inspection import InspectionSaid
from tallyscan.pipeline import Reader
from tallyscan.recorder import Recorder
from tallyscan.report.sinks import sinks_named
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.outbox_rows import OutboxRows
from tallyscan.store.tables import OutboxRow
from tests.acquire.dicom_network import arrivals_of, dx, listening, quarantine, wait_until
from tests.review.builders import clear, found, nothing, suspicious
from tests.sample_images import container_tiff, sidecar_json
from tests.web.conftest import serving


@pytest.fixture
def archive(settings: Settings, reader: Reader) -> Iterator[tuple[str, Store]]:
    """A whole service of ours that takes reports; where its STOW-RS is, and its store."""
    theirs = settings.model_copy(update={"data_dir": settings.data_dir.parent / "archive"})
    with (
        open_store(theirs) as store,
        running(theirs, store, reader) as service,
        serving(service, theirs) as client,
    ):
        yield f"{client.base_url}/v1/dicomweb", store


@contextmanager
def sending(settings: Settings, **more: object) -> Iterator[tuple[Settings, Store]]:
    chosen = Settings.model_validate(settings.model_dump() | more)
    with open_store(chosen) as store:
        yield chosen, store


def read_all(settings: Settings, store: Store, reader: Reader, *scans: ScanFiles) -> None:
    worker = worker_of(store, reader, settings)
    for files in scans:
        store.intake.accept_scan(files, origin="test")
        assert worker.read_next() is not None
    deliver_events(store, settings)


def alarm() -> ScanFiles:
    return ScanFiles((ScanPart("scan.tif", container_tiff(lump=True)),), sidecar_json())


def from_dicos() -> ScanFiles:
    """Too small to be read, and its counts have no calibration."""
    return ScanFiles((ScanPart("scan.dcm", dx(1)),), b'{"grade": "transmission"}')


def reports_in(store: Store) -> list[FileDataset]:
    kept = [entry for entry in quarantine(store) if entry.kind == "report"]
    return [pydicom.dcmread(BytesIO(store.blobs.get(entry.sha256 or ""))) for entry in reversed(kept)]


def people(settings: Settings, store: Store, minutes_ago: float = 1.0) -> Recorder:
    """Who decided a while ago, so that nothing can be undone any more."""
    then = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return Recorder(store.database, settings.event_source, sinks_named(settings), lambda: then)


def waiting(store: Store, sink: str) -> list[str]:
    return [row.event_id for row in OutboxRows(store.database, sink).due(10)]


def test_what_was_read_and_what_was_not_arrive_at_another_service_by_stow(
    settings: Settings, reader: Reader, archive: tuple[str, Store]
) -> None:
    url, theirs = archive
    with sending(settings, threat_report_stow_url=url) as (ours, store):
        read_all(ours, store, reader, alarm(), from_dicos())
        assert (waiting(store, "file"), waiting(store, "stow")) == ([], [])
    found, refused = reports_in(theirs)
    assert (found.AlarmDecision, found.AbortFlag, found.PatientID) == ("ALARM", "SUCCESS", "CSQU3054383")
    assert len(found.ThreatSequence) >= 1
    assert (refused.AlarmDecision, refused.AbortFlag, refused.AbortReason) == (
        "UNKNOWN",
        "ABORT",
        "FAILED_RECON",
    )
    assert refused.ImageComments.startswith("not_calibrated: ")
    assert [image.ReferencedSOPInstanceUID for image in refused.ReferencedStudySequence] == ["2.25.2"]
    assert (refused.StudyInstanceUID, refused.PatientID) == ("2.25.7", "CSQU3054383")


def test_a_report_whose_answer_was_lost_is_sent_again_and_kept_once(
    settings: Settings, reader: Reader, archive: tuple[str, Store]
) -> None:
    url, theirs = archive
    with sending(settings, threat_report_stow_url=url) as (ours, store):
        read_all(ours, store, reader, alarm())
        with store.database.write() as session:
            session.execute(update(OutboxRow).values(state="waiting", delivered_at=None))
        assert len(waiting(store, "stow")) == 1
        deliver_events(store, ours)
        assert waiting(store, "stow") == []
    assert len(reports_in(theirs)) == 1


def test_they_arrive_at_our_own_listener_by_cstore(
    settings: Settings, reader: Reader, tmp_path: Path
) -> None:
    theirs = settings.model_copy(update={"data_dir": tmp_path / "archive"})
    with open_store(theirs) as kept, listening(arrivals_of(kept, tmp_path), tmp_path) as listener:
        more = {"threat_report_dicom_host": "127.0.0.1", "threat_report_dicom_port": listener.port}
        with sending(settings, **more) as (ours, store):
            read_all(ours, store, reader, alarm())
            assert waiting(store, "cstore") == []
        (report,) = reports_in(kept)
    assert report.AlarmDecision == "ALARM"


def test_what_officers_decide_and_inspectors_find_arrives_by_stow_of_the_same_images(
    settings: Settings, reader: Reader, archive: tuple[str, Store]
) -> None:
    url, theirs = archive
    with sending(settings, threat_report_stow_url=url) as (ours, store):
        read_all(ours, store, reader, from_dicos())
        with store.database.read() as session:
            (scan,) = queries.scans(session)
        desk = people(ours, store)
        first = desk.decide(scan.id, DecisionSaid.model_validate(suspicious())).entry
        unread = clear(reason="cleared_unread", comment="Seen at the gate.", corrects=str(first.id))
        desk.decide(scan.id, DecisionSaid.model_validate(unread))
        items = [{"family": "people", "count": 2, "count_of": "people"}]
        desk.inspect(scan.id, InspectionSaid.model_validate(found(items=items)))
        deliver_events(store, ours)
        assert (waiting(store, "file"), waiting(store, "stow")) == ([], [])
    machine, officer, corrected, truth = reports_in(theirs)
    assert [report.TDRType for report in (machine, officer, corrected, truth)] == [
        "MACHINE",
        "OPERATOR",
        "OPERATOR",
        "GROUND TRUTH",
    ]
    assert (officer.AlarmDecision, corrected.AlarmDecision, truth.AlarmDecision) == (
        "ALARM",
        "UNKNOWN",
        "ALARM",
    )
    assert corrected.ImageComments.startswith("cleared_unread: ")
    (replaced,) = corrected.ReferencedTDRInstanceSequence
    assert replaced.ReferencedSOPInstanceUID == officer.SOPInstanceUID
    assert truth.ThreatSequence[0].ATDAssessmentSequence[0].ATDAssessmentFlag == "HIGH_THREAT"
    for report in (officer, corrected, truth):
        assert [image.ReferencedSOPInstanceUID for image in report.ReferencedStudySequence] == ["2.25.2"]
        assert (report.StudyInstanceUID, report.PatientID) == (machine.StudyInstanceUID, machine.PatientID)


def test_they_arrive_by_cstore_and_as_files_too(settings: Settings, reader: Reader, tmp_path: Path) -> None:
    theirs = settings.model_copy(update={"data_dir": tmp_path / "archive"})
    with open_store(theirs) as kept, listening(arrivals_of(kept, tmp_path), tmp_path) as listener:
        more = {
            "threat_report_dicom_host": "127.0.0.1",
            "threat_report_dicom_port": listener.port,
            "threat_report_dir": tmp_path / "reports",
        }
        with sending(settings, **more) as (ours, store):
            read_all(ours, store, reader, alarm())
            with store.database.read() as session:
                (scan,) = queries.scans(session)
            desk = people(ours, store)
            desk.decide(scan.id, DecisionSaid.model_validate(clear(reason="marks_explained")))
            desk.inspect(scan.id, InspectionSaid.model_validate(nothing()))
            deliver_events(store, ours)
            assert [waiting(store, sink) for sink in ("file", "cstore", "report_folder")] == [[], [], []]
        by_cstore = [(report.TDRType, report.AlarmDecision) for report in reports_in(kept)]
    files = [pydicom.dcmread(file) for file in (tmp_path / "reports").glob("*.dcm")]
    assert by_cstore == [("MACHINE", "ALARM"), ("OPERATOR", "CLEAR"), ("GROUND TRUTH", "CLEAR")]
    assert sorted((file.TDRType, file.AlarmDecision) for file in files) == sorted(by_cstore)


def test_what_was_just_cleared_waits_until_it_cannot_be_undone(
    settings: Settings, reader: Reader, tmp_path: Path
) -> None:
    with sending(settings, threat_report_dir=tmp_path / "reports") as (ours, store):
        read_all(ours, store, reader, alarm())
        with store.database.read() as session:
            (scan,) = queries.scans(session)
        now = people(ours, store, minutes_ago=0)
        slip = now.decide(scan.id, DecisionSaid.model_validate(clear())).entry
        now.undo(scan.id, str(slip.id), UndoSaid(by=slip.by))
        deliver_events(store, ours)
        assert len(list((tmp_path / "reports").glob("*.dcm"))) == 1  # the machine's
        with store.database.write() as session:
            session.execute(update(OutboxRow).values(not_before=None))
        deliver_events(store, ours)
        told = sorted(
            (report.InstanceNumber, report.AlarmDecision)
            for report in map(pydicom.dcmread, (tmp_path / "reports").glob("*.dcm"))
            if report.TDRType == "OPERATOR"
        )
    assert told == [(1, "CLEAR"), (2, "UNKNOWN")]


def test_a_receiver_that_is_away_holds_back_neither_events_nor_the_folder(
    settings: Settings, reader: Reader, tmp_path: Path
) -> None:
    more = {"threat_report_stow_url": "http://127.0.0.1:9", "threat_report_dir": tmp_path / "reports"}
    with sending(settings, **more) as (ours, store):
        read_all(ours, store, reader, alarm())
        assert (waiting(store, "file"), waiting(store, "report_folder")) == ([], [])
        with store.database.read() as session:
            (row,) = session.query(OutboxRow).filter_by(sink="stow")
            assert (row.delivered_at, row.attempts) == (None, 1)
            assert "does not answer" in (row.last_error or "")
    assert len(list((tmp_path / "reports").glob("*.dcm"))) == 1


def test_without_a_setting_nothing_waits_for_anybody_but_the_file(settings: Settings, reader: Reader) -> None:
    with sending(settings) as (ours, store):
        read_all(ours, store, reader, alarm())
        with store.database.read() as session:
            assert [row.sink for row in session.query(OutboxRow)] == ["file"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"threat_report_stow_url": "http://archive.example/dicom-web"}, "without TLS"),
        ({"threat_report_dicom_host": "archive.example"}, "without TLS"),
        ({"threat_report_dicom_host": "192.0.2.1"}, "without TLS"),
        ({"threat_report_stow_url": "http://127.0.0.1:port/"}, "no address"),
        ({"threat_report_dicom_host": "x", "threat_report_dicom_tls": True,
          "threat_report_authorities": "/nowhere.crt"}, "certificates"),
    ],
)  # fmt: skip
def test_what_would_go_out_in_the_open_or_is_set_up_wrongly_stops_the_start(
    settings: Settings, reader: Reader, wrong: dict[str, object], said: str
) -> None:
    with (
        sending(settings, **wrong) as (ours, store),
        pytest.raises(TallyscanError, match=said),
        running(ours, store, reader),
    ):
        pass


def test_it_may_be_allowed_and_loopback_is_this_machine(settings: Settings) -> None:
    for more in (
        {"threat_report_dicom_host": "archive.example", "threat_report_allow_plain": True},
        {"threat_report_stow_url": "http://archive.example/dicom-web", "threat_report_allow_plain": True},
        {"threat_report_dicom_host": "::1"},
        {"threat_report_stow_url": "http://localhost:8042/dicom-web"},
    ):
        with sending(settings, **more) as (ours, store), sole_relays(store, ours) as relays:
            assert len(relays) == 2


def test_the_running_service_sends_them_and_says_when_it_stops(
    settings: Settings, reader: Reader, archive: tuple[str, Store]
) -> None:
    url, theirs = archive
    with (
        sending(settings, threat_report_stow_url=url) as (ours, store),
        running(ours, store, reader) as service,
    ):
        store.intake.accept_scan(alarm(), origin="test")
        service.wake()
        wait_until(lambda: len(reports_in(theirs)) == 1)
        assert service.stopped_parts() == ()
    assert "relay_stow" in service.stopped_parts()
