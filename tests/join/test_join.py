"""Which consignment a scan is of: a table of cases, each with what a customs officer would say."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from tallyscan.join.answer import Candidate, Joined, Open, Proposed, Seen
from tallyscan.join.decide import JOIN_FROM, is_alike, join
from tallyscan.join.evidence import ODDS
from tests.join.builders import NOON, NUMBER, OTHER_NUMBER, PLATE, declared, seen

DAY = timedelta(days=1)


def codes(answer: object) -> list[str]:
    """What spoke for and against the best candidate."""
    assert isinstance(answer, Joined | Proposed)
    best = answer.best if isinstance(answer, Joined) else answer.candidates[0]
    return [evidence.code for evidence in best.evidence]


def test_a_number_with_a_right_check_digit_joins_with_the_documented_confidence() -> None:
    answer = join(seen({"container_number": NUMBER}), [declared("C-1", NUMBER)])
    assert isinstance(answer, Joined)
    assert (answer.best.consignment, answer.best.read_on) == ("C-1", "container_number")
    assert answer.best.confidence == round(ODDS["number_same"] / (ODDS["number_same"] + 1), 4)
    assert answer.best.why == f"The container number {NUMBER} was read as it is declared."


@pytest.mark.parametrize(
    ("unit", "joins", "first"),
    [
        ({"container_number": "csqu 305438-3"}, True, "number_same"),
        ({"container_number": NUMBER, "confidence": 0.2}, True, "number_same"),  # the check digit speaks for it
        ({"container_number": NUMBER, "plate": "OTHER 99"}, True, "number_same"),  # another tractor
        ({"container_number": NUMBER, "plate": PLATE}, True, "number_same"),
        ({"container_number": "CSQU3O54383"}, False, "number_look_alike"),
        ({"container_number": "CSQU30543B3"}, False, "number_look_alike"),
        ({"container_number": "CSQU30543I3"}, False, "number_other_sign"),  # I is not like 8
        ({"container_number": "C5QU3054383"}, False, "number_look_alike"),
        ({"container_number": "CSQU3054833"}, False, "number_swapped"),
        ({"container_number": "CSQU3054384"}, False, "number_other_sign"),
        ({"container_number": "CSQU3154383"}, False, "number_other_sign"),
        ({"container_number": "CSQU305438"}, False, "number_other_sign"),
        ({"container_number": "CSQU3+54383"}, False, "number_unread_sign"),
        ({"container_number": {"as_read": NUMBER, "text": None}}, False, "number_unread_sign"),
        ({"plate": "ex 1234-ab"}, True, "plate_same"),
        ({"plate": "\u0415\u0425 1234 \u0410\u0412"}, True, "plate_same"),  # read as Cyrillic
        ({"plate": f"{PLATE}PL"}, True, "plate_same"),
        ({"plate": "PL EX1234AB"}, True, "plate_same"),
        ({"plate": PLATE, "confidence": 0.3}, False, "plate_same"),  # no check digit speaks for it
        ({"plate": "EX12E4AB"}, None, ""),  # another vehicle
        ({"plate": "EXI234AB"}, False, "plate_look_alike"),
        ({"plate": "EX1+34AB"}, False, "plate_unread_sign"),
        ({"plate": "EX1234AB (PL)"}, False, "plate_unread_sign"),  # not legible by the sidecar's rule
        ({"plate": "-1"}, None, ""),
        ({"plate": PLATE, "container_number": "-1"}, True, "plate_same"),
        ({"plate": PLATE, "container_number": "MSK1"}, True, "plate_same"),  # no container number
        ({"plate": PLATE, "container_number": "CSQU3O54383"}, True, "plate_same"),  # the number fits nearly
        ({"plate": PLATE, "container_number": OTHER_NUMBER}, False, "plate_same"),  # another box on the same lorry
        ({"container_number": OTHER_NUMBER}, None, ""),
        ({"container_number": PLATE}, True, "number_same_unchecked"),  # a plate that came as a number
        ({"container_number": "", "plate": " "}, None, ""),
        ({}, None, ""),
    ],
)  # fmt: skip
def test_what_joins_what_is_proposed_and_what_stays_open(
    unit: dict[str, Any], joins: bool | None, first: str
) -> None:
    """`joins` None: it stays open."""
    answer = join(seen(unit), [declared("C-1", NUMBER, plates=(PLATE,), nationality="PL")])
    assert isinstance(answer, Open if joins is None else Joined if joins else Proposed), answer
    if joins is not None:
        assert codes(answer)[0] == first


def test_a_number_that_fails_its_check_digit_and_is_declared_so_joins_with_less_confidence() -> None:
    faulty = "CSQU3054384"
    answer = join(seen({"container_number": faulty}), [declared("C-1", faulty)])
    assert isinstance(answer, Joined)
    assert codes(answer) == ["number_same_unchecked"]
    assert "fails its check digit" in answer.best.why
    unsure = join(seen({"container_number": faulty, "confidence": 0.3}), [declared("C-1", faulty)])
    assert isinstance(unsure, Proposed)


def test_a_slip_in_the_declaration_is_found_too() -> None:
    answer = join(seen({"container_number": NUMBER}), [declared("C-1", "CSQU3054833")])
    assert isinstance(answer, Proposed)
    assert "what is declared fails its check digit" in answer.why


def test_two_containers_one_sign_apart_are_hardly_one() -> None:
    # The remainder 10 is written as 0, so that the check digit does not notice every slip.
    one, other = "ABCU1234560", "ABCU1334560"
    answer = join(seen({"container_number": one}), [declared("C-1", other)])
    assert isinstance(answer, Proposed)
    assert codes(answer) == ["number_two_containers"]
    assert answer.candidates[0].confidence < 0.5


def test_a_short_plate_does_not_join_alone() -> None:
    assert isinstance(join(seen({"plate": "AB 12"}), [declared("C-1", plates=("AB12",))]), Proposed)
    assert isinstance(join(seen({"plate": "AB 1"}), [declared("C-1", plates=("AB12",))]), Open)


def test_a_wagon_number_joins_like_a_plate() -> None:
    wagon = "318427951234"
    assert isinstance(join(seen({"plate": "31 84 2795 123-4"}), [declared("C-1", plates=(wagon,))]), Joined)


def two(first: dict[str, Any], second: dict[str, Any], plate: str = PLATE) -> list[Candidate]:
    return [declared("A", plates=(plate,), **first), declared("B", plates=(plate,), **second)]


@pytest.mark.parametrize(
    ("first", "second", "site", "joins"),
    [
        ({}, {}, None, None),  # nothing tells them apart
        ({}, {}, "XXAAA", None),
        ({"offices": (("XXAAA", None),)}, {"offices": (("XXBBB", None),)}, "XXAAA", "A"),
        ({"offices": (("XXAAA", None),)}, {"offices": (("XXBBB", None),)}, "XXBBB", "B"),
        ({"offices": (("XXAAA", None),)}, {"offices": (("XXBBB", None),)}, None, None),
        ({"offices": (("XXAAA", None),)}, {}, "XXAAA", None),  # the other one may come there too
        ({"offices": (("XX000100", None),)}, {"offices": (("XX000200", None),)}, "XXAAA", None),  # another code list
        ({"offices": (("XXAAA", "2026-02-01T15:00Z"),)}, {}, "XXAAA", "A"),
        ({"offices": (("XXAAA", "2026-02-01T15:00Z"),)}, {"offices": (("XXAAA", "2026-02-09T15:00Z"),)}, "XXAAA", "A"),
        ({"offices": (("XXAAA", "2026-02-20T15:00Z"),)}, {"offices": (("XXAAA", "2026-01-31T15:00Z"),)}, None, "B"),
        (  # a transit: expected at two offices, and scanned at the second one
            {"offices": (("XXAAA", "2026-01-20T15:00Z"), ("XXBBB", "2026-02-01T10:00Z"))},
            {"offices": (("XXBBB", "2026-02-11T10:00Z"),)},
            "XXBBB",
            "A",
        ),
        ({"at": NOON - 2 * DAY}, {"at": NOON - DAY / 4}, None, "B"),  # the last journey
        ({"at": NOON - DAY / 4}, {"at": NOON - DAY / 3}, None, None),  # two consignments on one lorry
        ({"at": NOON - DAY / 4}, {"at": NOON + DAY}, None, "A"),  # B is the next journey
        ({"at": NOON - 20 * DAY}, {"at": NOON + DAY / 4}, None, None),  # an old one, or one that came late
        ({"at": NOON + DAY}, {"at": NOON + 2 * DAY}, None, "A"),  # both came late
    ],
)  # fmt: skip
def test_two_consignments_of_one_plate_are_told_apart_by_site_and_time(
    first: dict[str, Any], second: dict[str, Any], site: str | None, joins: str | None
) -> None:
    answer = join(seen({"plate": PLATE}, site=site), two(first, second))
    if joins is None:
        assert isinstance(answer, Proposed)
        assert {candidate.consignment for candidate in answer.candidates} == {"A", "B"}
    else:
        assert isinstance(answer, Joined)
        assert answer.best.consignment == joins


def test_what_cannot_be_told_apart_says_so() -> None:
    answer = join(seen({"plate": PLATE}), two({}, {}))
    assert isinstance(answer, Proposed)
    assert answer.why == "What was read is declared in A and B; site and time do not tell them apart."
    assert [candidate.confidence for candidate in answer.candidates] == [0.4994, 0.4994]


def test_a_lorry_that_crosses_every_day_joins_its_own_journey() -> None:
    journeys = [declared(f"J{day}", plates=(PLATE,), at=NOON + (day - 10.1) * DAY) for day in range(21)]
    for shuffled in (journeys, journeys[::-1], journeys[7:] + journeys[:7]):
        answer = join(seen({"plate": PLATE}), shuffled)
        assert isinstance(answer, Joined)
        assert answer.best.consignment == "J10"


@pytest.mark.parametrize(
    ("candidate", "joins"),
    [
        (declared("C", NUMBER, offices=(("XXBBB", None),)), True),
        (declared("C", NUMBER, offices=(("XXBBB", "2026-03-01T10:00Z"),)), False),  # another place and month
        (declared("C", NUMBER, at=NOON + DAY), True),  # a late declaration
        (declared("C", NUMBER, at=NOON - 25 * DAY), True),
        (declared("C", plates=(PLATE,), offices=(("XXBBB", None),)), False),
        (declared("C", plates=(PLATE,), at=NOON + DAY), True),
        (declared("C", plates=(PLATE,), at=NOON - 25 * DAY), True),
    ],
)
def test_one_consignment_that_fits_but_for_site_or_time(candidate: Candidate, joins: bool) -> None:
    answer = join(
        seen({"container_number": NUMBER, "plate": ""}, {"plate": PLATE}, site="XXAAA"), [candidate]
    )
    assert isinstance(answer, Joined if joins else Proposed)


def test_two_containers_of_two_consignments_leave_the_whole_scan_to_a_person() -> None:
    both = seen({"container_number": NUMBER}, {"container_number": OTHER_NUMBER})
    answer = join(both, [declared("A", NUMBER), declared("B", OTHER_NUMBER)])
    assert isinstance(answer, Proposed)
    assert isinstance(join(both, [declared("A", NUMBER, OTHER_NUMBER)]), Joined)
    assert isinstance(join(both, [declared("A", NUMBER)]), Joined)


@pytest.mark.parametrize(
    ("unit", "beside", "expected"),
    [
        ({}, {"container_number": NUMBER}, ["unit_beside"]),
        ({"plate": "-1"}, {"plate": PLATE}, ["unit_beside"]),
        ({"container_number": OTHER_NUMBER}, {"container_number": NUMBER}, ["unit_beside", "other_number"]),
        ({"container_number": NUMBER}, {"container_number": OTHER_NUMBER}, ["number_same"]),
        ({"container_number": "CSQU3O54383"}, {"plate": PLATE}, ["number_look_alike"]),
    ],
)
def test_what_was_read_on_a_unit_beside_only_proposes(
    unit: dict[str, Any], beside: dict[str, Any], expected: list[str]
) -> None:
    answer = join(seen(unit, beside=(beside,)), [declared("C-1", NUMBER, plates=(PLATE,))])
    assert codes(answer) == expected
    assert isinstance(answer, Joined) == (expected == ["number_same"])


@pytest.mark.parametrize(
    ("length_mm", "sizes", "expected"),
    [
        (6000.0, ("22G1",), ["size_fits"]),
        (12_500.0, ("45G1",), ["size_fits"]),
        (12_500.0, ("22G1",), ["size_differs"]),
        (13_700.0, ("L5G1",), ["size_fits"]),
        (9100.0, ("22G1", "42G1"), ["size_differs"]),
        (12_200.0, ("22G1", "42G1"), ["size_differs"]),  # it is the first one, by its number
        (6000.0, (None,), []),
        (6000.0, ("ZZZZ",), []),
        (None, ("22G1",), []),
    ],
)
def test_the_length_of_a_unit_is_held_against_the_declared_container(
    length_mm: float | None, sizes: tuple[str | None, ...], expected: list[str]
) -> None:
    numbers = (NUMBER, OTHER_NUMBER)[: len(sizes)]
    answer = join(
        seen({"container_number": NUMBER}, length_mm=length_mm), [declared("C", *numbers, sizes=sizes)]
    )
    assert codes(answer) == ["number_same", *expected]
    assert isinstance(answer, Joined)


def test_the_length_tells_two_consignments_of_one_lorry_apart() -> None:
    short, long = (
        declared(name, number, plates=(PLATE,), sizes=(size,))
        for name, number, size in (("S", NUMBER, "22G1"), ("L", OTHER_NUMBER, "42G1"))
    )
    assert isinstance(join(seen({"plate": PLATE}), [short, long]), Proposed)
    answer = join(seen({"plate": PLATE}, length_mm=12_100), [short, long])
    assert isinstance(answer, Joined)
    assert answer.best.consignment == "L"


def test_why_a_scan_is_open() -> None:
    assert join(seen(), []) == Open("No container number and no plate was read.")
    assert join(seen({"container_number": NUMBER}), [declared("C", OTHER_NUMBER)]) == Open(
        f"No consignment that fits declares {NUMBER}."
    )
    misread = join(seen({"container_number": "CSQU3054384"}), [])
    assert isinstance(misread, Open)
    assert "CSQU3054384 fails its check digit" in misread.why
    unread = join(seen({"container_number": "CSQU30*4383", "plate": "-1"}), [])
    assert isinstance(unread, Open)
    assert "'-1' (not legible)" in unread.why
    assert f"it may be {NUMBER}" in unread.why


def test_the_order_of_the_candidates_changes_nothing() -> None:
    candidates = [declared(name, NUMBER, plates=(PLATE,)) for name in "ABC"]
    said = seen({"container_number": "CSQU3O54383", "plate": PLATE})
    answers = {join(said, order) for order in itertools.permutations(candidates)}
    assert len(answers) == 1


def test_no_answer_is_ever_surer_than_the_evidence(  # every combination of what can be read and declared
) -> None:
    numbers = [NUMBER, "CSQU3O54383", OTHER_NUMBER, "-1", None]
    plates = [PLATE, "EXI234AB", None]
    offices: list[tuple[tuple[str, str | None], ...]] = [
        (),
        (("XXAAA", "2026-02-01T10:00Z"),),
        (("XXBBB", None),),
    ]
    for number, plate, first, second in itertools.product(numbers, plates, offices, offices):
        said: Seen = seen({"container_number": number, "plate": plate}, site="XXAAA")
        candidates = [
            declared("A", NUMBER, plates=(PLATE,), offices=first),
            declared("B", NUMBER, offices=second),
        ]
        answer = join(said, candidates)
        alike = [candidate for candidate in candidates if is_alike(said, candidate)]
        other_box_and_doubtful_plate = (number, plate) == (OTHER_NUMBER, "EXI234AB")
        assert bool(alike) != isinstance(answer, Open) or other_box_and_doubtful_plate
        if isinstance(answer, Joined):
            assert answer.best.confidence >= JOIN_FROM
            assert answer.best.sure
            assert number == NUMBER or plate == PLATE
