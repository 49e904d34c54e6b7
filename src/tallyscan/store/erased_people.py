"""Where it stands on record who did something, and how the mark comes there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tallyscan.store.access_tables import AccountRow, DeviceKeyRow
from tallyscan.store.audit import Told, record
from tallyscan.store.audit_changes import sha256_of
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.holds import held_consignments, held_scans
from tallyscan.store.party_retention import change
from tallyscan.store.redaction import ERASED, without_person
from tallyscan.store.referral_tables import ReferralRow, ReferralStepRow
from tallyscan.store.reread_tables import RereadRow
from tallyscan.store.retention_tables import HoldRow
from tallyscan.store.selection_tables import RiskProfileRow
from tallyscan.store.tables import (
    OPEN,
    AlertBudgetRow,
    DeadLetterActionRow,
    DecisionRow,
    IncomingRow,
    InspectionRow,
    JoinRow,
    OutboxActionRow,
    OutboxRow,
    RiskRecordRow,
    Table,
)
from tallyscan.store.targeting_tables import DispositionRow


@dataclass(frozen=True)
class SaysWho:
    """A table with columns of names and of documents in which names stand under known keys. `scan` and `consignment`
    are columns by which a row is under a hold."""

    table: type[Table]
    names: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    scan: str | None = None
    consignment: str | None = None


SAYS_WHO: tuple[SaysWho, ...] = (
    SaysWho(DecisionRow, ("person",), ("document",), scan="scan_id"),
    SaysWho(InspectionRow, ("person",), ("document",), scan="scan_id"),
    SaysWho(DispositionRow, ("person",), ("document",), consignment="consignment_id"),
    SaysWho(ReferralStepRow, ("person",), ("document",)),
    SaysWho(IncomingRow, ("sender",), ("document",), consignment="consignment_id"),
    SaysWho(JoinRow, ("decided_by",), scan="scan_id"),
    SaysWho(DeadLetterActionRow, ("person",), scan="scan_id"),
    SaysWho(OutboxActionRow, ("person",)),
    SaysWho(AlertBudgetRow, ("set_by",), ("document",)),
    SaysWho(RiskProfileRow, (), ("document",)),
    SaysWho(AccountRow, ("created_by",)),
    SaysWho(DeviceKeyRow, ("created_by",)),
    SaysWho(RereadRow, ("person", "changed_by")),
    SaysWho(HoldRow, ("set_by", "lifted_by")),
    SaysWho(RiskRecordRow, (), ("detail",), scan="scan_id", consignment="consignment_id"),
    SaysWho(OutboxRow, (), ("event",)),
    SaysWho(CrossingEventRow, ("told_by",), ("told", "event"), consignment="consignment_id"),
)
"""All of them, but for the account itself and the audit."""


class Report(Protocol):
    """What is told of an erasure."""

    waiting: list[str]

    def changed(self, table: str, count: int = 1) -> None:
        """So many more rows."""
        ...

    def keeps(self, table: str, name: str) -> None:
        """It is under a hold."""
        ...


def rows_naming(session: Session, says: SaysWho, name: str) -> Iterator[tuple[Any, ...]]:
    """The keys of rows that say that this person did it."""
    mapper = inspect(says.table)
    columns = [*mapper.primary_key, *(getattr(says.table, each) for each in (*says.names, *says.documents))]
    count = len(mapper.primary_key)
    for row in session.execute(select(*columns).execution_options(yield_per=500)):
        values = row[count:]
        if any(each == name or without_person(each, name) != each for each in values if each is not None):
            yield tuple(row[:count])


def erase_person_in(
    session: Session, says: SaysWho, keys: Sequence[tuple[Any, ...]], name: str, reason: str, report: Report
) -> None:
    """The mark in these rows, told in the audit with their new hashes, without the name."""
    now, table = datetime.now(UTC), says.table.__tablename__
    rows = [row for key in keys if (row := session.get(says.table, key)) is not None]
    scans = set(session.execute(held_scans(now)).scalars())
    consignments = set(session.execute(held_consignments(now)).scalars())
    hashes: dict[str, str] = {}
    done = 0
    for row in rows:
        identity = "/".join(str(each) for each in inspect(row).identity or ())
        if _is_held(session, says, row, scans, consignments, now):
            report.keeps(table, identity)
        elif isinstance(row, OutboxRow) and row.state in OPEN:
            report.waiting.append(identity)
        else:
            changed = {each: ERASED for each in says.names if getattr(row, each) == name}
            documents = {each: without_person(getattr(row, each), name) for each in says.documents}
            change(session, row, **changed, **documents)
            if hasattr(row, "id"):
                hashes[row.id] = sha256_of(row)
            done += 1
    if done:
        report.changed(table, done)
        said = {"table": table, "count": done, "reason": reason, "rows": hashes}
        record(session, Told("data.erased", "service", details=said))


def _is_held(
    session: Session, says: SaysWho, row: Any, scans: set[str], consignments: set[str], now: datetime
) -> bool:
    if isinstance(row, HoldRow):
        return row.lifted_at is None and (row.until is None or row.until > now)
    if isinstance(row, ReferralStepRow):
        referral = session.get(ReferralRow, row.referral_id)
        return referral is not None and referral.scan_id in scans
    if isinstance(row, OutboxActionRow | OutboxRow):
        event = row if isinstance(row, OutboxRow) else session.get_one(OutboxRow, row.outbox_position)
        return event.subject in consignments or event.subject.removeprefix("scan/") in scans
    of_scan = says.scan is not None and getattr(row, says.scan) in scans
    return of_scan or (says.consignment is not None and getattr(row, says.consignment) in consignments)
