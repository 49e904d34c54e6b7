"""What the work at sites came to over a span of days, counted from its columns: in all, and by day, site or scanner."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from tallyscan.store.budget_use import ShiftUse, budget_uses, together
from tallyscan.store.figure_counts import (
    Opened,
    lanes_of,
    opened_of,
    pairs_of_readers,
    pairs_with_machine,
    times_of,
)
from tallyscan.store.figure_rows import LANES, Codes, Decisions, Openings, Scans, rows_asked
from tallyscan.store.span import Asked, By
from tallyscan.work_figures import (
    NO_BUDGET,
    NO_TIMES,
    BudgetUse,
    Share,
    Times,
    WorkFigures,
    agreement_of,
    share_of,
)


def figures(
    session: Session, asked: Asked, by: Collection[By], now: datetime
) -> tuple[WorkFigures, dict[By, dict[str, WorkFigures]]]:
    """In all, and by day (ISO), site or scanner, in order; days without a scan are there too. A load is opened once,
    whatever was put on record of it.
    """
    shifts = budget_uses(session, asked, now)
    rows = rows_asked(session, asked)
    scans = rows[0]
    of_all = {"": [use for each in shifts.values() for use in each]}
    whole = _counted(rows, np.zeros_like(scans.lane), [""], of_all)[""]
    parts: dict[By, dict[str, WorkFigures]] = {}
    for each in by:
        found = _counted(rows, scans.part[each], scans.names[each], _shifts_by(asked, each, shifts))
        parts[each] = dict(sorted(found.items()))
    return whole, parts


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
    rows: tuple[Scans, Decisions, Openings],
    part: Codes,
    names: Sequence[str],
    shifts: Mapping[str, Sequence[ShiftUse]],
) -> dict[str, WorkFigures]:
    """Of each name; `part` is the place of each scan among them."""
    scans, decisions, openings = rows
    counted = zip(
        names,
        lanes_of(scans, part, len(names)),
        times_of(scans, decisions, part, len(names)),
        opened_of(scans, openings, part, len(names)),
        pairs_of_readers(decisions, part, len(names)),
        pairs_with_machine(scans, decisions, part, len(names), blind=False),
        pairs_with_machine(scans, decisions, part, len(names), blind=True),
        strict=True,
    )
    found = {
        name: _figures(lanes, times, opened, pairs, together(shifts.get(name, ())))
        for name, lanes, times, opened, *pairs in counted
    }
    quiet = {
        name: replace(_NOTHING, budget=together(every)) for name, every in shifts.items() if name not in found
    }
    return found | quiet


def _figures(
    counts: Sequence[int],
    times: Sequence[Times],
    opened: Opened,
    pairs: Sequence[Mapping[tuple[str, str], int]],
    budget: BudgetUse,
) -> WorkFigures:
    *each, waiting = counts
    lanes = dict(zip(LANES, each, strict=True))
    read_after, decided_after, machine, officer = times
    readers, officer_machine, blind = map(agreement_of, pairs)
    alarms, with_find = opened.alarms
    return WorkFigures(
        arrivals=sum(counts),
        waiting=waiting,
        lanes=lanes,
        not_assessed=share_of(lanes["not_assessed"], sum(each)),
        read_after=read_after,
        decided_after=decided_after,
        machine=machine,
        officer=officer,
        hits=_found(opened.every),
        false_alarms=share_of(alarms - with_find, alarms),
        missed=_found(opened.green),
        readers=readers,
        officer_machine=officer_machine,
        blind=blind,
        budget=budget,
    )


def _found(opened: tuple[int, int]) -> Share:
    every, with_find = opened
    return share_of(with_find, every)


_NOTHING = _figures(
    [0] * (len(LANES) + 1), [NO_TIMES] * 4, Opened((0, 0), (0, 0), (0, 0)), ({}, {}, {}), NO_BUDGET
)
