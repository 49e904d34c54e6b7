"""CSV manifests: alphabets, dialects, numbers and grouping."""

import pytest

from tallyscan.declaration import Declaration, Declared
from tallyscan.declare.declarations import read_declarations
from tallyscan.declare.mappings import Mappings
from tallyscan.errors import InvalidDeclaration
from tests.declare.documents import MAPPINGS

HEADER = "LRN;Container;Item number;Description;HS code;Gross mass kg;Packages"


def read(text: str | bytes, charset: str | None = None, **shape: str) -> Declared:
    data = text.encode() if isinstance(text, str) else text
    csv = MAPPINGS.csv.model_copy(update=shape)
    return read_declarations(data, charset, Mappings(asycuda=MAPPINGS.asycuda, csv=csv))


def one(*rows: str, **shape: str) -> Declaration:
    return read("\n".join((HEADER, *rows)), **shape).one()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f"{HEADER}\nL-1;CSQU3054383;1;Shirts;620520;9000;100".replace(";", delimiter)
    assert read(text).one().goods_items[0].gross_mass == 9000


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("cp1251", "Дубові двері"), ("cp1257", "Ąžuolinės durys"), ("cp1250", "Drzwi dębowe")],
)
def test_an_eight_bit_alphabet_is_read_when_somebody_says_which(encoding: str, words: str) -> None:
    data = f"{HEADER}\nL-1;CSQU3054383;1;{words};441820;9000;100".encode(encoding)
    assert read(data, encoding).one().goods_items[0].description_of_goods == words
    assert read(data, encoding=encoding).one().goods_items[0].description_of_goods == words
    with pytest.raises(InvalidDeclaration, match=r"neither UTF-8 nor UTF-16.*charset in the Content-Type"):
        read(data)


def test_a_wrong_charset_is_said_and_not_guessed_around() -> None:
    data = f"{HEADER}\nL-1;CSQU3054383;1;Дуб;441820;9000;100".encode()
    with pytest.raises(InvalidDeclaration, match="is not ascii, as which it came"):
        read(data, "ascii")
    with pytest.raises(InvalidDeclaration, match="is not klingon"):
        read(data, "klingon")


def test_a_byte_order_mark_counts_before_what_the_sender_says() -> None:
    data = f"{HEADER}\nL-1;CSQU3054383;1;Дуб;441820;9000;100".encode("utf-16")
    assert read(data, "cp1251").one().goods_items[0].description_of_goods == "Дуб"


@pytest.mark.parametrize(
    ("masses", "expected"),
    [
        (["9000"], [9000]),
        (["9000,5"], [9000.5]),
        (["9.000,5"], [9000.5]),
        (["9,000.5"], [9000.5]),
        (["9 000,5"], [9000.5]),
        (["9\u00a0000"], [9000]),
        (["9'000.25"], [9000.25]),
        (["1,500", "2,25"], [1.5, 2.25]),
        (["1,500", "2.25"], [1500, 2.25]),
        (["1.500", "2,25"], [1500, 2.25]),
        (["1,500,000"], [None]),
        (["0.500"], [0.5]),
        (["1.500"], [None]),
        (["1,500"], [None]),
        (["-5"], [-5]),
        (["1e3"], [1000]),
        (["abc"], [None]),
        (["12 kg"], [None]),
        (["NaN"], [None]),
        (["\u0661\u0662"], [None]),
    ],
)
def test_numbers_are_read_as_all_of_them_together_show(
    masses: list[str], expected: list[float | None]
) -> None:
    rows = [f"L-1;CSQU3054383;{n};Shirts;620520;{mass};1" for n, mass in enumerate(masses, 1)]
    declaration = one(*rows)
    assert [item.gross_mass for item in declaration.goods_items] == expected
    codes = {remark.code for remark in declaration.remarks}
    assert codes == ({"not_a_number"} if None in expected else set())


def test_the_mappings_say_what_an_ambiguous_number_is() -> None:
    row = "L-1;CSQU3054383;1;Shirts;620520;1,500;1"
    assert one(row, decimal=",").goods_items[0].gross_mass == 1.5
    assert one(row, decimal=".").goods_items[0].gross_mass == 1500


def test_rows_of_one_reference_are_one_declaration_wherever_they_stand() -> None:
    rows = [
        "L-1;CSQU3054383;1;Shirts;620520;5;1",
        "L-2;TOLU4734787;1;Tiles;690721;7;1",
        "L-1;CSQU3054383;2;Hats;650500;6;1",
    ]
    first, second = read("\n".join((HEADER, *rows))).declarations
    assert [item.description_of_goods for item in first.goods_items] == ["Shirts", "Hats"]
    assert second.reference == "L-2"


def test_an_item_in_two_containers_is_one_item_in_both() -> None:
    rows = ["L-1;CSQU3054383;1;Tiles;690721;20000;10", "L-1;TOLU4734787;1;Tiles;690721;20000;10"]
    declaration = one(*rows)
    assert len(declaration.goods_items) == 1
    assert [part.goods_item_numbers for part in declaration.transport_equipment] == [(1,), (1,)]
    together = one("L-1;CSQU3054383|TOLU4734787;1;Tiles;690721;20000;10")
    assert together.transport_equipment == declaration.transport_equipment


def test_two_items_of_one_number_are_two_items() -> None:
    rows = ["L-1;CSQU3054383;1;Tiles;690721;20000;10", "L-1;CSQU3054383;1;Hats;650500;5;10"]
    declaration = one(*rows)
    assert [item.goods_item_number for item in declaration.goods_items] == [1, 2]
    assert [remark.code for remark in declaration.remarks] == ["renumbered"]


def test_what_cannot_be_used_of_a_manifest_keeps_nothing_else_from_being_used() -> None:
    rows = [
        "L-1;CSQU3054383;1;Shirts;620520;5;1",
        ";TOLU4734787;1;Tiles;690721;7;1",
        "L-3;;1;Hats;650500;6;1",
        "L-4;MSKU9070323;1;Ships;890190;6;1;more",
    ]
    declared = read("\n".join((HEADER, *rows)))
    assert [each.reference for each in declared.declarations] == ["L-1"]
    reasons = " ".join(error.detail for error in declared.refused)
    assert "Row 3 has neither an MRN nor an LRN" in reasons
    assert "'L-3' (row 4 of the manifest)" in reasons
    assert "Row 5 has more fields than the header" in reasons
    assert declared.refused_in_part is not None
    assert "3 of 4 declarations in it cannot be used" in declared.refused_in_part.reason


def test_columns_have_the_names_of_the_site() -> None:
    names = {"description": ("Prekės aprašymas",), "gross_mass": ("Bruto masė",)}
    csv = MAPPINGS.csv.model_copy(update={"columns": MAPPINGS.csv.columns.model_copy(update=names)})
    text = "LRN;Container;PREKĖS_APRAŠYMAS;bruto masė\nL-1;CSQU3054383;Marškiniai;5"
    declared = read_declarations(text.encode(), None, Mappings(asycuda=MAPPINGS.asycuda, csv=csv))
    assert declared.one().goods_items[0].description_of_goods == "Marškiniai"
    assert declared.one().goods_items[0].gross_mass == 5


def test_quoted_fields_may_have_lines_and_delimiters_in_them() -> None:
    declaration = one('L-1;CSQU3054383;1;"Shirts;\nwhite";620520;5;1')
    assert declaration.goods_items[0].description_of_goods == "Shirts; white"


def test_a_manifest_has_the_numbers_of_its_traders_and_its_route() -> None:
    header = f"{HEADER};Consignor;Consignor number;Consignee EORI;Country of dispatch;Country of destination"
    row = "L-1;CSQU3054383;1;Shirts;620520;9000;100;Example sender;XA 17;XX0000000001;XA;XX"
    declaration = read(f"{header}\n{row}").one()
    assert declaration.consignor is not None
    assert declaration.consignor.name == "Example sender"
    assert declaration.consignor.identification_number == "XA17"
    assert declaration.consignee is not None
    assert declaration.consignee.name is None
    assert declaration.consignee.identification_number == "XX0000000001"
    assert declaration.countries_of_routing == ("XA", "XX")
