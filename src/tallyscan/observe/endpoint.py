"""The address for those who watch the service: metrics, and health in words. Apart from the one for people."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric

from tallyscan.errors import Conflict
from tallyscan.observe.readiness import Ready

_SECONDS = 10


@contextmanager
def watched_at(
    host: str, port: int, registry: CollectorRegistry, ready: Callable[[], Ready]
) -> Iterator[int]:
    """Serves while the context lasts, and gives the port; 0 takes any free one. Raises `Conflict` where it is taken."""

    class Handler(_Handler):
        pass

    Handler.registry, Handler.ready = registry, staticmethod(ready)
    kind = _Server6 if ":" in host else _Server
    try:
        server = kind((host, port), Handler)
    except OSError as error:
        raise Conflict(
            f"Cannot serve metrics at {host}:{port}: {error.strerror}.", remedy="Choose another metrics_port."
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Lean(CollectorRegistry):
    """Without the time at which each series began: half as many series again, and nobody asks for them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._whole = registry

    def collect(self) -> Iterator[Metric]:
        for family in self._whole.collect():
            family.samples = [each for each in family.samples if not each.name.endswith("_created")]
            yield family


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Server6(_Server):
    address_family = AF_INET6


class _Handler(BaseHTTPRequestHandler):
    registry: CollectorRegistry
    ready: Callable[[], Ready]
    timeout = _SECONDS
    server_version = "tallyscan"
    sys_version = ""

    def do_GET(self) -> None:
        """One of the three pages."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            self._answer(200, content_type, encode(_Lean(self.registry)))
        elif path == "/health/live":
            self._answer_json(200, {"status": "ok"})
        elif path == "/health/ready":
            found = type(self).ready()
            status = "ok" if found.ok else "failing"
            self._answer_json(200 if found.ok else 503, {"status": status, "wrong": found.wrong})
        else:
            self._answer_json(404, {"detail": "/metrics, /health/live, /health/ready"})

    def _answer_json(self, status: int, document: dict[str, object]) -> None:
        self._answer(status, "application/json", json.dumps(document).encode())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Whoever watches asks every few seconds: not in the log."""
