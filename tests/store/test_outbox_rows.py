"""An event waits for each sink by itself."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from tallyscan.report.outbox import LONGEST_PAUSE_SECONDS
from tallyscan.store.database import Database, migrate, open_database
from tallyscan.store.outbox_rows import LONGEST_PAUSE, OutboxRows, put_event


def ids(rows: OutboxRows) -> list[str]:
    return [row.event_id for row in rows.due(10)]


def test_a_sink_that_does_not_answer_holds_back_no_other(database: Database) -> None:
    with database.write() as session:
        put_event(session, {"id": "e1", "subject": "A"}, ("file", "stow"))
        put_event(session, {"id": "e2", "subject": "A"}, ("file", "stow"))
    file, stow, other = OutboxRows(database), OutboxRows(database, "stow"), OutboxRows(database, "cstore")
    stow.failed("e1", "no answer", 3600)
    assert (ids(file), ids(stow), ids(other)) == (["e1", "e2"], [], [])
    file.delivered("e1")
    assert ids(file) == ["e2"]
    stow.failed("e1", "its time has come", 0)
    assert ids(stow) == ["e1", "e2"]
    assert [row.attempts for row in stow.due(10)] == [2, 0]
    stow.delivered("e1")
    assert (ids(file), ids(stow)) == (["e2"], ["e2"])


def test_an_event_that_failed_before_the_clock_was_set_back_is_due(database: Database) -> None:
    with database.write() as session:
        put_event(session, {"id": "e1", "subject": "A"}, ("file",))
    assert LONGEST_PAUSE.total_seconds() == LONGEST_PAUSE_SECONDS
    rows = OutboxRows(database)
    rows.failed("e1", "no answer", LONGEST_PAUSE.total_seconds())
    assert ids(rows) == []
    rows.failed("e1", "no answer", 1.01 * LONGEST_PAUSE.total_seconds())  # as it looks by a clock set back
    assert ids(rows) == ["e1"]


def test_an_event_waits_once_for_a_sink(database: Database) -> None:
    with database.write() as session:
        put_event(session, {"id": "e1", "subject": "A"}, ("file", "stow"))
    with pytest.raises(IntegrityError), database.write() as session:
        put_event(session, {"id": "e1", "subject": "A"}, ("stow",))


def test_what_waited_before_there_were_several_sinks_waits_for_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url)
    old = text(
        "INSERT INTO outbox (event_id, subject, event, created_at, attempts)"
        " VALUES ('e1', 'A', '{\"id\": \"e1\", \"subject\": \"A\"}', '2026-02-01', 3)"
    )
    with engine.begin() as connection:
        migrate(connection, "0001")
        connection.execute(old)
    engine.dispose()
    database = open_database(url)
    try:
        (row,) = OutboxRows(database).due(10)
        assert (row.event_id, row.event["subject"], row.attempts) == ("e1", "A", 3)
        assert ids(OutboxRows(database, "stow")) == []
    finally:
        database.close()
