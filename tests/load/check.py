"""Afterwards: is every scan read, once on record, and told, every event once and in order, and the audit whole?"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from tallyscan.store.audit_check import verify
from tallyscan.store.database import Database
from tallyscan.store.outbox_rows import waiting_for
from tallyscan.store.tables import DecisionRow, OutboxRow, PartRow, ReadingRow, ScanRow
from tests.load.risk_system import Received
from tests.load.senders import Accepted

_READ = "read"


class Kept(NamedTuple):
    """A scan by the record: when its first reading was saved, by the clock of this machine, and how it stands."""

    state: str
    revision: int
    received_at: float
    read_at: float | None


def kept_scans(database: Database) -> dict[str, Kept]:
    """Every scan that is no part of another."""
    first = (
        select(ReadingRow.scan_id, func.min(ReadingRow.created_at).label("at"))
        .group_by(ReadingRow.scan_id)
        .subquery()
    )
    asked = (
        select(ScanRow.id, ScanRow.state, ScanRow.revision, ScanRow.received_at, first.c.at)
        .outerjoin(first, first.c.scan_id == ScanRow.id)
        .where(ScanRow.id.not_in(select(PartRow.scan_id)))
    )
    with database.read() as session:
        return {
            scan: Kept(state, revision, received_at.timestamp(), at.timestamp() if at else None)
            for scan, state, revision, received_at, at in session.execute(asked)
        }


def all_read(database: Database) -> bool:
    """Nothing waits to be read."""
    waits = select(ScanRow.id).where(ScanRow.state.in_(("received", "reading")))
    with database.read() as session:
        return session.execute(waits).first() is None


def all_told(database: Database, sinks: Sequence[str]) -> bool:
    """Every event has arrived."""
    with database.read() as session:
        return not any(waiting_for(session, sink)[0] for sink in sinks)


def wrong(
    database: Database, accepted: Sequence[Accepted], received: Sequence[Received], decided: Sequence[str]
) -> list[str]:
    """What is lost, doubled or out of order, in words; nothing where all is well."""
    return [
        *wrong_scans(kept_scans(database), accepted),
        *_wrong_events(database, accepted, received),
        *_wrong_decisions(database, decided),
        *_wrong_audit(database),
    ]


def wrong_scans(kept: dict[str, Kept], accepted: Sequence[Accepted]) -> Iterator[str]:
    """Of which the service said that it has them, and those that it has."""
    numbers = Counter(each.scan_id for each in accepted)
    for scan, times in numbers.items():
        if times > 1:
            yield f"two deliveries became scan {scan}"
        if scan not in kept:
            yield f"scan {scan} was accepted, and is not there"
        elif kept[scan].state != _READ:
            yield f"scan {scan} is {kept[scan].state}"
    for scan in kept.keys() - numbers.keys():
        yield f"scan {scan} is there, and nobody was told that it was accepted"


def _wrong_events(
    database: Database, accepted: Sequence[Accepted], received: Sequence[Received]
) -> Iterator[str]:
    with database.read() as session:
        put = set(session.execute(select(OutboxRow.event_id).where(OutboxRow.sink == "webhook")).scalars())
    numbers = Counter(each.event["id"] for each in received)
    yield from (f"event {number} did not arrive" for number in put - numbers.keys())
    yield from (f"event {number} was never put" for number in numbers.keys() - put)
    yield from (f"event {number} was stored {times} times" for number, times in numbers.items() if times > 1)
    yield from wrong_order(received)
    told = {each.event["data"].get("scan_id") for each in received}
    yield from (f"nobody was told of scan {each.scan_id}" for each in accepted if each.scan_id not in told)


def wrong_order(received: Sequence[Received]) -> Iterator[str]:
    """Events of one subject that came after a later one."""
    last: dict[str, int] = defaultdict(int)
    for each in received:
        if "sequence" not in each.event:
            continue
        subject, sequence = each.event["subject"], int(each.event["sequence"])
        if sequence <= last[subject]:
            yield f"event {sequence} of {subject} came after {last[subject]}"
        last[subject] = max(sequence, last[subject])


def _wrong_decisions(database: Database, decided: Sequence[str]) -> Iterator[str]:
    with database.read() as session:
        kept = Counter(session.execute(select(DecisionRow.id)).scalars())
    yield from (f"decision {each} is not there" for each in decided if kept[each] != 1)


def _wrong_audit(database: Database) -> Iterator[str]:
    with database.read() as session:
        found = verify(session, (), rows=True)
    yield from (f"audit: {problem}" for problem in found.problems)
