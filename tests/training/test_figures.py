"""Figures of observations by hand, whose answers can be counted on fingers."""

import numpy as np
import pytest

from tallyscan.detect.card import ModelCard
from tallyscan.detect.card_calibration import RATES
from tests.tiny_model import tiny_card
from tests.training.observations import Observation, anomaly, candidate, said_unit, seen, true_unit
from training.figures import (
    by_scanner_type,
    calibration_error,
    detected_at,
    detection_breakdowns,
    detection_summary,
    expected_figures,
    map_figures,
    outcome,
    rounded,
    shipped_figures,
)
from training.metrics import FALSE_ALARM_RATES, Span

CARD: ModelCard = tiny_card("0" * 64)  # publishes raw scores as they are, alarms from 0.9 on


def hit(score: float, family: str = "rip_off_bags", contrast: float = 10.0) -> Observation:
    return seen(score, anomalies=[anomaly(family, contrast=contrast)], candidates=[candidate(score)])


CALM = [seen(0.01 * i) for i in range(100)]  # 0 to 0.99
BAD = [hit(0.985), hit(0.985, "cash_gold"), hit(0.95, contrast=2.0), hit(0.5, "cash_gold", contrast=2.0)]


def test_an_outcome_is_in_published_scores_and_in_its_group() -> None:
    sharp = CARD.model_copy(update={"score": CARD.score.model_copy(update={"temperature": 0.5})})
    by_type, by_group = outcome(hit(0.8), sharp), outcome(hit(0.8), sharp, by_type=False)
    assert by_type.score == pytest.approx(16 / 17)
    assert by_type.anomalies[0].hits == (Span(by_type.score),)
    assert (
        by_type.group == by_group.group == "dual"
    )  # the card has no threshold of its own for dual/container
    own = CARD.model_copy(
        update={"thresholds": {**CARD.thresholds, "dual/container": CARD.thresholds["dual"]}}
    )
    assert outcome(hit(0.8), own, by_type=False).group == "dual/container"
    beside = seen(0.8, anomalies=[anomaly()], candidates=[candidate(0.8, x=300.0)])
    assert not outcome(beside, CARD).hit_at(-np.inf)


def test_a_finding_that_becomes_part_of_another_ends_there_in_published_scores_too() -> None:
    sharp = CARD.model_copy(update={"score": CARD.score.model_copy(update={"temperature": 0.5})})
    small, large = candidate(0.8, until=0.6), candidate(0.6, x=300.0)
    (grown,) = outcome(seen(0.8, anomalies=[anomaly()], candidates=[small, large]), sharp).anomalies
    assert grown.hits == (Span(sharp.score.published(0.8), sharp.score.published(0.6)),)


def test_what_was_not_read_is_a_false_alarm_or_a_miss() -> None:
    assert outcome(seen(None), CARD).score == np.inf
    assert not outcome(seen(None, anomalies=[anomaly()]), CARD).hit_at(-np.inf)


def test_detection_where_the_rate_is_kept() -> None:
    benign, bad = ([outcome(o, CARD) for o in some] for some in (CALM, BAD))
    figures = detection_summary(benign, bad) | detection_breakdowns(benign, bad)
    assert (figures["benign_scans"], figures["anomalous_scans"]) == (100, 4)
    # One of a hundred alarms at 0.99; 0.985 lies above 0.98. Five alarm from 0.95 on.
    found, false = figures["at"]["0.01"]
    assert (found[0], false[0]) == (0.5, 0.01)
    assert (found[3:], false[3:]) == ([2, 4], [1, 100])
    assert set(figures["at"]) == {f"{rate:g}" for rate in FALSE_ALARM_RATES}
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
    assert contrast["10 to 20"][3:] == [2, 2]
    assert figures["by_clutter_ratio_at_0.004"]["1 to 3"][3:] == [0, 4]
    below = [sum(o["score"] < bad["score"] for o in CALM) / 100 for bad in BAD]
    assert figures["scan_auroc"] == pytest.approx(np.mean(below), abs=0.005)


def test_a_hit_elsewhere_is_a_false_finding_and_no_detection() -> None:
    beside = seen(0.99, anomalies=[anomaly()], candidates=[candidate(0.99, x=300.0), candidate(0.3)])
    quiet = [outcome(seen(0.1), CARD) for _ in range(9)]
    figures = detection_summary(quiet, [outcome(beside, CARD)])
    # One false finding on ten scans: at 0.1 a scan it is allowed, and the weak hit below it counts as well.
    assert figures["froc"]["0.1"][0] == 1.0
    row = detected_at(quiet, [outcome(beside, CARD)], 0.01)
    assert (row["positives"], row["benign_scans"], row["at"]) == (1, 9, 0.01)
    assert row["detected"][0] == 1.0  # 0.3 is over every benign score
    loud = [outcome(seen(0.5), CARD) for _ in range(9)]
    assert detected_at(loud, [outcome(beside, CARD)], 0.01)["detected"][0] == 0.0


def test_each_scanner_type_is_judged_by_itself() -> None:
    single = [outcome(seen(s, group="single/other"), CARD) for s in (0.1, 0.2)]
    found = outcome(hit(0.15) | {"group": "single/other"}, CARD)
    dual = [outcome(o, CARD) for o in CALM]
    figures = by_scanner_type([*dual, *single], [found])
    assert figures["single"]["at"]["0.05"][0][0] == 0.0  # one benign scan of two lies above it
    assert figures["single"]["scan_auroc"] == 0.5
    assert (figures["dual"]["benign_scans"], figures["dual"]["anomalous_scans"]) == (100, 0)
    assert figures["display"]["froc"] == {}


def test_how_the_map_covers_what_is_hidden_is_told_over_the_scans_that_know() -> None:
    known = {"regions": 1, "by_score": [[-8, 100.0, 0.0], [4, 0.0, 1.0]]}
    figures = map_figures([seen(0.1), seen(0.2) | {"overlap": known}, seen(0.2) | {"overlap": known}])
    assert figures == {"scans": 2, "regions": 2, "limit": 0.05, "aupro": pytest.approx(1.0)}


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
    assert figures["false_alarms_by_scanner"]["gantry"][3:] == [1, 4]
    assert figures["false_alarms_by_group"]["dual"][0] == pytest.approx(2 / 6)
    assert figures["detected"][0] == 0.5


def opaque(score: float, share: float = 0.31, **more: list[Observation]) -> Observation:
    """A scan with a unit of which so much lets nothing through."""
    return seen(score, units=[(true_unit(), said_unit() | {"not_penetrated": share})], **more)  # type: ignore[arg-type]


def test_scans_that_are_no_clear_ones_are_told_beside_the_alarms() -> None:
    """No alarm on an opaque load is no answer; an alarm is one, and what was not read is counted elsewhere."""
    calm = [opaque(0.2), opaque(0.95), opaque(0.2, 0.3), seen(0.2), seen(None)]
    bad = [opaque(0.2, anomalies=[anomaly()]), hit(0.95)]
    figures = shipped_figures(CARD, calm, bad)
    assert figures["not_assessed"]["benign"][3:] == [1, 5]
    assert figures["not_assessed"]["hidden"][3:] == [1, 2]
    assert figures["false_alarms_by_group"]["dual"][3:] == [2, 5]  # the alarm, and the one that was not read
    never = CARD.thresholds["dual"].model_copy(update={"threshold": 1.0, "by_rate": dict.fromkeys(RATES)})
    mute = CARD.model_copy(update={"thresholds": dict.fromkeys(CARD.thresholds, never)})
    assert shipped_figures(mute, calm, bad)["not_assessed"]["benign"][3:] == [4, 5]


def test_the_expected_band_is_told_of_benign_scans_that_have_one() -> None:
    both = seen(0.1) | {"expected": {"expected": 0.7, "expected_declared": 0.9}}
    alone = seen(0.1) | {"expected": {"expected": 0.9}}
    hidden = hit(0.5) | {"expected": {"expected": 0.0}}
    figures = expected_figures([both, alone, hidden, seen(0.1), seen(None)])
    assert figures["expected"] == {"scans": 2, "inside": pytest.approx(0.8)}
    assert figures["expected_declared"] == {"scans": 1, "inside": pytest.approx(0.9)}
    assert expected_figures([])["expected"] == {"scans": 0, "inside": None}


def test_the_calibration_error_is_the_gap_between_said_and_happened() -> None:
    """However many of each there are, both outcomes count alike."""
    half = [seen(0.5, anomalies=[anomaly()])] * 4 + [seen(0.5)] + [seen(None)]
    assert calibration_error(CARD, half) == pytest.approx(0.0, abs=1e-6)
    assert calibration_error(CARD, [seen(0.8)] * 3) == pytest.approx(0.8)


def test_figures_are_rounded_and_what_is_unknown_is_null() -> None:
    assert rounded({"a": [0.123456, float("nan")], "b": {"c": (1, 2.00001)}, "d": float("inf")}) == {
        "a": [0.1235, None], "b": {"c": [1, 2.0]}, "d": None,
    }  # fmt: skip
