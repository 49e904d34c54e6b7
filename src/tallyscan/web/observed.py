"""Around every request: its id, what the log knows of it, one line of the log, its count and its time."""

from collections.abc import Callable
from time import perf_counter

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from tallyscan.observe.meters import Meters
from tallyscan.observe.request_id import REQUEST_ID, request_id
from tallyscan.web.service import Service

_log = structlog.get_logger(__name__)
_UNMATCHED = "unmatched"
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
_SIGN_IN = "/v1/session"


class Observed:
    """ASGI middleware, the outermost of ours. Each request is a task of its own, so that what is bound ends with it."""

    def __init__(self, app: ASGIApp, service_of: FastAPI, clock: Callable[[], float] = perf_counter) -> None:
        self._app = app
        self._service_of = service_of
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        service: Service = self._service_of.state.service
        headers = Headers(scope=scope)
        asked = request_id(headers.get("traceparent"), headers.get(REQUEST_ID))
        clear_contextvars()
        bind_contextvars(request=asked)
        start, told = self._clock(), False

        def tell(status: int) -> None:
            nonlocal told
            if not told:
                told = True
                _tell(service.meters, scope, headers, status, self._clock() - start)

        async def send_observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault(REQUEST_ID, asked)
                tell(message["status"])
            await send(message)

        try:
            with service.tracer.request(headers.get("traceparent"), scope["method"], lambda: _route(scope)):
                await self._app(scope, receive, send_observed)
        except BaseException:
            tell(500)
            raise


def _tell(meters: Meters, scope: Scope, headers: Headers, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = _route(scope)
    meters.answered(method, route, status, seconds)
    if (route, method) == (_SIGN_IN, "POST") and status in (401, 429):
        meters.sign_in_failed("password" if status == 401 else "locked")
    elif status == 401 and "authorization" in headers:
        meters.sign_in_failed("key")
    if (caller := scope.get("state", {}).get("caller")) is not None:  # never a name of a person
        bind_contextvars(**{"session": caller.session} if caller.session else {"caller": caller.kind})
    path = scope.get("path_params", {})
    about = {"scan": path.get("scan_id"), "consignment": path.get("consignment")}
    _log.info(
        "request",
        method=method,
        route=route,
        status=status,
        seconds=round(seconds, 4),
        **{name: value for name, value in about.items() if value},
    )


def _route(scope: Scope) -> str:
    """The template of the address: what stands in its place may be anything."""
    return getattr(scope.get("route"), "path", _UNMATCHED)
