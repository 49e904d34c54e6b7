"""Untouched bytes, under the SHA-256 of their content."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tallyscan.errors import NotFound, TallyscanError, Unavailable


class Blobs(Protocol):
    """A content-addressed store: what was put is never changed."""

    def put(self, data: bytes, *, spooled: Path | None = None) -> str:
        """Keep the bytes for good and give their key, their SHA-256 in hex.

        `spooled` is a file that holds the same bytes and may be taken instead of writing them again. Raises
        `Unavailable` when they cannot be kept now, as on a full disk.
        """
        ...

    def get(self, key: str) -> bytes:
        """The bytes of a key. Raises `NotFound`, `Unavailable` when the store does not answer, or
        `TallyscanError` when the bytes were changed."""
        ...

    def part(self, key: str, start: int, count: int) -> bytes:
        """Some of the bytes of a key, not checked against it. Raises as `get`, and where there are not so many."""
        ...


class FolderBlobs:
    """Blobs as files `<root>/<2 hex>/<62 hex>`; a crash leaves a whole file or none."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with _faults_told("made"):
            root.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes, *, spooled: Path | None = None) -> str:
        """See `Blobs.put`. When this returns, the bytes are on the disk.

        A file that was damaged since is written anew. `spooled` must be on the disk of the root.
        """
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        with _faults_told("written"):
            if _holds(path, data):
                return key
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                _sync_folder(self._root)
            if spooled is None:
                _write(path, data)
            else:
                spooled.chmod(0o600)
                _sync_file(spooled)
                spooled.replace(path)
            _sync_folder(path.parent)
        return key

    def get(self, key: str) -> bytes:
        """See `Blobs.get`."""
        path = self._path(key)
        with _faults_told("read"):
            try:
                data = path.read_bytes()
            except FileNotFoundError as error:
                raise NotFound(f"The bytes {key} are not in the blob store.") from error
        if hashlib.sha256(data).hexdigest() != key:
            raise _changed(key)
        return data

    def part(self, key: str, start: int, count: int) -> bytes:
        """See `Blobs.part`."""
        with _faults_told("read"):
            try:
                with self._path(key).open("rb") as file:
                    file.seek(start)
                    data = file.read(count)
            except FileNotFoundError as error:
                raise NotFound(f"The bytes {key} are not in the blob store.") from error
        if len(data) != count:
            raise _changed(key)
        return data

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise NotFound("A blob key is the SHA-256 of its content in hex.")
        return self._root / key[:2] / key[2:]


def check_folder(root: Path) -> None:
    """Writes a little, reads it back, and takes it away. Raises `Unavailable` where the folder does not keep it."""
    with _faults_told("written"), tempfile.NamedTemporaryFile(dir=root, prefix="check-") as file:
        file.write(b"tallyscan")
        file.flush()
        os.fsync(file.fileno())
        if Path(file.name).read_bytes() != b"tallyscan":
            raise Unavailable("The folder of the bytes does not give back what was written.")


def _changed(key: str) -> TallyscanError:
    return TallyscanError(
        f"The bytes {key} were changed on the disk.",
        remedy="Restore them from a backup, or send the scan again.",
    )


@contextmanager
def _faults_told(done: str) -> Iterator[None]:
    """A fault of the disk is no fault of a scan: it is tried again later."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable(f"The folder of the bytes cannot be {done}: {reason}.") from error


def _holds(path: Path, data: bytes) -> bool:
    """Whether the file is there and holds just these bytes; compared, because disks fail. One that is not
    there or cannot be read any more is to be written."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="incoming-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:  # a full disk must not be made fuller
            Path(file.name).unlink(missing_ok=True)
            raise


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
