"""What an earlier version kept is all there after an upgrade, also one that the power failed during."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import URL, make_url, select

from tallyscan.bootstrap import open_store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.database import open_database
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import DecisionRow, OutboxRow
from tests.acquire.s3_server import eventually
from tests.postgresql import BARE, Postgresql, needs_postgresql
from tests.sample_images import MRN
from tests.store.upgrade.earlier import put_blobs, put_postgresql, put_sqlite
from tests.web.conftest import serving

KILLS = 4  # tests/soak_upgrade.py has more


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql())])
def earlier(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[URL]:
    """The database of an earlier version, in the data folder or on a server."""
    if request.param == "sqlite":
        put_sqlite(settings.data_dir / "tallyscan.db")
        yield URL.create("sqlite", database=str(settings.data_dir / "tallyscan.db"))
        return
    server: Postgresql = request.getfixturevalue("postgresql")
    with server.database(BARE) as url:
        put_postgresql(make_url(url), tmp_path)
        yield make_url(url)


def test_an_earlier_data_folder_is_served_and_goes_on(
    earlier: URL, settings: Settings, reader: Reader
) -> None:
    if earlier.get_backend_name() == "postgresql":
        address = SecretStr(earlier.render_as_string(hide_password=False))
        settings = settings.model_copy(update={"database_url": address})
    put_blobs(settings.data_dir / "blobs")
    with open_store(settings) as store:
        with store.database.read() as session:
            before = {view.id: view for view in queries.scans(session)}
            assert sorted(view.state for view in before.values()) == ["read", "read", "received", "rejected"]
            record = risk_record(session, MRN)
            assert [step.event for step in record.history][:2] == ["scan_read", "scan_read"]
            assert len(queries.quarantine(session)) == 1
            (decision,) = session.execute(select(DecisionRow)).scalars()
            assert decision.answer == "suspicious"
            waiting = set(
                session.execute(select(OutboxRow.event_id).where(OutboxRow.state == "waiting")).scalars()
            )
        assert waiting
        with running(settings, store, reader) as service, serving(service, settings) as client:
            listed = client.get("/v1/scans").raise_for_status().json()
            assert {scan["id"] for scan in listed["scans"]} == before.keys()
            for scan in before:
                answer = client.get(f"/v1/scans/{scan}").raise_for_status().json()
                assert answer["id"] == scan
            assert client.get(f"/v1/consignments/{MRN}/risk-record").raise_for_status().json()
            assert len(client.get("/v1/quarantine").raise_for_status().json()) >= 1

            def states() -> list[str]:
                with store.database.read() as session:
                    return sorted(view.state for view in queries.scans(session))

            assert eventually(lambda: states() == ["read", "read", "read", "rejected"])
            told = settings.data_dir / "events.jsonl"
            assert eventually(lambda: told.exists() and waiting <= _keys(told))


def _keys(told: Path) -> set[str]:
    return {json.loads(line)["idempotencykey"] for line in told.read_text().splitlines()}


def test_a_power_cut_during_a_migration_leaves_a_database_that_the_next_start_migrates(earlier: URL) -> None:
    killed_at_each(earlier, random.Random(1).sample(range(2, 140), KILLS))


def killed_at_each(url: URL, statements: list[int]) -> None:
    """It is killed at each of them, and then upgraded with all that was in it."""
    command = [sys.executable, "-m", "tests.store.upgrade.killed"]
    given = [url.render_as_string(hide_password=False), *map(str, statements)]
    done = subprocess.run(
        [*command, *given], capture_output=True, text=True, timeout=100 + 30 * len(statements), check=False
    )
    assert done.returncode == 0, done.stderr
    assert [int(number) for number in done.stdout.split()] == statements
    database = open_database(url)
    with database.read() as session:
        assert len(risk_record(session, MRN).history) >= 3
        assert len(list(queries.scans(session))) == 4
    database.close()
