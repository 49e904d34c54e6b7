"""The scans that figures are asked of, with their decisions and openings, gathered once."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    Column,
    ColumnElement,
    Float,
    Insert,
    MetaData,
    Select,
    String,
    Table,
    and_,
    case,
    column,
    func,
    insert,
    literal,
    select,
    values,
)
from sqlalchemy.orm import Session, aliased

from tallyscan.store.controls import openings
from tallyscan.store.scan_scores import UNNAMED, site_key
from tallyscan.store.span import Asked, By
from tallyscan.store.sql_time import seconds_between
from tallyscan.store.tables import (
    CONSIGNMENT_ID,
    ID,
    WAITING,
    DecisionRow,
    PartRow,
    ScanRow,
    ScanScoreRow,
    UtcDateTime,
)

Rows = Select[*tuple[Any, ...]]


_NAMES: tuple[By, ...] = ("day", "site", "scanner")
_RECORD = MetaData()


def _names() -> list[Column[str]]:
    return [Column(name, String(160)) for name in _NAMES]


SCANS = Table(
    "scans_asked",
    _RECORD,
    *_names(),
    Column("id", ID, primary_key=True),
    Column("load", CONSIGNMENT_ID),
    Column("received_at", UtcDateTime()),
    Column("lane", String(16)),
    Column("read_after_s", Float()),
    Column("machine_s", Float()),
    prefixes=["TEMPORARY"],
)
"""One row a scan, with the names that it is counted by; of a whole with several units those units alone. `lane` is none
of what waits. `load` is the consignment, or the scan where it has none."""

DECISIONS = Table(
    "decisions_asked",
    _RECORD,
    *_names(),
    Column("scan", ID),
    Column("lane", String(16)),
    Column("reader", String(8)),
    Column("answer", String(16)),
    Column("stands", Boolean()),
    Column("marks_shown", Boolean()),
    Column("after_s", Float()),
    Column("seconds", Float()),
    prefixes=["TEMPORARY"],
)
"""One row a decision of theirs that was not taken back; `stands`: nor corrected. `after_s` is since the scan came."""

OPENINGS = Table(
    "openings_asked",
    _RECORD,
    *_names(),
    Column("load", CONSIGNMENT_ID),
    Column("lane", String(16)),
    Column("found", Boolean()),
    prefixes=["TEMPORARY"],
)
"""One row a control that looked inside, for each scan of the load."""


@contextmanager
def rows_asked(session: Session, asked: Asked, by: Collection[By]) -> Iterator[None]:
    """`SCANS`, `DECISIONS` and `OPENINGS`, gathered once for all figures, and thrown away at the end."""
    connection = session.connection()
    _RECORD.create_all(connection, checkfirst=False)
    session.execute(_gathered(SCANS, _scans(session, asked, by)))
    session.execute(_gathered(DECISIONS, _decisions()))
    session.execute(_gathered(OPENINGS, _openings()))
    yield
    _RECORD.drop_all(connection, checkfirst=False)  # after an error the transaction takes them back


def _gathered(into: Table, rows: Rows) -> Insert:
    return insert(into).from_select([each.name for each in into.columns], rows)


def _scans(session: Session, asked: Asked, by: Collection[By]) -> Rows:
    begins_at, ends_at = asked.span
    within = and_(ScanRow.received_at >= begins_at, ScanRow.received_at < ends_at)
    site = _site(session, within)
    scanner = func.coalesce(ScanRow.device, ScanRow.scanner, "")
    days = _days(asked) if "day" in by else None
    rows = (
        select(
            days.c.day if days is not None else literal(""),
            site,
            scanner,
            ScanRow.id,
            func.coalesce(ScanRow.consignment_id, ScanRow.id),
            ScanRow.received_at,
            case((ScanRow.state.in_(WAITING), None), else_=ScanScoreRow.machine_lane),
            seconds_between(ScanRow.received_at, ScanScoreRow.first_read_at),
            ScanScoreRow.machine_seconds,
        )
        .outerjoin(ScanScoreRow, ScanScoreRow.scan_id == ScanRow.id)
        .where(within, ScanRow.id.not_in(select(PartRow.part_of)))
    )
    if days is not None:
        rows = rows.join(
            days, and_(ScanRow.received_at >= days.c.begins_at, ScanRow.received_at < days.c.ends_at)
        )
    if asked.site is not None:
        rows = rows.where(site == asked.site)
    if asked.scanner is not None:
        rows = rows.where(scanner == asked.scanner)
    return rows


def _decisions() -> Rows:
    """Who takes a correction back puts back what it corrected."""
    later = aliased(DecisionRow)
    taken_back = select(later.replaces).where(later.replaces.is_not(None), later.answer == "undone")
    corrected = select(later.replaces).where(
        later.replaces.is_not(None), later.answer != "undone", later.id.not_in(_ids(taken_back))
    )
    said = DecisionRow.document
    return (
        select(
            *(SCANS.c[name] for name in _NAMES),
            SCANS.c.id,
            SCANS.c.lane,
            DecisionRow.reader,
            DecisionRow.answer,
            DecisionRow.id.not_in(_ids(corrected)),
            said["marks_shown"].as_boolean(),
            seconds_between(SCANS.c.received_at, DecisionRow.received_at),
            said["seconds"].as_float(),
        )
        .join(DecisionRow, DecisionRow.scan_id == SCANS.c.id)
        .where(DecisionRow.answer != "undone", DecisionRow.id.not_in(_ids(taken_back)))
    )


def _openings() -> Rows:
    opened = openings(lambda _, scan: scan.in_(select(SCANS.c.id))).subquery()
    found = opened.c.outcome == "found"
    rows = select(*(SCANS.c[name] for name in _NAMES), SCANS.c.load, SCANS.c.lane, found)
    return rows.join(opened, opened.c.scan == SCANS.c.id)


def _ids(of: Rows) -> Rows:
    return select(of.subquery().c.replaces)


def _site(session: Session, within: ColumnElement[bool]) -> ColumnElement[str]:
    """That of the score; of a scan that was never read, what its sidecar says, as it is compared."""
    said = ScanRow.seen["site"].as_string()
    unread = select(said).outerjoin(ScanScoreRow, ScanScoreRow.scan_id == ScanRow.id)
    spellings = session.execute(unread.where(within, ScanScoreRow.scan_id.is_(None)).distinct()).scalars()
    keys = {each: site_key(each) for each in spellings if each is not None}
    if not keys:
        return func.coalesce(ScanScoreRow.site, UNNAMED)
    return func.coalesce(ScanScoreRow.site, case(keys, value=said, else_=UNNAMED))


def _days(asked: Asked) -> CTE:
    rows = [
        (day.isoformat(), asked.begins_at(day), asked.begins_at(day + timedelta(days=1)))
        for day in asked.days
    ]
    columns: tuple[Any, ...] = (
        column("day"),
        column("begins_at", UtcDateTime()),
        column("ends_at", UtcDateTime()),
    )
    return values(*columns, name="days").data(rows).cte("days_asked")
