"""The database: how it is opened, brought to the present schema, and what a transaction is."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError, TimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from tallyscan.errors import Conflict, NotFound, Unavailable
from tallyscan.store.audited_session import AuditedSession
from tallyscan.store.postgresql import READS, postgresql_engine, refuse_another_order

_BUSY_TIMEOUT_MS = 30_000
_MAY_NOT = "42501"  # insufficient_privilege
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",  # readers never wait for the writer
    "PRAGMA synchronous = FULL",  # what was answered with 202 survives a power cut
    "PRAGMA foreign_keys = ON",
)


class Database:
    """Short transactions on one engine. A write takes the lock at its beginning, so it never fails half-way
    because another writer came between its reading and its writing.

    A database that does not answer (locked for too long, disk full or failing, gone) raises `Unavailable`.
    """

    def __init__(self, engine: Engine, waited: Callable[[float], None] = lambda _: None) -> None:
        """`waited` is told how many seconds each write waited for the writers before it."""
        self._waited = waited
        self._engine = engine
        self._reader = engine.execution_options(**READS) if engine.name == "postgresql" else engine
        self._writer = engine.execution_options(tallyscan_writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view; nothing is kept."""
        with _faults_told(), Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Everything or nothing: committed at the end, rolled back by any exception. The audit tells of it."""
        with _faults_told(), AuditedSession(self._writer) as session, session.begin():
            start = perf_counter()
            session.connection()
            self._waited(perf_counter() - start)
            yield session

    def make_one_file(self) -> None:
        """SQLite: nothing of it lies beside its file any more, so that the file alone can be taken elsewhere."""
        with _faults_told(), self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("PRAGMA journal_mode = DELETE")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def open_database(url: str | URL, waited: Callable[[float], None] = lambda _: None) -> Database:
    """Open the database at `url`, create it where there is none (SQLite), and bring it to the present schema: of
    processes that start at the same time one does so, and the others wait.

    Raises `Unavailable` when it cannot be opened, `TallyscanError` where a PostgreSQL cannot be used for it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        make_folder(Path(parsed.database).parent)
    engine = _engine(parsed)
    database = Database(engine, waited)
    try:
        with database.write() as session:
            if engine.name == "postgresql":
                refuse_another_order(session.connection())
            migrate(session.connection())
    except ProgrammingError as error:
        database.close()
        if getattr(error.orig, "sqlstate", None) != _MAY_NOT:
            raise
        raise Conflict(
            "The database needs another schema for this version, and its user may not change it.",
            remedy="As the owner of the schema: tallyscan migrate --grant-to USER.",
        ) from error
    except BaseException:
        database.close()
        raise
    return database


def open_to_read(url: URL) -> Database:
    """Open a database that is there, as it is: nothing can be written through it.

    Raises `NotFound` where there is none, and `Conflict` where it has another schema than this version knows.
    """
    if url.database is not None and url.get_backend_name() == "sqlite" and not Path(url.database).is_file():
        raise NotFound(f"There is no database {url.database}.", remedy="Name the data folder with --data.")
    engine = _engine(url)
    event.listen(engine, "connect", _read_only)
    return _of_this_version(engine, "Start this version on it once, which brings an older one up to date.")


def open_snapshot(path: Path) -> Database:
    """Open the SQLite file of a backup, of which nothing is changed, not even what lies beside it.

    Raises `Unavailable`, and `Conflict` where it has another schema than this version knows.
    """
    query = {"mode": "ro", "immutable": "1", "uri": "true"}
    engine = create_engine(URL.create("sqlite", database=f"file:{quote(str(path.resolve()))}", query=query))
    return _of_this_version(engine, "Restore it with this version, which brings it up to date.")


def _of_this_version(engine: Engine, remedy: str) -> Database:
    with _faults_told(), engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != newest_schema():
        engine.dispose()
        raise Conflict(
            f"The database {engine.url.database} is of another version of Tallyscan.", remedy=remedy
        )
    return Database(engine)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return postgresql_engine(url)
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run the migrations that are missing, in the transaction of `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@cache
def newest_schema() -> str:
    """The schema that this version works on."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def knows_revision(revision: str) -> bool:
    """Whether this version knows that schema: its own, or an older one."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    scripts = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", scripts.replace("%", "%%"))  # % has a meaning in this option
    return config


@contextmanager
def _faults_told() -> Iterator[None]:
    """A fault of the database or its disk is no fault of a scan: it is tried again later."""
    try:
        yield
    except TimeoutError as error:
        raise Unavailable(f"No connection to the database came free: {error}.") from error
    except DBAPIError as error:
        at_the_door = (
            isinstance(error, ProgrammingError) and error.statement is None
        )  # an address with a wrong option
        if not (isinstance(error, OperationalError) or error.connection_invalidated or at_the_door):
            raise
        raise Unavailable(f"The database does not answer: {str(error.orig).strip().rstrip('.')}.") from error


def make_folder(folder: Path) -> None:
    """The data folder. Raises `Unavailable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The data folder {folder} cannot be made: {error.strerror}.", remedy="Choose another --data."
        ) from error


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _read_only(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    sqlite = isinstance(connection, sqlite3.Connection)
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON" if sqlite else "SET default_transaction_read_only = on")
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tallyscan_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
