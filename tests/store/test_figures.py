"""Figures of past work against what a person counts by hand. All of it is invented."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tallyscan.alert_budget import AlertBudgetSaid
from tallyscan.store.alert_budgets import put_budget
from tallyscan.store.database import Database
from tallyscan.store.figures import figures
from tallyscan.store.span import Asked, By
from tallyscan.work_figures import NO_TIMES, Pair, Times, WorkFigures, share_of
from tests.store.past_work import DAY, PastWork

NOW = DAY + timedelta(days=30)
FIRST, SECOND = date(2026, 2, 2), date(2026, 2, 3)
UTC_ZONE = ZoneInfo("UTC")


def counted(
    database: Database, work: PastWork, by: By | None = None, **more: object
) -> tuple[WorkFigures, dict[str, WorkFigures]]:
    asked = Asked(FIRST, SECOND, **({"zone": UTC_ZONE} | more))  # type: ignore[arg-type]
    with database.write() as session:
        work.put(session)
    with database.read() as session:
        whole, parts = figures(session, asked, [by] if by else [], NOW)
        every = figures(session, asked, ["day", "site", "scanner"], NOW)
        assert every[0] == whole, "what it is asked by changes nothing"
        assert by is None or every[1][by] == parts[by]
        return whole, parts[by] if by else {}


def test_of_nothing_there_is_no_rate_and_every_day_is_there(database: Database) -> None:
    whole, days = counted(database, PastWork(), "day")
    assert list(days) == ["2026-02-02", "2026-02-03"]
    for each in (whole, *days.values()):
        assert (each.arrivals, each.waiting, set(each.lanes.values())) == (0, 0, {0})
        assert (each.read_after, each.decided_after, each.machine, each.officer) == (NO_TIMES,) * 4
        assert {each.hits, each.false_alarms, each.missed, each.not_assessed} == {share_of(0, 0)}
        assert (each.hits.share, each.readers.kappa, each.readers.same.share) == (None, None, None)
        assert (each.budget.kept, each.budget.of) == (share_of(0, 0), None)


def test_arrivals_are_those_that_wait_and_those_in_lanes(database: Database) -> None:
    work = PastWork()
    for lane in ("green", "green", "yellow", "red", "not_assessed", None):
        work.scan(lane=lane)
    work.scan(lane="red", state="received")  # read once, and waits to be read again
    whole, _ = counted(database, work)
    assert (whole.arrivals, whole.waiting) == (7, 2)
    assert whole.lanes == {"green": 2, "yellow": 1, "red": 1, "not_assessed": 1}
    assert whole.not_assessed == share_of(1, 5)


def test_of_an_image_of_two_units_the_units_are_counted(database: Database) -> None:
    work = PastWork()
    whole_scan = work.scan(lane="red")
    for unit, lane in ((1, "green"), (2, "red")):
        work.part(work.scan(lane=lane), whole_scan, unit)
    whole, _ = counted(database, work)
    assert (whole.arrivals, whole.lanes["green"], whole.lanes["red"]) == (2, 1, 1)


def test_scans_are_counted_on_the_day_of_the_site_and_not_outside(database: Database) -> None:
    work = PastWork()
    for hours in (-3, -1, 0, 21, 23, 45, 47, 48):
        work.scan(DAY + timedelta(hours=hours))
    vilnius = ZoneInfo("Europe/Vilnius")  # two hours before UTC in February
    whole, days = counted(database, work, "day", zone=vilnius)
    assert {name: each.arrivals for name, each in days.items()} == {"2026-02-02": 3, "2026-02-03": 2}
    assert whole.arrivals == 5


def test_by_site_and_by_scanner_and_of_one_alone(database: Database) -> None:
    work = PastWork()
    work.scan(site="Gate 1", device="A")
    work.scan(site="gate-1", device="B", lane=None)  # another spelling, not read yet
    work.scan(site=None, device=None, lane=None)
    work.scan(site="Gate 2", device="A", lane="red")
    _, sites = counted(database, work, "site")
    assert {name: each.arrivals for name, each in sites.items()} == {"GATE1": 2, "GATE2": 1, "UNNAMED": 1}
    _, scanners = counted(database, work, "scanner")
    assert {name: each.arrivals for name, each in scanners.items()} == {"": 1, "A": 2, "B": 1}
    whole, days = counted(database, work, "day", site="GATE1", scanner="B")
    assert (whole.arrivals, whole.waiting, days["2026-02-02"].arrivals) == (1, 1, 1)


@pytest.mark.parametrize(
    ("seconds", "median", "ninth"),
    [
        ([5], 5.0, 5.0),
        ([1, 4], 2.5, 4.0),
        ([9, 1, 5], 5.0, 9.0),
        (list(range(1, 11)), 5.5, 9.0),
        (list(range(1, 12)), 6.0, 10.0),
        ([3, 3, 3, 3], 3.0, 3.0),
    ],
)
def test_times_are_median_and_nine_of_ten_by_rank(
    database: Database, seconds: list[float], median: float, ninth: float
) -> None:
    work = PastWork()
    for each in seconds:
        scan = work.scan(read_after_s=each, seconds=each * 2)
        work.decide(scan, "clear", at=DAY + timedelta(seconds=each * 10), seconds=each * 3)
    whole, _ = counted(database, work)
    assert whole.read_after == Times(
        len(seconds), pytest.approx(median, abs=1e-3), pytest.approx(ninth, abs=1e-3)
    )
    assert whole.machine == Times(len(seconds), median * 2, ninth * 2)
    assert whole.officer == Times(len(seconds), median * 3, ninth * 3)
    assert whole.decided_after.median_s == pytest.approx(median * 10, abs=1e-2)


def test_a_load_is_opened_once_whatever_is_on_record_of_it(database: Database) -> None:
    work = PastWork()
    two_scans = [work.scan(lane="red", consignment="C-1"), work.scan(lane="green", consignment="C-1")]
    work.open(two_scans[0], "nothing")
    work.open(two_scans[0], "found")
    work.control("C-1", "found")
    corrected = work.scan(lane="yellow")
    wrong = work.open(corrected, "found")
    work.open(corrected, "nothing", replaces=wrong)
    work.open(work.scan(lane="red"), "not_opened")
    work.scan(DAY - timedelta(days=9), consignment="C-2")  # not of these days
    work.control("C-2", "found")
    work.scan(lane="red", consignment="C-3")
    work.control("C-3", "discrepancy")
    work.scan(lane="not_assessed", consignment="C-4")
    work.control("C-4", "nothing")
    whole, _ = counted(database, work)
    assert whole.hits == share_of(1, 4)  # of C-1, the corrected one, C-3 and C-4
    assert whole.false_alarms == share_of(
        2, 3
    )  # the corrected one and C-3; C-1 has a scan in red, and a find
    assert whole.missed == share_of(1, 1)  # C-1 has one in green, too


def test_hits_false_alarms_and_misses_are_of_what_was_opened(database: Database) -> None:
    work = PastWork()
    for lane, results in {
        "red": ["found", "nothing", "nothing"],
        "yellow": ["nothing"],
        "green": ["found", "nothing"],
        "not_assessed": ["found"],
    }.items():
        for result in results:
            work.open(work.scan(lane=lane), result)
    work.scan(lane="red")
    whole, _ = counted(database, work)
    assert whole.hits == share_of(3, 7)
    assert whole.false_alarms == share_of(3, 4)
    assert whole.missed == share_of(1, 2)


def test_readers_agree_by_what_stands_of_each(database: Database) -> None:
    work = PastWork()
    for first, second in [("clear", "clear")] * 3 + [("clear", "suspicious"), ("suspicious", "suspicious")]:
        scan = work.scan()
        work.decide(scan, first)
        work.decide(scan, second, reader="second")
    changed = work.scan()
    wrong = work.decide(changed, "clear")
    work.decide(changed, "refer", replaces=wrong)
    work.decide(changed, "refer", reader="second")
    back = work.scan()
    stands = work.decide(back, "clear")
    slip = work.decide(back, "suspicious", replaces=stands)
    work.decide(back, "undone", replaces=slip)
    work.decide(back, "clear", reader="second")
    gone = work.scan()
    work.decide(gone, "undone", replaces=work.decide(gone, "clear"))
    work.decide(gone, "clear", reader="second")
    whole, _ = counted(database, work)
    assert whole.readers.same == share_of(6, 7)
    assert whole.readers.pairs == (
        Pair("clear", "clear", 4),
        Pair("clear", "suspicious", 1),
        Pair("refer", "refer", 1),
        Pair("suspicious", "suspicious", 1),
    )


def test_officers_are_held_against_the_machine_and_those_who_did_not_see_it_apart(database: Database) -> None:
    work = PastWork()
    for lane, answer, shown in [
        ("green", "clear", True),
        ("green", "suspicious", False),
        ("yellow", "suspicious", False),
        ("red", "clear", True),
        ("red", "refer", True),
        ("not_assessed", "clear", True),
    ]:
        work.decide(work.scan(lane=lane), answer, shown=shown)
    whole, _ = counted(database, work)
    assert whole.officer_machine.same == share_of(2, 4)
    assert whole.blind.same == share_of(1, 2)


def test_a_budget_is_kept_by_what_was_opened_in_each_shift_that_ended(database: Database) -> None:
    said = {"shifts": [{"name": "day", "starts": "06:00", "budget": 2}], "by": "supervisor-1"}
    night = {"shifts": [*said["shifts"], {"name": "night", "starts": "18:00", "budget": 0}], "by": "s-1"}
    wrong = {"shifts": [{"name": "day", "starts": "06:00", "budget": 9}], "by": "supervisor-1"}
    with database.write() as session:
        put_budget(session, "Gate 1", AlertBudgetSaid.model_validate(wrong), DAY - timedelta(days=9))
        # set in the shift: it counts for all of it
        put_budget(session, "Gate 1", AlertBudgetSaid.model_validate(said), DAY + timedelta(hours=7))
        put_budget(session, "Gate 1", AlertBudgetSaid.model_validate(night), DAY + timedelta(hours=20))
    work = PastWork()
    for hours in (5, 7, 8, 9, 31, 32):
        work.open(work.scan(), "nothing", at=DAY + timedelta(hours=hours))
    whole, days = counted(database, work, "day")
    # 2 February from 06:00 to 06:00: three of two. 3 February: by day two of two, by night none of none.
    assert (days["2026-02-02"].budget.budget, days["2026-02-02"].budget.used) == (2, 3)
    assert days["2026-02-02"].budget.kept == share_of(0, 1)
    assert (days["2026-02-03"].budget.kept, days["2026-02-03"].budget.used) == (share_of(2, 2), 2)
    assert (whole.budget.kept, whole.budget.of) == (share_of(2, 3), "inspections")
    _, scanners = counted(database, PastWork(), "scanner")
    assert scanners["DEV-1"].budget.kept == share_of(0, 0)


def test_the_day_of_a_change_of_the_clock_has_its_own_length() -> None:
    asked = Asked(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Vilnius"))
    begins, ends = asked.span
    assert (begins, ends - begins) == (datetime(2026, 3, 28, 22, tzinfo=UTC), timedelta(hours=23))
