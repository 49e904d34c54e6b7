"""Parties, drivers and plates, deleted of a consignment that nothing came of for long, and of a scan without one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, inspect, or_, select, update
from sqlalchemy.orm import Session

from tallyscan.declaration import normal_mark
from tallyscan.join.marks import keys_of, read_keys
from tallyscan.sidecar import UnitMark as Read
from tallyscan.store.audit_changes import sha256_of
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.deletions import is_deleted, mark_deleted
from tallyscan.store.holds import held_consignments, held_scans
from tallyscan.store.queue_rows import touch
from tallyscan.store.redaction import (
    ERASED,
    event_without_parties,
    numbers_of,
    plates_of,
    without_answers,
    without_parties,
    without_plates,
    without_texts,
)
from tallyscan.store.retention_tables import DeletedBy, DeletionRow
from tallyscan.store.selection_tables import DeclaredPartyRow
from tallyscan.store.tables import (
    OPEN,
    WAITING,
    Consignment,
    DeclarationVersion,
    IncomingRow,
    JoinRow,
    KnownUnitRow,
    OutboxRow,
    RiskRecordRow,
    ScanFile,
    ScanMark,
    ScanRow,
    Table,
    UnitMark,
)

_FEWEST = 4
"""Shorter texts than that stand in others by chance."""


@dataclass(frozen=True)
class Done:
    """Keys of bytes that the rows name no more, and the hashes that changed rows have now, by their ids."""

    keys: set[str] = field(default_factory=set)
    rows: dict[str, str] = field(default_factory=dict)


def due_consignments(before: datetime, now: datetime) -> Select[str]:
    """Those of which nothing came since then, that are not held, of which all events are told, and of which nothing
    came since they were done."""
    earlier = exists().where(
        DeletionRow.what == "parties", DeletionRow.of == Consignment.id, ~_came_since(DeletionRow.at)
    )
    untold = select(OutboxRow.subject).where(OutboxRow.state.in_(OPEN))
    return (
        select(Consignment.id)
        .where(
            Consignment.created_at < before,
            ~_came_since(before),
            ~earlier,
            Consignment.id.not_in(held_consignments(now)),
            Consignment.id.not_in(untold),
        )
        .order_by(Consignment.created_at, Consignment.id)
    )


def due_lone_scans(before: datetime, now: datetime) -> Select[str]:
    """Scans without a consignment on which marks were read."""
    return (
        select(ScanRow.id)
        .where(
            ScanRow.consignment_id.is_(None),
            ScanRow.received_at < before,
            ScanRow.state.not_in(WAITING),
            exists().where(ScanMark.scan_id == ScanRow.id),
            ~is_deleted("marks", ScanRow.id),
            ScanRow.id.not_in(held_scans(now)),
        )
        .order_by(ScanRow.received_at, ScanRow.id)
    )


def delete_parties(session: Session, consignment: str, by: DeletedBy = "retention") -> Done:
    """Of all versions of its declaration, what was read on its scans, what was answered, and events that are told."""
    done, plates, numbers, newest = Done(), set[str](), set[str](), 0
    versions = select(DeclarationVersion).where(DeclarationVersion.consignment_id == consignment)
    for row in session.execute(versions).scalars():
        plates |= set(plates_of(row.document))
        numbers |= numbers_of(row.document)
        done.keys.add(row.blob_key)
        newest = max(newest, row.version)
        change(session, row, document=without_parties(row.document))
    scans = list(session.execute(select(ScanRow.id).where(ScanRow.consignment_id == consignment)).scalars())
    for scan in scans:
        plates |= _delete_marks(session, scan, by)
    plates -= {ERASED}
    beside = select(ScanFile.blob_key).where(ScanFile.scan_id.in_(scans), ScanFile.kind == "declaration")
    done.keys.update(session.execute(beside).scalars())
    mark_deleted(session, "declaration_file", scans, by)
    mark_deleted(session, "declaration", [consignment] if newest else [], by, version=newest)
    mark_deleted(session, "parties", [consignment], by)
    session.execute(delete(DeclaredPartyRow).where(DeclaredPartyRow.consignment_id == consignment))
    _delete_keys_of(session, consignment, numbers)
    _in_words(session, consignment, scans, plates)
    for entry in session.execute(
        select(IncomingRow).where(IncomingRow.consignment_id == consignment, IncomingRow.kind == "interview")
    ).scalars():
        change(session, entry, document=without_answers(entry.document))
        done.rows[entry.id] = sha256_of(entry)
    _change_events(session, [consignment, *(f"scan/{scan}" for scan in scans)], plates)
    for heard in session.execute(
        select(CrossingEventRow).where(CrossingEventRow.consignment_id == consignment)
    ).scalars():
        change(session, heard, event=event_without_parties(heard.event))
    touch(session, consignment)
    return done


def delete_marks(session: Session, scan: str) -> Done:
    """The plates of a scan without a consignment."""
    plates = _delete_marks(session, scan, "retention")
    _change_events(session, [f"scan/{scan}"], plates)
    _in_words(session, None, [scan], plates)
    return Done()


_Due = Callable[[datetime, datetime], Select[str]]
PASSES: tuple[tuple[str, _Due, Callable[[Session, str], Done]], ...] = (
    ("parties", due_consignments, delete_parties),
    ("marks", due_lone_scans, delete_marks),
)
"""What is due, and how one of it is deleted."""


def _came_since(at: Any) -> ColumnElement[bool]:
    return or_(
        (Consignment.declared_at.is_not(None)) & (Consignment.declared_at >= at),
        exists().where(ScanRow.consignment_id == Consignment.id, ScanRow.received_at >= at),
        exists().where(IncomingRow.consignment_id == Consignment.id, IncomingRow.received_at >= at),
        exists().where(CrossingEventRow.consignment_id == Consignment.id, CrossingEventRow.heard_at >= at),
    )


def _delete_marks(session: Session, scan: str, by: DeletedBy) -> set[str]:
    row = session.get_one(ScanRow, scan)
    units = [unit for kind in ("units", "beside") for unit in row.seen.get(kind, ())]
    read = (unit.get("plate") for unit in units)
    plates = {text for each in read if (text := each.get("text") if isinstance(each, dict) else each)}
    named = (
        row.declared_unit if row.declared_unit and normal_mark(row.declared_unit) in _normal(plates) else None
    )
    change(session, row, seen=without_plates(row.seen), **({"declared_unit": ERASED} if named else {}))
    units = [Read.model_validate(unit) for unit in row.seen.get("units", ())]
    session.execute(delete(ScanMark).where(ScanMark.scan_id == scan, ScanMark.mark.not_in(read_keys(units))))
    session.execute(update(KnownUnitRow).where(KnownUnitRow.scan_id == scan).values(plate=None))
    mark_deleted(session, "marks", [scan], by)
    return plates


def _delete_keys_of(session: Session, consignment: str, numbers: set[str]) -> None:
    """By which scans find the declaration: those of container numbers stay."""
    kept = {key for number in numbers for key in keys_of(number)}
    session.execute(
        delete(UnitMark).where(UnitMark.consignment_id == consignment, UnitMark.mark.not_in(kept))
    )


def _in_words(session: Session, consignment: str | None, scans: list[str], plates: set[str]) -> None:
    """Reasons of joins and of steps in the risk record that quote a plate."""
    texts = {text for text in (*plates, *_normal(plates)) if len(text) >= _FEWEST}
    if not texts:
        return
    for join in session.execute(select(JoinRow).where(JoinRow.scan_id.in_(scans))).scalars():
        changed = {name: without_texts(getattr(join, name), texts) for name in ("why", "said", "candidates")}
        change(session, join, **changed)
    steps = select(RiskRecordRow).where(RiskRecordRow.consignment_id == consignment)
    for step in session.execute(steps).scalars():
        change(session, step, detail=without_texts(step.detail, texts))


def _change_events(session: Session, subjects: list[str], plates: set[str]) -> None:
    texts = {text for text in (*plates, *_normal(plates)) if len(text) >= _FEWEST}
    sinks = list(session.execute(select(OutboxRow.sink).distinct()).scalars())
    told = select(OutboxRow).where(
        OutboxRow.sink.in_(sinks), OutboxRow.subject.in_(subjects), OutboxRow.state.not_in(OPEN)
    )
    for row in session.execute(told).scalars():
        change(session, row, event=without_texts(event_without_parties(row.event), texts))


def change(session: Session, row: Table, **values: Any) -> None:
    """Write over columns of a row that is otherwise never changed: the caller tells it in the audit."""
    kind, state = type(row), inspect(row)
    where = [
        column == value for column, value in zip(state.mapper.primary_key, state.identity or (), strict=True)
    ]
    session.execute(update(kind).where(*where).values(**values).execution_options(synchronize_session=False))
    session.refresh(row)


def _normal(plates: set[str]) -> set[str]:
    return {normal_mark(plate) for plate in plates}
