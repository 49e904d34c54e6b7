"""What every database must do with alert budgets: keep each version, and make the same plan of the same past."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from tallyscan.alert_budget import AlertBudget, AlertBudgetSaid
from tallyscan.consignment_evidence import ConsignmentEvidence
from tallyscan.errors import NotFound
from tallyscan.risk_profile import Action
from tallyscan.selection import Chosen, SelectionReason
from tallyscan.store.alert_budgets import ShiftPlan, budget_of, places, put_budget, shift_plan, worklist
from tallyscan.store.database import Database
from tallyscan.store.declarations import ensure_consignment
from tallyscan.store.selections import put_selection
from tallyscan.store.tables import AlertBudgetRow, ScanRow, ScanScoreRow
from tests.contracts.test_incoming import Post
from tests.contracts.test_reviews import NOW

SITE = "XXAAA"


def said(**changes: Any) -> AlertBudgetSaid:
    day = {"name": "day", "starts": "06:00", "budget": 5, "scans": 40}
    night = {"name": "night", "starts": "18:00", "budget": 2}
    return AlertBudgetSaid.model_validate({"by": "supervisor-1", "shifts": [day, night]} | changes)


class Office:
    """A site whose scans are there with their scores."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.made = 0

    def set(self, **changes: Any) -> AlertBudget:
        with self.database.write() as session:
            return put_budget(session, SITE, said(**changes), NOW)[0]

    def scan(self, at: datetime, score: float | None, *, urgent: bool = False, site: str = SITE) -> str:
        self.made += 1
        scan = f"s{self.made}"
        lane = "not_assessed" if score is None else "red" if score >= 0.5 else "yellow"
        row = ScanRow(
            id=scan, identity=scan, sha256="0", sidecar_sha256="0", name=scan, received_at=at, origin="test"
        )
        with self.database.write() as session:
            session.add(row)
            session.flush()
            session.add(ScanScoreRow(scan_id=scan, site=site, at=at, lane=lane, score=score, urgent=urgent))
        return scan

    def select(self, scan: str, consignment: str, action: Action) -> None:
        """Its consignment is drawn for that."""
        reason = SelectionReason("audit", None, None, action, 5, 0.1, True, "Random share of the site")
        chosen = Chosen((action,), {action: 0.1}, (reason,))
        evidence = ConsignmentEvidence(consignment, 0, None, scans=())
        with self.database.write() as session:
            ensure_consignment(session, consignment, NOW)
            session.get_one(ScanRow, scan).consignment_id = consignment
            put_selection(session, evidence, "after_scan", chosen, None, NOW)

    def past(self, count: int, seed: int = 3) -> None:
        draw = random.Random(seed)
        for number in range(count):
            self.scan(NOW - timedelta(days=1, minutes=number), round(draw.random(), 4))

    def plan(self, at: datetime = NOW) -> ShiftPlan:
        with self.database.read() as session:
            return shift_plan(session, SITE, at)


class AlertBudgetContract:
    """Inherited by the tests of each database; `database` gives an empty one."""

    @pytest.fixture
    def office(self, database: Database) -> Office:
        return Office(database)

    def test_a_change_is_a_new_version_and_the_same_again_is_none(self, office: Office) -> None:
        first, again, changed = office.set(), office.set(), office.set(chance=0.2)
        assert (first.version, again.version, changed.version) == (1, 1, 2)
        with office.database.read() as session:
            assert budget_of(session, SITE) == changed
            assert len(session.execute(select(AlertBudgetRow)).all()) == 2
            with pytest.raises(NotFound, match="no alert budget"):
                budget_of(session, "elsewhere")

    def test_a_site_is_the_same_however_it_is_written(self, database: Database, tmp_path: Path) -> None:
        post = Post(database, tmp_path)
        scan = post.arrives(consignment="C-1")
        with database.write() as session:
            row = session.get_one(ScanRow, scan)
            row.seen = {**row.seen, "site": "Gate 1"}
        post.read(score=0.9)
        with database.write() as session:
            _, new = put_budget(session, "gate-1", said(), NOW)
            _, again = put_budget(session, "GATE 1", said(), NOW)
            assert (new, again) == (True, False)
            listed = worklist(session, shift_plan(session, "gate1", datetime.now(UTC)))
            assert [each.scan for each in listed] == [scan]
            assert set(places(session, [scan])) == {scan}

    def test_the_plan_of_a_shift_rests_on_what_came_before_it_and_stays_the_same(
        self, office: Office
    ) -> None:
        office.set()
        office.past(200)
        before = office.plan(NOW)
        for minutes in range(20):
            office.scan(NOW - timedelta(minutes=minutes), 0.99)
            office.scan(NOW, 0.99, site="ELSEWHERE")
        assert office.plan(NOW + timedelta(hours=1)) == before
        assert before.threshold is not None
        assert before.threshold.past == 200
        assert before.threshold.over_at_most <= 0.1

    def test_the_worklist_selects_by_the_threshold_and_hides_nothing_urgent(self, office: Office) -> None:
        office.set()
        office.past(200)
        low, high, unread = office.scan(NOW, 0.3), office.scan(NOW, 0.9999), office.scan(NOW, None)
        people = office.scan(NOW, 0.9, urgent=True)
        office.scan(NOW - timedelta(hours=12), 0.99)  # in the shift before
        plan = office.plan()
        with office.database.read() as session:
            listed = worklist(session, plan)
            standing = places(session, [low, high, unread, people])
        assert [(each.scan, each.place.selected) for each in listed] == [
            (people, True),
            (unread, True),
            (high, True),
            (low, False),
        ]
        assert {scan: place.by for scan, place in standing.items()} == {
            people: "urgent",
            unread: "not_assessed",
            high: "budget",
            low: "budget",
        }
        assert {place.shift for place in standing.values()} == {"day"}
        assert [each.lane for each in listed] == ["red", "not_assessed", "red", "yellow"]

    def test_what_a_profile_or_a_share_selects_is_in_the_worklist_and_takes_from_the_budget(
        self, office: Office
    ) -> None:
        office.set()
        office.past(200)
        before = office.plan().threshold
        for number in range(1, 11):
            office.select(f"s{number * 20}", f"C-{number}", "open")
        low, other, high = office.scan(NOW, 0.1), office.scan(NOW, 0.1), office.scan(NOW, 0.9999)
        office.select(low, "C-98", "open")
        office.select(other, "C-99", "second_reading")
        plan = office.plan()
        assert before is not None
        assert before.rank is not None
        assert plan.threshold is not None
        assert plan.threshold.rank is None or plan.threshold.rank > before.rank
        with office.database.read() as session:
            listed = worklist(session, plan)
            assert places(session, [low])[low].by == "selection"
        assert [each.scan for each in listed] == [low, high, other]
        assert [each.place.by for each in listed] == ["selection", "budget", "budget"]
        assert listed[0].place.reason.startswith("Selected, whatever its risk: Random share of the site")
        assert not listed[2].place.selected
        office.set(of="second_readings")
        with office.database.read() as session:
            assert places(session, [low, other])[other].by == "selection"

    def test_without_a_past_the_red_lane_is_selected_and_nothing_is_promised(self, office: Office) -> None:
        office.set()
        office.past(5)
        red, yellow = office.scan(NOW, 0.6), office.scan(NOW, 0.2)
        assert office.plan().threshold is None
        with office.database.read() as session:
            standing = places(session, [red, yellow])
        assert (standing[red].selected, standing[yellow].selected) == (True, False)
        assert "Too few" in standing[red].reason

    def test_where_no_number_of_scans_is_given_the_most_of_an_earlier_shift_counts(
        self, office: Office
    ) -> None:
        office.set()
        night = NOW.replace(hour=20)
        for days, count in ((1, 7), (2, 12), (3, 3)):
            for minutes in range(count):
                office.scan(night - timedelta(days=days, minutes=minutes), 0.2 + minutes / 100)
        plan = office.plan(night)
        assert plan.threshold is not None
        assert (plan.time.shift.name, plan.threshold.scans, plan.threshold.past) == ("night", 12, 22)

    def test_scans_of_a_site_without_a_budget_stand_nowhere(self, office: Office) -> None:
        scan = office.scan(NOW, 0.9, site="ELSEWHERE")
        with office.database.read() as session:
            assert places(session, [scan, "nobody"]) == {}
        office.set()
        with office.database.read() as session:
            assert places(session, [scan, "nobody"]) == {}

    def test_the_score_of_a_scan_follows_its_reading_and_what_came_with_its_consignment(
        self, database: Database, tmp_path: Path
    ) -> None:
        post = Post(database, tmp_path)

        def score() -> float | None:
            with database.read() as session:
                return session.execute(select(ScanScoreRow.score)).scalar_one()

        scan = post.arrives(consignment="C-1")
        post.read(score=0.05)
        assert score() == 0.05
        post.receive("risk_score", score=0.3)
        assert score() == pytest.approx(0.3, abs=1e-3)
        post.receive("weighing")
        post.read(score=0.05)
        assert score() == pytest.approx(0.3, abs=1e-3)
        with database.read() as session:
            assert session.execute(select(ScanScoreRow.site, ScanScoreRow.scan_id)).one() == ("UNNAMED", scan)

    def test_the_expected_share_of_finds_is_that_of_earlier_controls(
        self, database: Database, tmp_path: Path
    ) -> None:
        post = Post(database, tmp_path)
        scans = [post.arrives(f"CSQU30{number:05}", consignment=f"C-{number}") for number in range(6)]
        for _ in scans:
            post.read(score=0.6)
        for scan, result in zip(scans, (True, False, False, None, None, None), strict=True):
            items = [{"family": "bricks_in_load"}] if result else []
            if result is not None:
                post.inspect(scan, found=result, items=items)
        post.receive(
            "control_result", "C-1", code="B1"
        )  # beside an inspection that found nothing: one find is a find
        post.receive("control_result", "C-4", code="B1")
        post.receive(
            "control_result", "C-5", code="A2", opened=None
        )  # considered satisfactory: nobody looked
        with database.write() as session:
            budget = said(shifts=[{"name": "day", "starts": "00:00", "budget": 9, "scans": 9}])
            put_budget(session, "unnamed", budget, NOW)
            plan = shift_plan(session, "unnamed", datetime.now(UTC) + timedelta(days=1))
        finds = plan.finds
        assert (finds.controlled, finds.found, finds.share) == (4, 3, 0.75)
        assert finds.at_least is not None
        assert 0 < finds.at_least < 0.75
        assert finds.by_scores == pytest.approx(0.6)
        assert finds.calibrated is False


class TestDatabase(AlertBudgetContract):
    """On SQLite and on PostgreSQL."""


@pytest.mark.parametrize(
    ("at", "shift", "begins"),
    [
        ("2026-07-01T02:59:00Z", "night", "2026-06-30T15:00:00Z"),
        ("2026-07-01T03:00:00Z", "day", "2026-07-01T03:00:00Z"),
        ("2026-07-01T14:59:00Z", "day", "2026-07-01T03:00:00Z"),
        ("2026-01-01T03:59:00Z", "night", "2025-12-31T16:00:00Z"),
        ("2026-10-25T05:00:00Z", "day", "2026-10-25T04:00:00Z"),  # an hour longer: clocks go back
    ],
)
def test_a_shift_is_of_the_local_clock(at: str, shift: str, begins: str) -> None:
    known = {"site": SITE, "version": 1, "set_at": NOW}
    budget = AlertBudget.model_validate(said(time_zone="Europe/Vilnius").model_dump() | known)
    found = budget.shift_at(datetime.fromisoformat(at))
    assert (found.shift.name, found.begins_at) == (shift, datetime.fromisoformat(begins))
    assert found.begins_at <= datetime.fromisoformat(at) < found.ends_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"shifts": []},
        {"shifts": [{"name": "a", "starts": "06:00", "budget": -1}]},
        {
            "shifts": [
                {"name": "a", "starts": "06:00", "budget": 1},
                {"name": "b", "starts": "06:00", "budget": 1},
            ]
        },
        {"shifts": [{"name": "a", "starts": "25:00", "budget": 1}]},
        {"time_zone": "Mars/Olympus"},
        {"chance": 0.9},
        {"by": ""},
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        said(**wrong)
