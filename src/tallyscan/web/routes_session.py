"""Who works here: what the console asks first, and how people come in."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

import anyio
from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from starlette.requests import HTTPConnection

from tallyscan.access.access import Access
from tallyscan.access.caller import EVERY_SITE, ROLES, Caller, Role
from tallyscan.access.secrets import csrf_token
from tallyscan.access.sessions import Begun, OpenSession
from tallyscan.errors import Conflict, NotFound, NotSignedIn
from tallyscan.web.access_examples import SESSION, SIGN_IN
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep, caller_of, cookie_name
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

_Given = TypeVar("_Given")

router = APIRouter(prefix="/v1", tags=["session"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class Session:
    """Who is signed in, in which roles and at which sites, `*` for every one; nobody without `person`. `csrf` goes back
    in the header `X-CSRF-Token` with everything that changes something.

    With `oidc` people sign in at a provider: `GET /v1/session/provider` leads there. `passwords`: whether somebody may
    sign in by a password here. `from_provider`: whether this person came from there, so has no password here.

    Without accounts (`sign_in` is `none`) nobody is signed in, and everybody may do everything: for one machine in one
    room.
    """

    sign_in: Literal["none", "accounts", "oidc"]
    person: str | None
    roles: tuple[Role, ...]
    sites: tuple[str, ...]
    csrf: str | None
    passwords: bool
    from_provider: bool = False


@dataclass(frozen=True)
class SignedOut:
    """Where the browser goes to sign out of the provider too."""

    leave_to: str


class SignInSaid(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": SIGN_IN})

    name: str = Field(min_length=1, max_length=200)
    password: SecretStr = Field(min_length=1, max_length=1024)


class PasswordSaid(BaseModel):
    """A new password, and what it is set by: the token of a one-time link, or the old password of who is signed in."""

    model_config = ConfigDict(extra="forbid")

    password: SecretStr = Field(min_length=1, max_length=1024)
    link: SecretStr | None = Field(
        None, min_length=1, max_length=200, description="what stands behind the # of it"
    )
    old: SecretStr | None = Field(None, min_length=1, max_length=1024)

    @model_validator(mode="after")
    def _is_set_by_one(self) -> "PasswordSaid":
        if (self.link is None) == (self.old is None):
            raise ValueError("a password is set by `link` or by `old`")
        return self


@dataclass(frozen=True)
class PasswordSet:
    """Whose password it is."""

    name: str


@dataclass(frozen=True)
class OpenSessions:
    """The browsers in which a person is signed in, newest first."""

    sessions: tuple[OpenSession, ...]


_EXAMPLE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": SESSION}}}}


@router.get("/session", responses=_EXAMPLE)
def get_session(request: Request, caller: CallerDep, service: ServiceDep) -> Session:
    """Who is signed in here, and as what."""
    if service.access is None:
        return Session("none", None, ROLES, (EVERY_SITE,), None, passwords=False)
    return _session(service.access, caller, request.cookies.get(cookie_name(request), ""))


@router.post("/session", responses={**_EXAMPLE, **problem_responses(401, 409, 422, 429)})
async def sign_in(said: SignInSaid, request: Request, response: Response, service: ServiceDep) -> Session:
    """Sign in. The session is in a cookie that scripts cannot read. 401 does not say whether there is such an account;
    429 says how long name or address are locked after too many wrong passwords.
    """
    access = accounts_of(service)
    if not access.passwords:
        raise Conflict("People sign in at the provider here.", remedy="Open GET /v1/session/provider.")
    before = caller_of(request).session
    begun = await _checked(
        service,
        partial(access.sign_in.sign_in, said.name, said.password.get_secret_value(), **_from(request)),
    )
    if before is not None:
        await run_in_threadpool(access.sessions.end_if_open, before)
    return _handed_over(access, begun, request, response)


@router.delete("/session", status_code=204, responses={200: {"model": SignedOut}, **problem_responses(403)})
def sign_out(request: Request, caller: CallerDep, service: ServiceDep) -> Response:
    """Sign out; the cookie is worth nothing from now on. 200 says where to go to sign out of the provider too."""
    leave_to, access = None, service.access
    if access is not None and caller.session is not None:
        if access.at_provider is not None:
            token = request.cookies.get(cookie_name(request), "")
            leave_to = access.at_provider.leave_address(caller.session, token)
        access.sessions.end_if_open(caller.session)
    gone = Response(status_code=204) if leave_to is None else JSONResponse({"leave_to": leave_to})
    _set_cookie(request, gone, "", max_age=0)
    return gone


@router.get("/sessions", responses=problem_responses(401, 409))
def list_sessions(caller: CallerDep, service: ServiceDep) -> OpenSessions:
    """Where you are signed in."""
    access = accounts_of(service)
    return OpenSessions(access.sessions.of(caller.name or "", caller.session))


@router.delete("/sessions", status_code=204, responses=problem_responses(401, 403, 409))
def end_other_sessions(caller: CallerDep, service: ServiceDep) -> Response:
    """Sign out every other browser of yours."""
    accounts_of(service).sessions.end_all(caller.name or "", but=caller.session)
    return Response(status_code=204)


@router.delete("/sessions/{session}", status_code=204, responses=problem_responses(401, 403, 404, 409))
def end_session(
    session: Annotated[str, Path(max_length=36)], caller: CallerDep, service: ServiceDep
) -> Response:
    """Sign out another browser of yours; an administrator may sign out anybody's."""
    access = accounts_of(service)
    access.sessions.end(session, of=None if "administrator" in caller.roles else caller.name)
    return Response(status_code=204)


@router.post("/account/password", responses=problem_responses(400, 401, 403, 404, 409, 422, 429))
async def set_password(
    said: PasswordSaid, request: Request, response: Response, caller: CallerDep, service: ServiceDep
) -> PasswordSet:
    """Set a password, by a one-time link or by the old one. Every other session of that person ends. At least 12 signs,
    and not the name; which signs they are does not count.
    """
    access, password = accounts_of(service), said.password.get_secret_value()
    if said.link is not None:
        by_link = partial(access.accounts.set_password_by_link, said.link.get_secret_value(), password)
        try:
            return PasswordSet((await _checked(service, by_link)).name)
        except NotFound:
            await run_in_threadpool(access.tries.count, "link", caller_address(request))
            raise
    if caller.kind != "person" or said.old is None:
        raise NotSignedIn("Only who is signed in changes a password by the old one.", remedy="Sign in first.")
    old = said.old.get_secret_value()
    change = partial(access.sign_in.change_password, caller, old, password, **_from(request))
    return PasswordSet(_handed_over(access, await _checked(service, change), request, response).person or "")


def accounts_of(service: Service) -> Access:
    """Raises `Conflict` where there are none."""
    if service.access is None:
        raise Conflict("This service has no accounts.", remedy="Set sign_in to accounts.")
    return service.access


def put_session_cookie(request: Request, response: Response, token: str) -> None:
    """For as long as the browser is open, and the session with it."""
    _set_cookie(request, response, token)


def caller_address(request: HTTPConnection) -> str:
    """Whence it is asked, as far as that is known."""
    return (request.client.host if request.client else "")[:64]


def _set_cookie(request: Request, response: Response, token: str, max_age: int | None = None) -> None:
    response.set_cookie(
        cookie_name(request),
        token,
        max_age,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


async def _checked(service: Service, check: "partial[_Given]") -> _Given:
    """Passwords take long and much memory to check: a few at one time."""
    return await anyio.to_thread.run_sync(check, limiter=service.password_checks)


def _from(request: Request) -> dict[str, str]:
    return {"address": caller_address(request), "browser": request.headers.get("user-agent", "")}


def _handed_over(access: Access, begun: Begun, request: Request, response: Response) -> Session:
    _set_cookie(request, response, begun.token)
    return _session(access, begun.caller, begun.token)


def _session(access: Access, caller: Caller, token: str) -> Session:
    sign_in: Literal["accounts", "oidc"] = "accounts" if access.at_provider is None else "oidc"
    if caller.kind != "person":
        return Session(sign_in, None, (), (), None, access.passwords)
    sites = (EVERY_SITE,) if caller.sites is None else tuple(sorted(caller.sites))
    roles = tuple(role for role in ROLES if role in caller.roles)
    return Session(
        sign_in, caller.name, roles, sites, csrf_token(token), access.passwords, caller.from_provider
    )
