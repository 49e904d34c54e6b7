"""What a card must say for a target to be met."""

from typing import Any

import pytest

from training.targets import TARGETS, Target, figure, rate, target_lines

MET: dict[str, Any] = {
    "held_out_simulation": {
        "contrast_5_and_over_at": {"0.01": [0.9, 0.89, 0.91, 900, 1000], "0.05": [0.95, 0.94, 0.96, 950, 1000]},
        "rows": {
            "small_metallic_dual_at_0.4_percent": {"detected": [0.95, 0.9, 0.97, 342, 360]},
            "concealed_cars_at_0.2_percent": {"detected": [0.99, 0.97, 1.0, 297, 300]},
        },
        "shipped": {
            "false_alarms_by_scanner": {"a": [0.005, 0.0, 0.01, 2, 400], "b": [0.02, 0.01, 0.04, 8, 400]}
        },
        "calibration_error": 0.03, "container_box_mean_iou": 0.92, "mismatch": {"auroc": 0.97},
        "commodity_top1": [0.7, 0.68, 0.72, 700, 1000], "commodity_group_top1": [0.85, 0.83, 0.87, 850, 1000],
        "mass_penetrated": {"mean_absolute_relative": 0.05},
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
    by_scanner = {name: [value, 0.0, 0.1, 4, 400] for name, value in zip("ab", rates, strict=True)}
    lines = target_lines({"held_out_simulation": {"shipped": {"false_alarms_by_scanner": by_scanner}}})
    (line,) = (line for line in lines if "each held-out scanner model" in line)
    assert line.endswith(f"| {expected} |\n")
    assert "| 0.5 % to 2.0 % |" in line
    assert line.count("4 of 400") == 2


def test_bounds_are_said_in_words() -> None:
    assert Target("x", rate("x"), 0.9).needed == "at least 90.0 %"
    assert Target("x", figure("x"), most=0.05).needed == "at most 5.0 %"
