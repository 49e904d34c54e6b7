import pytest

from tallyscan.random_draw import drawn_number, is_drawn
from tallyscan.select.choose import choose
from tallyscan.select.judge import Judged
from tallyscan.selection import Chosen
from tests.select.builders import KEY, profile


def chosen(
    *judged: Judged, consignment: str = "C-1", audit: float = 0.0, stage: str = "before_scan"
) -> Chosen:
    return choose(judged, consignment, stage, key=KEY, audit_share=audit)  # type: ignore[arg-type]


def test_a_draw_is_the_same_whoever_asks_and_another_one_with_another_key_or_version() -> None:
    number = drawn_number(KEY, "p/1", "C-1")
    assert number == pytest.approx(0.183885819, abs=1e-9)  # HMAC-SHA256 of `["p/1", "C-1"]`, 64 bits of it
    assert drawn_number(KEY, "p/1", "C-1") == number
    others = {
        drawn_number(KEY, "p/2", "C-1"),
        drawn_number(KEY, "p/1", "C-2"),
        drawn_number(b"another key for tests", "p/1", "C-1"),
    }
    assert len(others | {number}) == 4


def test_the_draws_are_uniform_and_independent_between_profiles() -> None:
    names = [f"C-{n}" for n in range(20_000)]
    first = [is_drawn(KEY, "p/1", name, 0.1) for name in names]
    second = [is_drawn(KEY, "q/1", name, 0.1) for name in names]
    assert sum(first) == pytest.approx(2000, abs=130)  # three sigma of a binomial are 127
    assert sum(a and b for a, b in zip(first, second, strict=True)) == pytest.approx(200, abs=45)


def test_the_share_of_one_draws_everything_and_that_of_zero_nothing() -> None:
    names = [f"C-{n}" for n in range(1000)]
    assert all(is_drawn(KEY, "p/1", name, 1.0) for name in names)
    assert not any(is_drawn(KEY, "p/1", name, 0.0) for name in names)


def test_a_hit_that_is_not_drawn_stays_on_record_with_its_chance() -> None:
    one = chosen(Judged(profile(random_share=1e-9), "hit"))
    assert (one.actions, one.priority, one.in_words) == ((), None, "Not selected.")
    (reason,) = one.reasons
    assert (reason.chance, reason.drawn) == (1e-9, False)
    assert one.chances == {"scan": pytest.approx(1e-9)}


def test_the_chances_weigh_those_that_are_selected_up_to_all() -> None:
    hits = [
        Judged(profile(id="a", random_share=0.2), "hit"),
        Judged(profile(id="b", random_share=0.3), "hit"),
    ]
    names = [f"C-{n}" for n in range(20_000)]
    picked = [one for name in names if (one := chosen(*hits, consignment=name, audit=0.1)).actions]
    assert picked[0].chances["scan"] == pytest.approx(1 - 0.8 * 0.7 * 0.9)
    estimate = sum(1 / one.chances["scan"] for one in picked)
    assert estimate == pytest.approx(len(names), rel=0.02)


def test_each_action_has_its_own_chance() -> None:
    one = chosen(
        Judged(profile(id="a", random_share=0.5), "hit"),
        Judged(profile(id="b", action="documents"), "hit"),
    )
    assert one.chances == {"scan": 0.5, "documents": 1.0}
    assert "documents" in one.actions


def test_an_undetermined_profile_selects_unless_it_says_otherwise() -> None:
    selecting = chosen(Judged(profile(), "undetermined", "mrn is not known"))
    assert selecting.actions == ("scan",)
    assert selecting.in_words == "A profile (p v1, cannot be judged: mrn is not known)"
    ignoring = chosen(Judged(profile(if_undetermined="ignore"), "undetermined", "mrn is not known"))
    assert (ignoring.actions, ignoring.chances) == ((), {})
    assert ignoring.reasons[0].in_words == "A profile (p v1, cannot be judged: mrn is not known, ignored)"


def test_no_load_is_opened_because_something_is_not_known() -> None:
    opening = profile(stage="after_scan", action="open")
    assert chosen(Judged(opening, "hit"), stage="after_scan").actions == ("open",)
    unknown = chosen(Judged(opening, "undetermined", "score is not known"), stage="after_scan")
    assert unknown.actions == ("second_reading",)


def test_the_random_share_of_the_site_selects_by_itself() -> None:
    one = chosen(audit=1.0)
    (reason,) = one.reasons
    assert (reason.kind, reason.profile, reason.action) == ("audit", None, "scan")
    assert chosen(audit=1.0, stage="after_scan").actions == ("open",)
    assert chosen(audit=0.0).reasons == ()


def test_the_most_pressing_reason_comes_first_and_questions_come_once() -> None:
    one = chosen(
        Judged(profile(id="a", priority=4, interview=("Who loaded it?",)), "hit"),
        Judged(profile(id="b", priority=1, title="Urgent", interview=("Who loaded it?", "Where?")), "hit"),
        Judged(profile(id="c", priority=2, random_share=0.0, interview=("Not asked",)), "hit"),
    )
    assert (one.priority, one.interview) == (1, ("Who loaded it?", "Where?"))
    assert one.in_words == "Urgent (b v1); A profile (a v1)"
