"""`tallyscan hold`: what must not be deleted, whatever is due."""

import argparse
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallyscan.bootstrap import open_existing
from tallyscan.errors import InputError
from tallyscan.settings import Settings
from tallyscan.store.holds import Hold, holds, lift_hold, set_hold

_LINE = TypeAdapter(Hold)


@dataclass(frozen=True)
class HoldOptions:
    """Of a `consignment` or a `scan`, or the `hold` to lift; `every`: list also those that are over."""

    action: Literal["set", "lift", "list"]
    consignment: str | None = None
    scan: str | None = None
    hold: str = ""
    until: str | None = None
    by: str = ""
    reason: str = ""
    every: bool = False
    as_json: bool = False


def hold(settings: Settings, options: HoldOptions, console: Console) -> int:
    """Set, lift or list. Raises as the store does; then nothing is done."""
    with open_existing(settings) as database:
        if options.action == "list":
            with database.read() as session:
                found = holds(session, consignment=options.consignment, every=options.every)
            _show(found, options, console)
            return 0
        with database.write() as session:
            if options.action == "lift":
                lift_hold(session, options.hold, by=options.by, reason=options.reason)
                console.print("The hold is lifted.")
                return 0
            made = set_hold(
                session,
                by=options.by,
                reason=options.reason,
                consignment=options.consignment,
                scan=options.scan,
                until=_time(options.until),
            )
        console.print(made.id)
    return 0


def _show(found: tuple[Hold, ...], options: HoldOptions, console: Console) -> None:
    if options.as_json:
        for each in found:
            print(json.dumps(_LINE.dump_python(each, mode="json"), ensure_ascii=False))  # noqa: T201
        return
    table = Table("hold", "of", "set by", "since", "until", "reason")
    for each in found:
        of = each.consignment or f"scan/{each.scan}"
        since = each.set_at.isoformat(timespec="seconds")
        end = each.lifted_at or each.until
        until = end.isoformat(timespec="seconds") if end else "open"
        table.add_row(*map(escape, (each.id, of, each.set_by, since, until, each.reason)))
    console.print(table if table.row_count else "Nothing is under a hold.")


def _time(typed: str | None) -> datetime | None:
    if typed is None:
        return None
    try:
        at = datetime.fromisoformat(typed)
    except ValueError as error:
        raise InputError(f"{typed!r} is no time.", remedy="ISO 8601, as 2027-02-01.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def add_hold(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    sets = actions.add_parser("set", help="of a consignment with its scans, or of a scan")
    of = sets.add_mutually_exclusive_group(required=True)
    of.add_argument("--consignment", metavar="ID", help="of this consignment")
    of.add_argument("--scan", metavar="ID", help="of this scan")
    sets.add_argument("--until", metavar="TIME", help="ISO 8601, UTC without a zone; open where left out")
    lifts = actions.add_parser("lift", help="end one before its time")
    lifts.add_argument("hold", metavar="HOLD_ID")
    for acting in (sets, lifts):
        acting.add_argument("--by", required=True, metavar="NAME", help="who does it")
        acting.add_argument("--reason", required=True, metavar="TEXT", help="why, for the record")
    lists = actions.add_parser("list", help="those that stand")
    lists.add_argument("--consignment", metavar="ID", help="of this consignment and its scans")
    lists.add_argument("--all", action="store_true", dest="every", help="also those that are over")
    lists.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")
    for each in (sets, lifts, lists):
        each.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
