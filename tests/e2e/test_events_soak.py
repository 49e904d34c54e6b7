"""The receiver of the docs, as it stands there, against the real sink: at peace, and in trouble."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tallyscan.errors import Undeliverable
from tallyscan.report.sink_webhook import Webhook, WebhookSink
from tallyscan.report.webhook_signature import Secrets
from tests.e2e.events_soak import RiskSystem, example_receiver, sink_to, soak
from tests.e2e.serving import wait_until
from tests.report.builders import made_reading
from tests.report.threat_reports import event_of
from tests.report.webhooks import OLD_SECRET, SECRET

EVENT = event_of(made_reading(), event_id="e1", consignment="é")


def answers(risk: RiskSystem) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{risk.port}/")
    except httpx.ConnectError:
        return False
    return True


@pytest.fixture
def risk(tmp_path: Path) -> Iterator[RiskSystem]:
    running = RiskSystem(tmp_path)
    wait_until(lambda: answers(running))
    yield running
    running.kill()


def test_the_receiver_of_the_docs_verifies_drops_repeats_and_stores(risk: RiskSystem) -> None:
    sink = sink_to(risk)
    sink.send(EVENT, "e1")
    sink.send(EVENT, "e1")
    assert risk.received() == [EVENT]
    url = f"http://127.0.0.1:{risk.port}/"
    rotating = WebhookSink(Webhook(url, Secrets(SecretStr(f"{OLD_SECRET} {SECRET}"), None)))
    rotating.send(EVENT | {"id": "e2"}, "e2")
    stranger = WebhookSink(Webhook(url, Secrets(SecretStr(OLD_SECRET), None)))
    with pytest.raises(Undeliverable, match="HTTP 401"):
        stranger.send(EVENT | {"id": "e3"}, "e3")
    late = WebhookSink(Webhook(url, Secrets(SecretStr(SECRET), None)), now=lambda: 1_700_000_000.0)
    with pytest.raises(Undeliverable, match="HTTP 401"):
        late.send(EVENT | {"id": "e4"}, "e4")
    assert [event["id"] for event in risk.received()] == ["e1", "e2"]


def test_the_receiver_of_the_docs_has_forty_lines() -> None:
    lines = [line for line in example_receiver().splitlines() if line.strip()]
    assert len(lines) <= 40


def test_a_risk_system_that_fails_half_of_its_calls_answers_late_and_is_killed_twice_gets_every_event_in_order(
    tmp_path: Path,
) -> None:
    """`make soak` sends 200 events of 20 consignments."""
    done = soak(tmp_path, events=20, consignments=5, seed=5)
    assert done.failed >= 5
    assert done.repeats > 0
