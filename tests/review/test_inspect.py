"""The result of a control must fit the scan."""

from datetime import timedelta
from typing import Any

import pytest

from tallyscan.errors import Conflict
from tallyscan.inspection import InspectionHistory, InspectionSaid
from tallyscan.review.inspect import check_inspection
from tests.review.builders import AT, found, inspection, nothing, one, reviewed


def check(said: dict[str, Any], before: InspectionHistory | None = None, **scan: Any) -> None:
    said_by_them = InspectionSaid.model_validate(said)
    check_inspection(said_by_them, reviewed(**scan), before or InspectionHistory(), AT)


def test_a_scan_that_was_not_read_can_be_inspected_and_nothing_may_be_found_in_it() -> None:
    for scan in ({"status": "rejected", "units": {}}, {"status": None, "revision": 0, "units": {}}):
        check(nothing(), **scan)
        check(found(items=[{"family": "people"}]), **scan)


def test_a_cargo_unit_that_there_is_not_is_refused() -> None:
    check(found())
    with pytest.raises(Conflict, match="no cargo unit 2: its newest reading has 1"):
        check(found(items=[{"family": "void", "unit": 2}]))
    with pytest.raises(Conflict, match="has none"):
        check(found(), units={})


def test_an_inspection_that_corrects_names_one_that_stands() -> None:
    before = InspectionHistory((inspection(1), inspection(2, corrects=one(1))))
    check(found(), before)
    check(found(corrects=one(2)), before)
    for wrong in (1, 3):
        with pytest.raises(Conflict, match="stands"):
            check(found(corrects=one(wrong)), before)


def test_a_time_ahead_is_refused() -> None:
    with pytest.raises(Conflict, match="lies ahead"):
        check(nothing(at=(AT + timedelta(hours=1)).isoformat()))
