"""The scans that figures are asked of, and how the database counts each figure of them."""

from collections import defaultdict
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
    or_,
    select,
    values,
)
from sqlalchemy.orm import Session, aliased

from tallyscan.risk import Lane
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
from tallyscan.work_figures import Times

LANES: tuple[Lane, ...] = ("green", "yellow", "red", "not_assessed")
_Rows = Select[*tuple[Any, ...]]
_ALARMS: tuple[Lane, ...] = ("yellow", "red")


_NAMES: tuple[By, ...] = ("day", "site", "scanner")
_RECORD = MetaData()


def _names() -> list[Column[str]]:
    return [Column(name, String(160)) for name in _NAMES]


SCANS = Table(
    "scans_asked",
    _RECORD,
    *_names(),
    Column("id", ID),
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


def _name(of: Table, by: By | None) -> ColumnElement[str]:
    return literal("") if by is None else of.c[by]


@contextmanager
def rows_asked(session: Session, asked: Asked, by: Collection[By]) -> Iterator[None]:
    """`SCANS`, `DECISIONS` and `OPENINGS`, gathered once for all figures, and thrown away at the end."""
    connection = session.connection()
    _RECORD.create_all(connection, checkfirst=False)
    try:
        session.execute(_gathered(SCANS, _scans(session, asked, by)))
        session.execute(_gathered(DECISIONS, _decisions()))
        session.execute(_gathered(OPENINGS, _openings()))
        yield
    finally:
        if connection.in_transaction() and not connection.invalidated:
            _RECORD.drop_all(connection, checkfirst=False)


def _gathered(into: Table, rows: _Rows) -> Insert:
    return insert(into).from_select([each.name for each in into.columns], rows)


def _scans(session: Session, asked: Asked, by: Collection[By]) -> _Rows:
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


def _decisions() -> _Rows:
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


def _openings() -> _Rows:
    opened = openings(lambda _, scan: scan.in_(select(SCANS.c.id))).subquery()
    found = opened.c.outcome == "found"
    rows = select(*(SCANS.c[name] for name in _NAMES), SCANS.c.load, SCANS.c.lane, found)
    return rows.join(opened, opened.c.scan == SCANS.c.id)


def _ids(of: _Rows) -> _Rows:
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


def counts_of(session: Session, by: By | None) -> dict[str, Any]:
    """By name `arrivals`, `waiting` and one of each lane."""
    lanes = (func.sum(case((SCANS.c.lane == lane, 1), else_=0)).label(lane) for lane in LANES)
    waiting = func.sum(case((SCANS.c.lane.is_(None), 1), else_=0)).label("waiting")
    name = _name(SCANS, by).label("part")
    rows = select(name, func.count().label("arrivals"), waiting, *lanes).group_by("part")
    return {row.part: row for row in session.execute(rows)}


def times_of(session: Session, by: By | None) -> list[dict[str, Times]]:
    """From arrival to the first reading, what a reading takes, from arrival to the first decision, and what officers
    say that they spent.
    """
    scans, decisions = (_name(each, by).label("part") for each in (SCANS, DECISIONS))
    first = select(decisions, func.min(DECISIONS.c.after_s).label("seconds"))
    return [
        _times(session, each)
        for each in (
            select(scans, SCANS.c.read_after_s.label("seconds")),
            select(scans, SCANS.c.machine_s.label("seconds")),
            first.group_by("part", DECISIONS.c.scan),
            select(decisions, DECISIONS.c.seconds),
        )
    ]


def _times(session: Session, of: _Rows) -> dict[str, Times]:
    """Median and nine of ten by rank, so that the database can count them."""
    timed = of.subquery()
    counts = (
        select(timed.c.part, func.count().label("all"))
        .where(timed.c.seconds.is_not(None))
        .group_by(timed.c.part)
    )
    counted: dict[str, int] = {row.part: row.all for row in session.execute(counts)}
    if not counted:
        return {}
    rank = func.row_number().over(partition_by=timed.c.part, order_by=timed.c.seconds).label("rank")
    ranked = select(timed.c.part, timed.c.seconds, rank).where(timed.c.seconds.is_not(None)).subquery()
    asked = {count: ((count + 1) // 2, (count + 2) // 2, (9 * count + 9) // 10) for count in counted.values()}
    wanted = or_(
        *(
            and_(ranked.c.part == name, ranked.c.rank.in_(sorted(set(asked[count]))))
            for name, count in counted.items()
        )
    )
    found: dict[tuple[str, int], float] = {
        (name, place): seconds
        for name, seconds, place in session.execute(
            select(ranked.c.part, ranked.c.seconds, ranked.c.rank).where(wanted)
        )
    }
    times = {}
    for name, count in counted.items():
        lower, upper, ninth = (float(found[name, place]) for place in asked[count])
        times[name] = Times(count, round((lower + upper) / 2, 3), round(ninth, 3))
    return times


def opened_of(session: Session, by: By | None) -> dict[str, Any]:
    """Loads that were opened, each once, by what the machine had said."""
    of = OPENINGS.c
    alarm, green = of.lane.in_(_ALARMS), of.lane == "green"

    def loads(*which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(func.distinct(case((and_(*which), of.load)) if which else of.load))

    counted = select(
        _name(OPENINGS, by).label("part"),
        loads().label("opened"),
        loads(of.found).label("found"),
        loads(alarm).label("alarms"),
        loads(alarm, of.found).label("alarms_found"),
        loads(green).label("green"),
        loads(green, of.found).label("green_found"),
    ).group_by("part")
    return {row.part: row for row in session.execute(counted)}


def pairs_of_readers(session: Session, by: By | None) -> defaultdict[str, dict[tuple[str, str], int]]:
    """How often the first reader said this and the second that."""
    first, second = (
        select(_name(DECISIONS, by).label("part"), DECISIONS.c.scan, DECISIONS.c.answer)
        .where(DECISIONS.c.reader == reader, DECISIONS.c.stands)
        .subquery()
        for reader in ("first", "second")
    )
    rows = (
        select(second.c.part, first.c.answer, second.c.answer, func.count())
        .join(second, first.c.scan == second.c.scan)
        .group_by(second.c.part, first.c.answer, second.c.answer)
    )
    pairs: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for name, one, other, count in session.execute(rows):
        pairs[name][one, other] = count
    return pairs


def pairs_with_machine(
    session: Session, by: By | None
) -> tuple[defaultdict[str, Any], defaultdict[str, Any]]:
    """The first reader's answer with what the machine said: of all, and of those who had not seen its marks."""
    of = DECISIONS.c
    rows = (
        select(_name(DECISIONS, by).label("part"), of.answer, of.lane, of.marks_shown, func.count())
        .where(of.reader == "first", of.stands)
        .where(of.answer.in_(("clear", "suspicious")), of.lane.in_((*_ALARMS, "green")))
        .group_by("part", of.answer, of.lane, of.marks_shown)
    )
    every: defaultdict[str, Any] = defaultdict(lambda: defaultdict(int))
    blind: defaultdict[str, Any] = defaultdict(lambda: defaultdict(int))
    for name, answer, lane, shown, count in session.execute(rows):
        pair = answer, "clear" if lane == "green" else "suspicious"
        every[name][pair] += count
        if not shown:
            blind[name][pair] += count
    return every, blind
