"""Marks as cameras read them: kept as they came, cleaned or not at all, never corrected."""

import pytest
from pydantic import ValidationError

from tallyscan.sidecar import MarkRead, UnitMark, legible_mark


@pytest.mark.parametrize(
    ("as_read", "text"),
    [
        ("CSQU3054383", "CSQU3054383"),
        ("csqu 305438 3", "CSQU3054383"),
        ("CSQU305438-3", "CSQU3054383"),
        ("CSQU3054388", "CSQU3054388"),  # a wrong check digit is judged, not mended
        (" AB  123\tC ", "AB123C"),
        ("12/34-56", "123456"),
        ("-1", None),
        ("-999", None),
        ("SIMU3+2269", None),
        ("SIMU3?2269", None),
        ("AB*123", None),
        ("AB_123", None),
        ("NOREAD", None),
        ("7", None),
        ("- -", None),
        ("", None),
        ("A1" * 20, None),
    ],
)
def test_a_mark_is_legible_or_it_is_not(as_read: str, text: str | None) -> None:
    assert legible_mark(as_read) == text
    assert MarkRead(as_read=as_read) == MarkRead(as_read=as_read, text=text)


def test_a_plain_text_and_an_object_say_the_same() -> None:
    plain = UnitMark.model_validate({"container_number": "csqu 305438 3", "confidence": 0.8})
    full = UnitMark.model_validate(
        {"container_number": {"as_read": "csqu 305438 3", "confidence": 0.8}, "plate": {"as_read": "-1"}}
    )
    assert plain.number_read == full.number_read
    assert full.number_read == MarkRead(as_read="csqu 305438 3", text="CSQU3054383", confidence=0.8)
    assert full.plate_read == MarkRead(as_read="-1", text=None)
    assert plain.plate_read is None


def test_the_confidence_of_the_unit_stands_for_marks_without_one() -> None:
    said = {
        "container_number": {"as_read": "A 1 B"},
        "plate": {"as_read": "C 2 D", "confidence": 0.1},
        "confidence": 0.9,
    }
    unit = UnitMark.model_validate(said)
    assert unit.number_read is not None
    assert unit.plate_read is not None
    assert (unit.number_read.confidence, unit.plate_read.confidence) == (0.9, 0.1)


def test_what_the_scanner_holds_to_be_illegible_stays_so() -> None:
    assert MarkRead(as_read="ABC 123", text=None).text is None


@pytest.mark.parametrize(
    "mark", [{"as_read": "A" * 81}, "A" * 81, {"as_read": "A1B", "confidence": 1.1}, {"text": "A1B"}]
)
def test_what_is_no_mark_is_refused(mark: object) -> None:
    with pytest.raises(ValidationError):
        UnitMark.model_validate({"plate": mark})


def test_a_sidecar_as_it_was_sent_says_the_same_again() -> None:
    """What identifies a scan must not change with the way marks are understood."""
    said = {"container_number": "csqu 305438 3", "confidence": 0.8}
    assert UnitMark.model_validate(said).model_dump(exclude_defaults=True) == said
