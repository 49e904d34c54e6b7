"""The declared equipment against what stands in the scanner."""

from dataclasses import replace

import pytest

from tallyscan.container_size import container_size
from tallyscan.finding import Interval
from tallyscan.reconcile.rule_conveyance import length_score
from tallyscan.scan import Box, ScanUnit
from tallyscan.sidecar import Sidecar, UnitMark
from tests.reconcile.builders import (
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_scan,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

FT20, FT40, FT45 = 6058.0, 12192.0, 13716.0


@pytest.mark.parametrize(
    ("size", "length_mm", "outcome", "says"),
    [
        ("22G1", FT20, "agrees", "seen: 6.1 m long"),
        ("22G1", 1.03 * FT20, "agrees", "6.2 m"),
        ("45G1", FT40, "agrees", "45G1, 12.2 m long"),
        ("22G1", FT40, "differs", "seen: 12.2 m long"),
        ("45G1", FT20, "differs", "seen: 6.1 m long"),
        ("L5G1", FT40, "undetermined", "cannot be told"),
        ("45R1", 0.9 * FT40, "agrees", "11.0 m"),
        ("L5R1", FT40, "agrees", "12.2 m"),
        ("22G1", 3300.0, "undetermined", "cannot be told"),
        ("22G1", None, "undetermined", "size of a pixel"),
        (None, FT20, "undetermined", "No size and type"),
        ("45HC", FT40, "undetermined", "No size and type"),
    ],
)
def test_length(size: str | None, length_mm: float | None, outcome: str, says: str) -> None:
    declaration = made_declaration(made_item(), containers=(made_container(size=size),))
    verdict = verdict_of("conveyance", made_detection(made_unit(length_mm=length_mm)), declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["region"] == [10.0, 10.0, 45.0, 30.0]


def test_a_length_that_was_measured_on_the_container_itself_says_nothing_of_it() -> None:
    declaration = made_declaration(made_item(), containers=(made_container(size="22G1"),))
    measured = replace(made_scan(), pitch_known=False, pitch_bounds=(0.98, 1.02))
    verdict = verdict_of("conveyance", made_detection(made_unit(length_mm=FT20)), declaration, scan=measured)
    assert verdict.outcome == "undetermined"
    assert "from the container itself" in verdict.reason


def test_the_score_grows_with_the_distance_until_it_is_no_size_at_all() -> None:
    declared = container_size("22G1")
    assert declared is not None
    scores = [length_score(declared, Interval(mm, mm, mm)) for mm in (FT20, 1.05 * FT20, 1.2 * FT20)]
    assert scores == sorted(scores)
    assert scores[0] < 0.02
    assert length_score(declared, Interval(FT40, FT40, FT40)) > 0.9
    assert 0 < length_score(declared, Interval(1.0, 0.5, 1e9)) < 1


@pytest.mark.parametrize(
    ("named", "outcome", "says"),
    [
        (2, "differs", "1 container; the image shows 2 cargo units"),
        (0, "undetermined", "names none of them"),
        (1, "undetermined", "names none of them"),
    ],
)
def test_more_units_than_are_declared(named: int, outcome: str, says: str) -> None:
    declaration = made_declaration(made_item(), containers=(made_container(size="22G1"),))
    two = made_detection(made_unit(1, length_mm=FT20), made_unit(2, length_mm=FT20))
    verdict = verdict_of("conveyance", two, declaration, scan=made_scan(named=named))
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["seen_units"] == 2


def test_a_part_of_an_image_is_not_taken_for_one_unit_too_many() -> None:
    declaration = made_declaration(made_item(), containers=(made_container(size="22G1"),))
    part = replace(made_scan(named=1), unit=ScanUnit(2, Box(0, 0, 60, 60)))
    detection = made_detection(made_unit(2, length_mm=FT20))
    assert verdict_of("conveyance", detection, declaration, scan=part, unit=2).outcome == "agrees"
    unnamed = replace(part, sidecar=Sidecar())
    verdict = verdict_of("conveyance", detection, declaration, scan=unnamed, unit=2)
    assert verdict.outcome == "undetermined"


@pytest.mark.parametrize(("code", "outcome"), [("22G1", "agrees"), ("45G1", "differs"), ("????", "agrees")])
def test_what_the_cameras_read_of_the_size_counts(code: str, outcome: str) -> None:
    declaration = made_declaration(made_item(), containers=(made_container(size="22G1"),))
    scan = replace(made_scan(), sidecar=Sidecar(units=(UnitMark(size_and_type=code),)))
    verdict = verdict_of("conveyance", made_detection(made_unit(length_mm=FT20)), declaration, scan=scan)
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("number", "kind", "outcome", "says"),
    [
        ("CSQU3054383", "container", "differs", "the container CSQU3054383 stands on it"),
        ("CSQU3054388", "container", "undetermined", "has the size of a container"),
        (None, "other", "undetermined", "no kind of body"),
    ],
)
def test_a_container_where_only_a_vehicle_is_declared(
    number: str | None, kind: str, outcome: str, says: str
) -> None:
    declaration = made_declaration(made_item(), registrations=("TR 1",))
    detection = made_detection(made_unit(number=number, kind=kind, length_mm=FT20))
    verdict = verdict_of("conveyance", detection, declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason


def test_a_unit_that_is_one_of_several_sizes_is_not_known_to_be_of_its_own() -> None:
    sizes = made_container("CSQU3054383", 1, size="22G1"), made_container("TOLU4734787", 2, size="45G1")
    declaration = made_declaration(made_item(1), made_item(2), containers=sizes)
    one = made_detection(made_unit(length_mm=FT20))
    verdict = verdict_of("conveyance", one, declaration)
    assert verdict.outcome == "undetermined"
    assert "Which of the declared sizes" in verdict.reason
    of_its_own = made_detection(made_unit(length_mm=FT20, number="TOLU4734787"))
    assert verdict_of("conveyance", of_its_own, declaration).outcome == "differs"
