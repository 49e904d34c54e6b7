"""A load among others of its kind."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tallyscan.known_unit import FEATURE_NAMES, KnownLoads, SeenUnit
from tallyscan.reconcile.case import cases
from tallyscan.reconcile.earlier import Earlier
from tallyscan.reconcile.outcome import DIFFERS_FROM, FORMAL_FAULT_SCORE, PRIOR_WRONG
from tallyscan.reconcile.rule_lot import FALSE_ALARMS, LEAST_OTHERS, level_of, rule_lot, score_of
from tallyscan.reconcile.see_units import _route
from tallyscan.reconcile.strangeness import MOST_RANKED, strangeness
from tallyscan.verdict import Verdict
from tests.reconcile.builders import (
    READABLE,
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_scan,
    made_unit,
)
from tests.reconcile.earlier_units import NOTHING, SCANNER, Remembered, load, loads

HONEST = SeenUnit(
    1, SCANNER, features=load(500), heading="9403", trader="consignee INVENTED1", route="XXAAA > XXBBB"
)
STRANGE = replace(HONEST, features=load(501, heavier=4.0))


def said(seen: SeenUnit, memory: Remembered | None, declaration: Any = None, scan: Any = None) -> Verdict:
    declared = declaration or made_declaration(made_item())
    case = cases(
        scan or made_scan(), READABLE, made_detection(made_unit()), declared, earlier=Earlier((seen,), memory)
    )[0]
    return rule_lot(case)


@pytest.mark.parametrize(
    ("seen", "memory", "outcome", "words"),
    [
        (HONEST, Remembered(declaration=loads(11)), "agrees", "11 other units of its declaration"),
        (STRANGE, Remembered(declaration=loads(11)), "differs", "11 other units of its declaration"),
        (STRANGE, Remembered(declaration=loads(10), trade=loads(60)), "differs", "60 earlier units"),
        (STRANGE, Remembered(declaration=loads(10)), "undetermined", "Only 10 other units"),
        (STRANGE, Remembered(declaration=loads(3, others=20)), "undetermined", "another kind"),
        (STRANGE, Remembered(), "undetermined", "Only 0 other units"),
        (replace(STRANGE, route=None), Remembered(trade=loads(60)), "undetermined", "Without the trader"),
        (replace(STRANGE, features=None), Remembered(trade=loads(60)), "undetermined", "too little of the load"),
        (replace(STRANGE, heading=None), Remembered(trade=loads(60)), "undetermined", "commodity code"),
        (STRANGE, None, "undetermined", "No earlier scans"),
    ],
)  # fmt: skip
def test_what_the_rule_says(seen: SeenUnit, memory: Remembered | None, outcome: str, words: str) -> None:
    verdict = said(seen, memory)
    assert verdict.outcome == outcome, verdict.reason
    assert words in verdict.reason


def test_a_strange_load_names_its_nearest_what_differs_and_where() -> None:
    evidence = said(STRANGE, Remembered(declaration=loads(11))).evidence
    assert evidence["others"] == 11
    assert evidence["p_value"] == pytest.approx(1 / 12, abs=1e-4)
    assert len(evidence["nearest_scans"]) == 3
    assert set(evidence["nearest_scans"]) <= {f"s{number}" for number in range(11)}
    assert len(evidence["differs_most"]) == 3
    assert "of the nearest" in evidence["differs_most"][0]
    assert evidence["region"] == list(made_unit().box)


def test_the_narrower_group_with_enough_units_decides() -> None:
    memory = Remembered(declaration=loads(11), trade=loads(400))
    assert said(HONEST, memory).evidence["group"] == "declaration"


def test_a_display_image_a_guess_and_an_empty_unit_are_not_compared() -> None:
    memory = Remembered(declaration=loads(30))
    assert "display grade" in said(HONEST, memory, scan=made_scan("display")).reason
    guessed = made_scan(cautions=("scanner_assumed: by its shape.",))
    assert said(HONEST, memory, scan=guessed).outcome == "undetermined"
    empty = made_declaration(made_item(hs="860900", gross=None), containers=(made_container(),))
    assert "declared as empty" in said(HONEST, memory, declaration=empty).reason


def test_that_a_load_looks_like_others_takes_nothing_off_and_that_it_does_not_asks_for_a_look() -> None:
    assert said(HONEST, Remembered(declaration=loads(11))).score == PRIOR_WRONG
    assert said(STRANGE, Remembered(declaration=loads(11))).score == FORMAL_FAULT_SCORE
    assert score_of(1 / 12) == FORMAL_FAULT_SCORE
    assert DIFFERS_FROM < score_of(1 / 1000) < 1


def test_the_level_falls_with_the_number_of_others_to_what_is_stated() -> None:
    assert level_of(LEAST_OTHERS) == pytest.approx(1 / 12)
    assert level_of(200) == FALSE_ALARMS


def test_alike_units_are_seldom_called_strange_whatever_their_number() -> None:
    """The rank of one of n + 1 alike units is even; 400 draws of each size."""
    for others in (11, 60):
        wrong = 0
        for draw in range(400):
            rng = np.random.default_rng([draw, others])
            features = rng.standard_t(3, (others + 1, 8)).astype(np.float32)
            found = strangeness(features[0], features[1:])
            assert found is not None
            wrong += found.p_value <= level_of(others)
        assert wrong <= 400 * level_of(others) + 3 * (400 * level_of(others)) ** 0.5


def test_features_that_are_missing_do_not_count_and_without_any_there_is_no_answer() -> None:
    known = loads(12)
    lacking = np.full(len(FEATURE_NAMES), np.nan, np.float32)
    assert strangeness(lacking, known.features) is None
    assert said(replace(HONEST, features=lacking), Remembered(declaration=known)).outcome == "undetermined"
    half = load(500)
    half[::2] = np.nan
    found = strangeness(half, known.features)
    assert found is not None
    assert all(feature % 2 for feature, _, _ in found.apart)


def test_of_very_many_the_nearest_are_found_among_all_and_a_part_is_ranked() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(10, 1, (3 * MOST_RANKED, len(FEATURE_NAMES))).astype(np.float32)
    found = strangeness(features[1234] + np.float32(1e-3), features)
    assert found is not None
    assert found.nearest[0] == 1234
    assert found.p_value * (MOST_RANKED + 1) == pytest.approx(round(found.p_value * (MOST_RANKED + 1)))


def test_nothing_known_is_no_group() -> None:
    assert (
        said(HONEST, Remembered(NOTHING, KnownLoads(NOTHING.features, (), 40))).evidence["of_other_scanners"]
        == 40
    )


@pytest.mark.parametrize(
    ("declared", "route"),
    [
        ({"place_of_loading": "XXAAA", "countries_of_routing": ("XA", "XX")}, "XXAAA > XXBBB"),
        ({"countries_of_routing": ("XA", "XX")}, "XA > XXBBB"),
        ({}, None),
    ],
)
def test_a_route_starts_at_the_place_of_loading_else_in_the_first_country(
    declared: dict[str, Any], route: str | None
) -> None:
    assert _route(made_declaration(made_item()).model_copy(update=declared), "XXBBB") == route
    assert _route(made_declaration(made_item()).model_copy(update=declared), None) is None
