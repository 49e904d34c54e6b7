import numpy as np
import pytest

from tallyscan.detect.card_calibration import RATES, Threshold
from training.calibration import (
    BenignScans,
    fewest_scans,
    set_threshold,
    threshold_with_fallback,
    weighted_conformal_threshold,
)

SHIPPED = Threshold(
    threshold=0.7, false_alarm_rate=0.05, basis="simulated", benign_scans=700, by_rate=dict.fromkeys(RATES)
)


def conformal_threshold(scores: list[float], rate: float) -> float:
    return weighted_conformal_threshold(BenignScans(tuple(scores)), rate)


def test_the_rate_holds_on_new_scans() -> None:
    rng = np.random.default_rng(0)
    rates = []
    for _ in range(300):
        limit = conformal_threshold(rng.random(200).tolist(), 0.05)
        rates.append(float((rng.random(500) >= limit).mean()))
    assert np.mean(rates) == pytest.approx(0.05, abs=0.005)


def test_equal_weights_give_the_plain_rank() -> None:
    rng = np.random.default_rng(1)
    for n, rate in ((19, 0.05), (99, 0.01), (249, 0.004), (250, 0.004), (500, 0.05), (999, 0.001)):
        scores = rng.random(n)
        rank = int(np.ceil(round((n + 1) * (1 - rate), 9)))
        expected = np.sort(scores)[rank - 1] + 1e-5
        for chances in (None, (0.2,) * n):
            found = weighted_conformal_threshold(BenignScans(tuple(scores), chances), rate)
            assert found == pytest.approx(min(expected, 1), abs=1e-12)


def test_too_few_scans_give_no_threshold_that_could_alarm() -> None:
    for rate, fewest in ((0.05, 19), (0.01, 99), (0.004, 249), (0.001, 999)):
        assert fewest_scans(rate) == fewest
        assert conformal_threshold([0.1] * fewest, rate) < 1
        assert conformal_threshold([0.1] * (fewest - 1), rate) == 1
    assert conformal_threshold([], 0.05) == 1


def site_draw(rng: np.random.Generator, scans: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores and chances of being drawn: trusted traders are seldom drawn, and their scans score lower."""
    trusted = rng.random(scans) < 0.7
    return np.where(trusted, rng.beta(1, 8, scans), rng.beta(3, 4, scans)), np.where(trusted, 0.05, 0.4)


def test_the_weights_make_up_for_an_uneven_draw() -> None:
    rng = np.random.default_rng(2)
    weighted, plain = [], []
    for _ in range(150):
        scores, chances = site_draw(rng, 4000)
        drawn = rng.random(4000) < chances
        sample = tuple(scores[drawn])
        new, _ = site_draw(rng, 4000)
        limit = weighted_conformal_threshold(BenignScans(sample, tuple(chances[drawn])), 0.05)
        weighted.append(float((new >= limit).mean()))
        plain.append(float((new >= weighted_conformal_threshold(BenignScans(sample), 0.05)).mean()))
    # On the safe side by the weight of one seldom drawn scan, 20 of 4000.
    assert 0.05 - 20 / 4000 - 0.002 < np.mean(weighted) < 0.05 + 0.001
    assert np.mean(plain) < 0.04


def test_a_chance_of_nothing_is_refused() -> None:
    for chances in ((0.0, 0.5), (1.5, 0.5), (0.5,)):
        with pytest.raises(ValueError, match="chance"):
            weighted_conformal_threshold(BenignScans((0.1, 0.2), chances), 0.05)
    with pytest.raises(ValueError, match="rate"):
        weighted_conformal_threshold(BenignScans((0.1,)), 0.0)


def test_uneven_weights_are_worth_fewer_scans() -> None:
    assert BenignScans((0.1,) * 50).effective == pytest.approx(50)
    assert BenignScans((0.1,) * 50, (0.5,) * 50).effective == pytest.approx(50)
    assert BenignScans((0.1,) * 50, (0.001,) + (1.0,) * 49).effective < 1.2
    assert BenignScans(()).effective == 0


def test_the_narrowest_level_with_enough_scans_is_taken() -> None:
    rng = np.random.default_rng(3)
    few, some, many = (BenignScans(tuple(rng.random(n) * 0.5)) for n in (10, 60, 400))
    levels = [("portal 40 ft", few), ("portal", some), ("site", many)]
    found, level = threshold_with_fallback(levels, SHIPPED, 0.05)
    assert (level, found.benign_scans, found.basis) == ("portal", 60, "site")
    assert found.threshold == pytest.approx(weighted_conformal_threshold(some, 0.05), abs=1e-5)
    assert threshold_with_fallback(levels, SHIPPED, 0.05, fewest=100)[1] == "site"
    assert threshold_with_fallback(levels, SHIPPED, 0.001) == (SHIPPED, "shipped")
    assert threshold_with_fallback([], SHIPPED, 0.05) == (SHIPPED, "shipped")


def test_a_threshold_is_given_at_each_rate_that_the_scans_can_hold() -> None:
    scores = tuple(np.random.default_rng(6).random(300) * 0.8)
    found = set_threshold(BenignScans(scores), 0.01, "simulated")
    assert found.threshold == found.by_rate["0.01"]
    assert found.by_rate["0.001"] is None
    for rate in ("0.004", "0.01", "0.05"):
        limit = found.by_rate[rate]
        assert limit is not None
        assert np.mean(np.array(scores) >= limit) <= float(rate)
    never = set_threshold(BenignScans(scores[:20]), 0.01, "simulated")
    assert (never.threshold, never.by_rate["0.01"]) == (1.0, None)
