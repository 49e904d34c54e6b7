"""Traces as a real collector gets them: protobuf over HTTP."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest

from tallyscan.bootstrap import open_store
from tallyscan.errors import TallyscanError
from tallyscan.observe.tracing import open_tracer, trace_and_root
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.e2e.serving import wait_until
from tests.needed import needs_library
from tests.observe.watching import watching
from tests.sample_images import container_tiff, declaration_json, sidecar_json

needs_otel = needs_library("opentelemetry.sdk", install="'tallyscan[otel]'")
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """Its address, and the spans that it got."""
    import gzip

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@needs_otel
def test_everything_about_a_scan_is_in_the_trace_of_its_id(settings: Settings, reader: Reader) -> None:
    with collector() as (endpoint, spans):
        traced = settings.model_copy(update={"otel_endpoint": endpoint})
        with open_store(traced) as store, watching(traced, store, reader) as at_work:
            files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
            files.append(("declaration", ("d.json", declaration_json())))
            answer = at_work.client.post("/v1/scans?wait=30", files=files, headers={"traceparent": CALLER})
            scan = answer.json()["id"]
            sent = ("tallyscan_outbox_sends_total", {"sink": "file", "outcome": "arrived"})
            wait_until(lambda: bool(store.meters.registry.get_sample_value(*sent)))
        # the end of the store has sent what was left
    trace, root = trace_and_root(scan)
    assert trace == UUID(scan).int
    of_scan = {span.name: span for span in spans if span.trace_id == trace.to_bytes(16, "big")}
    stages = {"decode", "calibrate", "detect", "reconcile", "save"}
    assert {"arrival", "reading", "send"} | stages <= set(of_scan)
    arrival, reading = of_scan["arrival"], of_scan["reading"]
    assert (arrival.span_id, arrival.parent_span_id) == (root.to_bytes(8, "big"), b"")
    assert reading.parent_span_id == of_scan["send"].parent_span_id == arrival.span_id
    assert {of_scan[stage].parent_span_id for stage in stages} == {reading.span_id}
    assert all(
        reading.start_time_unix_nano <= of_scan[stage].start_time_unix_nano
        and of_scan[stage].end_time_unix_nano <= reading.end_time_unix_nano
        for stage in stages
    )
    request = next(span for span in spans if span.name == "POST /v1/scans")
    assert request.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert request.parent_span_id.hex() == "b7ad6b7169203331"
    assert [(link.trace_id, link.span_id) for link in arrival.links] == [(request.trace_id, request.span_id)]


@needs_otel
def test_a_collector_that_is_away_holds_up_nothing(settings: Settings, reader: Reader) -> None:
    traced = settings.model_copy(update={"otel_endpoint": "http://127.0.0.1:9"})
    with open_store(traced) as store, watching(traced, store, reader) as at_work:
        assert at_work.client.get("/healthz").status_code == 200


def test_without_an_endpoint_neither_sdk_nor_exporter_is_imported() -> None:
    code = (
        "import sys; import tallyscan.bootstrap as b; import tallyscan.web.app; "
        "from tallyscan.observe.tracing import open_tracer; open_tracer(None).close(); "
        "sdk = ('opentelemetry.sdk', 'opentelemetry.exporter'); "
        "sys.exit(any(name.startswith(sdk) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TallyscanError, match=r"tallyscan\[otel\]"):
        open_tracer("http://127.0.0.1:4318")
