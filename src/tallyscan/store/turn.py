"""Whose turn it is to do what one process must do for all: on one machine always ours, on many that of one of them."""

import contextlib
import hashlib
import threading
from typing import Any, Protocol

import structlog
from sqlalchemy import URL

from tallyscan.store.postgresql import driver_arguments

_log = structlog.get_logger(__name__)


class Turn(Protocol):
    """Asked before each step."""

    def is_mine(self) -> bool:
        """Whether this process has it; taken where nobody has it."""
        ...

    def close(self) -> None:
        """Give it up."""
        ...


class AlwaysMine:
    """For a process that is alone on its data folder."""

    def is_mine(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """Nothing is held."""


class AdvisoryTurn:
    """An advisory lock of PostgreSQL, on a connection of its own: it is free again when that breaks, so when the
    process dies at once, and when its machine is cut off after 25 seconds.

    Whoever is cut off may be in the middle of a step when another begins: a step must bear that.
    """

    def __init__(self, url: URL, what: str) -> None:
        self._arguments = driver_arguments(url)
        self._what = what
        digest = hashlib.sha256(f"tallyscan {what}".encode()).digest()
        self._key = int.from_bytes(digest[:8], signed=True)
        self._connection: Any = None
        self._mine = False
        self._one_asks = threading.Lock()

    def is_mine(self) -> bool:
        """See `Turn`; no where the database does not answer."""
        import psycopg

        with self._one_asks:
            try:
                return self._ask()
            except psycopg.Error as error:
                _log.warning("turn lost", what=self._what, reason=str(error).strip())
                self._drop()
                return False

    def close(self) -> None:
        """See `Turn`: it is free when this returns."""
        import psycopg

        with self._one_asks:
            if self._mine:
                with contextlib.suppress(psycopg.Error):
                    self._connection.execute("SELECT pg_advisory_unlock(%s)", (self._key,))
            self._drop()

    def _ask(self) -> bool:
        import psycopg

        if self._connection is None:
            self._connection = psycopg.connect(**self._arguments, autocommit=True)
        if self._mine:
            self._connection.execute("SELECT 1")
        else:
            asked = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (self._key,))
            (self._mine,) = asked.fetchone()
        return self._mine

    def _drop(self) -> None:
        self._mine = False
        if self._connection is not None:
            self._connection.close()
        self._connection = None
