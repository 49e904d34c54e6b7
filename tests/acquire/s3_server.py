"""An S3 server for tests: moto's, over HTTP on a port of its own, which notes what it is asked and can be away."""

import itertools
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import botocore.session
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server


class _Quiet(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


class S3Server:
    """`bucket` is that of the test: moto keeps one set of buckets in the process."""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None, trusted: str = ""
    ) -> None:
        """Over TLS where that is given, with the file of who signed its certificate."""
        self.asked: list[tuple[str, str]] = []  # methods and paths
        self.answer_instead: Callable[[str], HTTPStatus | None]
        self.before: Callable[[str], object]
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer | None = None
        self._host, self.port, self._tls = host, port, tls
        self.start()
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self.client = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=self.url,
            verify=trusted or None,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )
        self.begin()

    def begin(self) -> None:
        """For another test: a bucket of its own, and nothing was asked yet."""
        self.answer_instead = self.before = lambda _path: None
        self.cut_at: int | None = None  # bytes of an object, after which the connection ends
        if self._server is None:
            self.start()
        self.bucket = f"scans-{uuid4()}"
        self.client.create_bucket(Bucket=self.bucket)
        self.asked = []

    def start(self) -> None:
        """Be there, at the same port as before."""
        self._server = make_server(
            self._host, self.port, self._serve, threaded=True, request_handler=_Quiet, ssl_context=self._tls
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def put(self, *keys: str, data: bytes = b"x") -> None:
        for key in keys:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def contents(self) -> dict[str, tuple[str, object]]:
        """Of every object the mark of its bytes, and when it was written."""
        listed = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return {entry["Key"]: (entry["ETag"], entry["LastModified"]) for entry in listed}

    @contextmanager
    def holding(self, number: int) -> Iterator[threading.Event]:
        """The object that is asked for at that place, from 1, is not given; the event says that it was asked for."""
        held, end, asked = threading.Event(), threading.Event(), itertools.count(1)

        def hold(path: str) -> None:
            if path != f"/{self.bucket}" and next(asked) == number:
                held.set()
                end.wait(60)

        self.before = hold
        yield held
        end.set()
        self.before = lambda _path: None

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode()
        self.asked.append((environ["REQUEST_METHOD"], path))
        if (status := self.answer_instead(path)) is not None:
            start_response(f"{status.value} {status.phrase}", [("Content-Length", "0")])
            return [b""]
        self.before(path)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return [b"".join(answer)[: self.cut_at]] if path != f"/{self.bucket}" else answer


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()
