"""The audit as it is kept: records are added at its end, in the transaction of what they tell of, and never changed.

One writer at a time holds the lock of the database (ADR 0047), so the end cannot move meanwhile.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from tallyscan.acting import Actor, acting
from tallyscan.audit_head import AuditHead
from tallyscan.audit_record import ACTIONS, NOTHING_BEFORE, AuditRecord, pseudonym
from tallyscan.store.audit_tables import AuditRow, AuditSubjectRow

SubjectKind = Literal["person", "party"]
_LONGEST_NAME = 160
_PAGE = 1000


@dataclass(frozen=True)
class Subject:
    """A name that stands in the record as a pseudonym."""

    kind: SubjectKind
    value: str


@dataclass(frozen=True)
class Told:
    """What a record says beside who, when and after which other. `by`: who says so themselves, where it is said."""

    action: str
    object_kind: str
    object_id: str | Subject | None = None
    sites: frozenset[str] = frozenset()
    details: Mapping[str, Any] = field(default_factory=dict)
    by: str | None = None


def record(session: Session, *told: Told, actor: Actor | None = None) -> None:
    """Add to the end, when and only when the caller's transaction is committed. `actor`: other than who acts now."""
    last = _last(session)
    previous = (last.sequence, last.hash) if last is not None else (0, NOTHING_BEFORE)
    if last is None:
        begun = Told("audit.begun", "audit", details={"installation": str(uuid4())})
        previous = _add(session, begun, Actor("process", "tallyscan"), *previous)
    for each in told:
        previous = _add(session, each, actor or acting(), *previous)


def head(session: Session) -> AuditHead | None:
    """Where the chain ends now; None where nothing is on record yet."""
    last = _last(session)
    if last is None:
        return None
    chain = session.execute(select(AuditRow.hash).where(AuditRow.sequence == 1)).scalar()
    return AuditHead(chain or "", last.sequence, last.hash, datetime.now(UTC))


def records(
    session: Session, *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[tuple[AuditRecord, str]]:
    """All of them, or those of a time, with the hash that is kept of each, in order; a page at a time in memory."""
    asked: list[ColumnElement[bool]] = [true()]
    asked += [AuditRow.at >= since] if since is not None else []
    asked += [AuditRow.at < until] if until is not None else []
    after = -1
    while True:
        page = select(AuditRow).where(AuditRow.sequence > after, *asked)
        page = page.order_by(AuditRow.sequence).limit(_PAGE)
        rows = session.execute(page).scalars().all()
        for row in rows:
            yield record_of(row), row.hash
        if len(rows) < _PAGE:
            return
        after = rows[-1].sequence
        session.expunge_all()


def record_of(row: AuditRow) -> AuditRecord:
    """As it is hashed."""
    return AuditRecord(
        version=row.version,
        sequence=row.sequence,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_name=row.actor_name,
        role=row.role,
        action=row.action,
        object_kind=row.object_kind,
        object_id=row.object_id,
        sites=tuple(site for site in row.sites.split("|") if site),
        purpose=row.purpose,
        details=row.details,
        previous=row.previous,
    )


def names_behind(session: Session, found: Sequence[AuditRecord], *kinds: SubjectKind) -> dict[str, str]:
    """The names behind the pseudonyms in these records, of those that are not erased."""
    said = set[str]()
    for each in found:
        said |= set(_pseudonyms_in([each.actor_name, each.object_id, each.details]))
    rows = select(AuditSubjectRow).where(AuditSubjectRow.pseudonym.in_(said), AuditSubjectRow.kind.in_(kinds))
    return {row.pseudonym: row.value for row in session.execute(rows).scalars()}


def pseudonym_of(session: Session, subject: Subject) -> str | None:
    """By which records name them now; None where none does."""
    row = _subject(session, subject)
    return row.pseudonym if row is not None else None


def forget(session: Session, subject: Subject, *, reason: str) -> bool:
    """Erase name and salt: the records stay, and nobody can tell any more of whom they are. Whether there was one."""
    row = _subject(session, subject)
    if row is None:
        return False
    session.delete(row)
    record(
        session,
        Told("subject.erased", "subject", row.pseudonym, details={"kind": row.kind, "reason": reason}),
    )
    return True


def _last(session: Session) -> AuditRow | None:
    return session.execute(select(AuditRow).order_by(AuditRow.sequence.desc()).limit(1)).scalar()


def _add(session: Session, told: Told, actor: Actor, sequence: int, previous: str) -> tuple[int, str]:
    assert told.action in ACTIONS, told.action
    named = told.by if actor.kind == "unsigned" and actor.name is None else actor.name
    is_person = actor.kind in ("person", "unsigned", "command_line")
    details = dict(told.details)
    if told.by is not None and told.by != named:
        details["by"] = Subject("person", told.by)
    made = AuditRecord(
        sequence=sequence + 1,
        at=datetime.now(UTC),
        actor_kind=actor.kind,
        actor_name=_kept(session, Subject("person", named) if is_person and named else named),
        role=actor.role,
        action=told.action,
        object_kind=told.object_kind,
        object_id=_kept(session, _short(told.object_id)),
        sites=tuple(sorted(told.sites)),
        purpose=actor.purpose,
        details=_kept(session, details),
        previous=previous,
    )
    session.add(
        AuditRow(
            **{name: getattr(made, name) for name in vars(made) if name not in ("sites", "details")},
            sites="".join(f"|{site}" for site in made.sites) + "|",
            details=dict(made.details),
            hash=made.hash,
        )
    )
    session.flush()
    return made.sequence, made.hash


def _kept(session: Session, value: Any) -> Any:
    """As it is kept, and therefore hashed: names as pseudonyms, texts as every database keeps them."""
    if isinstance(value, Subject):
        return _pseudonym(session, value)
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, Mapping):
        return {str(name): _kept(session, each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        values = sorted(value) if isinstance(value, set | frozenset) else value
        return [_kept(session, each) for each in values]
    return repr(value) if isinstance(value, float) else value


def _short(name: str | Subject | None) -> str | Subject | None:
    return name[:_LONGEST_NAME] if isinstance(name, str) else name


def _plain(text: str) -> str:
    """No zero bytes, which PostgreSQL does not keep, and nothing that UTF-8 cannot say."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _pseudonym(session: Session, subject: Subject) -> str:
    row = _subject(session, subject)
    if row is None:
        value, salt = _value(subject), secrets.token_hex(16)
        row = AuditSubjectRow(
            pseudonym=pseudonym(salt, value),
            kind=subject.kind,
            value=value,
            salt=salt,
            since=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
    return row.pseudonym


def _subject(session: Session, subject: Subject) -> AuditSubjectRow | None:
    rows = select(AuditSubjectRow).where(
        AuditSubjectRow.kind == subject.kind, AuditSubjectRow.value == _value(subject)
    )
    return session.execute(rows).scalar()


def _value(subject: Subject) -> str:
    return _plain(subject.value)[:_LONGEST_NAME]


def _pseudonyms_in(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) == len(NOTHING_BEFORE):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _pseudonyms_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _pseudonyms_in(each)
