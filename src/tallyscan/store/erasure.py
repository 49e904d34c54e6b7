"""Erasure of a party or a person from what is on record: the mark stands where the name was, and what remains is said.

What is under a hold is not touched. One small transaction for each case; who is stopped on the way begins again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration
from tallyscan.errors import Conflict, InputError, NotFound
from tallyscan.store.access_tables import AccountLinkRow, AccountRow, SessionRow
from tallyscan.store.audit import Subject, SubjectKind, Told, forget, pseudonym_of, record
from tallyscan.store.database import Database
from tallyscan.store.deletions import condemn, mark_deleted
from tallyscan.store.erased_people import SAYS_WHO, erase_person_in, rows_naming
from tallyscan.store.free_text import Candidate, candidates
from tallyscan.store.holds import held_consignments
from tallyscan.store.party_retention import change
from tallyscan.store.queue_rows import touch
from tallyscan.store.redaction import names_party, without_party
from tallyscan.store.tables import DeclarationVersion, ScanFile
from tallyscan.store.traders import put_parties

_MOST_LISTED = 1000
_AT_A_TIME = 50


@dataclass
class Erased:
    """What became of it. `rows`: changed, by table. `held`: ids of what is under a hold and stays, by table;
    `waiting`: events that are not told yet, and carry it. `audit_names` were erased from the audit. `free_text`: rows
    in whose texts the words stand, for a person to look at; it may be somebody else.
    """

    kind: str
    rows: dict[str, int] = field(default_factory=dict)
    held: dict[str, list[str]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    audit_names: int = 0
    free_text: list[Candidate] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Nothing but free text remains."""
        return not self.held and not self.waiting

    def changed(self, table: str, count: int = 1) -> None:
        """So many more rows."""
        self.rows[table] = self.rows.get(table, 0) + count

    def keeps(self, table: str, name: str) -> None:
        """It is under a hold."""
        self.held.setdefault(table, []).append(name)


def erase_party(database: Database, name: str, *, reason: str) -> Erased:
    """By a name or an identification number. Raises `InputError`, and `NotFound` where nothing names it."""
    _check(name, reason)
    with database.read() as session:
        named, names = _consignments_naming(session, name)
        in_audit = [each for each in names if pseudonym_of(session, Subject("party", each)) is not None]
    done = Erased("party")
    for consignment in named:
        with database.write() as session:
            _erase_party_of(session, consignment, name, reason, done)
    if not named and not in_audit:
        raise NotFound("No declaration and no record of the audit names that party.")
    _end(database, "party", sorted(names), name, reason, done)
    return done


def erase_person(database: Database, name: str, *, reason: str) -> Erased:
    """By the name of the account, or as it stands in records. Raises as `erase_party`, and `Conflict` for an account
    that still may sign in."""
    _check(name, reason)
    done = Erased("person")
    with database.read() as session:
        account = session.execute(select(AccountRow).where(AccountRow.name == name)).scalar()
        if account is not None and account.disabled_at is None:
            raise Conflict(
                "The account may still sign in.", remedy="Disable it first: tallyscan accounts disable."
            )
        found = {each: list(rows_naming(session, each, name)) for each in SAYS_WHO}
        known = account is not None or pseudonym_of(session, Subject("person", name)) is not None
    if not known and not any(found.values()):
        raise NotFound("Nothing on record names that person.")
    for table, keys in found.items():
        for start in range(0, len(keys), _AT_A_TIME):
            with database.write() as session:
                erase_person_in(session, table, keys[start : start + _AT_A_TIME], name, reason, done)
    if account is not None and done.whole:
        with database.write() as session:
            _delete_account(session, account.key)
            done.changed("accounts")
    _end(database, "person", [name], name, reason, done)
    return done


def _delete_account(session: Session, key: str) -> None:
    for table in (AccountLinkRow, SessionRow):
        session.execute(delete(table).where(table.account == key))
    session.execute(delete(AccountRow).where(AccountRow.key == key))


def _check(name: str, reason: str) -> None:
    if not name.strip() or not reason.strip():
        raise InputError("An erasure says of whom and why.", remedy="--reason TEXT")


def _consignments_naming(session: Session, name: str) -> tuple[list[str], set[str]]:
    """In order, and all names and numbers by which the audit may know that party."""
    documents = select(DeclarationVersion.consignment_id, DeclarationVersion.document)
    found, names = dict[str, None](), {name}
    for consignment, document in session.execute(documents.execution_options(yield_per=200)):
        for role in names_party(document, name):
            found[consignment] = None
            party = document[role]
            names |= {each for each in (party.get("name"), party.get("identificationNumber")) if each}
    return list(found), names


def _erase_party_of(session: Session, consignment: str, name: str, reason: str, done: Erased) -> None:
    """Of all versions of one declaration; the document as it came is deleted for every declaration that came in it."""
    now = datetime.now(UTC)
    versions = select(DeclarationVersion).where(DeclarationVersion.consignment_id == consignment)
    named = [row for row in session.execute(versions).scalars() if names_party(row.document, name)]
    if consignment in _held(session, [consignment], now):
        done.keeps("declarations", consignment)
        return
    keys = {row.blob_key for row in named}
    for row in named:
        change(session, row, document=without_party(row.document, name))
        done.changed("declarations")
    newest = max(session.execute(versions).scalars(), key=lambda row: row.version)
    put_parties(session, consignment, Declaration.model_validate(newest.document))
    touch(session, consignment)
    _delete_documents(session, keys, now, done)
    said = {"consignment": consignment, "reason": reason}
    record(session, Told("data.erased", "consignment", consignment, details=said))


def _delete_documents(session: Session, keys: set[str], now: datetime, done: Erased) -> None:
    rows = select(DeclarationVersion).where(DeclarationVersion.blob_key.in_(keys))
    came_in = {row.consignment_id: row.version for row in session.execute(rows).scalars()}
    held = _held(session, list(came_in), now)
    for consignment in held:
        done.keeps("documents", consignment)
    for consignment, version in came_in.items():
        if consignment not in held:
            mark_deleted(session, "declaration", [consignment], "erasure", version=version)
    beside = select(ScanFile.scan_id).where(ScanFile.blob_key.in_(keys), ScanFile.kind == "declaration")
    mark_deleted(session, "declaration_file", set(session.execute(beside).scalars()), "erasure")
    condemn(session, keys)


def _held(session: Session, consignments: list[str], now: datetime) -> set[str]:
    return {each for each in session.execute(held_consignments(now)).scalars() if each in set(consignments)}


def _end(
    database: Database, kind: SubjectKind, names: list[str], name: str, reason: str, done: Erased
) -> None:
    """The audit forgets the name where nothing else has it any more; what may be left in texts is listed."""
    with database.write() as session:
        if done.whole:
            done.audit_names = sum(forget(session, Subject(kind, each), reason=reason) for each in names)
    with database.read() as session:
        done.free_text = list(_first(candidates(session, name)))


def _first(found: Iterator[Candidate]) -> Iterator[Candidate]:
    for _, each in zip(range(_MOST_LISTED), found, strict=False):
        yield each
