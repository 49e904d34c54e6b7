"""What every database must do for those who read scans: blind draws, claims, second readers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tallyscan.desk import Desk
from tallyscan.errors import Conflict, NotFound
from tallyscan.review.readers import may_read
from tallyscan.store.database import Database
from tallyscan.store.decisions import decision_history
from tallyscan.store.declarations import read_again
from tests.contracts.test_reviews import Desk as Office
from tests.review.builders import clear, suspicious

KEY = b"of invented scans"
SITE = "XXGATE1"
RED, GREEN = 0.8, 0.02


class DeskContract:
    """Inherited by the tests of each database; `database` gives an empty one."""

    @pytest.fixture
    def office(self, database: Database, tmp_path: Path) -> Office:
        return with_desk(Office(database, tmp_path), Desk(KEY))

    def test_what_waits_is_in_the_order_of_the_worklist_and_what_is_decided_waits_no_more(
        self, office: Office
    ) -> None:
        green, red, yellow = (read(office, score) for score in (GREEN, RED, 0.2))
        assert waiting(office, "officer-7") == [red, yellow, green]
        office.decide(red, **suspicious())
        assert waiting(office, "officer-8") == [yellow, green]

    def test_only_the_scans_of_the_site_that_are_not_too_old_are_listed(self, office: Office) -> None:
        scan = read(office, RED)
        assert waiting(office, "officer-7", site="elsewhere") == []
        assert waiting(office, "officer-7", site="xx-gate 1") == [scan]
        office.now = datetime.now(UTC) + timedelta(days=8)
        assert waiting(office, "officer-7") == []

    def test_a_disagreement_waits_for_a_second_reader_who_is_another_person(self, office: Office) -> None:
        scan = read(office, RED)
        office.decide(scan)
        assert waiting(office, "officer-7") == []
        assert waiting(office, "officer-8") == [scan]
        with office.database.write() as session:
            with pytest.raises(Conflict, match="who is another person"):
                office.recorder.desk.claim(session, scan, "officer-7", office.now)
            seat = office.recorder.desk.claim(session, scan, "officer-8", office.now)
        assert (seat.reader, seat.decisions) == ("second", ())
        assert told(office)["waits_for"] == {"reader": "second", "because": "disagreement"}
        office.decide(scan, by="officer-8", reader="second")
        assert told(office)["waits_for"] is None
        assert waiting(office, "officer-9") == []

    def test_two_readers_who_differ_are_settled_by_a_third_and_never_by_one_of_them(
        self, office: Office
    ) -> None:
        scan = read(office, RED)
        office.decide(scan)
        office.decide(scan, **suspicious(by="officer-8", reader="second"))
        assert told(office)["waits_for"] == {"reader": "third", "because": "readers_differ"}
        assert [waiting(office, each) for each in ("officer-7", "officer-8")] == [[], []]
        assert waiting(office, "officer-9") == [scan]
        with pytest.raises(Conflict, match="is the second reader of this scan already"):
            office.decide(scan, by="officer-8", reader="third")
        office.decide(scan, by="officer-9", reader="third")
        assert waiting(office, "officer-10") == []

    def test_over_many_scans_nobody_reads_twice_and_every_disagreement_is_read_again(
        self, office: Office
    ) -> None:
        with_desk(office, Desk(KEY, second_share=0.3))
        scores = {read(office, (RED, GREEN, 0.2)[n % 3]): (RED, GREEN, 0.2)[n % 3] for n in range(24)}
        people = [f"officer-{n}" for n in range(5)]
        second = set()
        for turn in range(200):
            person = people[turn % len(people)]
            with office.database.write() as session:
                try:
                    scan = office.recorder.desk.claim_next(session, SITE, person, office.now, None)
                except NotFound:
                    continue
                seat = office.recorder.desk.seat(session, scan, person, office.now)
                assert seat.reader is not None
                assert may_read(person, seat.reader, seat.history)
            if seat.reader == "second":
                second.add(scan)
            said = clear if turn % 2 else suspicious
            office.decide(scan, **said(by=person, reader=seat.reader, id=str(uuid4())))
            with office.database.write() as session:
                office.recorder.desk.release(session, scan, person, office.now)
        assert all(waiting(office, person) == [] for person in people)
        drawn = {scan for scan in scores if Desk(KEY, second_share=0.3).in_second_share(scan)}
        against = set()
        with office.database.read() as session:
            for scan, score in scores.items():
                decisions = decision_history(session, scan).standing
                assert len({each.by for each in decisions}) == len(decisions)
                if (decisions[0].decision == "clear") == (score >= 0.1):
                    against.add(scan)
                if len(decisions) > 1 and decisions[0].decision != decisions[1].decision:
                    assert decisions[2].reader == "third"
        assert second == drawn | against
        assert against
        assert drawn - against

    def test_a_claimed_scan_is_given_to_nobody_else_until_it_is_released_or_the_time_is_over(
        self, office: Office
    ) -> None:
        red, green = read(office, RED), read(office, GREEN)
        assert take(office, "officer-7") == red
        assert take(office, "officer-8") == green
        with office.database.write() as session, pytest.raises(NotFound, match="Nothing waits"):
            office.recorder.desk.claim_next(session, SITE, "officer-9", office.now, None)
        with office.database.write() as session:
            office.recorder.desk.release(session, red, "officer-9", office.now)  # not theirs
        with office.database.write() as session, pytest.raises(Conflict, match="It is officer-7"):
            office.recorder.desk.claim(session, red, "officer-9", office.now)
        with office.database.write() as session:
            office.recorder.desk.release(session, red, "officer-7", office.now)
        assert take(office, "officer-9") == red
        office.now += timedelta(seconds=121)
        assert take(office, "officer-10") == red

    def test_what_somebody_reads_now_is_decided_by_nobody_else_until_they_leave_it_or_the_time_is_over(
        self, office: Office
    ) -> None:
        red, green = read(office, RED), read(office, GREEN)
        assert take(office, "officer-7") == red
        with pytest.raises(Conflict, match="officer-7 reads scan"):
            office.decide(red, by="officer-8")
        office.decide(green, by="officer-8")
        office.now += timedelta(seconds=121)
        first = office.decide(red, by="officer-8")
        with pytest.raises(Conflict, match="by officer-8, stands") as late:
            office.decide(red)
        assert "waits for its second reader" in late.value.remedy
        assert "clear" not in late.value.reason
        assert take(office, "officer-9") == red
        office.decide(red, **suspicious(by="officer-8", corrects=str(first.id)))  # their own word is theirs

    def test_a_new_reading_against_what_was_decided_brings_the_scan_back(self, office: Office) -> None:
        scan = read(office, GREEN, consignment="C-1")
        office.decide(scan)
        assert waiting(office, "officer-8") == []
        with office.database.write() as session:
            read_again(session, "C-1", "a test")
        office.read(RED)
        with office.database.write() as session:
            office.recorder.desk.settle(session, scan, office.now)
        assert waiting(office, "officer-8") == [scan]

    def test_an_undo_brings_the_scan_back_to_its_first_reader(self, office: Office) -> None:
        scan = read(office, GREEN)
        decision = office.decide(scan)
        office.undo(scan, decision)
        assert waiting(office, "officer-7") == [scan]

    def test_a_decision_is_blind_only_when_drawn_not_shown_and_the_first_of_that_person(
        self, office: Office
    ) -> None:
        with_desk(office, Desk(KEY, blind_share=1.0))
        scan, other = read(office, GREEN), read(office, GREEN)
        first = office.decide(scan, marks_shown=False)
        confirmed = office.decide(scan, corrects=str(first.id))
        assert (first.blind, confirmed.blind) == (True, False)
        assert not office.decide(other).blind  # whose marks were shown was not blind, whatever was drawn
        with_desk(office, Desk(KEY))
        assert not office.decide(read(office, GREEN), marks_shown=False).blind

    def test_blind_scans_have_a_drawn_place_and_urgent_ones_wait_for_nothing(self, office: Office) -> None:
        scores = [0.05 * n for n in range(1, 20)]
        scans = [read(office, score) for score in scores]
        by_risk = scans[::-1]
        assert waiting(office, "officer-7") == by_risk
        with_desk(office, Desk(KEY, blind_share=1.0))
        drawn = waiting(office, "officer-7")
        assert sorted(drawn) == sorted(scans)
        assert drawn != by_risk
        assert waiting(office, "officer-7") == drawn

    def test_the_blind_share_is_drawn_by_key_and_scan_alone(self) -> None:
        names = [f"scan-{n}" for n in range(2000)]
        desk = Desk(KEY, blind_share=0.2)
        blind = {name for name in names if desk.is_blind(name)}
        assert 0.17 < len(blind) / len(names) < 0.23
        assert blind == {name for name in reversed(names) if desk.is_blind(name)}
        assert blind < {name for name in names if replace(desk, blind_share=0.3).is_blind(name)}
        assert blind != {name for name in names if replace(desk, key=b"another").is_blind(name)}
        assert blind != {name for name in names if replace(desk, second_share=0.2).in_second_share(name)}


def with_desk(office: Office, desk: Desk) -> Office:
    office.recorder = replace(office.recorder, desk=desk)
    return office


def read(office: Office, score: float, **more: Any) -> str:
    """A scan of the site that came to that risk."""
    number = f"CSQU{next(_numbers):07d}"
    scan = office.arrives(number, site=SITE, **more)
    office.read(score)
    return scan


def waiting(office: Office, person: str, site: str = SITE) -> list[str]:
    with office.database.read() as session:
        found = office.recorder.desk.waiting(session, site, person, office.now)
    return [each.scan.scan for each in found]


def take(office: Office, person: str) -> str:
    with office.database.write() as session:
        return office.recorder.desk.claim_next(session, SITE, person, office.now, None)


def told(office: Office) -> Any:
    made = [event for event in office.events() if "scan-decision" in event["type"]]
    return made[-1]["data"]


_numbers = iter(range(1, 10_000))


class TestDatabase(DeskContract):
    """On SQLite and on PostgreSQL."""
