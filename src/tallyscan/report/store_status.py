"""What a receiver says of an object that was sent to it, over C-STORE and STOW-RS alike (PS3.4 B.2.3, PS3.18)."""

SUCCESS = 0x0000
DUPLICATE = 0x0111  # it is there already: sent before, and the answer did not come
_WARNINGS = range(0xB000, 0xC000)  # stored, with a remark


def is_stored(status: int) -> bool:
    """Whether the object is safe there."""
    return status in (SUCCESS, DUPLICATE) or status in _WARNINGS
