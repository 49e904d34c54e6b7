"""`tallyscan outbox`: what is held back, and moved on, from the command line."""

import json
from pathlib import Path

import pytest

from tallyscan.__main__ import main
from tallyscan.store.database import open_database
from tallyscan.store.held_events import event_for_sink
from tallyscan.store.outbox_rows import OutboxRows, put_event

Capture = pytest.CaptureFixture[str]
WHO = ["--by", "Officer 12", "--reason", "Mended."]


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Consignments A, B and C, each with an event that a sink refuses; A has one more."""
    database = open_database(f"sqlite:///{tmp_path / 'tallyscan.db'}")
    with database.write() as session:
        for name, sink in (("A1", "webhook"), ("A2", "webhook"), ("B1", "webhook"), ("C1", "amqp")):
            put_event(session, {"id": name, "subject": name[0], "type": "t"}, (sink,))
    for name, sink in (("A1", "webhook"), ("B1", "webhook"), ("C1", "amqp")):
        OutboxRows(database, sink).refused(name, "It says [no].")
    database.close()
    return str(tmp_path)


def run(data: str, *arguments: str) -> int:
    return main(["outbox", *arguments, "--data", data])


def states(data: str) -> list[str]:
    database = open_database(f"sqlite:///{data}/tallyscan.db")
    with database.read() as session:
        found = [event_for_sink(session, position).state for position in (1, 2, 3, 4)]
    database.close()
    return found


def test_it_lists_what_is_held_back_and_why(
    data: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(data, "list") == 0
    printed = capsys.readouterr().out
    assert printed.count("It says [no].") == 3
    assert "webhook: 2 for a person, 0 tried again, 1 behind them, 0 next" in printed
    assert run(data, "list", "--json", "--sink", "amqp") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert (json.loads(line)["event_id"], json.loads(line)["state"]) == ("C1", "undeliverable")


def test_it_skips_what_is_named_and_replays_all_of_a_sink(data: str, capsys: Capture) -> None:
    assert run(data, "skip", "1", "4", *WHO) == 0
    assert states(data) == ["skipped", "waiting", "undeliverable", "skipped"]
    assert run(data, "replay", "--all", "--sink", "webhook", *WHO) == 0
    assert states(data) == ["skipped", "waiting", "waiting", "skipped"]
    assert capsys.readouterr().out.splitlines() == ["2 events: skip", "1 event: replay"]
    assert run(data, "list") == 0
    assert "Nothing is held back." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["skip", "1", "2", *WHO], "holds nothing back"),
        (["replay", "1", "9", *WHO], "no event 9"),
        (["skip", *WHO], "Name the events"),
        (["skip", "1", "--all", *WHO], "Name the events"),
        (["skip", "1", "--by", " ", "--reason", "Mended."], "who does it"),
    ],
)
def test_what_cannot_be_done_wholly_is_not_done(
    data: str, capsys: Capture, arguments: list[str], said: str
) -> None:
    assert run(data, *arguments) == 2
    assert said in capsys.readouterr().err
    assert states(data) == ["undeliverable", "waiting", "undeliverable", "undeliverable"]


def test_a_folder_without_a_database_is_not_made_one(tmp_path: Path, capsys: Capture) -> None:
    assert run(str(tmp_path / "nowhere"), "list") == 2
    assert "no database" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()
