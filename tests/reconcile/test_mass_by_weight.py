"""What a weighbridge or a verified gross mass says, against what is declared and what is seen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tallyscan.finding import Interval
from tallyscan.known_consignment import KnownConsignment, UnitEstimate
from tallyscan.reconcile.weighed_goods import at_odds, combined
from tallyscan.weighed_mass import Covers, WeighedMass
from tests.reconcile.builders import (
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_scan,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

NUMBER = "CSQU3054383"


def kg(estimate: float, half_width: float = 1500.0) -> Interval:
    return Interval(estimate, estimate - half_width, estimate + half_width)


def weighed(
    gross: float, tare: float | None, covers: Covers = "unit_gross", mark: str | None = NUMBER, hour: int = 9
) -> WeighedMass:
    return WeighedMass(gross, covers, tare, datetime(2026, 3, 1, hour, tzinfo=UTC), None, mark)


@pytest.mark.parametrize(
    ("declared", "estimate", "gross", "tare", "outcome", "says"),
    [
        (12000.0, kg(12100), 14300.0, 2200.0, "agrees", "weighed: 12,100 kg, without the tare of 2,200 kg"),
        (12000.0, None, 14300.0, 2200.0, "agrees", "weighed: 12,100 kg"),
        (12000.0, None, 20300.0, 2200.0, "differs", "weighed: 18,100 kg"),
        (12000.0, kg(18000), 20300.0, 2200.0, "differs", "estimated: 18,000 kg"),
        (12000.0, kg(12000), 20300.0, 2200.0, "undetermined", "contradict each other"),
        (12000.0, kg(24000), 14200.0, 2200.0, "undetermined", "contradict each other"),
        (12000.0, kg(26000), 20300.0, 2200.0, "differs", "weighed: 18,100 kg"),  # at odds, and both far above
        (
            12000.0,
            kg(13000, 9000),
            14300.0,
            2200.0,
            "agrees",
            "weighed: 12,100 kg",
        ),  # too wide an estimate alone
        (24000.0, None, 14000.0, None, "differs", "than everything that was weighed: 14,000 kg"),
        (12000.0, None, 14000.0, None, "undetermined", "a tare that nobody said"),
        (12000.0, kg(12100), 14000.0, None, "agrees", "a tare that nobody said"),
    ],
)
def test_by_weight(
    declared: float, estimate: Interval | None, gross: float, tare: float | None, outcome: str, says: str
) -> None:
    detection = made_detection(made_unit(number=NUMBER, mass_kg=estimate))
    known = KnownConsignment(weighed=(weighed(gross, tare),))
    verdict = verdict_of("mass", detection, made_declaration(made_item(gross=declared)), known=known)
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["weighed_kg"] == gross
    assert verdict.evidence["weighed_goods_kg"] == (None if tare is None else gross - tare)


def of(known: KnownConsignment, **unit: Any) -> Any:
    declaration = made_declaration(made_item(gross=12000.0))
    return verdict_of("mass", made_detection(made_unit(**unit)), declaration, known=known)


@pytest.mark.parametrize(
    ("each", "counts"),
    [
        (weighed(20300.0, 2200.0, mark="csqu 305438-3"), True),
        (weighed(20300.0, 2200.0, mark=None), True),
        (weighed(20300.0, 2200.0, mark="TOLU4734787"), False),
        (weighed(40000.0, 21900.0, "vehicle_gross", mark="TR 1"), True),
    ],
)
def test_what_was_weighed_counts_for_its_own_unit(each: WeighedMass, counts: bool) -> None:
    verdict = of(KnownConsignment(weighed=(each,)))
    assert (verdict.outcome == "differs") is counts
    assert ("weighed_kg" in verdict.evidence) is counts


def test_the_newest_weighing_counts() -> None:
    known = KnownConsignment(weighed=(weighed(14300.0, 2200.0, hour=11), weighed(20300.0, 2200.0, hour=8)))
    assert of(known).outcome == "agrees"


def test_a_later_weighing_without_a_tare_does_not_hide_an_earlier_one_with_a_tare() -> None:
    found, later = weighed(20000.0, 4000.0, hour=8), weighed(20100.0, None, hour=9)
    alone, both = (of(KnownConsignment(weighed=masses)) for masses in ((found,), (found, later)))
    assert alone.outcome == both.outcome == "differs"
    assert alone.score is not None
    assert alone.score > 0.9
    assert both.score == alone.score
    assert both.evidence["weighed_goods_kg"] == 16000.0
    assert both.evidence["weighed_without_tare_kg"] == 20100.0


def test_a_later_weighing_below_what_is_declared_differs_without_a_tare() -> None:
    full, emptied = weighed(14300.0, 2200.0, hour=8), weighed(6000.0, None, hour=9)
    assert of(KnownConsignment(weighed=(full,))).outcome == "agrees"
    verdict = of(KnownConsignment(weighed=(full, emptied)))
    assert verdict.outcome == "differs"
    assert "More is declared than everything that was weighed: 6,000 kg." in verdict.reason


def test_what_was_weighed_and_fits_nothing_is_named_with_the_reason() -> None:
    verdict = of(KnownConsignment(weighed=(weighed(20300.0, 2200.0, mark="NOPE1"),)))
    (other,) = verdict.evidence["weighed_of_others"]
    assert (other["kg"], other["container"], other["why"]) == (20300.0, "NOPE1", "NOPE1 is not declared.")
    assert "weighed_of_others" not in of(KnownConsignment(weighed=(weighed(14300.0, 2200.0),))).evidence


def test_a_trailer_weighed_by_its_plate_is_the_unit_where_no_container_is_declared() -> None:
    declaration = made_declaration(made_item(gross=12000.0), containers=(), registrations=("AB 123 CD",))
    known = KnownConsignment(weighed=(weighed(20300.0, 2200.0, mark="ab123cd"),))
    assert verdict_of("mass", made_detection(made_unit()), declaration, known=known).outcome == "differs"


def test_a_vehicle_counts_only_with_all_that_is_declared_on_it() -> None:
    containers = made_container(NUMBER, 1), made_container("TOLU4734787", 2)
    declaration = made_declaration(
        made_item(1, gross=6000.0), made_item(2, gross=6000.0), containers=containers
    )
    known = KnownConsignment(weighed=(weighed(40000.0, 20000.0, "vehicle_gross", mark=None),))
    unit = made_detection(made_unit(number=NUMBER))
    assert "weighed_kg" not in verdict_of("mass", unit, declaration, known=known).evidence
    elsewhere = KnownConsignment((UnitEstimate("other", None, kg(3000)),), known.weighed)
    assert "weighed_kg" not in of(elsewhere).evidence
    assert of(known).evidence["weighed_goods_kg"] == 20000.0


def test_a_weighed_mass_needs_no_units_of_the_scan_and_a_guessed_estimate_does_not_disturb_it() -> None:
    known = KnownConsignment(weighed=(weighed(14300.0, 2200.0),))
    declaration = made_declaration(made_item(gross=12000.0))
    unit = made_detection(made_unit(number=NUMBER, mass_kg=kg(40000)))
    for scan in (made_scan("display"), made_scan(cautions=("no_open_beam: none.",))):
        assert verdict_of("mass", unit, declaration, scan=scan, known=known).outcome == "agrees"


@pytest.mark.parametrize(("estimate", "outcome"), [(6000.0, "agrees"), (30000.0, "undetermined")])
def test_a_lower_bound_contradicts_a_weighing_only_from_above(estimate: float, outcome: str) -> None:
    known = KnownConsignment(weighed=(weighed(14300.0, 2200.0),))
    assert of(known, mass_kg=kg(estimate), not_penetrated=0.2).outcome == outcome


@pytest.mark.parametrize(
    ("estimate", "gross", "tare", "within"),
    [
        (kg(12000), 14300.0, 2200.0, True),
        (None, 14300.0, 2200.0, True),
        (None, 20300.0, 2200.0, False),
        (kg(12000), 20300.0, 2200.0, None),  # they contradict each other: nothing is measured
        (kg(12000, 5000), 14000.0, None, True),  # weighed without a tare: the estimate alone
        (kg(12000, 6500), 14000.0, None, False),  # it holds half of the mass too
        (None, 14000.0, None, None),
    ],
)
def test_whether_half_or_double_would_have_shown_is_asked_of_all_that_was_measured(
    estimate: Interval | None, gross: float, tare: float | None, within: bool | None
) -> None:
    verdict = of(KnownConsignment(weighed=(weighed(gross, tare),)), mass_kg=estimate)
    assert verdict.evidence["within_factor_two"] is within


def test_two_measurements_together_are_narrower_than_each() -> None:
    both = combined(kg(12000, 1000), kg(13000, 2000))
    assert 12000 < both.estimate < 12500
    assert both.high - both.low < 2000
    assert not at_odds(kg(12000, 1000), kg(13000, 2000))
    assert at_odds(kg(12000, 500), kg(16000, 500))
    assert combined(kg(5.0, 0.0), kg(5.0, 0.0)).estimate == 5.0
