"""What controls of loads came to, asked in every way there is: each gets the same answer. All of it is invented."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tallyscan.bootstrap import Store, open_store, profile_book
from tallyscan.control_result import ControlResultSaid
from tallyscan.inspection import InspectionSaid
from tallyscan.recorder import Recorder
from tallyscan.settings import Settings
from tallyscan.store.controls import consignments_opened, scans_opened, scans_with_finds
from tallyscan.store.selections import pending
from tallyscan.store.tables import Consignment, PartRow
from tallyscan.store.waiting_lists import listed
from tests.store.test_selections import declare, read, release, scan

FOUND = {"by": "i-1", "opened": "in_part", "found": True, "items": [{"description": "Cigarettes"}]}
NOTHING = {"by": "i-1", "opened": "wholly", "found": False}
NOT_OPENED = {"by": "i-1", "opened": "no"}
SINCE = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        release(profile_book(opened), "any", stage="after_scan", action="open", expression="true")
        declare(opened, "C-1")
        yield opened


@pytest.fixture
def scanned(store: Store) -> str:
    found = scan(store, "C-1")
    read(store)
    return found


@pytest.fixture
def recorder(store: Store) -> Recorder:
    return Recorder(store.database, "urn:test")


def answers(store: Store, scan_id: str) -> tuple[bool | None, ...]:
    """Of the consignment, of its scan, then whether it is on no list any more, and whether not judged again."""
    with store.database.read() as session:
        of_consignment = consignments_opened(session, select(Consignment.id), datetime.now(UTC)).get("C-1")
        of_scan = scans_opened(session, [scan_id]).get(scan_id)
        with_finds = scan_id in session.execute(scans_with_finds()).scalars().all()
        assert with_finds == bool(of_scan)
        on_list = listed(session, "GATE-1", "after_scan", since=SINCE, limit=9)
        waits = pending(session, "after_scan", since=SINCE, selected_alone=False)
    return of_consignment, of_scan, on_list == (), waits == ()


def test_all_who_ask_what_inspections_came_to_get_one_answer(
    store: Store, scanned: str, recorder: Recorder
) -> None:
    assert answers(store, scanned) == (None, None, False, False)
    recorder.inspect(scanned, InspectionSaid.model_validate(NOT_OPENED))
    assert answers(store, scanned) == (None, None, False, False)
    found = recorder.inspect(scanned, InspectionSaid.model_validate(FOUND)).entry
    assert answers(store, scanned) == (True, True, True, True)
    recorder.inspect(scanned, InspectionSaid.model_validate(NOTHING))
    assert answers(store, scanned) == (True, True, True, True), "another control, of another part of the load"
    recorder.inspect(scanned, InspectionSaid.model_validate(NOTHING | {"corrects": found.id}))
    assert answers(store, scanned) == (False, False, True, True)


def test_what_was_opened_by_mistake_alone_is_still_to_be_opened(
    store: Store, scanned: str, recorder: Recorder
) -> None:
    first = recorder.inspect(scanned, InspectionSaid.model_validate(NOTHING)).entry
    recorder.inspect(scanned, InspectionSaid.model_validate(NOT_OPENED | {"corrects": first.id}))
    assert answers(store, scanned) == (None, None, False, False)


@pytest.mark.parametrize(
    ("codes", "found"),
    [(["A2"], None), (["A1"], False), (["A4"], False), (["B1"], True), (["B1", "A1"], True), (["A9"], None)],
)
def test_customs_own_results_count_for_the_consignment_and_each_of_its_scans(
    store: Store, scanned: str, recorder: Recorder, codes: list[str], found: bool | None
) -> None:
    for number, code in enumerate(codes):
        recorder.receive("C-1", ControlResultSaid(by=f"i-{number}", code=code))
    opened = found is not None
    assert answers(store, scanned) == (found, found, opened, opened)


def test_what_an_inspection_of_the_whole_scan_found_is_found_in_its_units(
    store: Store, scanned: str, recorder: Recorder
) -> None:
    declare(store, "C-2", container="TGHU7599330")
    whole = scan(store, "C-2", b"other pixels", container="TGHU7599330")
    with store.database.write() as session:
        session.add(PartRow(scan_id=scanned, part_of=whole, unit=1, box=[], rests_on="0" * 64))
    read(store)
    recorder.inspect(whole, InspectionSaid.model_validate(FOUND))
    with store.database.read() as session:
        assert dict(scans_opened(session, [scanned, whole])) == {scanned: True, whole: True}
        assert pending(session, "after_scan", since=SINCE, selected_alone=False) == ()
        assert listed(session, "GATE-1", "after_scan", since=SINCE, limit=9) == ()
