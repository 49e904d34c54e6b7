"""What an officer can say of a scan, and what stands of it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from tallyscan.decision import IN_WORDS, REASONS, Answer, DecisionSaid, Reason
from tests.review.builders import SCAN, clear, decision, history, one, suspicious


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (clear(reason="anomaly"), "anomaly is no reason for clear, which has: nothing_found"),
        (clear(regions=suspicious()["regions"]), "marks no regions"),
        (clear(reason="other"), "needs a comment"),
        (clear(reason="cleared_unread"), "on what the decision rests"),
        (clear(reason="cleared_unread", comment="  "), "at least 1 character"),
        (clear(decision="perhaps"), "'clear', 'suspicious'"),
        (clear(by=" "), "at least 1 character"),
        (clear(by="a\nb"), "control characters"),
        (clear(comment="a\x00b", reason="other"), "control characters"),
        (clear(revision=-1), "greater than or equal to 0"),
        (clear(seconds=-1), "greater than or equal to 0"),
        (clear(seconds=float("nan")), "finite"),
        (clear(at="2026-02-01T10:00:00"), "timezone"),
        (clear(lane="green"), "Extra inputs"),
        (suspicious(regions=[{"box": [0, 0, 0, 10]}]), "above 0"),
        (suspicious(regions=[{"box": [-1, 0, 10, 10]}]), "none below 0"),
        (suspicious(regions=[{"box": [0, 0, float("inf"), 10]}]), "finite"),
        (suspicious(regions=[{"box": [0, 0, 10, 10], "family": "dragons"}]), "rip_off_bags"),
        (suspicious(regions=[]), "marks a region, or says in a comment what is meant"),
        (suspicious(regions=[], comment=None), "marks a region, or says in a comment what is meant"),
        (clear(decision="not_readable", reason="image_cut", regions=suspicious()["regions"]), "no regions"),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_reason(wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        DecisionSaid.model_validate(wrong)


def test_a_suspicion_of_the_whole_load_is_said_in_words_and_older_ones_without_are_still_read() -> None:
    DecisionSaid.model_validate(suspicious(regions=[], comment="All of it is heavier than declared."))
    assert decision(**suspicious(regions=[])).comment is None


@pytest.mark.parametrize("missing", ["by", "decision", "reason", "revision", "marks_shown"])
def test_what_matters_has_no_default(missing: str) -> None:
    said = {name: value for name, value in clear().items() if name != missing}
    with pytest.raises(ValidationError, match="Field required"):
        DecisionSaid.model_validate(said)


def test_every_answer_has_reasons_and_every_reason_words_and_an_answer() -> None:
    assert set(REASONS) == set(get_args(Answer))
    assert set(IN_WORDS) == set(get_args(Reason)) == {code for codes in REASONS.values() for code in codes}
    for answer, codes in REASONS.items():
        for code in codes:
            DecisionSaid.model_validate(clear(decision=answer, reason=code, comment="why"))


def test_the_same_words_on_the_same_scan_have_the_same_id_and_others_another() -> None:
    said, again = (DecisionSaid.model_validate(clear()) for _ in range(2))
    assert said.id_for(SCAN) == again.id_for(SCAN)
    others = [
        said.id_for("another"),
        *(DecisionSaid.model_validate(clear(**one)).id_for(SCAN) for one in CHANGES),
    ]
    assert len({said.id_for(SCAN), *others}) == len(CHANGES) + 2
    own = DecisionSaid.model_validate(clear(id=str(one(5))))
    assert own.id_for(SCAN) == one(5)
    assert own.sha256 == said.sha256


CHANGES = ({"by": "officer-8"}, {"marks_shown": False}, {"seconds": 3}, {"at": "2026-02-01T10:00:00Z"})


def test_a_time_keeps_its_moment() -> None:
    tokyo = datetime(2026, 2, 1, 19, tzinfo=timezone(timedelta(hours=9)))
    said = DecisionSaid.model_validate(clear(at=tokyo.isoformat()))
    assert said.at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_a_correction_replaces_and_the_corrected_one_stays_in_the_history() -> None:
    first, second = decision(1), decision(2, **suspicious(corrects=one(1)))
    said = history(first, second)
    assert said.standing == (second,)
    assert said.decisions == (first, second)


def test_who_undoes_a_correction_puts_back_what_it_corrected() -> None:
    first, second = decision(1), decision(2, **suspicious(corrects=one(1)))
    assert history(first, undone=(first,)).standing == ()
    assert history(first, second, undone=(second,)).standing == (first,)


def test_both_readers_stand_and_neither_replaces_the_other() -> None:
    first, second = decision(1), decision(2, **suspicious(reader="second", by="officer-8"))
    said = history(first, second)
    assert said.standing == (first, second)
    assert (said.standing_of("first"), said.standing_of("second")) == (first, second)
