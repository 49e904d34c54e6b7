"""Pages of the audit, newest first, for who may see the records of some sites or of all."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from tallyscan.audit_record import AuditRecord
from tallyscan.store.audit import Subject, pseudonym_of, record_of
from tallyscan.store.audit_tables import AuditRow

_OF_CASES = ("scan", "consignment", "referral", "quarantine")
"""What names no site is of every one; everything else without a site is of the service as a whole."""


@dataclass(frozen=True)
class Asked:
    """None: any. `actor` is a name as people know it, of a device, a process or a person; `before` a sequence."""

    actor: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def audit_page(
    session: Session, asked: Asked, sites: frozenset[str] | None, limit: int
) -> list[tuple[AuditRecord, str]]:
    """Each record with its hash. `sites` are as they are compared; None: every one, and what is of none."""
    rows = select(AuditRow).where(*_conditions(session, asked)).order_by(AuditRow.sequence.desc())
    if sites is not None:
        here = (AuditRow.sites.contains(f"|{site}|", autoescape=True) for site in sorted(sites))
        rows = rows.where(or_(*here, (AuditRow.sites == "|") & AuditRow.object_kind.in_(_OF_CASES)))
    return [(record_of(row), row.hash) for row in session.execute(rows.limit(limit)).scalars()]


def _conditions(session: Session, asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.actor is not None:
        found.append(AuditRow.actor_name.in_(_known_as(session, asked.actor)))
    if asked.object_kind is not None:
        found.append(AuditRow.object_kind == asked.object_kind)
    if asked.object_id is not None:
        found.append(AuditRow.object_id.in_(_known_as(session, asked.object_id)))
    if asked.action is not None:
        found.append(AuditRow.action == asked.action)
    if asked.since is not None:
        found.append(AuditRow.at >= asked.since)
    if asked.until is not None:
        found.append(AuditRow.at < asked.until)
    if asked.before is not None:
        found.append(AuditRow.sequence < asked.before)
    return found


def _known_as(session: Session, name: str) -> list[str]:
    """The name itself, and its pseudonym where it is that of a person."""
    pseudonym = pseudonym_of(session, Subject("person", name))
    return [name, *([pseudonym] if pseudonym else [])]
