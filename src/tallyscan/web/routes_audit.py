"""The audit over HTTP: who saw, changed, decided, released and configured what."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from pydantic.config import JsonDict

from tallyscan.store.audit import names_behind
from tallyscan.store.audit_pages import Asked, audit_page
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import ServiceDep

router = APIRouter(prefix="/v1/audit", tags=["audit"])

_OFFICER = "9b1f6d2c" * 8
_PAGE: JsonDict = {
    "records": [
        {
            "record": {
                "version": 1,
                "sequence": 4711,
                "at": "2026-02-01T08:15:02.120000Z",
                "actor": {"kind": "person", "name": _OFFICER, "role": "operator"},
                "action": "scan.viewed",
                "object": {"kind": "scan", "id": "7f6d0f1a-1c55-4a35-8a0d-5b5c8d2e9a41"},
                "sites": ["UA209060"],
                "purpose": "image_review",
                "details": {},
                "previous": "5d41402a" * 8,
            },
            "hash": "7d793037" * 8,
            "names": {_OFFICER: "o.kovalenko"},
        }
    ],
    "next": None,
}


@dataclass(frozen=True)
class AuditLine:
    """A record as it was hashed (docs/reference/audit.md), its hash, and the names behind the pseudonyms in it that are
    not erased."""

    record: dict[str, Any]
    hash: str
    names: dict[str, str]


@dataclass(frozen=True)
class AuditPage:
    """Newest first; `next` leads to what is older."""

    records: tuple[AuditLine, ...]
    next: str | None


@router.get(
    "",
    responses={200: {"content": {"application/json": {"example": _PAGE}}}, **problem_responses(422, 503)},
)
def read_audit(
    service: ServiceDep,
    caller: CallerDep,
    actor: Annotated[str | None, Query(max_length=160, description="a name of a person or a key")] = None,
    object_kind: Annotated[str | None, Query(max_length=24, description="as `scan`")] = None,
    object_id: Annotated[
        str | None, Query(max_length=160, description="its id; of an account its name")
    ] = None,
    action: Annotated[str | None, Query(max_length=48, description="as `scan.viewed`")] = None,
    since: Annotated[AwareDatetime | None, Query(description="not before")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before")] = None,
    before: Annotated[int | None, Query(ge=1, description="the last record of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPage:
    """Records of what is at the caller's own sites, or, of who is for all of them, every one. That they are read is on
    record too.
    """
    asked = Asked(actor, object_kind, object_id, action, since, until, before)
    with service.database.read() as session:
        found = audit_page(session, asked, caller.sites, limit + 1)
        names = names_behind(session, [each for each, _ in found], "person", "party")
    lines = tuple(
        AuditLine(document, kept, {name: said for name, said in names.items() if name in str(document)})
        for document, kept in ((each.document, kept) for each, kept in found[:limit])
    )
    more = None
    if len(found) > limit:
        query = {name: value for name, value in vars(asked).items() if value is not None}
        query |= {"before": found[limit - 1][0].sequence, "limit": limit}
        query |= {name: query[name].isoformat() for name in ("since", "until") if name in query}
        more = f"/v1/audit?{urlencode(query)}"
    return AuditPage(lines, more)
