"""The relay: takes events that wait in the outbox to a sink, in order, until each has arrived.

At least once: an event that arrived but could not be marked so is sent again under the same key, and sinks
and receivers must take a repeated key as one.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import structlog

from tallyscan.errors import TallyscanError, Unavailable, Undeliverable

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 600.0
BATCH = 100
_FAILURES_IN_A_ROW = 3  # then the sink is away, and asking it for every subject only takes time
LONGEST_PAUSE_SECONDS = 3600.0
_LONGEST_AWAY_SECONDS = 5.0  # where one try says it for all that waits

_log = structlog.get_logger(__name__)


class Busy(Unavailable):
    """The sink asks for a pause of all events, of so many seconds; None where it does not say how long."""

    def __init__(self, detail: str, seconds: float | None = None) -> None:
        super().__init__(detail)
        self.seconds = seconds


class WaitingEvent(Protocol):
    """One event of the outbox; `attempts` were made before."""

    @property
    def event_id(self) -> str:
        """Unique; the idempotency key."""
        ...

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent; its subject is what is kept in order."""
        ...

    @property
    def attempts(self) -> int:
        """Deliveries that failed so far."""
        ...


class OutboxRows(Protocol):
    """What the relay needs of the outbox."""

    def due(self, limit: int) -> Sequence[WaitingEvent]:
        """What can be delivered now, oldest first; nothing of a subject of which an earlier event waits."""
        ...

    def delivered(self, event_id: str) -> None:
        """It has arrived."""
        ...

    def failed(self, event_id: str, error: str, delay_seconds: float) -> None:
        """It has not arrived; not before so many seconds again."""
        ...

    def refused(self, event_id: str, error: str) -> None:
        """It never will as it is: held back, with the later ones of its subject, until a person acts."""
        ...


class Sink(Protocol):
    """Where events go. It takes a repeated key as one event."""

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """Returns once the event is safe there. Raises `Unavailable` when it may be tried again later, as `Busy` with
        all others; `Undeliverable` when it will be refused again."""
        ...


@runtime_checkable
class BatchSink(Sink, Protocol):
    """A sink that takes many events in one go."""

    def send_all(self, events: Sequence[dict[str, Any]]) -> Sequence[TallyscanError | None]:
        """For each of the first so many, in order: None once it is safe there, else `Unavailable` or `Undeliverable`.
        Raises `Unavailable`, or `Busy`, when it is not there for any of them."""
        ...


class Relay:
    """Delivers what is due, with the head of the audit as it is then. An event that fails holds back the later ones of
    its subject, and no others."""

    def __init__(
        self,
        rows: OutboxRows,
        sink: Sink,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        first_delay_seconds: float = FIRST_DELAY_SECONDS,
        told: Callable[[dict[str, Any], str, float], None] = lambda *_: None,
        audit_head: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`told` hears of each send: the event, its outcome (`arrived`, `failed`, `refused`), and its seconds."""
        self._told = told
        self._rows = rows
        self._sink = sink
        self._jitter = jitter
        self._clock = clock
        self._first_delay_seconds = first_delay_seconds
        self._audit_head = audit_head
        self._paused_until = -math.inf
        self._times_away = 0

    def deliver_due(self) -> int:
        """Deliver one batch, or part of it when the sink is away or asks for a pause; gives how many events arrived."""
        held: set[str] = set()
        arrived = failures = 0
        if self._clock() < self._paused_until:
            return 0
        if isinstance(self._sink, BatchSink):
            return self._deliver_together(self._sink)
        due = self._rows.due(BATCH)
        head = self._audit_head() if due else None
        for row in due:
            if failures == _FAILURES_IN_A_ROW or self._clock() < self._paused_until:
                break
            subject = row.event["subject"]
            if subject in held:
                continue
            start = time.perf_counter()
            try:
                self._sink.send(_with_head(row.event, head), row.event_id)
            except Undeliverable as error:
                held.add(subject)
                self._told(row.event, "refused", time.perf_counter() - start)
                self._refuse(row, error)
            except Exception as error:  # noqa: BLE001  the edge: a sink's fault must not stop the other subjects
                held.add(subject)
                failures += 1
                self._told(row.event, "failed", time.perf_counter() - start)
                self._wait(row, error)
            else:
                self._told(row.event, "arrived", time.perf_counter() - start)
                self._rows.delivered(row.event_id)
                arrived, failures = arrived + 1, 0
        return arrived

    def _deliver_together(self, sink: BatchSink) -> int:
        rows = self._rows.due(BATCH)
        if not rows:
            return 0
        start = time.perf_counter()
        try:
            head = self._audit_head()
            answers = sink.send_all([_with_head(row.event, head) for row in rows])
        except Exception as error:  # noqa: BLE001  the edge: a sink's fault must not stop the relay
            self._told(rows[0].event, "failed", time.perf_counter() - start)
            self._wait_for_sink(rows[0], error)
            return 0
        seconds = (time.perf_counter() - start) / max(len(answers), 1)
        self._times_away = arrived = 0
        held: set[str] = set()
        for row, answer in zip(rows, answers, strict=False):
            subject = row.event["subject"]
            if subject in held:
                continue
            refused = isinstance(answer, Undeliverable)
            self._told(
                row.event, "arrived" if answer is None else "refused" if refused else "failed", seconds
            )
            if answer is None:
                self._rows.delivered(row.event_id)
                arrived += 1
                continue
            held.add(subject)
            if isinstance(answer, Undeliverable):
                self._refuse(row, answer)
            else:
                self._wait(row, answer)
        return arrived

    def _wait_for_sink(self, first: WaitingEvent, error: Exception) -> None:
        """Everything waits as long as the first event does, which stands for all: they go on together."""
        seconds = min(
            delay_seconds(self._times_away, self._jitter(), self._first_delay_seconds), _LONGEST_AWAY_SECONDS
        )
        self._times_away += 1
        self._wait(first, error, seconds)
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _refuse(self, row: WaitingEvent, error: Undeliverable) -> None:
        _log.error(
            "event held back", event_id=row.event_id, subject=row.event["subject"], reason=error.reason
        )
        self._rows.refused(row.event_id, error.reason)

    def _wait(self, row: WaitingEvent, error: Exception, seconds: float | None = None) -> None:
        if seconds is None:
            seconds = delay_seconds(row.attempts, self._jitter(), self._first_delay_seconds)
        if isinstance(error, Busy):
            seconds = max(seconds, min(error.seconds or 0.0, LONGEST_PAUSE_SECONDS))
            self._paused_until = self._clock() + seconds
        if isinstance(error, Unavailable):
            reason = error.reason
        else:
            _log.error("sink failed", event_id=row.event_id, exc_info=error)
            reason = f"{type(error).__name__}: {error}"
        _log.warning("event waits", event_id=row.event_id, reason=reason, seconds=round(seconds, 1))
        self._rows.failed(row.event_id, reason, seconds)


def _with_head(event: dict[str, Any], head: str | None) -> dict[str, Any]:
    """The signed head of the audit leaves with each event of the batch, as the extension attribute `audithead`."""
    return event if head is None else {**event, "audithead": head}


def delay_seconds(attempts: int, jitter: float, first: float = FIRST_DELAY_SECONDS) -> float:
    """How long to wait after `attempts` earlier failures: doubled each time, then kept under the longest.

    `jitter` in [0, 1) takes any share of it (full jitter), so that events that failed together come back apart.
    """
    return jitter * min(first * 2.0 ** min(attempts, 30), LONGEST_DELAY_SECONDS)
