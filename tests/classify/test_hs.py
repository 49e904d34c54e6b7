import pytest

from tallyscan.classify.hs import chapters, fault_of
from tallyscan.commodity import COMMODITY_CLASSES


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
    assert fault_of(code) is None


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
    fault = fault_of(code)
    assert fault is not None
    assert says in fault
