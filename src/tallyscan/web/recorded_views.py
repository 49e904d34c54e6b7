"""Who opens what is on record before the answer leaves: once an hour for each person and object, not for each tile.

The record is written when it is known that there is an answer, and the answer waits for it. Where it cannot be written
nothing is shown: a view that nobody can see later is worse than one that has to be asked for again.
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session
from starlette.types import Message, Scope, Send

from tallyscan.access.caller import Caller, Role
from tallyscan.access.rules import Rule
from tallyscan.acting import PURPOSES, Actor, ActorKind, Purpose, acting
from tallyscan.errors import InputError, TallyscanError
from tallyscan.statement import consignment_named
from tallyscan.store.audit import Told, record
from tallyscan.store.whose_site import sites_of_consignment, sites_of_referral, sites_of_scan
from tallyscan.web.errors import problem_answer
from tallyscan.web.service import Service

PURPOSE_HEADER = "X-Purpose"
_KINDS: dict[str, ActorKind] = {"anybody": "unsigned", "person": "person", "device": "device"}
_PURPOSE_OF: dict[Role, Purpose] = {
    "operator": "image_review",
    "targeting_officer": "targeting",
    "inspector": "inspection",
    "contact_point": "referral",
    "model_steward": "model_stewardship",
    "auditor": "audit",
    "administrator": "administration",
}
_PARTICULAR = {
    "/report": "report.made",
    "/sheet.pdf": "sheet.made",
    "/trail": "trail.exported",
    "/declaration": "declaration.viewed",
    "/parties": "parties.viewed",
}
"""How the address of what is more than the opening of its object ends."""

_MOST_KNOWN = 100_000


def actor_of(caller: Caller, rule: Rule | None = None, stated: str | None = None) -> Actor:
    """Who acts, in the role by which the rule lets them, for the purpose that they state or that goes with the role.

    Raises `InputError` for a purpose that is none.
    """
    if stated is not None and stated not in PURPOSES:
        raise InputError(
            f"{PURPOSE_HEADER} says {stated[:40]!r}.", remedy=f"It is one of: {', '.join(PURPOSES)}."
        )
    kind = _KINDS.get(caller.kind, "stranger")
    role = next((each for each in rule.roles if each in caller.roles), None) if rule is not None else None
    if kind == "device":
        return Actor(kind, caller.name, None, _purpose(stated, "integration"))
    role = role if kind == "person" else None
    return Actor(kind, caller.name, role, _purpose(stated, _PURPOSE_OF[role] if role else "operation"))


def _purpose(stated: str | None, otherwise: Purpose) -> Purpose:
    return next((each for each in PURPOSES if each == stated), otherwise)


def note_view(request: Request, rule: Rule) -> None:
    """That this call opens what it is about, if it is answered."""
    if request.scope["route"].path == "/v1/audit":
        request.state.opens = ("audit.read", "audit", "records")
    if request.method != "GET" or rule.where not in ("scan", "referral", "consignment"):
        return
    request.state.opens = _opened(rule, str(request.scope["route"].path), request.path_params)


def _opened(rule: Rule, path: str, address: dict[str, Any]) -> tuple[str, str, str]:
    action = next(
        (action for end, action in _PARTICULAR.items() if path.endswith(end)), f"{rule.where}.viewed"
    )
    if rule.where == "consignment":
        named = str(address["consignment"])
        return action, "consignment", consignment_named(named) or named
    return action, rule.where, str(address["scan_id" if rule.where == "scan" else "referral_id"])


class RecordedViews:
    """What was recorded in this hour, so that it is not again. Each process that serves knows its own."""

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._known: set[object] = set()

    def recorded_first(self, scope: Scope, service: Service, send: Send) -> Send:
        """Sends as `send`, after the view or the refusal is on record; a problem where it cannot be put there."""
        failed = False

        async def sends(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start":
                try:
                    await self._record(scope, service, message["status"])
                except TallyscanError as error:
                    failed = True
                    await problem_answer(error)(scope, _nothing, send)
            if not failed:
                await send(message)

        return sends

    async def _record(self, scope: Scope, service: Service, status: int) -> None:
        opens = scope.get("state", {}).get("opens")
        actor = acting()
        if status == 403 and actor.kind in ("person", "device"):
            route = getattr(scope.get("route"), "path", None)
            opens = ("access.refused", "route", f"{scope['method']} {route}") if route else None
        elif status >= 400:
            return
        if opens is None or not self._is_new(actor, opens):
            return
        await run_in_threadpool(_write, service, actor, *opens)
        self._known.add((actor, opens))

    def _is_new(self, actor: Actor, opens: tuple[str, str, str]) -> bool:
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        if hour != self._hour or len(self._known) >= _MOST_KNOWN:
            self._hour, self._known = hour, set()
        return (actor, opens) not in self._known


def _write(service: Service, actor: Actor, action: str, kind: str, named: str) -> None:
    with service.database.write() as session:
        record(session, Told(action, kind, named, _sites(session, kind, named)), actor=actor)


def _sites(session: Session, kind: str, named: str) -> frozenset[str]:
    of = {"scan": sites_of_scan, "consignment": sites_of_consignment, "referral": sites_of_referral}
    return of[kind](session, named) if kind in of else frozenset()


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
