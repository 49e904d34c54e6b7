"""The relay on the real outbox, with sinks that fail on command."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tallyscan.errors import Unavailable, Undeliverable
from tallyscan.report.outbox import (
    FIRST_DELAY_SECONDS,
    LONGEST_DELAY_SECONDS,
    Busy,
    Relay,
    delay_seconds,
)
from tallyscan.report.sink_file import FileSink
from tallyscan.store.database import Database, open_database
from tallyscan.store.held_events import act, held_events
from tallyscan.store.outbox_rows import OutboxRows, put_event
from tests.report.sink_reading import events_in


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'tallyscan.db'}")
    yield opened
    opened.close()


class FailingSink(FileSink):
    """A file that refuses the events it is told to, and counts what it was asked."""

    def __init__(self, path: Path, error: Exception, *refused: str) -> None:
        super().__init__(path)
        self.error = error
        self.refused = set(refused)
        self.asked: list[str] = []

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        self.asked.append(idempotency_key)
        if idempotency_key in self.refused:
            raise self.error
        super().send(event, idempotency_key)


def put(database: Database, *events: tuple[str, str]) -> None:
    with database.write() as session:
        for event_id, subject in events:
            put_event(session, {"id": event_id, "subject": subject})


def ids(path: Path) -> list[str]:
    return [event["id"] for event in events_in(path)]


def test_events_arrive_once_in_order(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    relay = Relay(OutboxRows(database), FileSink(path))
    put(database, ("1", "A"), ("2", "B"), ("3", "A"))
    assert relay.deliver_due() == 3
    assert relay.deliver_due() == 0
    put(database, ("4", "A"))
    assert relay.deliver_due() == 1
    assert ids(path) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("error", [Unavailable("no answer"), RuntimeError("a fault in the sink")])
def test_a_failure_holds_back_its_subject_only(database: Database, tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "events.jsonl"
    sink = FailingSink(path, error, "1")
    rows = OutboxRows(database)
    relay = Relay(rows, sink, jitter=lambda: 0.999)
    put(database, ("1", "A"), ("2", "B"), ("3", "A"))
    assert relay.deliver_due() == 1
    assert ids(path) == ["2"]
    assert sink.asked == ["1", "2"]
    assert relay.deliver_due() == 0  # event 3 waits behind 1, and 1 for its time
    assert sink.asked == ["1", "2"]
    sink.refused.clear()
    rows.failed("1", "its time has come", 0.0)
    assert relay.deliver_due() == 2
    assert ids(path) == ["2", "1", "3"]


def test_a_sink_that_is_away_is_not_asked_for_every_subject(database: Database, tmp_path: Path) -> None:
    sink = FailingSink(tmp_path / "events.jsonl", Unavailable("no answer"), *"123456")
    relay = Relay(OutboxRows(database), sink, jitter=lambda: 0.999)
    put(database, *((number, f"subject {number}") for number in "123456"))
    assert relay.deliver_due() == 0
    assert sink.asked == ["1", "2", "3"]
    sink.refused.clear()
    assert relay.deliver_due() == 3
    assert ids(tmp_path / "events.jsonl") == ["4", "5", "6"]


def test_an_event_that_arrived_but_was_not_marked_is_not_written_twice(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    put(database, ("1", "A"))
    FileSink(path).send({"id": "1", "subject": "A"}, "1")  # then the process died
    assert Relay(OutboxRows(database), FileSink(path)).deliver_due() == 1
    assert ids(path) == ["1"]


def test_what_a_receiver_refuses_waits_for_a_person_and_nothing_else_does(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    sink = FailingSink(path, Undeliverable("it says 422"), "1")
    relay = Relay(OutboxRows(database), sink)
    put(database, ("1", "A"), ("2", "B"), ("3", "A"), ("4", "B"))
    assert relay.deliver_due() == 2
    sink.refused.clear()
    assert relay.deliver_due() == 0
    assert (ids(path), sink.asked) == (["2", "4"], ["1", "2", "4"])
    with database.read() as session:
        (held,) = held_events(session, limit=10)
    assert (held.state, held.reason, held.attempts, held.behind) == ("undeliverable", "it says 422", 1, 1)
    with database.write() as session:
        act(session, held.id, "replay", by="Officer 12", reason="Mended there.")
    assert relay.deliver_due() == 2
    assert ids(path) == ["2", "4", "1", "3"]


def test_a_receiver_that_is_busy_is_left_alone_as_long_as_it_asks(database: Database, tmp_path: Path) -> None:
    path, now = tmp_path / "events.jsonl", [1000.0]
    sink = FailingSink(path, Busy("HTTP 429", 30.0), "1")
    rows = OutboxRows(database)
    relay = Relay(rows, sink, jitter=lambda: 0.999, clock=lambda: now[0])
    put(database, ("1", "A"), ("2", "B"))
    assert relay.deliver_due() == 0
    sink.refused.clear()
    now[0] += 29.9
    assert relay.deliver_due() == 0
    assert sink.asked == ["1"]
    now[0] += 0.2
    assert relay.deliver_due() == 1  # event 1 itself waits by the clock of the database
    assert ids(path) == ["2"]
    with database.read() as session:
        (held,) = held_events(session, limit=10)
    assert held.next_try_at is not None
    assert 25 < (held.next_try_at - datetime.now(UTC)).total_seconds() <= 30


def test_delays_double_stay_bounded_and_are_spread_over_their_whole_length() -> None:
    longest = [delay_seconds(attempts, 1.0) for attempts in range(2000)]
    assert longest[:4] == [FIRST_DELAY_SECONDS * n for n in (1, 2, 4, 8)]
    assert max(longest) == LONGEST_DELAY_SECONDS
    assert longest == sorted(longest)
    assert [delay_seconds(3, jitter) for jitter in (0.0, 0.25, 0.5)] == [0.0, 2.0, 4.0]
