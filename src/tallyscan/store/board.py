"""A site as it stands now: what waits and for how long, what came of the day, and what of the budget is left."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, case, exists, select, union
from sqlalchemy.orm import Session

from tallyscan.risk import Lane
from tallyscan.store.alert_budgets import shift_plan, worklist
from tallyscan.store.board_counts import Counts, counts_since
from tallyscan.store.budget_use import ShiftUse, shift_uses
from tallyscan.store.join_candidates import seen_of
from tallyscan.store.scan_scores import site_key, site_of
from tallyscan.store.selection_tables import SelectionSiteRow
from tallyscan.store.standing import STANDS
from tallyscan.store.tables import (
    WAITING,
    WHOLES,
    AlertBudgetRow,
    DecisionRow,
    ScanRow,
    ScanScoreRow,
)
from tallyscan.triage.worklist import Place

LOOK_BACK = timedelta(hours=24)
"""What came before is no work of today; without a budget what is counted begins there too."""

_PRESSING = case(
    (ScanScoreRow.urgent, 0),
    (ScanScoreRow.lane == "not_assessed", 1),
    (ScanScoreRow.lane == "red", 2),
    (ScanScoreRow.lane == "yellow", 3),
    else_=4,
)
_HIDDEN = 2
"""Of what is read blind every place would tell the lane: all of it stands with the red, but for what is urgent."""


@dataclass(frozen=True)
class WaitingLine:
    """A scan that waits `to_be_read` by the machine or `to_be_decided` by an officer, since it arrived. `place` says
    whether the shift looks at it, None where the site has no budget or it is not read yet. `hidden`: it was read, and
    what it was read to be is withheld from who asks, its place in the list too.
    """

    scan: str
    name: str
    marks: tuple[str, ...]
    consignment: str | None
    waits: Literal["to_be_read", "to_be_decided"]
    since: datetime
    lane: Lane | None
    risk_score: float | None
    place: Place | None
    hidden: bool = False


@dataclass(frozen=True)
class ShiftState:
    """A shift of today: what its budget is, and what of it is used. `now`: it is the one that runs."""

    name: str
    begins_at: datetime
    ends_at: datetime
    budget: int
    used: int
    now: bool


@dataclass(frozen=True)
class BoardState:
    """`to_be_read` and `to_be_decided` count all that waits, `waiting` are the most pressing of them; `selected` is how
    many scans of the shift are to be looked at by its budget, None where there is none.
    """

    site: str
    at: datetime
    since: datetime
    to_be_read: int
    to_be_decided: int
    waiting: tuple[WaitingLine, ...]
    counts: Counts
    of: Literal["inspections", "second_readings"] | None
    shifts: tuple[ShiftState, ...]
    selected: int | None


def sites(session: Session) -> tuple[str, ...]:
    """Every site of which something is known, as it is compared."""
    known = union(
        select(ScanScoreRow.site),
        select(AlertBudgetRow.site),
        select(SelectionSiteRow.site).where(SelectionSiteRow.site != ""),
    )
    return tuple(sorted(session.execute(known).scalars()))


def board(
    session: Session,
    site: str,
    now: datetime,
    limit: int,
    hides: Callable[[Sequence[str]], AbstractSet[str]] = lambda _: frozenset(),
) -> BoardState:
    """Of a site in any spelling; of one that nobody knows nothing waits. `hides` says of which scans the reading is
    hidden from who asks.
    """
    key = site_key(site)
    uses = shift_uses(session, now - LOOK_BACK, now, site=key).get(key, [])
    running = next((use for use in uses if use.time.begins_at <= now < use.time.ends_at), None)
    since = running.time.begins_at if running else now - LOOK_BACK
    placed: dict[str, Place] = {}
    selected = None
    if running is not None:
        places = worklist(session, shift_plan(session, key, now))
        placed = {each.scan: each.place for each in places}
        selected = sum(each.place.selected and each.place.by != "not_assessed" for each in places)
    unread = _to_be_read(session, key, now)
    undecided = _to_be_decided(key, now)
    waiting = session.execute(
        undecided.with_only_columns(ScanRow.id, _PRESSING, ScanScoreRow.at).order_by(
            _PRESSING, ScanScoreRow.at
        )
    ).all()
    hidden = hides([scan_id for scan_id, _, _ in waiting])
    pressing = sorted(waiting, key=lambda row: (_HIDDEN if row[0] in hidden and row[1] else row[1], row[2]))
    shown = [scan_id for scan_id, _, _ in pressing[:limit]]
    rows = {row.id: (row, score) for row, score in session.execute(undecided.where(ScanRow.id.in_(shown)))}
    lines = [_decide_line(*rows[scan_id], placed, hidden=scan_id in hidden) for scan_id in shown]
    return BoardState(
        site=key,
        at=now,
        since=since,
        to_be_read=len(unread),
        to_be_decided=len(waiting),
        waiting=(*(_read_line(row) for row in unread[:limit]), *lines)[:limit],
        counts=counts_since(session, key, since, len([row for row in unread if row.received_at >= since])),
        of=running.of if running else None,
        shifts=tuple(_shift(use, now) for use in uses if _is_today(use, uses)),
        selected=selected,
    )


def _is_today(use: ShiftUse, uses: Sequence[ShiftUse]) -> bool:
    """Each shift of the day once: of those of a name the newest."""
    return use is [each for each in uses if each.time.shift.name == use.time.shift.name][-1]


def _shift(use: ShiftUse, now: datetime) -> ShiftState:
    time = use.time
    runs = time.begins_at <= now < time.ends_at
    return ShiftState(time.shift.name, time.begins_at, time.ends_at, time.shift.budget, use.used, runs)


def _to_be_read(session: Session, site: str, now: datetime) -> list[ScanRow]:
    """Oldest first."""
    rows = select(ScanRow).where(ScanRow.state.in_(WAITING), ScanRow.received_at >= now - LOOK_BACK)
    waiting = session.execute(rows.order_by(ScanRow.received_at)).scalars()
    return [row for row in waiting if site_of(row) == site]


def _to_be_decided(site: str, now: datetime) -> Select[ScanRow, ScanScoreRow]:
    return (
        select(ScanRow, ScanScoreRow)
        .join(ScanScoreRow, ScanScoreRow.scan_id == ScanRow.id)
        .where(
            ScanScoreRow.site == site,
            ScanScoreRow.at >= now - LOOK_BACK,
            ScanRow.state.not_in(WAITING),
            ScanRow.id.not_in(WHOLES),
            ~_is_decided(),
        )
    )


def _is_decided() -> ColumnElement[bool]:
    return exists().where(DecisionRow.scan_id == ScanRow.id, *STANDS)


def _read_line(row: ScanRow) -> WaitingLine:
    return WaitingLine(
        row.id, row.name, _marks(row), row.consignment_id, "to_be_read", row.received_at, None, None, None
    )


def _decide_line(row: ScanRow, score: ScanScoreRow, placed: dict[str, Place], *, hidden: bool) -> WaitingLine:
    return WaitingLine(
        scan=row.id,
        name=row.name,
        marks=_marks(row),
        consignment=row.consignment_id,
        waits="to_be_decided",
        since=row.received_at,
        lane=None if hidden else score.lane,
        risk_score=None if hidden else score.score,
        place=None if hidden else placed.get(row.id),
        hidden=hidden,
    )


def _marks(row: ScanRow) -> tuple[str, ...]:
    return tuple(mark for unit in seen_of(row).units if (mark := unit.legible))
