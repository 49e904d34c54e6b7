"""Container numbers and plates as they are compared, and the keys by which two that are alike find each other.

A camera reads most marks right, some with one sign wrong, and of some only a part. A key is a text that two marks
share when they are the same, or when one sign of eleven is wrong, missing or too many, or two neighbours are
exchanged: then at least one half of the mark, or the set of its signs, is as it should be.
"""

import unicodedata
from collections.abc import Iterable

from tallyscan.declaration import Declaration, normal_mark
from tallyscan.sidecar import MarkRead, UnitMark

UNREAD = "?"
"""Stands in a pattern for one or two signs that were not read."""

SHORTEST = 5
"""With fewer letters and digits a mark is no one's alone, and nothing is looked for that is only like it."""

_LONGEST = 40  # a plate of 35 signs with that of its country
_BETWEEN = " \t./-()[]"
_HALF_FROM_START, _HALF_FROM_END, _SIGNS = "^", "$", "~"

LOOK_ALIKES = ("0ODQ", "1IL", "2Z", "5S", "6G", "8B", "UV")
"""Signs that cameras take for each other."""

_FOLD = str.maketrans({sign: group[0] for group in LOOK_ALIKES for sign in group})

# Nationalities in ISO 3166 and the distinguishing sign of vehicles, where it is another one (UN ECE list).
_SIGN_OF = {
    "AT": "A", "BE": "B", "DE": "D", "ES": "E", "FI": "FIN", "FR": "F", "HU": "H", "IE": "IRL", "IT": "I",
    "LU": "L", "ME": "MNE", "MK": "NMK", "MT": "M", "NO": "N", "PT": "P", "RS": "SRB", "RU": "RUS", "SE": "S",
    "SI": "SLO",
}  # fmt: skip
_SAME_SIGN = (
    "AL AM AZ BA BG BY CH CY CZ DK EE GB GE GR HR IR IS KZ LT LV MA MD NL PL RO SK TJ TM TN TR UA UK UZ XK"
)
_COUNTRIES = {*_SIGN_OF, *_SIGN_OF.values(), *_SAME_SIGN.split()}


def fold(text: str) -> str:
    """With every sign as the first of those that look like it."""
    return text.translate(_FOLD)


def pattern(mark: MarkRead) -> str:
    """The letters and digits of a mark, with `UNREAD` for each stretch of signs that stand for what was not read."""
    if mark.text is not None:
        return normal_mark(mark.text)
    signs: list[str] = []
    for character in unicodedata.normalize("NFKC", mark.as_read):
        if character.isalnum():
            signs.append(normal_mark(character))
        elif character not in _BETWEEN and signs[-1:] != [UNREAD]:
            signs.append(UNREAD)
    return "".join(signs)


def without_country(mark: MarkRead) -> str | None:
    """A plate without the sign of its country, where one stands apart from the rest; None where none does."""
    words = "".join(" " if character in _BETWEEN else character for character in mark.as_read).split()
    plain = [normal_mark(word) for word in words]
    for sign, rest in ((plain[-1:], plain[:-1]), (plain[:1], plain[1:])):
        text = "".join(rest)
        if sign and sign[0] in _COUNTRIES and len(text) >= SHORTEST and any(map(str.isdigit, text)):
            return text
    return None


def with_country(plate: str, nationality: str | None) -> tuple[str, ...]:
    """A declared plate as it may be read: alone, and with the sign of its country before or behind it."""
    nation = normal_mark(nationality or "")
    signs = dict.fromkeys(sign for sign in (nation, _SIGN_OF.get(nation, "")) if sign)
    return (plate, *(text for sign in signs for text in (plate + sign, sign + plate)))


def declared_keys(declaration: Declaration) -> set[str]:
    """The keys of everything that a declaration names."""
    numbers = [part.container_identification_number or "" for part in declaration.transport_equipment]
    keys = {key for number in numbers for key in keys_of(normal_mark(number))}
    for means in declaration.transport_means:
        plate = normal_mark(means.identification_number)
        if plate:
            keys |= {*keys_of(plate), *with_country(plate, means.nationality)}
    return keys


def read_keys(units: Iterable[UnitMark]) -> set[str]:
    """The keys of everything that was read on cargo units."""
    return {key for unit in units for text in texts_of(unit) for key in keys_of_read(text)}


def texts_of(unit: UnitMark) -> list[str]:
    """The patterns of what was read on a unit, of a plate also without the sign of its country."""
    texts = [pattern(mark) for mark in (unit.number_read, unit.plate_read) if mark is not None]
    if unit.plate_read is not None and (alone := without_country(unit.plate_read)):
        texts.append(alone)
    return [text for text in texts if text]


def is_mark(key: str) -> bool:
    """Whether a key is a whole mark as it was declared, and not a part of one."""
    return not key.startswith((_HALF_FROM_START, _HALF_FROM_END, _SIGNS))


def keys_of(mark: str) -> set[str]:
    """The keys of a declared mark."""
    if not SHORTEST <= len(mark) <= _LONGEST:
        return {mark} if 0 < len(mark) < SHORTEST else set()
    return {mark, *_halves(mark, len(mark)), _SIGNS + "".join(sorted(fold(mark)))}


def keys_of_read(mark: str) -> set[str]:
    """The keys of a pattern: those of every declared mark that it may be."""
    if mark.count(UNREAD) > 1 or len(mark) > _LONGEST:
        return set()
    if UNREAD in mark:
        return {
            key for size in (len(mark), len(mark) + 1) for key in _halves(mark, size) if UNREAD not in key
        }
    if len(mark) < SHORTEST:
        return {mark} if mark else set()
    return keys_of(mark) | _halves(mark, len(mark) - 1) | _halves(mark, len(mark) + 1)


def _halves(mark: str, size: int) -> set[str]:
    """First and second half of a mark that should have so many signs."""
    if size < SHORTEST:
        return set()
    folded, first = fold(mark), size // 2
    return {_HALF_FROM_START + folded[:first], _HALF_FROM_END + folded[-(size - first) :]}
