import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import TextClause, create_engine, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tallyscan.errors import Unavailable
from tallyscan.settings import Settings
from tallyscan.store import every_table, queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database, migrate, open_database, open_to_read
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.risk_record import risk_record
from tallyscan.store.risk_replay import replay
from tallyscan.store.tables import ScanMark, ScanRow, Table, scans_at
from tallyscan.triage.urgency import due_at
from tests.postgresql import BARE, Postgresql, needs_postgresql
from tests.store.builders import declaration_json

_INSERT = text("INSERT INTO consignments (id, created_at, declaration_version) VALUES ('a', '2026-01-01', 0)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql())])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    server: Postgresql = request.getfixturevalue("postgresql")
    with server.database(BARE) as url:
        yield url


def test_an_empty_database_is_brought_to_the_tables_of_the_models(bare_url: str) -> None:
    engine = create_engine(bare_url)
    with engine.begin() as connection:
        migrate(connection)
        assert set(Table.metadata.tables) <= set(inspect(connection).get_table_names())
        ours = {"include_object": lambda _object, name, *_: "procrastinate" not in name}
        differences = compare_metadata(MigrationContext.configure(connection, opts=ours), Table.metadata)
    engine.dispose()
    assert differences == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'folder' / 'twice.db'}"
    open_database(url).close()
    open_database(url).close()


def test_processes_that_start_at_once_migrate_once(bare_url: str) -> None:
    start = (
        "import sys; from tallyscan.store.database import open_database; open_database(sys.argv[1]).close()"
    )
    started = [subprocess.Popen([sys.executable, "-c", start, bare_url]) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    opened = open_to_read(make_url(bare_url))
    with opened.read() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    opened.close()


def test_what_is_opened_to_read_cannot_be_written(database: Database, database_url: str) -> None:
    opened = open_to_read(make_url(database_url))
    with pytest.raises((Unavailable, DBAPIError), match=r"read.?only"):
        _run(opened, _INSERT)
    opened.close()
    _run(database, _INSERT)


def test_a_reader_keeps_one_view_while_others_write(database: Database) -> None:
    count = text("SELECT count(*) FROM consignments")
    with database.read() as session:
        assert session.execute(count).scalar() == 0
        _run(database, _INSERT)
        assert session.execute(count).scalar() == 0
    with database.read() as session:
        assert session.execute(count).scalar() == 1


def test_the_way_back_leads_to_an_empty_database(bare_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    import tallyscan.store.database as module

    engine = create_engine(bare_url)
    with engine.begin() as connection:
        migrate(connection)
        config = Config()
        config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    engine.dispose()


def test_sqlite_is_opened_in_wal(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'tallyscan.db'}")
    with database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


def test_foreign_keys_are_checked(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(ScanMark(scan_id="nobody", mark="X"))


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError):
        _add_the_same_consignment_twice(database)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM consignments")).scalar() == 0


@pytest.mark.parametrize("name", ["plain", "50% off?", "a#b", "mode=ro&x", "ä b"])
def test_the_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    open_database(Settings(data_dir=tmp_path / name).database_address).close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "tallyscan.db").is_file()


def test_a_database_that_does_not_answer_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallyscan.store.database._PRAGMAS", ("PRAGMA busy_timeout = 10",))
    url = f"sqlite:///{tmp_path / 'tallyscan.db'}"
    holder, other = open_database(url), open_database(url)
    with holder.write() as session:
        session.execute(_INSERT)
        with pytest.raises(Unavailable, match="locked"):
            _run(other, _INSERT)
    holder.close()
    other.close()


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="cannot be made"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'data' / 'tallyscan.db'}")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(Unavailable, match="unable to open"):
        open_database(f"sqlite:///{tmp_path / 'folder.db'}")


def _run(database: Database, statement: TextClause) -> None:
    with database.write() as session:
        session.execute(statement)


def _add_the_same_consignment_twice(database: Database) -> None:
    with database.write() as session:
        session.execute(_INSERT)
        session.execute(_INSERT)


def test_two_writers_follow_one_another_and_no_count_is_lost(database: Database) -> None:
    with database.write() as session:
        session.execute(_INSERT)

    def count_up() -> None:
        for _ in range(20):
            with database.write() as session:
                now = session.execute(text("SELECT declaration_version FROM consignments")).scalar_one()
                session.execute(text("UPDATE consignments SET declaration_version = :n"), {"n": now + 1})

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.execute(text("SELECT declaration_version FROM consignments")).scalar() == 80


def test_scans_that_waited_before_they_were_due_are_due_by_when_they_came(bare_url: str) -> None:
    engine = create_engine(bare_url)
    came = datetime(2026, 2, 1, 10, tzinfo=UTC)
    with engine.begin() as connection:
        migrate(connection, "0028")
        insert = text(
            "INSERT INTO scans (id, identity, sha256, sidecar_sha256, name, received_at, origin, state, revision, "
            "attempts) VALUES (:id, :id, '', '', '', '2026-02-01 10:00:00.000000', 'test', :state, :revision, 0)"
        )
        for scan, state, revision in (("new", "received", 0), ("again", "reading", 1), ("read", "read", 1)):
            connection.execute(insert, {"id": scan, "state": state, "revision": revision})
        migrate(connection)
        rows = connection.execute(select(ScanRow.id, ScanRow.waits_as, ScanRow.due_at).order_by(ScanRow.id))
        assert [tuple(row) for row in rows] == [
            ("again", "reading_again", due_at(came, "reading_again", "usual")),
            ("new", "first_reading", due_at(came, "first_reading", "usual")),
            ("read", None, None),
        ]
    engine.dispose()


def test_scans_from_before_joins_were_recorded_keep_their_consignment_and_are_found_by_their_marks(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        migrate(connection, "0003")
        connection.execute(_INSERT)
        insert = text(
            "INSERT INTO scans (id, identity, sha256, sidecar_sha256, name, received_at, origin, state, revision, "
            "attempts, consignment_id) VALUES (:id, :id, '', '', '', :at, 'test', 'received', 0, 0, :consignment)"
        )
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        for scan, consignment in (("s1", "a"), ("s2", None)):
            connection.execute(insert, {"id": scan, "at": at, "consignment": consignment})
        connection.execute(
            text("INSERT INTO scan_marks (scan_id, mark) VALUES ('s2', 'CSQU3054383'), ('s2', 'EX1234AB')")
        )
    engine.dispose()
    database = open_database(url)
    with database.read() as session:
        joined, waits = queries.scan(session, "s1").join, queries.scan(session, "s2").join
        said = session.get(ScanRow, "s1")
        assert said is not None
        assert (said.said_consignment, said.said_how) == ("a", "sender")
    assert (joined.state, joined.consignment, joined.how) == ("joined", "a", None)
    assert (waits.state, waits.candidates) == ("open", ())
    intake = Intake(database, FolderBlobs(tmp_path / "blobs"), joins=Joins(timedelta(days=30)))
    intake.accept_declaration(declaration_json(), origin="test", consignment="b")
    with database.read() as session:
        late = queries.scan(session, "s2").join
    assert (late.state, late.consignment, late.how) == ("joined", "b", "container_number")
    database.close()


def test_steps_of_a_risk_record_from_before_their_inputs_were_kept_stay_and_say_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url)
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    risk = '{"score": 0.3, "lane": "yellow", "indicators": [{"code": "XR-MASS", "weight": 2.1}]}'
    with engine.begin() as connection:
        migrate(connection, "0009")
        connection.execute(_INSERT)
        connection.execute(
            text(
                "INSERT INTO scans (id, identity, sha256, sidecar_sha256, name, received_at, origin, state, revision, "
                "attempts, consignment_id) VALUES ('s1', 's1', '', '', '', :at, 'test', 'read', 1, 1, 'a')"
            ),
            {"at": at},
        )
        connection.execute(
            text(
                "INSERT INTO risk_record_entries (consignment_id, sequence, at, event, scan_id, "
                "declaration_version, lane, risk, scan_risk, detail) "
                "VALUES ('a', 1, :at, 'scan_read', 's1', 0, 'yellow', :risk, :risk, '{}')"
            ),
            {"at": at, "risk": risk},
        )
    engine.dispose()
    database = open_database(url)
    with database.read() as session:
        record, again = risk_record(session, "a"), replay(session, "a")
    database.close()
    assert (record.risk.score, record.risk.indicators[0].group) == (0.3, None)
    assert [row.step for row in record.table.rows] == ["prior", "XR-MASS"]
    assert (again.same, again.entries[0].same, again.entries[0].differs) == (
        True,
        None,
        "Its inputs were not kept.",
    )


def test_scans_from_before_their_site_was_searched_by_have_it_as_it_is_compared(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url)
    insert = text(
        "INSERT INTO scans (id, identity, sha256, sidecar_sha256, name, received_at, origin, state, revision, "
        "attempts, seen) VALUES (:id, :id, '', '', '', :at, 'test', 'read', 1, 1, :seen)"
    )
    said = {"s1": '{"site": "nl 000510", "units": []}', "s2": '{"site": null}', "s3": "{}"}
    with engine.begin() as connection:
        migrate(connection, "0019")
        for scan, seen in said.items():
            at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
            connection.execute(insert, {"id": scan, "at": at, "seen": seen})
    engine.dispose()
    database = open_database(url)
    with database.read() as session:
        listed = {row.id: row.site for row in session.execute(select(ScanRow)).scalars()}
        at_site = [
            set(session.execute(select(ScanRow.id).where(scans_at(frozenset({site})))).scalars())
            for site in ("NL000510", "UA209060")
        ]
    database.close()
    assert listed == {"s1": "NL000510", "s2": None, "s3": None}
    assert at_site == [{"s1", "s2", "s3"}, {"s2", "s3"}]


def test_every_module_of_tables_is_in_every_table() -> None:
    folder = Path(every_table.__file__).parent
    said = Path(every_table.__file__).read_text(encoding="utf-8")
    for module in folder.glob("*_tables.py"):
        assert said.count(module.stem) == 2, f"{module.name} is not loaded"
