import pytest

from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, chapters, nomenclature_csv, parse_nomenclature
from tests.hs_table import hs_csv


def test_the_table_has_every_chapter_and_section() -> None:
    table = chapters()
    assert list(table) == [f"{n:02d}" for n in range(1, 98) if n != 77]
    assert {chapter.section for chapter in table.values()} == set(range(1, 22))
    sections = [chapter.section for chapter in table.values()]
    assert sections == sorted(sections)
    assert all(0 < len(chapter.title) <= 60 for chapter in table.values())
    assert len({chapter.title for chapter in table.values()}) == 96


def test_every_commodity_class_is_in_known_chapters() -> None:
    assert not [hs for item in COMMODITY_CLASSES for hs in item.hs if hs[:2] not in chapters()]


@pytest.mark.parametrize("code", ["01", "0101", "010121", "2402209000", "980100", "99"])
def test_codes_that_can_be(code: str) -> None:
    assert CHAPTERS_ONLY.fault_of(code) is None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("77", "reserved"),
        ("770100", "reserved"),
        ("000000", "chapter 00, which does not exist"),
        ("10121", "leading zero"),
        ("TOTAL", "digits"),
        ("٢٤٠٢", "digits"),
        ("240000", "heading 2400"),
    ],
)
def test_codes_that_cannot_be(code: str, says: str) -> None:
    fault = CHAPTERS_ONLY.fault_of(code)
    assert fault is not None
    assert says in fault


def test_an_imported_table_knows_headings_and_subheadings_without_totals() -> None:
    nomenclature = parse_nomenclature(hs_csv())
    assert not {"99", "9999", "999999", "TOTAL"} & set(nomenclature.titles)
    assert nomenclature.title_of("01011099") == "Invented subheading 010110"
    assert nomenclature.title_of("010199") == "Invented heading 0101, with more words"
    assert nomenclature.title_of("0199") == "Live animals"
    assert nomenclature.fault_of("0199") == "is in heading 0199, which does not exist"
    assert nomenclature.fault_of("010110") is None
    assert nomenclature.fault_of("990000") is None
    assert nomenclature.lacks_subheading("010199")
    assert not nomenclature.lacks_subheading("010110")
    assert parse_nomenclature(nomenclature_csv(nomenclature)) == nomenclature


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "no columns"),
        ("code,title\n0101,Horses", "no columns"),
        (hs_csv(headings=900), "900 headings"),
        (hs_csv(subheadings=3000), "3000 subheadings"),
    ],
)
def test_a_table_that_is_cut_short_or_another_one_is_refused(table: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_nomenclature(table)
