"""How often one caller may ask: a bucket of tokens that fills again, one for everything and one for what takes long.

Counted in this process, in its event loop alone. Senders of scans are also told to wait when more comes than can be
read; that is another matter.
"""

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import HTTPConnection

from tallyscan.access.caller import Caller
from tallyscan.errors import TooManyRequests

COSTLY = re.compile(
    r"/v1/(scans/[^/]+/(sheet\.pdf|sheet/overview|sheet/close-ups/.*|expected|trail|report|measure)"
    r"|risk-profiles/.+/dry-run|consignments/.+/risk-record/check|statistics|models/.+|reference)$"
)
"""Addresses whose answer takes a second of work rather than a few milliseconds."""

_AT_ONCE_SECONDS = 10.0  # a full bucket holds what may be asked for in so long
_MOST_CALLERS = 10_000  # beyond them, whoever has been quiet for longest begins anew


class Bucket:
    """So many at once, and `per_second` more in the long run. Starts full."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second, self._most = per_second, max(1.0, per_second * _AT_ONCE_SECONDS)
        self._tokens, self._at = self._most, now

    def seconds_until_next(self, now: float) -> float:
        """Takes one token and gives 0, or takes none and gives how long until there is one."""
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second


class Rates:
    """The buckets of everybody who asked lately: of a person, of a device, and of an address for everybody else."""

    def __init__(
        self,
        per_second: float = 100,
        costly_per_second: float = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = {"all": per_second, "costly": costly_per_second}
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()
        self._clock = clock

    def check(self, caller: Caller, request: HTTPConnection) -> None:
        """Raises `TooManyRequests` when they have asked too often."""
        who = _who(caller, request)
        kinds = ("all", "costly") if COSTLY.match(request.scope["path"]) else ("all",)
        for kind in kinds:
            if wait := self._bucket(kind, who).seconds_until_next(self._clock()):
                raise TooManyRequests(
                    f"More than {self._per_second[kind]:g} a second are asked for"
                    f"{' of what takes long' if kind == 'costly' else ''}.",
                    remedy="Ask again after the seconds in Retry-After.",
                    retry_after_seconds=math.ceil(wait),
                )

    def _bucket(self, kind: str, who: str) -> Bucket:
        key = (kind, who)
        if key not in self._buckets:
            self._buckets[key] = Bucket(self._per_second[kind], self._clock())
            if len(self._buckets) > _MOST_CALLERS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return self._buckets[key]


def _who(caller: Caller, request: HTTPConnection) -> str:
    if caller.kind in ("person", "device"):
        return f"{caller.kind} {caller.name}"
    return f"address {request.client.host if request.client else ''}"
