"""Whether the audit is whole: each record in itself, the chain of them, and what is known of it outside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.audit_head import AuditHead
from tallyscan.audit_record import NOTHING_BEFORE, AuditRecord, pseudonym
from tallyscan.store.audit import records
from tallyscan.store.audit_changes import sha256_of
from tallyscan.store.audit_tables import AuditRow, AuditSubjectRow
from tallyscan.store.referral_tables import ReferralStepRow
from tallyscan.store.tables import DecisionRow, IncomingRow, InspectionRow, ReadingRow
from tallyscan.store.targeting_tables import DispositionRow

Wrong = Literal[
    "changed", "gap", "order", "cut_short", "other_chain", "head", "name", "row_changed", "row_gone"
]
_ROWS: Mapping[str, tuple[type[Any], str]] = {
    "scan.read": (ReadingRow, "reading"),
    "scan.decided": (DecisionRow, "decision"),
    "scan.decision_undone": (DecisionRow, "decision"),
    "scan.inspected": (InspectionRow, "inspection"),
    "referral.step": (ReferralStepRow, "id"),
    "consignment.told": (IncomingRow, "id"),
    "consignment.decided": (DispositionRow, "id"),
    "consignment.decision_undone": (DispositionRow, "id"),
}
"""Where the row is of which a record holds the hash: its table, and in which of the details its id is."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, at which record: `changed` (its hash is not that of what it says), `gap` (records are missing
    before it), `order` (it does not follow the one before), `cut_short` (a head outside knows more records),
    `other_chain` (a head outside has another hash for it), `head` (a head that cannot be relied on), `name` (the name
    behind a pseudonym is another one), `row_changed`, `row_gone` (of the decision or reading that it tells of)."""

    kind: Wrong
    sequence: int
    what: str


@dataclass(frozen=True)
class Verified:
    """`records` there are. Up to `vouched_to` the chain is whole in itself. Up to `known_outside_to` it is also what a
    signed head outside says: nobody can have changed that behind its back, whatever they could write."""

    records: int
    vouched_to: int
    known_outside_to: int
    problems: tuple[Problem, ...]


def verify(session: Session, heads: Sequence[AuditHead], *, rows: bool = False) -> Verified:
    """Walks it once. `heads` are from outside, their signatures checked; `rows`: hold decisions, inspections, readings
    and what came in against the hashes in it, too."""
    known: dict[int, set[str]] = {}
    for head in heads:
        known.setdefault(head.sequence, set()).add(head.hash)
    chains = {head.chain for head in heads}
    problems: list[Problem] = []
    changed = _changed_since(session) if rows else {}
    last, previous, vouched, outside, intact = 0, NOTHING_BEFORE, 0, 0, True
    for each, kept in records(session):
        found = list(_wrong_with(each, kept, last, previous))
        said_outside = known.pop(each.sequence, set())
        for other in said_outside - {kept}:
            what = f"a head outside has {other} where the database has {kept}"
            found.append(Problem("other_chain", each.sequence, what))
        if last == 0 and chains - {kept}:
            what = "a head outside is of a chain with another beginning"
            found.append(Problem("other_chain", each.sequence, what))
        intact = intact and not found
        if intact:
            vouched = each.sequence
            outside = each.sequence if said_outside else outside
        problems += found
        if rows:
            problems += _wrong_row(session, each, changed)
        last, previous = each.sequence, kept
    for sequence in sorted(known):
        what = f"a head outside knows record {sequence}; the database ends at {last}"
        problems.append(Problem("cut_short" if sequence > last else "gap", sequence, what))
    return Verified(last, vouched, outside, (*problems, *_wrong_names(session)))


def _wrong_with(each: AuditRecord, kept: str, last: int, previous: str) -> Iterator[Problem]:
    if each.hash != kept:
        yield Problem("changed", each.sequence, f"what it says has the hash {each.hash}, not {kept}")
    if each.sequence != last + 1:
        yield Problem("gap", each.sequence, f"records {last + 1} to {each.sequence - 1} are missing")
    elif each.previous != previous:
        yield Problem("order", each.sequence, f"it follows {each.previous}, and before it stands {previous}")


def _changed_since(session: Session) -> dict[str, str]:
    """The hashes that rows have now which retention or an erasure changed, by their ids, as it is told."""
    told = select(AuditRow.details).where(AuditRow.action.in_(("data.deleted", "data.erased")))
    found: dict[str, str] = {}
    for details in session.execute(told.order_by(AuditRow.sequence)).scalars():
        found |= details.get("rows", {})
    return found


def _wrong_row(session: Session, each: AuditRecord, changed: Mapping[str, str]) -> Iterator[Problem]:
    table, named = _ROWS.get(each.action, (None, ""))
    said = each.details.get("row_sha256")
    if table is None or said is None:
        return
    of_id = select(table).where(table.__table__.c.id == each.details[named])
    row = session.execute(of_id).scalar()
    if row is None:
        yield Problem(
            "row_gone", each.sequence, f"{table.__tablename__} has no {each.details[named]} any more"
        )
    elif sha256_of(row) != changed.get(each.details[named], said):
        yield Problem(
            "row_changed", each.sequence, f"{table.__tablename__} {each.details[named]} was changed"
        )


def _wrong_names(session: Session) -> Iterator[Problem]:
    for row in session.execute(select(AuditSubjectRow)).scalars():
        if pseudonym(row.salt, row.value) != row.pseudonym:
            yield Problem("name", 0, f"the name behind {row.pseudonym} is not the one that was recorded")
