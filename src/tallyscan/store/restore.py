"""Puts a backup into an empty place, SQLite or PostgreSQL, and says done when all of it is there and whole."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, inspect, text, update
from sqlalchemy.exc import OperationalError

from tallyscan.errors import Conflict, TallyscanError, Unavailable
from tallyscan.store.backup_form import (
    BLOBS,
    DATABASE,
    FILES,
    KEYS,
    MANIFEST,
    Manifest,
    check_files,
    copy_file,
    read_manifest,
    sync_folder,
)
from tallyscan.store.blobs import Blobs, FolderBlobs
from tallyscan.store.check_store import blob_keys
from tallyscan.store.database import Database, knows_revision, newest_schema, open_database
from tallyscan.store.every_table import EVERY_TABLE
from tallyscan.store.postgresql import postgresql_engine
from tallyscan.store.table_copy import copy_tables
from tallyscan.store.tables import ScanRow


@dataclass(frozen=True)
class Restored:
    """`rows` counts them by table in the restored database, `blobs` those that they name; `missing` are keys of bytes
    that the backup did not have either."""

    manifest: Manifest
    rows: dict[str, int]
    blobs: int
    missing: tuple[str, ...]


def restore_backup(
    backup: Path, data_dir: Path, database: URL, open_blobs: Callable[[Path], Blobs]
) -> Restored:
    """Restore into `data_dir`, which must not be there or be empty, and into `database`, which must be empty too.

    `open_blobs` opens the store of bytes of a data folder. Until all is checked everything lies in a folder beside it,
    and a PostgreSQL is filled in one transaction. Raises `Conflict` for a place that is not empty or a backup of a
    newer version, `TallyscanError` for one that is damaged, `Unavailable` for faults of disk and store.
    """
    manifest = read_manifest(backup)
    if not knows_revision(manifest.revision):
        raise Conflict(
            f"The backup {backup} was made by version {manifest.version}, which is newer than this one.",
            remedy="Restore it with that version.",
        )
    _refuse_what_is_there(data_dir, database)
    check_files(backup, manifest)
    staged = data_dir.with_name(f"{data_dir.name}.restoring")
    try:
        if staged.exists():
            shutil.rmtree(staged)  # of a restore that did not end
        staged.mkdir(parents=True, mode=0o700)
        restored = _restore(backup, manifest, staged, database, data_dir, open_blobs)
        if data_dir.is_dir():
            data_dir.rmdir()
        staged.replace(data_dir)
        sync_folder(data_dir.parent)
    except OSError as error:
        raise Unavailable(f"{data_dir} cannot be restored: {error}.") from error
    return restored


def _restore(
    backup: Path,
    manifest: Manifest,
    staged: Path,
    database: URL,
    data_dir: Path,
    open_blobs: Callable[[Path], Blobs],
) -> Restored:
    copied = staged / "tallyscan.db"
    copy_file(backup / DATABASE, copied)
    with closing(
        open_database(URL.create("sqlite", database=str(copied)))
    ) as opened:  # an older one is migrated
        _release_claims(opened)
        with opened.read() as session:
            keys = blob_keys(session)
        blobs = open_blobs(staged)
        if manifest.blobs.how == "copied":
            missing = _put_blobs(FolderBlobs(backup / BLOBS), blobs, keys, set(manifest.blobs.missing))
        else:
            missing = _check_referenced(blobs, keys, set(manifest.blobs.missing))
        for folder in (FILES, KEYS):
            for path in sorted((backup / folder).rglob("*")):
                if path.is_file():
                    copy_file(path, staged / path.relative_to(backup / folder))
        in_folder = database.get_backend_name() == "sqlite"
        if not in_folder:
            rows = _fill(opened, database)
            if manifest.revision == newest_schema() and rows != manifest.rows:
                raise TallyscanError(f"The backup {backup} has other rows than {MANIFEST} says.")
        opened.make_one_file()
    if in_folder:
        if Path(database.database or "") != data_dir / copied.name:
            raise TallyscanError(
                f"A database in {database.database} cannot be restored with its data folder."
            )
        rows = manifest.rows
    else:
        copied.unlink()
    return Restored(manifest, rows, len(keys), missing)


def _refuse_what_is_there(data_dir: Path, database: URL) -> None:
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise Conflict(
            f"{data_dir} is not empty.", remedy="Restore into a new folder, and move nothing over it."
        )
    if database.get_backend_name() == "postgresql":
        engine = postgresql_engine(database)
        try:
            with engine.connect() as connection:
                there = set(inspect(connection).get_table_names()) & set(EVERY_TABLE.tables)
                full = [
                    name
                    for name in sorted(there)
                    if connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()
                ]
        except OperationalError as error:
            raise Unavailable(f"The database does not answer: {error.orig}.") from error
        finally:
            engine.dispose()
        if full:
            raise Conflict(
                f"The database {database.database} is not empty: {full[0]} has rows.",
                remedy="Restore into a new one.",
            )


def _release_claims(database: Database) -> None:
    """What was being read waits again: nobody reads it here. Jobs of the queue are made anew."""
    with database.write() as session:
        session.execute(update(ScanRow).where(ScanRow.job.is_not(None)).values(job=None))
        session.execute(
            update(ScanRow)
            .where(ScanRow.state == "reading")
            .values(state="received", claim=None, claimed_by=None, claimed_at=None)
        )


def _put_blobs(source: Blobs, target: Blobs, keys: set[str], without: set[str]) -> tuple[str, ...]:
    for key in sorted(keys - without):
        target.put(source.get(key))  # which checks it
    return tuple(sorted(keys & without))


def _check_referenced(blobs: Blobs, keys: set[str], without: set[str]) -> tuple[str, ...]:
    missing = keys - set(blobs.keys())
    if missing - without:
        raise TallyscanError(
            f"{len(missing - without)} of {len(keys)} blobs are not where the backup left them, "
            f"{min(missing - without)} among them.",
            remedy="Set blobs_url to the bucket that they stayed in.",
        )
    return tuple(sorted(missing))


def _fill(source: Database, url: URL) -> dict[str, int]:
    with closing(open_database(url)) as target, source.read() as read, target.write() as written:
        return copy_tables(read.connection(), written.connection())
