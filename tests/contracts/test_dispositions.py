"""What every database must do with dispositions: keep all, change nothing, tell each once, release nothing silently."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from tallyscan.decision import UndoSaid
from tallyscan.disposer import Disposer
from tallyscan.disposition import DispositionHistory, DispositionSaid
from tallyscan.errors import Conflict, NotFound, TallyscanError
from tallyscan.store.board import board
from tallyscan.store.database import Database
from tallyscan.store.desk import at_desk
from tallyscan.store.disposed_lines import disposed_in
from tallyscan.store.dispositions import disposition_history
from tallyscan.store.live_lines import lines_after
from tallyscan.store.risk_replay import replay
from tallyscan.store.scan_scores import UNNAMED
from tallyscan.store.tables import OutboxRow
from tallyscan.store.targeting_tables import DispositionRow, QueueRow
from tests.contracts.test_reviews import NOW, Desk
from tests.report.sink_reading import event_validator
from tests.review.builders import found, one, suspicious
from tests.store.builders import OTHER_CONTAINER

TO_OPEN = {"disposition": "open", "ground": "anomaly"}
RELEASE = {"disposition": "release", "ground": "nothing_against"}


class Office(Desk):
    """The same, with targeting officers."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self.disposer = Disposer(database, "urn:tallyscan:invented", ("file",), lambda: self.now)

    def dispose(self, consignment: str = "C-1", **said: Any) -> Any:
        """By what the record says now, unless another step is named."""
        looked_at = {"by": "officer-7", "record": len(self.record(consignment).history)}
        return self.disposer.dispose(consignment, DispositionSaid.model_validate(looked_at | said)).entry

    def take_back(self, disposition: Any, by: str = "officer-7") -> Any:
        return self.disposer.undo(disposition.consignment, str(disposition.id), UndoSaid(by=by)).entry

    def at_desk(self, person: str) -> dict[str, tuple[str | None, str | None]]:
        """What waits for this person, for which reader and why."""
        with self.database.read() as session:
            waiting = self.recorder.desk.waiting(session, UNNAMED, person, self.now)
            stands = [at_desk(session, each.scan.scan, self.now) for each in waiting]
        return {each.scan_id: (each.reader, each.because) for each in stands if each is not None}

    def history(self, consignment: str = "C-1") -> DispositionHistory:
        with self.database.read() as session:
            return disposition_history(session, consignment)

    def line(self, consignment: str = "C-1") -> QueueRow:
        with self.database.read() as session:
            return session.get_one(QueueRow, consignment)

    def ordered(self) -> tuple[dict[str, int], int]:
        """Each order as the board of the site counts it, and how many loads were referred."""
        with self.database.read() as session:
            counts = board(session, UNNAMED, self.now, 9).counts
        return {step: count for step, count in counts.orders.items() if count}, counts.referred

    def told(self) -> list[tuple[str, str, str | None]]:
        """By whom, which order, and to whom, of each live line of one."""
        with self.database.read() as session:
            lines = disposed_in(session, lines_after(session, "any", 0, 99))
        return [(each.by, each.disposition, each.contact_point) for _, each in sorted(lines.items())]

    def disposed(self) -> list[tuple[Any, ...]]:
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(select(*DispositionRow.__table__.columns))]


class DispositionContract:
    """Inherited by the tests of each database; `database` gives an empty one."""

    @pytest.fixture
    def office(self, database: Database, tmp_path: Path) -> Office:
        return Office(database, tmp_path)

    @pytest.fixture
    def scan(self, office: Office) -> str:
        """In consignment C-1, read once, red."""
        scan = office.arrives(consignment="C-1")
        office.read(score=0.9)
        return scan

    @pytest.mark.usefixtures("scan")
    def test_a_disposition_is_an_entry_a_step_an_event_a_live_line_and_stands_in_the_queue(
        self, office: Office, scan: str
    ) -> None:
        before = office.record().risk
        entry = office.dispose(
            **TO_OPEN, look=[{"scan": scan, "finding": "F1"}, {"scan": scan, "in_words": "front wall"}]
        )
        record = office.record()
        assert record.dispositions == (entry,)
        assert record.risk == before
        step = record.history[-1]
        assert (step.event, step.detail["id"], step.risk) == ("disposition_open", str(entry.id), before)
        event = office.events()[-1]
        event_validator().validate(event)
        assert event["type"] == "org.tallyscan.disposition.made.v1"
        assert event["data"]["record"]["sequence"] == step.sequence == int(event["sequence"])
        with office.database.read() as session:
            (line,) = [each for each in lines_after(session, "any", 0, 50) if each.kind.startswith("disp")]
            assert replay(session, "C-1").same
        assert (line.kind, line.consignment, line.lane) == ("disposition.made", "C-1", "red")
        assert line.in_words.startswith("to be opened, officer-7")
        queued = office.line()
        assert (queued.waits_for, queued.shown["disposition"]["id"]) == ("opening", str(entry.id))

    @pytest.mark.usefixtures("scan")
    def test_the_board_and_its_lines_tell_what_was_ordered_until_it_is_taken_back(
        self, office: Office
    ) -> None:
        refer = {"disposition": "refer", "ground": "specialist", "contact_point": "XXLAB", "purpose": "Wood?"}
        office.dispose(**TO_OPEN)
        referred = office.dispose(**refer)
        assert office.ordered() == ({"open": 1, "refer": 1}, 1)
        in_one_moment = [("officer-7", "open", None), ("officer-7", "refer", "XXLAB")]
        assert office.told() == in_one_moment
        office.take_back(referred)
        assert office.ordered() == ({"open": 1}, 0)
        assert office.told()[-1] == ("officer-7", "refer", "XXLAB")

    @pytest.mark.usefixtures("scan")
    def test_the_board_counts_an_order_that_was_corrected_once_as_it_stands(self, office: Office) -> None:
        order = office.dispose(**TO_OPEN)
        instead = office.dispose(disposition="second_reading", ground="doubt", corrects=str(order.id))
        assert office.ordered() == ({"second_reading": 1}, 0)
        office.take_back(instead)
        assert office.ordered() == ({"open": 1}, 0)

    @pytest.mark.usefixtures("scan")
    def test_what_is_red_is_released_unopened_only_on_a_ground_that_says_so(self, office: Office) -> None:
        with pytest.raises(Conflict, match="is red, and nobody has looked inside"):
            office.dispose(**RELEASE)
        assert (office.disposed(), office.events(), len(office.record().history)) == ([], [], 1)
        office.dispose(disposition="release", ground="red_unopened", comment="Ordered by the head of shift.")
        line = office.line()
        assert (line.released, line.waits_for, line.lane) == (True, "nothing", "red")

    @pytest.mark.usefixtures("scan")
    def test_what_was_opened_is_released_without_more_words(self, office: Office, scan: str) -> None:
        office.dispose(**TO_OPEN)
        office.now += timedelta(minutes=5)
        assert office.line().waits_for == "opening"
        office.inspect(scan)
        assert office.line().waits_for == "disposition"
        office.dispose(disposition="release", ground="opened")
        assert [each.disposition for each in office.history().standing] == ["open", "release"]

    def test_what_is_not_assessed_is_never_released_silently(self, office: Office) -> None:
        office.arrives(consignment="C-1")
        for ground in ("nothing_against", "not_selected"):
            with pytest.raises(Conflict, match=r"not assessed|is scanned, selected"):
                office.dispose(disposition="release", ground=ground)
        with pytest.raises(ValueError, match="needs a comment"):
            office.dispose(disposition="release", ground="not_assessed")
        office.dispose(disposition="release", ground="not_assessed", comment="Opened at the next office.")
        assert office.line().lane == "not_assessed"

    @pytest.mark.usefixtures("scan")
    def test_a_release_rests_on_the_record_as_it_stands(self, office: Office, scan: str) -> None:
        office.inspect(scan)
        with pytest.raises(Conflict, match="has 2 steps; 1 were looked at"):
            office.dispose(disposition="release", ground="opened", record=1)
        office.dispose(disposition="release", ground="opened", record=2)

    @pytest.mark.usefixtures("scan")
    def test_after_a_release_only_a_correction_fits(self, office: Office, scan: str) -> None:
        office.inspect(scan)
        release = office.dispose(disposition="release", ground="opened")
        with pytest.raises(Conflict, match="is released already"):
            office.dispose(**TO_OPEN)
        again = office.dispose(**TO_OPEN, corrects=str(release.id), by="officer-8")
        assert office.history().standing == (again,)
        assert (office.line().released, office.line().waits_for) == (False, "opening")
        assert office.events()[-1]["type"] == "org.tallyscan.disposition.corrected.v1"
        with pytest.raises(Conflict, match=f"No disposition {release.id}"):
            office.dispose(**TO_OPEN, corrects=str(release.id), id=str(uuid4()))

    @pytest.mark.usefixtures("scan")
    def test_the_same_step_is_not_ordered_twice_and_the_next_one_follows(self, office: Office) -> None:
        office.dispose(disposition="second_reading", ground="doubt")
        with pytest.raises(Conflict, match="for a second reading already"):
            office.dispose(disposition="second_reading", ground="sample")
        office.dispose(**TO_OPEN)
        assert office.line().waits_for == "opening"

    @pytest.mark.usefixtures("scan")
    def test_each_step_waits_until_it_is_done(self, office: Office, scan: str) -> None:
        def after_a_minute() -> Office:
            office.now += timedelta(minutes=1)
            return office

        office.decide(scan, reason="marks_explained")
        after_a_minute().dispose(disposition="second_reading", ground="doubt")
        after_a_minute().decide(scan, by="officer-8", reader="second", reason="marks_explained")
        assert office.line().waits_for == "disposition"
        after_a_minute().dispose(
            disposition="refer", ground="specialist", contact_point="Laboratory", purpose="Which goods?",
            until=(office.now + timedelta(hours=2)).isoformat(),
        )  # fmt: skip
        line = office.line()
        assert (line.waits_for, line.shown["deadline_by"]) == ("answer", "referral")
        assert line.deadline_at == office.now + timedelta(hours=2)
        after_a_minute().decide(scan, by="laboratory-1", reader="third", reason="marks_explained")
        assert office.line().waits_for == "disposition"
        office.now = office.line().changed_at + timedelta(seconds=1)
        office.dispose(disposition="rescan", ground="image_poor")
        assert office.line().waits_for == "scan"

    def test_a_second_reading_makes_its_scans_wait_at_the_desk_for_another_reader(
        self, office: Office, scan: str
    ) -> None:
        other = office.arrives(OTHER_CONTAINER, consignment="C-1")
        office.read(score=0.9)
        unread = office.arrives("CSQU0000001", consignment="C-2")
        office.read(score=0.9)
        for each in (scan, other, unread):
            office.decide(each, **suspicious())
        assert office.at_desk("officer-8") == {}
        office.now += timedelta(minutes=1)
        order = office.dispose(disposition="second_reading", ground="doubt", by="officer-1")
        asked = ("second", "asked_for")
        assert office.at_desk("officer-8") == {scan: asked, other: asked}
        assert office.at_desk("officer-7") == {}
        undo = office.take_back(order, by="officer-1")
        assert (undo.undoes, office.at_desk("officer-8")) == (order.id, {})
        office.dispose(disposition="second_reading", ground="sample", by="officer-1")
        office.now += timedelta(minutes=1)
        office.decide(scan, **suspicious(by="officer-8", reader="second"))
        assert office.at_desk("officer-9") == {other: asked}
        assert office.line().waits_for == "second_reading"
        office.decide(other, **suspicious(by="officer-8", reader="second"))
        assert office.at_desk("officer-9") == {}
        assert office.line().waits_for == "disposition"
        office.now += timedelta(minutes=1)
        office.dispose(disposition="second_reading", ground="disagreement", by="officer-1")
        third = ("third", "asked_for")
        assert office.at_desk("officer-9") == {scan: third, other: third}
        office.dispose(**TO_OPEN, by="officer-1")
        assert office.at_desk("officer-9") == {}

    def test_a_scan_that_nobody_has_read_yet_is_read_twice_where_that_was_asked(
        self, office: Office, scan: str
    ) -> None:
        office.dispose(disposition="second_reading", ground="doubt", by="officer-1")
        assert office.at_desk("officer-7") == {scan: ("first", "undecided")}
        office.now += timedelta(minutes=1)
        office.decide(scan, **suspicious())
        assert office.at_desk("officer-8") == {scan: ("second", "asked_for")}
        assert office.line().waits_for == "second_reading"

    @pytest.mark.usefixtures("scan")
    def test_where_to_look_is_in_a_scan_of_the_consignment(self, office: Office, scan: str) -> None:
        for look, why in (
            ([{"scan": "nobody", "in_words": "behind"}], "is none of consignment"),
            ([{"scan": scan, "finding": "F9"}], "no finding F9: it has F1"),
        ):
            with pytest.raises(Conflict, match=why):
                office.dispose(**TO_OPEN, look=look)

    def test_a_second_reading_needs_a_first(self, office: Office) -> None:
        office.arrives(consignment="C-1")
        with pytest.raises(Conflict, match="has a first reading yet"):
            office.dispose(disposition="second_reading", ground="doubt")
        with pytest.raises(NotFound):
            office.disposer.dispose(
                "nobody", DispositionSaid(by="o", disposition="open", ground="anomaly", record=0)
            )

    @pytest.mark.usefixtures("scan")
    def test_nothing_is_ever_changed_and_an_undo_gives_back_what_stood(self, office: Office) -> None:
        first = office.dispose(disposition="second_reading", ground="doubt")
        before = office.disposed()
        second = office.dispose(**TO_OPEN)
        office.now += timedelta(seconds=9)
        undo = office.take_back(second)
        office.now += timedelta(minutes=1)
        assert office.take_back(second) == undo
        assert office.history().standing == (first,)
        assert office.line().waits_for == "second_reading"
        assert set(map(repr, before)) < set(map(repr, office.disposed()))
        assert [step.event for step in office.record().history[1:]] == [
            "disposition_second_reading", "disposition_open", "disposition_undone",
        ]  # fmt: skip
        told = office.events()[-1]
        event_validator().validate(told)
        assert told["data"]["standing"]["id"] == str(first.id)

    @pytest.mark.usefixtures("scan")
    def test_an_undo_too_late_or_by_another_is_refused(self, office: Office) -> None:
        entry = office.dispose(**TO_OPEN)
        with pytest.raises(Conflict, match="by somebody else"):
            office.take_back(entry, by="officer-8")
        office.now += timedelta(seconds=11)
        with pytest.raises(Conflict, match="more than 10 seconds"):
            office.take_back(entry)
        assert len(office.disposed()) == 1

    def test_a_release_is_told_when_it_can_no_longer_be_undone(self, office: Office) -> None:
        office.arrives(consignment="C-1")
        office.read(score=0.02)
        office.dispose(**RELEASE)
        with office.database.read() as session:
            held = session.execute(select(OutboxRow.not_before)).scalars().all()
        assert held == [NOW + timedelta(seconds=10)]

    @pytest.mark.usefixtures("scan")
    def test_the_same_sent_many_times_at_once_is_one_entry_one_step_and_one_event(
        self, office: Office
    ) -> None:
        faults: list[Exception] = []
        said = DispositionSaid(id=one(1), by="officer-7", disposition="rescan", ground="image_poor", record=1)

        def send() -> None:
            try:
                for _ in range(3):
                    office.disposer.dispose("C-1", said)
            except TallyscanError as error:
                faults.append(error)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert (len(office.disposed()), len(office.events()), len(office.record().history)) == (1, 1, 2)
        with pytest.raises(Conflict, match="stands for something else"):
            office.disposer.dispose("C-1", said.model_copy(update={"ground": "other_view"}))

    @pytest.mark.usefixtures("scan")
    def test_what_was_undone_is_not_taken_for_a_repeat(self, office: Office) -> None:
        said: dict[str, Any] = {**TO_OPEN, "record": 1}
        office.take_back(office.dispose(**said))
        with pytest.raises(Conflict, match="corrected or undone"):
            office.dispose(**said)
        office.dispose(**said, id=str(uuid4()))

    @pytest.mark.usefixtures("scan")
    def test_entry_step_event_and_line_are_kept_together_or_not_at_all(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut(*_: object, **__: object) -> None:
            raise RuntimeError("power cut")

        monkeypatch.setattr("tallyscan.disposer.put_event", cut)
        with pytest.raises(RuntimeError, match="power cut"):
            office.dispose(**TO_OPEN)
        assert (office.disposed(), len(office.record().history)) == ([], 1)
        assert office.line().waits_for == "disposition"

    def test_what_a_control_found_keeps_it_red_and_a_released_one_stays_released(
        self, office: Office, scan: str
    ) -> None:
        office.inspect(scan, **found())
        office.dispose(disposition="release", ground="opened")
        assert (office.line().lane, office.line().released) == ("red", True)


class TestDatabase(DispositionContract):
    """On SQLite and on PostgreSQL."""
