"""`tallyscan retention run`: deletes now what the settings say is kept for long enough, or says what that would be."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from tallyscan.bootstrap import open_blobs, open_existing, retention_of
from tallyscan.errors import InputError
from tallyscan.settings import Settings
from tallyscan.store.retention import Due


def retention(settings: Settings, console: Console, *, dry_run: bool, as_json: bool) -> int:
    """Delete it, also while a service runs. Raises `InputError` where nothing is ever due."""
    if settings.retain_images_days is None and settings.retain_parties_days is None:
        raise InputError(
            "The settings keep everything for good.", remedy="Set retain_images_days, retain_parties_days."
        )
    with open_existing(settings) as database:
        due = retention_of(settings, database, open_blobs(settings))
        done = due.look() if dry_run else due.run()
    if as_json:
        print(json.dumps({"dry_run": dry_run, **asdict(done)}))  # noqa: T201
    else:
        _say(console, done, dry_run=dry_run)
    return 0


def _say(console: Console, done: Due, *, dry_run: bool) -> None:
    verb = "due" if dry_run else "deleted"
    for what, count in sorted(done.counts.items()):
        console.print(f"{what}: {count} {verb}")
    if not done.counts:
        console.print("Nothing is due.")
    console.print(f"{done.bytes_gone} blobs are gone; {done.bytes_waiting} wait for an hour until they go.")


def add_retention(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    runs = actions.add_parser("run", help="until nothing is due")
    runs.add_argument("--dry-run", action="store_true", help="only say what is due")
    runs.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")
    runs.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
