"""The board of a site against what a person would put on it. All of it is invented."""

from datetime import timedelta

import pytest

from tallyscan.alert_budget import AlertBudgetSaid
from tallyscan.store.alert_budgets import put_budget
from tallyscan.store.board import BoardState, board, sites
from tallyscan.store.database import Database
from tests.store.past_work import DAY, PastWork

NOW = DAY + timedelta(hours=20)


def seen(database: Database, work: PastWork, *, limit: int = 50) -> BoardState:
    with database.write() as session:
        work.put(session)
    with database.read() as session:
        return board(session, "gate-1", NOW, limit)


def test_what_waits_is_in_the_order_in_which_to_look(database: Database) -> None:
    work = PastWork()
    hour = timedelta(hours=1)
    green, red = work.scan(NOW - 3 * hour), work.scan(NOW - hour, lane="red")
    unsure = work.scan(NOW - hour, lane="not_assessed")
    older = work.scan(NOW - 2 * hour, lane="red")
    unread = work.scan(NOW - hour, lane=None)
    work.scan(NOW - hour, lane="red", site="Gate 2")
    work.scan(NOW - 30 * hour, lane="red")
    work.scan(NOW - hour, lane=None, site="Gate 2")
    state = seen(database, work)
    assert [each.scan for each in state.waiting] == [unread, unsure, older, red, green]
    assert (state.to_be_read, state.to_be_decided) == (1, 4)
    assert [each.waits for each in state.waiting] == ["to_be_read", *["to_be_decided"] * 4]
    few = seen(database, PastWork(), limit=2)
    assert (len(few.waiting), few.to_be_decided) == (2, 4)


def test_what_is_read_blind_tells_nothing_of_its_reading_by_its_place_neither(database: Database) -> None:
    work = PastWork()
    hour = timedelta(hours=1)
    red, green = work.scan(NOW - 2 * hour, lane="red"), work.scan(NOW - 4 * hour)
    blind_green, blind_red = work.scan(NOW - 3 * hour), work.scan(NOW - hour, lane="red")
    seen(database, work)
    with database.read() as session:
        state = board(session, "gate-1", NOW, 50, {blind_green, blind_red}.intersection)
    assert [each.scan for each in state.waiting] == [blind_green, red, blind_red, green]
    told = {each.scan: (each.hidden, each.lane, each.risk_score, each.place) for each in state.waiting}
    assert told[blind_green] == told[blind_red] == (True, None, None, None)
    assert (told[red][:2], told[green][:2]) == ((False, "red"), (False, "green"))


def test_what_is_decided_waits_no_more_unless_it_is_taken_back(database: Database) -> None:
    work = PastWork()
    work.decide(work.scan(NOW), "clear", at=NOW)
    back = work.scan(NOW)
    work.decide(back, "undone", at=NOW, replaces=work.decide(back, "clear", at=NOW))
    state = seen(database, work)
    assert [each.scan for each in state.waiting] == [back]


def test_of_an_image_of_two_units_the_units_wait(database: Database) -> None:
    work = PastWork()
    whole = work.scan(NOW)
    units = {work.scan(NOW), work.scan(NOW)}
    for number, unit in enumerate(units, 1):
        work.part(unit, whole, number)
    state = seen(database, work)
    assert {each.scan for each in state.waiting} == units
    assert state.counts.arrived == 2


@pytest.mark.parametrize(("budget", "left"), [(3, 1), (1, -1)])
def test_the_shift_that_runs_is_counted_and_its_budget_with_it(
    database: Database, budget: int, left: int
) -> None:
    shifts = [
        {"name": "day", "starts": "06:00", "budget": 9},
        {"name": "night", "starts": "18:00", "budget": budget},
    ]
    said = AlertBudgetSaid.model_validate({"shifts": shifts, "by": "supervisor-1"})
    with database.write() as session:
        put_budget(session, "Gate 1", said, DAY - timedelta(days=9))
    work = PastWork()
    at = NOW - timedelta(hours=1)
    for lane in ("red", "yellow"):
        scan = work.scan(at, lane=lane)
        work.decide(scan, "refer", at=at)
        work.open(scan, "nothing", at=at)
    work.open(work.scan(at - timedelta(hours=3)), "nothing", at=at - timedelta(hours=3))
    work.scan(at, lane=None)
    state = seen(database, work)
    day, night = state.shifts
    assert (day.name, day.used, day.now) == ("day", 1, False)
    assert (night.name, night.budget - night.used, night.now) == ("night", left, True)
    assert state.since == night.begins_at
    counts = state.counts
    assert (counts.arrived, counts.decided, counts.opened, counts.referred) == (3, 2, 2, 2)
    assert (counts.lanes["red"], counts.lanes["yellow"], counts.lanes["green"]) == (1, 1, 0)


def test_what_was_corrected_is_counted_as_it_stands(database: Database) -> None:
    work = PastWork()
    cleared, referred, read = work.scan(NOW), work.scan(NOW), work.scan(NOW)
    work.decide(cleared, "clear", at=NOW, replaces=work.decide(cleared, "refer", at=NOW))
    corrected = work.decide(referred, "clear", at=NOW, replaces=work.decide(referred, "refer", at=NOW))
    work.decide(referred, "undone", at=NOW, replaces=corrected)
    work.decide(read, "undone", at=NOW, replaces=work.decide(read, "refer", at=NOW))
    state = seen(database, work)
    assert (state.counts.decided, state.counts.referred) == (2, 1), (
        "undoing a correction puts back the referral"
    )
    assert [each.scan for each in state.waiting] == [read]


def test_every_site_that_is_known_is_listed_once(database: Database) -> None:
    work = PastWork()
    for site in ("Gate 2", "gate-2", None):
        work.scan(site=site)
    seen(database, work)
    said = AlertBudgetSaid.model_validate(
        {"shifts": [{"name": "day", "starts": "06:00", "budget": 9}], "by": "s-1"}
    )
    with database.write() as session:
        put_budget(session, "Gate 1", said, NOW)
    with database.read() as session:
        assert sites(session) == ("GATE1", "GATE2", "UNNAMED")
