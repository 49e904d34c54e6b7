"""Every row of the store that is about one scan, whatever table it is in: what an audit trail is made of.

Tables are not listed: a row is of the scan when a column names it, when its foreign key leads to such a row, or when it
is of the scan's consignment and of no other scan. So what a later version keeps of scans is in the trail too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args
from urllib.parse import quote

from sqlalchemy import Column, ColumnElement, Table, and_, false, or_, select, tuple_
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.risk_profile import Stage
from tallyscan.store import selection_tables, targeting_tables  # noqa: F401  among those looked through
from tallyscan.store.tables import OutboxRow, PartRow, QuarantineRow, ScanRow
from tallyscan.store.tables import Table as Declared

_NAMES_SCAN = ("scan_id", "part_of", "copy_of", "reused_from", "view_of", "image_id")
_OF_WHOLE = ("decisions", "inspections", "scan_files")
"""What is kept with a whole scan and holds for each of its cargo units."""

_OF_CONSIGNMENT = ("declarations", "dispositions", "incoming", "selections", "risk_record_entries")
"""What is kept of a consignment and holds for each of its scans, unless it names another one."""

_BESIDE = ("reread_scans",)
"""What another model says for a trial: no reading of the case rests on it."""

_TIMES = ("received_at", "created_at", "at")
"""When a row was written, by our own clock: what people and systems say of the time is `at` where they say it."""


@dataclass(frozen=True)
class TrailRow:
    """A row as it is kept: its table, its key there, all its columns, and when it was written; where it does not say
    so, when the scan that it names arrived, and None where it names none.
    """

    table: str
    key: Mapping[str, Any]
    columns: Mapping[str, Any]
    at: datetime | None


def trail_rows(session: Session, scan_id: str) -> tuple[TrailRow, ...]:
    """All of them, each once, table by table. Raises `NotFound`."""
    scan = session.get(ScanRow, scan_id)
    if scan is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    part = session.get(PartRow, scan_id)
    found: dict[str, list[TrailRow]] = {}
    left = _consignments(session, scan)
    for table in Declared.metadata.sorted_tables:
        if table.name in _BESIDE:
            continue
        where = [_names(table, scan_id), *_leads_to(table, found)]
        if table.name == "scans":
            where.append(table.c.id == scan_id)
            if scan.view_of is not None:
                where.append(table.c.view_of == scan.view_of)
        if table.name in _OF_WHOLE and part is not None:
            where.append(table.c.scan_id == part.part_of)
        if table.name in _OF_CONSIGNMENT:
            where += _while_there(table, left)
        if table.name == "outbox":
            where.append(table.c.position.in_(_events(session, scan, part.part_of if part else None, left)))
        rows = _rows(session, table, or_(false(), *where))
        if rows:
            found[table.name] = rows
    return _dated(session, [row for rows in found.values() for row in rows])


def _dated(session: Session, rows: Sequence[TrailRow]) -> tuple[TrailRow, ...]:
    scans = {row.columns["scan_id"] for row in rows if row.at is None and "scan_id" in row.columns}
    arrived = select(ScanRow.id, ScanRow.received_at).where(ScanRow.id.in_(scans))
    times = {row.id: row.received_at for row in session.execute(arrived)}
    return tuple(
        replace(row, at=times.get(row.columns.get("scan_id"))) if row.at is None else row for row in rows
    )


def _rows(session: Session, table: Table, where: ColumnElement[bool]) -> list[TrailRow]:
    keys = list(table.primary_key.columns)
    ordered = select(table).where(where).order_by(*keys)
    return [_row(table, row) for row in session.execute(ordered).mappings()]


def _row(table: Table, row: Mapping[Any, Any]) -> TrailRow:
    columns = {column.name: row[column] for column in table.columns}
    key = {column.name: columns[column.name] for column in table.primary_key.columns}
    times = (columns.get(name) for name in _TIMES)
    other = (value for value in columns.values() if isinstance(value, datetime))
    at = next((time for time in times if time is not None), None) or next(other, None)
    return TrailRow(table.name, key, columns, at)


def _names(table: Table, scan_id: str) -> ColumnElement[bool]:
    naming = [column for column in table.columns if _names_scan(column)]
    return or_(false(), *(column == scan_id for column in naming))


def _names_scan(column: Column[Any]) -> bool:
    leads = any(key.target_fullname == "scans.id" for key in column.foreign_keys)
    return leads or column.name in _NAMES_SCAN


def _leads_to(table: Table, found: Mapping[str, Sequence[TrailRow]]) -> Iterator[ColumnElement[bool]]:
    """Rows whose foreign key is that of a row that was found; not over scans and consignments, which others share."""
    for constraint in table.foreign_key_constraints:
        target = constraint.referred_table
        if target.name in ("scans", "consignments", table.name) or target.name not in found:
            continue
        names = [element.column.name for element in constraint.elements]
        keys = [tuple(row.columns[name] for name in names) for row in found[target.name]]
        yield tuple_(*constraint.columns).in_(keys)


def _consignments(session: Session, scan: ScanRow) -> dict[str, datetime | None]:
    """Those that the scan was or is of, and when it left; None of the one that it is of."""
    joins = Declared.metadata.tables["joins"]
    steps = select(joins.c.at, joins.c.consignment_id).where(joins.c.scan_id == scan.id)
    left: dict[str, datetime | None] = {}
    before: str | None = None
    for at, consignment in session.execute(steps.order_by(joins.c.sequence)):
        if before is not None and consignment != before:
            left[before] = at
        before = consignment
    if scan.consignment_id is not None:
        left[scan.consignment_id] = None
    return left


def _while_there(table: Table, left: Mapping[str, datetime | None]) -> Iterator[ColumnElement[bool]]:
    at = table.c.received_at if "received_at" in table.c else table.c.at
    of_no_scan = table.c.scan_id.is_(None) if "scan_id" in table.c else ~false()
    for consignment, until in left.items():
        then = at < until if until is not None else ~false()
        yield and_(table.c.consignment_id == consignment, of_no_scan, then)


def _events(
    session: Session, scan: ScanRow, whole: str | None, left: Mapping[str, datetime | None]
) -> list[int]:
    """Events that name the scan, those of its consignment while it was there that are of no scan, and what people said
    of the whole of which it is a part.

    By subject first, of which there is an index: what an event says is looked at of few.
    """
    of_consignment = {
        subject: until
        for consignment, until in left.items()
        for subject in (consignment, *(f"selection/{stage}/{consignment}" for stage in get_args(Stage)))
    }
    refused = select(QuarantineRow.id).where(QuarantineRow.scan_id == scan.id)
    subjects = [
        *of_consignment,
        f"scan/{scan.id}",
        f"scan/{whole}",
        f"scanner/{quote(scan.device or '', safe='')}",
        *(f"quarantine/{entry}" for entry in session.execute(refused).scalars()),
    ]
    positions = select(OutboxRow.position).where(OutboxRow.subject.in_(subjects))
    rows = select(OutboxRow.position, OutboxRow.subject, OutboxRow.created_at, OutboxRow.event).where(
        OutboxRow.position.in_(session.execute(positions).scalars().all())
    )
    found = []
    for position, subject, created_at, event in session.execute(rows):
        of, until = _scan_of(event), of_consignment.get(subject)
        of_all = of is None and subject in of_consignment and (until is None or created_at < until)
        said_of_whole = whole is not None and of == whole and _is_said(event)
        if of_all or said_of_whole or scan.id in json.dumps(event):
            found.append(position)
    return found


def _scan_of(event: Mapping[str, Any]) -> str | None:
    data = event.get("data") or {}
    scan: str | None = data.get("scan_id") or (data.get("scan") or {}).get("scan_id")
    return scan


def _is_said(event: Mapping[str, Any]) -> bool:
    """Whether a person said it, and no reading."""
    kind = str(event.get("type"))
    return any(word in kind for word in ("scan-decision", "scan-inspection", "scan-referral"))
