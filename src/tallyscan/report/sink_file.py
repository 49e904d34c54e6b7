"""A sink that is a file: one event a line, for a risk system that reads files, and to look things up."""

import json
import os
from pathlib import Path
from threading import Lock
from typing import Any

from tallyscan.errors import Unavailable


class FileSink:
    """Appends each event as one line of JSON and waits until it is on the disk.

    A key that is in the file already is not written again, also after a restart: each line carries its key
    as the extension attribute `idempotencykey`. One process writes the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._keys: set[str] | None = None

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """Write the event unless its key is there. Raises `Unavailable` when the file cannot be written."""
        line = json.dumps({"idempotencykey": idempotency_key} | event, ensure_ascii=False, allow_nan=False)
        with self._lock:
            try:
                if self._keys is None:
                    self._keys = self._keys_written()
                if idempotency_key in self._keys:
                    return
                self._append(line.encode() + b"\n")
            except OSError as error:
                self._keys = None  # part of a line may be there: look again before the next one
                raise Unavailable(f"The event file {self._path.name} cannot be written: {error}.") from error
            self._keys.add(idempotency_key)

    def _append(self, line: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _keys_written(self) -> set[str]:
        """Keys of the whole lines; a last line cut short by a crash is taken off, it will be sent again."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            return set()
        keys: set[str] = set()
        with self._path.open("r+b") as file:
            whole = 0
            for line in file:
                if line.endswith(b"\n"):
                    whole += len(line)
                    keys.add(_key_of(line))
            file.truncate(whole)
        return keys


def _key_of(line: bytes) -> str:
    """Lines that are not ours are kept and have no key."""
    try:
        document = json.loads(line)
    except ValueError:
        return ""
    return str(document.get("idempotencykey", "")) if isinstance(document, dict) else ""
