"""Scans that wait are due by what is known of their consignment, from the transaction on in which it becomes known."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tallyscan.bootstrap import Store, open_store, profile_book
from tallyscan.recorder import Recorder
from tallyscan.risk_score import RiskScoreSaid
from tallyscan.settings import Settings
from tallyscan.store.tables import ScanRow
from tests.store.builders import OTHER_CONTAINER, declaration_json, scan_files, sidecar_json
from tests.store.test_selections import declare, read, release

HIGH, RAISED, USUAL = (timedelta(minutes=minutes) for minutes in (1, 5, 15))
AGAIN = timedelta(minutes=15)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


def arrives(store: Store, image: bytes = b"pixels", consignment: str | None = None, **sidecar: str) -> str:
    files = scan_files(image, sidecar_json(**sidecar))
    return store.intake.accept_scan(files, origin="test", consignment=consignment).scan_id


def patience(store: Store, scan: str) -> timedelta:
    with store.database.read() as session:
        row = session.get_one(ScanRow, scan)
        assert row.due_at is not None
        assert row.waits_since is not None
        return row.due_at - row.waits_since


def test_a_profile_that_selects_the_declaration_makes_its_scan_pressing_on_arrival(store: Store) -> None:
    release(profile_book(store))
    declare(store, "C-1")
    assert patience(store, arrives(store, consignment="C-1")) == HIGH
    assert patience(store, arrives(store, b"other", consignment="C-2")) == USUAL


def test_a_scan_that_waits_is_pressing_once_its_declaration_comes_and_is_joined(store: Store) -> None:
    release(profile_book(store))
    scan, other = arrives(store), arrives(store, b"other", container=OTHER_CONTAINER)
    assert patience(store, scan) == USUAL
    profile = {
        "title": "Heavy scans",
        "stage": "after_scan",
        "action": "open",
        "expression": "declaration.gross_mass_kg > 5000",
    }
    release(profile_book(store), "heavy-scans", **profile)
    store.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
    read(store)
    read_again(store)
    assert patience(store, scan) == HIGH + AGAIN
    assert patience(store, other) == USUAL


def test_what_comes_in_from_elsewhere_makes_the_scans_that_wait_pressing_and_its_correction_less(
    store: Store,
) -> None:
    scan = arrives(store, consignment="C-1")
    recorder = Recorder(store.database, "urn:test", ("file",))
    for score, due in ((0.95, HIGH), (0.2, RAISED), (0.01, USUAL)):
        recorder.receive("C-1", RiskScoreSaid(by="engine-1", score=score))
        assert patience(store, scan) == due


def test_a_scan_of_a_consignment_of_which_another_was_red_is_pressing(store: Store) -> None:
    arrives(store, consignment="C-1")
    read(store, score=0.8)
    assert patience(store, arrives(store, b"other", consignment="C-1")) == HIGH


def test_a_scan_that_is_corrected_again_and_again_keeps_its_place(store: Store) -> None:
    scan = arrives(store, consignment="C-1")
    read(store, score=0.02)
    since = []
    for mass_kg in (1, 2, 3):
        store.intake.accept_declaration(declaration_json(mass_kg=mass_kg), origin="test", consignment="C-1")
        with store.database.read() as session:
            since.append(session.get_one(ScanRow, scan).waits_since)
    assert len(set(since)) == 1
    assert patience(store, scan) == USUAL + AGAIN


def read_again(store: Store) -> None:
    store.intake.accept_declaration(declaration_json(mass_kg=8000), origin="test", consignment="C-1")
