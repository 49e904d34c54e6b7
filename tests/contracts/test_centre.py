"""What every database must do with what crossing points report: each event once, in the risk record, and no loop."""

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tallyscan.centre import Centre
from tallyscan.crossing_point import CrossingPoint
from tallyscan.disposer import Disposer
from tallyscan.disposition import DispositionSaid
from tallyscan.errors import Conflict, Forbidden
from tallyscan.finding import CargoUnit
from tallyscan.reading import reading_to_dict
from tallyscan.recorder import Recorder
from tallyscan.report.risk_update import risk_update
from tallyscan.sidecar import Sidecar
from tallyscan.store.consignment_state import consignment_now
from tallyscan.store.crossing_points import points_heard
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.database import Database, open_database
from tallyscan.store.outbox_rows import put_event
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.risk_record import risk_record
from tallyscan.store.risk_replay import replay
from tallyscan.store.tables import Consignment, OutboxRow
from tallyscan.store.targeting_tables import QueueRow
from tallyscan.store.whose_site import sites_of_consignment
from tests.contracts.test_incoming import CONTROL_FOUND, Post
from tests.contracts.test_reviews import NOW
from tests.report.builders import made_unread
from tests.review.builders import UNIT, found, suspicious
from tests.store.builders import OTHER_CONTAINER, reading_of

SOURCE, SITE = "urn:tallyscan:gate", "GATE1"
POINT = CrossingPoint(name="Northern gate", sites=["gate-1"], url="https://gate.example")


def any_site(_sites: frozenset[str]) -> bool:
    return True


class Edge(Post):
    """A crossing point with a store of its own; what it tells waits in its outbox."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self.recorder = Recorder(database, SOURCE, ("file",), lambda: self.now)
        self.disposer = Disposer(database, SOURCE, ("file",), lambda: self.now)

    def reads(self, score: float = 0.02) -> Any:
        """The scan that has waited longest is read, and told."""
        claim = self.queue.claim()
        assert claim is not None
        with self.database.write() as session:
            reading = reading_of(claim.scan_id, score=score, version=claim.declaration_version)
            reading = replace(reading, containers=(CargoUnit(1, UNIT, "container"),))
            saved = save_reading(session, claim, reading, state="read", shown=Shown())
            event = risk_update(
                reading, event_id=saved.reading_id, revision=saved.revision, supersedes=saved.supersedes,
                scan_id=claim.scan_id, reused_from=None, consignment=claim.consignment, entry=saved.entry,
                at=saved.at, source=SOURCE, sidecar=Sidecar(site="gate-1"), reviews=saved.reviews,
            )  # fmt: skip
            put_event(session, event)
        return saved

    def dispose(self, consignment: str = "C-1", **said: Any) -> Any:
        body = {"by": "targeting-1", "disposition": "open", "ground": "anomaly", "record": 0} | said
        return self.disposer.dispose(consignment, DispositionSaid.model_validate(body)).entry


class Heard:
    """A centre and what it has."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.judged: list[str] = []
        self.centre = Centre(
            database,
            "urn:tallyscan:centre",
            {SOURCE: POINT},
            on_risk=lambda _session, consignment, _now: self.judged.append(consignment),
            now=lambda: self.now,
        )

    def take(self, events: list[dict[str, Any]], may: Any = any_site) -> list[str]:
        return [each.outcome for each in self.centre.take(events, may, "gate key")]

    def record(self, consignment: str = "C-1") -> Any:
        with self.database.read() as session:
            return risk_record(session, consignment)

    def state(self, consignment: str = "C-1") -> Any:
        with self.database.read() as session:
            return consignment_now(session, consignment)

    def point(self) -> Any:
        with self.database.read() as session:
            return points_heard(session)[SOURCE]

    def told(self) -> list[dict[str, Any]]:
        with self.database.read() as session:
            return list(session.execute(select(OutboxRow.event).order_by(OutboxRow.position)).scalars())


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    database = open_database(f"sqlite:///{tmp_path / 'edge.db'}")
    yield Edge(database, tmp_path / "edge")
    database.close()


def a_day(edge: Edge) -> list[dict[str, Any]]:
    """Of a consignment that is scanned, decided on, opened, weighed and ordered; and of another one."""
    scan = edge.arrives(consignment="C-1")
    edge.reads(score=0.3)
    decision = edge.decide(scan, **suspicious())
    edge.undo(scan, decision)
    edge.decide(scan, **suspicious(comment="again"))
    edge.receive("risk_score", score=0.3)
    edge.dispose()
    edge.inspect(scan, **found())
    other = edge.arrives(OTHER_CONTAINER, consignment="C-2")
    edge.reads()
    edge.decide(other, decision="refer", reason="specialist")
    edge.receive("control_result", "C-2", **CONTROL_FOUND)
    edge.receive("interview", "C-2")
    return edge.events()


class CentreContract:
    """Inherited by the tests of each database; `database` gives an empty one."""

    @pytest.fixture
    def heard(self, database: Database) -> Heard:
        return Heard(database)

    def test_what_a_crossing_point_found_is_in_the_risk_record_as_it_is_there(
        self, edge: Edge, heard: Heard
    ) -> None:
        events = a_day(edge)
        assert heard.take(events) == ["taken"] * len(events)
        for consignment in ("C-1", "C-2"):
            here, there = heard.record(consignment), edge.record(consignment)
            assert here.risk == there.risk
            assert {each.id for each in here.dispositions} == {each.id for each in there.dispositions}
            assert here.control_results == there.control_results
            assert here.risk_scores == there.risk_scores
            assert here.interviews == there.interviews
        assert heard.state().opened
        assert set(heard.judged) == {"C-1", "C-2"}
        steps = [step.event for step in heard.record().history]
        assert steps[0] == "crossing_reading"
        assert {
            "crossing_decision",
            "crossing_inspection",
            "risk_score_received",
            "crossing_disposition",
        } <= set(steps)
        assert {step.detail["source"] for step in heard.record().history} == {SOURCE}
        assert heard.point().taken == len(events)
        assert (heard.point().gaps, heard.point().late) == (0, 0)

    def test_every_number_can_be_made_again_from_its_inputs(self, edge: Edge, heard: Heard) -> None:
        heard.take(a_day(edge))
        with heard.database.read() as session:
            assert replay(session, "C-1").same
        with heard.database.write() as session:
            row = session.execute(select(CrossingEventRow).limit(1)).scalar_one()
            row.told = row.told | {"risk": {"score": 0.9, "lane": "red", "indicators": []}}
        with heard.database.read() as session:
            found_again = replay(session, "C-1").entries[0]
        assert (found_again.same, found_again.differs) == (False, "What was heard says another risk.")

    def test_the_same_again_is_known_and_changes_nothing(self, edge: Edge, heard: Heard) -> None:
        events = a_day(edge)
        heard.take(events)
        before, told = heard.record(), heard.told()
        again = [event | {"audithead": "a later one"} for event in events]
        assert heard.take(again) == ["repeat"] * len(events)
        assert (heard.record(), heard.told()) == (before, told)
        assert heard.point().repeats == len(events)

    @pytest.mark.parametrize("seed", range(2))
    def test_in_whatever_order_subjects_come_it_comes_to_the_same(
        self, edge: Edge, heard: Heard, seed: int
    ) -> None:
        """The order within a subject is kept; how subjects are mixed, and how often each event comes, is chance."""
        queues: dict[str, list[dict[str, Any]]] = {}
        for event in a_day(edge):
            queues.setdefault(event["subject"], []).append(event)
        chance = random.Random(seed)
        while queues:
            subject = chance.choice(sorted(queues))
            event = queues[subject].pop(0)
            heard.take([event] * chance.choice([1, 1, 2]))
            if not queues[subject]:
                del queues[subject]
        assert heard.record("C-1").risk == edge.record("C-1").risk
        assert heard.record("C-2").risk == edge.record("C-2").risk

    def test_a_later_reading_supersedes_and_an_older_one_that_comes_late_does_not(
        self, edge: Edge, heard: Heard
    ) -> None:
        edge.arrives(consignment="C-1")
        edge.reads(score=0.3)
        edge.receive("weighing")  # it is read again
        edge.reads(score=0.02)
        first, weighing, second = edge.events()
        assert heard.take([second, weighing, first]) == ["taken"] * 3
        assert heard.record().risk == edge.record().risk
        assert [share.of for share in heard.record().inputs.shares] == [
            f"scan/{SOURCE}/{second['data']['scan_id']}"
        ]
        assert (heard.point().gaps, heard.point().late) == (1, 2)

    def test_a_scan_that_was_not_read_is_not_clear(self, edge: Edge, heard: Heard) -> None:
        edge.arrives(consignment="C-1")
        edge.reads(score=0.02)
        (event,) = edge.events()
        failed = copy.deepcopy(event)
        failed["type"] = "org.tallyscan.scan-assessment.failed.v1"
        failed["data"]["reading"] = reading_to_dict(made_unread(reason="Too dark."))
        assert heard.take([failed]) == ["taken"], heard.point()
        assert heard.record().risk.lane == "not_assessed"
        with heard.database.read() as session:
            assert session.get_one(QueueRow, "C-1").shown["unassessed"] == "Too dark."

    def test_a_scan_that_left_for_another_consignment_counts_there_alone(
        self, edge: Edge, heard: Heard
    ) -> None:
        edge.arrives(consignment="C-1")
        edge.reads(score=0.3)
        (event,) = edge.events()
        assert heard.take([event, *moved(event, "C-1", "C-2")]) == ["taken"] * 3, heard.point()
        assert heard.record("C-1").risk.lane == "not_assessed"
        assert heard.record("C-2").risk.lane == "not_assessed"  # until it is read there
        again = copy.deepcopy(event) | {"id": "again", "subject": "C-2", "sequence": "2"}
        again["time"] = "2099-01-01T00:00:00Z"
        again["data"] |= {"consignment": "C-2", "revision": 2}
        heard.take([again])
        assert heard.record("C-2").risk == edge.record("C-1").risk
        assert heard.state("C-1").scans == ()

    def test_what_was_said_before_a_scan_had_a_consignment_counts_once_it_has_one(
        self, edge: Edge, heard: Heard
    ) -> None:
        scan = edge.arrives()
        edge.reads(score=0.02)
        edge.inspect(scan, **found())
        reading, inspection = edge.events()
        assert reading["subject"] == f"scan/{scan}"
        joined = copy.deepcopy(reading) | {"id": "joined", "subject": "C-1", "sequence": "1"}
        joined["data"] |= {"consignment": "C-1", "revision": 2}
        assert heard.take([reading, inspection, joined]) == ["taken"] * 3
        assert heard.record().risk.lane == "red"
        assert heard.state().opened

    def test_a_consignment_is_of_the_site_where_it_was_read(self, edge: Edge, heard: Heard) -> None:
        heard.take(a_day(edge))
        with heard.database.read() as session:
            assert sites_of_consignment(session, "C-1") == {SITE}
            line = session.get_one(QueueRow, "C-1")
            assert (line.sites, line.lane, line.scanned) == (f"|{SITE}|", "red", True)

    def test_what_was_ordered_there_stands_here_and_is_corrected_there(
        self, edge: Edge, heard: Heard
    ) -> None:
        edge.arrives(consignment="C-1")
        edge.reads(score=0.3)
        ordered = edge.dispose()
        heard.take(edge.events())
        assert heard.state().awaited.id == ordered.id
        here = Disposer(heard.database, "urn:tallyscan:centre", now=lambda: NOW + timedelta(hours=1))
        said = {
            "by": "centre-1", "disposition": "refer", "ground": "specialist", "record": 0,
            "contact_point": "LAB", "purpose": "Look at it.",
        }  # fmt: skip
        with pytest.raises(Conflict, match="crossing point"):
            here.dispose("C-1", DispositionSaid.model_validate(said | {"corrects": str(ordered.id)}))
        here.dispose("C-1", DispositionSaid.model_validate(said))
        assert heard.state().awaited.disposition == "refer"

    def test_gaps_are_counted_and_what_came_is_taken(self, edge: Edge, heard: Heard) -> None:
        events = a_day(edge)
        of_first = [event for event in events if event["subject"] == "C-1"]
        assert heard.take([of_first[0], of_first[3]]) == ["taken"] * 2
        assert heard.point().gaps == 1
        with heard.database.read() as session:
            rows = select(CrossingEventRow.missing).order_by(CrossingEventRow.position)
            assert [missing > 0 for missing in session.execute(rows).scalars()] == [False, True]

    def test_events_go_on_as_they_came_and_those_of_our_own_end_here(self, edge: Edge, heard: Heard) -> None:
        events = a_day(edge)
        heard.take(events)
        assert heard.told() == events
        ours = events[0] | {"source": "urn:tallyscan:centre", "id": "ours"}
        assert heard.take([ours]) == ["repeat"]
        assert heard.told() == events

    def test_two_centres_that_report_to_each_other_come_to_an_end(
        self, edge: Edge, heard: Heard, tmp_path: Path
    ) -> None:
        far = open_database(f"sqlite:///{tmp_path / 'far.db'}")
        other = Centre(far, "urn:tallyscan:far", {SOURCE: POINT})
        events = a_day(edge)
        heard.take(events)
        other.take(heard.told(), any_site)
        with far.read() as session:
            back = list(session.execute(select(OutboxRow.event).order_by(OutboxRow.position)).scalars())
        assert heard.take(back) == ["repeat"] * len(events)
        assert heard.told() == events
        far.close()

    def test_who_may_not_speak_for_a_crossing_point_is_not_heard(self, edge: Edge, heard: Heard) -> None:
        events = a_day(edge)[:1]
        assert heard.take(events, lambda sites: sites <= {"OTHER"}) == ["later"]
        assert heard.take([events[0] | {"source": "urn:tallyscan:nobody"}]) == ["later"]
        elsewhere = copy.deepcopy(events[0])
        elsewhere["data"]["site"] = "GATE-9"
        assert heard.take([elsewhere]) == ["refused"]
        assert "GATE9" in heard.point().refusal
        with pytest.raises(Forbidden):
            heard.centre.hear(SOURCE, 0, None, lambda _sites: False)
        with heard.database.read() as session:
            assert session.execute(select(CrossingEventRow.position)).first() is None

    def test_what_is_no_event_is_refused_and_holds_back_its_own_subject_alone(
        self, edge: Edge, heard: Heard
    ) -> None:
        events = a_day(edge)
        broken = copy.deepcopy(events)
        broken[0]["data"]["reading"]["risk"]["lane"] = "violet"
        outcomes = heard.take(broken)
        assert outcomes[0] == "refused"
        assert {
            outcome
            for event, outcome in zip(broken[1:], outcomes[1:], strict=True)
            if event["subject"] == "C-1"
        } == {"behind"}
        assert "taken" in outcomes
        assert heard.record("C-2").risk == edge.record("C-2").risk
        for nonsense in ({}, {"id": 1}, {"specversion": "1.0", "id": "x" * 65}, {"type": "a.b"}):
            assert heard.take([nonsense]) == ["refused"]

    def test_an_id_that_stands_for_another_event_is_refused(self, edge: Edge, heard: Heard) -> None:
        event = a_day(edge)[0]
        heard.take([event])
        changed = copy.deepcopy(event)
        changed["data"]["reading"]["risk"]["score"] = 0.01
        assert heard.take([changed]) == ["refused"]

    def test_a_type_that_this_version_does_not_know_is_kept(self, edge: Edge, heard: Heard) -> None:
        event = a_day(edge)[0] | {"id": "new", "type": "org.tallyscan.portal-radiation.measured.v1"}
        assert heard.take([event]) == ["taken"]
        with heard.database.read() as session:
            assert session.execute(select(CrossingEventRow.kind)).scalar_one() == "other"
            assert session.execute(select(Consignment.id)).first() is None

    def test_a_fault_here_takes_nothing_and_the_event_is_asked_for_again(
        self, edge: Edge, heard: Heard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        events = a_day(edge)[:1]
        with monkeypatch.context() as patched:
            patched.setattr("tallyscan.centre.append_crossing", lambda *_: 1 / 0)
            assert heard.take(events) == ["later"]
        assert heard.told() == []
        assert heard.take(events) == ["taken"]

    def test_it_says_what_waits_there(self, heard: Heard) -> None:
        heard.centre.hear(SOURCE, 12, NOW, any_site)
        assert (heard.point().waiting, heard.point().waiting_since, heard.point().taken) == (12, NOW, 0)

    def test_what_was_heard_is_never_changed(self, edge: Edge, heard: Heard) -> None:
        events = a_day(edge)
        heard.take(events[:4])

        def rows() -> set[str]:
            with heard.database.read() as session:
                every = select(*CrossingEventRow.__table__.columns)
                return {repr(tuple(row)) for row in session.execute(every)}

        before = rows()
        heard.take(events)
        assert before < rows()


def moved(event: dict[str, Any], away: str, here: str) -> list[dict[str, Any]]:
    """The two events of a scan that moved."""
    scan = event["data"]["scan_id"]
    about = {"how": "person", "confidence": None, "why": "Somebody said so.", "decided_by": "officer-7"}
    record = {"sequence": 2, "supersedes": None, "risk": {"score": None, "lane": "not_assessed"}}
    return [
        event
        | {
            "id": f"join-{change}",
            "type": "org.tallyscan.scan-join.changed.v1",
            "subject": of,
            "sequence": sequence,
            "time": "2098-01-01T00:00:00Z",
            "dataschema": "urn:tallyscan:schema:scan-join:1.0",
            "data": about
            | {
                "scan_id": scan, "change": change, "consignment": of, "other_consignment": other,
                "record": record, "links": {"scan": f"/v1/scans/{scan}", "risk_record": None},
            },
        }
        for change, of, other, sequence in (("moved_away", away, here, "2"), ("moved_here", here, away, "1"))
    ]  # fmt: skip


class TestDatabase(CentreContract):
    """On SQLite and on PostgreSQL."""
