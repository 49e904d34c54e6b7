"""JSON from scanners: UTF-8 with or without byte order mark, or UTF-16."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pydantic_core

from tallyscan.acquire.vendor_xml import MAX_DOCUMENT_BYTES, MOST_PLACES
from tallyscan.errors import InvalidSidecar

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


@dataclass(frozen=True, eq=False)
class JsonNode:
    """A value, from which JSON pointers (RFC 6901) lead on."""

    value: Any

    def texts(self, path: str) -> list[str]:
        """A text as it is, numbers and truth values as JSON writes them, a list one by one; null is nothing."""
        found = _find(self.value, path)
        items = found if isinstance(found, list) else [found]
        if len(items) > MOST_PLACES:
            raise ValueError(f"{len(items)} values")
        if any(isinstance(item, (dict, list)) for item in items):
            raise ValueError(f"{path!r} finds no single value")
        return [item if isinstance(item, str) else json.dumps(item) for item in items if item is not None]

    def nodes(self, path: str) -> list["JsonNode"]:
        """The members of the list that the path finds, the first `MOST_PLACES` of them."""
        found = _find(self.value, path)
        if found is None:
            return []
        if not isinstance(found, list):
            raise ValueError(f"{path!r} does not find a list")
        return [JsonNode(item) for item in found[:MOST_PLACES]]


def parse_json(data: bytes) -> JsonNode:
    """The document. Raises `InvalidSidecar` when it is broken, nested without end, or too large."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidSidecar(
            f"The scanner's document has {len(data) / 1e6:.1f} MB.",
            remedy=f"Up to {MAX_DOCUMENT_BYTES / 1e6:.1f} MB are read.",
        )
    try:
        text = data.decode(json.detect_encoding(data)).rstrip("\0")
        return JsonNode(pydantic_core.from_json(text, allow_inf_nan=False))
    except ValueError as error:  # every error of both
        raise InvalidSidecar(
            f"The scanner's document is broken or cut off: {error}.", remedy="Send the scan again."
        ) from error


def _find(value: Any, pointer: str) -> Any:
    """What the pointer leads to; None when there is nothing."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
