import numpy as np
import pytest

from tallyscan.finding import Interval
from tallyscan.reconcile.mass_score import mass_score
from tallyscan.reconcile.outcome import AGREES_UP_TO, DIFFERS_FROM, PRIOR_WRONG


@pytest.mark.parametrize("half_width", [100.0, 1500.0, 6000.0])
@pytest.mark.parametrize("declared", [300.0, 5000.0, 26000.0])
def test_the_score_grows_with_the_distance_on_both_sides(declared: float, half_width: float) -> None:
    for direction in (-1.0, 1.0):
        scores = [
            mass_score(declared, Interval(estimate, estimate - half_width, estimate + half_width))
            for estimate in declared + direction * np.linspace(0, 40000, 60)
        ]
        assert scores == sorted(scores)
        assert 0 < scores[0] < PRIOR_WRONG
        assert scores[-1] <= 1


def test_the_score_grows_as_less_is_declared_of_the_same_load() -> None:
    estimate = Interval(20000.0, 18000.0, 22500.0)
    scores = [mass_score(declared, estimate) for declared in np.linspace(19900, 100, 60)]
    assert scores == sorted(scores)


def test_a_narrower_interval_makes_the_same_gap_weigh_more() -> None:
    gaps = [mass_score(12000.0, Interval(16000.0, 16000.0 - w, 16000.0 + w)) for w in (4000.0, 2000.0, 500.0)]
    assert gaps == sorted(gaps)


def test_the_side_of_the_interval_that_faces_the_declared_mass_counts() -> None:
    lopsided = Interval(16000.0, 12500.0, 16100.0)
    assert mass_score(12000.0, lopsided) < mass_score(20000.0, lopsided)


def test_honest_declarations_are_seldom_accused_and_gross_lies_seldom_missed() -> None:
    rng = np.random.default_rng(7)
    sigma, half_width = 900.0, 900.0 * 1.645
    truth = rng.uniform(3000, 26000, 4000)
    declared = truth * (1 + rng.normal(0, 0.05, 4000))
    estimate = truth + rng.normal(0, sigma, 4000)

    def scores(declared_kg: np.ndarray) -> np.ndarray:
        pairs = zip(declared_kg, estimate, strict=True)
        return np.array([mass_score(d, Interval(e, e - half_width, e + half_width)) for d, e in pairs])

    honest, lied = scores(declared), scores(np.maximum(declared - 8000, 100))
    assert (honest >= DIFFERS_FROM).mean() < 0.005
    assert (honest <= AGREES_UP_TO).mean() > 0.9
    large_enough = declared > 8500
    assert (lied[large_enough] >= DIFFERS_FROM).mean() > 0.95


def test_extreme_numbers_do_not_overflow() -> None:
    assert mass_score(1e9, Interval(1.0, 0.9, 1.1)) <= 1
    assert mass_score(0.0, Interval(0.0, 0.0, 0.0)) > 0
    for huge in (1e200, 1.7e308):
        assert 0 < mass_score(huge, Interval(1.0, 0.9, 1.1)) <= 1
        assert 0 < mass_score(1.0, Interval(huge, 0.9 * huge, huge)) <= 1
