"""What is fitted into a card: rates that hold on new scans, intervals that cover, curves that were there."""

from collections.abc import Sequence

import numpy as np
import pytest

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card import SCANNER_TYPES
from tallyscan.detect.card_calibration import (
    EmptyCalibration,
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
    logit,
    sigmoid,
)
from tests.tiny_model import tiny_card
from tests.training.observations import FAR_BOX, Observation, anomaly, said_unit, seen, true_unit
from training.card_fit import (
    FEWEST_IN_BIN,
    SHIPPED_RATE,
    calibrated,
    empty_calibration,
    interval_of,
    logistic,
    mass_calibration,
    mismatch_calibration,
    score_calibration,
    thresholds,
    unit_pairs,
)

AS_IT_IS = ScoreCalibration(temperature=1.0, bias=0.0)
MASS = MassCalibration(
    max_goods_share=1.25,
    scale=1.0,
    intervals=(MassInterval(max_mean_alpha=None, relative_low=-0.5, relative_high=0.5, scans=0),),
)


def benign(rng: np.random.Generator, count: int, group: str = "dual/container") -> list[Observation]:
    return [seen(float(score), group=group) for score in rng.beta(1, 6, count)]


def without_base_rate(bias: float, happened: Sequence[bool] | np.ndarray) -> float:
    """The bias of the same curve where it happens as often as not (Prentice and Pyke 1979)."""
    return bias - logit(float(np.mean(happened)))


def test_the_logistic_curve_is_found_again() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 2, 6000)
    happened = (rng.random(6000) < 1 / (1 + np.exp(-(0.7 * x - 1.2)))).astype(float)
    weight, bias = logistic(x, happened, (1.0, 0.0))
    assert weight == pytest.approx(0.7, abs=0.06)
    assert bias == pytest.approx(without_base_rate(-1.2, happened), abs=0.1)
    # How many there are of either kind is the set's own choice and moves nothing.
    fewer = (happened == 0) | (rng.random(6000) < 0.3)
    assert logistic(x[fewer], happened[fewer], (1.0, 0.0)) == pytest.approx((weight, bias), abs=0.08)


def test_of_nothing_and_of_what_is_perfectly_told_apart_the_curve_stays_finite() -> None:
    assert logistic(np.zeros(0), np.zeros(0), (0.8, 0.3)) == pytest.approx((0.8, 0.3))
    weight, bias = logistic(np.array([-3.0, 3.0]), np.array([0.0, 1.0]), (1.0, 0.0))
    assert 1 < weight < 20
    assert abs(bias) < 1


def test_published_scores_are_probabilities() -> None:
    rng = np.random.default_rng(1)
    observations, happened = [], []
    for _ in range(4000):
        raw = float(rng.normal(-2, 2))
        hidden = rng.random() < sigmoid(raw / 2 + 0.6)
        happened.append(hidden)
        observations.append(seen(sigmoid(raw), anomalies=[anomaly()] if hidden else None))
    score = score_calibration([*observations, seen(None)], AS_IT_IS)
    assert score.temperature == pytest.approx(2.0, rel=0.12)
    assert score.bias == pytest.approx(without_base_rate(0.6, happened), abs=0.15)


def test_thresholds_hold_their_rate_on_new_scans() -> None:
    rng = np.random.default_rng(2)
    score = ScoreCalibration(temperature=1.7, bias=-0.4)
    rates = []
    for _ in range(60):
        limit = thresholds(benign(rng, 400), score)["dual"].threshold
        rates.append(np.mean([score.published(o["score"]) >= limit for o in benign(rng, 500)]))
    assert np.mean(rates) == pytest.approx(SHIPPED_RATE, abs=0.003)


def test_groups_with_few_scans_fall_back_to_their_scanner_type() -> None:
    rng = np.random.default_rng(3)
    observations = (
        benign(rng, 250, "dual/container") + benign(rng, 50, "dual/other") + benign(rng, 20, "display/other")
    )
    limits = thresholds(observations, AS_IT_IS)
    assert set(limits) == {*SCANNER_TYPES, "dual/container"}
    assert limits["dual"].benign_scans == 300
    assert limits["dual/container"].benign_scans == 250
    assert 0 < limits["dual"].threshold < 1
    # Twenty scans say nothing about one in a hundred, none says nothing at all: neither alarms.
    assert limits["display"].threshold == 1.0
    assert limits["single"].threshold == 1.0


def test_scans_with_something_hidden_do_not_move_thresholds() -> None:
    rng = np.random.default_rng(4)
    calm = benign(rng, 300)
    loud = [seen(0.99, anomalies=[anomaly()]) for _ in range(300)]
    assert thresholds([*calm, *loud], AS_IT_IS) == thresholds(calm, AS_IT_IS)


def test_what_was_not_read_does_not_move_thresholds() -> None:
    """It goes to a person whatever they are; were it counted, a few dark scans would silence every alarm."""
    calm = benign(np.random.default_rng(5), 400)
    assert thresholds([*calm, *[seen(None)] * 20], AS_IT_IS) == thresholds(calm, AS_IT_IS)


def weighed(rng: np.random.Generator, count: int, factor: float = 1.0) -> list[Observation]:
    """Units whose estimates are `factor` too small, and the worse the less comes through."""
    result = []
    for _ in range(count):
        kg, alpha = float(rng.uniform(2000, 25_000)), float(rng.uniform(0.5, 7.0))
        estimate = kg / factor * float(np.exp(rng.normal(0, 0.02 + 0.05 * alpha)))
        unit = said_unit(mass=[estimate, 0.0, 0.0], mean_alpha=alpha)
        result.append(seen(0.1, units=[(true_unit(kg), unit)]))
    return result


def covered(calibration: MassCalibration, observations: Sequence[Observation], scale: float) -> list[bool]:
    flags = []
    for truth, said in unit_pairs(observations):
        interval, estimate = calibration.interval_at(said["mean_alpha"]), said["mass"][0] * scale
        low, high = estimate * (1 + interval.relative_low), estimate * (1 + interval.relative_high)
        flags.append(low <= truth["mass_kg"] <= high)
    return flags


def test_mass_intervals_cover_nine_in_ten_at_every_penetration() -> None:
    rng = np.random.default_rng(6)
    calibration = mass_calibration(weighed(rng, 2000, factor=1.3), MASS)
    assert calibration.scale == pytest.approx(1.3, rel=0.03)
    new = weighed(rng, 4000, factor=1.3)
    assert np.mean(covered(calibration, new, calibration.scale)) == pytest.approx(0.9, abs=0.02)
    for low, high in ((0, 2), (2, 4), (4, 5.5), (5.5, 9)):
        part = [o for o in new if low < o["units"][0]["mean_alpha"] <= high]
        assert np.mean(covered(calibration, part, calibration.scale)) == pytest.approx(0.9, abs=0.06)
    widths = [item.relative_high - item.relative_low for item in calibration.intervals]
    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]


def test_a_bin_with_few_units_borrows_the_nearest_ones() -> None:
    rng = np.random.default_rng(8)
    few = [o for o in weighed(rng, 800) if o["units"][0]["mean_alpha"] < 4.5]
    assert mass_calibration([], MASS) == MASS
    calibration = mass_calibration(few, MASS)
    assert calibration.intervals[-1].scans == FEWEST_IN_BIN
    width = [item.relative_high - item.relative_low for item in calibration.intervals]
    assert width[-1] > width[0]


def test_what_was_not_weighed_or_is_nearly_empty_is_left_out() -> None:
    rng = np.random.default_rng(9)
    units = weighed(rng, 300)
    odd = [
        seen(0.1, units=[(true_unit(100.0), said_unit(mass=[9000.0, 0, 0]))]),
        seen(0.1, units=[(true_unit(empty=True), said_unit(mass=[9000.0, 0, 0]))]),
        seen(0.1, units=[(true_unit(), said_unit(mass=None))]),
        seen(0.1, units=[(true_unit(), said_unit(mass=[90_000.0, 0, 0], box=FAR_BOX))]),
        seen(None, units=[(true_unit(), said_unit())]),
    ]
    assert mass_calibration([*units, *odd], MASS) == mass_calibration(units, MASS)


def test_the_interval_is_that_of_the_ranks() -> None:
    ratios = np.arange(1, 100) / 50.0  # 0.02 to 1.98
    interval = interval_of(ratios, 4.0)
    assert interval.relative_low == pytest.approx(0.1 - 1)  # the fifth
    assert interval.relative_high == pytest.approx(1.9 - 1)  # the ninety-fifth
    assert (interval.max_mean_alpha, interval.scans) == (4.0, 99)


def test_the_empty_curve_is_found_again() -> None:
    rng = np.random.default_rng(10)
    before = EmptyCalibration(share=0.02, weight=1.0, bias=0.0)
    observations, happened = [], []
    for _ in range(5000):
        raw = float(rng.normal(0, 3))
        empty = 1 - sigmoid(raw)
        loaded = rng.random() < sigmoid(1.4 * raw - 0.9)
        happened.append(loaded)
        observations.append(seen(0.1, units=[(true_unit(empty=not loaded), said_unit(empty=empty))]))
    found = empty_calibration(observations, before)
    assert found.share == before.share
    assert found.weight == pytest.approx(1.4, rel=0.1)
    assert found.bias == pytest.approx(without_base_rate(-0.9, happened), abs=0.15)


def test_the_mismatch_curve_is_found_again() -> None:
    rng = np.random.default_rng(11)
    observations, happened = [], []
    for _ in range(5000):
        raw = float(rng.normal(0, 2))
        wrong = rng.random() < sigmoid(0.8 * raw + 0.6)
        happened.append(wrong)
        unit = said_unit(mismatch=sigmoid(raw))
        declared = ("textiles_garments",) if wrong else ()
        observations.append(seen(0.1, units=[(true_unit(), unit)], declared=declared))
    before = MismatchCalibration(weight=1.0, bias=0.0)
    found = mismatch_calibration(observations, before)
    assert found.weight == pytest.approx(0.8, rel=0.1)
    assert found.bias == pytest.approx(without_base_rate(0.6, happened), abs=0.12)
    silent = seen(0.1, units=[(true_unit(), said_unit(mismatch=None))])
    empty = seen(0.1, units=[(true_unit(empty=True), said_unit(mismatch=0.9))])
    undeclared = seen(0.1, units=[(true_unit(), said_unit(mismatch=0.9))], declared=None)
    assert mismatch_calibration([*observations, silent, empty, undeclared, seen(None)], before) == found


def test_what_nothing_was_seen_of_stays_as_it_was() -> None:
    """Scans that were not read, or on which no unit was found, fit no curve."""
    fitted = {
        "score": ScoreCalibration(temperature=1.7, bias=0.3),
        "empty": EmptyCalibration(share=0.02, weight=1.4, bias=-0.6),
        "mismatch": MismatchCalibration(weight=0.8, bias=0.2),
    }
    before = tiny_card("0" * 64).model_copy(update=fitted)
    lost = seen(0.1, units=[(true_unit(), said_unit(box=FAR_BOX))])
    card = calibrated(before, [seen(None), seen(None)])
    assert (card.score, card.empty, card.mass, card.mismatch) == (
        before.score, before.empty, before.mass, before.mismatch,
    )  # fmt: skip
    card = calibrated(before, [lost])
    assert (card.empty, card.mass, card.mismatch) == (before.empty, before.mass, before.mismatch)


def test_a_calibrated_card_is_valid_and_says_on_what_it_rests() -> None:
    rng = np.random.default_rng(12)
    observations = weighed(rng, 200)
    for index, o in enumerate(observations):
        o["score"] = float(rng.beta(1, 6))
        o["units"][0]["empty"] = float(rng.uniform(0.01, 0.3))
        o["declared_groups"] = [CLASS_BY_NAME["glass"].group] if index % 4 == 0 else o["declared_groups"]
    loud = [seen(float(rng.beta(4, 2)), anomalies=[anomaly()]) for _ in range(100)]
    before = tiny_card("0" * 64)
    card = calibrated(before, [*observations, *loud])
    again = type(card).model_validate(card.model_dump())
    assert again == card
    assert card.thresholds_id.endswith("-300")
    assert card.thresholds["dual"].benign_scans == 200
    assert card.thresholds["dual"].basis == "simulated"
    assert logit(card.score.published(0.9)) > logit(card.score.published(0.1))
    assert (card.heads, card.sha256) == (before.heads, before.sha256)
