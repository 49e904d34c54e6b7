"""`tallyscan dry-run`: what a risk profile would have done with past consignments."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tallyscan.bootstrap import open_store, profile_book
from tallyscan.errors import InvalidRiskProfile, TallyscanError, wrong_fields
from tallyscan.profile_book import ProfileBook
from tallyscan.risk_profile import RiskProfile, RiskProfileSaid
from tallyscan.select.dry_run import DryRun
from tallyscan.settings import Settings
from tallyscan.store import risk_profiles

_DAYS = 30


@dataclass(frozen=True)
class DryRunOptions:
    """`profile` is the path of a JSON file, or the id of a profile on record; the times are as they were typed."""

    profile: str
    version: int | None
    since: str | None
    until: str | None
    as_json: bool


def dry_run(settings: Settings, options: DryRunOptions, console: Console) -> int:
    """Print it; nothing is kept. Raises `TallyscanError` for a profile or a time that is none."""
    until = _time(options.until) or datetime.now(UTC)
    since = _time(options.since) or until - timedelta(days=_DAYS)
    with open_store(settings) as store:
        book = profile_book(store)
        run = book.try_on(_profile(book, options), since, until)
    if options.as_json:
        print(json.dumps(TypeAdapter(DryRun).dump_python(run, mode="json")))  # noqa: T201
    else:
        _print(console, run)
    return 0


def _profile(book: ProfileBook, options: DryRunOptions) -> RiskProfile:
    path = Path(options.profile)
    if path.suffix == ".json":
        return _in_file(book, path)
    with book.database.read() as session:
        if options.version is not None:
            return risk_profiles.profile(session, options.profile, options.version)
        return risk_profiles.versions(session, options.profile)[-1]


def _in_file(book: ProfileBook, path: Path) -> RiskProfile:
    try:
        said = RiskProfileSaid.model_validate_json(path.read_bytes())
    except OSError as error:
        raise TallyscanError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise InvalidRiskProfile(f"{path} is no risk profile: {wrong_fields(error)}.") from error
    book.check(said)
    on_trial: dict[str, Any] = {"id": "on-trial", "version": 1, "status": "draft", "authors": (said.by,)}
    return RiskProfile(**said.model_dump(), **on_trial, saved_at=datetime.now(UTC))


def _time(typed: str | None) -> datetime | None:
    if typed is None:
        return None
    try:
        time = datetime.fromisoformat(typed)
    except ValueError as error:
        raise TallyscanError(
            f"{typed!r} is no time.", remedy="Write 2026-02-01 or 2026-02-01T10:00Z."
        ) from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _print(console: Console, run: DryRun) -> None:
    undetermined = f"{run.undetermined} cannot be judged" if run.undetermined else "all can be judged"
    console.print(
        f"{run.profile} v{run.version}: {run.hits} of {run.considered} consignments hit, {undetermined}; "
        f"{run.selected} would have been selected ({run.expected:g} on average over all draws), "
        f"{run.selected_already} of what it asks for is selected anyway."
    )
    console.print(
        f"Of those that hit, {run.inspected} were opened and {run.finds} held something; "
        f"{run.finds_missed} finds are among the others. What nobody opened is not known."
    )
    for why, count in run.undetermined_because.items():
        console.print(Text(f"  {count} times: {why}"))
    table = Table("Day", "Consignments", "Selected", box=box.SIMPLE_HEAD)
    for day in run.days:
        table.add_row(day.day.isoformat(), str(day.considered), str(day.selected))
    console.print(table)
