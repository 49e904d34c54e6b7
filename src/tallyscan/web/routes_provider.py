"""Signing in at a provider (OpenID Connect): there, back, and what the provider says when somebody leaves."""

import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.requests import HTTPConnection

from tallyscan.errors import Conflict, InputError, SignInFailed, TallyscanError, TooManyAttempts, WhyNot
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import caller_of
from tallyscan.web.routes_session import accounts_of, caller_address, put_session_cookie
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

COOKIE = "tallyscan_signing_in"
_LASTS_SECONDS = 600
_PAGE = re.compile(r"/console/[A-Za-z0-9._~%/?=&:-]{0,400}")
_Said = Annotated[str | None, Query(max_length=4096)]

if TYPE_CHECKING:
    from tallyscan.access.provider_sign_in import ProviderSignIn

router = APIRouter(prefix="/v1/session/provider", tags=["session"], route_class=SmallBodyRoute)


@router.get("", status_code=303, responses=problem_responses(409, 422, 429, 503))
async def go_to_provider(
    request: Request,
    service: ServiceDep,
    page: Annotated[str, Query(max_length=500, description="of the console, for afterwards")] = "/console/",
) -> Response:
    """Send the browser to the provider to sign in. Ten minutes later it is too late to come back."""
    at_provider = _provider_of(service)
    page = page if _PAGE.fullmatch(page) else "/console/"
    try:
        token, url = await run_in_threadpool(at_provider.begin, page, address=caller_address(request))
    except TallyscanError as error:
        return _to_sign_in(request, error)
    answer = RedirectResponse(url, 303)
    _set_cookie(request, answer, token, _LASTS_SECONDS)
    return answer


@router.get("/callback", status_code=303, responses=problem_responses(401, 409, 422, 429, 503))
async def come_back(
    request: Request,
    service: ServiceDep,
    state: _Said = None,
    code: _Said = None,
    error: _Said = None,
    iss: _Said = None,
) -> Response:
    """Where the provider sends the browser: a new session begins, in a cookie. A browser in which nobody was signed in
    is led to the sign-in of the console, which says why; others get the problem.
    """
    from tallyscan.access.provider_sign_in import Returned

    at_provider, before = _provider_of(service), caller_of(request).session
    came = Returned(request.cookies.get(_cookie_name(request), ""), state or "", code, error, iss)
    try:
        begun, page = await run_in_threadpool(
            at_provider.finish,
            came,
            address=caller_address(request),
            browser=request.headers.get("user-agent", ""),
        )
    except TallyscanError as failed:
        answer = _to_sign_in(request, failed)
    else:
        if before is not None:
            await run_in_threadpool(accounts_of(service).sessions.end_if_open, before)
        answer = RedirectResponse(page, 303)
        put_session_cookie(request, answer, begun.token)
    _set_cookie(request, answer, "", 0)
    return answer


@router.post("/logout", status_code=204, responses=problem_responses(400, 401, 409, 413, 429, 503))
async def heed_logout(request: Request, service: ServiceDep) -> Response:
    """For the provider (back-channel logout): the form has a `logout_token`, and the sessions that it names end."""
    at_provider = _provider_of(service)
    try:
        said = parse_qs((await request.body()).decode("ascii"), max_num_fields=10)
        token = said["logout_token"][0]
    except (ValueError, KeyError) as error:
        raise InputError(
            "The form has no logout_token.", remedy="See OpenID Connect Back-Channel Logout."
        ) from error
    await run_in_threadpool(at_provider.end_by, token, address=caller_address(request))
    return Response(status_code=204)


def _provider_of(service: Service) -> "ProviderSignIn":
    at_provider = accounts_of(service).at_provider
    if at_provider is None:
        raise Conflict("Nobody signs in at a provider here.", remedy="Set sign_in to oidc.")
    return at_provider


def _to_sign_in(request: Request, error: TallyscanError) -> Response:
    """A page for people; raises the error for programs."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    why: WhyNot = "provider"
    if isinstance(error, SignInFailed):
        why = error.why
    elif isinstance(error, TooManyAttempts):
        why = "often"
    return RedirectResponse(f"/console/?refused={why}", 303)


def _cookie_name(request: HTTPConnection) -> str:
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


def _set_cookie(request: Request, response: Response, token: str, max_age: int) -> None:
    """Lax, since the browser comes back from another site."""
    response.set_cookie(
        _cookie_name(request),
        token,
        max_age,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
