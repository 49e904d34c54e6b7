"""A real RabbitMQ for the tests: the one at `TEST_AMQP_URL`, or one that is started here in a folder of its own."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pika
import pytest
from pika.exceptions import AMQPError

from tests.acquire.dicom_network import Certificates
from tests.needed import needs

GIVEN = os.environ.get("TEST_AMQP_URL")
needs_rabbitmq = (
    pytest.mark.skipif(False, reason="") if GIVEN else needs("rabbitmq-server", package="rabbitmq-server")
)
_START_SECONDS = 600.0  # ten seconds of two free cores; tests may share them with much
_DEBIAN = Path(
    "/usr/lib/rabbitmq/bin/rabbitmq-server"
)  # what the script on the PATH runs, as a user of its own


@dataclass(frozen=True)
class Broker:
    """Where it is; `tls_url` and `certificates` only of one that was started here."""

    url: str
    tls_url: str | None = None
    certificates: Certificates | None = None


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """The one that is given, or one of our own on free ports, with nothing left behind."""
    if GIVEN:
        yield Broker(GIVEN)
        return
    (folder / "certificates").mkdir(parents=True)
    certificates = Certificates(folder / "certificates")
    port, tls_port, epmd_port, node_port = free_ports(4)
    environment = _environment(folder, certificates, port, tls_port) | {
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(node_port),
    }
    program = _DEBIAN if _DEBIAN.exists() else Path(shutil.which("rabbitmq-server") or "rabbitmq-server")
    names = subprocess.Popen(["epmd"], env=environment)  # Erlang starts one that stays, where it finds none
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([program], env=environment, stdout=log, stderr=log)
    try:
        url = f"amqp://guest:guest@127.0.0.1:{port}/"
        _wait(url, server, folder / "log")
        yield Broker(url, f"amqps://guest:guest@localhost:{tls_port}/", certificates)
    finally:
        for process in (server, names):
            process.terminate()
        for process in (server, names):
            process.wait(60)


class Consumer:
    """A queue that is bound to an exchange of its own. `messages` takes what is there, in order, and keeps it."""

    def __init__(self, url: str, *, exchange: str, binding: str, arguments: dict[str, object] | None) -> None:
        self.exchange = exchange
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.exchange_declare(exchange, "topic", durable=True)
        declared = self._channel.queue_declare("", exclusive=True, arguments=arguments)
        self._queue = declared.method.queue
        self.bind(binding)
        self._taken: list[Message] = []

    def bind(self, binding: str) -> None:
        self._channel.queue_bind(self._queue, self.exchange, binding)

    def messages(self) -> list["Message"]:
        while True:
            method, properties, body = self._channel.basic_get(self._queue, auto_ack=True)
            if method is None:
                return self._taken
            self._taken.append(Message(method.routing_key, properties, body))

    def once(self) -> list[str]:
        """The ids of the messages, each once, as consumers take them."""
        return list(dict.fromkeys(message.properties.message_id for message in self.messages()))

    def close(self) -> None:
        self._channel.exchange_delete(self.exchange)
        self._connection.close()


class Message(NamedTuple):
    key: str
    properties: pika.BasicProperties
    body: bytes


@contextmanager
def consuming(url: str, binding: str = "#", arguments: dict[str, object] | None = None) -> Iterator[Consumer]:
    opened = Consumer(url, exchange=f"test-{uuid4()}", binding=binding, arguments=arguments)
    with closing(opened) as consumer:
        yield consumer


def _environment(folder: Path, certificates: Certificates, port: int, tls_port: int) -> dict[str, str]:
    certificate, key = certificates.pair("server")
    (folder / "rabbitmq.conf").write_text(
        f"""listeners.tcp.1 = 127.0.0.1:{port}
listeners.ssl.1 = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {certificates.authority}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
disk_free_limit.absolute = 1MB
""",
        encoding="ascii",
    )
    (folder / "plugins").write_text("[].\n", encoding="ascii")
    return os.environ | {
        "HOME": str(folder),  # where Erlang keeps its cookie
        "RABBITMQ_NODENAME": f"tallyscan_{port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
    }


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    parameters = pika.URLParameters(url)
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(
                (parameters.host, parameters.port)
            ).close()  # quieter than a client's tries
            pika.BlockingConnection(parameters).close()
            return
        except (AMQPError, OSError):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until, log.read_text(encoding="utf-8")
            time.sleep(0.2)
