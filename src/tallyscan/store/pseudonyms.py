"""Names that stand for traders in what is kept of cargo units: the same for the same one.

They say nothing to whoever has that table alone. Whoever has the whole database finds the trader in the declarations.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from tallyscan.errors import TallyscanError
from tallyscan.secret_file import make_once

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
        make_once(path, KEY_BYTES)
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise TallyscanError(
            f"The key of pseudonyms in {path} has {len(key)} bytes, not {KEY_BYTES}.",
            remedy="Bring the file back from a copy. Without one, delete it: the history by trader then begins again.",
        )
    return Pseudonyms(key)
