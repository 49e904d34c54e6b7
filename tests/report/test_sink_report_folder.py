from pathlib import Path

import pytest

from tallyscan.errors import Unavailable
from tallyscan.report.sink_report_folder import ReportFolderSink
from tallyscan.report.threat_report import report_uid
from tests.report.builders import made_reading
from tests.report.threat_reports import event_of, read_back

EVENT = event_of(made_reading())


def test_a_report_has_the_name_of_its_uid_and_is_whole(tmp_path: Path) -> None:
    ReportFolderSink(tmp_path / "deep" / "reports").send(EVENT, "r1")
    (file,) = (tmp_path / "deep" / "reports").iterdir()
    assert file.name == f"{report_uid('r1')}.dcm"
    assert read_back(file.read_bytes()).AlarmDecision == "ALARM"


def test_one_that_is_there_is_left_alone(tmp_path: Path) -> None:
    sink = ReportFolderSink(tmp_path)
    sink.send(EVENT, "r1")
    (file,) = tmp_path.iterdir()
    before = file.stat()
    sink.send(EVENT, "r1")
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_disk_that_is_full_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    sink = ReportFolderSink(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(Unavailable, match="No space left"):
            sink.send(EVENT, "r1")
    assert list(tmp_path.iterdir()) == []
    sink.send(EVENT, "r1")
    assert len(list(tmp_path.iterdir())) == 1
