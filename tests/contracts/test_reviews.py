"""What every database must do with decisions and inspections: keep all, change nothing, tell each once."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tallyscan.decision import DecisionSaid, UndoSaid
from tallyscan.errors import Conflict, NotFound, TallyscanError
from tallyscan.finding import CargoUnit
from tallyscan.inspection import InspectionSaid
from tallyscan.recorder import Recorder
from tallyscan.referral import ReferralStepSaid
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.decisions import decision_history
from tallyscan.store.inspections import inspection_history
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.readings import SavedReading, Shown, save_reading
from tallyscan.store.referrals import referrals
from tallyscan.store.risk_record import risk_record
from tallyscan.store.risk_replay import replay
from tallyscan.store.tables import DecisionRow, InspectionRow, OutboxRow
from tallyscan.store.work_queue import DatabaseQueue
from tests.report.sink_reading import event_validator
from tests.review.builders import UNIT, clear, found, nothing, one, step_said, suspicious
from tests.store.builders import (
    CONTAINER,
    OTHER_CONTAINER,
    declaration_json,
    reading_of,
    scan_files,
    sidecar_json,
)

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


class Desk:
    """A store with scans that were read, and people who speak of them at times of the test's own."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.joins = Joins(timedelta(days=30))
        self.intake = Intake(database, FolderBlobs(folder / "blobs"), joins=self.joins)
        self.queue = DatabaseQueue(database, lease_seconds=60, max_attempts=3)
        self.now = NOW
        self.recorder = Recorder(database, "urn:tallyscan:invented", ("file",), lambda: self.now)

    def arrives(self, container: str = CONTAINER, **more: Any) -> str:
        """A scan that waits to be read."""
        sidecar = sidecar_json(container, **{name: more.pop(name) for name in ("site",) if name in more})
        files = scan_files(container.encode(), sidecar, more.pop("declaration", None))
        return self.intake.accept_scan(files, origin="test", **more).scan_id

    def read(self, score: float = 0.02) -> SavedReading:
        """The scan that has waited longest is read."""
        claim = self.queue.claim()
        assert claim is not None
        with self.database.write() as session:
            reading = reading_of(claim.scan_id, score=score, version=claim.declaration_version)
            reading = replace(reading, containers=(CargoUnit(1, UNIT, "container"),))
            return save_reading(session, claim, reading, state="read", shown=Shown())

    def decide(self, scan: str, **said: Any) -> Any:
        return self.recorder.decide(scan, DecisionSaid.model_validate(clear() | said)).entry

    def undo(self, scan: str, decision: Any, by: str = "officer-7") -> Any:
        return self.recorder.undo(scan, str(decision.id), UndoSaid(by=by)).entry

    def inspect(self, scan: str, **said: Any) -> Any:
        return self.recorder.inspect(scan, InspectionSaid.model_validate(nothing() | said)).entry

    def step(self, referral: Any, step: str, **said: Any) -> Any:
        body = ReferralStepSaid.model_validate(step_said(step, **said))
        return self.recorder.answer(str(referral.id), body).entry

    def waiting(self, office: str | None, state: Any = "open") -> list[Any]:
        with self.database.read() as session:
            found = referrals(session, office=office, state=state, limit=50)
        return [each.decision.id for each in found]

    def record(self, consignment: str = "C-1") -> Any:
        with self.database.read() as session:
            return risk_record(session, consignment)

    def events(self) -> list[dict[str, Any]]:
        with self.database.read() as session:
            return list(session.execute(select(OutboxRow.event).order_by(OutboxRow.position)).scalars())

    def rows(self) -> list[tuple[Any, ...]]:
        """Every value of both tables."""
        with self.database.read() as session:
            return [
                tuple(row)
                for table in (DecisionRow, InspectionRow)
                for row in session.execute(select(*table.__table__.columns))
            ]


class ReviewContract:
    """Inherited by the tests of each database; `database` gives an empty one."""

    @pytest.fixture
    def desk(self, database: Database, tmp_path: Path) -> Desk:
        return Desk(database, tmp_path)

    @pytest.fixture
    def scan(self, desk: Desk) -> str:
        """In consignment C-1, read once, green."""
        scan = desk.arrives(consignment="C-1")
        desk.read()
        return scan

    def test_what_people_say_comes_back_as_it_was_said(self, desk: Desk, scan: str) -> None:
        said = suspicious(seconds=41.5, comment="Look.\nBehind.", at="2026-02-01T12:30:00+01:00")
        decision = desk.decide(scan, **said)
        inspection = desk.inspect(scan, **found(office="XX1", reference="R-1", control_result="B1"))
        with desk.database.read() as session:
            assert decision_history(session, scan).decisions == (decision,)
            assert inspection_history(session, scan).inspections == (inspection,)
        assert decision.at == datetime(2026, 2, 1, 11, 30, tzinfo=UTC)
        assert (decision.received_at, inspection.at) == (NOW, NOW)
        assert decision.regions[0].family == "rip_off_bags"
        assert inspection.items[0].mass_kg == 520.0

    def test_nothing_that_was_said_is_ever_changed(self, desk: Desk, scan: str) -> None:
        first = desk.decide(scan)
        inspected = desk.inspect(scan)
        before = desk.rows()
        second = desk.decide(scan, **suspicious(corrects=str(first.id)))
        desk.undo(scan, second)
        desk.inspect(scan, **found(corrects=str(inspected.id)))
        after = desk.rows()
        assert len(after) == 5
        assert set(map(repr, before)) <= set(map(repr, after))

    def test_a_referral_is_told_after_the_entry_that_opened_or_closed_it(self, desk: Desk, scan: str) -> None:
        said = {"decision": "refer", "reason": "specialist"}

        def after_a_second() -> Desk:
            desk.now += timedelta(seconds=1)
            return desk

        first = desk.decide(scan, **said)
        second = after_a_second().decide(scan, reader="second", by="officer-8")
        after_a_second().undo(scan, second, by="officer-8")
        after_a_second().inspect(scan)
        again = after_a_second().decide(scan, **said, by="officer-8", corrects=str(first.id))
        after_a_second().undo(scan, again, by="officer-8")
        events = desk.events()
        assert [(event["type"].split(".", 2)[2], event["sequence"]) for event in events] == [
            ("scan-decision.made.v1", "2"), ("scan-referral.opened.v1", "2"),
            ("scan-decision.made.v1", "3"), ("scan-referral.answered.v1", "3"),
            ("scan-decision.undone.v1", "4"), ("scan-referral.opened.v1", "4"),
            ("scan-inspection.made.v1", "5"), ("scan-referral.answered.v1", "5"),
            ("scan-decision.corrected.v1", "6"), ("scan-referral.opened.v1", "6"),
            ("scan-decision.undone.v1", "7"), ("scan-referral.withdrawn.v1", "7"),
        ]  # fmt: skip
        assert len({event["id"] for event in events}) == len(events)
        assert all(len(event["id"]) <= 64 for event in events)
        for before, event in pairwise(events):
            event_validator().validate(event)
            if "scan-referral" in event["type"]:
                assert event["data"]["by_event"] == before["id"]
        assert [event["data"]["referral"]["id"] for event in events[1::2]] == [
            *[str(first.id)] * 4,
            *[str(again.id)] * 2,
        ]
        with desk.database.read() as session:
            held = session.execute(select(OutboxRow.not_before).order_by(OutboxRow.position)).scalars().all()
        assert (
            held[2] == held[3] is not None
        )  # that a scan is clear, and so its answer, waits until it stands

    def test_an_office_answers_a_referral_once_and_it_is_told(self, desk: Desk, scan: str) -> None:
        to = {"office": "XX 000900", "authority": "customs", "purpose": "Do you know them?"}
        referral = desk.decide(scan, decision="refer", reason="other_authority", refer_to=to)
        again = {"office": "XX000777", "authority": "border_guard", "answer_by": "2026-02-01T18:00:00Z"}
        desk.step(referral, "forwarded", to=again)
        assert desk.waiting("XX000900") == []
        assert desk.waiting("xx-000777") == [referral.id]
        answer = desk.step(referral, "answered", id=str(one(5)))
        assert desk.step(referral, "answered", id=str(one(5))) == answer
        with pytest.raises(Conflict, match="stands for something else"):
            desk.step(referral, "answered", id=str(one(5)), comment="Something else.")
        with pytest.raises(Conflict, match="is answered"):
            desk.step(referral, "withdrawn", by="officer-7")
        assert desk.waiting(None) == []
        assert desk.waiting(None, "answered") == [referral.id]
        told = [event for event in desk.events() if "scan-referral" in event["type"]]
        assert [event["type"].split(".")[3] for event in told] == ["opened", "forwarded", "answered"]
        assert [event["data"]["to"]["office"] for event in told] == ["XX 000900", "XX000777", "XX000777"]
        assert [event["sequence"] for event in told] == ["2", "3", "4"]
        assert [(each := event["data"]["record"]) and each["sequence"] for event in told] == [None, 3, 4]
        assert [event["data"]["step"] and event["data"]["step"]["code"] for event in told] == [
            None,
            None,
            "open_load",
        ]
        assert told[2]["data"]["by_event"] == told[2]["id"]
        for event in told:
            event_validator().validate(event)
        _, refer, forwarded, answered = desk.record().history
        assert [entry.event for entry in (refer, forwarded, answered)] == [
            "decision_refer", "referral_forwarded", "referral_answered",
        ]  # fmt: skip
        assert (answered.scan_id, answered.supersedes, answered.risk) == (scan, None, refer.risk)
        said = {name: answered.detail[name] for name in ("id", "by", "code", "referral")}
        assert said == {"id": str(one(5)), "by": answer.by, "code": "open_load", "referral": str(referral.id)}
        assert forwarded.detail["to"]["office"] == "XX000777"
        assert desk.record().risk == refer.risk
        with desk.database.read() as session:
            made_again = replay(session, "C-1")
        assert (made_again.same, len(made_again.entries)) == (True, 4)

    def test_what_an_office_answered_before_a_scan_had_a_consignment_is_told_in_its_record_once(
        self, desk: Desk
    ) -> None:
        scan = desk.arrives()
        desk.read()
        referral = desk.decide(scan, decision="refer", reason="specialist")
        desk.step(referral, "answered")
        told = [event for event in desk.events() if "scan-referral.answered" in event["type"]]
        assert [event["data"]["record"] for event in told] == [None]
        mrn = desk.intake.accept_declaration(declaration_json(), origin="test").consignment
        desk.read()
        assert [entry.event for entry in desk.record(mrn).history if entry.event != "scan_moved_here"] == [
            "scan_read", "decision_refer", "referral_answered",
        ]  # fmt: skip

    def test_who_referred_withdraws_and_a_referral_without_an_office_is_at_every_one(
        self, desk: Desk, scan: str
    ) -> None:
        referral = desk.decide(scan, decision="refer", reason="specialist")
        assert desk.waiting("ANY") == [referral.id]
        with pytest.raises(Conflict, match="another person answers"):
            desk.step(referral, "answered", by="officer-7")
        desk.step(referral, "withdrawn", by="officer-7")
        assert desk.waiting("ANY") == []
        assert desk.waiting("ANY", "withdrawn") == [referral.id]
        with pytest.raises(NotFound):
            desk.recorder.answer(str(one(99)), ReferralStepSaid.model_validate(step_said()))

    def test_a_referral_leaves_the_list_when_somebody_looks_and_comes_back_when_that_is_undone(
        self, desk: Desk, scan: str
    ) -> None:
        referral = desk.decide(scan, decision="refer", reason="specialist")
        desk.now += timedelta(seconds=1)
        second = desk.decide(scan, reader="second", by="officer-8")
        assert desk.waiting(None) == []
        desk.undo(scan, second, by="officer-8")
        assert desk.waiting(None) == [referral.id]
        desk.now += timedelta(seconds=1)
        desk.inspect(scan)
        assert desk.waiting(None, "answered") == [referral.id]

    def test_what_waits_longest_against_its_time_limit_is_listed_first(self, desk: Desk) -> None:
        limits = [None, "2026-02-02T08:00:00Z", "2026-02-01T13:00:00Z"]
        made = []
        for number, limit in enumerate(limits):
            scan = desk.arrives((CONTAINER, OTHER_CONTAINER, "ZZZU9478295")[number])
            desk.read()
            to = {"office": "XX1", "answer_by": limit}
            made.append(desk.decide(scan, decision="refer", reason="documents", refer_to=to).id)
        assert desk.waiting("XX1") == [made[2], made[1], made[0]]

    def test_opinion_and_outcome_are_kept_apart(self, desk: Desk, scan: str) -> None:
        desk.decide(scan)
        desk.inspect(scan, **found())
        with desk.database.read() as session:
            assert session.execute(select(DecisionRow.answer)).scalars().all() == ["clear"]
            assert session.execute(select(InspectionRow.result)).scalars().all() == ["found"]
        record = desk.record()
        assert [len(said) for said in (record.decisions, record.inspections)] == [1, 1]

    def test_the_same_sent_many_times_at_once_is_one_entry_one_step_and_one_event(
        self, desk: Desk, scan: str
    ) -> None:
        faults: list[Exception] = []

        def send() -> None:
            try:
                for _ in range(3):
                    desk.decide(scan)
                    desk.inspect(scan, id=str(one(1)))
            except TallyscanError as error:
                faults.append(error)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert len(desk.rows()) == 2
        assert len(desk.record().history) == 3
        assert len(desk.events()) == 2

    def test_two_readers_who_decide_at_once_do_not_overwrite_each_other(self, desk: Desk, scan: str) -> None:
        outcomes: list[str] = []

        def decide(by: str) -> None:
            try:
                desk.decide(scan, by=by)
                outcomes.append("on record")
            except Conflict:
                outcomes.append("refused")

        threads = [threading.Thread(target=decide, args=(f"officer-{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["on record", "refused", "refused", "refused"]

    def test_an_id_that_stands_for_something_else_is_refused(self, desk: Desk, scan: str) -> None:
        other = desk.arrives(OTHER_CONTAINER, consignment="C-2")
        desk.read()
        decision = desk.decide(scan, id=str(one(1)))
        assert desk.decide(scan, id=str(one(1))) == decision
        for where, said in ((scan, {"marks_shown": False}), (other, {})):
            with pytest.raises(Conflict, match="stands for something else"):
                desk.decide(where, id=str(one(1)), **said)
        undo = desk.undo(scan, decision)
        with pytest.raises(Conflict, match="stands for something else"):
            desk.decide(scan, id=str(undo.id))

    def test_the_same_again_after_it_was_undone_is_not_taken_for_a_repeat(
        self, desk: Desk, scan: str
    ) -> None:
        decision = desk.decide(scan)
        desk.undo(scan, decision)
        with pytest.raises(Conflict, match="corrected or undone"):
            desk.decide(scan)
        anew = desk.decide(scan, id=str(uuid4()))
        with desk.database.read() as session:
            assert decision_history(session, scan).standing == (anew,)

    def test_an_undo_is_an_entry_of_its_own_and_a_repeat_of_it_none(self, desk: Desk, scan: str) -> None:
        decision = desk.decide(scan, **suspicious())
        desk.now += timedelta(seconds=9)
        undo = desk.undo(scan, decision)
        desk.now += timedelta(seconds=60)
        assert desk.undo(scan, decision) == undo
        with desk.database.read() as session:
            history = decision_history(session, scan)
        assert (history.decisions, history.undos, history.standing) == ((decision,), (undo,), ())
        assert len(desk.events()) == 2

    def test_too_late_to_undo_is_refused_and_leaves_nothing(self, desk: Desk, scan: str) -> None:
        decision = desk.decide(scan)
        desk.now += timedelta(seconds=11)
        with pytest.raises(Conflict, match="more than 10 seconds"):
            desk.undo(scan, decision)
        assert len(desk.rows()) == 1

    def test_what_is_refused_leaves_neither_entry_nor_step_nor_event(self, desk: Desk) -> None:
        scan = desk.arrives(consignment="C-1")
        with pytest.raises(Conflict, match="is not read yet"):
            desk.decide(scan, revision=0)
        with pytest.raises(NotFound):
            desk.inspect("nobody")
        assert (desk.rows(), desk.events(), desk.record().history) == ([], [], ())

    def test_entry_step_and_event_are_kept_together_or_not_at_all(
        self, desk: Desk, scan: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut(*_: object, **__: object) -> None:
            raise RuntimeError("power cut")

        monkeypatch.setattr("tallyscan.recorder.put_event", cut)
        with pytest.raises(RuntimeError, match="power cut"):
            desk.decide(scan)
        assert (desk.rows(), len(desk.record().history)) == ([], 1)

    def test_nothing_hangs_on_a_scan_that_is_not_there(self, database: Database) -> None:
        row = InspectionRow(
            id="i", scan_id="nobody", result="nothing", person="p", at=NOW, received_at=NOW,
            said_sha256="0", document={}, effect={},
        )  # fmt: skip
        with pytest.raises(IntegrityError), database.write() as session:
            session.add(row)

    def test_every_decision_and_inspection_is_a_step_with_its_effect(self, desk: Desk, scan: str) -> None:
        decision = desk.decide(scan)
        desk.decide(scan, **suspicious(corrects=str(decision.id), reason="hidden_space"))
        desk.inspect(scan, **found(reference="R-1"))
        history = desk.record().history
        assert [(step.event, step.supersedes, step.risk.lane) for step in history] == [
            ("scan_read", None, "green"),
            ("decision_clear", None, "green"),
            ("decision_suspicious", 2, "red"),
            ("inspection_found", None, "red"),
        ]
        assert (
            history[1].detail["effect"] == "Cleared. It stands beside the indicators and takes nothing off."
        )
        assert (history[2].detail["by"], history[2].detail["reason"]) == ("officer-7", "hidden_space")
        assert history[3].detail["reference"] == "R-1"
        assert history[3].risk.score == 1.0

    def test_a_clearing_decision_stands_beside_a_red_scan_and_deletes_nothing(self, desk: Desk) -> None:
        scan = desk.arrives(consignment="C-1")
        desk.read(score=0.9)
        before = desk.record().risk
        desk.decide(scan, reason="marks_explained")
        desk.inspect(scan)
        record = desk.record()
        assert record.risk == before
        assert [indicator.code for indicator in record.risk.indicators] == ["XR-ANOMALY"]
        assert [decision.decision for decision in record.decisions] == ["clear"]
        assert [inspection.result for inspection in record.inspections] == ["nothing"]

    def test_what_was_found_outlives_a_reading_that_finds_nothing(self, desk: Desk, scan: str) -> None:
        desk.inspect(scan, **found())
        desk.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
        assert desk.record().risk.lane == "red"  # while it waits to be read again
        saved = desk.read(score=0.02)
        assert saved.entry is not None
        assert (saved.entry.risk.lane, saved.entry.risk.score) == ("red", 1.0)
        assert [indicator.code for indicator in desk.record().risk.indicators] == ["CR-FOUND"]

    def test_a_scan_that_an_officer_cannot_read_is_not_assessed_until_that_is_corrected(
        self, desk: Desk, scan: str
    ) -> None:
        decision = desk.decide(scan, decision="not_readable", reason="image_cut")
        assert (desk.record().risk.lane, desk.record().risk.score) == ("not_assessed", None)
        desk.decide(scan, corrects=str(decision.id), by="officer-8")
        assert desk.record().risk.lane == "green"

    def test_an_undone_suspicion_counts_no_more_and_an_undone_correction_gives_it_back(
        self, desk: Desk, scan: str
    ) -> None:
        first = desk.decide(scan, **suspicious())
        slip = desk.decide(scan, corrects=str(first.id))
        assert desk.record().risk.lane == "green"
        desk.undo(scan, slip)
        assert desk.record().risk.lane == "red"
        desk.undo(scan, first)
        record = desk.record()
        assert (record.risk.lane, record.decisions) == ("green", ())
        assert [(step.event, step.supersedes) for step in record.history[1:]] == [
            ("decision_suspicious", None),
            ("decision_clear", 2),
            ("decision_undone", 3),
            ("decision_undone", 2),
        ]

    def test_readers_who_disagree_both_stand_and_the_worse_counts(self, desk: Desk, scan: str) -> None:
        desk.decide(scan, **suspicious())
        desk.decide(scan, by="officer-8", reader="second")
        record = desk.record()
        assert record.risk.lane == "red"
        assert [decision.decision for decision in record.decisions] == ["suspicious", "clear"]

    def test_what_was_said_before_a_scan_had_a_consignment_counts_in_it_once_it_joins(
        self, desk: Desk
    ) -> None:
        scan = desk.arrives()
        desk.read()
        decision = desk.decide(scan)
        desk.inspect(scan, **found())
        assert [event["subject"] for event in desk.events()] == [f"scan/{scan}"] * 2
        assert [event["sequence"] for event in desk.events()] == ["2", "3"]
        mrn = desk.intake.accept_declaration(declaration_json(), origin="test").consignment
        assert desk.record(mrn).risk.lane == "red"
        desk.read()
        steps = desk.record(mrn).history
        assert [step.event for step in steps] == ["scan_read", "inspection_found", "decision_clear"]
        assert {step.risk.lane for step in steps} == {"red"}
        desk.intake.accept_declaration(declaration_json(mass_kg=1), origin="test")
        desk.read()
        assert [step.event for step in desk.record(mrn).history[3:]] == ["scan_read"]
        assert desk.record(mrn).history[2].detail["id"] == str(decision.id)

    def test_what_was_found_moves_with_the_scan_and_each_record_says_what_it_knew(
        self, desk: Desk, scan: str
    ) -> None:
        desk.inspect(scan, **found())
        mrn = desk.intake.accept_declaration(declaration_json(OTHER_CONTAINER), origin="test").consignment
        with desk.database.write() as session:
            desk.joins.decide(session, scan, mrn, by="officer-7", reason="The doors.", now=desk.now)
        assert (desk.record("C-1").inspections, desk.record("C-1").risk.lane) == ((), "not_assessed")
        moved = desk.record(mrn)
        assert (moved.risk.score, moved.history[-1].event) == (1.0, "scan_moved_here")
        desk.read()
        assert [step.event for step in desk.record(mrn).history[1:]] == ["scan_read", "inspection_found"]
        assert "inspection_found" in [step.event for step in desk.record("C-1").history]

    def test_the_next_reading_of_a_scan_without_consignment_counts_on(self, desk: Desk) -> None:
        scan = desk.arrives()
        assert desk.read().reviews == 0
        desk.undo(scan, desk.decide(scan))
        desk.inspect(scan)
        desk.intake.accept_declaration(declaration_json(), origin="test")
        assert desk.read().reviews == 3

    def test_a_clear_scan_is_told_when_it_can_no_longer_be_undone(self, desk: Desk, scan: str) -> None:
        decision = desk.decide(scan)
        desk.undo(scan, decision)
        desk.decide(scan, **suspicious())
        with desk.database.read() as session:
            held = session.execute(select(OutboxRow.not_before).order_by(OutboxRow.position)).scalars().all()
        assert held == [NOW + timedelta(seconds=10), NOW + timedelta(seconds=10), None]
        kinds = [event["type"].removeprefix("org.tallyscan.scan-decision.") for event in desk.events()]
        assert kinds == ["made.v1", "undone.v1", "made.v1"]


class TestDatabase(ReviewContract):
    """On SQLite and on PostgreSQL."""
