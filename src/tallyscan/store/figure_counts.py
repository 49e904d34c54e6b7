"""How the database counts each figure of the gathered rows: in all (`by` is None), or by each name of a kind."""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from tallyscan.risk import Lane
from tallyscan.store.figure_rows import DECISIONS, OPENINGS, SCANS, Rows
from tallyscan.store.span import By
from tallyscan.work_figures import Times

LANES: tuple[Lane, ...] = ("green", "yellow", "red", "not_assessed")
_ALARMS: tuple[Lane, ...] = ("yellow", "red")


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


def _times(session: Session, of: Rows) -> dict[str, Times]:
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


def _name(of: Table, by: By | None) -> ColumnElement[str]:
    return literal("") if by is None else of.c[by]
