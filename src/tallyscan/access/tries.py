"""How often something is tried from one address: counted in the database, so that all processes count together."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

import structlog
from sqlalchemy import delete, func, select

from tallyscan.access.accounts import now_utc
from tallyscan.access.secrets import hash_of
from tallyscan.errors import TooManyAttempts
from tallyscan.store.access_tables import PasswordAttemptRow
from tallyscan.store.database import Database

What = Literal["key", "link", "sign-in", "callback", "logout"]
"""Keys and links that were wrong, sign-ins at the provider that were begun or came back wrong, wrong logout tokens."""

WINDOW = timedelta(minutes=15)
MOST: dict[What, int] = {"key": 50, "link": 50, "sign-in": 300, "callback": 50, "logout": 50}
"""From one address within the window. Many officers share one, and each begins a sign-in at the start of a shift."""
_IN_WORDS: dict[What, str] = {
    "key": "wrong keys of devices",
    "link": "wrong links",
    "sign-in": "sign-ins",
    "callback": "sign-ins that were not begun here",
    "logout": "wrong logout tokens",
}
_log = structlog.get_logger(__name__)


class Tries:
    """What is right is let in however often others were wrong: it is too long to be guessed, and a scanner must not be
    kept out by its neighbour. So the wrong ones alone are counted, and then no longer looked at."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now_utc) -> None:
        self._database = database
        self._clock = clock

    def count(self, what: What, address: str) -> None:
        """One more. Raises `TooManyAttempts` instead, where there were too many."""
        now, tries = self._clock(), PasswordAttemptRow
        here = (tries.address == address) & (tries.what == what) & (tries.at > now - WINDOW)
        with self._database.read() as session:
            many, first = session.execute(select(func.count(), func.min(tries.at)).where(here)).one()
        if many >= MOST[what]:
            seconds = max(1, ceil((first + WINDOW - now).total_seconds()))
            _log.warning("too many tries", what=what, address=address, seconds=seconds)
            raise TooManyAttempts(
                f"Too many {_IN_WORDS[what]} from this address.",
                remedy=f"Wait {seconds} seconds.",
                retry_after_seconds=seconds,
            )
        with self._database.write() as session:
            session.execute(delete(tries).where(tries.at <= now - WINDOW, tries.what == what))
            session.add(tries(name_sha256=hash_of(f"{what}\0"), address=address, at=now, what=what))
