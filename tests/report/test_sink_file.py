from pathlib import Path

import pytest

from tallyscan.errors import Unavailable
from tallyscan.report.sink_file import FileSink
from tests.report.sink_reading import events_in


def test_an_event_arrives_whole(tmp_path: Path) -> None:
    event = {"specversion": "1.0", "id": "a", "subject": "é\nnew line", "data": {"number": 2}}
    FileSink(tmp_path / "events.jsonl").send(event, "a")
    assert events_in(tmp_path / "events.jsonl") == [{"idempotencykey": "a"} | event]


def test_a_line_cut_short_by_a_crash_is_taken_off_and_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = FileSink(path)
    sink.send({"id": "a"}, "a")
    sink.send({"id": "b"}, "b")
    whole = path.read_bytes()
    path.write_bytes(whole[:-4])
    again = FileSink(path)
    again.send({"id": "a"}, "a")
    again.send({"id": "b"}, "b")
    assert path.read_bytes() == whole


def test_lines_of_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('not json\n[1, 2]\n{"id": "x"}\n')
    sink = FileSink(path)
    sink.send({"id": "a"}, "a")
    assert path.read_text().splitlines()[:3] == ["not json", "[1, 2]", '{"id": "x"}']
    assert len(path.read_text().splitlines()) == 4


def test_when_the_file_can_be_written_again_the_event_arrives_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = FileSink(path)
    sink.send({"id": "a"}, "a")
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.raises(Unavailable, match=r"events\.jsonl"):
        sink.send({"id": "b"}, "b")
    path.rmdir()
    path.write_bytes(kept)
    sink.send({"id": "a"}, "a")
    sink.send({"id": "b"}, "b")
    assert [event["id"] for event in events_in(path)] == ["a", "b"]


def test_a_number_that_json_does_not_know_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with pytest.raises(ValueError, match="JSON"):
        FileSink(path).send({"id": "a", "score": float("nan")}, "a")
    assert not path.exists()
