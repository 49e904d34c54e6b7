"""Blobs of another machine, kept on this one's disk for a while: those asked for last, up to so many bytes.

What a key names never changes, so a kept copy is never out of date. Tiles of an image are small parts of one blob:
without this each of them is a request to the server.
"""

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import structlog

from tallyscan.store.blobs import Blobs, check_key, is_key

_FREED_TO = 0.9  # of the bytes allowed, so that not every new copy makes room again

_log = structlog.get_logger(__name__)


class CachedBlobs:
    """`blobs`, with copies in `folder`, which several processes may share; no fault of its disk is told to anybody."""

    def __init__(self, blobs: Blobs, folder: Path, max_bytes: int) -> None:
        self._blobs = blobs
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._checked: set[str] = set()
        self._held_bytes = 0
        with _no_fault():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in folder.glob("incoming-*"):
                left.unlink()
            self._held_bytes = sum(size for _, size, _ in self._kept())

    def put(self, data: bytes, *, spooled: Path | None = None) -> str:
        """See `Blobs.put`: what was written is likely to be read here soon."""
        key = self._blobs.put(data, spooled=spooled)
        self._keep(key, data)
        return key

    def get(self, key: str) -> bytes:
        """See `Blobs.get`. A copy is checked as the original is, and made anew where it is damaged."""
        check_key(key)
        data = self._copy(key)
        if data is None:
            data = self._blobs.get(key)
            self._keep(key, data)
        return data

    def part(self, key: str, start: int, count: int) -> bytes:
        """See `Blobs.part`: from a copy that this process has checked as a whole, else from the original."""
        check_key(key)
        if key in self._checked or self._copy(key) is not None:
            with suppress(OSError), self._path(key).open("rb") as file:
                file.seek(start)
                data = file.read(count)
                if len(data) == count:
                    return data
        return self._blobs.part(key, start, count)

    def keys(self) -> Iterator[str]:
        """See `Blobs.keys`."""
        return self._blobs.keys()

    def delete(self, key: str, before: datetime) -> bool:
        """See `Blobs.delete`: with the copy on this machine. Those of others go when room is made there."""
        gone = self._blobs.delete(key, before)
        if gone:
            self._checked.discard(key)
            with suppress(OSError):
                self._path(key).unlink(missing_ok=True)
        return gone

    def _copy(self, key: str) -> bytes | None:
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            self._checked.discard(key)
            return None
        if hashlib.sha256(data).hexdigest() != key:
            self._checked.discard(key)
            with suppress(OSError):
                path.unlink()
            return None
        self._checked.add(key)
        return data

    def _keep(self, key: str, data: bytes) -> None:
        path = self._path(key)
        if len(data) > self._max_bytes * _FREED_TO:
            return
        with _no_fault(), self._lock:
            if not path.exists():
                with tempfile.NamedTemporaryFile(dir=self._folder, prefix="incoming-", delete=False) as file:
                    try:
                        file.write(data)
                        file.close()
                        Path(file.name).replace(path)
                    except OSError:
                        Path(file.name).unlink(missing_ok=True)
                        raise
                self._held_bytes += len(data)
            self._checked.add(key)
            if self._held_bytes > self._max_bytes:
                self._make_room()

    def _make_room(self) -> None:
        """The copies that were not asked for longest go first."""
        kept = sorted(self._kept())
        self._held_bytes = sum(size for _, size, _ in kept)
        for _, size, path in kept:
            if self._held_bytes <= self._max_bytes * _FREED_TO:
                break
            path.unlink(missing_ok=True)
            self._checked.discard(path.name)
            self._held_bytes -= size

    def _kept(self) -> Iterator[tuple[float, int, Path]]:
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if is_key(entry.name):
                    with suppress(FileNotFoundError):  # another process made room
                        status = entry.stat()
                        yield status.st_mtime, status.st_size, Path(entry.path)

    def _path(self, key: str) -> Path:
        return self._folder / key


@contextmanager
def _no_fault() -> Iterator[None]:
    """A disk that is full or fails only makes reading slower."""
    try:
        yield
    except OSError as error:
        _log.warning("copies of blobs cannot be kept", reason=error.strerror or type(error).__name__)
