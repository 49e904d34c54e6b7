"""OpenTelemetry, where `otel_endpoint` is set: requests, arrivals, readings with their stages, and sends.

Everything about a scan is in one trace, and its id is the id of the scan without hyphens: so every process finds it
with nothing to carry along. The span of the arrival is the root; that of the request links to it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from time import time_ns
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tallyscan import __version__
from tallyscan.errors import TallyscanError
from tallyscan.observe.request_id import trace_of
from tallyscan.reading import Seconds

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_STAGES = ("decode", "calibrate", "detect", "reconcile", "integrity")
Attributes = Mapping[str, str | int | float]


class Tracer:
    """Traces nothing: what every service has without `otel_endpoint`."""

    @contextmanager
    def request(self, traceparent: str | None, method: str, route: Callable[[], str]) -> Iterator[None]:  # noqa: ARG002
        """Around a request."""
        yield

    def arrived(self, scan_id: str, seconds: float, about: Attributes) -> None:
        """A scan was kept just now, which took so long."""

    def read(self, scan_id: str, seconds: Seconds, save_seconds: float, about: Attributes) -> None:
        """A reading was saved just now."""

    def sent(self, event: Mapping[str, Any], seconds: float, about: Attributes) -> None:
        """An event was handed to a sink just now."""

    def close(self) -> None:
        """Send what is left, within a few seconds."""


def open_tracer(endpoint: str | None) -> Tracer:
    """Raises `TallyscanError` where the extra `otel` is not installed.

    Without an endpoint neither SDK nor exporter is imported.
    """
    if endpoint is None:
        return Tracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError as error:
        raise TallyscanError(
            f"Tracing needs {error.name}.", remedy="Install it: pip install 'tallyscan[otel]'."
        ) from error
    return _OpenTelemetry(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=3))


def trace_and_root(scan_id: str) -> tuple[int, int]:
    """The ids of the trace of a scan, and of its root."""
    return UUID(scan_id).int, int.from_bytes(sha256(scan_id.encode()).digest()[:8], "big") or 1


class _OpenTelemetry(Tracer):
    def __init__(self, exporter: "SpanExporter") -> None:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

        class Ids(RandomIdGenerator):
            """Random, but for the root of a scan."""

            def __init__(self) -> None:
                self.here = threading.local()

            def generate_trace_id(self) -> int:
                root: tuple[int, int] | None = getattr(self.here, "root", None)
                return root[0] if root else super().generate_trace_id()

            def generate_span_id(self) -> int:
                root: tuple[int, int] | None = getattr(self.here, "root", None)
                return root[1] if root else super().generate_span_id()

        self._api = trace
        self._ids = Ids()
        about = Resource.create({"service.name": "tallyscan", "service.version": __version__})
        self._provider = TracerProvider(resource=about, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tallyscan")

    @contextmanager
    def request(self, traceparent: str | None, method: str, route: Callable[[], str]) -> Iterator[None]:
        """See `Tracer.request`."""
        kind = self._api.SpanKind.SERVER
        ids = trace_of(traceparent)
        parent = self._within(int(ids[0], 16), int(ids[1], 16)) if ids else None
        with self._tracer.start_as_current_span(method, parent, kind=kind) as span:
            try:
                yield
            finally:
                span.update_name(f"{method} {route()}")
                span.set_attributes({"http.request.method": method, "http.route": route()})

    def arrived(self, scan_id: str, seconds: float, about: Attributes) -> None:
        """See `Tracer.arrived`."""
        from opentelemetry.context import Context

        request = self._api.get_current_span().get_span_context()
        links = [self._api.Link(request)] if request.is_valid else []
        end = time_ns()
        self._ids.here.root = trace_and_root(scan_id)
        try:
            span = self._tracer.start_span("arrival", Context(), links=links, start_time=end - _ns(seconds))
        finally:
            self._ids.here.root = None
        span.set_attributes({"tallyscan.scan": scan_id, **about})
        span.end(end)

    def read(self, scan_id: str, seconds: Seconds, save_seconds: float, about: Attributes) -> None:
        """See `Tracer.read`."""
        end = time_ns()
        start = end - _ns(seconds.total + save_seconds)
        whole = self._span("reading", self._within(*trace_and_root(scan_id)), start)
        whole.set_attributes({"tallyscan.scan": scan_id, **about})
        inside = self._api.set_span_in_context(whole)
        stages = [(stage, getattr(seconds, stage)) for stage in _STAGES]
        rest = max(0.0, seconds.total - sum(took for _, took in stages))
        for stage, took in (*stages, ("other", rest), ("save", save_seconds)):
            if took:
                self._span(stage, inside, min(start, end)).end(min(start + _ns(took), end))
            start += _ns(took)
        whole.end(end)

    def sent(self, event: Mapping[str, Any], seconds: float, about: Attributes) -> None:
        """See `Tracer.sent`."""
        end = time_ns()
        scan_id = scan_of(event)
        within = self._within(*trace_and_root(scan_id)) if scan_id else None
        span = self._span("send", within, end - _ns(seconds))
        span.set_attributes({"tallyscan.event": str(event.get("id")), **about})
        span.end(end)

    def close(self) -> None:
        """See `Tracer.close`."""
        self._provider.shutdown()

    def _span(self, name: str, within: Any, start: int) -> Any:
        from opentelemetry.context import Context

        return self._tracer.start_span(name, within or Context(), start_time=start)

    def _within(self, trace: int, span: int) -> Any:
        flags = self._api.TraceFlags(self._api.TraceFlags.SAMPLED)
        parent = self._api.SpanContext(trace, span, is_remote=True, trace_flags=flags)
        return self._api.set_span_in_context(self._api.NonRecordingSpan(parent))


def scan_of(event: Mapping[str, Any]) -> str | None:
    """The scan that an event is about; None where it is about none, or several."""
    data = event.get("data") or {}
    about = data.get("scan")
    said = data.get("scan_id", about.get("scan_id") if isinstance(about, dict) else None)
    try:
        return str(UUID(said)) if isinstance(said, str) else None
    except ValueError:
        return None


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
