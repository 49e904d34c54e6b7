"""What the XML formats take over beyond the common case, and the mappings of ASYCUDA."""

from pathlib import Path

import pytest

from tallyscan.declaration import Declaration
from tallyscan.declare.declarations import read_declarations
from tallyscan.declare.mappings import Mappings, load_mappings
from tallyscan.errors import InvalidDeclaration, TallyscanError
from tests.declare.documents import MAPPINGS, documents


def read(name: str, *changes: tuple[str, str], mappings: Mappings = MAPPINGS) -> Declaration:
    text = documents()[name].decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_declarations(text.encode(), None, mappings).one()


def codes(declaration: Declaration) -> list[str]:
    return [remark.code for remark in declaration.remarks]


@pytest.mark.parametrize("namespace", ["http://ncts.dgtaxud.ec", "urn:another:version", ""])
def test_any_namespace_will_do(namespace: str) -> None:
    if namespace:
        assert read("ncts", ("http://ncts.dgtaxud.ec", namespace)).reference == "EXAMPLE-000123"
    else:
        bare = read("ncts", (' xmlns:ncts="http://ncts.dgtaxud.ec"', ""), ("ncts:", ""))
        assert bare.reference == "EXAMPLE-000123"


def test_an_amendment_has_its_mrn() -> None:
    declaration = read(
        "ncts", ("CC015C", "CC013C"), ("<LRN>EXAMPLE-000123<", "<MRN>26XX0000000000001J<"), ("/LRN", "/MRN")
    )
    assert (declaration.reference, declaration.lrn) == ("26XX0000000000001J", None)


@pytest.mark.parametrize("level", ["<HouseConsignment>", "<ConsignmentItem>"])
def test_a_route_of_which_no_country_is_declared_starts_where_the_goods_are_dispatched(level: str) -> None:
    dispatched = (level, f"{level}<countryOfDispatch>XB</countryOfDispatch>")
    assert read("ncts", dispatched).countries_of_routing == ("XA", "XX")
    no_route = ("CountryOfRoutingOfConsignment>", "Other>")
    assert read("ncts", no_route).countries_of_routing == ()
    assert read("ncts", no_route, dispatched).countries_of_routing == ("XB",)


def test_items_of_several_houses_without_common_numbers_get_running_ones() -> None:
    second_house = "</ConsignmentItem></HouseConsignment><HouseConsignment><ConsignmentItem>"
    text = documents()["ncts"].decode()
    first, rest = text.split("</ConsignmentItem>", 1)
    rest = rest.replace("<ConsignmentItem>", "", 1)
    both = (first + second_house + rest).replace("declarationGoodsItemNumber>", "other>")
    both = both.replace("<goodsItemNumber>2<", "<goodsItemNumber>1<")
    declaration = read_declarations(both.encode(), None, MAPPINGS).one()
    assert [item.goods_item_number for item in declaration.goods_items] == [1, 2]
    assert codes(declaration) == ["renumbered"]


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("<grossMass>1000<", "<grossMass>1000 kg<", "not_a_number", "'1000 kg': no number"),
        ("<netMass>900<", "<netMass>NaN<", "not_a_number", "'NaN'"),
        ("<numberOfPackages>20<", "<numberOfPackages>20.5<", "not_a_number", "'20.5'"),
        ("<numberOfPackages>20<", f"<numberOfPackages>{'9' * 400}<", "not_a_number", "no number of packages"),
        ("2026-01-23T10:00:00", "tomorrow", "not_a_date", "'tomorrow'"),
        (">CSQU3054383<", ">CSQU3054383-CSQU3054383<", "not_a_code", "over 17 characters"),
        (">Paint<", f">{'Paint ' * 200}<", "cut_short", "1,199 characters"),
        (">DR<", ">DRUMS<", "not_a_code", "over 4 characters"),
    ],
)
def test_what_cannot_be_taken_over_is_left_out_and_remarked(old: str, new: str, code: str, says: str) -> None:
    declaration = read("ncts", (old, new))
    (remark,) = [each for each in declaration.remarks if each.code == code][:1]
    assert says in remark.text


def test_a_seal_without_a_container_number_is_kept() -> None:
    declaration = read(
        "ncts", ("<containerIdentificationNumber>CSQU3054383</containerIdentificationNumber>", "")
    )
    (container,) = declaration.transport_equipment
    assert (container.container_identification_number, container.seals) == (None, ("SEAL-EXAMPLE-1",))
    assert declaration.unit_marks == ("EXAMPLE1", "EXAMPLE2")


def test_an_ens_with_goods_at_the_master_level_alone_is_read() -> None:
    declaration = read("ics2", ("<consignmentHouseLevel>", ""), ("</consignmentHouseLevel>", ""))
    assert [item.goods_item_number for item in declaration.goods_items] == [1, 2]


def test_an_ens_by_sea_has_no_lorry() -> None:
    declaration = read("ics2", ("<modeOfTransport>3<", "<modeOfTransport>1<"))
    assert [means.type_of_identification for means in declaration.transport_means] == ["31"]


def test_a_sad_that_is_registered_is_known_by_its_registration() -> None:
    office = ("<Customs_clearance_office_code><null/>", "<Customs_clearance_office_code>XX01")
    registered = "<Serial_number>C</Serial_number><Number>1234</Number><Date>2026-01-22</Date>"
    number = ("<Serial_number><null/></Serial_number><Number/><Date/>", registered)
    assert read("asycuda", office, number).reference == "XX01C123420260122"


def test_a_ship_in_a_sad_is_no_vehicle() -> None:
    declaration = read("asycuda", ("<Mode>3<", "<Mode>1<"))
    assert declaration.transport_means == ()


def test_an_empty_container_in_a_sad_is_declared_as_empty() -> None:
    of_nothing = [(f"<Item_Number>{number}<", "<Item_Number>9<") for number in (1, 2)]
    assert read("asycuda", *of_nothing, ("1/1", "E/E")).declared_empty
    assert not read("asycuda", ("1/1", "E/E")).declared_empty


def test_a_site_replaces_single_lines_of_the_mappings(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    description = 'description = "Goods_description/Description_of_goods"'
    file.write_text(f'[asycuda]\nlrn = "Property/Sad_flow"\n[asycuda.items]\n{description}\n')
    mappings = load_mappings(file)
    declaration = read("asycuda", mappings=mappings)
    assert declaration.reference == "I"
    assert declaration.goods_items[0].description_of_goods == "Other wooden furniture"
    assert mappings.csv == MAPPINGS.csv


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[asycuda]\nlrn = 'Item['", "no XPath"),
        ("[asycuda]\ncolour = 'Item'", "colour"),
        ("[csv]\ndelimiter = 'x'", "csv.delimiter"),
        ("not toml", "wrong"),
    ],
)
def test_wrong_mappings_are_said(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "site.toml"
    file.write_text(text)
    with pytest.raises(TallyscanError, match=says):
        load_mappings(file)
    with pytest.raises(TallyscanError, match=r"missing\.toml"):
        load_mappings(tmp_path / "missing.toml")


def test_an_xpath_that_fails_is_no_fault_of_the_declaration(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('[asycuda]\nlrn = "unknown-function(Item)"\n')
    with pytest.raises(TallyscanError, match="of the mappings failed") as failed:
        read("asycuda", mappings=load_mappings(file))
    assert not isinstance(failed.value, InvalidDeclaration)
