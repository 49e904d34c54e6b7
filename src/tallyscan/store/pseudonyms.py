"""Names that stand for traders in what is kept of cargo units: the same for the same one.

They say nothing to whoever has that table alone. Whoever has the whole database finds the trader in the declarations.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from tallyscan.errors import TallyscanError

KEY_BYTES = 32


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed hashes; without the key, numbers that follow a pattern could be tried one after the other."""

    key: bytes = field(repr=False)

    def of(self, identification: str) -> str:
        """64 hexadecimal digits (HMAC-SHA256)."""
        return hmac.new(self.key, identification.encode(), hashlib.sha256).hexdigest()


def pseudonyms_in(path: Path) -> Pseudonyms:
    """With the key in that file, which is made where there is none. Raises `TallyscanError` where it is too
    short.

    A new key makes every trader a new one: the history by trader begins again.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_key(path)
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise TallyscanError(
            f"The key of pseudonyms in {path} has {len(key)} bytes, not {KEY_BYTES}.",
            remedy="Bring the file back from a copy. Without one, delete it: the history by trader then begins again.",
        )
    return Pseudonyms(key)


def _make_key(path: Path) -> None:
    """Whole or not at all, also where two processes start at once: the first one's key stays."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(new)
    except FileExistsError:
        pass
    finally:
        new.unlink()
