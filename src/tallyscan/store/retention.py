"""What is kept for so long and no longer: what is due is deleted in small transactions, the oldest first.

Each step is whole in itself, so it goes on where it was stopped. What is under a hold is never due, nor is the image of
a load in which a control found something.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from tallyscan.store.audit import Told, record
from tallyscan.store.blobs import Blobs
from tallyscan.store.controls import scans_with_finds
from tallyscan.store.database import Database
from tallyscan.store.deletions import (
    WAIT,
    condemn,
    condemned,
    delete_bytes,
    forget_condemned,
    is_deleted,
    keys_of_scans,
    mark_deleted,
)
from tallyscan.store.holds import held_scans
from tallyscan.store.party_retention import PASSES
from tallyscan.store.retention_tables import CondemnedBlobRow
from tallyscan.store.tables import PARTS, WAITING, PartRow, QuarantineRow, ScanRow

AT_A_TIME = 20


@dataclass(frozen=True)
class Kept:
    """How long, by class; None: for good."""

    images: timedelta | None = None
    parties: timedelta | None = None


@dataclass
class Due:
    """What one run deleted, or would delete; `bytes_gone` are blobs, `bytes_waiting` those that go after a while."""

    counts: dict[str, int] = field(default_factory=dict)
    bytes_gone: int = 0
    bytes_waiting: int = 0

    def add(self, what: str, count: int) -> None:
        """So many more."""
        if count:
            self.counts[what] = self.counts.get(what, 0) + count


class Retention:
    """Deletes what is due. Of several on one database, each deletes what the others have left."""

    def __init__(self, database: Database, blobs: Blobs, kept: Kept, wait: timedelta = WAIT) -> None:
        self._database = database
        self._blobs = blobs
        self._kept = kept
        self._wait = wait

    def step(self) -> int:
        """One small transaction of each class, and the bytes that are ready; how much was deleted."""
        done = Due()
        self._step(done)
        return sum(done.counts.values()) + done.bytes_gone

    def run(self) -> Due:
        """Until nothing is due."""
        done = Due()
        while self._step(done):
            pass
        with self._database.read() as session:
            done.bytes_waiting = session.execute(
                select(func.count()).select_from(CondemnedBlobRow)
            ).scalar_one()
        return done

    def look(self) -> Due:
        """What is due now; nothing is deleted."""
        now, found = datetime.now(UTC), Due()
        with self._database.read() as session:

            def count(rows: Select[str]) -> int:
                return session.execute(select(func.count()).select_from(rows.subquery())).scalar_one()

            if self._kept.images is not None:
                before = now - self._kept.images
                found.add("scans", count(due_scans(before, now)))
                found.add("quarantine", count(due_quarantine(before)))
            if self._kept.parties is not None:
                before = now - self._kept.parties
                for name, due, _ in PASSES:
                    found.add(name, count(due(before, now)))
            found.bytes_waiting = count(select(CondemnedBlobRow.key))
        return found

    def _step(self, done: Due) -> bool:
        """Whether there may be more."""
        now, busy = datetime.now(UTC), False
        with self._database.write() as session:
            deleted: dict[str, list[str]] = {}
            keys, rows = set[str](), dict[str, str]()
            if self._kept.images is not None:
                keys |= _delete_images(session, now - self._kept.images, now, deleted)
            if self._kept.parties is not None:
                for name, due, delete in PASSES:
                    ids = _some(session, due(now - self._kept.parties, now))
                    for each in ids:
                        done_with = delete(session, each)
                        keys |= done_with.keys
                        rows |= done_with.rows
                    deleted[name] = ids
            condemn(session, keys)
            counts = {name: len(ids) for name, ids in deleted.items() if ids}
            if counts:
                said = {**counts, "ids": deleted, "rows": rows}
                record(session, Told("data.deleted", "service", details=said))
                busy = True
        for name, number in counts.items():
            done.add(name, number)
        gone = self._delete_bytes(now)
        done.bytes_gone += gone
        return busy or gone > 0

    def _delete_bytes(self, now: datetime) -> int:
        with self._database.write() as session:
            ready = condemned(session, now - self._wait, AT_A_TIME)
        gone = delete_bytes(self._blobs, ready, self._wait)
        if gone:
            with self._database.write() as session:
                forget_condemned(session, gone)
                record(session, Told("data.deleted", "service", details={"blobs": len(gone), "keys": gone}))
        return len(gone)


def due_scans(before: datetime, now: datetime) -> Select[str]:
    """Whole scans: not those that still wait to be read, or of which a unit does, that are held, or in which something
    was found; their units go with them."""
    unit, finds = aliased(ScanRow), scans_with_finds()
    units_of_finds = select(PartRow.part_of).where(PartRow.scan_id.in_(finds))
    unread = exists().where(
        PartRow.part_of == ScanRow.id, unit.id == PartRow.scan_id, unit.state.in_(WAITING)
    )
    return (
        select(ScanRow.id)
        .where(
            ScanRow.received_at < before,
            ScanRow.state.not_in(WAITING),
            ScanRow.id.not_in(PARTS),
            ~is_deleted("images", ScanRow.id),
            ScanRow.id.not_in(finds),
            ScanRow.id.not_in(units_of_finds),
            ScanRow.id.not_in(held_scans(now)),
            ~unread,
        )
        .order_by(ScanRow.received_at, ScanRow.id)
    )


def due_quarantine(before: datetime) -> Select[str]:
    """Bytes that could not be used, of no scan that is kept."""
    return (
        select(QuarantineRow.id)
        .where(
            QuarantineRow.received_at < before,
            QuarantineRow.sha256.is_not(None),
            QuarantineRow.kept_at.is_(None),
            ~is_deleted("quarantine", QuarantineRow.id),
        )
        .order_by(QuarantineRow.received_at, QuarantineRow.id)
    )


def _delete_images(
    session: Session, before: datetime, now: datetime, deleted: dict[str, list[str]]
) -> set[str]:
    wholes = _some(session, due_scans(before, now))
    units = select(PartRow.scan_id).where(PartRow.part_of.in_(wholes))
    scans = [*wholes, *session.execute(units).scalars()]
    mark_deleted(session, "images", scans, "retention")
    deleted["scans"] = scans
    refused = _some(session, due_quarantine(before))
    mark_deleted(session, "quarantine", refused, "retention")
    deleted["quarantine"] = refused
    bytes_of = select(QuarantineRow.sha256).where(QuarantineRow.id.in_(refused))
    return keys_of_scans(session, scans) | {key for key in session.execute(bytes_of).scalars() if key}


def _some(session: Session, due: Select[str]) -> list[str]:
    return list(session.execute(due.limit(AT_A_TIME)).scalars())
