"""Tables: what is remarked on a declaration, and what is not."""

from typing import Any

import pytest

from tallyscan.declaration import Declaration
from tallyscan.declaration_remarks import remarks
from tallyscan.hs_nomenclature import Nomenclature
from tallyscan.remark import JUDGED_ELSEWHERE, NOT_WEIGHED, REMARKS

HEADINGS = Nomenclature(
    {"9403": "Other furniture", "940360": "Wooden furniture", "6907": "Tiles", "690721": "Tiles"}
)


def declaration(*items: dict[str, Any], **more: Any) -> Declaration:
    """One 40 ft container with these items; 12 t of furniture where none are given."""
    container = {"containerIdentificationNumber": "CSQU3054383", "containerSizeAndType": "45G1"}
    document = {"LRN": "EXAMPLE", "transportEquipment": [container], "goodsItems": items or (item(),)}
    return Declaration.model_validate(document | more)


def item(**more: Any) -> dict[str, Any]:
    code = {"commodityCode": {"harmonizedSystemSubHeadingCode": more.pop("hs", "940360")}}
    return {"goodsItemNumber": 1, "descriptionOfGoods": "Invented", "grossMass": 12_000} | code | more


def packed(count: int, kind: str = "CT") -> list[dict[str, Any]]:
    return [{"typeOfPackages": kind, "numberOfPackages": count}]


def box(**more: Any) -> dict[str, Any]:
    return {"transportEquipment": [{"containerIdentificationNumber": "CSQU3054383"} | more]}


@pytest.mark.parametrize(
    ("made", "code", "says"),
    [
        (declaration(**box(containerIdentificationNumber="CSQU3054389")), "container_number", "ask for 3"),
        (declaration(**box(containerIdentificationNumber="SHIPPERS")), "container_number", "not built like"),
        (declaration(item(hs="770100")), "unknown_code", "chapter 77"),
        (declaration(item(hs="94036")), "unknown_code", "leading zero"),
        (declaration(item(countryOfOrigin="UK")), "unknown_country", "'UK'"),
        (declaration(item(countryOfOrigin="ua")), "unknown_country", "'ua'"),
        (declaration(item(dangerousGoods=[{"UNNumber": "12630"}])), "un_number", "'12630'"),
        (declaration(item(), item()), "item_number", "1 is used 2 times"),
        (declaration(**box(goodsItemNumbers=[1, 7])), "item_number", "not declared: 7"),
        (declaration(item(grossMass=-5)), "negative_mass", "below zero"),
        (declaration(item(), totalGrossMass=-5), "negative_mass", "total is -5 kg"),
        (declaration(item(netMass=12_500)), "net_above_gross", "12,500 kg is above"),
        (declaration(item(grossMass=20, netMass=19_500, hs="690721")), "mass_unit", "gross mass looks like tonnes"),
        (declaration(item(grossMass=20_500, netMass=20.5, hs="690721")), "mass_unit", "net mass looks like tonnes"),
        (declaration(item(), totalGrossMass=12), "mass_unit", "one of them in tonnes?"),
        (declaration(item(grossMass=12), totalGrossMass=12_000), "mass_unit", "one of them in tonnes?"),
        (declaration(item(grossMass=20)), "mass_unit", "The goods in 1 container are 20 kg: tonnes?"),
        (declaration(item(grossMass=20, packaging=packed(5000))), "mass_unit", "under 0.05 kg each. Tonnes?"),
        (declaration(item(grossMass=100, packaging=packed(50_000))), "package_mass", "under 0.05 kg each"),
        (declaration(item(grossMass=100, packaging=packed(50_000, "ZZ"))), "package_mass", "under 0.01 kg each"),
        (declaration(item(grossMass=80, packaging=packed(40, "PX"))), "package_mass", "packages PX weigh"),
        (declaration(item(grossMass=12_000, packaging=packed(2))), "package_mass", "over 2,000 kg each"),
        (declaration(item(), totalGrossMass=11_000), "mass_total", "together 12,000 kg"),
        (declaration(item(), item(goodsItemNumber=2, grossMass=None), totalGrossMass=11e3), "mass_total", "alone are"),
        (declaration(item(grossMass=60_000, hs="730890")), "too_heavy", "more than 1 cargo unit can carry"),
        (declaration(item(grossMass=36_000)), "too_dense", "such goods of that mass need"),
        (declaration(item(descriptionOfGoods="a\x1bb")), "unreadable_text", "Item 1"),
        (declaration(consignor={"name": "a\x00b"}), "unreadable_text", "consignor"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_remarked(made: Declaration, code: str, says: str) -> None:
    found = [remark.text for remark in remarks(made) if remark.code == code]
    assert [text for text in found if says in text]


@pytest.mark.parametrize(
    "made",
    [
        declaration(),
        declaration(item(netMass=11_900, packaging=packed(480)), totalGrossMass=12_000),
        declaration(item(), totalGrossMass=12_050),
        declaration(item(grossMass=None)),
        declaration(item(grossMass=0), item(goodsItemNumber=2), totalGrossMass=12_000),
        declaration(item(grossMass=None), totalGrossMass=15),
        declaration(item(hs="860900", grossMass=0)),
        declaration(item(grossMass=900, packaging=packed(30_000, "PK"))),
        declaration(item(grossMass=26_000, hs="690721")),
        declaration(item(countryOfOrigin="XK"), transportMeans=[{"identificationNumber": "EXAMPLE 1"}]),
        declaration(item(grossMass=20), transportEquipment=[], transportMeans=[{"identificationNumber": "E 1"}]),
    ],
)  # fmt: skip
def test_what_can_be_right_is_not(made: Declaration) -> None:
    doubts = [remark for remark in remarks(made) if made.total_gross_mass != 15 or remark.code != "mass_unit"]
    assert doubts == []


def test_with_imported_headings_a_code_is_held_against_them() -> None:
    assert [r.code for r in remarks(declaration(item(hs="940390")), HEADINGS)] == ["unknown_subheading"]
    assert [r.code for r in remarks(declaration(item(hs="940460")), HEADINGS)] == ["unknown_code"]
    assert remarks(declaration(item(hs="94036010")), HEADINGS) == ()
    assert remarks(declaration(item(hs="940460"))) == ()


def test_a_load_that_is_declared_for_several_containers_is_not_split() -> None:
    two = [{"containerIdentificationNumber": mark} for mark in ("CSQU3054383", "TOLU4734787")]
    assert remarks(declaration(item(grossMass=36_000), transportEquipment=two)) == ()


def test_ten_thousand_items_in_ten_thousand_containers_are_looked_at_at_once() -> None:
    items = [item(goodsItemNumber=number, grossMass=1000, hs="860900") for number in range(1, 9_999)]
    containers = [{"goodsItemNumbers": [], "containerIdentificationNumber": "CSQU3054383"}] * 9_999
    made = declaration(*items, transportEquipment=containers)
    assert remarks(made) == ()
    assert made.declared_empty


def test_a_remark_of_the_mapper_comes_first_and_once() -> None:
    said = {"code": "not_a_number", "text": "Row 2, gross_mass is 'abc': no number.", "goodsItemNumber": 1}
    made = declaration(item(grossMass=-5), remarks=[said, said])
    assert [remark.code for remark in remarks(made)] == ["not_a_number", "negative_mass"]


def test_every_code_has_words_and_the_lists_name_known_codes() -> None:
    assert all(REMARKS.values())
    assert set(REMARKS) >= JUDGED_ELSEWHERE | NOT_WEIGHED
    assert not JUDGED_ELSEWHERE & NOT_WEIGHED
