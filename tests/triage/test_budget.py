"""The number of selected scans keeps to the budget as often as is stated, whatever the scores are."""

import math
import random
from collections.abc import Callable

import pytest

from tallyscan.triage.budget import (
    ALL,
    URGENT_RANK,
    Rank,
    over_budget,
    share_at_least,
    share_at_most,
    threshold,
)
from tallyscan.triage.worklist import ScoredScan, in_order, place

Draw = Callable[[random.Random], Rank]


def even(draw: random.Random) -> Rank:
    return (draw.random(), draw.random())


def mostly_alike(draw: random.Random) -> Rank:
    """Most scans stand at the same floor, as scans without a declaration do."""
    return (draw.choice((0.1, 0.1, 0.1, 0.03, draw.random())), draw.random())


def with_urgent(draw: random.Random) -> Rank:
    return URGENT_RANK if draw.random() < 0.01 else (draw.random() ** 4, draw.random())


@pytest.mark.parametrize("scores", [even, mostly_alike, with_urgent])
@pytest.mark.parametrize(("past", "scans", "budget", "chance"), [(300, 60, 6, 0.1), (90, 40, 8, 0.2)])
def test_the_share_of_shifts_over_budget_is_within_its_bound(
    scores: Draw, past: int, scans: int, budget: int, chance: float
) -> None:
    draw, shifts, over, used = random.Random(17), 400, 0, 0
    for _ in range(shifts):
        plan = threshold([scores(draw) for _ in range(past)], budget=budget, scans=scans, chance=chance)
        assert plan is not None
        assert plan.rank is not None
        assert plan.over_at_most <= chance
        selected = sum(scores(draw) > plan.rank for _ in range(scans))
        over += selected > budget
        used += selected
    assert over / shifts <= chance + 3 * math.sqrt(chance * (1 - chance) / shifts)
    assert over > 0, "a bound that is never reached would waste the budget"
    assert used / shifts > 0.4 * budget


def test_the_bound_is_that_of_a_draw_without_replacement() -> None:
    """Against the count by hand: of 4 past and 3 coming scores, all orders are alike."""
    assert over_budget(1, 4, 3, 0) == pytest.approx(3 / 7)  # the highest of 7 is among the 3
    assert over_budget(1, 4, 3, 2) == pytest.approx(3 / 7 * 2 / 6 * 1 / 5)


def test_a_larger_budget_selects_more_and_a_smaller_chance_fewer() -> None:
    draw = random.Random(5)
    past = [even(draw) for _ in range(500)]
    expected = [threshold(past, budget=budget, scans=100, chance=0.1) for budget in (1, 3, 9, 30)]
    counts = [plan.expected for plan in expected if plan]
    assert counts == sorted(counts)
    assert len(counts) == 4
    strict, loose = (threshold(past, budget=9, scans=100, chance=chance) for chance in (0.01, 0.3))
    assert strict is not None
    assert loose is not None
    assert (strict.rank or ALL) > (loose.rank or ALL)


def test_too_few_past_scores_bound_nothing_and_a_budget_for_all_needs_none() -> None:
    assert threshold([(0.5, 0.5)] * 10, budget=2, scans=100, chance=0.05) is None
    assert threshold([], budget=2, scans=3, chance=0.1) is None
    plan = threshold([], budget=3, scans=3, chance=0.1)
    assert plan is not None
    assert (plan.rank, plan.over_at_most) == (ALL, 0.0)


def test_where_what_is_urgent_takes_the_budget_nothing_else_is_selected_and_it_is_said() -> None:
    draw = random.Random(7)
    past = [URGENT_RANK] * 100 + [even(draw) for _ in range(300)]
    plan = threshold(past, budget=3, scans=100, chance=0.1)
    assert plan is not None
    assert plan.rank is None
    assert plan.over_at_most > 0.99
    assert not place(ScoredScan("a", "red", 0.89, urgent=False), plan).selected
    assert place(ScoredScan("b", "red", 0.9, urgent=True), plan).selected


def test_no_budget_hides_what_is_urgent_or_was_not_assessed() -> None:
    draw = random.Random(7)
    for plan in (threshold([even(draw) for _ in range(200)], budget=0, scans=50, chance=0.4), None):
        assert place(ScoredScan("a", "red", 0.9, urgent=True), plan).by == "urgent"
        assert place(ScoredScan("a", "red", 0.9, urgent=True), plan).selected
        unread = place(ScoredScan("a", "not_assessed", None, urgent=False), plan)
        assert (unread.selected, unread.by) == (True, "not_assessed")


def test_without_a_plan_the_red_lane_is_selected_and_the_reason_says_so() -> None:
    red, yellow = (place(ScoredScan("a", lane, 0.5, urgent=False), None) for lane in ("red", "yellow"))
    assert (red.selected, yellow.selected, red.by) == (True, False, "lane")
    assert "Too few" in red.reason


def test_the_reason_names_budget_score_and_threshold() -> None:
    draw = random.Random(9)
    plan = threshold([even(draw) for _ in range(400)], budget=5, scans=80, chance=0.1)
    assert plan is not None
    assert plan.rank is not None
    high = place(ScoredScan("a", "red", 0.9999, urgent=False), plan)
    low = place(ScoredScan("a", "red", 0.5, urgent=False), plan)
    assert (high.selected, low.selected) == (True, False)
    assert f"0.9999 is above {plan.rank[0]:.4f}" in high.reason
    assert f"0.5000 is below {plan.rank[0]:.4f}" in low.reason
    equal = place(ScoredScan("a", "red", plan.rank[0], urgent=False), plan)
    assert "the draw decides" in equal.reason


def test_the_worklist_is_ordered_by_what_must_not_wait_and_then_by_risk() -> None:
    scans = [
        ScoredScan("low", "green", 0.02, urgent=False),
        ScoredScan("unread", "not_assessed", None, urgent=False),
        ScoredScan("people", "red", 0.9, urgent=True),
        ScoredScan("high", "red", 0.95, urgent=False),
    ]
    assert [scan.scan for scan in in_order(scans)] == ["people", "unread", "high", "low"]


def test_equal_scores_are_drawn_the_same_way_each_time() -> None:
    ranks = {ScoredScan(f"s{number}", "yellow", 0.1, urgent=False).rank for number in range(50)}
    assert len(ranks) == 50
    assert ranks == {ScoredScan(f"s{number}", "yellow", 0.1, urgent=False).rank for number in range(50)}


@pytest.mark.parametrize(
    ("seen", "of", "upper"), [(0, 100, 0.0295), (5, 100, 0.1022), (50, 100, 0.5863), (3, 3, 1.0)]
)
def test_the_bounds_of_a_share_are_those_of_clopper_and_pearson(seen: int, of: int, upper: float) -> None:
    """95 % one-sided; values of the beta distribution's quantiles."""
    assert share_at_most(seen, of) == pytest.approx(upper, abs=2e-3)
    assert share_at_least(of - seen, of) == pytest.approx(1 - upper, abs=2e-3)
