"""The folder into which objects are fetched, from where the watch of a folder takes them on.

All objects of a scan get their names at once, when the last of them is on the disk for good; until then their names are
hidden. How much may wait here is bounded: the rest waits in the bucket.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.receive_folder import REFUSED, TAKEN
from tallyscan.acquire.s3_groups import Group
from tallyscan.acquire.s3_prefix import S3Object, S3Prefix
from tallyscan.acquire.scan_files import is_declaration
from tallyscan.errors import Unavailable

MOST_FILES = 1000
_MOST_SCANS = 2  # of the largest size
_STUCK_SECONDS = 3600.0  # what has lain here for longer does not hold up the rest


class S3Spool:
    """Fetches groups of objects into `folder`, subfolders kept."""

    def __init__(self, folder: Path, prefix: S3Prefix, limits: Limits, stop: threading.Event) -> None:
        self._folder = folder
        self._prefix = prefix
        self._limits = limits
        self._stop = stop
        self._files = self._bytes = 0  # that wait
        folder.mkdir(parents=True, exist_ok=True)
        for half_fetched in folder.rglob(".*.part"):
            half_fetched.unlink()

    def path_of(self, found: S3Object) -> Path:
        """Where an object will lie."""
        return self._folder / found.name

    def tidy(self) -> None:
        """Counts what still waits, and takes away folders that have become empty. Raises `Unavailable`."""
        self._files = self._bytes = 0
        recent = time.time() - _STUCK_SECONDS
        visited: list[Path] = []
        with _disk_faults_told():
            for folder, folders, names in os.walk(self._folder):
                here = Path(folder)
                if here == self._folder:
                    folders[:] = [name for name in folders if name not in (TAKEN, REFUSED)]
                else:
                    visited.append(here)
                for name in names:
                    with suppress(FileNotFoundError):  # taken meanwhile
                        status = (here / name).lstat()
                        if status.st_mtime > recent:
                            self._files += 1
                            self._bytes += status.st_size
        for empty in reversed(visited):
            with suppress(OSError):  # it is not
                empty.rmdir()

    def has_room_for(self, group: Group) -> bool:
        """Whether it may be fetched now; always when nothing waits."""
        files = self._files + len(group.objects)
        size_bytes = self._bytes + group.size_bytes
        return not self._files or (files <= MOST_FILES and size_bytes <= _MOST_SCANS * self._limits.max_bytes)

    def put(self, group: Group) -> bool:
        """All of it or nothing; whether it lies here now, on the disk for good.

        If not, it is to be tried again: an object has changed since it was listed, or one of the same name still waits.
        Raises `TooLarge`, `InputError` or `Unavailable`.
        """
        self._limits.check_file(group.size_bytes)
        if not all(map(self._is_free, group.paths)):
            return False
        hidden = [path.with_name(f".{path.name}.part") for path in group.paths]
        with _disk_faults_told():
            try:
                fetched = zip(group.objects, hidden, strict=True)
                if not all(self._fetch(found, part) for found, part in fetched):
                    return False
                for part, path in zip(hidden, group.paths, strict=True):
                    part.replace(path)
            finally:
                for part in hidden:
                    part.unlink(missing_ok=True)
            for folder in {above for path in group.paths for above in self._folders_above(path)}:
                _sync_folder(folder)
        self._files += len(group.objects)
        self._bytes += group.size_bytes
        return True

    def _fetch(self, found: S3Object, part: Path) -> bool:
        """Whether all its bytes are on the disk, and as many as were listed."""
        pieces = self._prefix.read(found)
        if pieces is None:
            return False
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                if self._stop.is_set() or file.tell() > found.size_bytes:
                    return False
            file.flush()
            os.fsync(file.fileno())
            return file.tell() == found.size_bytes

    def _is_free(self, path: Path) -> bool:
        """Not while another object of the name waits; a sidecar that waits for its image is replaced by a newer one."""
        folders = all(above.is_dir() or not os.path.lexists(above) for above in self._folders_above(path))
        is_sidecar = path.suffix.lower() == ".json" and not is_declaration(path)
        return folders and (is_sidecar or not os.path.lexists(path))

    def _folders_above(self, path: Path) -> Iterator[Path]:
        """Up to the spool itself."""
        for above in path.parents:
            yield above
            if above == self._folder:
                return


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk_faults_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"What is fetched from S3 cannot be kept: {error}.") from error
