"""Several processes on one PostgreSQL, as on several machines: what one does the others see, nothing is done twice."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from tallyscan.bootstrap import Store, open_store, running, working
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.tables import ReadingRow, RiskRecordRow, ScanRow
from tests.e2e.serving import wait_until
from tests.machines import machine
from tests.postgresql import Postgresql, needs_postgresql
from tests.sample_images import container_tiff, declaration_json, scan_files, sidecar_json, two_container_tiff
from tests.web.conftest import serving
from tests.web.test_selection import Watching
from tests.web.with_accounts import WithAccounts, serving_accounts

pytestmark = needs_postgresql()

Machine = Callable[..., Settings]


@pytest.fixture
def on(settings: Settings, postgresql: Postgresql, tmp_path: Path) -> Iterator[Machine]:
    """A machine by its name."""
    with postgresql.database() as url:
        yield lambda name, **more: machine(
            settings, tmp_path / "shared", name, url, worker_heartbeat_seconds=1.0, **more
        )


def states(store: Store) -> Counter[str]:
    with store.database.read() as session:
        return Counter(session.execute(select(ScanRow.state)).scalars())


def told(settings: Settings) -> list[str]:
    file = settings.data_dir / "events.jsonl"
    return [json.loads(line)["id"] for line in file.read_text().splitlines()] if file.exists() else []


def test_two_workers_read_each_of_thirty_scans_once(on: Machine, reader: Reader) -> None:
    first, second = on("first"), on("second")
    with open_store(first) as store, open_store(second) as other:
        for number in range(30):
            image = container_tiff(seed=number, width=500, height=160)
            store.intake.accept_scan(scan_files(image), origin="test", consignment=f"C-{number}")
        with working(first, store, reader), working(second, other, reader):
            wait_until(lambda: states(store) == {"read": 30}, 120)
        with store.database.read() as session:
            read = session.execute(select(ReadingRow.scan_id)).scalars().all()
            recorded = session.execute(select(RiskRecordRow.scan_id)).scalars().all()
        assert len(read) == len(set(read)) == 30
        assert sorted(recorded) == sorted(read)


def test_events_go_out_from_one_machine_and_from_the_other_when_that_ends(
    on: Machine, reader: Reader
) -> None:
    first, second = on("first"), on("second", read_here=False)

    def event_after(store: Store, seed: int) -> None:
        store.intake.accept_scan(scan_files(container_tiff(seed=seed)), origin="test")
        wait_until(lambda: len(told(first) + told(second)) == seed)

    with ExitStack() as of_second:
        with open_store(first) as store, running(first, store, reader) as service:
            other = of_second.enter_context(open_store(second))
            of_second.enter_context(running(second, other, reader))
            event_after(other, 1)
            event_after(store, 2)
            assert service.stopped_parts() == ()
            assert {len(told(first)), len(told(second))} == {0, 2}
        other.intake.accept_scan(scan_files(container_tiff(seed=3)), origin="test")
        with working(on("third"), other, reader):
            wait_until(lambda: len(told(first) + told(second)) == 3)
    assert len(set(told(first) + told(second))) == 3


@pytest.fixture
def two(on: Machine, reader: Reader) -> Iterator[tuple[WithAccounts, httpx.Client]]:
    """Two web processes behind a balancer: the first one reads, too."""
    first, second = on("first"), on("second", read_here=False, sign_in="accounts")
    with (
        open_store(first) as store,
        open_store(second) as other,
        serving_accounts(first, store, reader) as accounts,
        running(second, other, reader) as service,
        serving(service, second) as client,
    ):
        yield accounts, client


def test_whichever_web_process_answers_the_answer_is_the_same(
    two: tuple[WithAccounts, httpx.Client],
) -> None:
    (accounts, other), site = two, "XXOFF001"
    mine = accounts.headers_of("Officer 1", ["operator", "targeting_officer"], [site])
    theirs = accounts.headers_of("Officer 2", ["operator", "targeting_officer"], [site])
    key = accounts.key_of("scanner-1", [site], may=["deliver"])
    watching = Watching(other, site, **mine)
    files = [
        ("image", ("a.tif", container_tiff())),
        ("sidecar", ("a.json", sidecar_json(site=site))),
        ("declaration", ("d.json", declaration_json())),
    ]
    sent = other.post("/v1/scans", files=files, headers=key)
    assert sent.status_code == 202, sent.text
    url = f"/v1/scans/{sent.json()['id']}"
    wait_until(lambda: accounts.client.get(url, headers=mine).json()["state"] == "read")
    assert other.get(url, headers=mine).json() == accounts.client.get(url, headers=mine).json()
    wait_until(lambda: "reading.completed" in watching.kinds)

    claim = f"/v1/desk/scans/{sent.json()['id']}/claim"
    said = {"by": "Officer 1"}
    assert accounts.client.post(claim, json=said, headers=mine).status_code == 200
    assert other.post(claim, json={"by": "Officer 2"}, headers=theirs).status_code == 409
    assert other.post(claim, json=said, headers=mine).status_code == 200
    assert other.delete("/v1/session", headers=mine).status_code == 204
    assert accounts.client.get(url, headers=mine).status_code == 401


def test_wrong_passwords_are_counted_over_all_web_processes(two: tuple[WithAccounts, httpx.Client]) -> None:
    accounts, other = two
    said = {"name": "Officer 1", "password": "wrong wrong wrong"}
    answers = [client.post("/v1/session", json=said).status_code for client in (accounts.client, other) * 4]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_a_service_that_does_not_read_leaves_it_to_workers(on: Machine, reader: Reader) -> None:
    web, hands = on("web", read_here=False), on("hands")
    with open_store(web) as store, running(web, store, reader) as service:
        store.intake.accept_scan(scan_files(), origin="test")
        service.wake()
        with open_store(hands) as other, working(hands, other, reader):
            wait_until(lambda: states(store) == {"read": 1})
        assert service.stopped_parts() == ()


def test_what_waited_before_the_queue_was_there_gets_a_job(on: Machine, reader: Reader) -> None:
    settings = on("first")
    with open_store(settings) as store:
        store.intake.accept_scan(scan_files(), origin="test")
        with store.database.write() as session:
            session.connection().exec_driver_sql("DELETE FROM procrastinate_jobs")
        with working(settings, store, reader):
            wait_until(lambda: states(store) == {"read": 1})
            wait_until(lambda: _jobs(store) == 0)


def _jobs(store: Store) -> int:
    with store.database.read() as session:
        left = session.connection().exec_driver_sql("SELECT count(*) FROM procrastinate_jobs")
        return int(left.scalar_one())


def test_nothing_is_left_in_the_queue_when_everything_is_read(on: Machine, reader: Reader) -> None:
    settings = on("first")
    with open_store(settings) as store, working(settings, store, reader):
        store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test")
        wait_until(lambda: states(store) == {"read": 1})
        store.intake.accept_declaration(declaration_json(mass_kg=1), origin="test")
        wait_until(lambda: states(store) == {"read": 1} and _jobs(store) == 0)
        with store.database.read() as session:
            assert session.execute(select(ScanRow.revision)).scalar_one() == 2


def test_the_units_of_a_scan_are_read_after_it_whichever_worker_reads_them(
    on: Machine, reader: Reader
) -> None:
    first, second = on("first"), on("second")
    with (
        open_store(first) as store,
        open_store(second) as other,
        working(first, store, reader),
        working(second, other, reader),
    ):
        store.intake.accept_scan(scan_files(two_container_tiff()), origin="test")
        wait_until(lambda: states(store) == {"read": 3} and _jobs(store) == 0)
