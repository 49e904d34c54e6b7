"""Scans and consignments find each other, in whichever order they come, and what moves leaves its history."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tallyscan.errors import Conflict, NotFound
from tallyscan.join.change import JoinChange
from tallyscan.store import queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.join_views import JoinView, join_history, waiting_joins
from tallyscan.store.joins import Joins
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import UNJOINED
from tallyscan.store.work_queue import DatabaseQueue
from tests.store.builders import (
    CONTAINER,
    OTHER_CONTAINER,
    declaration_json,
    reading_of,
    scan_files,
    sidecar_json,
)

MISREAD = "CSQU3O54383"  # O for 0
PLATE = "EX1234AB"
EXPECTED = {"referenceNumber": "XXAAA", "arrivalDateAndTimeEstimated": "2026-02-01T12:00:00Z"}


class Office:
    """The store with everything around it, as a test speaks of it."""

    def __init__(self, database: Database, blobs: FolderBlobs, queue: DatabaseQueue) -> None:
        self.told: list[JoinChange] = []
        self.joins = Joins(timedelta(days=30), lambda _, change: self.told.append(change))
        self.intake = Intake(database, blobs, joins=self.joins)
        self._database, self._queue = database, queue

    def scan(self, number: str | None = CONTAINER, image: bytes = b"pixels", **said: Any) -> str:
        return self.intake.accept_scan(scan_files(image, sidecar_json(number, **said)), origin="test").scan_id

    def declare(self, consignment: str, number: str = CONTAINER, **more: Any) -> None:
        document = json.loads(declaration_json(number)) | more
        self.intake.accept_declaration(json.dumps(document).encode(), origin="test", consignment=consignment)

    def declare_plate(self, consignment: str, plate: str = PLATE, **more: Any) -> None:
        means = [{"identificationNumber": plate}]
        self.declare(consignment, transportEquipment=[], transportMeans=means, **more)

    def read_all(self, score: float = 0.4) -> None:
        while (claim := self._queue.claim()) is not None:
            with self._database.write() as session:
                reading = reading_of(claim.scan_id, score=score, version=claim.declaration_version)
                save_reading(session, claim, reading, state="read", shown=Shown())

    def decide(
        self, scan: str, consignment: str | None, by: str = "Officer 12", reason: str = "Seen."
    ) -> None:
        with self._database.write() as session:
            self.joins.decide(session, scan, consignment, by=by, reason=reason, now=datetime.now(UTC))

    def join_of(self, scan: str) -> JoinView:
        with self._database.read() as session:
            return queries.scan(session, scan).join

    def steps_of(self, scan: str) -> list[tuple[str, str | None, str | None]]:
        with self._database.read() as session:
            return [(step.state, step.consignment, step.how) for step in join_history(session, scan)]

    def record(self, consignment: str) -> list[tuple[str, str]]:
        with self._database.read() as session:
            return [(entry.event, entry.risk.lane) for entry in risk_record(session, consignment).history]

    def lane(self, consignment: str) -> str:
        with self._database.read() as session:
            return risk_record(session, consignment).risk.lane

    def pending(self, consignment: str) -> str | None:
        with self._database.read() as session:
            return risk_record(session, consignment).pending


@pytest.fixture
def office(database: Database, blobs: FolderBlobs, queue: DatabaseQueue) -> Office:
    return Office(database, blobs, queue)


def test_the_join_says_how_it_was_made_and_how_sure_it_is(office: Office) -> None:
    office.declare("C-1")
    join = office.join_of(office.scan())
    assert (join.state, join.consignment, join.how, join.confidence) == (
        "joined",
        "C-1",
        "container_number",
        0.9999,
    )
    assert join.why == f"The container number {CONTAINER} was read as it is declared."
    assert [evidence.code for evidence in join.candidates[0].evidence] == ["number_same"]


def test_what_the_sender_says_has_no_confidence(office: Office) -> None:
    named = office.intake.accept_scan(
        scan_files(b"1", sidecar_json()), origin="test", consignment="C-1"
    ).scan_id
    beside = office.intake.accept_scan(
        scan_files(b"2", sidecar_json(), declaration_json()), origin="test"
    ).scan_id
    assert (office.join_of(named).how, office.join_of(named).confidence) == ("sender", None)
    assert (office.join_of(beside).how, office.join_of(beside).confidence) == ("declaration_beside", None)


@pytest.mark.parametrize("declared_first", [True, False])
def test_a_misread_number_is_proposed_whichever_comes_first(
    office: Office, database: Database, declared_first: bool
) -> None:
    if declared_first:
        office.declare("C-1")
    scan = office.scan(MISREAD)
    if not declared_first:
        assert office.join_of(scan).state == "open"
        office.declare("C-1")
    join = office.join_of(scan)
    assert (join.state, join.consignment, join.how) == ("proposed", None, None)
    assert [(each.consignment, each.sure) for each in join.candidates] == [("C-1", False)]
    assert "taken for one that looks like it" in join.why
    with database.read() as session:
        (waiting,) = waiting_joins(session)
        waits = {state: len(waiting_joins(session, state=state)) for state in UNJOINED}
        assert waits == {"proposed": 1, "open": 0}
    assert waiting.scan == scan
    assert waiting.units[0].container_number is not None
    assert waiting.units[0].container_number.as_read == MISREAD


def test_a_late_declaration_joins_by_plate(office: Office) -> None:
    scan = office.scan(None, units=[{"plate": "ex-1234-ab"}])
    office.read_all()
    office.declare_plate("C-1")
    assert office.steps_of(scan) == [("open", None, None), ("joined", "C-1", "plate")]
    assert office.lane("C-1") == "not_assessed"
    office.read_all()
    assert office.record("C-1") == [("scan_read", "yellow")]


def test_a_scan_that_two_consignments_fit_goes_to_a_person(office: Office) -> None:
    office.declare("C-1")
    office.declare("C-2")
    scan = office.scan()
    join = office.join_of(scan)
    assert (join.state, join.consignment) == ("proposed", None)
    assert {each.consignment for each in join.candidates} == {"C-1", "C-2"}
    office.read_all()
    office.decide(scan, "C-2", reason="By the consignment note.")
    join = office.join_of(scan)
    assert (join.state, join.consignment, join.how, join.confidence) == ("joined", "C-2", "person", None)
    assert (join.decided_by, join.why) == ("Officer 12", "By the consignment note.")
    office.read_all()
    assert office.record("C-2") == [("scan_read", "yellow")]
    assert office.record("C-1") == []


def test_site_and_time_tell_two_consignments_apart(office: Office) -> None:
    for consignment, site in (("C-1", "XXAAA"), ("C-2", "XXBBB")):
        arrival = {"referenceNumber": site, "arrivalDateAndTimeEstimated": "2026-02-01T12:00:00Z"}
        office.declare_plate(consignment, customsOffices=[arrival])
    scan = office.scan(None, units=[{"plate": PLATE}], site="XXBBB")
    assert office.join_of(scan).consignment == "C-2"


def test_a_corrected_number_moves_the_scan_and_both_records_keep_what_was_there(office: Office) -> None:
    office.declare("C-1")
    office.declare("C-2", OTHER_CONTAINER)
    scan = office.scan()
    office.read_all(score=0.8)
    assert office.record("C-1") == [("scan_read", "red")]
    office.declare("C-1", "MSKU9070323")  # it was never the container of C-1 ...
    assert office.join_of(scan).state == "open"
    assert office.record("C-1") == [("scan_read", "red"), ("scan_moved_away", "not_assessed")]
    office.declare("C-2", CONTAINER)  # ... but that of C-2
    assert office.steps_of(scan) == [
        ("joined", "C-1", "container_number"),
        ("open", None, None),
        ("joined", "C-2", "container_number"),
    ]
    assert office.lane("C-2") == "not_assessed"
    office.read_all(score=0.8)
    assert office.record("C-2") == [("scan_read", "red")]
    assert office.lane("C-1") == "not_assessed"
    assert [(change.change, change.consignment, change.other_consignment) for change in office.told] == [
        ("moved_away", "C-1", None)
    ]


def test_a_correction_that_names_it_moves_it_at_once(office: Office) -> None:
    office.declare("C-2", CONTAINER)
    scan = office.scan()
    office.read_all()
    both = [{"containerIdentificationNumber": CONTAINER}, {"containerIdentificationNumber": "MSKU9070323"}]
    office.declare("C-1", transportEquipment=both, customsOffices=[EXPECTED])  # fits as well: in question
    assert office.join_of(scan).state == "proposed"
    assert office.join_of(scan).consignment == "C-2"
    office.declare("C-2", OTHER_CONTAINER)
    join = office.join_of(scan)
    assert (join.state, join.consignment) == ("joined", "C-1")
    told = [(change.change, change.consignment, change.other_consignment) for change in office.told]
    assert told == [("questioned", "C-2", None), ("moved_away", "C-2", "C-1"), ("moved_here", "C-1", "C-2")]
    assert [change.entry.event for change in office.told] == [
        "join_questioned",
        "scan_moved_away",
        "scan_moved_here",
    ]
    office.read_all()
    assert office.record("C-1") == [("scan_moved_here", "not_assessed"), ("scan_read", "yellow")]


def test_a_scan_in_question_does_not_look_clear_until_a_person_confirms(office: Office) -> None:
    office.declare("C-1")
    scan = office.scan()
    office.read_all(score=0.02)
    assert office.lane("C-1") == "green"
    office.declare("C-2", customsOffices=[EXPECTED])
    assert office.join_of(scan).state == "proposed"
    assert office.lane("C-1") == "not_assessed"
    assert office.pending("C-1") == "In question whether of this consignment: 1 of 1 scan."
    office.decide(scan, "C-1")
    assert (office.lane("C-1"), office.pending("C-1")) == ("green", None)
    assert office.record("C-1") == [
        ("scan_read", "green"),
        ("join_questioned", "not_assessed"),
        ("join_confirmed", "green"),
    ]
    office.declare("C-3", customsOffices=[EXPECTED])  # a person has decided
    assert office.join_of(scan).state == "joined"


def test_a_red_scan_in_question_stays_red(office: Office) -> None:
    office.declare("C-1")
    office.scan()
    office.read_all(score=0.9)
    office.declare("C-2", customsOffices=[EXPECTED])
    assert (office.lane("C-1"), office.pending("C-1") is None) == ("red", False)


def test_the_next_journey_of_a_container_leaves_the_one_before_alone(office: Office) -> None:
    office.declare("C-1")
    scan = office.scan()
    office.read_all(score=0.02)
    office.declare("C-2")
    assert office.join_of(scan).consignment == "C-1"
    assert office.lane("C-1") == "green"


def test_a_person_moves_a_scan_and_what_is_left_is_judged_without_it(office: Office) -> None:
    office.declare("C-1")
    office.declare("C-2", OTHER_CONTAINER)
    red = office.scan()
    other = office.scan(image=b"another")
    office.read_all(score=0.9)
    assert office.lane("C-1") == "red"
    office.decide(red, "C-2")
    assert office.record("C-1")[-1] == ("scan_moved_away", "red")  # the other scan is red by itself
    assert office.record("C-2") == [("scan_moved_here", "not_assessed")]
    office.decide(other, "C-2")
    assert office.lane("C-1") == "not_assessed"  # no scan is left
    assert office.pending("C-2") == "Not yet read against version 1 of the declaration: 2 of 2 scans."
    office.read_all(score=0.9)
    assert [event for event, _ in office.record("C-2")][-2:] == ["scan_read", "scan_read"]
    assert office.lane("C-2") == "red"


def test_a_scan_that_moves_and_comes_back_counts_again(office: Office) -> None:
    office.declare("C-1")
    office.declare("C-2", OTHER_CONTAINER)
    scan = office.scan()
    office.read_all(score=0.02)
    office.decide(scan, "C-2")
    office.decide(scan, "C-1")
    assert office.lane("C-1") == "not_assessed"
    office.read_all(score=0.02)
    assert office.lane("C-1") == "green"
    assert [event for event, _ in office.record("C-1")] == [
        "scan_read",
        "scan_moved_away",
        "scan_moved_here",
        "scan_read",
    ]
    assert office.record("C-2") == [("scan_moved_here", "not_assessed"), ("scan_moved_away", "not_assessed")]


def test_a_scan_that_is_read_while_it_moves_is_read_again(
    office: Office, database: Database, queue: DatabaseQueue
) -> None:
    office.declare("C-1")
    office.declare("C-2", OTHER_CONTAINER)
    scan = office.scan()
    claim = queue.claim()
    assert claim is not None
    office.decide(scan, "C-2")
    with pytest.raises(Conflict, match="changed while it was read"), database.write() as session:
        save_reading(session, claim, reading_of(scan, version=1), state="read", shown=Shown())
    queue.put_back(claim, reason="moved", counts=False)
    office.read_all()
    assert office.record("C-2") == [("scan_moved_here", "not_assessed"), ("scan_read", "yellow")]
    assert office.record("C-1") == [("scan_moved_away", "not_assessed")]


def test_what_a_person_took_out_only_a_person_puts_back(office: Office) -> None:
    office.declare("C-1")
    scan = office.scan()
    office.decide(scan, None, reason="Another vehicle is on the picture.")
    assert (office.join_of(scan).state, office.join_of(scan).how) == ("open", "person")
    assert office.scan() == scan
    office.intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="test", consignment="C-1")
    assert office.join_of(scan).consignment is None
    office.declare("C-1", goodsItems=[{"goodsItemNumber": 1, "descriptionOfGoods": "Sand"}])
    join = office.join_of(scan)
    assert (join.state, join.consignment) == ("proposed", None)
    assert join.why.startswith("A person took it out of a consignment before.")
    office.decide(scan, "C-1")
    assert office.join_of(scan).consignment == "C-1"


def test_a_delivery_that_comes_again_does_not_undo_what_a_person_decided(office: Office) -> None:
    files = scan_files(sidecar=sidecar_json(), declaration=declaration_json(mrn="26NL000510A1B2C3D4"))
    scan = office.intake.accept_scan(files, origin="test").scan_id
    office.declare("C-2", OTHER_CONTAINER)
    office.decide(scan, "C-2")
    again = office.intake.accept_scan(files, origin="test")
    assert (again.scan_id, again.new) == (scan, False)
    assert office.join_of(scan).consignment == "C-2"
    with pytest.raises(Conflict, match="PUT /v1/scans/"):
        office.intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="test", consignment="C-3")


def test_what_a_sender_said_is_not_weighed_against_marks(office: Office) -> None:
    scan = office.intake.accept_scan(
        scan_files(sidecar=sidecar_json()), origin="test", consignment="C-1"
    ).scan_id
    office.declare("C-1", OTHER_CONTAINER)
    office.declare("C-2", CONTAINER)
    assert office.steps_of(scan) == [("joined", "C-1", "sender")]


def test_deciding_the_same_twice_is_one_step(office: Office) -> None:
    office.declare("C-1")
    office.declare("C-2", OTHER_CONTAINER)
    scan = office.scan()
    for _ in range(2):
        office.decide(scan, "C-2")
    assert office.steps_of(scan) == [("joined", "C-1", "container_number"), ("joined", "C-2", "person")]
    assert len(office.told) == 2


def test_there_must_be_such_a_scan_and_such_a_consignment(office: Office) -> None:
    with pytest.raises(NotFound, match="no scan"):
        office.decide("nobody", None)
    scan = office.scan()
    with pytest.raises(NotFound, match="C-9"):
        office.decide(scan, "C-9")


def test_an_old_journey_is_no_candidate_and_a_correction_of_it_changes_nothing(
    database: Database, blobs: FolderBlobs, queue: DatabaseQueue
) -> None:
    office = Office(database, blobs, queue)
    office.joins._window = timedelta(0)
    office.declare("C-1")
    scan = office.scan()
    assert office.join_of(scan).state == "open"
    office.declare("C-1", goodsItems=[{"goodsItemNumber": 1, "descriptionOfGoods": "Sand"}])
    assert office.join_of(scan).state == "open"


def test_a_correction_of_the_goods_alone_leaves_the_join_as_it_is(office: Office) -> None:
    office.declare("C-1")
    scan = office.scan()
    office.declare("C-1", goodsItems=[{"goodsItemNumber": 1, "descriptionOfGoods": "Sand"}])
    assert office.steps_of(scan) == [("joined", "C-1", "container_number")]


def test_the_order_in_which_all_comes_changes_nothing(
    database: Database, blobs: FolderBlobs, queue: DatabaseQueue
) -> None:
    office = Office(database, blobs, queue)
    first = office.scan(None, units=[{"container_number": CONTAINER}, {"container_number": OTHER_CONTAINER}])
    office.declare("C-1", CONTAINER)
    office.declare("C-2", OTHER_CONTAINER)
    second = office.scan(
        None, image=b"2", units=[{"container_number": CONTAINER}, {"container_number": OTHER_CONTAINER}]
    )
    for scan in (first, second):
        join = office.join_of(scan)
        assert join.state == "proposed"
        assert {each.consignment for each in join.candidates} == {"C-1", "C-2"}


def test_waiting_joins_come_in_pages_and_by_state(office: Office, database: Database) -> None:
    office.declare("C-1")
    open_scans = [office.scan(OTHER_CONTAINER, b"%d" % n) for n in range(3)]
    proposed = office.scan(MISREAD, b"4")
    office.scan(CONTAINER, b"5")
    with database.read() as session:
        assert [each.scan for each in waiting_joins(session)] == [proposed, *open_scans[::-1]]
        assert [each.scan for each in waiting_joins(session, state="open", limit=2)] == open_scans[:0:-1]
        assert [each.scan for each in waiting_joins(session, before=open_scans[1])] == [open_scans[0]]
        with pytest.raises(NotFound):
            waiting_joins(session, before="nobody")
