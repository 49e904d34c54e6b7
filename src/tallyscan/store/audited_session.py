"""A session of the database whose changes are told in the audit, in its own transaction."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from tallyscan.store.audit import Told, record
from tallyscan.store.audit_changes import Change, told_of

_TOLD = "told_in_audit"


class AuditedSession(Session):
    """Of each row that is added, changed or deleted through it, and that the audit tells of, there is a record at the
    commit. Statements that change rows without loading them (`delete(...)`) are not seen: they are for tables of which
    nothing is told, and for what ends by itself.
    """


@event.listens_for(AuditedSession, "after_flush")
def _collect(session: Session, _context: Any) -> None:
    """Now, as long as it is known what stood there before."""
    changes: tuple[tuple[Change, Any], ...] = (
        ("added", session.new),
        ("changed", session.dirty),
        ("deleted", session.deleted),
    )
    for change, rows in changes:
        for row in rows:
            if change == "changed" and not session.is_modified(row):
                continue
            told = told_of(session, row, change)
            if told is not None:
                session.info.setdefault(_TOLD, []).append(told)


@event.listens_for(AuditedSession, "before_commit")
def _record(session: Session) -> None:
    session.flush()
    told: list[Told] = session.info.pop(_TOLD, [])
    if told:
        record(session, *told)
