"""Files that hold a random secret, made once by whoever needs it first."""

import os
import secrets
from pathlib import Path


def make_once(path: Path, size_bytes: int) -> None:
    """Random bytes in such a file. Raises `OSError`."""
    keep_once(path, secrets.token_bytes(size_bytes))


def keep_once(path: Path, secret: bytes) -> None:
    """In a file for its owner alone: whole or not at all, and the first of several processes wins.

    Raises `OSError`.
    """
    own = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(own)
    except FileExistsError:
        pass
    finally:
        own.unlink()
