"""`tallyscan dead-letters`: scans that were given up, and that a person lets them be read again."""

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
from tallyscan.store.dead_letters import DeadLetter, all_dead, dead_letters, read_dead_again

_AT_A_TIME = 200
_LINE = TypeAdapter(DeadLetter)


@dataclass(frozen=True)
class DeadLetterOptions:
    """`scans` by their ids, or `every` one; `by` and `reason` for `replay`."""

    action: Literal["list", "replay"]
    scans: tuple[str, ...] = ()
    every: bool = False
    by: str = ""
    reason: str = ""
    as_json: bool = False


def dead_letter_command(settings: Settings, options: DeadLetterOptions, console: Console) -> int:
    """List them, or let them be read again. Raises as the store does; then nothing is done."""
    with open_existing(settings) as database:
        if options.action == "list":
            with database.read() as session:
                _show(session, options, console)
            return 0
        if bool(options.scans) == options.every:
            raise InputError("Name the scans by their ids, or say --all.")
        with database.write() as session:
            chosen = options.scans or all_dead(session)
            for scan in chosen:
                read_dead_again(session, scan, by=options.by, reason=options.reason)
        console.print(f"{len(chosen)} {'scan waits' if len(chosen) == 1 else 'scans wait'} to be read again")
    return 0


def _show(session: Session, options: DeadLetterOptions, console: Console) -> None:
    if options.as_json:
        for letter in _all(session):
            print(json.dumps(_LINE.dump_python(letter, mode="json"), ensure_ascii=False))  # noqa: T201
        return
    table = Table("scan", "name", "consignment", "since", "attempts", "reason")
    for letter in _all(session):
        since = letter.since.isoformat(timespec="seconds")
        cells = (
            letter.scan,
            letter.name,
            letter.consignment or "",
            since,
            letter.attempts,
            letter.reason or "",
        )
        table.add_row(*(escape(str(cell)) for cell in cells))
    console.print(table if table.row_count else "No scan was given up.")


def _all(session: Session) -> Iterator[DeadLetter]:
    after = None
    while page := dead_letters(session, after=after, limit=_AT_A_TIME):
        yield from page
        after = page[-1].scan
