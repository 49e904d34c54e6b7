import pytest

from tallyscan.declaration import normal_mark
from tallyscan.join.marks import (
    declared_keys,
    is_mark,
    keys_of,
    keys_of_read,
    pattern,
    read_keys,
    without_country,
)
from tallyscan.join.misread import slip_between
from tallyscan.sidecar import MarkRead, UnitMark
from tests.join.builders import NUMBER, PLATE, declared

SLIPS = [
    ("CSQU3O54383", "look_alike"),  # O for 0
    ("CSQU30543B3", "look_alike"),  # B for 8
    ("CSQU3054383", None),
    ("CS0U3054383", "look_alike"),
    ("C5QU3054383", "look_alike"),  # 5 for S
    ("CSQU3054833", "swapped"),
    ("SCQU3054383", "swapped"),
    ("CSQ3U054383", "swapped"),
    ("CSQU3154383", "other_sign"),
    ("CSQU3054384", "other_sign"),  # its check digit itself
    ("CSQU305438", "other_sign"),  # one is missing
    ("SQU3054383", "other_sign"),
    ("CSQU30543833", "other_sign"),  # one too many
    ("CSQU?054383", "unread_sign"),
    ("?SQU3054383", "unread_sign"),
    ("CSQU30543?", "unread_sign"),  # two that were not read
    ("CSQU3?4383", "unread_sign"),
    ("CSQU3?383", None),  # three
    ("C?QU3?54383", None),
    ("CSQU3O54B83", None),  # two wrong
    ("CSQU8453083", None),
    ("TGHU7599330", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("read", "slip"), SLIPS)
def test_one_slip_of_the_camera_is_told_from_more(read: str, slip: str | None) -> None:
    assert slip_between(read, NUMBER) == slip


@pytest.mark.parametrize(("read", "slip"), [case for case in SLIPS if case[1] or case[0] == NUMBER])
def test_a_mark_with_one_slip_shares_a_key_with_the_declared_one(read: str, slip: str | None) -> None:
    assert keys_of(NUMBER) & keys_of_read(read), slip


@pytest.mark.parametrize("mark", [NUMBER, PLATE, "AB123", "A1B2C3D"])
def test_every_slip_at_every_place_of_a_mark_is_found_by_its_keys(mark: str) -> None:
    for place in range(len(mark)):
        head, sign, tail = mark[:place], mark[place], mark[place + 1 :]
        slips = {
            head + "W" + tail,
            head + "?" + tail,
            head + tail,
            head + "7" + sign + tail,
            head + tail[:1] + sign + tail[1:],
        }
        for read in slips - {mark}:
            assert slip_between(read, mark) is not None, read
            if len(read.replace("?", "")) >= 5:
                assert keys_of(mark) & keys_of_read(read), read


def test_unlike_marks_share_no_key() -> None:
    assert not keys_of(NUMBER) & keys_of_read("TGHU7599330")
    assert keys_of_read("A?1?B234") == set()  # too little of it was read
    assert keys_of_read("?" * 30) == set()
    assert keys_of("A1" * 30) == set()


@pytest.mark.parametrize(
    ("as_read", "read"),
    [
        ("csqu 305438 3", NUMBER),
        ("SIMU3+2269", "SIMU3?2269"),
        ("-1", "1"),
        ("AB12**4", "AB12?4"),
        ("EX 1234 AB (UA)", "EX1234ABUA"),
        ("NOREAD", "NOREAD"),
        ("", ""),
    ],
)
def test_what_was_not_read_stands_as_such_in_the_pattern(as_read: str, read: str) -> None:
    assert pattern(MarkRead(as_read=as_read)) == read


@pytest.mark.parametrize(
    ("plate", "latin"),
    [
        ("\u0410\u0412 1234 \u0421\u0415", "AB1234CE"),  # Cyrillic
        ("\u0391\u0392\u0395-1234", "ABE1234"),  # Greek
        ("\uff21\uff22 12", "AB12"),  # full width
        ("\u043a\u0445 12 3", "KX123"),
        ("\u0416 12", "\u041612"),  # like no Latin letter
    ],
)
def test_letters_that_look_latin_are_latin(plate: str, latin: str) -> None:
    assert normal_mark(plate) == latin


@pytest.mark.parametrize(
    ("as_read", "alone"),
    [
        ("EX 1234 AB UA", PLATE),
        ("UA-EX1234AB", PLATE),
        ("EX1234AB (PL)", PLATE),
        ("EX1234AB", None),
        ("EX 1234 AB", None),  # AB is no country
        ("D 12", None),  # too little is left
    ],
)
def test_the_sign_of_the_country_is_taken_off_where_it_stands_apart(as_read: str, alone: str | None) -> None:
    assert without_country(MarkRead(as_read=as_read)) == alone


def test_scan_and_declaration_meet_by_number_by_plate_and_with_the_country() -> None:
    both = declared("C-1", NUMBER, plates=(PLATE,), nationality="DE").declaration
    for said in (
        {"container_number": NUMBER},
        {"plate": PLATE},
        {"plate": f"{PLATE}D"},
        {"plate": f"{PLATE} UA"},
    ):
        assert read_keys([UnitMark.model_validate(said)]) & declared_keys(both), said
    assert {key for key in declared_keys(both) if is_mark(key)} == {
        NUMBER, PLATE, PLATE + "DE", PLATE + "D", "DE" + PLATE, "D" + PLATE,
    }  # fmt: skip
    assert read_keys([UnitMark(plate="-1")]) == {"1"}
