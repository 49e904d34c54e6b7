"""The gate before every route: who asks. Strangers are turned away before anything of a body is read; whether those
who are known may do what they ask, `admit` says under the route that was found.
"""

import re
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from tallyscan.access.access import Access
from tallyscan.access.caller import ANYBODY, STRANGER, Caller
from tallyscan.access.rules import RULES
from tallyscan.access.secrets import is_csrf_token
from tallyscan.acting import act_as
from tallyscan.errors import Forbidden, NotSignedIn, StaleToken, TallyscanError
from tallyscan.web.errors import problem_answer
from tallyscan.web.patient_http import PEER_CERTIFICATE
from tallyscan.web.recorded_views import RecordedViews, actor_of
from tallyscan.web.service import Service

COOKIE = "tallyscan_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")
_ON_A_FULL_DISK = re.compile(r"/v1/(sessions?|account|outbox)(/|$)|/v1/scans/[^/]+/measure$|/v1/scans$")
"""What a person needs to mend it, and what keeps nothing new; a scan is looked at by its own route."""
_SIGN_IN = ("POST", "/v1/session")
_OPEN = [
    (method, compile_path(path)[0])
    for method, path in (key.split(" ", 1) for key, rule in RULES.items() if rule.open)
]


def caller_of(request: HTTPConnection) -> Caller:
    """Who asks, as the gate found out."""
    caller: Caller = request.state.caller
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]


class Gate:
    """ASGI middleware: who asks is in `request.state.caller` from here on."""

    def __init__(self, app: ASGIApp, service_of: FastAPI) -> None:
        self._app = app
        self._service_of = service_of
        self._views = RecordedViews()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        service: Service = self._service_of.state.service
        try:
            caller = await _identified(request, scope["method"], service.access)
            if caller.kind == "stranger" and not _is_open(scope["method"], scope["path"]):
                raise not_signed_in()
            service.rates.check(caller, request)
            if scope["method"] not in SAFE and not _ON_A_FULL_DISK.match(scope["path"]):
                service.admission.check_disk()
        except TallyscanError as error:
            browses = scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")
            to_console = browses and isinstance(error, NotSignedIn)
            answer = RedirectResponse("/console/", 303) if to_console else problem_answer(error)
            await answer(scope, receive, send)
            return
        request.state.caller = caller
        act_as(actor_of(caller))
        await self._app(scope, receive, self._views.recorded_first(scope, service, send))


def not_signed_in() -> NotSignedIn:
    """For whom the service does not know."""
    return NotSignedIn(
        "Only who is signed in may do this.",
        remedy="Sign in at /console/, or send a key of a device: Authorization: Bearer KEY.",
    )


async def still_admitted(request: Request, service: Service) -> bool:
    """For what goes on sending for long: whether whoever asked is still signed in, in the same roles and sites."""
    caller = caller_of(request)
    if caller.kind != "person" or service.access is None:
        return True
    token = request.cookies.get(cookie_name(request), "")
    now = await run_in_threadpool(service.access.sessions.caller_of, token, works=False)
    return now == caller


def cookie_name(request: HTTPConnection) -> str:
    """Over TLS a browser takes this name from this very host alone."""
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


async def _identified(request: HTTPConnection, method: str, access: Access | None) -> Caller:
    unsafe = method not in SAFE
    bearer = request.headers.get("authorization", "")
    if unsafe and not bearer and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Forbidden("This was asked from a page of another site.", remedy="Open the console itself.")
    if access is None:
        return ANYBODY
    if bearer:
        scheme, _, key = bearer.partition(" ")
        shown = getattr(request.state, PEER_CERTIFICATE, None)
        try:
            caller = await run_in_threadpool(access.device_keys.caller_of, key.strip(), shown)
            if scheme.lower() != "bearer" or caller is None:
                raise NotSignedIn(
                    "There is no such key of a device.", remedy="See `tallyscan accounts add-device`."
                )
        except NotSignedIn:
            await run_in_threadpool(access.tries.count, "key", request.client.host if request.client else "")
            raise
        return caller
    if not (token := request.cookies.get(cookie_name(request))):
        return STRANGER
    caller = await run_in_threadpool(access.sessions.caller_of, token)
    if caller is None:
        return STRANGER
    signs_in = (method, request.scope["path"]) == _SIGN_IN
    if unsafe and not signs_in and not is_csrf_token(request.headers.get(CSRF_HEADER, ""), token):
        raise StaleToken(
            f"The header {CSRF_HEADER} is not that of the session.", remedy="It is `csrf` in GET /v1/session."
        )
    return caller


def _is_open(method: str, path: str) -> bool:
    method = "GET" if method == "HEAD" else method
    return any(method == of and pattern.match(path) for of, pattern in _OPEN)
