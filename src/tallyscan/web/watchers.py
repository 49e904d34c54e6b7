"""Those who watch a site live: how many at one time, and that they are let go when the service ends."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tallyscan.errors import Unavailable


class Watchers:
    """Counted in the event loop alone. `end` may be called from anywhere, a signal handler too."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._ending = threading.Event()

    @property
    def count(self) -> int:
        """How many watch now."""
        return self._count

    @property
    def ending(self) -> bool:
        """Whether the service ends."""
        return self._ending.is_set()

    def end(self) -> None:
        """Let everyone go."""
        self._ending.set()

    @contextmanager
    def place(self) -> Iterator[None]:
        """For one client. Raises `Unavailable` where there is none left."""
        if self._count >= self._most:
            raise Unavailable(
                f"{self._most} clients watch already.",
                remedy="Close one, or raise live_watchers.",
            )
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

    async def pause(self, seconds: float, *, look_every: float = 0.1) -> bool:
        """Wait; whether to go on."""
        for _ in range(max(1, round(seconds / look_every))):
            if self.ending:
                break
            await asyncio.sleep(look_every)
        return not self.ending
