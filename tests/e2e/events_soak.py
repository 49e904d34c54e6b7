"""A risk system that fails half of its calls, answers late and is killed: every event arrives, in order, once.

The receiver is the text of docs/how-to/send-events.md, run as a process of its own; faults are put around it.
"""

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr

from tallyscan.report.outbox import Relay
from tallyscan.report.sink_webhook import Webhook, WebhookSink
from tallyscan.report.webhook_signature import Secrets
from tallyscan.store.database import Database, open_database
from tallyscan.store.held_events import standing_of_sinks
from tallyscan.store.outbox_rows import OutboxRows, put_event
from tallyscan.worker import Loop
from tests.report.builders import made_reading
from tests.report.rabbitmq import free_ports
from tests.report.threat_reports import event_of
from tests.report.webhooks import SECRET

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "send-events.md"
FIRST_DELAY_SECONDS = 0.1  # a tenth of what a site has
PATIENCE_SECONDS = 0.5  # of the sink: the receiver answers later than that at times

# Runs the example with faults: `FAULTS` is the share of calls that fail, `SEED` chooses which.
_FAULTY = """
import os, random, runpy, threading, time
from http.server import ThreadingHTTPServer

example = runpy.run_path(os.environ["EXAMPLE"])
chance, lock = random.Random(int(os.environ["SEED"])), threading.Lock()
faults, late = float(os.environ["FAULTS"]), float(os.environ["LATE_SECONDS"])
calls = open(os.environ["CALLS"], "a", encoding="utf-8")

class Faulty(example["Receiver"]):
    def do_POST(self):
        with lock:
            fault = chance.choice(["refused", "torn", "lost answer", "late"]) if chance.random() < faults else None
            print(self.headers["webhook-id"], fault or "fine", file=calls, flush=True)
        self.fault = fault
        if fault == "refused":
            self.rfile.read(int(self.headers["Content-Length"]))
            super().answer(chance.choice([500, 502, 408]))
        elif fault == "torn":
            self.close_connection = True  # without a word
        else:
            super().do_POST()

    def answer(self, status):
        if self.fault == "late":  # it has the event by now
            time.sleep(late)
        super().answer(500 if self.fault == "lost answer" else status)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # the sink had no patience

Server(("127.0.0.1", int(os.environ["PORT"])), Faulty).serve_forever()
"""


class EventSoak(NamedTuple):
    """What came of it: how often events were sent, and how many calls came to nothing."""

    events: int
    consignments: int
    calls: int
    failed: int
    repeats: int
    seconds: float


def example_receiver() -> str:
    """The receiver as it stands in the docs."""
    (text,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(text)


class RiskSystem:
    """The example as a process on loopback, which can be killed and started again with what it had stored."""

    def __init__(self, folder: Path, *, seed: int = 0, faults: float = 0.0) -> None:
        (self.port,) = free_ports(1)
        self.database, self._calls = folder / "received.db", folder / "calls"
        (folder / "receiver.py").write_text(example_receiver(), encoding="utf-8")
        (folder / "faulty.py").write_text(_FAULTY, encoding="utf-8")
        self._folder, self._seed, self._faults = folder, seed, faults
        self.start()

    def start(self) -> None:
        """Start it, again too: with other chances each time."""
        settings = {
            "WEBHOOK_SECRETS": SECRET,
            "EVENTS_DB": str(self.database),
            "PORT": str(self.port),
            "EXAMPLE": str(self._folder / "receiver.py"),
            "CALLS": str(self._calls),
            "SEED": str(self._seed),
            "FAULTS": str(self._faults),
            "LATE_SECONDS": str(2 * PATIENCE_SECONDS),
        }
        self._seed += 1
        program = "faulty.py" if self._faults else "receiver.py"
        self._process = subprocess.Popen(
            [sys.executable, str(self._folder / program)],
            env=os.environ | settings,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait(30)

    def calls(self) -> list[list[str]]:
        """The id of each call, and what became of it."""
        return [line.split(" ", 1) for line in self._calls.read_text(encoding="utf-8").splitlines()]

    def received(self) -> list[dict[str, Any]]:
        """What it has stored, in the order of arrival."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT event FROM events ORDER BY arrived").fetchall()
        return [json.loads(event) for (event,) in rows]


def sink_to(risk: RiskSystem) -> WebhookSink:
    url = f"http://127.0.0.1:{risk.port}/"
    return WebhookSink(Webhook(url, Secrets(SecretStr(SECRET), None), seconds=PATIENCE_SECONDS))


def soak(folder: Path, *, events: int, consignments: int, seed: int) -> EventSoak:
    """Raises `AssertionError` for the first thing that is not as it must be."""
    began = time.monotonic()
    database = open_database(f"sqlite:///{folder / 'tallyscan.db'}")
    told = list(_told(events, consignments, seed))
    risk = RiskSystem(folder, seed=seed, faults=0.5)
    rows = OutboxRows(database, "webhook")
    relaying = Relay(rows, sink_to(risk), first_delay_seconds=FIRST_DELAY_SECONDS)
    relay = Loop("relay", relaying.deliver_due, idle_seconds=0.02)
    telling = threading.Thread(target=_put, args=(database, told))
    try:
        relay.start()
        telling.start()
        for share in (1 / 3, 2 / 3):
            _wait(lambda share=share: len(risk.received()) >= share * events)
            risk.kill()
            time.sleep(0.3)  # nobody there
            risk.start()
        _wait(lambda: len(risk.received()) >= events and not _standing(database))
        telling.join()
    finally:
        relay.stop(30)
        risk.kill()
        database.close()
    _check(told, risk)
    calls = Counter(what for _, what in risk.calls())
    return EventSoak(
        events=events,
        consignments=consignments,
        calls=calls.total(),
        failed=calls.total() - calls["fine"],
        repeats=calls["fine"] + calls["late"] + calls["lost answer"] - events,
        seconds=time.monotonic() - began,
    )


def _told(events: int, consignments: int, seed: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(seed)
    sequence: Counter[str] = Counter()
    reading = made_reading()
    for number in range(events):
        consignment = f"C-{chance.randrange(consignments)}"
        sequence[consignment] += 1
        event = event_of(reading, event_id=f"event-{number}", consignment=consignment)
        yield event | {"sequence": str(sequence[consignment])}


def _put(database: Database, told: list[dict[str, Any]]) -> None:
    for event in told:
        with database.write() as session:
            put_event(session, event, ("webhook",))


def _standing(database: Database) -> bool:
    with database.read() as session:
        return bool(standing_of_sinks(session))


def _check(told: list[dict[str, Any]], risk: RiskSystem) -> None:
    received = risk.received()
    assert Counter(event["id"] for event in received) == Counter(event["id"] for event in told)
    assert {event["id"]: event for event in received} == {event["id"]: event for event in told}
    for subject in {event["subject"] for event in told}:
        arrived = [int(event["sequence"]) for event in received if event["subject"] == subject]
        assert arrived == list(range(1, len(arrived) + 1)), subject


def _wait(true: Any, seconds: float = 600) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
