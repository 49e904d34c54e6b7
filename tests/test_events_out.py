"""From the service to the outside: every event to every receiver, each at its own pace."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tallyscan.audit_head import signed_head
from tallyscan.audit_key import audit_key
from tallyscan.bootstrap import Store, deliver_events, open_store, running, worker_of
from tallyscan.errors import TallyscanError
from tallyscan.pipeline import Reader
from tallyscan.report.sinks import open_sinks
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store.outbox_rows import put_event
from tests.report.builders import made_reading
from tests.report.sink_reading import event_validator, events_in
from tests.report.threat_reports import event_of
from tests.report.webhooks import SECRET, Receiver, receiving
from tests.sample_images import CONTAINER, container_tiff, declaration_json, sidecar_json
from tests.web.conftest import serving


@contextmanager
def with_settings(settings: Settings, **more: object) -> Iterator[tuple[Settings, Store]]:
    chosen = Settings.model_validate(settings.model_dump() | more)
    with open_store(chosen) as store:
        yield chosen, store


def scan() -> ScanFiles:
    return ScanFiles((ScanPart("scan.tif", container_tiff()),), sidecar_json(CONTAINER))


def test_readings_and_joins_arrive_at_the_webhook_as_they_are_in_the_file(
    settings: Settings, reader: Reader
) -> None:
    there = Receiver()
    with (
        receiving(there) as url,
        with_settings(settings, events_webhook_url=url, events_webhook_secrets=SECRET) as (ours, store),
    ):
        worker = worker_of(store, reader, ours)
        scan_id = store.intake.accept_scan(scan(), origin="test").scan_id
        assert worker.read_next() == scan_id
        store.intake.accept_declaration(declaration_json(CONTAINER), origin="test", consignment="C-1")
        store.intake.accept_declaration(
            declaration_json(CONTAINER, mrn="26NL000510A1B2C3D5"), origin="test", consignment="C-2"
        )
        with store.database.write() as session:
            store.joins.decide(
                session, scan_id, "C-2", by="Officer 12", reason="Seen.", now=datetime.now(UTC)
            )
        assert worker.read_next() == scan_id
        deliver_events(store, ours)
    sent = [json.loads(body) for _, _, body in there.requests]
    for event in sent:
        event_validator().validate(event)
    in_file = [
        {name: value for name, value in event.items() if name not in ("idempotencykey", "audithead")}
        for event in events_in(ours.data_dir / "events.jsonl")
    ]
    heads = [signed_head(event.pop("audithead"), audit_key(ours).public_key()) for event in sent]
    assert heads[0].sequence > 4
    assert sent == in_file
    assert "org.tallyscan.scan-join.changed.v1" in {event["type"] for event in sent}
    assert [headers["webhook-id"] for _, headers, _ in there.requests] == [event["id"] for event in sent]


def test_a_receiver_that_never_answers_stops_no_other(settings: Settings, reader: Reader) -> None:
    file = settings.data_dir / "events.jsonl"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        more = {
            "events_webhook_url": f"http://127.0.0.1:{silent.getsockname()[1]}/",
            "events_webhook_secrets": SECRET,
            "events_webhook_seconds": 1,
        }
        with (
            with_settings(settings, **more) as (ours, store),
            running(ours, store, reader) as service,
            serving(service, ours) as client,
        ):
            with store.database.write() as session:
                for number in range(6):
                    event = event_of(made_reading(), event_id=f"e{number}", consignment=f"C-{number % 2}")
                    put_event(session, event, ("file", "webhook"))
            while not (file.exists() and len(events_in(file)) == 6):
                time.sleep(0.02)
            while not client.get("/v1/outbox").json()["events"]:
                time.sleep(0.02)
            (held, *_) = client.get("/v1/outbox").json()["events"]
            assert (held["sink"], held["subject"], held["behind"]) == ("webhook", "C-0", 2)
            assert "does not answer: ReadTimeout" in held["reason"]
            health = client.get("/healthz").json()
    assert (health["status"], health["stopped"]) == ("ok", [])
    assert set(health["outbox"]) == {"webhook"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"events_webhook_url": "https://risk.example/"}, "needs secrets"),
        ({"events_webhook_url": "https://risk.example/", "events_webhook_secrets": "whsec_c2hvcnQ="}, "24 to 64"),
        ({"events_webhook_url": "https://risk.example/", "events_webhook_secrets_file": "/nowhere"}, "No such file"),
        ({"events_webhook_url": "http://risk.example/", "events_webhook_secrets": SECRET}, "without TLS"),
        ({"events_webhook_url": "http://127.0.0.1:port/", "events_webhook_secrets": SECRET}, "no address"),
        ({"events_webhook_url": "https://risk.example/", "events_webhook_secrets": SECRET,
          "events_authorities": "/nowhere.crt"}, "events_authorities"),
        ({"events_amqp_url": "amqp://guest:guest@broker.example/"}, "without TLS"),
        ({"events_amqp_url": "https://guest:hidden@broker.example/"}, "amqps://"),
        ({"events_amqp_url": "amqps://guest:hidden@broker.example:port/"}, "no address"),
    ],
)  # fmt: skip
def test_what_would_go_out_in_the_open_or_is_set_up_wrongly_stops_the_start(
    settings: Settings, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(TallyscanError, match=said) as refused:
        open_sinks(Settings.model_validate(settings.model_dump() | wrong))
    assert "hidden" not in refused.value.reason
    assert SECRET[6:] not in refused.value.reason


def test_it_may_be_allowed_and_loopback_is_this_machine(settings: Settings) -> None:
    for more in (
        {"events_webhook_url": "http://risk.example/", "events_allow_plain": True},
        {"events_webhook_url": "http://[::1]:8080/events?to=customs"},
        {"events_amqp_url": "amqp://guest:guest@localhost/"},
        {"events_amqp_url": "amqp://broker.example/", "events_allow_plain": True},
    ):
        given = settings.model_dump() | {"events_webhook_secrets": SECRET} | more
        assert len(open_sinks(Settings.model_validate(given))) == 2


@pytest.mark.parametrize(
    "url",
    ["ftp://risk.example/", "https://user:password@risk.example/", "https://risk.example/#x", "/events"],
)
def test_an_address_of_another_kind_is_no_setting(settings: Settings, url: str) -> None:
    with pytest.raises(ValueError, match="events_webhook_url"):
        Settings.model_validate(settings.model_dump() | {"events_webhook_url": url})


def test_secrets_are_in_neither_the_settings_as_shown_nor_the_database(
    settings: Settings, tmp_path: Path
) -> None:
    there = Receiver([(422, {}, b"")])
    with (
        receiving(there) as url,
        with_settings(settings, events_webhook_url=url, events_webhook_secrets=SECRET) as (ours, store),
    ):
        with store.database.write() as session:
            put_event(session, event_of(made_reading()), ("webhook",))
        deliver_events(store, ours)
    assert there.requests
    assert SECRET[6:] not in repr(ours)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(SECRET[6:].encode() in data for data in kept)
