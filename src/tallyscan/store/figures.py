"""What the work at sites came to over a span of days, counted by the database: in all, and by day, site or scanner."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tallyscan.risk import Lane
from tallyscan.store.budget_use import ShiftUse, budget_uses, together
from tallyscan.store.figure_counts import (
    LANES,
    counts_of,
    opened_of,
    pairs_of_readers,
    pairs_with_machine,
    times_of,
)
from tallyscan.store.figure_rows import rows_asked
from tallyscan.store.span import Asked, By
from tallyscan.work_figures import NO_BUDGET, NO_TIMES, BudgetUse, Times, WorkFigures, agreement_of, share_of

_Pairs = Mapping[tuple[str, str], int]


def figures(
    session: Session, asked: Asked, by: Collection[By], now: datetime
) -> tuple[WorkFigures, dict[By, dict[str, WorkFigures]]]:
    """In all, and by day (ISO), site or scanner, in order; days without a scan are there too. A load is opened once,
    whatever was put on record of it.
    """
    shifts = budget_uses(session, asked, now)
    with rows_asked(session, asked, by):
        whole = _counted(session, None, {"": [use for each in shifts.values() for use in each]})
        parts = {each: _counted(session, each, _shifts_by(asked, each, shifts)) for each in by}
    return whole.get("", _NOTHING), {each: _in_order(asked, each, parts[each]) for each in by}


def _in_order(asked: Asked, by: By, parts: Mapping[str, WorkFigures]) -> dict[str, WorkFigures]:
    names = [day.isoformat() for day in asked.days] if by == "day" else sorted(parts)
    return {name: parts.get(name, _NOTHING) for name in names}


def _shifts_by(
    asked: Asked, by: By, shifts: Mapping[str, Sequence[ShiftUse]]
) -> Mapping[str, Sequence[ShiftUse]]:
    if by == "site":
        return shifts
    days: dict[str, list[ShiftUse]] = defaultdict(list)
    for use in (each for every in shifts.values() for each in every) if by == "day" else ():
        days[use.time.begins_at.astimezone(asked.zone).date().isoformat()].append(use)
    return days


def _counted(
    session: Session, by: By | None, shifts: Mapping[str, Sequence[ShiftUse]]
) -> dict[str, WorkFigures]:
    counts, times = counts_of(session, by), times_of(session, by)
    opened, readers = opened_of(session, by), pairs_of_readers(session, by)
    machine, blind = pairs_with_machine(session, by)
    return {
        name: _figures(
            counts.get(name),
            [each.get(name, NO_TIMES) for each in times],
            opened.get(name),
            (readers[name], machine[name], blind[name]),
            together(shifts.get(name, ())),
        )
        for name in {*counts, *shifts}
    }


def _figures(
    counts: Any, times: Sequence[Times], opened: Any, pairs: Sequence[_Pairs], budget: BudgetUse
) -> WorkFigures:
    lanes: dict[Lane, int] = {lane: getattr(counts, lane) if counts else 0 for lane in LANES}
    read_after, machine, decided_after, officer = times
    readers, officer_machine, blind = map(agreement_of, pairs)
    return WorkFigures(
        arrivals=counts.arrivals if counts else 0,
        waiting=counts.waiting if counts else 0,
        lanes=lanes,
        not_assessed=share_of(lanes["not_assessed"], sum(lanes.values())),
        read_after=read_after,
        decided_after=decided_after,
        machine=machine,
        officer=officer,
        hits=share_of(opened.found, opened.opened) if opened else share_of(0, 0),
        false_alarms=share_of(opened.alarms - opened.alarms_found, opened.alarms)
        if opened
        else share_of(0, 0),
        missed=share_of(opened.green_found, opened.green) if opened else share_of(0, 0),
        readers=readers,
        officer_machine=officer_machine,
        blind=blind,
        budget=budget,
    )


_NOTHING = _figures(None, [NO_TIMES] * 4, None, ({}, {}, {}), NO_BUDGET)
