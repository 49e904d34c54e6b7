"""Makes a backup while the service runs: all rows as of one moment, and then the bytes that they name.

In this order: bytes are kept before the rows that name them, and never change, so all that the rows name is there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from tallyscan import __version__
from tallyscan.errors import Conflict, NotFound, TallyscanError, Unavailable
from tallyscan.store.backup_form import (
    BLOBS,
    DATABASE,
    FILES,
    KEPT_FILES,
    KEPT_FOLDERS,
    KEPT_KEYS,
    KEYS,
    MANIFEST,
    KeptBlobs,
    Manifest,
    copy_file,
    sha256_of,
    write_manifest,
)
from tallyscan.store.blobs import Blobs, FolderBlobs
from tallyscan.store.check_store import blob_keys
from tallyscan.store.database import Database, newest_schema, open_database, open_snapshot
from tallyscan.store.table_copy import copy_tables


def make_backup(
    database: Database,
    blobs: Blobs,
    data_dir: Path,
    to: Path,
    *,
    copy_blobs: bool,
    since: Path | None = None,
    with_keys: bool = False,
) -> Manifest:
    """Write a backup into `to`, a new or empty folder, and give its manifest.

    Bytes that are in the earlier backup `since` are linked from there, not copied, where the disk can do that; without
    `copy_blobs` none are. Raises `Conflict` where `to` holds something, `Unavailable` for faults of disk and store.
    """
    with _faults_told(to):
        to.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(to.iterdir()):
            raise Conflict(f"{to} is not empty.", remedy="Name a new folder for each backup.")
        to.chmod(0o700)
        with _held_back(data_dir) as hold:
            rows = _write_snapshot(database, to / DATABASE, hold)
            _copy_tree(hold.folder, to / FILES)
        for name in KEPT_FILES:  # events that left after the snapshot leave again under the same id
            if (data_dir / name).is_file():
                copy_file(data_dir / name, to / FILES / name)
        if with_keys:
            for name in KEPT_KEYS:
                if (data_dir / name).is_file():
                    copy_file(data_dir / name, to / KEYS / name)
        kept = _keep_blobs(blobs, to, since, copied=copy_blobs)
        files = {
            str(path.relative_to(to)): sha256_of(path)
            for path in sorted(to.rglob("*"))
            if path.is_file() and (to / BLOBS) not in path.parents and path.name != MANIFEST
        }
        manifest = Manifest(
            version=__version__,
            revision=newest_schema(),
            created_at=datetime.now(UTC).isoformat(),
            blobs=kept,
            rows=rows,
            files=files,
            with_keys=with_keys,
        )
        write_manifest(to, manifest)
    return manifest


class _Hold:
    """Second names for files that wait to be taken in: they stay when the service takes the first ones away."""

    def __init__(self, data_dir: Path, folder: Path) -> None:
        self._data_dir = data_dir
        self.folder = folder

    def take(self) -> None:
        """Those that wait now, beside those that waited before. Raises `OSError`."""
        for name in KEPT_FOLDERS:
            for path in sorted((self._data_dir / name).rglob("*")):
                second = self.folder / path.relative_to(self._data_dir)
                if path.suffix == ".part" or not path.is_file() or second.exists():
                    continue
                second.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):  # taken into the store just now
                    os.link(path, second)


@contextmanager
def _held_back(data_dir: Path) -> Iterator[_Hold]:
    folder = Path(tempfile.mkdtemp(dir=data_dir, prefix=".backup-"))
    try:
        yield _Hold(data_dir, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_snapshot(database: Database, path: Path, hold: _Hold) -> dict[str, int]:
    """What waits is held just before and just after the moment of the snapshot: it is in the one or in the other."""
    target = open_database(URL.create("sqlite", database=str(path)))
    try:
        hold.take()
        with database.read() as source, target.write() as written:
            connection = source.connection()
            connection.exec_driver_sql(
                "SELECT count(*) FROM scans"
            )  # the view begins with the first question
            hold.take()
            rows = copy_tables(connection, written.connection())
        target.make_one_file()
    finally:
        target.close()
    path.chmod(0o600)
    return rows


def _keep_blobs(blobs: Blobs, to: Path, since: Path | None, *, copied: bool) -> KeptBlobs:
    with closing(open_snapshot(to / DATABASE)) as snapshot, snapshot.read() as session:
        keys = blob_keys(session)
    if not copied:
        there = set(blobs.keys())
        return KeptBlobs("referenced", len(keys), 0, 0, tuple(sorted(keys - there)))
    into = FolderBlobs(to / BLOBS)
    earlier = FolderBlobs(since / BLOBS) if since is not None else None
    missing, size, linked = [], 0, 0
    for key in sorted(keys):
        if since is not None and earlier is not None and _link(since, earlier, to, key):
            linked += 1
            continue
        try:
            size += len(data := blobs.get(key))
        except Unavailable:
            raise
        except TallyscanError:  # gone or damaged: all the rest is worth keeping
            missing.append(key)
        else:
            into.put(data)
    return KeptBlobs("copied", len(keys), size, linked, tuple(missing))


def _link(since: Path, earlier: FolderBlobs, to: Path, key: str) -> bool:
    """Whether the bytes are in the earlier backup, whole, and now in this one too."""
    try:
        earlier.get(key)
        (to / BLOBS / key[:2]).mkdir(exist_ok=True)
        os.link(since / BLOBS / key[:2] / key[2:], to / BLOBS / key[:2] / key[2:])
    except (OSError, NotFound, TallyscanError):
        return False
    return True


def _copy_tree(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            copy_file(path, target / path.relative_to(source))


@contextmanager
def _faults_told(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The backup {to} cannot be written: {error}.",
            remedy="It is not finished: delete it, and make another.",
        ) from error
