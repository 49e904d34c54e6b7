"""What a card must say for a target to be met."""

from typing import Any

import pytest

from tallyscan.detect.targets import TARGETS, Target, figure, rate
from training.leaderboard import target_lines

MET: dict[str, Any] = {
    "held_out_simulation": {
        "benign_scans": 2000, "anomalous_scans": 1500, "container_units": 700,
        "contrast_5_and_over_at": {"0.01": [0.9, 0.89, 0.91, 900, 1000], "0.05": [0.95, 0.94, 0.96, 950, 1000]},
        "rows": {
            "small_metallic_dual_at_0.4_percent": {"detected": [0.95, 0.9, 0.97, 342, 360], "benign_scans": 2000},
            "concealed_cars_at_0.2_percent": {"detected": [0.99, 0.97, 1.0, 297, 300], "benign_scans": 2000},
        },
        "shipped": {
            "false_alarms_by_scanner": {"a": [0.005, 0.0, 0.01, 5, 1000], "b": [0.02, 0.01, 0.04, 20, 1000]}
        },
        "calibration_error": 0.03, "container_box_mean_iou": 0.92, "mismatch": {"auroc": 0.97, "wrong": 300},
        "commodity_top1": [0.7, 0.68, 0.72, 700, 1000], "commodity_group_top1": [0.85, 0.83, 0.87, 850, 1000],
        "mass_penetrated": {"mean_absolute_relative": 0.05, "weighed": 900},
        "mass_interval_penetrated": {"covered": [0.9, 0.88, 0.92, 900, 1000]},
        "empty": {"loaded_found_at_0.005": [0.995, 0.99, 0.997, 995, 1000]},
    },
    "families_never_trained_on": {"detected": [0.7, 0.65, 0.74, 280, 400]},
    "real_trucks": {"empty_auroc": 0.995, "container_box_mean_iou": 0.85, "alarms_on_empty": [2, 28]},
    "real_trucks_composites": {"found_of_visible": [0.6, 0.55, 0.65, 180, 300]},
    "pipeline": {"seconds": 0.6, "peak_memory_mb": 600.0},
}  # fmt: skip


AT_MOST = (0.03, 0.05, 0.6, 600.0)  # calibration error, mass error, seconds, memory


def met(lines: list[str]) -> list[str]:
    return [line.rstrip("| \n").rpartition("| ")[2] for line in lines]


def test_a_target_that_is_just_reached_is_met() -> None:
    assert met(target_lines(MET)) == ["yes"] * len(TARGETS)


def test_of_an_empty_card_nothing_was_measured() -> None:
    assert met(target_lines({})) == ["not measured"] * len(TARGETS)
    unknown = {"held_out_simulation": {"commodity_top1": [None, 0.0, 1.0, 0, 0]}}
    assert set(met(target_lines(unknown))) == {"not measured"}


def worse(value: Any) -> Any:
    """The same figures, each a little on the wrong side: of some less, of some more."""
    if isinstance(value, dict):
        return {key: worse(item) for key, item in value.items()}
    if isinstance(value, int):
        return value  # a count
    if isinstance(value, list):
        return [value[0] + 1 if isinstance(value[0], int) else value[0] - 0.01, *value[1:]]
    return value + 0.01 if value in AT_MOST else value - 0.01


def test_a_target_that_is_just_not_reached_is_not_met() -> None:
    assert met(target_lines(worse(MET))) == ["no"] * len(TARGETS)


@pytest.mark.parametrize(
    ("rates", "expected"), [((0.005, 0.02), "yes"), ((0.004, 0.01), "no"), ((0.01, 0.03), "no")]
)
def test_false_alarms_of_every_scanner_have_to_be_within_the_bounds(
    rates: tuple[float, float], expected: str
) -> None:
    by_scanner = {name: [value, 0.0, 0.1, 4, 1000] for name, value in zip("ab", rates, strict=True)}
    lines = target_lines({"held_out_simulation": {"shipped": {"false_alarms_by_scanner": by_scanner}}})
    (line,) = (line for line in lines if "each held-out scanner model" in line)
    assert line.endswith(f"| {expected} |\n")
    assert "| 0.5 % to 2.0 % |" in line
    assert line.count("4 of 1000") == 2


def fewer(value: Any) -> Any:
    """The same figures, on one scan or unit each."""
    if isinstance(value, dict):
        return {key: fewer(item) for key, item in value.items()}
    if isinstance(value, list) and len(value) == 5:
        return [*value[:3], 1, 1]
    return 1 if isinstance(value, int) else value


def test_what_rests_on_too_few_is_not_met_however_good_it_is() -> None:
    """But for real trucks, of which there are as many as there are, and for the pipeline."""
    verdicts = met(target_lines(fewer(MET)))
    assert {v for v in verdicts if v != "yes"} == {"too few (1 of 300)"}
    uncounted = [t.name for t, v in zip(TARGETS, verdicts, strict=True) if v == "yes"]
    assert len(uncounted) == 5
    assert all(name.startswith(("real trucks: ", "whole pipeline")) for name in uncounted)


def test_false_alarms_need_enough_benign_scans() -> None:
    few = {**MET, "held_out_simulation": {**MET["held_out_simulation"], "benign_scans": 1999}}
    verdicts = dict(zip((t.name for t in TARGETS), met(target_lines(few)), strict=True))
    short = [name for name, verdict in verdicts.items() if verdict == "too few (1999 of 2000 benign)"]
    assert len(short) == 3
    few_dual = {"benign_scans": 1999, "detected": [0.95, 0.9, 0.97, 342, 360]}
    rows = MET["held_out_simulation"]["rows"] | {"small_metallic_dual_at_0.4_percent": few_dual}
    few = {**MET, "held_out_simulation": MET["held_out_simulation"] | {"rows": rows}}
    assert met(target_lines(few)).count("too few (1999 of 2000 benign)") == 1
    assert verdicts["container boxes, mean IoU"] == "yes"
    unknown = {"held_out_simulation": {"contrast_5_and_over_at": {"0.01": [0.95, 0.9, 0.97]}}}
    assert met(target_lines(unknown))[0] == "too few (0 of 300)"


def test_a_model_that_cannot_alarm_does_not_meet_the_bound_on_alarms() -> None:
    silent = {"real_trucks": {**MET["real_trucks"], "alarms_on_empty": None}}
    verdicts = dict(zip((t.name for t in TARGETS), met(target_lines(silent)), strict=True))
    assert verdicts["real trucks: alarms on empty ones"] == "not measured"
    assert verdicts["real trucks: empty, AUROC"] == "yes"


def test_bounds_are_said_in_words() -> None:
    assert Target("x", "x", rate("x"), 0.9).needed == "at least 90.0 %"
    assert Target("x", "x", figure("x"), most=0.05).needed == "at most 5.0 %"
