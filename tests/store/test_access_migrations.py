"""There and back across the revisions of access, with people and keys in the database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

import tallyscan.store.database as module
from tallyscan.access.access import access_to
from tallyscan.settings import Settings
from tallyscan.store.database import migrate, open_database

NOW = datetime(2026, 2, 1, 8, tzinfo=UTC).replace(tzinfo=None)


def add(connection: Connection, table: str, **row: Any) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def test_what_an_earlier_version_would_let_in_wrongly_is_gone_after_the_way_back(database_url: str) -> None:
    engine, config = create_engine(database_url), Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        migrate(connection)
        for key, issuer in (("local", None), ("theirs", "https://id.example")):
            said = {"key": key, "name": key, "roles": '["operator"]', "sites": '["*"]', "created_by": "test"}
            add(connection, "accounts", **said, created_at=NOW, issuer=issuer, subject=issuer and "7")
            times = {"begun_at": NOW, "seen_at": NOW, "expires_at": NOW}
            add(
                connection, "sessions", id=key, token_sha256=key, account=key, address="", browser="", **times
            )
        more: dict[str, dict[str, Any]] = {
            "plain": {},
            "ends": {"expires_at": NOW},
            "bound": {"certificate": "gate.example"},
            "rotated": {"old_sha256": "old", "old_until": NOW},
        }
        for key, columns in more.items():
            said = {"key": key, "name": key, "token_sha256": key, "sites": '["*"]', "may": '["deliver"]'}
            add(connection, "device_keys", **said, created_at=NOW, created_by="test", **columns)

        command.downgrade(config, "0030")

        def left(column: str, table: str) -> set[str]:
            return set(connection.execute(text(f"SELECT {column} FROM {table}")).scalars())

        assert (left("key", "accounts"), left("id", "sessions")) == ({"local"}, {"local"})
        assert left("key", "device_keys") == {"plain", "rotated"}
        command.upgrade(config, "head")
    engine.dispose()
    database = open_database(database_url)
    try:
        access = access_to(database, Settings())
        assert [each.from_provider for each in access.accounts.all()] == [False]
        assert {key.old_until for key in access.device_keys.all()} == {None}
    finally:
        database.close()
