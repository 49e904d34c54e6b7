"""How the service stands when it is asked: from the database (kept for some seconds), the disk and the loops."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric

from tallyscan.errors import TallyscanError
from tallyscan.finding import ModelIdentity
from tallyscan.store.database import Database
from tallyscan.store.service_standing import ServiceStanding, service_standing

_KEPT_SECONDS = 5.0


class Gauges:
    """A collector for one registry. `loops` says of each loop whether it runs; `watchers` how many watch live."""

    def __init__(
        self,
        database: Database,
        data_dir: Path,
        model: ModelIdentity,
        *,
        loops: Callable[[], Mapping[str, bool]],
        watchers: Callable[[], int] = lambda: 0,
    ) -> None:
        self._database = database
        self._data_dir = data_dir
        self._model = model
        self._loops = loops
        self._watchers = watchers
        self._lock = threading.Lock()
        self._kept: tuple[float, ServiceStanding | None] | None = None

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering it shall ask nothing of the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every gauge. Those of the database are left out while it does not answer, and `database_up` is 0."""
        model = InfoMetricFamily("tallyscan_model", "The model that reads")
        model.add_metric((), {"name": self._model.name, "version": self._model.version})
        yield model
        loop_up = _gauge("loop_up", "Whether a loop runs and its last step did not fail", "loop")
        for name, runs in self._loops().items():
            loop_up.add_metric((name,), float(runs))
        yield loop_up
        yield _one("live_watchers", "Clients that watch live", self._watchers())
        try:
            disk = shutil.disk_usage(self._data_dir)
        except OSError:  # no disk, no number: `absent()` says so, and readiness why
            pass
        else:
            yield _one("disk_free_bytes", "Room on the disk of the data folder", disk.free)
            yield _one("disk_size_bytes", "Size of that disk", disk.total)
        now = datetime.now(UTC)
        standing = self._standing(now)
        yield _one("database_up", "Whether the database answered", standing is not None)
        if standing is not None:
            yield from _of_standing(standing, now)

    def _standing(self, now: datetime) -> ServiceStanding | None:
        with self._lock:
            if self._kept is None or monotonic() - self._kept[0] > _KEPT_SECONDS:
                try:
                    with self._database.read() as session:
                        found = service_standing(session, now)
                except TallyscanError:
                    found = None
                self._kept = (monotonic(), found)
            return self._kept[1]


def _of_standing(standing: ServiceStanding, now: datetime) -> Iterator[Metric]:
    waiting = _gauge("scans_waiting", "Scans that wait to be read", "class")
    oldest = _gauge(
        "scans_waiting_oldest_seconds", "Since the oldest unread scan came; 0: none waits", "class"
    )
    for kind, count in standing.waiting.items():
        waiting.add_metric((kind,), count)
        oldest.add_metric((kind,), _seconds_since(standing.oldest.get(kind), now))
    yield waiting
    yield oldest
    yield _one("scans_in_reading", "Scans that are read now", standing.in_reading)
    yield _one("scans_dead", "Scans that could not be read for a fault of the service", standing.dead)
    yield _one("desk_waiting", "Scans of the last week that wait for a person", standing.at_desk)
    events = _gauge("outbox_events", "Events that have not arrived", "sink", "standing")
    unsent = _gauge("outbox_oldest_unsent_seconds", "Since the oldest of them happened", "sink")
    for sink, counts in standing.outbox.items():
        for name in ("waiting", "failing", "undeliverable", "behind"):
            events.add_metric((sink, name), getattr(counts, name))
    for sink, at in standing.oldest_unsent.items():
        unsent.add_metric((sink,), _seconds_since(at, now))
    yield events
    yield unsent


def _seconds_since(at: datetime | None, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at is not None else 0.0


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tallyscan_{name}", about, labels=labels)


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tallyscan_{name}", about, value=float(value))
