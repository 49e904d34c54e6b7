"""Scans that were given up: seen, and read again by a person with a reason, from the command line and over HTTP."""

import json
from collections.abc import Iterator

import pytest

from tallyscan.__main__ import main
from tallyscan.bootstrap import Store, open_store, running, worker_of
from tallyscan.errors import Conflict, NotFound
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.dead_letters import dead_letters, read_dead_again
from tallyscan.store.tables import DeadLetterActionRow, ScanRow
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, scan_files
from tests.web.conftest import serving

WHO = ["--by", "Officer 12", "--reason", "More memory."]


@pytest.fixture
def store(settings: Settings, database_url: str) -> Iterator[Store]:
    """On both databases."""
    told = {} if database_url.startswith("sqlite") else {"database_url": database_url}
    with open_store(Settings.model_validate(settings.model_dump() | told)) as opened:
        yield opened


def give_up(store: Store, settings: Settings, reader: Reader, seed: int = 0) -> str:
    """A scan of which every try fails."""
    files = scan_files(container_tiff(seed=seed))
    scan = store.intake.accept_scan(files, origin="test", consignment=f"C-{seed}").scan_id
    for _ in range(settings.max_attempts):
        claim = store.queue.claim()
        assert claim is not None
        store.queue.put_back(claim, reason="No memory.", counts=True)
    worker_of(store, reader, settings).read_next()
    return scan


def state(store: Store, scan: str) -> str:
    with store.database.read() as session:
        return queries.scan(session, scan).state


def test_one_that_was_given_up_is_listed_and_read_again_on_record(
    store: Store, settings: Settings, reader: Reader
) -> None:
    first, second = (give_up(store, settings, reader, seed) for seed in (1, 2))
    with store.database.read() as session:
        letters = dead_letters(session, limit=10)
        assert [letter.scan for letter in letters] == [first, second]
        assert [letter.scan for letter in dead_letters(session, after=first, limit=10)] == [second]
    assert (letters[0].attempts, letters[0].consignment) == (settings.max_attempts + 1, "C-1")
    assert "never finished. The last time: No memory." in (letters[0].reason or "")
    assert letters[0].traceback is not None
    with store.database.write() as session:
        read_dead_again(session, first, by="Officer 12", reason="More memory.")
    worker = worker_of(store, reader, settings)
    assert [worker.read_next(), worker.read_next()] == [first, None]
    assert (state(store, first), state(store, second)) == ("read", "dead")
    with store.database.read() as session:
        said = session.get_one(DeadLetterActionRow, (first, 1))
        assert (said.person, said.reason, said.attempts_before) == ("Officer 12", "More memory.", 6)
        assert session.get_one(ScanRow, first).attempts == 1


def test_what_was_not_given_up_is_left_alone(store: Store) -> None:
    scan = store.intake.accept_scan(scan_files(), origin="test").scan_id
    for of, error in ((scan, Conflict), ("nobody", NotFound)):
        with pytest.raises(error), store.database.write() as session:
            read_dead_again(session, of, by="Officer 12", reason="More memory.")


def test_the_command_lists_them_and_lets_them_be_read_again(
    settings: Settings, reader: Reader, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    data = ["--data", str(settings.data_dir)]
    with open_store(settings) as store:
        scan = give_up(store, settings, reader)
        capsys.readouterr()
        assert main(["dead-letters", "list", *data]) == 0
        assert scan in capsys.readouterr().out
        assert main(["dead-letters", "list", "--json", *data]) == 0
        assert json.loads(capsys.readouterr().out)["scan"] == scan
        assert main(["dead-letters", "replay", *WHO, *data]) == 2
        assert main(["dead-letters", "replay", "--all", *WHO, *data]) == 0
        assert "1 scan waits to be read again" in capsys.readouterr().out
        assert state(store, scan) == "received"
        assert main(["dead-letters", "list", *data]) == 0
        assert "No scan was given up." in capsys.readouterr().out


def test_over_http_it_is_listed_by_pages_and_read_again(settings: Settings, reader: Reader) -> None:
    with open_store(settings) as store:
        scans = [give_up(store, settings, reader, seed) for seed in (1, 2)]
        with running(settings, store, reader) as service, serving(service, settings) as client:
            page = client.get("/v1/dead-letters?limit=1").json()
            rest = client.get(page["next"]).json()
            assert [page["scans"][0]["scan"], rest["scans"][0]["scan"]] == scans
            assert rest["next"] is None
            url, said = f"/v1/dead-letters/{scans[0]}/replay", {"by": "Officer 12", "reason": "More memory."}
            assert client.post(url, json=said).status_code == 202
            wait_until(lambda: client.get(f"/v1/scans/{scans[0]}").json()["state"] == "read")
            assert client.post(url, json=said).status_code == 409
            assert client.post(url, json=said | {"reason": " "}).status_code == 422
