"""What a real scrape reads after real scans, refusals and decisions."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tallyscan.bootstrap import Store, open_store, watched
from tallyscan.errors import Conflict, Unavailable
from tallyscan.observe.measured_blobs import MeasuredBlobs
from tallyscan.observe.meters import MOST_SCANNERS, Meters
from tallyscan.observe.readiness import Ready
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.outbox_rows import put_event
from tallyscan.store.service_standing import service_standing
from tests.e2e.serving import wait_until
from tests.observe.watching import Watched, values, watching
from tests.review.builders import clear
from tests.sample_images import container_tiff, declaration_json, sidecar_json

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def at_work(settings: Settings, store: Store, reader: Reader) -> Iterator[Watched]:
    with watching(settings, store, reader) as opened:
        yield opened


def send(client: httpx.Client, image: bytes | None = None) -> str:
    files = [("image", ("a.tif", image or container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    files.append(("declaration", ("d.json", declaration_json())))
    return str(client.post("/v1/scans?wait=30", files=files).json()["id"])


def test_a_scan_a_refusal_and_a_decision_are_counted_where_they_belong(at_work: Watched) -> None:
    scan = send(at_work.client)
    send(at_work.client)  # the same once more is no arrival
    assert at_work.client.post("/v1/declarations", content=b"no declaration").status_code == 422
    at_work.client.post("/v1/scans?wait=30", files=[("image", ("b.tif", b"text"))])
    assert at_work.client.post(f"/v1/scans/{scan}/decisions", json=clear()).status_code == 201
    at_work.client.get("/nowhere/at/all")

    wait_until(lambda: at_work.value("tallyscan_arrival_to_reading_seconds_count") == 2)
    read = values(at_work.watch.get("/metrics").text)

    def value(name: str, /, **labels: str) -> float | None:
        return read.get((f"tallyscan_{name}", tuple(sorted(labels.items()))))

    arrivals = {key: count for key, count in read.items() if key[0] == "tallyscan_scans_received_total"}
    assert sum(arrivals.values()) == 2
    assert {dict(labels)["way"] for _, labels in arrivals} == {"http"}
    assert value("refused_total", way="http", code="invalid_declaration") == 1
    readings = {key: count for key, count in read.items() if key[0] == "tallyscan_readings_total"}
    assert sorted(dict(labels)["status"] for _, labels in readings) == ["read", "rejected"]
    assert value("arrival_to_reading_seconds_count") == 2
    assert value("reading_seconds_count") == 2
    assert value("reading_stage_seconds_count", stage="detect") == 1
    assert value("reading_stage_seconds_count", stage="save") == 2
    assert value("decisions_total", decision="clear") == 1
    assert value("reading_to_decision_seconds_count") == 1
    assert value("http_requests_total", method="POST", route="/v1/scans", status="200") == 3
    assert value("http_requests_total", method="GET", route="unmatched", status="404") == 1
    assert value("http_request_seconds_count", route="/v1/scans") == 3
    assert (value("database_write_wait_seconds_count") or 0) > 5
    assert (value("blob_seconds_count", operation="put") or 0) > 3
    assert value("model_info", name="tiny", version="1") == 1
    assert value("loop_up", loop="worker") == 1
    assert value("scans_waiting", **{"class": "first"}) == 0
    assert value("database_up") == 1
    assert (value("disk_free_bytes") or 0) > 0
    assert read[("process_resident_memory_bytes", ())] > 0


def test_every_metric_is_described_and_nothing_else(at_work: Watched) -> None:
    send(at_work.client)
    wait_until(lambda: at_work.value("tallyscan_reading_seconds_count") == 1)
    families = text_string_to_metric_families(at_work.watch.get("/metrics").text)
    served = {name for name, kind in names_and_kinds(families) if name.startswith("tallyscan_")}
    described = set(re.findall(r"^\| `(tallyscan_\w+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert described == served


def names_and_kinds(families: Iterator[object]) -> Iterator[tuple[str, str]]:
    endings = {"counter": "_total", "info": "_info"}
    for family in families:
        name, kind = str(family.name), str(family.type)  # type: ignore[attr-defined]
        yield name + ("" if name.endswith(endings.get(kind, "")) else endings.get(kind, "")), kind


def test_a_sender_who_makes_up_names_of_scanners_makes_no_series_without_end() -> None:
    meters = Meters()
    for number in range(MOST_SCANNERS + 50):
        meters.received("http", f"made up {number}")
    meters.received("http", None)
    named = [
        sample.labels["scanner"]
        for family in meters.registry.collect()
        for sample in family.samples
        if sample.name == "tallyscan_scans_received_total"
    ]
    assert len(named) == MOST_SCANNERS + 2
    assert {"other", "unnamed"} <= set(named)
    assert (
        meters.registry.get_sample_value(
            "tallyscan_scans_received_total", {"way": "http", "scanner": "other"}
        )
        == 50
    )


def test_a_failure_of_the_blob_store_is_counted(tmp_path: Path) -> None:
    meters = Meters()
    blobs = MeasuredBlobs(FolderBlobs(tmp_path / "blobs"), meters)
    (tmp_path / "blobs").rmdir()
    with pytest.raises(Unavailable):
        blobs.put(b"bytes")
    count = meters.registry.get_sample_value
    assert count("tallyscan_blob_failures_total", {"operation": "put"}) == 1
    assert count("tallyscan_blob_seconds_count", {"operation": "put"}) == 1


def test_events_that_do_not_arrive_are_seen_by_sink_with_their_age(database: Database) -> None:
    event = {"id": "1", "subject": "C-1", "type": "t", "data": {}}
    with database.write() as session:
        put_event(session, event, ("file", "webhook"))
    with database.read() as session:
        standing = service_standing(session, datetime.now(UTC))
    assert {sink: counts.waiting for sink, counts in standing.outbox.items()} == {"file": 1, "webhook": 1}
    assert standing.oldest_unsent.keys() == {"file", "webhook"}
    assert all(isinstance(at, datetime) for at in standing.oldest_unsent.values())
    assert (standing.waiting, standing.dead, standing.at_desk) == ({"first": 0, "again": 0}, 0, 0)


def test_metrics_are_not_served_to_other_machines_unless_that_is_wanted(settings: Settings) -> None:
    others = settings.model_copy(update={"metrics_port": 0, "metrics_host": "0.0.0.0"})
    with pytest.raises(Conflict, match="METRICS_ALLOW_PLAIN"), watched(others, Meters(), lambda: Ready({})):
        pass
    wanted = others.model_copy(update={"metrics_allow_plain": True})
    with watched(wanted, Meters(), lambda: Ready({})) as at:
        assert at is not None
    with watched(settings, Meters(), lambda: Ready({})) as off:
        assert off is None


def test_the_interface_for_people_has_no_metrics(at_work: Watched) -> None:
    assert at_work.client.get("/metrics").status_code == 404
    assert at_work.watch.get("/v1/scans").status_code == 404


def test_a_scrape_goes_on_while_the_database_does_not_answer(at_work: Watched) -> None:
    class Away:
        def read(self) -> object:
            raise Unavailable("The database does not answer.")

    gauges = next(
        each
        for each in at_work.service.meters.registry._collector_to_names
        if type(each).__name__ == "Gauges"
    )
    gauges._database = Away()
    gauges._kept = None
    assert at_work.value("tallyscan_database_up") == 0
    assert at_work.value("tallyscan_desk_waiting") is None
    assert at_work.value("tallyscan_loop_up", loop="worker") == 1
