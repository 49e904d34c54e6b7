"""Figures of cargo units by hand, whose answers can be counted on fingers."""

import pytest

from tests.training.observations import FAR_BOX, UNIT_BOX, Observation, said_unit, seen, true_unit
from training.unit_figures import empty_figures, mismatch_figures, unit_figures


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
    assert figures["mass_weighed"][3:] == [2, 3]
    assert mass["mean_absolute_relative"] == pytest.approx(0.05)
    assert figures["mass_by_mean_alpha"]["4 to 5.5"]["median_relative"] == pytest.approx(0.1)
    assert figures["mass_interval"]["covered"][3:] == [1, 2]
    assert figures["container_box_mean_iou"] == 1.0
    missed = unit_figures([*scans, seen(None, units=[(true_unit(), said_unit())])])
    assert missed["box_mean_iou"] == pytest.approx(0.75)
    assert missed["units"] == 3
    assert (missed["container_units"], missed["mass_weighed"][3:]) == (4, [2, 4])
    picture = seen(0.1, units=[(true_unit(), unknown)], group="display/other")
    assert unit_figures([*scans, picture])["mass_weighed"][3:] == [2, 3]  # a picture tells no mass
    trailer = seen(0.1, units=[(true_unit(kind="trailer"), said_unit(box=FAR_BOX))])
    with_trailer = unit_figures([*scans, trailer])
    assert (with_trailer["box_mean_iou"], with_trailer["container_box_mean_iou"]) == (0.6, 1.0)
    assert missed["commodity_units"] == 4


def test_loads_that_let_nothing_through_are_weighed_apart() -> None:
    through = said_unit(mass=[10_200.0, 9000.0, 11_000.0])
    dark = said_unit(mass=[5000.0, 4000.0, 6000.0]) | {"not_penetrated": 0.2}
    figures = unit_figures([seen(0.1, units=[(true_unit(), unit)]) for unit in (through, dark)])
    assert figures["mass"]["mean_absolute_relative"] == pytest.approx(0.26)
    assert figures["mass_penetrated"]["mean_absolute_relative"] == pytest.approx(0.02)
    assert figures["mass_interval_penetrated"]["covered"][3:] == [1, 1]
    assert figures["mass_interval"]["covered"][3:] == [1, 2]


def test_a_class_of_the_same_group_is_right_by_group() -> None:
    alike = said_unit(candidates=[["frozen_meat_fish", 0.3], ["tobacco_leaf", 0.3], ["tyres", 0.4]])
    figures = unit_figures([seen(0.1, units=[(true_unit(commodity="frozen_meat_fish"), alike)])])
    assert figures["commodity_top1"][0] == 0.0
    assert figures["commodity_top5"][0] == 1.0
    # Meat and tobacco leaves are one group of goods, together likelier than tyres.
    assert figures["commodity_group_top1"][3:] == [1, 1]


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
    assert (figures["empty_not_judged"], figures["loaded_not_judged"]) == (0, 1)
    assert empty_figures(loaded) == {}
    unread = empty_figures([seen(None, units=[(true_unit(empty=True), said_unit())]), *loaded])
    assert unread["empty_not_judged"] == 1
    assert unread["loaded_found_at_0.005"][0] == 0.0  # an empty unit that was not read is a false alarm


def test_mismatch_is_told_by_wrong_against_true_declarations() -> None:
    def unit(p: float | None, declared: tuple[str, ...] | None = ()) -> Observation:
        return seen(0.1, units=[(true_unit(), said_unit(mismatch=p))], declared=declared)

    garments = ("textiles_garments",)
    scans = [unit(0.1), unit(0.6), unit(0.5, garments), unit(0.9, garments)]
    figures = mismatch_figures([*scans, unit(0.99, None), seen(None)])
    assert (figures["true"], figures["wrong"], figures["auroc"]) == (2, 2, 0.75)
    silent = mismatch_figures([*scans, unit(None)])
    assert silent["auroc"] == pytest.approx(0.5)


def test_what_is_declared_is_declared_of_the_whole_scan() -> None:
    """Two containers whose declarations are exchanged: the model cannot know, and neither counts as wrong."""

    def two(first: float, second: float, declared: tuple[str, ...]) -> Observation:
        tyres = (true_unit(), said_unit(mismatch=first, box=UNIT_BOX))
        garments = (
            true_unit(commodity="textiles_garments", number=2, box=FAR_BOX),
            said_unit(mismatch=second, box=FAR_BOX),
        )
        return seen(0.1, units=[tyres, garments], declared=declared)

    exchanged = mismatch_figures([two(0.2, 0.3, ("textiles_garments", "tyres"))])
    assert (exchanged["true"], exchanged["wrong"]) == (2, 0)
    one_wrong = mismatch_figures([two(0.2, 0.9, ("tyres", "frozen_meat_fish"))])
    assert (one_wrong["true"], one_wrong["wrong"], one_wrong["auroc"]) == (1, 1, 1.0)
    mixed = true_unit() | {"commodities": ["tyres", "textiles_garments"]}
    partly = seen(0.1, units=[(mixed, said_unit(mismatch=0.5))], declared=("tyres",))
    assert mismatch_figures([partly])["true"] == mismatch_figures([partly])["wrong"] == 0
