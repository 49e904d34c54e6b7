"""What is held back is told with its reason, and moved on by persons only, on record."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tallyscan.errors import Conflict, NotFound
from tallyscan.store.database import Database, migrate, open_database
from tallyscan.store.held_events import act, event_for_sink, held_events, standing_of_sinks, undeliverable
from tallyscan.store.outbox_rows import OutboxRows, put_event

WHO = {"by": "Officer 12", "reason": "The receiver was mended."}


def put(database: Database, *events: str, sinks: tuple[str, ...] = ("webhook",)) -> None:
    """Events named by their subject and a number: A1, A2, B1."""
    with database.write() as session:
        for name in events:
            put_event(session, {"id": name, "subject": name[0], "type": "t"}, sinks)


def ids(rows: OutboxRows) -> list[str]:
    return [row.event_id for row in rows.due(10)]


def test_an_event_that_is_refused_holds_back_its_subject_until_it_is_skipped(database: Database) -> None:
    put(database, "A1", "A2", "B1", sinks=("webhook", "file"))
    rows = OutboxRows(database, "webhook")
    rows.refused("A1", "HTTP 422")
    assert (ids(rows), ids(OutboxRows(database))) == (["B1"], ["A1", "A2", "B1"])
    with database.write() as session:
        (held,) = held_events(session, sink="webhook", limit=10)
        assert (held.subject, held.reason, held.attempts, held.behind) == ("A", "HTTP 422", 1, 1)
        act(session, held.id, "skip", by="Officer 12", reason="Told by telephone.")
    assert ids(rows) == ["A2", "B1"]
    with database.read() as session:
        entry = event_for_sink(session, held.id)
        assert held_events(session, limit=10) == ()
    assert (entry.state, entry.behind, entry.event["id"]) == ("skipped", 0, "A1")
    (taken,) = entry.actions
    assert (taken.action, taken.by, taken.reason) == ("skip", "Officer 12", "Told by telephone.")
    assert (taken.state_before, taken.attempts_before, taken.error_before) == ("undeliverable", 1, "HTTP 422")


def test_what_was_skipped_can_be_replayed_and_both_stay_on_record(database: Database) -> None:
    put(database, "A1", "A2")
    rows = OutboxRows(database, "webhook")
    rows.refused("A1", "HTTP 410")
    with database.write() as session:
        act(session, 1, "skip", **WHO)
        act(session, 1, "replay", **WHO)
    assert ids(rows) == ["A1", "A2"]
    rows.delivered("A1")
    with database.read() as session:
        entry = event_for_sink(session, 1)
    assert (entry.state, entry.reason, [taken.action for taken in entry.actions]) == (
        "delivered", None, ["skip", "replay"]
    )  # fmt: skip


def test_what_holds_nothing_back_is_not_touched(database: Database) -> None:
    with database.write() as session:
        soon = datetime.now(UTC) + timedelta(hours=1)  # a decision that can still be undone
        put_event(session, {"id": "A1", "subject": "A", "type": "t"}, ("webhook",), not_before=soon)
        for action in ("replay", "skip"):
            with pytest.raises(Conflict, match="waits for its turn"):
                act(session, 1, action, **WHO)
        with pytest.raises(NotFound):
            act(session, 7, "skip", **WHO)
    OutboxRows(database, "webhook").delivered("A1")
    with database.write() as session, pytest.raises(Conflict, match="was delivered already"):
        act(session, 1, "replay", **WHO)


def test_the_standing_of_each_sink_tells_who_needs_a_person(database: Database) -> None:
    put(database, "A1", "A2", "B1", "B2", "B3", "C1", "D1", sinks=("webhook", "amqp"))
    webhook, amqp = OutboxRows(database, "webhook"), OutboxRows(database, "amqp")
    webhook.refused("A1", "no")
    webhook.failed("B1", "not now", 3600)
    webhook.delivered("D1")
    for name in ids(amqp):
        amqp.delivered(name)
    with database.read() as session:
        standing = standing_of_sinks(session)
        assert undeliverable(session) == undeliverable(session, "webhook") == [1]
        assert undeliverable(session, "amqp") == []
        pages = [held_events(session, limit=1), held_events(session, after=1, limit=1)]
    assert set(standing) == {"webhook"}
    told = standing["webhook"]
    assert (told.waiting, told.failing, told.undeliverable, told.behind) == (1, 1, 1, 3)
    assert [held.event_id for page in pages for held in page] == ["A1", "B1"]
    assert pages[0][0].next_try_at is None
    assert pages[1][0].next_try_at is not None


def test_a_delivery_that_was_under_way_when_a_person_skipped_it_changes_nothing(database: Database) -> None:
    put(database, "A1")
    rows = OutboxRows(database, "webhook")
    rows.refused("A1", "HTTP 422")
    with database.write() as session:
        act(session, 1, "replay", **WHO)
    rows.failed("A1", "HTTP 500", 0)
    with database.write() as session:
        act(session, 1, "skip", **WHO)
    rows.refused("A1", "HTTP 422")
    with database.read() as session:
        assert event_for_sink(session, 1).state == "skipped"


def test_what_was_delivered_before_there_were_states_stays_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url)
    old = (
        "INSERT INTO outbox (event_id, sink, subject, event, created_at, delivered_at, attempts)"
        " VALUES ('{0}', 'file', 'A', '{{\"id\": \"{0}\", \"subject\": \"A\"}}', '2026-02-01', {1}, 3)"
    )
    with engine.begin() as connection:
        migrate(connection, "0009")
        for name, at in (("A1", "'2026-02-01'"), ("A2", "NULL")):
            connection.execute(text(old.format(name, at)))
    engine.dispose()
    database = open_database(url)
    try:
        assert ids(OutboxRows(database)) == ["A2"]
    finally:
        database.close()
