"""PostgreSQL: how an engine for it is made, and what its connections are told."""

from importlib import import_module
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from tallyscan.errors import TallyscanError

_CONNECT = {
    "connect_timeout": 10,
    "client_encoding": "utf8",
    # A server that is cut off is noticed by this end too, also in the middle of an answer.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_SESSION = {
    "timezone": "UTC",
    "lock_timeout": "30s",  # as long as a writer waits on SQLite
    # Whoever writes holds the one lock: it must not stay with a machine that is cut off, or a process that stands.
    "idle_in_transaction_session_timeout": "120s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_WRITE_LOCK = 0x7A11_75CA  # any number that nothing else in the same database locks

_BY_CODE_POINT = ("C", "POSIX", "C.UTF8")

READS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}  # one view, as in SQLite


def postgresql_engine(url: URL) -> Engine:
    """A pool of connections; one that the server closed meanwhile is replaced before it is used.

    Raises `TallyscanError` where psycopg or procrastinate is not installed.
    """
    try:
        import_module("procrastinate")
        engine = create_engine(
            with_driver(url),
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
            connect_args=_CONNECT,
        )
    except ModuleNotFoundError as error:
        raise TallyscanError(
            f"PostgreSQL needs {error.name}.", remedy="Install it: pip install 'tallyscan[postgres]'."
        ) from error
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _without_zero_bytes, retval=True)
    return engine


def with_driver(url: URL) -> URL:
    """The address as SQLAlchemy takes it."""
    return url.set(drivername="postgresql+psycopg")


def driver_arguments(url: URL) -> dict[str, Any]:
    """What psycopg is called with for a connection without SQLAlchemy."""
    _, arguments = with_driver(url).get_dialect()().create_connect_args(with_driver(url))
    settings = [f"-c {name}={value}" for name, value in _SESSION.items()]
    return {**_CONNECT, **arguments, "options": " ".join([*settings, arguments.get("options", "")])}


def refuse_another_order(connection: Connection) -> None:
    """Texts are in the order of their code points, as in SQLite and in Python, whatever the server's language is.

    Raises `TallyscanError` for a database that was made otherwise, or is not in UTF-8.
    """
    made = "SELECT pg_encoding_to_char(encoding), datlocprovider, datcollate FROM pg_database"
    encoding, provider, locale = connection.exec_driver_sql(
        f"{made} WHERE datname = current_database()"
    ).one()
    if encoding != "UTF8" or not orders_by_code_point(provider, locale):
        raise TallyscanError(
            f"The database is in {encoding} with the order of texts {locale!r}.",
            remedy="Make it anew: CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'.",
        )


def orders_by_code_point(provider: str, locale: str) -> bool:
    """Whether a database does so, by its provider of locales (built in, libc or ICU) and its locale."""
    return provider == "b" or (provider == "c" and locale.upper().replace("UTF-8", "UTF8") in _BY_CODE_POINT)


def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for name, value in _SESSION.items():
        cursor.execute(f"SET {name} = '{value}'")
    cursor.close()
    connection.commit()


def _begin(connection: Connection) -> None:
    """One writer at a time, from its beginning, as SQLite's BEGIN IMMEDIATE gives it.

    Much rests on it: the next number in a risk record, budgets, the order of what goes out (a reader of the outbox
    never sees a later position before an earlier one), joins. READ COMMITTED, so that what it reads is as of when the
    lock was got: the view of REPEATABLE READ would begin before the wait for it.
    """
    if connection.get_execution_options().get("tallyscan_writes", False):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_WRITE_LOCK,))


def _without_zero_bytes(
    _connection: Connection, _cursor: object, statement: str, parameters: Any, _context: object, _many: bool
) -> tuple[str, Any]:
    """Senders do put them into names and marks; PostgreSQL keeps none in a text, so it keeps U+FFFD for each."""
    return statement, _replaced(parameters)


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {name: _replaced(each) for name, each in value.items()}
    return [_replaced(each) for each in value] if isinstance(value, list | tuple) else value
