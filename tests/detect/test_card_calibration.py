from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tallyscan.detect.card_calibration import (
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
    Threshold,
)


def test_the_published_score_is_a_probability_in_the_order_of_the_raw_one() -> None:
    score = ScoreCalibration(temperature=2.0, bias=-0.5)
    raw = [0.0, 1e-7, 0.001, 0.3, 0.5, 0.8, 0.999, 1.0]
    published = [score.published(value) for value in raw]
    assert published == sorted(published)
    assert 0 < published[0] < published[-1] < 1
    assert score.published(0.5) == pytest.approx(1 / (1 + np.exp(0.5)))
    assert ScoreCalibration(temperature=1.0, bias=0.0).published(0.3) == pytest.approx(0.3)


def test_the_way_back_leads_to_the_raw_score() -> None:
    score = ScoreCalibration(temperature=1.7, bias=0.8)
    for raw in (0.01, 0.4, 0.97):
        assert score.raw(score.published(raw)) == pytest.approx(raw, rel=1e-9)


def test_a_temperature_that_would_turn_the_order_is_refused() -> None:
    with pytest.raises(ValidationError, match="temperature"):
        ScoreCalibration(temperature=-1.0, bias=0.0)
    with pytest.raises(ValidationError, match="weight"):
        MismatchCalibration(weight=0.0, bias=0.0)


def interval(limit: float | None, low: float) -> MassInterval:
    return MassInterval(max_mean_alpha=limit, relative_low=low, relative_high=-low, scans=10)


def test_the_mass_interval_is_that_of_the_penetration() -> None:
    bins = (interval(1.0, -0.1), interval(3.0, -0.2), interval(None, -0.5))
    mass = MassCalibration(max_goods_share=1.25, scale=1.0, intervals=bins)
    lows = [mass.interval_at(alpha).relative_low for alpha in (0.0, 1.0, 1.01, 3.0, 8.0)]
    assert lows == [-0.1, -0.1, -0.2, -0.2, -0.5]


@pytest.mark.parametrize(
    "limits", [(), (1.0,), (None, None), (2.0, 1.0, None), (1.0, 1.0, None), (None, 1.0)]
)
def test_bins_that_leave_a_gap_or_overlap_are_refused(limits: tuple[float | None, ...]) -> None:
    bins = tuple(interval(limit, -0.1) for limit in limits)
    with pytest.raises(ValidationError):
        MassCalibration(max_goods_share=1.25, scale=1.0, intervals=bins)


BY_RATE = {"0.001": None, "0.004": 0.95, "0.01": 0.9, "0.05": 0.6}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"by_rate": {"0.01": 0.9}}, "must have the rates"),
        ({"by_rate": BY_RATE | {"0.004": 0.7}}, "lower false alarm rate"),
        ({"threshold": 0.8}, "not that of its own rate"),
    ],
)
def test_thresholds_that_contradict_each_other_are_refused(changes: dict[str, Any], says: str) -> None:
    right: dict[str, Any] = {
        "threshold": 0.9,
        "false_alarm_rate": 0.01,
        "basis": "simulated",
        "benign_scans": 500,
        "by_rate": BY_RATE,
    }
    assert Threshold(**right).threshold == 0.9
    with pytest.raises(ValidationError, match=says):
        Threshold(**(right | changes))
