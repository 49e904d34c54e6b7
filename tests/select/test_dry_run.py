from dataclasses import replace
from datetime import date

from tallyscan.select.dry_run import PastCase, dry_run
from tests.select.builders import KEY, before, hs, profile

TOBACCO = "declaration.items.exists(i, i.hs_chapter == '24')"
FIRST, SECOND = date(2026, 2, 1), date(2026, 2, 2)


def case(
    name: str,
    day: date = FIRST,
    *,
    code: str | None = "240220",
    selected: bool = False,
    found: bool | None = None,
) -> PastCase:
    return PastCase(name, day, before(hs(code) if code else {}), selected, found)


def test_hits_finds_load_and_overlap_are_counted() -> None:
    past = [
        case("a", found=True),
        case("b", found=False, selected=True),
        case("c", SECOND),
        case("d", SECOND, code="480100", found=True),
        case("e", SECOND, code=None, selected=True),
    ]
    run = dry_run(profile(TOBACCO), past, key=KEY)
    assert (run.considered, run.hits, run.undetermined, run.selected) == (5, 3, 1, 4)
    assert (run.inspected, run.finds, run.finds_missed, run.selected_already) == (2, 1, 1, 2)
    assert [(each.day, each.considered, each.selected) for each in run.days] == [
        (FIRST, 2, 2),
        (SECOND, 3, 2),
    ]
    assert (run.expected, run.per_day_mean, run.per_day_most) == (4.0, 2.0, 2)
    assert run.hit == ("a", "b", "c")
    assert run.undetermined_because == {"hs_chapter is not known": 1}


def test_a_profile_that_ignores_what_it_cannot_judge_misses_the_finds_in_it() -> None:
    past = [case("a", code=None, found=True)]
    run = dry_run(profile(TOBACCO, if_undetermined="ignore"), past, key=KEY)
    assert (run.undetermined, run.selected, run.expected, run.finds_missed) == (1, 0, 0.0, 1)


def test_a_random_share_makes_the_load_smaller_and_says_what_to_expect() -> None:
    past = [case(f"C-{n}") for n in range(400)]
    run = dry_run(profile(TOBACCO, random_share=0.25), past, key=KEY)
    assert (run.hits, run.expected) == (400, 100.0)
    assert 70 < run.selected < 130
    assert len(run.hit) == 50


def test_nothing_in_the_past_is_a_run_of_zeros() -> None:
    run = dry_run(profile(TOBACCO), [], key=KEY)
    assert (run.considered, run.days, run.per_day_mean, run.per_day_most) == (0, (), 0.0, 0)


def test_lanes_hit_rates_and_other_profiles_are_counted() -> None:
    past = [
        replace(case("a", found=True), lane="red", hit_by=frozenset({"heavy", "old"})),
        replace(case("b", found=False), lane="red", hit_by=frozenset({"heavy"})),
        replace(case("c"), lane=None, hit_by=frozenset({None})),
        replace(case("d", code="480100", found=True), lane="green", hit_by=frozenset({"heavy"})),
    ]
    run = dry_run(profile(TOBACCO), past, key=KEY)
    assert [(each.lane, each.considered, each.selected) for each in run.lanes] == [
        ("red", 2, 2),
        ("green", 1, 0),
        (None, 1, 1),
    ]
    assert (run.hit_rate.seen, run.hit_rate.of, run.hit_rate.share) == (1, 2, 0.5)
    assert (run.hit_rate_of_all.seen, run.hit_rate_of_all.of) == (2, 3)
    assert [(each.profile, each.both) for each in run.overlap] == [("heavy", 2), (None, 1), ("old", 1)]
