"""A text of the scanner's document as a value of the sidecar, as the profile declares it; nothing is guessed."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tallyscan.sidecar_mapping import EXTENSION, FIELDS, SIZE_AND_TYPE, Value, factors_of

_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_MOST_CHARACTERS = 1000
_SHORTEST_ISO_TIME = len("20260201T10")


def converted(name: str, value: Value, texts: list[str]) -> Any:
    """The value of that name; None where the document says nothing. Raises `ValueError` with what it says."""
    said = [text for text in texts if text.strip() and text.strip() not in value.empty]
    if not said:
        return None
    kind = "text" if name.startswith(EXTENSION) or name == SIZE_AND_TYPE else FIELDS.get(name, "number")
    if value.separator is not None:
        said = [part for text in said for part in text.split(value.separator)]
    if kind in ("numbers", "integers"):
        return [_number(name, value, text, whole=kind == "integers") for text in said]
    if len(said) > 1:
        raise ValueError(f"{len(said)} values")
    (text,) = said
    if kind == "time":
        return _time(value, text)
    if kind in ("number", "integer"):
        return _number(name, value, text, whole=kind == "integer")
    word = _word(value, text)
    if kind == "text":
        return word
    if word.lower() not in _FLAGS:
        raise ValueError(repr(text[:40]))
    return _FLAGS[word.lower()]


def _word(value: Value, text: str) -> str:
    if value.values and text.strip() not in value.values:
        raise ValueError(repr(text[:40]))
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"{len(text)} characters")
    return value.values.get(text.strip(), text)


def _number(name: str, value: Value, text: str, *, whole: bool) -> float | int:
    """In the unit of the sidecar; computed in decimals, so that 0.42 cm is 4.2 mm."""
    written = _word(value, text).strip()
    if value.decimal == ",":
        written = written.replace(",", ".") if "." not in written else ""
    if not _NUMBER.fullmatch(written):
        raise ValueError(repr(text[:40]))
    number = Decimal(written) * Decimal(factors_of(name)[value.unit] if value.unit else 1)
    if value.factor is not None:
        number *= Decimal(str(value.factor))
    if not whole:
        return float(number)
    if number != number.to_integral_value():
        raise ValueError(repr(text[:40]))
    return int(number)


def _time(value: Value, text: str) -> datetime:
    """Aware, in UTC. An hour that the clock shows twice, or never, is not guessed at."""
    written = text.strip()
    try:
        if value.time_format == "unix":
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=_number("", value, text, whole=False))
        if value.time_format is None:
            if len(written) < _SHORTEST_ISO_TIME:
                raise ValueError  # a date alone: midnight would be a guess
            time = datetime.fromisoformat(written)
        else:
            time = datetime.strptime(written, value.time_format)  # noqa: DTZ007 - the zone follows
    except (ValueError, OverflowError) as error:
        raise ValueError(repr(text[:40])) from error
    if time.tzinfo is None:
        if value.time_zone is None:
            raise ValueError(f"{text[:40]!r} has no time zone")
        zone = ZoneInfo(value.time_zone)
        time = time.replace(tzinfo=zone)
        if time.utcoffset() != time.replace(fold=1).utcoffset():
            raise ValueError(
                f"{text[:40]!r} is an hour that is there twice or not at all in {value.time_zone}"
            )
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(repr(text[:40])) from error
