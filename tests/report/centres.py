"""A centre behind a socket, for tests: the real one on a database, or answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import make_url, select

from tallyscan.centre import Centre as RealCentre
from tallyscan.crossing_point import CrossingPoint
from tallyscan.report.sink_centre import Centre, CentreKey, CentreSink
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.database import open_database
from tests.report.builders import made_reading
from tests.report.threat_reports import event_of


@dataclass
class Centres:
    """`answers` are given first, each a status, headers and body; then `centre` takes what comes."""

    centre: RealCentre
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        said = json.loads(body)
        self.requests.append((path, headers, said))
        if self.answers:
            return self.answers.pop(0)
        outcomes = self.centre.take(said["events"], lambda _sites: True)
        return 200, {}, json.dumps({"outcomes": [vars(each) for each in outcomes]}).encode()

    @property
    def heard(self) -> list[str]:
        """The ids of what it has."""
        with self.centre.database.read() as session:
            rows = select(CrossingEventRow.event_id).order_by(CrossingEventRow.position)
            return list(session.execute(rows).scalars())

    @property
    def sent(self) -> list[list[str]]:
        """The ids in each request."""
        return [[event["id"] for event in said["events"]] for _, _, said in self.requests]


@contextmanager
def centre_in(path: Path) -> Iterator[Centres]:
    """One that knows where the invented events of `event_of` come from."""
    event = event_of(made_reading())
    point = CrossingPoint(name="North", sites=[event["data"]["site"] or "GATE-1"])
    database = open_database(make_url(f"sqlite:///{path}"))
    yield Centres(RealCentre(database, "urn:centre", {event["source"]: point}))
    database.close()


@contextmanager
def centre_at(there: Centres) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, answer = there.answer(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def centre_sink(url: str, key: str = "tallyscan_key") -> CentreSink:
    return CentreSink(Centre(url, CentreKey(SecretStr(key), None), seconds=20))
