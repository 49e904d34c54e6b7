"""The id of a request: the sender's where it is well formed, so that both logs name the same; else one of ours."""

import re
from uuid import uuid4

REQUEST_ID = "X-Request-ID"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


def trace_of(traceparent: str | None) -> tuple[str, str] | None:
    """The ids of trace and span in a W3C `traceparent`; None where it is not well formed."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return (found[1], found[2]) if found else None


def request_id(traceparent: str | None, said: str | None) -> str:
    """Of the two the said id wins. What is not well formed never reaches the log."""
    if said is not None and _WELL_FORMED.fullmatch(said):
        return said
    trace = trace_of(traceparent)
    return trace[0] if trace else uuid4().hex
