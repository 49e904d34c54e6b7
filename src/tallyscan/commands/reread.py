"""`tallyscan reread`: an archive is read again with another model, beside what is on record."""

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
from tallyscan.declaration import normal_mark
from tallyscan.detect.model_shelf import shelf
from tallyscan.errors import InputError, NotFound
from tallyscan.finding import ModelIdentity
from tallyscan.settings import Settings
from tallyscan.store.reread_comparison import Comparison, comparison
from tallyscan.store.reread_tables import RereadState
from tallyscan.store.rereads import Reread, RereadSaid, begin_reread, change_reread, reread, rereads

Action = Literal["start", "list", "show", "stop", "resume"]


@dataclass(frozen=True)
class RereadOptions:
    """`run` is the id of one for `show`, `stop` and `resume`; the rest but `by` is for `start`."""

    action: Action
    run: str | None = None
    since: str | None = None
    until: str | None = None
    model: str | None = None
    site: str | None = None
    by: str = ""
    reason: str = ""
    as_json: bool = False


def add_reread(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    actions = ("start", "list", "show", "stop", "resume")
    parser.add_argument("action", nargs="?", choices=actions, default="start", help="start, if left out")
    parser.add_argument("run", nargs="?", metavar="RUN", help="for show, stop and resume")
    parser.add_argument("--since", metavar="TIME", help="scans that arrived from then on: ISO 8601, UTC")
    parser.add_argument("--until", metavar="TIME", help="and before; now")
    parser.add_argument("--model", metavar="NAME/VERSION", help="its folder in the models folder")
    parser.add_argument("--site", metavar="CODE", help="of this site alone")
    parser.add_argument("--by", metavar="NAME", default="", help="who does it, for the record")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why, for the record")
    parser.add_argument("--json", action="store_true", dest="as_json", help="as JSON")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")


def reread_command(settings: Settings, options: RereadOptions, console: Console) -> int:
    """Begin a run, or say of runs how they stand. Raises as the store does; then nothing is done."""
    with open_existing(settings) as database:
        if options.action == "start":
            said = _said(settings, options)
            with database.write() as session:
                begun = begin_reread(session, said)
            with database.read() as session:
                total = reread(session, begun).total
            console.print(f"{begun}: {total} scans wait; they are read while nothing else waits")
            return 0
        if options.action == "list":
            with database.read() as session:
                _list(rereads(session), options, console)
            return 0
        named = _named(options)
        if options.action == "show":
            with database.read() as session:
                _show(reread(session, named), comparison(session, named), options, console)
            return 0
        with database.write() as session:
            to: RereadState = "stopped" if options.action == "stop" else "running"
            change_reread(session, named, to, by=_by(options), said=options.reason or None)
        console.print(f"{named}: {to}")
    return 0


def _said(settings: Settings, options: RereadOptions) -> RereadSaid:
    if options.since is None or options.model is None:
        raise InputError("A run needs --since and --model.", remedy="tallyscan reread --help")
    return RereadSaid(
        model=_model(settings, options.model),
        since=_time(options.since, "--since"),
        until=_time(options.until, "--until") if options.until is not None else datetime.now(UTC),
        site=normal_mark(options.site)[:80] if options.site else None,
        by=_by(options),
        why=options.reason,
    )


def _model(settings: Settings, named: str) -> ModelIdentity:
    shelved, _ = shelf(settings.models_dir)
    for each in shelved:
        if each.folder == named:
            return ModelIdentity(each.card.name, each.card.version, each.card.sha256)
    known = ", ".join(each.folder for each in shelved) or "none"
    raise NotFound(f"There is no model {named!r} in {settings.models_dir}.", remedy=f"There are: {known}.")


def _time(text: str, option: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option} {text!r} is no time.", remedy="As 2026-01-31 or in ISO 8601.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _named(options: RereadOptions) -> str:
    if options.run is None:
        raise InputError(f"Which run is to {options.action}?", remedy="tallyscan reread list names them.")
    return options.run


def _by(options: RereadOptions) -> str:
    if not options.by.strip():
        raise InputError("The record needs to know who does it.", remedy="Give --by NAME.")
    return options.by


def _list(runs: tuple[Reread, ...], options: RereadOptions, console: Console) -> None:
    if options.as_json:
        adapter = TypeAdapter(Reread)
        for run in runs:
            print(json.dumps(adapter.dump_python(run, mode="json"), ensure_ascii=False))  # noqa: T201
        return
    table = Table("run", "model", "from", "to", "site", "state", "read", "failed", "of", "minutes left")
    for run in runs:
        left = "" if run.seconds_left is None or run.state == "done" else f"{run.seconds_left / 60:.0f}"
        cells = (
            run.id,
            f"{run.model.name}/{run.model.version}",
            f"{run.since:%Y-%m-%d %H:%M}",
            f"{run.until:%Y-%m-%d %H:%M}",
            run.site or "",
            run.state,
            run.read,
            run.failed,
            run.total,
            left,
        )
        table.add_row(*(escape(str(cell)) for cell in cells))
    console.print(table if table.row_count else "No archive was read again.")


def _show(run: Reread, found: Comparison, options: RereadOptions, console: Console) -> None:
    if options.as_json:
        said = {
            "run": TypeAdapter(Reread).dump_python(run, mode="json"),
            "comparison": TypeAdapter(Comparison).dump_python(found, mode="json"),
        }
        print(json.dumps(said, ensure_ascii=False))  # noqa: T201
        return
    _list((run,), options, console)
    if run.said:
        console.print(escape(run.said))
    for title, rows in (("lane", found.lanes), ("status", found.statuses)):
        table = Table(f"{title} before", f"{title} now", "scans")
        for row in rows:
            table.add_row(row.before, row.after, str(row.scans))
        console.print(table)
    for title, known in (("found", found.found), ("nothing found", found.nothing_found)):
        console.print(
            f"Opened, {title}: {known.scans} scans; not green {known.not_green_before} before, "
            f"{known.not_green_now} now"
        )
    for title, scans in (("In a higher lane", found.raised), ("In a lower lane", found.lowered)):
        if scans:
            console.print(f"{title}: {', '.join(scans)}")
