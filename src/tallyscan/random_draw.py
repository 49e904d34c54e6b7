"""Random shares that anybody with the key can draw again: the same consignment or scan is always drawn, or never."""

import hmac
import json
from functools import lru_cache

_STEPS = 2**64


@lru_cache(maxsize=2**15)  # lists of what waits are drawn again every few seconds
def drawn_number(key: bytes, what: str, of: str) -> float:
    """Uniform in [0, 1), the same whoever asks and however often: what is corrected or sent again is not drawn anew.

    HMAC-SHA256 of `what` (a profile version, the site's own share, blind reading) and the reference of the consignment
    or scan; without the key nobody can tell who is drawn.
    """
    message = json.dumps([what, of]).encode()
    return int.from_bytes(hmac.digest(key, message, "sha256")[:8]) / _STEPS


def is_drawn(key: bytes, what: str, of: str, share: float) -> bool:
    """Whether it is among that share."""
    return drawn_number(key, what, of) < share
