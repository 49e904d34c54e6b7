"""How a mark that was read can come from a declared one with one slip of the camera."""

from typing import Literal

from tallyscan.join.marks import UNREAD, fold

Slip = Literal["unread_sign", "look_alike", "swapped", "other_sign"]


def slip_between(read: str, declared: str) -> Slip | None:
    """The one slip that makes `read` (a pattern) of `declared`; None when they are the same, or too far apart.

    `unread_sign`: one stretch that was not read stands for one or two signs, and the rest is the same. `look_alike`:
    one sign was taken for one that looks like it. `swapped`: two neighbours are exchanged. `other_sign`: one sign is
    another, missing, or too many.
    """
    if read == declared:
        return None
    if UNREAD in read:
        return "unread_sign" if _fits(read, declared) else None
    if abs(len(read) - len(declared)) == 1:
        longer, shorter = sorted((read, declared), key=len, reverse=True)
        return "other_sign" if _is_one_less(shorter, longer) else None
    if len(read) != len(declared):
        return None
    places = [place for place, (a, b) in enumerate(zip(read, declared, strict=True)) if a != b]
    if len(places) == 1:
        (place,) = places
        return "look_alike" if fold(read[place]) == fold(declared[place]) else "other_sign"
    if len(places) == 2 and places[1] == places[0] + 1:
        first, second = places
        if (read[first], read[second]) == (declared[second], declared[first]):
            return "swapped"
    return None


def _fits(read: str, declared: str) -> bool:
    head, _, tail = read.partition(UNREAD)
    missing = len(declared) - len(head) - len(tail)
    return UNREAD not in tail and missing in (1, 2) and declared.startswith(head) and declared.endswith(tail)


def _is_one_less(shorter: str, longer: str) -> bool:
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
