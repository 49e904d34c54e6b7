"""JSON that every program understands alike: a field that is there twice, or a number that is none, is refused."""

import json
from typing import Any

MOST_PARTS = 1_000_000
"""Of objects and lists in a document; each takes some hundred bytes of memory, whatever is in it."""


def strict_json(data: bytes) -> Any:
    """What the document says. Raises `ValueError` with the reason as half a sentence.

    How deep it may be is bounded by the interpreter; what is made of it should look at that first.
    """
    if data.count(b"{") + data.count(b"[") > MOST_PARTS:
        raise ValueError(f"it has more than {MOST_PARTS:,} objects and lists")
    try:
        return json.loads(data, object_pairs_hook=_once_each, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in pairs:
        if name in document:
            raise ValueError(f"the field {name[:80]!r} is there twice")
        document[name] = value
    return document


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
