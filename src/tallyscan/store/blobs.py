"""Untouched bytes, under the SHA-256 of their content."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tallyscan.errors import NotFound, StoreAway, TallyscanError


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

    def keys(self) -> Iterator[str]:
        """Every key that is there, in any order. Raises `Unavailable`, also on the way."""
        ...

    def delete(self, key: str, before: datetime) -> bool:
        """Delete the bytes, unless they were put at that time or later, also for a second time: whoever put them is
        about to name them. Whether they are gone now. Raises `Unavailable`."""
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
            if _renewed(path) and _holds(path, data):
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
                raise not_there(key) from error
        if hashlib.sha256(data).hexdigest() != key:
            raise changed(key)
        return data

    def part(self, key: str, start: int, count: int) -> bytes:
        """See `Blobs.part`."""
        with _faults_told("read"):
            try:
                with self._path(key).open("rb") as file:
                    file.seek(start)
                    data = file.read(count)
            except FileNotFoundError as error:
                raise not_there(key) from error
        if len(data) != count:
            raise changed(key)
        return data

    def keys(self) -> Iterator[str]:
        """See `Blobs.keys`."""
        with _faults_told("read"):
            for folder in self._root.iterdir():
                if len(folder.name) == 2 and folder.is_dir():
                    for file in folder.iterdir():
                        if is_key(folder.name + file.name):
                            yield folder.name + file.name

    def delete(self, key: str, before: datetime) -> bool:
        """See `Blobs.delete`. It is moved aside first: who puts the bytes after that writes them anew."""
        path = self._path(key)
        aside = path.with_name(f"incoming-deleted-{path.name}")
        with _faults_told("written"):
            try:
                if _put_at(path) >= before:
                    return False
                path.rename(aside)
            except FileNotFoundError:
                aside.unlink(missing_ok=True)  # left by whoever died here
                return True
            if _put_at(aside) >= before:
                aside.rename(path)
                return False
            aside.unlink()
            _sync_folder(path.parent)
        return True

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._root / key[:2] / key[2:]


def check_folder(root: Path) -> None:
    """Writes a little, reads it back, and takes it away. Raises `Unavailable` where the folder does not keep it."""
    with _faults_told("written"), tempfile.NamedTemporaryFile(dir=root, prefix="check-") as file:
        file.write(b"tallyscan")
        file.flush()
        os.fsync(file.fileno())
        if Path(file.name).read_bytes() != b"tallyscan":
            raise StoreAway("The folder of the bytes does not give back what was written.")


def is_key(key: str) -> bool:
    """Whether it is a SHA-256 in hex, as we write it."""
    return len(key) == 64 and set(key) <= set("0123456789abcdef")


def check_key(key: str) -> None:
    """Raises `NotFound` for what cannot be a key."""
    if not is_key(key):
        raise NotFound("A blob key is the SHA-256 of its content in hex.")


def not_there(key: str) -> NotFound:
    """What to raise of a key that is not in the store."""
    return NotFound(f"The bytes {key} are not in the blob store.")


def changed(key: str, where: str = "on the disk") -> TallyscanError:
    """What to raise of bytes that are not those of their key."""
    return TallyscanError(
        f"The bytes {key} were changed {where}.",
        remedy="Restore them from a backup, or send the scan again.",
    )


@contextmanager
def _faults_told(done: str) -> Iterator[None]:
    """A fault of the disk is no fault of a scan: it is tried again later."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreAway(f"The folder of the bytes cannot be {done}: {reason}.") from error


def _put_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _renewed(path: Path) -> bool:
    """Whether it is there; then it counts as put now."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True


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
