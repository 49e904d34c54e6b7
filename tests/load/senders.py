"""Scanners: each with a key of its own, a scan at its time, and patience when it is told to wait."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import uuid4

import httpx

from tests.load.images import Delivery, Lorries
from tests.load.measured import Times

SCAN_SENT, SCAN_ACCEPTED = "scan sent", "scan accepted"
_CHUNK = 1 << 18
_TOLD_TO_WAIT = (429, 503)


class Accepted(NamedTuple):
    """A scan for which the service said that it has it; `last_byte_at` by the clock of this machine."""

    scan_id: str
    consignment: str | None
    last_byte_at: float


@dataclass
class SentScans:
    """What all scanners have sent so far."""

    accepted: list[Accepted] = field(default_factory=list)
    told_to_wait: int = 0
    given_up: int = 0
    faults: list[str] = field(default_factory=list)
    late_seconds: float = 0.0
    """By how much the latest scan was begun after its time."""


class Scanners:
    """So many threads; `interval_seconds` lie between two scans of one, which begins at a moment of its own in it."""

    def __init__(
        self,
        url: str,
        keys: list[tuple[str, str, dict[str, str]]],
        lorries: Lorries,
        times: Times,
        *,
        interval_seconds: float,
        seconds: float,
        seed: int = 1,
    ) -> None:
        """`keys`: gate, site and headers of each."""
        self.sent = SentScans()
        self._url, self._lorries, self._times = url, lorries, times
        self._interval = interval_seconds
        self._number, self._lock = 0, threading.Lock()
        self._begun = time.monotonic()
        self._ends = self._begun + seconds
        chance = random.Random(seed)
        self._threads = [
            threading.Thread(
                target=self._run, args=(*key, chance.random() * interval_seconds), name=key[0], daemon=True
            )
            for key in keys
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """When the time is over, and each has been answered."""
        for thread in self._threads:
            thread.join()

    def _run(self, gate: str, site: str, headers: dict[str, str], phase: float) -> None:
        due = self._begun + phase
        with httpx.Client(base_url=self._url, headers=headers, timeout=120) as client:
            while due < self._ends:
                time.sleep(max(due - time.monotonic(), 0))
                with self._lock:
                    self._number += 1
                    number = self._number
                    self.sent.late_seconds = max(self.sent.late_seconds, time.monotonic() - due)
                try:
                    self._send(client, self._lorries.delivery(number, gate, site))
                except Exception as error:  # noqa: BLE001 - counted, and said at the end
                    self._note(f"{gate}: {error!r}")
                due += self._interval

    def _send(self, client: httpx.Client, delivery: Delivery) -> None:
        while True:
            answer, last_byte_at = self._post(client, delivery)
            if answer.is_success:
                kept = Accepted(answer.json()["id"], delivery.consignment, last_byte_at)
                with self._lock:
                    self.sent.accepted.append(kept)
                return
            if answer.status_code not in _TOLD_TO_WAIT:
                raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
            wait = float(answer.headers["Retry-After"])
            with self._lock:
                self.sent.told_to_wait += 1
                if time.monotonic() + wait >= self._ends:
                    self.sent.given_up += 1
                    return
            time.sleep(wait)

    def _post(self, client: httpx.Client, delivery: Delivery) -> tuple[httpx.Response, float]:
        body, boundary = _form(delivery)
        ended = [time.time()]

        def chunks() -> Iterator[bytes]:
            for start in range(0, len(body), _CHUNK):
                yield body[start : start + _CHUNK]
            ended[0] = time.time()

        kind = {
            "content-type": f"multipart/form-data; boundary={boundary}",
            "content-length": str(len(body)),
        }
        begun = time.time()
        answer = client.post("/v1/scans", content=chunks(), headers=kind)
        if answer.is_success:
            self._times.add(SCAN_SENT, ended[0] - begun)
            self._times.add(SCAN_ACCEPTED, time.time() - ended[0])
        return answer, ended[0]

    def _note(self, fault: str) -> None:
        with self._lock:
            self.sent.faults.append(fault)


def _form(delivery: Delivery) -> tuple[bytes, str]:
    boundary = uuid4().hex
    parts = [("image", "scan.tif", delivery.image), ("sidecar", "scan.json", delivery.sidecar)]
    if delivery.declaration is not None:
        parts.append(("declaration", "scan.declaration.json", delivery.declaration))
    written = bytearray()
    for name, file, data in parts:
        told = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
        written += told.encode() + data + b"\r\n"
    return bytes(written + f"--{boundary}--\r\n".encode()), boundary
