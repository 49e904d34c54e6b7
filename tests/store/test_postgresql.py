"""What only PostgreSQL does: it is elsewhere, it can go away, and many processes write to it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tallyscan.errors import TallyscanError, Unavailable
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.store import postgresql as module
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database, open_database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.tables import ScanRow
from tests.postgresql import Postgresql, needs_postgresql

pytestmark = needs_postgresql()


@pytest.fixture
def database_url(postgresql: Postgresql) -> Iterator[str]:
    """On PostgreSQL alone."""
    with postgresql.database() as made:
        yield made


def end_all_connections(url: str) -> None:
    engine = create_engine(url)
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with engine.connect() as connection:
        connection.execute(
            text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
        )
    engine.dispose()


def test_whoever_waits_too_long_for_the_writer_before_is_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module._SESSION, "lock_timeout", "50ms")
    holder, other = open_database(database_url), open_database(database_url)
    with holder.write() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(Unavailable, match="lock timeout"), other.write() as waiting:
            waiting.execute(text("SELECT 1"))
        with other.read() as session:  # readers never wait
            assert session.execute(text("SELECT count(*) FROM scans")).scalar() == 0
    with other.write() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    holder.close()
    other.close()


def test_a_connection_that_breaks_in_a_write_leaves_nothing_and_the_next_write_works(
    database_url: str, database: Database
) -> None:
    insert = text("INSERT INTO queue_renewals (consignment_id) VALUES ('a')")
    count = text("SELECT count(*) FROM queue_renewals")

    def broken_off() -> None:
        with database.write() as session:
            session.execute(insert)
            end_all_connections(database_url)
            session.execute(insert)

    with pytest.raises(Unavailable, match="does not answer"):
        broken_off()
    with database.write() as session:
        assert session.execute(count).scalar() == 0


def test_connections_that_broke_while_nobody_used_them_are_replaced(
    database_url: str, database: Database
) -> None:
    with database.read() as session:
        session.execute(text("SELECT 1"))
    end_all_connections(database_url)
    with database.read() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1


def test_a_writer_that_stands_still_does_not_hold_up_the_others(database_url: str) -> None:
    stands, other = open_database(database_url), open_database(database_url)

    def stand_still() -> None:
        with stands.write() as session:
            assert session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "2min"
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
            with other.write() as waiting:
                assert waiting.execute(text("SELECT 1")).scalar() == 1
            session.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        stand_still()
    stands.close()
    other.close()


def test_a_database_in_another_encoding_is_refused(postgresql: Postgresql) -> None:
    in_ascii = "template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
    with postgresql.database(in_ascii) as url, pytest.raises(TallyscanError, match="Make it anew"):
        open_database(url)


@pytest.mark.parametrize(
    ("provider", "locale", "by_code_point"),
    [
        ("b", "en_US.UTF-8", True),
        ("c", "C", True),
        ("c", "C.UTF-8", True),
        ("c", "C.utf8", True),
        ("c", "POSIX", True),
        ("c", "en_US.UTF-8", False),
        ("c", "uk_UA.utf8", False),
        ("i", "C", False),
    ],
)
def test_the_order_of_texts_is_known_by_the_locale(provider: str, locale: str, by_code_point: bool) -> None:
    assert module.orders_by_code_point(provider, locale) is by_code_point


def test_zero_bytes_in_what_a_sender_says_lose_no_scan(database: Database, tmp_path: Path) -> None:
    intake = Intake(database, FolderBlobs(tmp_path), joins=Joins(timedelta(days=1)))
    said = b'{"scanner": "a\\u0000b"}'
    accepted = intake.accept_scan(ScanFiles((ScanPart("c\0d.tif", b"pixels"),), said, None), origin="test")
    with database.read() as session:
        row = session.get_one(ScanRow, accepted.scan_id)
        assert (row.name, row.scanner) == ("c\ufffdd.tif", "a\ufffdb")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        open_database("postgresql://nobody@/nowhere?host=/nowhere")
