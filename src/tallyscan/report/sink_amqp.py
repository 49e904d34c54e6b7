"""A sink that is a message broker: each event as a persistent message to a topic exchange, by AMQP 0-9-1.

By pika, the client that the makers of RabbitMQ keep. It comes with the extra `amqp`.
"""

import json
import re
import ssl
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tallyscan.errors import TallyscanError, Unavailable
from tallyscan.outbound import Outbound

if TYPE_CHECKING:
    from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

_CONNECT_SECONDS, _ANSWER_SECONDS, _HEARTBEAT_SECONDS = 5.0, 20.0, 20
_NO_SUCH_EXCHANGE = 404
_UNKNOWN_SITE = "unknown"
_SHOWN = 300


@dataclass(frozen=True)
class AmqpBroker:
    """Where it is: `url` holds user and password. `exchange` is made, durable, where there is none."""

    url: str = field(repr=False)
    exchange: str
    tls: ssl.SSLContext | None = None
    outbound: Outbound = field(default_factory=Outbound)

    @property
    def name(self) -> str:
        """For people, without the password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


class AmqpSink:
    """Publishes one event after the other and waits until the broker confirms it. Its key is the message id: consumers
    know a repeat by it. The connection is kept; after a pause that ended it, a new one is made."""

    def __init__(self, broker: AmqpBroker) -> None:
        """Raises `TallyscanError` without pika, or for an address that it does not understand."""
        self._pika = _pika()
        self._broker = broker
        self._parameters = self._parameters_of(broker)
        self._outbound = broker.outbound
        self._lock = Lock()
        self._channel: BlockingChannel | None = None

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """Raises `Unavailable` unless the broker has it on at least one queue."""
        pika, exceptions = self._pika, self._pika.exceptions
        body = json.dumps(event, ensure_ascii=False, allow_nan=False).encode()
        key, *others = routing_keys(event)
        properties = pika.BasicProperties(
            content_type="application/cloudevents+json",
            content_encoding="utf-8",
            delivery_mode=pika.DeliveryMode.Persistent,
            message_id=idempotency_key,
            timestamp=int(datetime.fromisoformat(event["time"]).timestamp()),
            type=event["type"],
            app_id="tallyscan",
            headers={"CC": others} if others else None,
        )
        with self._lock:
            try:
                self._publish(key, body, properties)
            except exceptions.UnroutableError as error:
                raise Unavailable(
                    f"The broker {self._broker.name} has no queue for the event: none is bound to the exchange "
                    f"{self._broker.exchange} for {key}.",
                    remedy="Bind one, or declare an alternate exchange.",
                ) from error
            except exceptions.NackError as error:
                raise Unavailable(f"The broker {self._broker.name} has not taken the event.") from error
            except (exceptions.AMQPError, OSError) as error:
                self._drop()
                raise Unavailable(
                    f"The broker {self._broker.name} does not answer: {_said(error)}."
                ) from error

    def close(self) -> None:
        """End the connection; the next event makes a new one."""
        with self._lock:
            self._drop()

    def _publish(self, key: str, body: bytes, properties: Any) -> None:
        kept = self._channel is not None
        channel = self._channel or self._opened()
        try:
            channel.basic_publish(self._broker.exchange, key, body, properties, mandatory=True)
        except (self._pika.exceptions.UnroutableError, self._pika.exceptions.NackError):
            raise
        except self._pika.exceptions.AMQPError:
            if not kept:
                raise
            self._drop()  # it had ended meanwhile, as brokers do with idle ones
            self._opened().basic_publish(self._broker.exchange, key, body, properties, mandatory=True)

    def _opened(self) -> "BlockingChannel":
        parameters = copy(self._parameters)
        parameters.host = self._outbound.addresses(parameters.host, parameters.port)[0]
        connection: BlockingConnection = self._pika.BlockingConnection(parameters)
        try:
            channel = connection.channel()
            try:  # it may be there for others to write to, without a right to make it
                channel.exchange_declare(self._broker.exchange, "topic", passive=True)
            except self._pika.exceptions.ChannelClosedByBroker as error:
                if error.reply_code != _NO_SUCH_EXCHANGE:
                    raise
                channel = connection.channel()
                channel.exchange_declare(self._broker.exchange, "topic", durable=True)
            channel.confirm_delivery()
        except BaseException:
            _close(connection)
            raise
        self._channel = channel
        return channel

    def _drop(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            _close(channel.connection)

    def _parameters_of(self, broker: AmqpBroker) -> Any:
        try:
            parameters = self._pika.URLParameters(broker.url)
        except Exception as error:  # it says what it did not like, password and all
            raise TallyscanError("events_amqp_url is no address of a broker.") from error
        if broker.tls is not None:
            parameters.ssl_options = self._pika.SSLOptions(broker.tls, parameters.host)
        parameters.heartbeat = _HEARTBEAT_SECONDS
        parameters.socket_timeout = parameters.stack_timeout = _CONNECT_SECONDS
        parameters.blocked_connection_timeout = _ANSWER_SECONDS
        parameters.connection_attempts = 1
        parameters.client_properties = {"connection_name": "tallyscan"}
        return parameters


def routing_keys(event: dict[str, Any]) -> tuple[str, ...]:
    """The type and the site, words between dots, 255 bytes at most: `org.tallyscan.scan-join.changed.v1.GATE-1`. One
    for each site of the event; the broker gives a queue that is bound to several of them one message.

    Other signs than letters, digits, `-` and `_` in a site become `_`; where the event tells of none: `unknown`.
    """
    data = event["data"]
    sites = data.get("sites") or (data.get("site") or data.get("scan", {}).get("site") or _UNKNOWN_SITE,)
    words = dict.fromkeys(re.sub(r"[^A-Za-z0-9_-]", "_", site)[:80] for site in sites)
    return tuple(f"{event['type']}.{word}" for word in words)


def _close(connection: Any) -> None:
    with suppress(Exception):  # it has ended already, or the other end has
        connection.close()


def _said(error: BaseException) -> str:
    return (str(error) or type(error).__name__).rstrip(".")[:_SHOWN]


def _pika() -> Any:
    try:
        import pika
        import pika.exceptions
    except ImportError as error:
        raise TallyscanError(
            "Sending events to a broker needs pika.",
            remedy="Install the extra: pip install 'tallyscan[amqp]'.",
        ) from error
    return pika
