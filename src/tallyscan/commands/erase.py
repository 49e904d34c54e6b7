"""`tallyscan erase`: takes a party or a person out of what is on record, and says what remains."""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from tallyscan.bootstrap import open_existing
from tallyscan.settings import Settings
from tallyscan.store.erasure import Erased, erase_party, erase_person

EXIT_REMAINS = 1
_SHOWN = 20


@dataclass(frozen=True)
class EraseOptions:
    """One of the two, by name."""

    party: str | None
    person: str | None
    reason: str
    as_json: bool


def erase(settings: Settings, options: EraseOptions, console: Console) -> int:
    """0, or 1 where something remains under a hold or waits to be told. Raises as the store does."""
    with open_existing(settings) as database:
        done = (
            erase_party(database, options.party, reason=options.reason)
            if options.party is not None
            else erase_person(database, options.person or "", reason=options.reason)
        )
    if options.as_json:
        print(json.dumps({"whole": done.whole, **asdict(done)}, ensure_ascii=False))  # noqa: T201
    else:
        _say(done, console)
    return 0 if done.whole else EXIT_REMAINS


def _say(done: Erased, console: Console) -> None:
    def say(text: str) -> None:
        console.print(text, soft_wrap=True, markup=False, highlight=False)

    for table, count in sorted(done.rows.items()):
        say(f"{table}: {count} erased")
    say(f"audit: {done.audit_names} names erased")
    for table, names in sorted(done.held.items()):
        say(f"{table}: {len(names)} remain, for they are under a hold: {', '.join(names[:_SHOWN])}")
    if done.waiting:
        say(f"outbox: {len(done.waiting)} events remain, for they are not told yet: run it again then.")
    if not done.whole:
        say("The audit keeps the name until nothing else has it.")
    if done.free_text:
        say(f"{len(done.free_text)} rows have these words in their texts. Somebody must look:")
        for each in done.free_text[:_SHOWN]:
            say(f"  {each.table} {each.id}")


def add_erase(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--party", metavar="NAME", help="a name or identification number in declarations")
    whom.add_argument("--person", metavar="ACCOUNT", help="who did something, as it stands on record")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the record")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
