"""Item by item over the load, with the regions that each rests on."""

from typing import Any

import pytest

from tallyscan.finding import CommodityRegion
from tallyscan.scan import Box
from tests.reconcile.builders import made_declaration, made_detection, made_item, made_region, made_unit
from tests.reconcile.verdicts import verdict_of

FRUIT, CIGARETTES, GARMENTS, STEEL, NO_CLASS = "080390", "240220", "610910", "720839", "930100"
LEFT, RIGHT = Box(0, 0, 50, 50), Box(50, 0, 50, 50)


def judged(codes: tuple[str | None, ...], *regions: CommodityRegion, masses: tuple[float, ...] = ()) -> Any:
    items = [made_item(n, hs=code) for n, code in enumerate(codes, 1)]
    for item, mass in zip(items, masses, strict=False):
        item["grossMass"] = mass
    return verdict_of("commodity", made_detection(made_unit(), commodities=regions), made_declaration(*items))


def sights_of(verdict: Any) -> dict[int, str]:
    return {item["item"]: item["sight"] for item in verdict.evidence["items"]}


def test_two_items_that_are_both_seen_name_the_parts_where_they_are() -> None:
    verdict = judged(
        (FRUIT, STEEL),
        made_region(box=LEFT, fresh_produce=0.95, cigarettes=0.05),
        made_region(box=RIGHT, steel_products=0.95, cigarettes=0.05),
    )
    assert verdict.outcome == "agrees"
    assert sights_of(verdict) == {1: "seen", 2: "seen"}
    first, second = verdict.evidence["items"]
    assert (first["regions"], second["regions"]) == ([list(LEFT)], [list(RIGHT)])
    assert verdict.evidence["seen_not_declared"] == []


def test_what_is_seen_and_not_declared_is_named_with_its_place() -> None:
    verdict = judged(
        (FRUIT,),
        made_region(box=LEFT, fresh_produce=0.95, cigarettes=0.05),
        made_region(box=RIGHT, cigarettes=0.95, fresh_produce=0.05),
    )
    assert verdict.outcome == "differs"
    (found,) = verdict.evidence["seen_not_declared"]
    assert (found["group"], found["looks_like"], found["region"]) == (
        "light_cartons",
        "cigarettes",
        list(RIGHT),
    )


@pytest.mark.parametrize(
    ("masses", "outcome"),
    [
        ((12000.0, 12000.0), "differs"),
        ((16000.0, 8000.0), "undetermined"),  # a third can stand behind the rest
        ((22000.0, 2000.0), "agrees"),  # so little is not looked for
    ],
)
def test_what_is_declared_and_not_seen_counts_by_its_mass(masses: tuple[float, ...], outcome: str) -> None:
    seen = made_region(fresh_produce=0.97, cigarettes=0.03)
    verdict = judged((FRUIT, STEEL), seen, masses=masses)
    assert verdict.outcome == outcome
    assert sights_of(verdict) == {1: "seen", 2: "not_seen"}
    if outcome != "agrees":
        assert "not seen: item 2, steel coils" in verdict.reason


def test_items_of_one_group_are_not_distinguishable() -> None:
    verdict = judged((CIGARETTES, GARMENTS), made_region(cigarettes=0.6, textiles_garments=0.4))
    assert verdict.outcome == "agrees"
    assert sights_of(verdict) == {1: "not_distinguishable", 2: "not_distinguishable"}
    assert [item["looks_like_items"] for item in verdict.evidence["items"]] == [[2], [1]]


def test_what_the_model_did_not_name_could_be_any_of_the_rest() -> None:
    verdict = judged((FRUIT, STEEL), made_region(fresh_produce=0.85))
    assert verdict.outcome == "agrees"
    assert sights_of(verdict) == {1: "seen", 2: "unsure"}


def test_an_item_without_a_class_is_not_recognisable_and_keeps_others_from_being_undeclared() -> None:
    verdict = judged((FRUIT, NO_CLASS), made_region(cigarettes=0.95, fresh_produce=0.05))
    assert verdict.outcome == "undetermined"
    assert sights_of(verdict) == {1: "not_seen", 2: "not_recognisable"}
    assert verdict.evidence["seen_not_declared"] == []
