"""Events that are held back: which, why, what waits behind them, and what a person does about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from tallyscan.errors import Conflict, InputError, NotFound
from tallyscan.store.tables import OPEN, OutboxActionRow, OutboxRow, OutboxState

Action = Literal["replay", "skip"]


@dataclass(frozen=True, kw_only=True)
class HeldEvent:
    """An event for one sink that has not arrived at the first try. `undeliverable`: its receiver refuses it, and only
    a person moves it on; `waiting`: it is tried again, at `next_try_at`. `behind` later events of its subject wait.
    """

    id: int
    sink: str
    subject: str
    state: OutboxState
    reason: str | None
    attempts: int
    behind: int
    event_id: str
    type: str
    created_at: datetime
    next_try_at: datetime | None


@dataclass(frozen=True)
class TakenAction:
    """What a person did about it, and how it stood before."""

    action: Action
    by: str
    reason: str
    at: datetime
    state_before: OutboxState
    attempts_before: int
    error_before: str | None


@dataclass(frozen=True, kw_only=True)
class EventForSink(HeldEvent):
    """One event for one sink, wherever it stands, with what people did about it, oldest first."""

    delivered_at: datetime | None
    actions: tuple[TakenAction, ...]
    event: dict[str, Any]


@dataclass(frozen=True)
class SinkStanding:
    """How many events have not arrived at a sink: `undeliverable` need a person, `failing` are tried again, `behind`
    are held back by either of their subject, `waiting` are simply next."""

    waiting: int
    failing: int
    undeliverable: int
    behind: int


def held_events(
    session: Session, *, sink: str | None = None, after: int = 0, limit: int
) -> tuple[HeldEvent, ...]:
    """Those that hold back their subject, oldest first, after the one of that id."""
    found = _holding().where(OutboxRow.position > after).order_by(OutboxRow.position).limit(limit)
    if sink is not None:
        found = found.where(OutboxRow.sink == sink)
    return tuple(
        HeldEvent(**_fields(row), behind=_behind(session, row)) for row in session.execute(found).scalars()
    )


def event_for_sink(session: Session, position: int) -> EventForSink:
    """Raises `NotFound`."""
    row = _row(session, position)
    actions = select(OutboxActionRow).where(OutboxActionRow.outbox_position == position)
    return EventForSink(
        **_fields(row),
        behind=_behind(session, row),
        delivered_at=row.delivered_at,
        actions=tuple(
            TakenAction(
                each.action,
                each.person,
                each.reason,
                each.at,
                each.state_before,
                each.attempts_before,
                each.error_before,
            )
            for each in session.execute(actions.order_by(OutboxActionRow.sequence)).scalars()
        ),
        event=row.event,
    )


def standing_of_sinks(session: Session) -> dict[str, SinkStanding]:
    """Each sink with events that have not arrived."""
    holding = _holding().subquery()
    held_back = (
        select(OutboxRow.sink, func.count())
        .where(
            OutboxRow.state == "waiting",
            OutboxRow.attempts == 0,
            select(holding.c.position)
            .where(
                holding.c.sink == OutboxRow.sink,
                holding.c.subject == OutboxRow.subject,
                holding.c.position < OutboxRow.position,
            )
            .exists(),
        )
        .group_by(OutboxRow.sink)
    )
    behind = {sink: int(count) for sink, count in session.execute(held_back)}
    tried = (OutboxRow.attempts > 0).label("tried")  # by name: PostgreSQL takes two parameters for two groups
    counts = (
        select(OutboxRow.sink, OutboxRow.state, tried, func.count())
        .where(OutboxRow.state.in_(OPEN))
        .group_by(OutboxRow.sink, OutboxRow.state, tried)
    )
    of: dict[str, dict[str, int]] = {}
    for sink, state, was_tried, count in session.execute(counts):
        kind = "undeliverable" if state == "undeliverable" else "failing" if was_tried else "waiting"
        of.setdefault(sink, {})[kind] = of.get(sink, {}).get(kind, 0) + count
    return {
        sink: SinkStanding(
            waiting=kinds.get("waiting", 0) - behind.get(sink, 0),
            failing=kinds.get("failing", 0),
            undeliverable=kinds.get("undeliverable", 0),
            behind=behind.get(sink, 0),
        )
        for sink, kinds in sorted(of.items())
    }


def act(session: Session, position: int, action: Action, *, by: str, reason: str) -> None:
    """Replay: due at once, as if for the first time; also of one that was skipped. Skip: never delivered, and what was
    held back behind it goes on. Raises `NotFound`, `InputError`, or `Conflict` where there is nothing to do.
    """
    if not by.strip() or not reason.strip():
        raise InputError("The record needs to know who does it, and why.")
    row = _row(session, position)
    held = row.state == "undeliverable" or (row.state == "waiting" and row.attempts > 0)
    if not held and not (row.state == "skipped" and action == "replay"):
        stands = "waits for its turn" if row.state == "waiting" else f"was {row.state} already"
        raise Conflict(f"Event {position} of the outbox holds nothing back: it {stands}.")
    taken = select(func.count()).where(OutboxActionRow.outbox_position == position)
    session.add(
        OutboxActionRow(
            outbox_position=position,
            sequence=session.execute(taken).scalar_one() + 1,
            action=action,
            person=by,
            reason=reason,
            at=datetime.now(UTC),
            state_before=row.state,
            attempts_before=row.attempts,
            error_before=row.last_error,
        )
    )
    if action == "replay":
        row.state, row.attempts, row.not_before, row.last_error = "waiting", 0, None, None
    else:
        row.state, row.not_before = "skipped", None
    session.flush()


def undeliverable(session: Session, sink: str | None = None) -> Sequence[int]:
    """The ids of all that wait for a person, oldest first."""
    found = select(OutboxRow.position).where(OutboxRow.state == "undeliverable").order_by(OutboxRow.position)
    if sink is not None:
        found = found.where(OutboxRow.sink == sink)
    return session.execute(found).scalars().all()


def _holding() -> Select[OutboxRow]:
    """By the index of states: of the many that were delivered none is looked at."""
    held = select(OutboxRow.position).where(
        OutboxRow.state.in_(OPEN), (OutboxRow.state == "undeliverable") | (OutboxRow.attempts > 0)
    )
    return select(OutboxRow).where(OutboxRow.position.in_(held))


def _behind(session: Session, row: OutboxRow) -> int:
    if row.state not in OPEN:
        return 0
    later = aliased(OutboxRow)
    count = select(func.count()).where(
        later.sink == row.sink,
        later.subject == row.subject,
        later.position > row.position,
        later.state.in_(OPEN),
    )
    return session.execute(count).scalar_one()


def _row(session: Session, position: int) -> OutboxRow:
    row = session.get(OutboxRow, position)
    if row is None:
        raise NotFound(f"There is no event {position} in the outbox.", remedy="See GET /v1/outbox.")
    return row


def _fields(row: OutboxRow) -> dict[str, Any]:
    return {
        "id": row.position,
        "sink": row.sink,
        "subject": row.subject,
        "state": row.state,
        "reason": row.last_error,
        "attempts": row.attempts,
        "event_id": row.event_id,
        "type": str(row.event.get("type", "")),
        "created_at": row.created_at,
        "next_try_at": row.not_before if row.state == "waiting" else None,
    }
