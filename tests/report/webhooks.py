"""A receiver of webhooks for tests: keeps what it was sent, and answers as it is told."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pydantic import SecretStr

from tallyscan.report.sink_webhook import Webhook, WebhookSink
from tallyscan.report.webhook_signature import Secrets

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + "b2xkIHNlY3JldCB0aGF0IGlzIGJlaW5nIHJvdGF0ZWQ="


@dataclass
class Receiver:
    """`answers` are given first, before it takes everything; each a status, with headers and body."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def once(self) -> list[str]:
        """The ids of what it took, each once."""
        return list(dict.fromkeys(self.taken))

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        with self.lock:
            self.requests.append((path, headers, body))
            if self.answers:
                return self.answers.pop(0)
            self.taken.append(headers["webhook-id"])
            return 204, {}, b""


@contextmanager
def receiving(receiver: Receiver, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, answer = receiver.take(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}/events"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook_sink(
    url: str,
    secrets: str | None = SECRET,
    file: Path | None = None,
    tls: ssl.SSLContext | None = None,
    seconds: float = 20.0,
) -> WebhookSink:
    given = SecretStr(secrets) if secrets is not None else None
    return WebhookSink(Webhook(url, Secrets(given, file), tls, seconds))
