"""The key of all random draws: without it nobody can tell who is drawn, with it anybody can draw again."""

import os
import secrets
from pathlib import Path

from tallyscan.errors import Unavailable
from tallyscan.settings import Settings

_NAME = "selection.key"
_BYTES = 32


def selection_key(settings: Settings) -> bytes:
    """That of the settings; without one, the file `selection.key` in the data folder, made once, for its owner alone.

    Raises `Unavailable` where it cannot be read or made.
    """
    if settings.selection_key is not None:
        return settings.selection_key.get_secret_value().encode()
    path = settings.data_dir / _NAME
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The key of the random draws, {path}, cannot be read or made: {error.strerror}.",
            remedy="Give the service its data folder, or set selection_key.",
        ) from error
    if len(key) != _BYTES:
        raise Unavailable(
            f"The key of the random draws, {path}, is not whole.",
            remedy="Put it back from a backup; without one, delete it, and everything is drawn anew.",
        )
    return key


def _make(path: Path) -> None:
    """Whole or not at all, and the first of several processes wins."""
    own = path.with_name(f"{_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
