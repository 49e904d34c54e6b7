"""`tallyscan backup`, `restore` and `check-store`: everything in another place, and whether all of it is there."""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from tallyscan.bootstrap import open_archive, open_blobs
from tallyscan.errors import InputError
from tallyscan.settings import Settings
from tallyscan.store.backup import make_backup
from tallyscan.store.backup_form import BLOBS, DATABASE, check_files, read_manifest
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.check_store import Checked, check_store
from tallyscan.store.database import open_snapshot
from tallyscan.store.restore import restore_backup

_SHOWN = 20


@dataclass(frozen=True)
class BackupOptions:
    """`blobs` is None for what the store suggests: copied from a folder, left where they are in S3."""

    to: Path
    blobs: Literal["all", "reference"] | None = None
    since: Path | None = None
    with_keys: bool = False


@dataclass(frozen=True)
class CheckOptions:
    """Of the store, or of a `backup`; `quick`: only whether everything is there."""

    backup: Path | None
    quick: bool
    as_json: bool


def backup(settings: Settings, options: BackupOptions, console: Console) -> int:
    """Write a backup, also while the service runs. 0, or 1 where bytes were missing or damaged in the store."""
    in_s3 = settings.blobs_url is not None
    copied = options.blobs == "all" if options.blobs else not in_s3
    if not copied and not in_s3:
        raise InputError(
            "The bytes lie in the data folder and would be lost with it.",
            remedy="Leave them where they are only when they are in S3 (blobs_url).",
        )
    if options.since is not None:
        read_manifest(options.since)
    with open_archive(settings) as archive:
        made = make_backup(
            archive.database,
            archive.blobs,
            settings.data_dir,
            options.to,
            copy_blobs=copied,
            since=options.since,
            with_keys=options.with_keys,
        )
    rows = sum(made.rows.values())
    console.print(Text(f"{options.to}: {rows} rows, {_blobs_in_words(made.blobs.how, made.blobs.count)}."))
    if options.with_keys:
        console.print(Text(f"{options.to / 'keys'} holds secrets: keep this backup as you keep them."))
    _print_keys("not in the store, or damaged there", made.blobs.missing, console)
    return int(bool(made.blobs.missing))


def restore(settings: Settings, source: Path, console: Console) -> int:
    """Restore into the data folder of the settings, and the database that they name. Exit codes as `backup`."""
    done = restore_backup(
        source,
        settings.data_dir,
        settings.database_address,
        lambda folder: open_blobs(settings.model_copy(update={"data_dir": folder})),
    )
    console.print(
        Text(f"{settings.data_dir}: {sum(done.rows.values())} rows, {done.blobs} blobs, all checked.")
    )
    if not done.manifest.with_keys:
        console.print(
            "The backup holds no keys: put pseudonym.key, selection.key and audit.key back before you start."
        )
    _print_keys("were missing when the backup was made", done.missing, console)
    return int(bool(done.missing))


def check(settings: Settings, options: CheckOptions, console: Console) -> int:
    """Say whether every blob that a row names is there and whole. 0, or 1."""
    found = (
        _check_store(settings, quick=options.quick)
        if options.backup is None
        else _check_backup(settings, options.backup, quick=options.quick)
    )
    if options.as_json:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
    else:
        console.print(
            f"{found.named} blobs are named: {len(found.missing)} missing, {len(found.damaged)} damaged; "
            f"{found.orphans} that no row names."
        )
        _print_keys("missing", found.missing, console)
        _print_keys("damaged", found.damaged, console)
    return int(not found.whole)


def _check_store(settings: Settings, *, quick: bool) -> Checked:
    with open_archive(settings) as archive, archive.database.read() as session:
        return check_store(session, archive.blobs, quick=quick)


def _check_backup(settings: Settings, folder: Path, *, quick: bool) -> Checked:
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    blobs = FolderBlobs(folder / BLOBS) if manifest.blobs.how == "copied" else open_blobs(settings)
    snapshot = open_snapshot(folder / DATABASE)
    with closing(snapshot), snapshot.read() as session:
        return check_store(session, blobs, quick=quick)


def _blobs_in_words(how: str, count: int) -> str:
    return f"{count} blobs" if how == "copied" else f"{count} blobs left in S3"


def _print_keys(what: str, keys: Sequence[str], console: Console) -> None:
    for key in keys[:_SHOWN]:
        console.print(f"{key}: {what}")
    if len(keys) > _SHOWN:
        console.print(f"and {len(keys) - _SHOWN} more")
