"""Migrates a database and is killed at a statement, again and again; in the end it is left alone.

    python -m tests.store.upgrade.killed URL STATEMENT...

Prints the statements at which it was killed. Each try is a process of its own.
"""

import os
import signal
import sys

from sqlalchemy import Engine, event

from tallyscan.store.database import open_database


def main(url: str, statements: list[int]) -> None:
    """Kill, and kill, and migrate."""
    killed = [number for number in statements if _killed(url, number)]
    open_database(url).close()
    print(*killed)  # noqa: T201


def _killed(url: str, number: int) -> bool:
    child = os.fork()
    if child == 0:
        seen = iter(range(1, sys.maxsize))

        def kill(*_: object) -> None:
            if next(seen) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", kill)
        open_database(url).close()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


if __name__ == "__main__":
    main(sys.argv[1], [int(number) for number in sys.argv[2:]])
