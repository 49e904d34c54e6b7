from typing import Any

import numpy as np
import pytest

from tallyscan.detect.card import EmptyCalibration, MassCalibration
from training.calibration import conformal_threshold, empty_calibration, mass_calibration, thresholds
from training.evaluate import auroc, is_hit, wilson
from training.observe import iou, matched


def observation(
    score: float, *, group: str = "display", anomaly: bool = False, **more: Any
) -> dict[str, Any]:
    boxes = [{"box": [10, 10, 20, 20], "family": "void", "contrast_to_noise": 9.0}] if anomaly else []
    return {
        "group": group, "read": True, "score": score, "truth": {"anomalies": boxes, "units": []},
        "candidates": [], "units": [],
    } | more  # fmt: skip


def test_the_conformal_threshold_holds_its_rate_on_new_scans() -> None:
    rng = np.random.default_rng(0)
    rates = []
    for _ in range(200):
        limit = conformal_threshold(rng.random(200).tolist(), 0.05)
        rates.append(float((rng.random(500) >= limit).mean()))
    assert np.mean(rates) == pytest.approx(0.05, abs=0.006)


def test_too_few_scans_give_no_threshold_that_could_alarm() -> None:
    assert conformal_threshold([0.1] * 18, 0.05) == 1.0
    assert conformal_threshold([0.1] * 19, 0.05) < 1.0


def test_thresholds_rest_on_benign_scans_of_their_group_only() -> None:
    seen = [observation(i / 100, group="display") for i in range(100)]
    seen += [observation(0.999, group="display", anomaly=True) for _ in range(50)]
    seen += [observation(0.5, group="transmission_dual") for _ in range(40)]
    found = thresholds(seen, 0.05)
    assert found["display"].benign_scans == 100
    assert found["display"].threshold == pytest.approx(0.95, abs=0.02)
    assert found["transmission_dual"].threshold == pytest.approx(0.5, abs=0.01)


def unit(empty: bool, said: float, mass: float = 0.0, estimate: float | None = None) -> dict[str, Any]:
    box = [0, 0, 100, 50]
    truth = {"box": box, "empty": empty, "mass_kg": mass, "commodities": [] if empty else ["tyres"]}
    answer = {"box": box, "empty": said, "mass_kg": estimate, "commodities": []}
    return {"group": "display", "read": True, "score": 0.1, "candidates": [], "units": [answer],
            "truth": {"anomalies": [], "units": [truth]}}  # fmt: skip


def test_empty_is_calibrated_to_what_happened() -> None:
    rng = np.random.default_rng(2)
    before = EmptyCalibration(share=0.02, weight=1.0, bias=0.0)
    seen = []
    for _ in range(3000):
        logit_loaded = rng.normal(0, 2)
        truly_loaded = rng.random() < 1 / (1 + np.exp(-(0.5 * logit_loaded + 1.0)))
        seen.append(unit(not truly_loaded, float(1 / (1 + np.exp(logit_loaded)))))
    after = empty_calibration(seen, before)
    assert after.weight == pytest.approx(0.5, abs=0.08)
    assert after.bias == pytest.approx(1.0, abs=0.15)


def test_mass_is_scaled_and_its_interval_covers_nine_in_ten() -> None:
    rng = np.random.default_rng(3)
    before = MassCalibration(max_goods_share=1.25, scale=1.0, relative_low=0.0, relative_high=0.0, scans=0)
    true = rng.uniform(1000, 20000, 2000)
    estimate = true / 1.2 * rng.lognormal(0, 0.1, 2000)
    seen = [unit(False, 0.0, float(t), float(e)) for t, e in zip(true, estimate, strict=True)]
    after = mass_calibration(seen, before)
    assert after.scale == pytest.approx(1.2, rel=0.03)
    low = estimate * after.scale * (1 + after.relative_low)
    high = estimate * after.scale * (1 + after.relative_high)
    assert ((low <= true) & (true <= high)).mean() == pytest.approx(0.9, abs=0.02)


def test_a_hit_needs_the_alarm_and_the_place() -> None:
    right = [{"score": 0.8, "box": [12, 12, 20, 20]}]
    wrong = [{"score": 0.8, "box": [200, 200, 20, 20]}]
    assert is_hit(observation(0.8, anomaly=True, candidates=right), 0.5)
    assert not is_hit(observation(0.8, anomaly=True, candidates=wrong), 0.5)
    assert not is_hit(observation(0.4, anomaly=True, candidates=right), 0.5)
    assert not is_hit(observation(0.8, anomaly=True, candidates=right, read=False), 0.5)


def test_wilson_and_auroc_on_known_values() -> None:
    assert wilson(90, 100) == pytest.approx([0.9, 0.8256, 0.9448], abs=1e-3)
    assert wilson(0, 0)[1:] == [0.0, 1.0]
    assert auroc([0.1, 0.2], [0.3, 0.15]) == 0.75
    assert auroc([0.5], [0.5]) == 0.5


def test_boxes_are_matched_one_to_one() -> None:
    assert iou([0, 0, 10, 10], [5, 0, 10, 10]) == pytest.approx(1 / 3)
    pairs = matched([[0, 0, 10, 10], [20, 0, 10, 10]], [[1, 0, 10, 10], [2, 0, 10, 10]])
    assert [(i, j) for i, j, _ in pairs] == [(0, 0)]
