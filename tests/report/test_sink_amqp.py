"""Events to a real RabbitMQ: confirmed, persistent, routed; what nobody takes is not lost."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pika
import pytest

from tallyscan.errors import TallyscanError, Unavailable
from tallyscan.report.client_tls import client_context
from tallyscan.report.sink_amqp import AmqpBroker, AmqpSink, routing_keys
from tallyscan.report.sinks import open_sinks, sinks_named
from tallyscan.settings import Settings
from tests.report.builders import made_reading, made_unread
from tests.report.rabbitmq import Broker, Consumer, consuming, needs_rabbitmq
from tests.report.test_review_events import EVENTS
from tests.report.threat_reports import event_of

EVENT = event_of(made_reading(), event_id="e1", consignment="é")
COMPLETED = "org.tallyscan.scan-assessment.completed.v1"


@pytest.fixture
def consumer(broker: Broker) -> Iterator[Consumer]:
    with consuming(broker.url, "org.tallyscan.scan-assessment.*.v1.#") as opened:
        yield opened


@pytest.fixture
def sink(broker: Broker, consumer: Consumer) -> Iterator[AmqpSink]:
    with closing(AmqpSink(AmqpBroker(broker.url, consumer.exchange))) as opened:
        yield opened


@needs_rabbitmq
def test_an_event_arrives_as_a_persistent_message(sink: AmqpSink, consumer: Consumer) -> None:
    sink.send(EVENT, "e1")
    sink.send(event_of(made_unread(), event_id="e2"), "e2")
    first, second = consumer.messages()
    assert json.loads(first.body) == EVENT
    told = first.properties
    assert (told.message_id, told.type, told.delivery_mode) == ("e1", COMPLETED, 2)
    assert (told.content_type, told.app_id) == ("application/cloudevents+json", "tallyscan")
    assert (first.key,) == routing_keys(EVENT)
    assert second.key.startswith("org.tallyscan.scan-assessment.failed.v1.")


@needs_rabbitmq
def test_the_settings_name_the_broker(broker: Broker, consumer: Consumer, tmp_path: Path) -> None:
    given = {"data_dir": tmp_path, "events_amqp_url": broker.url, "events_amqp_exchange": consumer.exchange}
    settings = Settings.model_validate(given | {"events_allow_plain": True})
    sink = open_sinks(settings)["amqp"]
    assert isinstance(sink, AmqpSink)
    with closing(sink):
        sink.send(EVENT, "e1")
    assert consumer.once() == ["e1"]
    assert sinks_named(settings) == ("file", "amqp")


@needs_rabbitmq
def test_what_no_queue_is_bound_for_is_unavailable_and_arrives_once_one_is(
    sink: AmqpSink, consumer: Consumer
) -> None:
    decision = EVENTS["decision"]
    with pytest.raises(
        Unavailable, match=r"none is bound to the exchange .* for org\.tallyscan\.scan-decision"
    ):
        sink.send(decision, "d1")
    sink.send(EVENT, "e1")  # the same connection goes on
    consumer.bind("#")
    sink.send(decision, "d1")
    assert consumer.once() == ["e1", "d1"]


@needs_rabbitmq
def test_a_queue_that_is_full_and_rejects_is_unavailable(broker: Broker) -> None:
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with (
        consuming(broker.url, arguments=full) as narrow,
        closing(AmqpSink(AmqpBroker(broker.url, narrow.exchange))) as sink,
    ):
        sink.send(EVENT, "e1")
        with pytest.raises(Unavailable, match="has not taken"):
            sink.send(EVENT, "e2")
        assert narrow.once() == ["e1"]
        sink.send(EVENT, "e2")
        assert narrow.once() == ["e1", "e2"]


@needs_rabbitmq
def test_an_exchange_that_is_not_there_is_made_durable(broker: Broker) -> None:
    name = "test-made"
    with closing(pika.BlockingConnection(pika.URLParameters(broker.url))) as connection:
        channel = connection.channel()
        channel.exchange_delete(name)
        with (
            closing(AmqpSink(AmqpBroker(broker.url, name))) as sink,
            pytest.raises(Unavailable, match="none is bound"),
        ):
            sink.send(EVENT, "e1")
        channel.exchange_declare(name, "topic", durable=True)  # refused if it were another one
        channel.exchange_delete(name)


@needs_rabbitmq
def test_a_connection_that_ended_meanwhile_is_made_again(sink: AmqpSink, consumer: Consumer) -> None:
    sink.send(EVENT, "e1")
    assert sink._channel is not None
    end: Any = sink._channel.connection
    end._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # as a broker that was started again
    sink.send(EVENT, "e2")
    assert consumer.once() == ["e1", "e2"]


@needs_rabbitmq
def test_a_wrong_password_is_unavailable_and_not_told(broker: Broker) -> None:
    url = re.sub(r"//[^@]*@", "//guest:wrong-one@", broker.url)
    sink = AmqpSink(AmqpBroker(url, "tallyscan"))
    with pytest.raises(Unavailable, match=r"does not answer: .*ACCESS_REFUSED") as refused:
        sink.send(EVENT, "e1")
    assert "wrong-one" not in refused.value.reason + repr(sink._broker)


@needs_rabbitmq
def test_over_tls_both_show_a_certificate(broker: Broker) -> None:
    if broker.certificates is None or broker.tls_url is None:
        pytest.skip("the broker at TEST_AMQP_URL is used as it is")
    of = broker.certificates
    with consuming(broker.url) as consumer:
        known = client_context(of.authority, *of.pair("client"), named="")
        with closing(AmqpSink(AmqpBroker(broker.tls_url, consumer.exchange, known))) as sink:
            sink.send(EVENT, "e1")
        for authority, pair in ((of.authority, (None, None)), (None, of.pair("client"))):
            wrong = client_context(authority, *pair, named="")
            sink = AmqpSink(AmqpBroker(broker.tls_url, consumer.exchange, wrong))
            with pytest.raises(Unavailable, match="does not answer"):
                sink.send(EVENT, "e2")
        assert consumer.once() == ["e1"]


@pytest.mark.parametrize(
    ("data", "word"),
    [({"site": "GATE-1"}, "GATE-1"), ({"site": "Gate 1.ü#*"}, "Gate_1____"), ({"scan": {"site": "B"}}, "B"),
     ({"sites": ["B"]}, "B"), ({"sites": []}, "unknown"),
     ({"site": None}, "unknown"), ({"scan": {"site": None}}, "unknown"), ({"site": "x" * 300}, "x" * 80)],
)  # fmt: skip
def test_the_routing_key_is_the_type_and_the_site(data: dict[str, object], word: str) -> None:
    assert routing_keys({"type": COMPLETED, "data": data}) == (f"{COMPLETED}.{word}",)


@needs_rabbitmq
def test_an_event_of_several_sites_reaches_the_queue_of_each_and_no_queue_twice(broker: Broker) -> None:
    made = "org.tallyscan.selection.made.v1"
    event = EVENT | {"type": made, "data": {"sites": ["GATE-1", "GATE 2"]}}
    assert routing_keys(event) == (f"{made}.GATE-1", f"{made}.GATE_2")
    with consuming(broker.url, f"{made}.GATE_2") as consumer:
        consumer.bind("org.tallyscan.selection.#")
        with closing(AmqpSink(AmqpBroker(broker.url, consumer.exchange))) as sink:
            sink.send(event, "e1")
        assert [message.properties.message_id for message in consumer.messages()] == ["e1"]
    with consuming(broker.url, f"{made}.GATE_2") as consumer:
        with closing(AmqpSink(AmqpBroker(broker.url, consumer.exchange))) as sink:
            sink.send(event, "e2")
        assert consumer.once() == ["e2"], "its site is the second one"


def test_an_address_that_is_none_is_told_without_its_password() -> None:
    with pytest.raises(TallyscanError, match="no address") as wrong:
        AmqpSink(AmqpBroker("amqp://guest:hidden@host:port/", "tallyscan"))
    assert "hidden" not in wrong.value.reason


def test_without_pika_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pika", None)
    with pytest.raises(TallyscanError, match=r"pip install 'tallyscan\[amqp\]'"):
        AmqpSink(AmqpBroker("amqp://localhost/", "tallyscan"))
