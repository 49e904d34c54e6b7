"""The risk system: the receiver of docs/how-to/send-events.md as a process that thinks before it answers."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.events_soak import example_receiver
from tests.report.rabbitmq import free_ports
from tests.report.webhooks import SECRET

_THINKS = """
import os, runpy, time
from http.server import ThreadingHTTPServer

example = runpy.run_path(os.environ["EXAMPLE"])
calls = open(os.environ["CALLS"], "a", encoding="utf-8")

class Thinks(example["Receiver"]):
    def do_POST(self):
        print(time.time(), self.headers["webhook-id"], file=calls, flush=True)
        super().do_POST()

    def answer(self, status):
        time.sleep(float(os.environ["THINKS_SECONDS"]))
        super().answer(status)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Thinks).serve_forever()
"""


class Received(NamedTuple):
    """An event as it arrived, the first time."""

    at: float
    event: dict[str, Any]


class RiskSystem:
    """Listens on loopback from the start; `end` before `received`."""

    def __init__(self, folder: Path, thinks_seconds: float = 0.05) -> None:
        folder.mkdir(parents=True)
        self._secrets = folder / "secrets"
        self._secrets.write_text(SECRET, encoding="utf-8")
        (self._port,) = free_ports(1)
        self._database, self._calls = folder / "received.db", folder / "calls"
        (folder / "receiver.py").write_text(example_receiver(), encoding="utf-8")
        (folder / "thinks.py").write_text(_THINKS, encoding="utf-8")
        told = {
            "WEBHOOK_SECRETS": SECRET,
            "EVENTS_DB": str(self._database),
            "PORT": str(self._port),
            "EXAMPLE": str(folder / "receiver.py"),
            "CALLS": str(self._calls),
            "THINKS_SECONDS": str(thinks_seconds),
        }
        program = [sys.executable, str(folder / "thinks.py")]
        self._process = subprocess.Popen(program, env=os.environ | told, stderr=subprocess.DEVNULL)

    @property
    def settings(self) -> dict[str, str]:
        """By which a service sends to it."""
        return {
            "events_webhook_url": f"http://127.0.0.1:{self._port}/",
            "events_webhook_secrets_file": str(self._secrets),
        }

    def end(self) -> None:
        """No more is taken."""
        self._process.kill()
        self._process.wait(30)

    def calls(self) -> int:
        """How often it was called."""
        return len(self._calls.read_text(encoding="utf-8").splitlines())

    def received(self) -> list[Received]:
        """In the order in which it stored them."""
        arrived: dict[str, float] = {}
        for line in self._calls.read_text(encoding="utf-8").splitlines():
            at, number = line.split()
            arrived.setdefault(number, float(at))
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT id, event FROM events ORDER BY arrived").fetchall()
        return [Received(arrived[number], json.loads(event)) for number, event in rows]
