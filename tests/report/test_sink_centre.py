"""The sink of a centre, with the relay and the real outbox on this side, and a real centre on the other."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from tallyscan.errors import TallyscanError, Unavailable, Undeliverable
from tallyscan.report import sink_centre
from tallyscan.report.outbox import BatchSink, Busy, Relay
from tallyscan.report.sink_centre import CentreKey
from tallyscan.report.sinks import open_sinks, sinks_named
from tallyscan.settings import Settings
from tallyscan.store.database import Database, open_database
from tallyscan.store.held_events import held_events
from tallyscan.store.outbox_rows import OutboxRows, put_event, waiting_for
from tests.report.builders import made_reading
from tests.report.centres import Centres, centre_at, centre_in, centre_sink
from tests.report.threat_reports import event_of

SOURCE = event_of(made_reading())["source"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'edge.db'}")
    yield opened
    opened.close()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Centres]:
    with centre_in(tmp_path / "centre.db") as opened:
        yield opened


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def put(database: Database, *events: tuple[str, str, int]) -> None:
    with database.write() as session:
        for event_id, consignment, sequence in events:
            event = event_of(made_reading(), event_id=event_id, consignment=consignment)
            put_event(session, event | {"sequence": str(sequence)}, ("centre",))


def relay_to(database: Database, url: str, clock: Clock | None = None) -> Relay:
    return Relay(OutboxRows(database, "centre"), centre_sink(url), lambda: 0.5, clock or Clock())


def test_what_waits_goes_in_one_request_in_order_under_the_key(database: Database, there: Centres) -> None:
    put(database, ("a", "C-1", 1), ("b", "C-2", 1), ("c", "C-1", 2))
    with centre_at(there) as url:
        assert isinstance(centre_sink(url), BatchSink)
        assert relay_to(database, url).deliver_due() == 3
    assert there.sent == [["a", "b", "c"]]
    (path, headers, _) = there.requests[0]
    assert (path, headers["Authorization"]) == ("/v1/crossing-points/events", "Bearer tallyscan_key")
    assert there.heard == ["a", "b", "c"]


def test_a_request_is_bounded_and_the_rest_follows(
    database: Database, there: Centres, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, ("a", "C-1", 1), ("b", "C-2", 1), ("c", "C-1", 2))
    size = len(json.dumps(event_of(made_reading()), ensure_ascii=False))
    monkeypatch.setattr(sink_centre, "MOST_BYTES", round(2.5 * size))
    with centre_at(there) as url:
        relay = relay_to(database, url)
        assert [relay.deliver_due() for _ in range(3)] == [2, 1, 0]
    assert there.sent == [["a", "b"], ["c"]]


@pytest.mark.parametrize("status", [401, 422, 503])
def test_what_can_be_mended_there_holds_everything_and_needs_nobody_here(
    database: Database, there: Centres, status: int
) -> None:
    put(database, ("a", "C-1", 1), ("b", "C-2", 1))
    there.answers = [(status, {}, b"no")]
    clock = Clock()
    with centre_at(there) as url:
        relay = relay_to(database, url, clock)
        assert (relay.deliver_due(), relay.deliver_due()) == (0, 0)  # the second time nothing is asked
        assert len(there.requests) == 1
        with database.read() as session:
            (held,) = held_events(session, limit=10)
        assert (held.state, held.attempts) == ("waiting", 1)
        assert str(status) in (held.reason or "")
        clock.now += 6
        with database.write() as session:
            session.connection().exec_driver_sql("UPDATE outbox SET not_before = NULL")
        assert relay.deliver_due() == 2


def test_a_centre_that_asks_for_a_pause_gets_it(there: Centres) -> None:
    there.answers = [(503, {"Retry-After": "90"}, b"")]
    with centre_at(there) as url, pytest.raises(Busy) as caught:
        centre_sink(url).send(event_of(made_reading()), "a")
    assert caught.value.seconds == 90


def test_an_event_that_is_refused_holds_back_its_own_subject_alone(
    database: Database, there: Centres
) -> None:
    put(database, ("a", "C-1", 1), ("b", "C-2", 1), ("c", "C-1", 2))
    with database.write() as session:
        broken = event_of(made_reading(), event_id="x", consignment="C-3") | {"sequence": "none"}
        put_event(session, broken, ("centre",))
    with centre_at(there) as url:
        assert relay_to(database, url).deliver_due() == 3
    with database.read() as session:
        (held,) = held_events(session, limit=10)
        assert waiting_for(session, "centre")[0] == 1
    assert (held.event_id, held.state) == ("x", "undeliverable")


def test_what_the_centre_had_no_time_for_is_sent_again(database: Database, there: Centres) -> None:
    put(database, ("a", "C-1", 1), ("b", "C-2", 1))
    there.answers = [(200, {}, json.dumps({"outcomes": [{"id": "a", "outcome": "taken"}]}).encode())]
    with centre_at(there) as url:
        relay = relay_to(database, url)
        assert [relay.deliver_due(), relay.deliver_due()] == [1, 1]
    assert there.sent == [["a", "b"], ["b"]]


def test_an_event_that_is_too_large_alone_waits_for_a_person(there: Centres) -> None:
    there.answers = [(413, {}, b"")]
    with centre_at(there) as url, pytest.raises(Undeliverable):
        centre_sink(url).send(event_of(made_reading()), "a")


@pytest.mark.parametrize("answer", [b"hello", b"[]", b'{"outcomes": 3}', b'{"outcomes": [{}]}'])
def test_what_is_no_centre_has_taken_nothing(there: Centres, answer: bytes) -> None:
    there.answers = [(200, {}, answer)]
    with centre_at(there) as url, pytest.raises(Unavailable, match="no centre"):
        centre_sink(url).send(event_of(made_reading()), "a")


def test_where_nobody_is_nothing_is_lost(database: Database) -> None:
    put(database, ("a", "C-1", 1))
    assert relay_to(database, "http://127.0.0.1:9/").deliver_due() == 0
    with pytest.raises(Unavailable):
        centre_sink("http://127.0.0.1:9/").hello(SOURCE, 1, datetime.now(UTC))


def test_the_key_is_read_from_its_file_each_time(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(TallyscanError, match="key"):
        CentreKey(None, path)
    path.write_text("one\n")
    key = CentreKey(SecretStr("other"), path)
    assert key.now() == "one"
    path.write_text("two")
    assert key.now() == "two"
    path.write_text("")
    with pytest.raises(Unavailable):
        key.now()


def test_events_go_to_another_machine_over_tls_alone(tmp_path: Path) -> None:
    def settings(**more: object) -> Settings:
        return Settings.model_validate({"data_dir": tmp_path, "centre_key": "k"} | more)

    with pytest.raises(TallyscanError, match="without TLS"):
        open_sinks(settings(centre_url="http://centre.example"))
    assert "centre" in sinks_named(settings(centre_url="https://centre.example"))
    assert "centre" in open_sinks(settings(centre_url="https://centre.example"))
    with pytest.raises(TallyscanError, match="key"):
        open_sinks(Settings(data_dir=tmp_path, centre_url="https://centre.example"))
