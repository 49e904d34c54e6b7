"""Figures of observations by hand, whose answers can be counted on fingers."""

import numpy as np
import pytest

from tallyscan.detect.card import ModelCard
from tests.tiny_model import tiny_card
from tests.training.observations import FAR_BOX, Observation, anomaly, candidate, said_unit, seen, true_unit
from training.figures import (
    calibration_error,
    detected_at,
    detection_figures,
    empty_figures,
    mismatch_figures,
    outcome,
    rounded,
    shipped_figures,
    unit_figures,
)

CARD: ModelCard = tiny_card("0" * 64)  # publishes raw scores as they are, alarms from 0.9 on


def hit(score: float, family: str = "rip_off_bags", contrast: float = 10.0) -> Observation:
    return seen(score, anomalies=[anomaly(family, contrast=contrast)], candidates=[candidate(score)])


CALM = [seen(0.01 * i) for i in range(100)]  # 0 to 0.99
BAD = [hit(0.985), hit(0.985, "cash_gold"), hit(0.95, contrast=2.0), hit(0.5, "cash_gold", contrast=2.0)]


def test_an_outcome_is_in_published_scores_and_in_its_group() -> None:
    sharp = CARD.model_copy(update={"score": CARD.score.model_copy(update={"temperature": 0.5})})
    by_type, by_group = outcome(hit(0.8), sharp), outcome(hit(0.8), sharp, by_type=False)
    assert by_type.score == by_type.hit_score == pytest.approx(16 / 17)
    assert (
        by_type.group == by_group.group == "dual"
    )  # the card has no threshold of its own for dual/container
    own = CARD.model_copy(
        update={"thresholds": {**CARD.thresholds, "dual/container": CARD.thresholds["dual"]}}
    )
    assert outcome(hit(0.8), own, by_type=False).group == "dual/container"
    beside = seen(0.8, anomalies=[anomaly()], candidates=[candidate(0.8, x=300.0)])
    assert outcome(beside, CARD).hit_score == -np.inf


def test_what_was_not_read_is_a_false_alarm_or_a_miss() -> None:
    assert outcome(seen(None), CARD).score == np.inf
    assert outcome(seen(None, anomalies=[anomaly()]), CARD).hit_score == -np.inf


def test_detection_where_the_rate_is_kept() -> None:
    benign, bad = ([outcome(o, CARD) for o in some] for some in (CALM, BAD))
    figures = detection_figures(benign, bad)
    assert (figures["benign_scans"], figures["anomalous_scans"]) == (100, 4)
    # One of a hundred alarms at 0.99; 0.985 lies above 0.98. Five alarm from 0.95 on.
    found, false = figures["at"]["0.01"]
    assert (found[0], false[0]) == (0.5, 0.01)
    assert figures["at"]["0.05"][0][0] == 0.75
    assert figures["at"]["0.05"][1][0] == pytest.approx(0.05)
    assert figures["at"]["0.001"][0][0] == 0.0
    assert figures["contrast_5_and_over_at"]["0.01"][0] == 1.0
    by_family = figures["by_family_at_0.05"]
    assert by_family["rip_off_bags"][0] == 1.0
    assert by_family["cash_gold"][0] == 0.5
    assert figures["by_family_contrast_5_at_0.01"]["cash_gold"][0] == 1.0
    contrast = figures["by_contrast_to_noise_at_0.05"]
    assert {name: rate[0] for name, rate in contrast.items()} == {"2 to 5": 0.5, "10 to 20": 1.0}
    below = [sum(o["score"] < bad["score"] for o in CALM) / 100 for bad in BAD]
    assert figures["scan_auroc"] == pytest.approx(np.mean(below), abs=0.005)


def test_a_hit_elsewhere_is_a_false_finding_and_no_detection() -> None:
    beside = seen(0.99, anomalies=[anomaly()], candidates=[candidate(0.99, x=300.0), candidate(0.3)])
    quiet = [outcome(seen(0.1), CARD) for _ in range(9)]
    figures = detection_figures(quiet, [outcome(beside, CARD)])
    # One false finding on ten scans: at 0.1 a scan it is allowed, and the weak hit below it counts as well.
    assert figures["froc"]["0.1"][0] == 1.0
    row = detected_at(quiet, [outcome(beside, CARD)], 0.01)
    assert (row["positives"], row["at"]) == (1, 0.01)
    assert row["detected"][0] == 1.0  # 0.3 is over every benign score
    loud = [outcome(seen(0.5), CARD) for _ in range(9)]
    assert detected_at(loud, [outcome(beside, CARD)], 0.01)["detected"][0] == 0.0


def test_shipped_thresholds_are_judged_as_they_are() -> None:
    calm = [
        seen(0.95, scanner="rail"),
        seen(0.2, scanner="rail"),
        *(seen(0.2, scanner="gantry") for _ in range(3)),
    ]
    calm.append(seen(None, scanner="gantry"))
    figures = shipped_figures(CARD, calm, [hit(0.91), hit(0.5)])
    assert figures["false_alarms_by_scanner"]["rail"][0] == 0.5
    assert figures["false_alarms_by_scanner"]["gantry"][0] == 0.25
    assert figures["false_alarms_by_group"]["dual"][0] == pytest.approx(2 / 6)
    assert figures["detected"][0] == 0.5


def test_the_calibration_error_is_the_gap_between_said_and_happened() -> None:
    """However many of each there are, both outcomes count alike."""
    half = [seen(0.5, anomalies=[anomaly()])] * 4 + [seen(0.5)] + [seen(None)]
    assert calibration_error(CARD, half) == pytest.approx(0.0, abs=1e-6)
    assert calibration_error(CARD, [seen(0.8)] * 3) == pytest.approx(0.8)


def test_units_are_matched_weighed_and_named() -> None:
    """One is named right, one wrong, one not at all; one is weighed right, one 10 % too heavy, one not at all."""
    right = said_unit(mass=[10_000.0, 9000.0, 11_000.0], candidates=[["tyres", 0.6], ["rubber_bales", 0.4]])
    heavy = said_unit(
        mass=[11_000.0, 10_500.0, 12_000.0], mean_alpha=4.5, candidates=[["steel_products", 0.9]]
    )
    unknown = said_unit(mass=None)
    scans = [seen(0.1, units=[(true_unit(), unit)]) for unit in (right, heavy, unknown)]
    figures = unit_figures(scans)
    assert figures["units"] == figures["commodity_units"] == 3
    assert figures["commodity_top1"][0] == figures["commodity_top5"][0] == pytest.approx(1 / 3)
    assert figures["box_mean_iou"] == 1.0
    mass = figures["mass"]
    assert (mass["units"], mass["weighed"]) == (3, 2)
    assert mass["mean_absolute_relative"] == pytest.approx(0.05)
    assert figures["mass_by_mean_alpha"]["4 to 5.5"]["median_relative"] == pytest.approx(0.1)
    assert figures["mass_interval"]["covered"][0] == 0.5
    missed = unit_figures([*scans, seen(None, units=[(true_unit(), said_unit())])])
    assert missed["box_mean_iou"] == pytest.approx(0.75)
    assert missed["units"] == 3
    assert missed["commodity_units"] == 4


def test_a_class_of_the_same_group_is_right_by_group() -> None:
    alike = said_unit(candidates=[["frozen_meat_fish", 0.3], ["fresh_produce", 0.3], ["tyres", 0.4]])
    figures = unit_figures([seen(0.1, units=[(true_unit(commodity="frozen_meat_fish"), alike)])])
    assert figures["commodity_top1"][0] == 0.0
    assert figures["commodity_top5"][0] == 1.0
    assert 0.0 <= figures["commodity_group_top1"][0] <= 1.0


def test_loaded_units_are_found_where_few_empty_ones_are_taken_for_loaded() -> None:
    empty = [seen(0.1, units=[(true_unit(empty=True), said_unit(empty=p))]) for p in (0.9, 0.8, 0.7)]
    loaded = [
        seen(0.1, units=[(true_unit(kg), said_unit(empty=p))]) for kg, p in ((300.0, 0.75), (9000.0, 0.1))
    ]
    lost = seen(0.1, units=[(true_unit(), said_unit(empty=0.0, box=FAR_BOX))])
    figures = empty_figures([*empty, *loaded, lost])
    assert (figures["empty_units"], figures["loaded_units"]) == (3, 3)
    # No empty one may be taken for loaded: from over 0.3 on. The loaded unit that was not found is a miss.
    assert figures["loaded_found_at_0.005"][0] == pytest.approx(1 / 3)
    assert figures["under_500_kg_found_at_0.005"][0] == 0.0
    assert figures["empty_right_at_half"][0] == 1.0
    assert figures["loaded_right_at_half"][0] == pytest.approx(1 / 3)
    # Of nine pairs the heavy one wins three, the light one two, the lost one none.
    assert figures["auroc"] == pytest.approx(5 / 9)
    assert empty_figures(loaded) == {}
    unread = empty_figures([seen(None, units=[(true_unit(empty=True), said_unit())]), *loaded])
    assert unread["loaded_found_at_0.005"][0] == 0.0  # an empty unit that was not read is a false alarm


def test_mismatch_is_told_by_wrong_against_true_declarations() -> None:
    def unit(p: float | None, declared: str) -> Observation:
        return seen(0.1, units=[(true_unit(), said_unit(mismatch=p))], declared=declared)

    scans = [
        unit(0.1, "truth"),
        unit(0.6, "truth"),
        unit(0.5, "other_commodity"),
        unit(0.9, "other_commodity"),
    ]
    figures = mismatch_figures([*scans, unit(0.99, "half_mass"), seen(None)])
    assert (figures["true"], figures["wrong"], figures["auroc"]) == (2, 2, 0.75)
    silent = mismatch_figures([*scans, unit(None, "truth")])
    assert silent["auroc"] == pytest.approx(0.5)


def test_figures_are_rounded_and_what_is_unknown_is_null() -> None:
    assert rounded({"a": [0.123456, float("nan")], "b": {"c": (1, 2.00001)}, "d": float("inf")}) == {
        "a": [0.1235, None], "b": {"c": [1, 2.0]}, "d": None,
    }  # fmt: skip
