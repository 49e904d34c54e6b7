"""What the shifts of a time did of what their alert budgets said that they can do."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, aliased

from tallyscan.alert_budget import AlertBudget, LookedAt, ShiftTime
from tallyscan.store.controls import openings
from tallyscan.store.scan_scores import UNNAMED
from tallyscan.store.span import Asked
from tallyscan.store.tables import AlertBudgetRow, DecisionRow, ScanScoreRow
from tallyscan.work_figures import BudgetUse, share_of


@dataclass(frozen=True)
class ShiftUse:
    """A shift on its day, and how many it looked at so far."""

    of: LookedAt
    time: ShiftTime
    used: int


def budget_uses(session: Session, asked: Asked, now: datetime) -> dict[str, list[ShiftUse]]:
    """By site the shifts that began in the days asked for and have ended. Of one scanner alone there is no budget."""
    if asked.scanner is not None:
        return {}
    begins_at, ends_at = asked.span
    uses = shift_uses(session, begins_at, min(ends_at, now), site=asked.site)
    return {
        site: [use for use in shifts if use.time.ends_at <= now]
        for site, shifts in uses.items()
        if asked.own is None or site in (UNNAMED, *asked.own)
    }


def shift_uses(
    session: Session, begins_at: datetime, ends_at: datetime, *, site: str | None = None
) -> dict[str, list[ShiftUse]]:
    """By site every shift that began in that time, by the budget that counted then, the earliest first."""
    rows = select(AlertBudgetRow.site, AlertBudgetRow.document).order_by(AlertBudgetRow.version)
    if site is not None:
        rows = rows.where(AlertBudgetRow.site == site)
    budgets: dict[str, list[AlertBudget]] = defaultdict(list)
    for name, document in session.execute(rows):
        budgets[name].append(AlertBudget.model_validate(document))
    shifts = {name: list(_shifts(each, begins_at, ends_at)) for name, each in budgets.items()}
    known = [each for every in shifts.values() for each in every]
    if not known:
        return {}
    last = max(time.ends_at for _, time in known)
    looks = {of: _LOOKS[of](session, begins_at, last, site) for of in {budget.of for budget, _ in known}}
    return {
        name: [
            ShiftUse(budget.of, time, _between(looks[budget.of].get(name, []), time))
            for budget, time in every
        ]
        for name, every in shifts.items()
    }


def together(shifts: Sequence[ShiftUse]) -> BudgetUse:
    """What they come to."""
    kept = sum(use.used <= use.time.shift.budget for use in shifts)
    kinds = {use.of for use in shifts}
    return BudgetUse(
        of=kinds.pop() if len(kinds) == 1 else None,
        kept=share_of(kept, len(shifts)),
        budget=sum(use.time.shift.budget for use in shifts),
        used=sum(use.used for use in shifts),
    )


def _shifts(
    budgets: Sequence[AlertBudget], begins_at: datetime, ends_at: datetime
) -> Iterator[tuple[AlertBudget, ShiftTime]]:
    if not budgets:
        return
    at = max(begins_at, budgets[0].set_at)
    while at < ends_at:
        budget, shift = _counting(budgets, at)
        if shift.begins_at >= begins_at:
            yield budget, shift
        at = shift.ends_at


def _counting(budgets: Sequence[AlertBudget], at: datetime) -> tuple[AlertBudget, ShiftTime]:
    """The shift of that moment, and its budget: the newest that was set before the shift ended."""
    set_before = next(each for each in reversed(budgets) if each.set_at <= at)
    shift = set_before.shift_at(at)
    for newer in reversed(budgets):
        if newer is set_before:
            break
        changed = newer.shift_at(at)
        if newer.set_at < min(shift.ends_at, changed.ends_at):
            return newer, changed
    return set_before, shift


def _second_readings(
    session: Session, begins_at: datetime, ends_at: datetime, site: str | None
) -> dict[str, list[datetime]]:
    """By site when scans were read by a second reader, each once, in order."""
    undo = aliased(DecisionRow)
    taken_back = select(undo.replaces).where(undo.answer == "undone")
    first = func.min(DecisionRow.received_at).label("at")
    rows = (
        select(ScanScoreRow.site, first)
        .join(ScanScoreRow, ScanScoreRow.scan_id == DecisionRow.scan_id)
        .where(DecisionRow.reader == "second", DecisionRow.id.not_in(taken_back))
        .group_by(ScanScoreRow.site, DecisionRow.scan_id)
    )
    return _by_site(session, rows, first, begins_at, ends_at, site)


def _openings(
    session: Session, begins_at: datetime, ends_at: datetime, site: str | None
) -> dict[str, list[datetime]]:
    """By site when loads that were scanned there were opened, each once, in order."""
    opened = openings(lambda _, __: true()).subquery()
    first = func.min(opened.c.at).label("at")
    rows = (
        select(ScanScoreRow.site, first)
        .join(ScanScoreRow, ScanScoreRow.scan_id == opened.c.scan)
        .group_by(ScanScoreRow.site, func.coalesce(opened.c.consignment, opened.c.scan))
    )
    return _by_site(session, rows, first, begins_at, ends_at, site)


_LOOKS = {"inspections": _openings, "second_readings": _second_readings}


def _by_site(
    session: Session,
    rows: Select[str, Any],
    first: ColumnElement[Any],
    begins_at: datetime,
    ends_at: datetime,
    site: str | None,
) -> dict[str, list[datetime]]:
    within = rows.having(first >= begins_at, first < ends_at).order_by(first)
    if site is not None:
        within = within.where(ScanScoreRow.site == site)
    looks: dict[str, list[datetime]] = defaultdict(list)
    for name, at in session.execute(within):
        looks[name].append(at)
    return looks


def _between(looks: Sequence[datetime], time: ShiftTime) -> int:
    return bisect_left(looks, time.ends_at) - bisect_left(looks, time.begins_at)
