"""What happens, counted in this process: one object for one registry, told at the edges.

Names and labels are described in docs/reference/metrics.md. No label holds what a sender can make up without end.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, Info
from prometheus_client.process_collector import ProcessCollector

from tallyscan import __version__
from tallyscan.errors import TallyscanError
from tallyscan.reading import Reading

MOST_SCANNERS = 100
"""So many scanners have a name of their own in the metrics; further ones are `other`."""

UNNAMED, OTHER = "unnamed", "other"
_STAGES = ("decode", "calibrate", "detect", "reconcile", "integrity")
_WAIT_SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 15, 30)
_STEP_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_TO_READING_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_TO_DECISION_SECONDS = (10, 30, 60, 120, 300, 600, 1200, 3600, 14_400, 86_400)


class Meters:
    """Everything that is counted. Safe from every thread; a call takes microseconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._scanners = _Bounded(MOST_SCANNERS)
        self._received = self._counter("scans_received", "Scans that were kept", "way", "scanner")
        self._refused = self._counter("refused", "What was put into quarantine", "way", "code")
        self._readings = self._counter("readings", "Readings that were saved", "status", "lane", "scanner")
        self._searches = self._counter("searches", "Searches for anomalies", "decision", "scanner")
        self._again = self._counter("readings_put_back", "Readings to be made again", "why")
        self._reading = self._histogram("reading_seconds", "Time of a reading", _STEP_SECONDS)
        self._stage = self._histogram("reading_stage_seconds", "Time of its stages", _STEP_SECONDS, "stage")
        self._to_reading = self._histogram(
            "arrival_to_reading_seconds", "From the last byte kept to the first reading", _TO_READING_SECONDS
        )
        self._decisions = self._counter("decisions", "Decisions of officers", "decision")
        self._to_decision = self._histogram(
            "reading_to_decision_seconds", "From the first reading to a decision", _TO_DECISION_SECONDS
        )
        self._sends = self._counter("outbox_sends", "Events handed to a sink", "sink", "outcome")
        self._send = self._histogram("outbox_send_seconds", "Time of it", _STEP_SECONDS, "sink")
        self._requests = self._counter("http_requests", "HTTP requests", "method", "route", "status")
        self._request = self._histogram(
            "http_request_seconds", "Until the answer begins", _STEP_SECONDS, "route"
        )
        self._sign_ins = self._counter("sign_in_failures", "Refused passwords and keys", "how")
        self._decode_failures = self._counter("decode_failures", "Decoding that was ended", "why")
        self._write_wait = self._histogram(
            "database_write_wait_seconds", "Until a write may begin", _WAIT_SECONDS
        )
        self._blob = self._histogram("blob_seconds", "Time of the blob store", _WAIT_SECONDS, "operation")
        self._blob_failures = self._counter("blob_failures", "Failures of the blob store", "operation")
        Info("tallyscan_build", "The software", registry=self.registry).info({"version": __version__})

    def received(self, way: str, scanner: str | None) -> None:
        """A scan that was not here before is kept."""
        self._received.labels(way, self._scanner(scanner)).inc()

    def refused(self, way: str, code: str) -> None:
        """Something was put into quarantine, for the error of that code."""
        self._refused.labels(way, code).inc()

    def read(
        self,
        state: str,
        reading: Reading,
        scanner: str | None,
        *,
        save_seconds: float,
        since_arrival_seconds: float | None,
    ) -> None:
        """A reading is saved; `since_arrival_seconds` is None but for the first one of a scan."""
        name = self._scanner(scanner)
        self._readings.labels(state, reading.risk.lane, name).inc()
        self._searches.labels(reading.anomaly.decision, name).inc()
        self._stage.labels("save").observe(save_seconds)
        if reading.seconds.total:
            self._reading.observe(reading.seconds.total)
        for stage in _STAGES:
            if seconds := getattr(reading.seconds, stage):
                self._stage.labels(stage).observe(seconds)
        if since_arrival_seconds is not None:
            self._to_reading.observe(since_arrival_seconds)

    def put_back(self, why: str) -> None:
        """A reading is to be made again."""
        self._again.labels(why).inc()

    def decided(self, decision: str, seconds: float | None) -> None:
        """An officer decided, so long after the first reading; None where nobody knows."""
        self._decisions.labels(decision).inc()
        if seconds is not None:
            self._to_decision.observe(seconds)

    def sent(self, sink: str, outcome: str, seconds: float) -> None:
        """An event was handed to a sink: `arrived`, `failed` or `refused`."""
        self._sends.labels(sink, outcome).inc()
        self._send.labels(sink).observe(seconds)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request; `route` is the template of its address."""
        self._requests.labels(method, route, str(status)).inc()
        self._request.labels(route).observe(seconds)

    def sign_in_failed(self, how: str) -> None:
        """A password or key was refused: `password`, `locked` or `key`."""
        self._sign_ins.labels(how).inc()

    def decode_failed(self, why: str) -> None:
        """Decoding did not come to its end: `ended`, `out_of_time` or `out_of_memory`."""
        self._decode_failures.labels(why).inc()

    def waited_to_write(self, seconds: float) -> None:
        """A transaction got the lock of writers."""
        self._write_wait.observe(seconds)

    @contextmanager
    def blob(self, operation: str) -> Iterator[None]:
        """Around one call of the blob store."""
        start = perf_counter()
        try:
            yield
        except (TallyscanError, OSError):
            self._blob_failures.labels(operation).inc()
            raise
        finally:
            self._blob.labels(operation).observe(perf_counter() - start)

    def _scanner(self, scanner: str | None) -> str:
        return self._scanners.name(scanner) if scanner else UNNAMED

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"tallyscan_{name}", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"tallyscan_{name}", about, labels, registry=self.registry, buckets=buckets)


class _Bounded:
    """The first so many different names are themselves, all others are `other`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def name(self, said: str) -> str:
        with self._lock:
            if said not in self._known and len(self._known) < self._most:
                self._known.add(said)
            return said if said in self._known else OTHER
