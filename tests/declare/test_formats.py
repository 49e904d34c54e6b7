"""One consignment in every format becomes the same declaration, and what is missing is named by its place."""

import pytest

from tallyscan.declaration import Declaration
from tallyscan.declaration_remarks import remarks
from tallyscan.declare.declarations import FORMATS, HEAD_BYTES, format_of, read_declarations
from tallyscan.errors import InvalidDeclaration
from tallyscan.store.declarations import content_sha256
from tests.declare.documents import MAPPINGS, UNSAID, canonical_json, documents, said_by

NAMES = tuple(UNSAID)


def read(data: bytes, charset: str | None = None) -> Declaration:
    return read_declarations(data, charset, MAPPINGS).one()


@pytest.mark.parametrize("name", NAMES)
def test_every_format_gives_the_same_canonical_declaration(name: str) -> None:
    declaration = read(documents()[name])
    expected = Declaration.model_validate(said_by(name))
    assert declaration.model_dump(mode="json") == expected.model_dump(mode="json")
    assert content_sha256(declaration) == content_sha256(expected)
    assert declaration.remarks == ()


def test_every_format_has_its_document_here() -> None:
    assert [set(documents()), {each.FORMAT for each in FORMATS}] == [set(NAMES)] * 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_each_is_recognised_and_read_in_every_unicode_encoding(name: str, encoding: str) -> None:
    text = documents()[name].decode().replace('encoding="UTF-8"', f'encoding="{encoding[:6]}"')
    data = text.encode(encoding)
    found = format_of(data[:HEAD_BYTES])
    assert found is not None
    assert name == found.FORMAT
    assert read(data).goods_items[0].description_of_goods == "Wooden furniture & parts, білий дуб"


@pytest.mark.parametrize("name", NAMES)
def test_what_was_mapped_is_mapped_to_itself(name: str) -> None:
    declaration = read(documents()[name])
    again = read(declaration.model_dump_json(by_alias=True).encode())
    assert again == declaration


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_remarked_on_an_honest_declaration(name: str) -> None:
    assert remarks(read(documents()[name])) == ()


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("ncts", "LRN>", "lrnn>", "TransitOperation/LRN and TransitOperation/MRN"),
        ("ncts", "ConsignmentItem>", "Item>", "there is no Consignment/HouseConsignment/ConsignmentItem"),
        ("ncts", "Commodity>", "Ware>", "ConsignmentItem/Commodity/descriptionOfGoods"),
        ("ics2", "LRN>", "LRNN>", "LRN and MRN are missing"),
        ("ics2", "consignmentMasterLevel>", "other>", "there is no ConsignmentMasterLevel"),
        ("ics2", "goodsItem>", "other>", "ConsignmentMasterLevel/ConsignmentHouseLevel/GoodsItem"),
        (
            "asycuda",
            "Reference>",
            "Other>",
            "Declarant/Declarant_code with '-' with Declarant/Reference/Number",
        ),
        ("asycuda", "Item>", "Other>", "nothing at Item | Items/Item"),
        ("asycuda", "Goods_description>", "Other>", "Tarification/HScode/Commodity_code"),
        ("csv", "LRN,", "Number,", "lacks a column for: MRN or LRN"),
        ("csv", "HS code,", "Colour,", ""),
    ],
)
def test_what_is_missing_is_named_by_its_place(name: str, old: str, new: str, says: str) -> None:
    text = documents()[name].decode()
    assert old in text
    broken = text.replace(old, new)
    if name == "asycuda" and old == "Goods_description>":
        broken = broken.replace("Commodity_code>", "Other_code>")
    if not says:
        assert read(broken.encode()).goods_items[0].commodity_code is None
        return
    with pytest.raises(InvalidDeclaration) as refused:
        read(broken.encode())
    assert says in refused.value.reason


@pytest.mark.parametrize("name", ["ncts", "ics2", "asycuda"])
def test_a_message_without_a_cargo_unit_says_where_one_was_looked_for(name: str) -> None:
    text = documents()[name].decode()
    for mark in ("CSQU3054383", "EXAMPLE 1 / EXAMPLE 2", "EXAMPLE 1<", "EXAMPLE 2<"):
        text = text.replace(mark, "<" if mark.endswith("<") else "")
    with pytest.raises(InvalidDeclaration) as refused:
        read(text.encode())
    assert "one transport unit is required" in refused.value.reason
    assert "The cargo unit is looked for at" in refused.value.reason


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"<CC999X/>", "XML with the root 'CC999X'"),
        (b"<?xml version='1.0'?><!-- nothing", "begins as XML, and has no root"),
        (b"%PDF-1.7", "begins with b'%PDF-1.7'"),
    ],
)
def test_what_is_of_no_format_says_what_it_is(data: bytes, says: str) -> None:
    with pytest.raises(InvalidDeclaration, match="canonical, csv") as refused:
        read(data)
    assert says in refused.value.reason


def test_one_of_many_is_told_by_its_container() -> None:
    manifest = documents()["csv"].decode()
    other = (
        manifest.split("\n", 1)[1]
        .replace("EXAMPLE-000123", "EXAMPLE-2")
        .replace("CSQU3054383", "TOLU4734787")
    )
    declared = read_declarations((manifest + other).encode(), None, MAPPINGS)
    assert [each.reference for each in declared.declarations] == ["EXAMPLE-000123", "EXAMPLE-2"]
    assert declared.one(["tolu 473478-7"]).reference == "EXAMPLE-2"
    with pytest.raises(InvalidDeclaration, match="holds 2 declarations"):
        declared.one(["MSKU9070323"])


def test_a_field_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="'LRN' is there twice"):
        read(b'{"LRN": "A", ' + canonical_json()[1:])


@pytest.mark.parametrize(
    ("declarant", "reference", "registration", "lrn"),
    [
        ("EXAMPLE000013", "2026/000123", ("", "", ""), "EXAMPLE000013-2026/000123"),
        ("EXAMPLE0000000017", "EXAMPLE-REFERENCE-OF-35-CHARACTERS-", ("", "", ""), None),
        ("EXAMPLE000013", "2026/000123", ("C", "1234567", "2026-02-01"), "XX000002C123456720260201"),
        (
            "EXAMPLE000013",
            "2026/000123",
            ("IM4", "0001234567", "01/02/2026"),
            "XX000002IM4000123456701022026",
        ),
    ],
)
def test_a_sad_is_taken_with_references_of_the_lengths_they_have(
    declarant: str, reference: str, registration: tuple[str, str, str], lrn: str | None
) -> None:
    serial, number, date = registration
    sad = documents()["asycuda"].decode()
    for old, new in (
        ("<Declarant_code>EXAMPLE<", f"<Declarant_code>{declarant}<"),
        ("<Number>000123<", f"<Number>{reference}<"),
        ("<Customs_clearance_office_code><null/><", "<Customs_clearance_office_code>XX000002<"),
        (
            "<Serial_number><null/></Serial_number><Number/><Date/>",
            f"<Serial_number>{serial}</Serial_number><Number>{number}</Number><Date>{date}</Date>",
        ),
    ):
        assert sad.count(old) == 1
        sad = sad.replace(old, new)
    assert read(sad.encode()).reference == (lrn or f"{declarant}-{reference}")
