"""What every database must do with what comes in from elsewhere: keep all, change nothing, give its numbers again."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from sqlalchemy import select, update

from tallyscan.errors import Conflict, NotFound, TallyscanError
from tallyscan.incoming import SAID, IncomingKind
from tallyscan.report.event_schema import event_schema
from tallyscan.risk import RiskRecord
from tallyscan.store.database import Database
from tallyscan.store.incoming import incoming_history, weighed_masses
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.risk_replay import replay
from tallyscan.store.tables import IncomingRow, RiskRecordRow
from tallyscan.triage.odds import PRIOR, log_odds, probability
from tests.contracts.test_reviews import NOW, Desk
from tests.review.builders import one
from tests.store.builders import OTHER_CONTAINER, declaration_json, reading_of

SENT: dict[IncomingKind, dict[str, Any]] = {
    "risk_score": {"by": "engine-1", "score": 0.2, "codes": ["R-17"]},
    "weighing": {
        "by": "gate-2",
        "kg": 24000,
        "covers": "vehicle_gross",
        "tare_kg": 14000,
        "device": "bridge-1",
    },
    "control_result": {"by": "inspector-3", "code": "A1", "opened": "wholly", "seals": "intact"},
    "interview": {
        "by": "officer-7",
        "asked": "driver",
        "answers": [{"question": "What for?", "answer": "Paper."}],
    },
}
CONTROL_FOUND = {
    "by": "inspector-3",
    "code": "B1",
    "found_hs": ["240220"],
    "quantity": 520,
    "quantity_of": "kg",
}


class Post(Desk):
    """A desk that other systems write to."""

    def receive(self, kind: IncomingKind, consignment: str = "C-1", **said: Any) -> Any:
        return self.recorder.receive(consignment, SAID[kind].model_validate(SENT[kind] | said)).entry

    def replayed(self, consignment: str = "C-1") -> Any:
        with self.database.read() as session:
            return replay(session, consignment)


def with_nats(record: RiskRecord) -> float:
    assert record.risk.score is not None
    return log_odds(record.risk.score) - log_odds(PRIOR)


class IncomingContract:
    """Inherited by the tests of each database; `database` gives an empty one."""

    @pytest.fixture
    def post(self, database: Database, tmp_path: Path) -> Post:
        return Post(database, tmp_path)

    @pytest.fixture
    def scan(self, post: Post) -> str:
        """In consignment C-1, read once, green."""
        scan = post.arrives(consignment="C-1")
        post.read()
        return scan

    @pytest.mark.parametrize("kind", SENT)
    def test_what_came_in_comes_back_as_it_was_sent(self, post: Post, kind: IncomingKind) -> None:
        entry = post.receive(kind, at="2026-02-01T12:30:00+01:00", comment="Look.\nBehind.")
        with post.database.read() as session:
            assert incoming_history(session, "C-1").entries == (entry,)
        assert entry.at == datetime(2026, 2, 1, 11, 30, tzinfo=UTC)
        assert entry.received_at == NOW

    @pytest.mark.parametrize("kind", SENT)
    @pytest.mark.parametrize("own_id", [True, False])
    def test_the_same_twice_is_one_entry_one_step_and_one_event(
        self, post: Post, kind: IncomingKind, own_id: bool
    ) -> None:
        said = {"id": str(one(1))} if own_id else {}
        assert post.receive(kind, **said) == post.receive(kind, **said)
        assert (len(post.record().history), len(post.events())) == (1, 1)

    @pytest.mark.parametrize("kind", SENT)
    def test_the_same_id_for_something_else_is_refused_and_leaves_nothing(
        self, post: Post, kind: IncomingKind
    ) -> None:
        post.receive(kind, id=str(one(1)))
        other: IncomingKind = "interview" if kind == "risk_score" else "risk_score"
        for what, where, said in ((kind, "C-1", {"by": "another"}), (kind, "C-2", {}), (other, "C-1", {})):
            with pytest.raises(Conflict, match="stands for something else"):
                post.receive(what, where, id=str(one(1)), **said)
        assert (len(post.record().history), len(post.events())) == (1, 1)

    @pytest.mark.usefixtures("scan")
    def test_the_same_sent_many_times_at_once_is_one_entry(self, post: Post) -> None:
        faults: list[Exception] = []

        def send() -> None:
            try:
                for kind in SENT:
                    post.receive(kind)
            except TallyscanError as error:
                faults.append(error)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert len(post.record().history) == 1 + len(SENT)
        assert len(post.events()) == len(SENT)
        assert post.replayed().same

    def test_a_later_entry_corrects_and_both_stay_on_record(self, post: Post) -> None:
        first = post.receive("control_result")
        second = post.receive("control_result", code="B1", corrects=str(first.id))
        record = post.record()
        assert record.control_results == (second,)
        assert [(step.event, step.supersedes) for step in record.history] == [
            ("control_result_nothing", None),
            ("control_result_found", 1),
        ]
        assert post.events()[1]["type"] == "org.tallyscan.control-result.corrected.v1"
        assert post.events()[1]["data"]["supersedes"] == post.events()[0]["id"]
        with pytest.raises(Conflict, match=r"No control result .* stands"):
            post.receive("control_result", code="A4", corrects=str(first.id))
        with pytest.raises(Conflict, match=r"No weighing .* stands"):
            post.receive("weighing", corrects=str(second.id))

    def test_what_lies_ahead_is_refused_and_leaves_no_consignment(self, post: Post) -> None:
        with pytest.raises(Conflict, match="lies ahead"):
            post.receive("weighing", at=(NOW + timedelta(hours=1)).isoformat())
        with pytest.raises(NotFound):
            post.record()

    def test_a_risk_that_came_before_everything_else_counts_once_there_is_a_scan(self, post: Post) -> None:
        post.receive("risk_score", score=0.2)
        before = post.record()
        assert (before.risk.lane, before.pending) == ("not_assessed", None)
        assert [each.code for each in before.risk.indicators] == ["IN-RISK"]
        post.arrives(consignment="C-1")
        post.read(score=0.05)
        record = post.record()
        assert record.risk.score == pytest.approx(0.2, abs=1e-3)
        assert record.risk.lane == "yellow"
        assert record.risk == record.history[-1].risk
        assert [row.step for row in record.table.rows] == ["prior", "incoming"]
        assert record.table.calibrated is False

    @pytest.mark.usefixtures("scan")
    def test_of_two_scores_of_one_engine_the_newest_counts_and_two_engines_have_a_cap(
        self, post: Post
    ) -> None:
        post.receive("risk_score", score=0.9, at="2026-02-01T09:00:00Z")
        assert post.record().risk.lane == "red"
        post.receive("risk_score", score=0.05, at="2026-02-01T10:00:00Z")
        post.receive("risk_score", score=0.8, at="2026-02-01T08:00:00Z")  # late, and older
        assert post.record().risk.lane == "green"
        for engine in ("engine-2", "engine-3"):
            post.receive("risk_score", by=engine, score=0.9)
        capped = post.record()
        assert with_nats(capped) == pytest.approx(3.0, abs=0.01)
        (row,) = [row for row in capped.table.rows if row.step == "incoming"]
        assert (row.cap_nats, row.added_nats) == (3.0, 3.0)
        assert row.before_cap_nats == pytest.approx(2 * (log_odds(0.9) - log_odds(PRIOR)), abs=0.01)
        assert len(capped.history) == 6

    @pytest.mark.usefixtures("scan")
    def test_a_score_that_comes_back_is_no_repeat_of_the_one_before_the_last(self, post: Post) -> None:
        for score in (0.9, 0.05):
            post.receive("risk_score", score=score)
            post.now += timedelta(minutes=1)
        with pytest.raises(Conflict, match="a newer one stands"):
            post.receive("risk_score", score=0.9)
        assert post.record().risk.lane == "green"
        post.receive("risk_score", score=0.9, id=str(uuid4()))
        assert post.record().risk.lane == "red"

    @pytest.mark.parametrize(
        ("lane", "score"), [("green", 0.05), ("blue", 0.05), ("yellow", 0.1), ("red", 0.5)]
    )
    def test_a_lane_without_a_score_stands_for_one(self, post: Post, lane: str, score: float) -> None:
        post.arrives(consignment="C-1")
        post.read(score=0.05)
        post.receive("risk_score", score=None, lane=lane)
        assert post.record().risk.score == pytest.approx(score, abs=1e-3)

    @pytest.mark.usefixtures("scan")
    def test_an_interview_is_on_record_and_never_a_reason(self, post: Post) -> None:
        before = post.record().risk
        interview = post.receive("interview")
        record = post.record()
        assert (record.risk.score, record.risk.lane) == (before.score, before.lane)
        assert record.interviews == (interview,)
        assert record.history[-1].event == "interview_received"

    def test_a_control_that_found_something_is_red_and_one_that_found_nothing_takes_nothing_off(
        self, post: Post
    ) -> None:
        post.arrives(consignment="C-1")
        post.read(score=0.6)
        post.receive("control_result")
        assert post.record().risk.score == 0.6
        post.receive("control_result", code="A4")
        assert post.record().risk.score == 0.6
        post.receive("control_result", **CONTROL_FOUND)
        assert (post.record().risk.lane, post.record().risk.score) == ("red", 1.0)
        assert [step.event for step in post.record().history[1:]] == [
            "control_result_nothing",
            "control_result_discrepancy",
            "control_result_found",
        ]

    def test_a_discrepancy_without_a_scan_is_not_better_than_no_scan(self, post: Post) -> None:
        post.receive("control_result", code="A4")
        assert post.record().risk.lane == "not_assessed"

    @pytest.mark.usefixtures("scan")
    def test_a_weighed_consignment_is_read_again_and_supersedes(self, post: Post) -> None:
        weighing = post.receive("weighing")
        record = post.record()
        assert (record.risk.lane, record.pending) == ("not_assessed", "Not yet read: 1 of 1 scan.")
        with post.database.read() as session:
            (mass,) = weighed_masses(session, "C-1")
        assert (mass.kg, mass.goods_kg, mass.covers) == (24000, 10000, "vehicle_gross")
        assert (mass.at, mass.device) == (weighing.at, "bridge-1")
        saved = post.read()
        assert (saved.revision, saved.entry and saved.entry.supersedes) == (2, 1)
        assert post.record().risk.lane == "green"

    def test_a_scan_that_was_being_read_when_it_was_weighed_is_read_again(self, post: Post) -> None:
        post.arrives(consignment="C-1")
        claim = post.queue.claim()
        assert claim is not None
        post.receive("weighing")
        with pytest.raises(Conflict, match="weighed mass"), post.database.write() as session:
            save_reading(session, claim, reading_of(claim.scan_id), state="read", shown=Shown())
        post.queue.put_back(claim, reason=None, counts=False)
        assert post.read().revision == 1

    def test_every_step_can_be_made_again_from_its_inputs(self, post: Post, scan: str) -> None:
        other = post.arrives(OTHER_CONTAINER, consignment="C-1")
        post.read(score=0.3)
        for kind in SENT:
            post.receive(kind)
        post.decide(other, decision="suspicious", reason="anomaly", comment="A step in the floor.")
        post.inspect(scan)
        post.receive("control_result", **CONTROL_FOUND)
        post.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
        post.read()
        post.read()
        found = post.replayed()
        assert found.same
        assert [entry.same for entry in found.entries] == [True] * len(post.record().history)

    @pytest.mark.parametrize("spoilt", ["score", "inputs", "reading", "entry"])
    @pytest.mark.usefixtures("scan")
    def test_a_number_that_was_tampered_with_is_found(self, post: Post, spoilt: str) -> None:
        post.receive("control_result", **CONTROL_FOUND)
        with post.database.write() as session:
            step = session.get_one(RiskRecordRow, ("C-1", 1 if spoilt == "reading" else 2))
            inputs = dict(step.inputs or {})
            if spoilt == "score":
                step.risk = {**step.risk, "score": 0.01}
            elif spoilt == "inputs":
                step.inputs = inputs | {"shares": inputs["shares"][1:]}
            elif spoilt == "reading":
                step.scan_risk = {**step.scan_risk, "score": 0.01}
            else:
                session.execute(
                    update(IncomingRow).values(
                        effect={"in_words": "", "risk": step.scan_risk | {"score": 0.5}}
                    )
                )
        found = post.replayed()
        assert not found.same
        assert [entry.same for entry in found.entries].count(False) == 1

    @pytest.mark.parametrize("kind", SENT)
    def test_the_event_follows_its_schema(self, post: Post, kind: IncomingKind) -> None:
        post.receive(kind)
        (event,) = post.events()
        jsonschema.Draft202012Validator(event_schema()).validate(event)
        assert event["type"] == f"org.tallyscan.{kind.replace('_', '-')}.recorded.v1"
        assert (event["subject"], event["sequence"]) == ("C-1", "1")
        assert event["data"]["kind"] == kind
        assert event["data"]["record"]["risk"]["lane"] == "not_assessed"

    @pytest.mark.usefixtures("scan")
    def test_entry_step_and_event_are_kept_together_or_not_at_all(
        self, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut(*_: object, **__: object) -> None:
            raise RuntimeError("power cut")

        monkeypatch.setattr("tallyscan.recorder.put_event", cut)
        with pytest.raises(RuntimeError, match="power cut"):
            post.receive("weighing")
        with post.database.read() as session:
            assert session.execute(select(IncomingRow.id)).first() is None
        assert (len(post.record().history), post.record().pending) == (1, None)

    @pytest.mark.usefixtures("scan")
    def test_nothing_that_came_in_is_ever_changed(self, post: Post) -> None:
        def rows() -> set[str]:
            with post.database.read() as session:
                return {repr(tuple(row)) for row in session.execute(select(*IncomingRow.__table__.columns))}

        first = post.receive("weighing")
        before = rows()
        post.receive("weighing", kg=25000, corrects=str(first.id), id=str(uuid4()))
        assert before < rows()
        with post.database.read() as session:
            assert [mass.kg for mass in weighed_masses(session, "C-1")] == [25000]

    def test_the_risk_that_came_is_weighed_against_the_prior(self, post: Post) -> None:
        post.arrives(consignment="C-1")
        post.read(score=0.05)
        post.receive("risk_score", score=0.001)
        least = probability(log_odds(PRIOR) - 0.5)
        assert post.record().risk.score == pytest.approx(least, abs=1e-3)


class TestDatabase(IncomingContract):
    """On SQLite and on PostgreSQL."""
