"""`tallyscan outbox`: events that are held back, and what a person does about them; also while the service runs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from tallyscan.bootstrap import open_existing
from tallyscan.errors import InputError
from tallyscan.settings import Settings
from tallyscan.store.held_events import HeldEvent, act, held_events, standing_of_sinks, undeliverable

_AT_A_TIME = 200
_LINE = TypeAdapter(HeldEvent)


@dataclass(frozen=True)
class OutboxOptions:
    """`ids` of events, or `every` one that waits for a person; `by` and `reason` for `replay` and `skip`."""

    action: Literal["list", "replay", "skip"]
    ids: tuple[int, ...] = ()
    every: bool = False
    sink: str | None = None
    by: str = ""
    reason: str = ""
    as_json: bool = False


def outbox(settings: Settings, options: OutboxOptions, console: Console) -> int:
    """List, or act on, what is held back. Raises `NotFound` and `Conflict` as the store does; then nothing is done."""
    with open_existing(settings) as database:
        if options.action == "list":
            with database.read() as session:
                _show(session, options, console)
            return 0
        if bool(options.ids) == options.every:
            raise InputError("Name the events by their ids, or say --all.")
        with database.write() as session:
            chosen = options.ids or tuple(undeliverable(session, options.sink))
            for position in chosen:
                act(session, position, options.action, by=options.by, reason=options.reason)
        console.print(f"{len(chosen)} {'event' if len(chosen) == 1 else 'events'}: {options.action}")
    return 0


def _show(session: Session, options: OutboxOptions, console: Console) -> None:
    if options.as_json:
        for held in _all_held(session, options.sink):
            print(json.dumps(_LINE.dump_python(held, mode="json"), ensure_ascii=False))  # noqa: T201
        return
    table = Table("id", "sink", "subject", "state", "attempts", "behind", "event", "reason")
    for held in _all_held(session, options.sink):
        cells = (
            held.id,
            held.sink,
            held.subject,
            held.state,
            held.attempts,
            held.behind,
            held.type,
            held.reason,
        )
        table.add_row(*(escape(str(cell)) for cell in cells))
    if table.row_count:
        console.print(table)
    for sink, stands in standing_of_sinks(session).items():
        console.print(
            f"{sink}: {stands.undeliverable} for a person, {stands.failing} tried again, {stands.behind} behind them, "
            f"{stands.waiting} next",
            soft_wrap=True,
        )
    if not table.row_count:
        console.print("Nothing is held back.")


def _all_held(session: Session, sink: str | None) -> Iterator[HeldEvent]:
    after = 0
    while page := held_events(session, sink=sink, after=after, limit=_AT_A_TIME):
        yield from page
        after = page[-1].id
