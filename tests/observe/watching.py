"""A service at work with the address for those who watch it, and what is read there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tallyscan.bootstrap import Store, running, watched
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web.service import Service
from tests.web.conftest import serving


@dataclass(frozen=True)
class Watched:
    service: Service
    client: httpx.Client
    watch: httpx.Client

    def value(self, name: str, /, **labels: str) -> float | None:
        """As a real scrape reads it; None where there is no such series."""
        return values(self.watch.get("/metrics").text).get((name, tuple(sorted(labels.items()))))


def values(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@contextmanager
def watching(settings: Settings, store: Store, reader: Reader) -> Iterator[Watched]:
    settings = settings.model_copy(update={"metrics_port": 0, "disk_least_free_megabytes": 0.0})
    with (
        running(settings, store, reader) as service,
        watched(settings, service.meters, service.ready) as at,
        serving(service, settings) as client,
    ):
        assert at is not None
        with httpx.Client(base_url=f"http://{at[0]}:{at[1]}", timeout=30) as watch:
            yield Watched(service, client, watch)
