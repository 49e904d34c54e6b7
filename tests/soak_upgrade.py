"""Power cuts at every statement of the migrations, on both databases.

    python -m tests.soak_upgrade          (make soak)

A process that brings an earlier data folder up to date is killed (SIGKILL) at each of its statements in turn; the one
after the last kill must find everything. `make test` does the same at four of them.
"""

import argparse
import tempfile
from pathlib import Path

from sqlalchemy import URL, Engine, event, make_url

from tallyscan.store.database import open_database
from tests.postgresql import BARE, running_postgresql
from tests.store.upgrade.earlier import put_postgresql, put_sqlite
from tests.store.upgrade.test_upgrade import killed_at_each


def main() -> None:
    """Kill, upgrade, look, say how often."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="at every Nth statement")
    every = parser.parse_args().every
    with tempfile.TemporaryDirectory() as name, running_postgresql() as server:
        folder = Path(name)
        statements = list(range(2, _statements(_sqlite(folder / "counted.db")), every))
        killed_at_each(_sqlite(folder / "killed.db"), statements)
        print(f"SQLite: killed {len(statements)} times, upgraded with everything")  # noqa: T201
        with server.database(BARE) as counted, server.database(BARE) as killed:
            statements = list(range(2, _statements(_postgresql(counted, folder)), every))
            killed_at_each(_postgresql(killed, folder), statements)
        print(f"PostgreSQL: killed {len(statements)} times, upgraded with everything")  # noqa: T201


def _postgresql(url: str, folder: Path) -> URL:
    (folder / "earlier.db").unlink(missing_ok=True)
    put_postgresql(make_url(url), folder)
    return make_url(url)


def _sqlite(path: Path) -> URL:
    put_sqlite(path)
    return URL.create("sqlite", database=str(path))


def _statements(url: URL) -> int:
    seen: list[object] = []

    def count(*_: object) -> None:
        seen.append(None)

    event.listen(Engine, "before_cursor_execute", count)
    open_database(url).close()
    event.remove(Engine, "before_cursor_execute", count)
    return len(seen)


if __name__ == "__main__":
    main()
