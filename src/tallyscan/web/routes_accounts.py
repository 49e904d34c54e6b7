"""Accounts of people and keys of devices, for administrators."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from tallyscan.access.accounts import Account, PasswordLink
from tallyscan.access.caller import Role
from tallyscan.access.device_keys import DeviceKey
from tallyscan.web.access_examples import ACCOUNT, LINK, NEW_ACCOUNT
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.routes_session import OpenSessions, accounts_of
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

AccountName = Annotated[str, Path(min_length=1, max_length=80, description="in any spelling of case")]
Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=20)]
Sites = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=80)], ...],
    Field(
        min_length=1,
        max_length=500,
        description="codes of offices as scanners and declarations name them, or `*`",
    ),
]

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=SmallBodyRoute)


class AccessSaid(BaseModel):
    """What a person works as, and where."""

    model_config = ConfigDict(extra="forbid")

    roles: Roles
    sites: Sites


class AccountSaid(AccessSaid):
    """A new account. The name stands on record with what its bearer says, and is not changed later."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra={"example": NEW_ACCOUNT}
    )

    name: str = Field(min_length=1, max_length=80)


@dataclass(frozen=True)
class AccountList:
    """Every account, by name."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True)
class NewAccount:
    """A new account, and the link by which its bearer sets the password. It is told once: hand it over in private."""

    account: Account
    link: PasswordLink


@dataclass(frozen=True)
class DeviceKeyList:
    """Every key, by name. What the devices send is not kept, so it cannot be told again."""

    device_keys: tuple[DeviceKey, ...]


_ACCOUNT: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": ACCOUNT}}}}


@router.get("/accounts", responses=problem_responses(401, 403, 409))
def list_accounts(service: ServiceDep) -> AccountList:
    """Who may come in, in which roles and where."""
    return AccountList(accounts_of(service).accounts.all())


@router.post(
    "/accounts",
    status_code=201,
    responses={
        201: {"content": {"application/json": {"example": {"account": ACCOUNT, "link": LINK}}}},
        **problem_responses(400, 401, 403, 409, 422),
    },
)
def add_account(said: AccountSaid, caller: CallerDep, service: ServiceDep) -> NewAccount:
    """Add a person. The answer has the one-time link by which they set their password."""
    added = accounts_of(service).accounts.add(said.name, said.roles, said.sites, by=caller.name or "")
    return NewAccount(*added)


@router.put(
    "/accounts/{account}/roles", responses={**_ACCOUNT, **problem_responses(400, 401, 403, 404, 409, 422)}
)
def change_roles(account: AccountName, said: AccessSaid, service: ServiceDep) -> Account:
    """Give other roles and sites, from the next request on. 409 where no administrator would be left."""
    return accounts_of(service).accounts.change(account, said.roles, said.sites)


@router.post("/accounts/{account}/disable", responses={**_ACCOUNT, **problem_responses(401, 403, 404, 409)})
def disable_account(account: AccountName, service: ServiceDep) -> Account:
    """Let a person in no longer; their sessions end. What they said stays on record. 409 for the last administrator."""
    return accounts_of(service).accounts.disable(account)


@router.post("/accounts/{account}/enable", responses={**_ACCOUNT, **problem_responses(401, 403, 404, 409)})
def enable_account(account: AccountName, service: ServiceDep) -> Account:
    """Let them in again, with the password that they had."""
    return accounts_of(service).accounts.enable(account)


@router.post(
    "/accounts/{account}/link",
    responses={
        200: {"content": {"application/json": {"example": LINK}}},
        **problem_responses(401, 403, 404, 409),
    },
)
def new_link(account: AccountName, service: ServiceDep) -> PasswordLink:
    """A new one-time link, for who forgot the password. Earlier links end; the old password goes on until then."""
    return accounts_of(service).accounts.new_link(account)


@router.get("/accounts/{account}/sessions", responses=problem_responses(401, 403, 409))
def list_sessions_of(account: AccountName, caller: CallerDep, service: ServiceDep) -> OpenSessions:
    """Where a person is signed in."""
    return OpenSessions(accounts_of(service).sessions.of(account, caller.session))


@router.delete("/accounts/{account}/sessions", status_code=204, responses=problem_responses(401, 403, 409))
def end_sessions_of(account: AccountName, service: ServiceDep) -> Response:
    """Sign a person out everywhere."""
    accounts_of(service).sessions.end_all(account)
    return Response(status_code=204)


@router.get("/device-keys", responses=problem_responses(401, 403, 409))
def list_device_keys(service: ServiceDep) -> DeviceKeyList:
    """Which machines may send what. `tallyscan accounts add-device` makes a key."""
    return DeviceKeyList(accounts_of(service).device_keys.all())


@router.delete("/device-keys/{key}", status_code=204, responses=problem_responses(401, 403, 404, 409))
def remove_device_key(key: AccountName, service: ServiceDep) -> Response:
    """Take nothing by it any more."""
    accounts_of(service).device_keys.remove(key)
    return Response(status_code=204)
