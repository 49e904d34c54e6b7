"""The scans of single cargo units, as the reading of the whole makes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tallyscan.errors import Conflict, NotFound
from tallyscan.finding import CargoUnit
from tallyscan.reading import PartOfWhole, Reading
from tallyscan.scan import Box
from tallyscan.sidecar import UnitMark
from tallyscan.store import queries
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.join_views import waiting_joins
from tallyscan.store.joins import Joins
from tallyscan.store.parts import load_whole, marks_of_unit, put_parts
from tallyscan.store.queries import ScanView
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.tables import PartRow, ScanRow
from tallyscan.store.work_queue import DatabaseQueue
from tests.store.builders import (
    CONTAINER,
    OTHER_CONTAINER,
    declaration_json,
    reading_of,
    scan_files,
    sidecar_json,
)

MARKS = (UnitMark(container_number=CONTAINER), UnitMark(container_number=OTHER_CONTAINER))
JOINS = Joins(timedelta(days=30))


def reading_with(units: int, scan_id: str = "s", *, shift: float = 0.0) -> Reading:
    boxes = [Box(700.0 * number + shift, 40, 600, 170) for number in range(units)]
    containers = tuple(CargoUnit(number, box, "container") for number, box in enumerate(boxes, start=1))
    return replace(reading_of(scan_id), containers=containers)


@pytest.fixture
def scan(intake: Intake) -> str:
    return intake.accept_scan(scan_files(sidecar=sidecar_json(None)), origin="test", name="t.tif").scan_id


def put(database: Database, scan: str, reading: Reading, marks: tuple[UnitMark, ...] = MARKS) -> int:
    with database.write() as session:
        return put_parts(session, JOINS, scan, reading, marks, datetime.now(UTC))


def parts(database: Database, scan: str) -> list[ScanView]:
    with database.read() as session:
        return [queries.scan(session, part.scan) for part in queries.scan(session, scan).parts]


def read(database: Database, queue: DatabaseQueue, units: int = 0) -> str | None:
    """The next scan in the queue, by a reading with so many units."""
    claim = queue.claim()
    if claim is None:
        return None
    with database.write() as session:
        reading = reading_with(units, claim.scan_id)
        save_reading(session, claim, reading, state="read", shown=Shown())
    return claim.scan_id


def test_one_unit_makes_no_part(database: Database, scan: str) -> None:
    assert put(database, scan, reading_with(1)) == put(database, scan, reading_with(0)) == 0
    assert parts(database, scan) == []


def test_the_same_reading_again_makes_the_same_parts(database: Database, scan: str) -> None:
    assert put(database, scan, reading_with(2)) == 2
    first = parts(database, scan)
    again = replace(reading_with(2), seconds=replace(reading_of("s").seconds, total=9.0))
    assert put(database, scan, again) == 2
    assert parts(database, scan) == first
    assert [view.name for view in first] == ["t.tif, unit 1", "t.tif, unit 2"]
    with database.read() as session:
        newest_first = [view.name for view in queries.scans(session)]
    assert newest_first == ["t.tif", "t.tif, unit 1", "t.tif, unit 2"]


def test_each_part_has_its_own_mark_and_those_beside_it(database: Database, intake: Intake) -> None:
    intake.accept_declaration(declaration_json(OTHER_CONTAINER), origin="test", consignment="C-2")
    scan = intake.accept_scan(scan_files(sidecar=sidecar_json(None)), origin="test").scan_id
    put(database, scan, reading_with(2))
    first, second = parts(database, scan)
    assert (second.consignment, second.join.how) == ("C-2", "container_number")
    assert (first.join.state, [c.evidence[0].code for c in first.join.candidates]) == (
        "proposed",
        ["unit_beside"],
    )
    with database.read() as session:
        assert [waiting.scan for waiting in waiting_joins(session)] == [first.id]


def test_marks_that_come_later_are_weighed(database: Database, scan: str, intake: Intake) -> None:
    intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
    put(database, scan, reading_with(2), ())
    assert [view.join.state for view in parts(database, scan)] == ["open", "open"]
    put(database, scan, reading_with(2))
    assert [view.consignment for view in parts(database, scan)] == ["C-1", None]


def test_parts_are_read_after_the_whole_and_again_when_it_says_something_else(
    database: Database, scan: str, queue: DatabaseQueue
) -> None:
    put(database, scan, reading_with(2))
    assert read(database, queue, units=2) == scan
    ids = [view.id for view in parts(database, scan)]
    assert {read(database, queue), read(database, queue)} == set(ids)
    assert queue.claim() is None
    put(database, scan, reading_with(2, shift=40))
    assert [view.state for view in parts(database, scan)] == ["received", "received"]
    assert "the whole scan was read again" in (parts(database, scan)[0].reason or "")
    assert parts(database, scan)[0].part is not None
    assert {read(database, queue), read(database, queue)} == set(ids)


def test_a_reading_of_a_part_that_rests_on_an_older_one_is_refused(
    database: Database, scan: str, queue: DatabaseQueue
) -> None:
    put(database, scan, reading_with(2))
    read(database, queue, units=2)
    claim = queue.claim()
    assert claim is not None
    assert (claim.part_of, claim.unit in (1, 2)) == (scan, True)
    put(database, scan, reading_with(2, shift=40))
    with pytest.raises(Conflict, match="was read again"), database.write() as session:
        save_reading(session, claim, reading_of(claim.scan_id), state="read", shown=Shown())


def test_a_unit_that_is_no_longer_found_keeps_its_part_which_says_so(
    database: Database, scan: str, queue: DatabaseQueue
) -> None:
    put(database, scan, reading_with(3), ())
    put(database, scan, reading_with(2), ())
    assert len(parts(database, scan)) == 3
    read(database, queue, units=2)
    with database.read() as session:
        whole = load_whole(session, scan)
    assert PartOfWhole(2, whole).missing is None
    missing = PartOfWhole(3, whole).missing
    assert missing is not None
    assert "Unit 3 is no longer found: the whole scan shows 2 now" in missing.reason
    put(database, scan, reading_with(3), ())
    with database.read() as session:
        assert len(session.execute(select(PartRow)).scalars().all()) == 3


def test_a_dead_part_lives_again_when_the_whole_is_delivered_again(
    database: Database, scan: str, queue: DatabaseQueue, intake: Intake
) -> None:
    put(database, scan, reading_with(2))
    read(database, queue, units=2)
    read(database, queue)
    read(database, queue)
    dead = parts(database, scan)[0].id
    with database.write() as session:
        row = session.get(ScanRow, dead)
        assert row is not None
        row.state = "dead"
    intake.accept_scan(scan_files(sidecar=sidecar_json(None)), origin="test")
    assert [view.state for view in parts(database, scan)] == ["received", "read"]


def test_a_delivery_for_another_consignment_than_was_said_is_a_conflict(
    database: Database, intake: Intake
) -> None:
    files = scan_files(sidecar=sidecar_json(None))
    intake.accept_declaration(declaration_json(OTHER_CONTAINER), origin="test", consignment="C-2")
    scan = intake.accept_scan(files, origin="test", consignment="C-1").scan_id
    put(database, scan, reading_with(2))
    assert [view.consignment for view in parts(database, scan)] == ["C-1", "C-2"]
    assert intake.accept_scan(files, origin="test", consignment="C-1").scan_id == scan
    with pytest.raises(Conflict, match="C-1"):
        intake.accept_scan(files, origin="test", consignment="C-3")


def test_what_a_sender_says_later_holds_for_the_units(database: Database, scan: str, intake: Intake) -> None:
    put(database, scan, reading_with(2), ())
    intake.accept_scan(scan_files(sidecar=sidecar_json(None)), origin="test", consignment="C-1")
    assert [(view.consignment, view.join.how) for view in parts(database, scan)] == [("C-1", "sender")] * 2
    with database.read() as session:
        assert queries.scan(session, scan).consignment == "C-1"


@pytest.mark.parametrize(
    ("number", "found", "own", "beside"),
    [(1, 2, MARKS[:1], MARKS[1:]), (2, 2, MARKS[1:], MARKS[:1]), (1, 3, (), MARKS), (1, 1, (), MARKS)],
)
def test_marks_are_of_units_in_their_order_where_there_are_as_many(
    number: int, found: int, own: tuple[UnitMark, ...], beside: tuple[UnitMark, ...]
) -> None:
    marks = marks_of_unit(MARKS, number, found)
    assert (marks.own, marks.beside) == (own, beside)


def test_there_must_be_such_a_scan(database: Database) -> None:
    with pytest.raises(NotFound), database.read() as session:
        load_whole(session, "nobody")
