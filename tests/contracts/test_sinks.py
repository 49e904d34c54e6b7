"""What every sink must do. A new sink adds a case to `OPENERS`."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallyscan.errors import Unavailable
from tallyscan.report.outbox import Sink
from tallyscan.report.sink_file import FileSink
from tallyscan.report.sinks import SINKS
from tests.report.sink_reading import events_in


def open_file(tmp_path: Path) -> Sink:
    return FileSink(tmp_path / "out" / "events.jsonl")


def received_by_file(tmp_path: Path) -> list[dict[str, Any]]:
    return events_in(tmp_path / "out" / "events.jsonl")


def break_file(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "events.jsonl").mkdir()


Opener = Callable[[Path], Sink]
Received = Callable[[Path], list[dict[str, Any]]]
OPENERS: dict[str, tuple[Opener, Received, Callable[[Path], None]]] = {
    "file": (open_file, received_by_file, break_file)
}
every_sink = pytest.mark.parametrize("name", SINKS)


def event(number: int) -> dict[str, Any]:
    return {"specversion": "1.0", "id": f"e{number}", "subject": "é\nnew line", "data": {"number": number}}


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in events]


def test_every_sink_is_under_this_contract() -> None:
    assert set(OPENERS) == set(SINKS)


@every_sink
def test_what_was_sent_arrives_whole_and_in_order(name: str, tmp_path: Path) -> None:
    opened, received, _ = OPENERS[name]
    sink = opened(tmp_path)
    for number in range(5):
        sink.send(event(number), f"e{number}")
    arrived = received(tmp_path)
    assert ids(arrived) == ["e0", "e1", "e2", "e3", "e4"]
    assert arrived[2]["data"] == {"number": 2}
    assert arrived[2]["subject"] == "é\nnew line"


@every_sink
def test_a_repeated_key_is_one_event(name: str, tmp_path: Path) -> None:
    opened, received, _ = OPENERS[name]
    sink = opened(tmp_path)
    for number in (1, 2, 1, 2, 1):
        sink.send(event(number), f"e{number}")
    assert ids(received(tmp_path)) == ["e1", "e2"]


@every_sink
def test_a_repeated_key_is_one_event_after_a_restart_too(name: str, tmp_path: Path) -> None:
    opened, received, _ = OPENERS[name]
    opened(tmp_path).send(event(1), "e1")
    again = opened(tmp_path)
    again.send(event(1), "e1")
    again.send(event(2), "e2")
    assert ids(received(tmp_path)) == ["e1", "e2"]


@every_sink
def test_the_key_counts_and_not_the_content(name: str, tmp_path: Path) -> None:
    opened, received, _ = OPENERS[name]
    sink = opened(tmp_path)
    sink.send(event(1), "one")
    sink.send(event(1), "two")
    assert ids(received(tmp_path)) == ["e1", "e1"]


@every_sink
def test_what_does_not_answer_is_unavailable_and_nothing_is_marked_as_sent(name: str, tmp_path: Path) -> None:
    opened, _, break_it = OPENERS[name]
    break_it(tmp_path)
    sink = opened(tmp_path)
    for _ in range(2):
        with pytest.raises(Unavailable):
            sink.send(event(1), "e1")


@every_sink
def test_many_threads_lose_and_repeat_nothing(name: str, tmp_path: Path) -> None:
    opened, received, _ = OPENERS[name]
    sink = opened(tmp_path)

    def send_all() -> None:
        for number in range(20):
            sink.send(event(number), f"e{number}")

    threads = [threading.Thread(target=send_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(received(tmp_path))) == sorted(f"e{number}" for number in range(20))
