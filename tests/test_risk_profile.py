from datetime import timedelta

import pytest
from pydantic import ValidationError

from tallyscan.errors import Conflict
from tallyscan.select.change import check_release, check_retire
from tests.select.builders import NOON, profile


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"action": "second_reading"}, "asks for one of: scan, open, documents"),
        ({"stage": "after_scan"}, "asks for one of: open, second_reading, documents"),
        ({"valid_from": NOON, "valid_to": NOON}, "valid_to is after valid_from"),
        ({"random_share": 1.5}, "less than or equal to 1"),
        ({"id": "Upper"}, "pattern"),
        ({"expression": "x" * 2001}, "at most 2000"),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        profile(**more)


def test_a_profile_is_in_force_within_its_time_and_at_its_sites() -> None:
    timed = profile(valid_from=NOON, valid_to=NOON + timedelta(days=1), sites=("XX-OFF 001",))
    assert timed.in_force(NOON, ("xxoff001",))
    assert timed.in_force(NOON, ()), "what may come anywhere may come here"
    assert not timed.in_force(NOON, ("XXOFF002",))
    assert not timed.in_force(NOON - timedelta(seconds=1), ())
    assert not timed.in_force(NOON + timedelta(days=1), ())
    assert not profile(status="draft").in_force(NOON, ())
    assert not profile(status="retired").in_force(NOON, ())
    assert profile().in_force(NOON, ("anywhere",))


def test_four_eyes_see_a_profile_before_it_selects() -> None:
    draft = profile(status="draft", authors=("Officer 1", "officer-2"))
    for by in ("Officer 1", "officer  1", "OFFICER-2"):
        with pytest.raises(Conflict, match="released by another person"):
            check_release(draft, by)
    check_release(draft, "officer-3")


@pytest.mark.parametrize("status", ["released", "retired"])
def test_only_a_draft_is_released_and_only_what_is_released_is_retired(status: str) -> None:
    with pytest.raises(Conflict, match="no draft"):
        check_release(profile(status=status), "officer-3")
    if status == "retired":
        with pytest.raises(Conflict, match="only a released one"):
            check_retire(profile(status=status))
