import json
from typing import Any

import pytest

from tallyscan.declaration import MOST_KG, Declaration, normal_mark, parse_declaration
from tallyscan.errors import InvalidDeclaration


def declaration(items: list[dict[str, Any]], containers: list[dict[str, Any]], **more: Any) -> Declaration:
    document = {"LRN": "L-1", "transportEquipment": containers, "goodsItems": items} | more
    return parse_declaration(json.dumps(document).encode())


def item(
    number: int, hs: str | None = "940390", gross: float | None = 100.0, words: str = "goods"
) -> dict[str, Any]:
    code = {"commodityCode": {"harmonizedSystemSubHeadingCode": hs}} if hs else {}
    return {"goodsItemNumber": number, "descriptionOfGoods": words, "grossMass": gross} | code


def box(number: str, *items: int, **more: Any) -> dict[str, Any]:
    return {"containerIdentificationNumber": number, "goodsItemNumbers": list(items)} | more


def test_the_full_canonical_form_is_read() -> None:
    document = {
        "LRN": "L-2026-000123", "MRN": "26NL000510A1B2C3D4", "declarationType": "IM", "referenceNumberUCR": "UCR-1",
        "transportDocument": {"documentNumber": "BL123", "type": "N705"},
        "borderTransportMeans": {"identificationNumber": "9321483", "mode": "1"},
        "placeOfLoading": "CNSHA", "countriesOfRouting": ["CN", "SG", "NL"],
        "consignor": {"name": "A", "identificationNumber": None},
        "consignee": {"name": "B", "identificationNumber": None}, "totalGrossMass": 12000.0,
        "transportEquipment": [{"containerIdentificationNumber": "MSKU9070323", "containerSizeAndType": "45G1",
                                "containerPackedStatus": "A", "seals": ["SEAL123"], "goodsItemNumbers": [1]}],
        "goodsItems": [{"goodsItemNumber": 1, "descriptionOfGoods": "Furniture parts",
                        "commodityCode": {"harmonizedSystemSubHeadingCode": "940390", "combinedNomenclatureCode": "00"},
                        "grossMass": 12000.0, "netMass": 11000.0, "supplementaryUnits": None,
                        "packaging": [{"typeOfPackages": "CT", "numberOfPackages": 480, "shippingMarks": "X"}],
                        "dangerousGoods": [{"UNNumber": "1263"}], "countryOfOrigin": "CN"}],
        "extensions": {},
    }  # fmt: skip
    read = parse_declaration(json.dumps(document).encode())
    assert read.reference == "26NL000510A1B2C3D4"
    assert read.unit_marks == ("MSKU9070323",)
    assert read.goods_items[0].hs == "940390"
    assert not read.declared_empty


def test_goods_in_a_container_with_any_packed_status_are_goods() -> None:
    for status in "AB":
        read = declaration([item(1)], [box("MSKU9070323", 1, containerPackedStatus=status)])
        assert not read.declared_empty


@pytest.mark.parametrize(
    "nothing",
    [
        item(1, "860900", 2200.0, "Freight container"),
        item(1, "8609", None, "Containers, empty"),
        item(1, "000000", None, "empty unit"),
        item(1, None, 0.0, "Empty container"),
        item(1, None, None, "EMPTY."),
        item(1, None, None, "Empty semi-trailer"),
        item(1, None, None, "Empty 40' container"),
        item(1, " ", 0.0, "The unit is empty!"),
    ],
)
def test_an_item_can_say_that_the_container_is_empty(nothing: dict[str, Any]) -> None:
    assert declaration([nothing], [box("MSKU9070323", 1)]).declared_empty


@pytest.mark.parametrize(
    "goods",
    [
        item(1, "701090", 12000.0, "Empty bottles, glass"),
        item(1, "701090", 0.0, "Empty bottles, glass"),
        item(1, None, None, "Empty bottles"),
        item(1, "392330", None, "Empty container"),
        item(1, "not known", None, "Empty container"),
        item(1, None, 2200.0, "Empty container"),
        item(1, None, None, "Emptying machines"),
        item(1, None, None, "Container"),
    ],
)
def test_goods_that_are_called_empty_are_goods(goods: dict[str, Any]) -> None:
    assert not declaration([goods], [box("MSKU9070323", 1)]).declared_empty


def test_a_net_mass_is_a_mass_too() -> None:
    named = item(1, None, None, "Empty container") | {"netMass": 500.0}
    assert not declaration([named], [box("MSKU9070323", 1)]).declared_empty


def test_a_vehicle_without_containers_can_be_empty() -> None:
    means = [{"identificationNumber": "TR 1"}]
    assert declaration([item(1, None, None, "Empty trailer")], [], transportMeans=means).declared_empty
    assert not declaration([item(1)], [], transportMeans=means).declared_empty


def test_a_packed_status_without_goods_is_empty_and_no_goods_at_all_is_refused() -> None:
    assert declaration([], [box("MSKU9070323", containerPackedStatus="A")]).declared_empty
    with pytest.raises(InvalidDeclaration, match="at least one goods item"):
        declaration([], [box("MSKU9070323")])


def test_items_belong_to_the_container_that_names_them_and_the_rest_to_the_others() -> None:
    read = declaration([item(1), item(2), item(3)], [box("MSKU9070323", 1), box("TOLU4734787")])
    assert [i.goods_item_number for i in read.items_of("MSKU 907032-3")] == [1]
    assert [i.goods_item_number for i in read.items_of("TOLU4734787")] == [2, 3]
    assert len(read.items_of(None)) == 3


def test_a_vehicle_registration_is_a_unit() -> None:
    means = [{"typeOfIdentification": "31", "identificationNumber": "aa 1234 bb", "nationality": "UA"}]
    assert declaration([item(1)], [], transportMeans=means).unit_marks == ("AA1234BB",)
    assert normal_mark("aa-12 34/bb") == "AA1234BB"


@pytest.mark.parametrize(
    ("code", "hs"),
    [
        ("020230", "020230"),
        ("0202.30", "020230"),
        ("02023010", "020230"),
        ("02", "02"),
        ("0", None),
        ("abc", None),
    ],
)
def test_hs_codes_keep_their_zeros(code: str, hs: str | None) -> None:
    assert declaration([item(1, code)], [box("MSKU9070323")]).goods_items[0].hs == hs


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{", "JSON"),
        (b"[]", "document"),
        (b'{"goodsItems": []}', "one of LRN or MRN"),
        (
            b'{"LRN": "L", "goodsItems": [{"goodsItemNumber": 1, "descriptionOfGoods": "x"}]}',
            "one transport unit",
        ),
        (b'{"LRN": "L", "grossMas": 1}', "grossMas"),
        (b'{"LRN": "L", "goodsItems": [{"goodsItemNumber": -1}]}', "goodsItems.0.goodsItemNumber"),
        (b'{"LRN": "L", "totalGrossMass": 1e300}', "totalGrossMass: Input should be less than or equal"),
        (b'{"LRN": "L", "totalGrossMass": 1e309}', "totalGrossMass: Input should be a finite number"),
        (b'{"LRN": "L", "goodsItems": [{"goodsItemNumber": 1, "grossMass": 1.7e308}]}', "0.grossMass"),
        (b'{"LRN": "L", "goodsItems": [{"goodsItemNumber": 1, "netMass": -1e200}]}', "0.netMass"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, says: str) -> None:
    with pytest.raises(InvalidDeclaration, match=says):
        parse_declaration(data)


def test_the_most_that_can_be_declared_is_kept_for_the_rules_to_flag() -> None:
    read = declaration(
        [item(n, gross=MOST_KG) for n in range(1, 3)], [box("MSKU9070323")], totalGrossMass=MOST_KG
    )
    assert read.goods_items[1].gross_mass == MOST_KG
    assert "2000000.0" in read.in_words


def test_a_negative_mass_is_kept_for_the_rules_to_flag() -> None:
    assert declaration([item(1, gross=-5.0)], [box("MSKU9070323")]).goods_items[0].gross_mass == -5.0
