"""`tallyscan migrate`: the owner makes the schema, and the service runs as a user who cannot."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from tallyscan.__main__ import main
from tallyscan.bootstrap import open_store, working
from tallyscan.errors import Conflict
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.e2e.serving import wait_until
from tests.postgresql import BARE, Postgresql, needs_postgresql
from tests.sample_images import declaration_json, scan_files
from tests.test_many_machines import states

Capture = pytest.CaptureFixture[str]
PASSWORD = "of the test"


@pytest.fixture(params=[pytest.param("postgresql", marks=needs_postgresql())])
def service_user(postgresql: Postgresql) -> Iterator[tuple[URL, URL]]:
    """An empty database as its owner sees it, and as a user who owns nothing."""
    role = f"service_{uuid4().hex[:8]}"
    with postgresql.database(made_from=BARE) as url:
        owner = create_engine(url, isolation_level="AUTOCOMMIT")
        with owner.connect() as session:
            session.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"))
            yield make_url(url), make_url(url).set(username=role, password=PASSWORD)
            session.execute(text(f"DROP OWNED BY {role}"))
            session.execute(text(f"DROP ROLE {role}"))
        owner.dispose()


def test_the_service_works_as_a_user_who_cannot_migrate_once_the_owner_has(
    service_user: tuple[URL, URL],
    settings: Settings,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    owner, service = service_user
    theirs = {"database_url": service.render_as_string(hide_password=False)}
    site = Settings.model_validate(settings.model_dump() | theirs | {"worker_heartbeat_seconds": 0.2})
    with pytest.raises(Conflict, match=r"may not change it.*tallyscan migrate"), open_store(site):
        pass

    monkeypatch.setenv("TALLYSCAN_DATABASE_URL", owner.render_as_string(hide_password=False))
    for _ in range(2):  # again after each new version
        assert main(["migrate", "--grant-to", str(service.username)]) == 0
    assert f"{service.username} may run the service" in capsys.readouterr().out

    with open_store(site) as store, working(site, store, reader):
        store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test")
        wait_until(lambda: states(store) == {"read": 1})
        store.intake.accept_declaration(declaration_json(mass_kg=1), origin="test")
        wait_until(lambda: states(store) == {"read": 1})


def test_sqlite_has_no_users_to_give_rights_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("TALLYSCAN_DATA_DIR", str(tmp_path / "data"))
    assert main(["migrate", "--grant-to", "someone"]) == 2
    assert "SQLite has no users" in capsys.readouterr().err
    assert main(["migrate"]) == 0
    assert (tmp_path / "data" / "tallyscan.db").exists()
