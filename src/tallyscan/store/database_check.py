"""Whether the database is there, takes a writer, and has the present schema: by a connection of its own."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from tallyscan.errors import Conflict, Unavailable
from tallyscan.store.database import newest_schema

_SECONDS = 2


def check_database(url: str | URL) -> None:
    """Raises `Unavailable` where it does not answer in about two seconds, `Conflict` for another schema.

    A connection that is open already would not notice that the file is gone.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        found = _sqlite(Path(parsed.database))
    else:
        found = _postgresql(parsed)
    if found != newest_schema():
        raise Conflict(
            "The database is of another version of Tallyscan.",
            remedy="Stop the older version; start this one.",
        )


def _sqlite(path: Path) -> str | None:
    if not path.is_file():
        raise Unavailable(
            "The database file is gone.", remedy="Stop the service, and restore the data folder."
        )
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_SECONDS)
        try:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise Unavailable(f"The database does not answer: {error}.") from error
    return str(row[0]) if row else None


def _postgresql(url: URL) -> str | None:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    limits = {"connect_timeout": _SECONDS, "options": f"-c statement_timeout={_SECONDS}s"}
    engine = create_engine(url, poolclass=NullPool, connect_args=limits)
    try:
        with engine.connect() as connection:
            row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    except DBAPIError as error:
        # What the driver says may hold address and user.
        raise Unavailable(
            "The database does not answer.", remedy="The log of PostgreSQL says why."
        ) from error
    finally:
        engine.dispose()
    return str(row[0]) if row else None
