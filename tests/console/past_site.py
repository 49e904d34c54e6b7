"""A service of its own with a month of past work on record, and a small model that reads at once. All of it is
invented.
"""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tallyscan.settings import Settings
from tallyscan.store.database import open_database
from tests.e2e.serving import ServiceProcess
from tests.store.past_work import PastWork

SITE = "GATE1"


class PastSite:
    """The service at a fixed address, so that it can go and come back."""

    def __init__(self, models_dir: Path, data_dir: Path) -> None:
        self._models, self.data_dir = models_dir, data_dir
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])
        self.begin()

    def begin(self) -> None:
        """At the same address as before."""
        self._service = ServiceProcess(self._models, self.data_dir, "--port", self._port)
        self.client = self._service.client

    def end(self) -> None:
        """As when the machine is switched off."""
        self._service.kill()


@contextmanager
def past_site(models_dir: Path, folder: Path) -> Iterator[PastSite]:
    """Scans of the last week at two gates, decided by two readers, some opened."""
    data_dir = folder / "data"
    _fill(data_dir)
    site = PastSite(models_dir, data_dir)
    try:
        yield site
    finally:
        site.end()


def _fill(data_dir: Path) -> None:
    draw, work = random.Random(5), PastWork()
    begin = datetime.now(UTC) - timedelta(days=7)
    for n in range(160):
        at = begin + timedelta(hours=draw.random() * 140)
        lane = draw.choices(("green", "yellow", "red", "not_assessed"), (12, 4, 3, 1))[0]
        scan = work.scan(at, lane=lane, site=f"Gate {1 + n % 2}", device=f"DEV-{n % 3}", consignment=f"P-{n}")
        answer = "suspicious" if lane == "red" else "clear"
        decided = at + timedelta(seconds=30 + n)
        work.decide(scan, answer, at=decided, seconds=20.0 + n % 30, shown=n % 4 > 0)
        if n % 3 == 0:
            second = "clear" if n % 9 == 0 else answer
            work.decide(scan, second, at=decided, reader="second")
        if lane == "red" or n % 10 == 0:
            work.open(scan, "found" if n // 2 % 2 else "nothing", at=decided)
    database = open_database(Settings(data_dir=data_dir).database_address)
    with database.write() as session:
        work.put(session)
    database.close()
