"""Tables: what each rule says of which scan and declaration; at least one undetermined each."""

from dataclasses import replace

import pytest

from tallyscan.commodity import COMMODITY_CLASSES, class_of_hs
from tallyscan.declaration import MOST_KG
from tallyscan.finding import Interval, NotAssessed
from tallyscan.reconcile.rules import RULES, judge
from tallyscan.scan import Box, Quality
from tallyscan.sidecar import MarkRead
from tests.reconcile.builders import (
    READABLE,
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_region,
    made_scan,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

TWO_CONTAINERS = (made_container("CSQU3054383", 1), made_container("TOLU4734787", 2))
TWO_UNASSIGNED = (made_container("CSQU3054383"), made_container("TOLU4734787"))
GUESSES = ("scanner_assumed: the shape of one.", "no_open_beam: the usual level.")


def kg(estimate: float, half_width: float = 1500.0) -> Interval:
    return Interval(estimate, estimate - half_width, estimate + half_width)


def test_every_rule_for_every_unit_in_a_stable_order() -> None:
    detection = made_detection(made_unit(2), made_unit(1))
    verdicts = judge(made_scan(), READABLE, detection, made_declaration(made_item()))
    assert [(v.unit, v.rule) for v in verdicts] == [(unit, rule) for unit in (1, 2) for rule in RULES]


def test_without_a_declaration_nothing_is_determined() -> None:
    verdicts = judge(made_scan(), READABLE, made_detection(made_unit(mass_kg=kg(9000))), None)
    assert {v.outcome for v in verdicts} == {"undetermined"}
    reasons = {v.reason for v in verdicts if v.rule != "vehicle"}  # which asks for none
    assert reasons == {"There is no declaration for this scan."}


def test_a_scan_that_was_not_read_gives_one_set_that_says_so() -> None:
    quality = Quality(False, ("black_image: no signal.",))
    verdicts = judge(made_scan(), quality, NotAssessed(quality.reasons), made_declaration(made_item()))
    assert [v.rule for v in verdicts] == list(RULES)
    assert {v.unit for v in verdicts} == {None}
    for verdict in verdicts:
        if verdict.rule in ("empty", "mass", "commodity"):
            assert verdict.outcome == "undetermined"
            assert "black_image: no signal" in verdict.reason


# container number


@pytest.mark.parametrize(
    ("declared", "seen", "outcome", "says"),
    [
        ("CSQU3054383", "CSQU 305438 3", "agrees", "is the declared one"),
        ("CSQU3054383", None, "undetermined", "no number was read"),
        ("CSQU3054383", "CSQU3054388", "undetermined", "fails its own check digit: probably misread"),
        ("CSQU3054383", "CSQU305438", "undetermined", "not built like one: probably misread"),
        ("CSQU3054383", "TOLU4734787", "differs", "is not the declared"),
        ("CSQU3054389", None, "differs", "ask for 3"),
        ("CSQU3054389", "CSQU3054383", "differs", "ask for 3"),
        ("CSQU3054389", "CSQU3054389", "agrees", "although it fails ISO 6346"),
        ("SHIPPERSOWN", None, "differs", "not built like"),
    ],
)
def test_container_number(declared: str, seen: str | None, outcome: str, says: str) -> None:
    declaration = made_declaration(made_item(), containers=(made_container(declared),))
    verdict = verdict_of("container_number", made_detection(made_unit(number=seen)), declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["declared"] == [declared]


@pytest.mark.parametrize(
    ("as_read", "confidence", "outcome", "says"),
    [
        ("CSQU 305438 3", 0.2, "agrees", "is the declared one"),
        ("TOLU4734787", 0.5, "differs", "is not the declared"),
        ("TOLU4734787", 0.49, "undetermined", "is unsure: the cameras give it 49%"),
        ("TOLU4734788", 0.2, "undetermined", "fails its own check digit"),
        ("SIMU3+2269", 0.9, "undetermined", "'SIMU3+2269', cannot be a container number"),
        ("-1", None, "undetermined", "'-1', cannot be a container number"),
    ],
)
def test_what_the_cameras_read_counts_as_far_as_they_are_sure(
    as_read: str, confidence: float | None, outcome: str, says: str
) -> None:
    read = MarkRead(as_read=as_read, confidence=confidence)
    unit = replace(made_unit(number=read.text), number_read=read)
    verdict = verdict_of("container_number", made_detection(unit), made_declaration(made_item()))
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["as_read"] == as_read
    assert verdict.evidence.get("confidence") == confidence


def test_an_illegible_plate_is_no_plate() -> None:
    unit = replace(made_unit(), plate_read=MarkRead(as_read="-1"))
    declaration = made_declaration(made_item(), registrations=("TR 1",))
    verdict = verdict_of("container_number", made_detection(unit), declaration)
    assert verdict.outcome == "undetermined"
    assert "what was read, '-1', cannot be a plate" in verdict.reason


@pytest.mark.parametrize(
    ("plate", "outcome"), [("TRAILER-2", "agrees"), ("OTHER 9", "undetermined"), (None, "undetermined")]
)
def test_plate_of_a_vehicle(plate: str | None, outcome: str) -> None:
    declaration = made_declaration(made_item(), registrations=("TR 1", "TRAILER 2"))
    verdict = verdict_of("container_number", made_detection(made_unit(plate=plate)), declaration)
    assert verdict.outcome == outcome


def test_a_wrong_check_digit_is_less_grave_than_another_container() -> None:
    wrong = made_declaration(made_item(), containers=(made_container("CSQU3054389"),))
    slip = verdict_of("container_number", made_detection(made_unit()), wrong)
    other = verdict_of(
        "container_number", made_detection(made_unit(number="TOLU4734787")), made_declaration(made_item())
    )
    assert slip.score is not None
    assert other.score is not None
    assert slip.score < other.score
    assert slip.evidence["faults"]["CSQU3054389"].endswith("ask for 3")


# empty


@pytest.mark.parametrize(
    ("declared_empty", "probability", "outcome"),
    [
        (False, 0.02, "agrees"),
        (False, 0.97, "differs"),
        (False, 0.5, "undetermined"),
        (True, 0.97, "agrees"),
        (True, 0.02, "differs"),
        (True, 0.5, "undetermined"),
        (True, None, "undetermined"),
    ],
)
def test_empty(declared_empty: bool, probability: float | None, outcome: str) -> None:
    items = () if declared_empty else (made_item(),)
    declaration = made_declaration(*items, containers=(made_container(empty=declared_empty),))
    verdict = verdict_of("empty", made_detection(made_unit(empty=probability)), declaration)
    assert verdict.outcome == outcome
    if probability is not None:
        assert verdict.evidence["region"] == [10.0, 10.0, 45.0, 30.0]


def test_empty_score_grows_with_the_contradiction() -> None:
    scores = [
        verdict_of("empty", made_detection(made_unit(empty=p)), made_declaration(made_item())).score
        for p in (0.01, 0.05, 0.15, 0.85, 0.95, 0.99)
    ]
    assert None not in scores
    assert scores == sorted(scores, key=lambda score: score or 0.0)
    assert len(set(scores)) == 6


def test_empty_of_units_that_cannot_be_told_apart_when_the_same_is_declared_of_all() -> None:
    detection = made_detection(made_unit(1), made_unit(2, empty=0.96))
    declaration = made_declaration(made_item(), containers=TWO_UNASSIGNED)
    assert verdict_of("empty", detection, declaration).outcome == "agrees"
    assert verdict_of("empty", detection, declaration, unit=2).outcome == "differs"
    mixed = made_declaration(
        made_item(1),
        made_item(2, hs="860900", gross=0.0),
        containers=(made_container("CSQU3054383", 1), made_container("TOLU4734787", 2)),
    )
    verdict = verdict_of("empty", detection, mixed)
    assert verdict.outcome == "undetermined"
    assert "cannot be joined" in verdict.reason


def test_an_empty_vehicle_is_empty_in_each_of_the_units_that_the_image_shows() -> None:
    nothing = made_item(hs=None, gross=None) | {"descriptionOfGoods": "EMPTY."}
    declaration = made_declaration(nothing, registrations=("TR 1",))
    one = made_detection(made_unit(empty=0.97))
    assert verdict_of("empty", one, declaration).outcome == "agrees"
    two = made_detection(made_unit(1, empty=0.97), made_unit(2, empty=0.02))
    assert verdict_of("empty", two, declaration).outcome == "agrees"
    assert verdict_of("empty", two, declaration, unit=2).outcome == "differs"
    assert verdict_of("mass", two, declaration, unit=2).outcome == "undetermined"


# mass


@pytest.mark.parametrize(
    ("declared", "estimate", "outcome"),
    [
        (12000.0, kg(12100), "agrees"),
        (12000.0, kg(14000), "agrees"),
        (12000.0, kg(15200), "undetermined"),
        (12000.0, kg(19000), "differs"),
        (12000.0, kg(5000), "differs"),
        (12000.0, None, "undetermined"),
        (12000.0, kg(12000, 9000), "undetermined"),
        (None, kg(12000), "undetermined"),
    ],
)
def test_mass(declared: float | None, estimate: Interval | None, outcome: str) -> None:
    declaration = made_declaration(made_item(gross=declared))
    verdict = verdict_of("mass", made_detection(made_unit(mass_kg=estimate)), declaration)
    assert verdict.outcome == outcome
    assert verdict.evidence["declared_kg"] == declared


def test_mass_of_a_display_scan_is_undetermined() -> None:
    detection = made_detection(made_unit(mass_kg=kg(30000)))
    verdict = verdict_of("mass", detection, made_declaration(made_item()), scan=made_scan("display"))
    assert verdict.outcome == "undetermined"
    assert "display grade" in verdict.reason


@pytest.mark.parametrize(
    ("estimate", "outcome"), [(8000.0, "undetermined"), (12500.0, "undetermined"), (22000.0, "differs")]
)
def test_mass_behind_cargo_that_was_not_penetrated_is_a_lower_bound(estimate: float, outcome: str) -> None:
    detection = made_detection(made_unit(mass_kg=kg(estimate), not_penetrated=0.1))
    verdict = verdict_of("mass", detection, made_declaration(made_item()))
    assert verdict.outcome == outcome
    if outcome == "undetermined":
        assert "lower bound" in verdict.reason


def test_a_unit_that_was_not_penetrated_leaves_the_mass_of_the_other_one_alone() -> None:
    declaration = made_declaration(
        made_item(1, gross=4000.0), made_item(2, gross=20000.0), containers=TWO_CONTAINERS
    )
    seen = made_unit(1, number="CSQU3054383", mass_kg=kg(4200))
    opaque = made_unit(2, number="TOLU4734787", mass_kg=kg(20000), not_penetrated=0.2)
    detection = made_detection(seen, opaque, cautions=("not_penetrated: 20 % of the goods in unit 2",))
    assert verdict_of("mass", detection, declaration).outcome == "agrees"
    assert verdict_of("mass", detection, declaration, unit=2).outcome == "undetermined"
    unassigned = made_declaration(made_item(gross=24000.0), containers=TWO_UNASSIGNED)
    together = made_detection(
        made_unit(1, mass_kg=kg(4200)), made_unit(2, mass_kg=kg(20000), not_penetrated=0.2)
    )
    assert "lower bound" in verdict_of("mass", together, unassigned).reason


@pytest.mark.parametrize("caution", GUESSES)
@pytest.mark.parametrize("estimate", [12000.0, 30000.0, 2000.0])
def test_an_estimate_in_guessed_units_is_shown_and_decides_nothing(caution: str, estimate: float) -> None:
    detection = made_detection(made_unit(mass_kg=kg(estimate)))
    verdict = verdict_of(
        "mass", detection, made_declaration(made_item()), scan=made_scan(cautions=(caution,))
    )
    assert verdict.outcome == "undetermined"
    assert "Physical units are a guess" in verdict.reason
    assert verdict.evidence["estimate_kg"] == estimate
    assert f"estimated: {estimate:,.0f} kg" in verdict.reason


def test_without_an_estimate_the_guess_is_still_named() -> None:
    detection = made_detection(made_unit(mass_kg=None, not_penetrated=0.7))
    verdict = verdict_of("mass", detection, made_declaration(made_item()), scan=made_scan(cautions=GUESSES))
    assert verdict.outcome == "undetermined"
    for said in ("gave no mass", "did not get through", "no scanner is named"):
        assert said in verdict.reason


def test_a_mass_that_cannot_be_right_needs_no_units_of_the_scan() -> None:
    detection = made_detection(made_unit(mass_kg=kg(12000)))
    declaration = made_declaration(made_item(gross=-5.0))
    verdict = verdict_of("mass", detection, declaration, scan=made_scan(cautions=GUESSES))
    assert (verdict.outcome, verdict.score) == ("differs", 0.6)


@pytest.mark.parametrize(
    ("masses", "says"),
    [
        ((-5.0,), "item 1 declares -5 kg"),
        ((0.0,), "0 kg"),
        ((400_000.0,), "more than 1 cargo unit can carry"),
        ((MOST_KG,) * 9, "9,000,000,000 kg is more than"),
        ((-MOST_KG, MOST_KG), "item 1 declares -1,000,000,000 kg"),
        ((-5.0, 12000.0), "item 1 declares -5 kg"),
    ],
)
def test_an_impossible_declared_mass_is_flagged_with_and_without_an_estimate(
    masses: tuple[float, ...], says: str
) -> None:
    declaration = made_declaration(*(made_item(n, gross=mass) for n, mass in enumerate(masses, 1)))
    for estimate in (kg(12000), None):
        verdict = verdict_of("mass", made_detection(made_unit(mass_kg=estimate)), declaration)
        assert verdict.outcome == "differs"
        assert says in verdict.reason


def test_zero_for_goods_packed_with_another_item_is_allowed() -> None:
    declaration = made_declaration(made_item(1, gross=12000.0), made_item(2, gross=0.0))
    assert verdict_of("mass", made_detection(made_unit(mass_kg=kg(12000))), declaration).outcome == "agrees"


def test_the_declared_total_stands_in_for_items_without_mass() -> None:
    declaration = made_declaration(made_item(1), made_item(2, gross=None), total_kg=15000.0)
    verdict = verdict_of("mass", made_detection(made_unit(mass_kg=kg(15000))), declaration)
    assert verdict.outcome == "agrees"
    assert verdict.evidence["declared_kg"] == 15000.0


def test_mass_of_one_container_of_two_counts_only_its_items() -> None:
    declaration = made_declaration(
        made_item(1, gross=4000.0), made_item(2, gross=20000.0), containers=TWO_CONTAINERS, total_kg=24000.0
    )
    detection = made_detection(made_unit(number="CSQU3054383", mass_kg=kg(4200)))
    verdict = verdict_of("mass", detection, declaration)
    assert verdict.outcome == "agrees"
    assert verdict.evidence["goods_items"] == [1]


def test_units_without_assigned_goods_are_compared_by_their_total() -> None:
    declaration = made_declaration(made_item(gross=24000.0), containers=TWO_UNASSIGNED)
    both = made_detection(made_unit(1, mass_kg=kg(9000)), made_unit(2, mass_kg=kg(15000)))
    verdict = verdict_of("mass", both, declaration, unit=2)
    assert verdict.outcome == "agrees"
    assert verdict.evidence["scope"] == "all units together"
    one = made_detection(made_unit(1, number="CSQU3054383", mass_kg=kg(9000)))
    verdict = verdict_of("mass", one, declaration)
    assert verdict.outcome == "undetermined"
    assert "TOLU4734787 was not scanned yet" in verdict.reason


# commodity


@pytest.mark.parametrize(
    ("codes", "probabilities", "outcome", "says"),
    [
        (("240220",), {"cigarettes": 0.5, "textiles_garments": 0.4, "tyres": 0.1}, "agrees", "light_cartons"),
        (("240220",), {"steel_products": 0.9, "cigarettes": 0.1}, "differs", "steel coils"),
        (("240220", "720800"), {"steel_products": 0.8, "cigarettes": 0.2}, "agrees", "metal"),
        (("240220", "720800"), {"steel_products": 0.95, "cigarettes": 0.05}, "differs", "not seen: item 1"),
        (
            ("240220",),
            {"steel_products": 0.45, "cigarettes": 0.45, "tyres": 0.1},
            "undetermined",
            "Not disting",
        ),
        (
            ("240220",),
            {"steel_products": 0.4, "tyres": 0.35, "timber_plywood": 0.25},
            "undetermined",
            "Not disting",
        ),
        (("930100",), {"steel_products": 0.9}, "undetermined", "in none of the classes"),
        (("240220", "930100"), {"steel_products": 0.9}, "undetermined", "item 2 (930100)"),
        (("930100", "240220"), {"cigarettes": 0.9}, "agrees", "light_cartons"),
        ((None,), {"steel_products": 0.9}, "undetermined", "no usable commodity code"),
        (("2402",), {"empty": 0.9, "steel_products": 0.1}, "undetermined", "looks empty"),
        (("2402",), {"empty": 0.4, "cigarettes": 0.6}, "agrees", "probability of 1.00"),
        (("2402",), {}, "undetermined", "named no goods"),
    ],
)
def test_commodity(
    codes: tuple[str | None, ...], probabilities: dict[str, float], outcome: str, says: str
) -> None:
    declaration = made_declaration(*(made_item(n, hs=code) for n, code in enumerate(codes, 1)))
    detection = made_detection(made_unit(), commodities=(made_region(**probabilities),))
    verdict = verdict_of("commodity", detection, declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason


@pytest.mark.parametrize(
    ("words", "code", "outcome", "says"),
    [
        ("Cigarettes", None, "differs", "cigarettes (light_cartons)"),
        ("Cigarettes", "99", "differs", "cigarettes (light_cartons)"),
        ("Труби сталеві", None, "agrees", "metal"),
        ("Cigarettes", "720800", "agrees", "metal"),  # a usable code is what is declared
        ("Gizmos", None, "undetermined", "no description that names its class"),
    ],
)
def test_commodity_takes_the_description_where_the_code_says_nothing(
    words: str, code: str | None, outcome: str, says: str
) -> None:
    region = made_region(steel_products=0.95, cigarettes=0.05)
    declaration = made_declaration(made_item(hs=code, words=words))
    verdict = verdict_of("commodity", made_detection(made_unit(), commodities=(region,)), declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason


def test_commodity_of_a_display_scan_is_undetermined() -> None:
    detection = made_detection(made_unit(), commodities=(made_region(steel_products=1.0),))
    verdict = verdict_of(
        "commodity", detection, made_declaration(made_item(hs="240220")), scan=made_scan("display")
    )
    assert verdict.outcome == "undetermined"
    assert "display grade" in verdict.reason


@pytest.mark.parametrize("caution", GUESSES)
def test_commodity_in_guessed_units_is_undetermined(caution: str) -> None:
    for code in ("240220", "720800"):
        detection = made_detection(made_unit(), commodities=(made_region(steel_products=1.0),))
        scan = made_scan(cautions=(caution,))
        verdict = verdict_of("commodity", detection, made_declaration(made_item(hs=code)), scan=scan)
        assert verdict.outcome == "undetermined"
        assert "Physical units are a guess" in verdict.reason


def test_a_class_that_the_model_does_not_know_is_undetermined() -> None:
    detection = made_detection(
        made_unit(),
        commodities=(made_region(steel_products=0.95, tyres=0.05),),
        known=("steel_products", "tyres"),
    )
    verdict = verdict_of("commodity", detection, made_declaration(made_item(hs="240220")))
    assert verdict.outcome == "undetermined"
    assert "the model does not know item 1, cigarettes" in verdict.reason


def test_a_large_part_of_the_load_that_differs_decides_and_a_small_one_does_not() -> None:
    declaration = made_declaration(made_item(hs="080390"))
    for width, outcome in ((30, "differs"), (10, "agrees")):
        regions = (
            made_region(box=Box(0, 0, 70, 50), fresh_produce=0.95, cigarettes=0.05),
            made_region(box=Box(70, 0, width, 50), cigarettes=0.95, fresh_produce=0.05),
        )
        verdict = verdict_of("commodity", made_detection(made_unit(), commodities=regions), declaration)
        assert verdict.outcome == outcome


def test_commodity_score_is_what_the_declared_groups_lack() -> None:
    declaration = made_declaration(made_item(hs="240220"))
    scores = []
    for p in (0.99, 0.9, 0.81, 0.19, 0.1, 0.02):
        region = made_region(cigarettes=p, steel_products=1 - p)
        verdict = verdict_of("commodity", made_detection(made_unit(), commodities=(region,)), declaration)
        scores.append(verdict.score)
    assert scores == pytest.approx([0.01, 0.1, 0.19, 0.81, 0.9, 0.98])


# hs code


@pytest.mark.parametrize(
    ("codes", "outcome", "says"),
    [
        (("240220", "01"), "agrees", "chapter that exists"),
        (("77",), "differs", "reserved"),
        (("240220", "10121"), "differs", "item 2: 10121"),
        (("990000",), "undetermined", "chapter 99"),
        ((None,), "undetermined", "has no commodity code"),
    ],
)
def test_hs_code(codes: tuple[str | None, ...], outcome: str, says: str) -> None:
    declaration = made_declaration(*(made_item(n, hs=code) for n, code in enumerate(codes, 1)))
    verdict = verdict_of("hs_code", made_detection(made_unit()), declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason


# description


@pytest.mark.parametrize(
    ("items", "outcome", "says"),
    [
        ((("Steel pipes", "730630"),), "agrees", "the same kind of goods"),
        ((("Aluminium profiles", "730630"),), "agrees", "the same kind of goods"),  # of one confusable group
        (
            (("Cigarettes", "730630"),),
            "differs",
            "item 1: “cigarettes” means cigarettes, the code 730630 steel",
        ),
        (
            (("Gizmos", "730630"), ("Папір туалетний", "240220")),
            "differs",
            "“папір туалетний” means paper in rolls",
        ),
        ((("Cigarettes", None),), "undetermined", "item 1 has no usable commodity code"),
        ((("Cigarettes", "77"),), "undetermined", "item 1 has no usable commodity code"),
        ((("Steel pipes", "730630"), (None, "240220")), "undetermined", "item 2 has no description"),
        ((("Gizmos", "730630"),), "undetermined", "a description that names no known class"),
        ((("Cigarettes", "930100"),), "undetermined", "a code of no known class"),
        ((), "undetermined", "No goods item is declared"),
    ],
)
def test_description(items: tuple[tuple[str | None, str | None], ...], outcome: str, says: str) -> None:
    made = [made_item(n, hs=code, words=words) for n, (words, code) in enumerate(items, 1)]
    containers = () if made else (made_container(empty=True),)
    declaration = made_declaration(*made, containers=containers)
    verdict = verdict_of("description", made_detection(made_unit()), declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason


def test_a_description_that_contradicts_its_code_shows_the_words_it_rests_on() -> None:
    declaration = made_declaration(made_item(hs="240220", words="Rury stalowe bezszwowe"), made_item(2))
    verdict = verdict_of("description", made_detection(made_unit()), declaration)
    assert verdict.evidence["words"] == {"item 1": ["rury", "stalowe"]}
    assert list(verdict.evidence["contradictions"]) == ["item 1"]
    assert verdict.evidence["not_compared"] == ["item 2 has a description that names no known class"]


def test_the_title_of_a_class_does_not_contradict_its_codes() -> None:
    for commodity in COMMODITY_CLASSES[1:]:
        for code in (code for code in commodity.hs if class_of_hs(code) == commodity):
            declaration = made_declaration(made_item(hs=code, words=commodity.title))
            verdict = verdict_of("description", made_detection(made_unit()), declaration)
            assert verdict.outcome != "differs", verdict.reason


def test_hs_code_of_an_empty_container_is_undetermined() -> None:
    declaration = made_declaration(containers=(made_container(empty=True),))
    assert verdict_of("hs_code", made_detection(made_unit()), declaration).outcome == "undetermined"
