"""What is held back is seen over HTTP, on the first page and in the health, and moved on by a person."""

from dataclasses import asdict

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.bootstrap import Store
from tallyscan.store.outbox_rows import OutboxRows, put_event
from tallyscan.web.routes_outbox import _HELD_LIST, HeldList

WHO = {"by": "Officer 12", "reason": "The receiver was mended."}


@pytest.fixture
def refused(store: Store) -> None:
    """Of consignment A two events for a webhook, the first refused; one of B that is tried again; one that is next."""
    with store.database.write() as session:
        for name in ("A1", "A2", "B1", "C1"):
            event = {"id": name, "subject": name[0], "type": "org.tallyscan.scan-join.changed.v1"}
            put_event(session, event, ("webhook",))
    rows = OutboxRows(store.database, "webhook")
    rows.refused("A1", "The webhook answers with HTTP 422: <no such> consignment.")
    rows.failed("B1", "The webhook answers with HTTP 500.", 3600)


@pytest.mark.usefixtures("refused")
def test_what_is_held_back_is_listed_with_the_reason(client: httpx.Client) -> None:
    answer = client.get("/v1/outbox").json()
    example = TypeAdapter(HeldList).validate_python(_HELD_LIST)
    assert set(answer["events"][0]) == set(asdict(example.events[0]))
    assert answer["sinks"] == {"webhook": {"waiting": 1, "failing": 1, "undeliverable": 1, "behind": 1}}
    told = [(held["subject"], held["state"], held["attempts"], held["behind"]) for held in answer["events"]]
    assert told == [("A", "undeliverable", 1, 1), ("B", "waiting", 1, 0)]
    assert answer["events"][0]["reason"].startswith("The webhook answers with HTTP 422")
    first = client.get("/v1/outbox?limit=1&sink=webhook").json()
    rest = client.get(first["next"]).json()
    assert [held["event_id"] for page in (first, rest) for held in page["events"]] == ["A1", "B1"]
    assert rest["next"] is None
    assert client.get("/v1/outbox?sink=amqp").json()["events"] == []


@pytest.mark.usefixtures("refused")
def test_the_health_says_so_until_it_is_skipped(client: httpx.Client, store: Store) -> None:
    health = client.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert health.json()["outbox"]["webhook"]["undeliverable"] == 1
    answer = client.post("/v1/outbox/1/skip", json=WHO)
    assert (answer.status_code, answer.json()["state"]) == (200, "skipped")
    assert client.get("/healthz").json()["status"] == "ok"
    assert [row.event_id for row in OutboxRows(store.database, "webhook").due(10)] == ["A2", "C1"]


@pytest.mark.usefixtures("refused")
def test_what_a_person_does_is_on_record_with_the_event(client: httpx.Client) -> None:
    assert client.post("/v1/outbox/1/replay", json=WHO).json()["state"] == "waiting"
    entry = client.get("/v1/outbox/1").json()
    assert (entry["event"]["id"], entry["attempts"], entry["reason"]) == ("A1", 0, None)
    (taken,) = entry["actions"]
    assert (taken["action"], taken["by"], taken["reason"]) == ("replay", *WHO.values())
    assert (taken["state_before"], taken["attempts_before"]) == ("undeliverable", 1)
    assert "HTTP 422" in taken["error_before"]


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("4/skip", WHO, 409),
        ("7/skip", WHO, 404),
        ("1/skip", {"by": "Officer 12"}, 422),
        ("1/replay", WHO | {"by": "  "}, 422),
        ("1/replay", WHO | {"more": 1}, 422),
        ("one/replay", WHO, 422),
    ],
)
def test_what_cannot_be_done_says_why(client: httpx.Client, path: str, said: object, status: int) -> None:
    answer = client.post(f"/v1/outbox/{path}", json=said)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert client.get("/v1/outbox/1").json()["actions"] == []
