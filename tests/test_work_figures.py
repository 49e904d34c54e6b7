"""Shares, intervals and kappa against figures that others have printed."""

import pytest

from tallyscan.work_figures import agreement_of, share_of


@pytest.mark.parametrize(
    ("seen", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_those_of_wilson(seen: int, of: int, low: float, high: float) -> None:
    share = share_of(seen, of)
    assert share.share == pytest.approx(seen / of, abs=1e-6)
    assert (share.low, share.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_of_nothing_there_is_no_share() -> None:
    assert (share_of(0, 0).share, share_of(0, 0).low, share_of(0, 0).high) == (None, None, None)


def test_kappa_is_what_chance_alone_would_not_give() -> None:
    found = agreement_of({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})
    assert (found.same.seen, found.same.of) == (35, 50)
    assert found.kappa == pytest.approx(0.4)
    assert (found.kappa_low, found.kappa_high) == (
        pytest.approx(0.1511, abs=2e-3),
        pytest.approx(0.6489, abs=2e-3),
    )


def test_kappa_of_three_answers_is_the_one_of_fleiss_cohen_and_everitt() -> None:
    """Their example in table 1: 200 pairs of three answers, unweighted kappa 0.429 with a standard error of 0.054."""
    rows = {"1": (53, 5, 2), "2": (11, 14, 5), "3": (1, 6, 3)}
    counts = {(one, str(n + 1)): count * 2 for one, row in rows.items() for n, count in enumerate(row)}
    found = agreement_of(counts)
    assert found.kappa == pytest.approx(0.429, abs=5e-4)
    half = (found.kappa_high or 0) - (found.kappa or 0)
    assert half / 1.96 == pytest.approx(0.054, abs=1e-3)


def test_kappa_has_no_meaning_where_both_always_say_the_same() -> None:
    found = agreement_of({("clear", "clear"): 9})
    assert (found.same.share, found.kappa, found.kappa_low) == (1.0, None, None)
