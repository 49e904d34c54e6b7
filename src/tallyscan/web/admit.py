"""Whether whoever asks may: under every route, by the one table (`tallyscan.access.rules`)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute, APIRouter
from sqlalchemy.orm import Session

from tallyscan.access.caller import Caller, site_key
from tallyscan.access.rules import RULES, Rule
from tallyscan.acting import act_as
from tallyscan.errors import Forbidden
from tallyscan.statement import consignment_named
from tallyscan.store.offices_asked import (
    offices_asked_of_consignment,
    offices_asked_of_scan,
    offices_of_referral,
)
from tallyscan.store.scan_scores import UNNAMED
from tallyscan.store.whose_site import sites_of_consignment, sites_of_referral, sites_of_scan
from tallyscan.web.gate import SAFE, caller_of, not_signed_in
from tallyscan.web.recorded_views import PURPOSE_HEADER, actor_of, note_view
from tallyscan.web.referred import has_case
from tallyscan.web.service import Service, ServiceDep


async def admit(request: Request, service: ServiceDep) -> None:
    """Runs before the route that was found. Raises `NotSignedIn` and `Forbidden`."""
    caller = caller_of(request)
    rule = RULES.get(f"{request.method} {request.scope['route'].path}")
    if rule is None:
        raise Forbidden("Nobody has said who may call this.", remedy="It is missing in access/rules.py.")
    if rule.open:
        return
    if caller.kind == "anybody":
        act_as(actor_of(caller, rule, request.headers.get(PURPOSE_HEADER)))
        note_view(request, rule)
        return
    check_role(rule, caller)
    act_as(actor_of(caller, rule, request.headers.get(PURPOSE_HEADER)))
    said = await _said(request, rule)
    await run_in_threadpool(_check_site, service, request, rule, caller, said)
    for by in (*_named_by(said), *request.query_params.getlist("person")):
        if by.strip() != caller.name:
            raise Forbidden(
                f"You are signed in as {caller.name!r}, and not as {by[:120]!r}.",
                remedy="Say it in your own name.",
            )
    note_view(request, rule)


def check_role(rule: Rule, caller: Caller) -> None:
    """Raises `NotSignedIn` for a stranger, and `Forbidden` where neither role nor task is among those that may."""
    if caller.kind == "stranger":
        raise not_signed_in()
    if rule.task in caller.tasks or caller.roles & set(rule.roles):
        return
    if caller.kind == "device":
        raise Forbidden(
            f"The key {caller.name!r} is not for this.", remedy="See `tallyscan accounts add-device --may`."
        )
    raise Forbidden(
        f"This is for: {', '.join(role.replace('_', ' ') for role in rule.roles) or 'devices'}.",
        remedy="Ask an administrator for that role, or somebody who has it.",
    )


def _check_site(service: Service, request: Request, rule: Rule, caller: Caller, said: Any) -> None:
    where, address = rule.where, request.path_params
    asked = [*request.query_params.getlist("site"), *request.query_params.getlist("office")]
    if where == "every":
        if caller.sites is not None:
            raise Forbidden(
                "This is about every site, and you are for some.",
                remedy="Ask somebody who is for all of them.",
            )
    elif where in ("site", "asked"):
        for site in asked if where == "asked" else [address["site"]]:
            if (key := site_key(site)) != UNNAMED:  # what names no site is of every one
                caller.check_at([key], f"Site {site!r}")
    else:
        with service.database.read() as session:
            for what, sites in _concerned(session, rule, address, said):
                if not caller.is_at(sites) and not _is_asked(session, request, rule, caller):
                    caller.check_at(sites, what)


def _is_asked(session: Session, request: Request, rule: Rule, caller: Caller) -> bool:
    """Whether the case is referred to an office of this contact point. What they say of a referral may come after it
    was closed or forwarded, or its time has passed, and is then answered by the route: it may be on record already.
    """
    if not rule.referred or "contact_point" not in caller.roles:
        return False
    address = request.path_params
    if rule.where == "scan":
        offices = offices_asked_of_scan(session, address["scan_id"])
    elif rule.where == "consignment":
        offices = offices_asked_of_consignment(session, address["consignment"])
    else:
        offices = offices_of_referral(session, str(address["referral_id"]), ever=request.method not in SAFE)
    return has_case(caller, offices)


def _concerned(
    session: Session, rule: Rule, address: dict[str, Any], said: Any
) -> Iterator[tuple[str, Iterable[str]]]:
    """What a call is about, and the sites of each."""
    if rule.where == "scan":
        yield "This scan", sites_of_scan(session, address["scan_id"])
    elif rule.where == "referral":
        yield "This referral", sites_of_referral(session, str(address["referral_id"]))
    elif rule.where == "consignment":
        yield "This consignment", _sites_of(session, address["consignment"])
    elif rule.where == "subject":
        yield "This consignment", _sites_of(session, _in(said, "subject"))
    elif rule.where == "listed":
        listed = _in(said, "consignments")
        for each in listed if isinstance(listed, list) else ():
            yield "One of these consignments", _sites_of(session, _in(each, "consignment"))


def _sites_of(session: Session, named: Any) -> frozenset[str]:
    """Of the consignment, as the route takes its name; of what is no name the route says so."""
    consignment = consignment_named(named)
    return sites_of_consignment(session, consignment) if consignment is not None else frozenset()


def _in(document: Any, field: str) -> Any:
    return document.get(field) if isinstance(document, dict) else None


async def _said(request: Request, rule: Rule) -> Any:
    """The JSON document that was sent; None for what is no such document, or is a delivery or a report: in that others
    speak in their own names.
    """
    if request.method in SAFE or rule.task in ("deliver", "report"):
        return None
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):  # the route says what is wrong with it
        return None


def _named_by(said: Any) -> Iterator[str]:
    """Every `by` in a document: whoever says it."""
    if isinstance(said, dict):
        if isinstance(by := said.get("by"), str):
            yield by
        said = list(said.values())
    if isinstance(said, list):
        for part in said:
            yield from _named_by(part)


def check_every_route(app: FastAPI, routers: list[APIRouter]) -> None:
    """Raises `LookupError` for a route that is not in the table, or a line of it that is no route."""
    served = set(routes_of(app, routers))
    if different := served ^ set(RULES):
        raise LookupError(f"access/rules.py and the routes differ: {', '.join(sorted(different))}")


def routes_of(app: FastAPI, routers: list[APIRouter]) -> Iterator[str]:
    """Each route as the table names it."""
    for route in [*app.routes, *(route for router in routers for route in router.routes)]:
        methods, path = getattr(route, "methods", None), getattr(route, "path", None)
        if methods is None or path is None:
            continue
        if not isinstance(route, APIRoute):
            methods = methods - {"HEAD"}
            assert all(RULES[f"{method} {path}"].open for method in methods), "admit does not run under it"
        yield from (f"{method} {path}" for method in methods)
