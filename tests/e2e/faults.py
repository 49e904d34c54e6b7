"""A service at work whose parts are killed, stopped and cut off, and what must hold after each fault.

Senders and officers try again until they are answered, as theirs do; nothing else helps the service.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from tallyscan.settings import Settings
from tallyscan.store.audit_check import verify
from tallyscan.store.database import Database, open_database
from tallyscan.store.risk_replay import replay
from tallyscan.store.tables import OutboxRow, ReadingRow, RiskRecordRow, ScanRow
from tests.e2e.events_soak import RiskSystem
from tests.e2e.killed_postgresql import KilledPostgresql
from tests.e2e.serving import ServiceProcess, WorkerProcess, wait_until
from tests.machines import machine
from tests.report.webhooks import SECRET
from tests.review.builders import clear, suspicious
from tests.sample_images import container_tiff, sidecar_json

Kind = Literal["sqlite", "postgresql"]
KILLED: dict[Kind, tuple[str, ...]] = {
    "sqlite": ("service",),
    "postgresql": ("service", "worker", "database"),
}
_PATIENCE_SECONDS = 120.0


class Fault(NamedTuple):
    """What was killed, and so many seconds after the first scan was on its way."""

    what: str
    after_seconds: float


class House:
    """On SQLite one process serves and reads; on PostgreSQL another one reads, and the database is a third."""

    def __init__(self, kind: Kind, folder: Path, models: Path) -> None:
        (folder / "risk").mkdir()
        self.kind, self._models = kind, models
        self.risk = RiskSystem(folder / "risk")
        self.server = KilledPostgresql() if kind == "postgresql" else None
        self.settings = Settings(
            models_dir=models,
            inference_threads=1,
            decode_processes=1,
            events_webhook_url=f"http://127.0.0.1:{self.risk.port}/",
            events_webhook_secrets=SecretStr(SECRET),
            worker_lease_seconds=30,
            worker_heartbeat_seconds=0.5,
            data_dir=folder / "data",
        )
        if self.server is not None:
            url = self.server.url
            self.settings = machine(self.settings, folder / "shared", "web", url)
            self._of_worker = machine(self.settings, folder / "shared", "worker", url)
        self.sent: dict[str, str] = {}
        self.given_up: set[str] = set()
        self._unread: set[str] = set()
        self._seed = 0
        self.start("service")
        if self.server is not None:
            self.start("worker")

    def start(self, what: str, **environment: str) -> None:
        """Start what was killed, in this environment."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            self._start(what)

    def _start(self, what: str) -> None:
        if what == "database":
            assert self.server is not None
            self.server.start()
        elif what == "worker":
            self.worker = WorkerProcess(self._of_worker)
        else:
            told = self.settings.model_dump(exclude_none=True, exclude_defaults=True)
            told |= {"events_webhook_secrets": SECRET}
            for name in ("data_dir", "models_dir", "database_url"):
                told.pop(name, None)
            arguments: tuple[str, ...] = ()
            if self.server is not None:
                told["database_url"], arguments = self.server.url, ("--no-reading",)
            self.service = ServiceProcess(self._models, self.settings.data_dir, *arguments, **told)

    def kill(self, what: str) -> None:
        """SIGKILL."""
        if what == "database":
            assert self.server is not None
            self.server.kill()
        else:
            self.process(what).kill()

    @property
    def reader(self) -> str:
        """The part that reads."""
        return "worker" if self.kind == "postgresql" else "service"

    def process(self, what: str) -> ServiceProcess | WorkerProcess:
        return self.worker if what == "worker" else self.service

    def ask(self, call: Callable[[httpx.Client], httpx.Response]) -> httpx.Response:
        """As a sender does: again, until there is an answer that is not about now."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                answer = call(self.service.client)
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            except (httpx.HTTPError, RuntimeError):  # it is killed, or its client is closed
                pass
            assert time.monotonic() < until, "nobody answers"
            time.sleep(0.1)

    def send(self, consignment: str, image: bytes | None = None) -> str:
        """A scan, by default one that nobody has seen; its id."""
        self._seed += 1
        files = [
            ("image", ("scan.tif", image or container_tiff(seed=self._seed))),
            ("sidecar", ("scan.json", sidecar_json())),
        ]
        data = {"consignment": consignment}
        answer = self.ask(lambda client: client.post("/v1/scans", files=files, data=data))
        assert answer.status_code in (200, 202), answer.text
        scan = str(answer.json()["id"])
        self.accepted(scan, consignment)
        return scan

    def accepted(self, scan: str, consignment: str) -> None:
        """It was answered for; from now on it must not be lost."""
        self.sent[scan] = consignment
        self._unread.add(scan)

    def decide(self, scan: str, *, cleared: bool = False) -> None:
        """By an officer, under one id however often it is said. That it is clear is told outside after ten seconds."""
        said = (clear if cleared else suspicious)(id=str(uuid4()))
        answer = self.ask(lambda client: client.post(f"/v1/scans/{scan}/decisions", json=said))
        assert answer.status_code in (200, 201), answer.text

    @contextmanager
    def database(self) -> Iterator[Database]:
        """What it has kept."""
        opened = open_database(self.settings.database_address)
        try:
            yield opened
        finally:
            opened.close()

    def state_of(self, scan: str) -> str:
        return str(self.ask(lambda client: client.get(f"/v1/scans/{scan}")).json()["state"])

    def wait_until_quiet(self) -> None:
        """Everything that was accepted is read, and everything told has arrived."""

        def told() -> bool:
            sinks = self.ask(lambda client: client.get("/v1/outbox")).json()["sinks"]
            return not any(sum(each.values()) for each in sinks.values())

        self.wait_until_read()
        wait_until(told, _PATIENCE_SECONDS)

    def wait_until_read(self) -> None:
        """What was accepted and not given up."""

        def read() -> bool:
            unread = self._unread - self.given_up
            self._unread = {scan for scan in unread if self.state_of(scan) != "read"}
            return not self._unread

        wait_until(read, _PATIENCE_SECONDS)

    def replay_held(self) -> int:
        """A person lets events that were refused be sent again; how many there were."""
        events = self.ask(lambda client: client.get("/v1/outbox")).json()["events"]
        held = [event for event in events if event["state"] == "undeliverable"]
        said = {"by": "Officer 12", "reason": "The clock is right again."}
        for event in held:
            address = f"/v1/outbox/{event['id']}/replay"
            assert self.ask(lambda client, address=address: client.post(address, json=said)).is_success
        return len(held)

    def close(self) -> None:
        """End everything that still runs."""
        processes = [self.service, *([self.worker] if self.server is not None else [])]
        for each in processes:
            if each.process.poll() is None:
                each.kill()
        self.risk.kill()
        if self.server is not None:
            self.server.close()


def check(house: House) -> None:
    """What must hold after each fault. Raises `AssertionError`."""
    with house.database() as database, database.read() as session:
        rows = session.execute(select(ScanRow.id, ScanRow.state, ScanRow.revision)).all()
        assert {row.id for row in rows} == house.sent.keys(), "each scan that was accepted, once"
        dead = house.given_up
        assert all(row.state == ("dead" if row.id in dead else "read") for row in rows)
        readings = Counter(session.execute(select(ReadingRow.scan_id)).scalars())
        assert readings == Counter({row.id: row.revision for row in rows})
        assert set(readings.values()) == {1}, "read into the record once"
        steps = select(RiskRecordRow.scan_id).where(RiskRecordRow.event.in_(("scan_read", "scan_failed")))
        assert Counter(session.execute(steps).scalars()) == readings
        for consignment in set(house.sent.values()):
            assert replay(session, consignment).same, consignment
        told = session.execute(
            select(OutboxRow.event_id, OutboxRow.state).where(OutboxRow.sink == "webhook")
        ).all()
        assert verify(session, (), rows=True).problems == ()
    assert {row.state for row in told} == {"delivered"}
    arrived = house.risk.received()
    assert Counter(event["id"] for event in arrived) == Counter(row.event_id for row in told), "lost or twice"
    numbers: dict[str, list[int]] = {}
    for event in arrived:
        numbers.setdefault(event["subject"], []).append(int(event["sequence"]))
    assert all(each == sorted(each) for each in numbers.values()), "out of order"
    incoming = house.settings.data_dir / "incoming"
    assert not [*incoming.glob("upload-*"), *incoming.glob("stow-*")], "half an upload"


def fault_of(kind: Kind, number: int) -> Fault:
    """Each part in turn, each at a moment of its own; the same number is the same fault."""
    parts = KILLED[kind]
    return Fault(parts[number % len(parts)], random.Random(number).uniform(0, 1.2))


def run(house: House, fault: Fault, *, scans: int = 3) -> None:
    """Scans arrive and are decided while a part is killed and started again; then everything is held against itself."""
    consignment = f"C-{len(house.sent)}"
    failures: list[BaseException] = []

    def work() -> None:
        try:
            sent = [house.send(consignment) for _ in range(scans)]
            wait_until(lambda: house.state_of(sent[0]) == "read", _PATIENCE_SECONDS)
            house.decide(sent[0], cleared=len(house.sent) % 2 == 0)
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits for it
            failures.append(error)

    people = threading.Thread(target=work)
    people.start()
    time.sleep(fault.after_seconds)
    house.kill(fault.what)
    house.start(fault.what)
    people.join(2 * _PATIENCE_SECONDS)
    if failures:
        raise failures[0]
    house.wait_until_quiet()
    check(house)
