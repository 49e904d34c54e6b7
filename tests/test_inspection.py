"""What a control can come to, and what stands of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from tallyscan.inspection import FoundItem, InspectionHistory, InspectionSaid
from tests.review.builders import found, inspection, nothing, one

REGION: dict[str, Any] = {"region": "F1", "box": [10, 10, 40, 40], "found": False}


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (nothing(opened="no"), "not opened has no result"),
        (nothing(found=None), "found is true or false"),
        (found(items=[]), "at least one when found"),
        (nothing(items=found()["items"]), "items say what was found"),
        (found(discrepancy=True), "a discrepancy is no find"),
        (nothing(opened="no", found=None, discrepancy=True), "a discrepancy is no find"),
        (nothing(discrepancy=True), "what is not as declared"),
        (nothing(regions=[REGION | {"found": True}]), "in a region"),
        (
            nothing(opened="no", found=None, regions=[REGION | {"found": False}]),
            "found of each region is null",
        ),
        (nothing(regions=[REGION, REGION]), "named once"),
        (nothing(regions=[REGION | {"region": "the first"}]), "pattern"),
        (found(items=[{"hs": "22", "volume_l": 0}]), "greater than 0"),
        (found(opened="a little"), "'no', 'in_part'"),
        (found(items=[{"mass_kg": 3}]), "a family, an HS code or a description"),
        (found(items=[{"hs": "24", "count": 3}]), "what is counted"),
        (found(items=[{"hs": "24", "count_of": "bags"}]), "what is counted"),
        (found(items=[{"hs": "2402x"}]), "pattern"),
        (found(items=[{"hs": "240"}]), "pattern"),
        (found(items=[{"hs": "24", "mass_kg": 0}]), "greater than 0"),
        (found(items=[{"hs": "24", "mass_kg": 1e10}]), "less than or equal"),
        (found(items=[{"hs": "24", "unit": 0}]), "greater than or equal to 1"),
        (found(items=[{"hs": "24", "box": [0, 0, 1]}]), "Field required"),
        (found(control_result="satisfied"), "pattern"),
        ({"by": "inspector-3"}, "opened"),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_reason(wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        InspectionSaid.model_validate(wrong)


@pytest.mark.parametrize(
    ("said", "result"),
    [
        (found(), "found"),
        (found(opened="in_part"), "found"),
        (nothing(), "nothing"),
        (nothing(opened="in_part"), "nothing"),
        (nothing(opened="no", found=None), "not_opened"),
        (nothing(discrepancy=True, comment="Boots, not shirts."), "discrepancy"),
        (nothing(discrepancy=True, items=[{"hs": "64", "count": 40, "count_of": "pairs"}]), "discrepancy"),
        (found(regions=[REGION | {"found": True}, REGION | {"region": "M1", "found": None}]), "found"),
    ],
)
def test_what_was_not_opened_is_never_nothing(said: dict[str, Any], result: str) -> None:
    assert InspectionSaid.model_validate(said).result == result


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (found()["items"][0], "cigarettes_behind_cover: 400,000 cigarettes, 520 kg, HS 240220"),
        ({"family": "people", "count": 2, "count_of": "people"}, "people: 2 people"),
        ({"family": "void"}, "void"),
        ({"hs": "2207", "volume_l": 1200.5}, "found: 1,200.5 l, HS 2207"),
        ({"description": "Bags"}, "found: Bags"),
    ],
)
def test_what_was_found_is_said_in_words(item: dict[str, Any], words: str) -> None:
    assert FoundItem.model_validate(item).in_words == words


def test_a_load_may_be_controlled_more_than_once_and_a_correction_replaces_one() -> None:
    first, further = inspection(1), inspection(2, **found())
    corrected = inspection(3, **found(corrects=one(1)))
    assert InspectionHistory((first, further)).standing == (first, further)
    assert InspectionHistory((first, further, corrected)).standing == (further, corrected)
