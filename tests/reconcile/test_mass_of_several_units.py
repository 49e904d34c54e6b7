"""Goods items that are spread over several units are judged on the sum, once all of them are scanned."""

from dataclasses import replace

import pytest

from tallyscan.finding import Interval
from tallyscan.known_consignment import KnownConsignment, UnitEstimate
from tallyscan.scan import Box, ScanUnit
from tests.reconcile.builders import (
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_scan,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

A, B, C = "CSQU3054383", "TOLU4734787", "MSKU9070323"


def kg(estimate: float, half_width: float = 1500.0) -> Interval:
    return Interval(estimate, estimate - half_width, estimate + half_width)


def other(
    number: str | None, mass: Interval | None, *cautions: str, read: bool = True, same: bool = False
) -> UnitEstimate:
    return UnitEstimate(f"scan-{number}", number, mass, read, same, cautions)


SPREAD = made_declaration(
    made_item(1, gross=24000.0), containers=(made_container(A, 1), made_container(B, 1))
)
HERE = made_detection(made_unit(number=A, mass_kg=kg(10000)))


@pytest.mark.parametrize(
    ("others", "outcome", "says"),
    [
        ((), "undetermined", f"{B} was not scanned yet"),
        ((other(C, kg(14000)),), "undetermined", f"{B} was not scanned yet"),
        ((other(None, kg(14000)),), "undetermined", f"{B} was not scanned yet"),
        ((other(B, None, read=False),), "undetermined", f"{B} is scanned and not read yet"),
        ((other(B, None),), "undetermined", f"no mass could be estimated of {B}"),
        (
            (other("tolu 473478-7", kg(14000)),),
            "agrees",
            f"{A} and {B} together: 24,000 kg; estimated: 24,000 kg",
        ),
        ((other(B, kg(1500)),), "differs", "estimated: 11,500 kg"),
        ((other(B, kg(14000), "not_penetrated: 9 % of the goods"),), "undetermined", "lower bound"),
        ((other(B, kg(14000), "no_open_beam: none."),), "undetermined", "guess"),
        ((other(B, kg(14000)), other(B, kg(1000))), "agrees", "24,000 kg"),  # the newest scan of it counts
    ],
)
def test_the_sum_over_two_scans(others: tuple[UnitEstimate, ...], outcome: str, says: str) -> None:
    verdict = verdict_of("mass", HERE, SPREAD, known=KnownConsignment(others))
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["declared_kg"] == 24000.0
    assert verdict.evidence["awaited"] == ([B] if "not scanned" in says or "not read" in says else [])
    if outcome != "undetermined":
        assert verdict.evidence["other_scans"] == [others[0].scan_id]
        assert verdict.evidence["missing"] == []


def test_units_that_share_nothing_with_this_one_are_not_waited_for() -> None:
    items = made_item(1, gross=24000.0), made_item(2, gross=5000.0)
    containers = made_container(A, 1), made_container(B, 1), made_container(C, 2)
    declaration = made_declaration(*items, containers=containers)
    verdict = verdict_of("mass", HERE, declaration, known=KnownConsignment((other(B, kg(14000)),)))
    assert verdict.outcome == "agrees"
    assert verdict.evidence["goods_items"] == [1]


def test_units_that_share_by_a_third_belong_together() -> None:
    items = made_item(1, gross=10000.0), made_item(2, gross=10000.0)
    containers = made_container(A, 1), made_container(B, 1, 2), made_container(C, 2)
    declaration = made_declaration(*items, containers=containers)
    known = KnownConsignment((other(B, kg(6000)), other(C, kg(4000))))
    verdict = verdict_of("mass", HERE, declaration, known=known)
    assert verdict.outcome == "agrees"
    assert verdict.evidence["goods_items"] == [1, 2]
    assert (
        f"{C} was not"
        in verdict_of("mass", HERE, declaration, known=KnownConsignment(known.others[:1])).reason
    )


def test_a_container_without_a_number_cannot_be_waited_for() -> None:
    declaration = made_declaration(
        made_item(1, gross=24000.0), containers=(made_container(A, 1), made_container(None, 1))
    )
    verdict = verdict_of("mass", HERE, declaration, known=KnownConsignment((other(B, kg(14000)),)))
    assert verdict.outcome == "undetermined"
    assert "has no number" in verdict.reason


def test_the_parts_of_an_image_are_added_up_for_a_vehicle() -> None:
    declaration = made_declaration(made_item(gross=24000.0), registrations=("TR 1",))
    part = replace(made_scan(), unit=ScanUnit(1, Box(0, 0, 60, 60)))
    here = made_detection(made_unit(mass_kg=kg(10000)))
    alone = verdict_of("mass", here, declaration, scan=part)
    assert alone.outcome == "differs"  # it is the only unit of the consignment in the image
    beside = KnownConsignment((other(None, kg(14000), same=True),))
    verdict = verdict_of("mass", here, declaration, scan=part, known=beside)
    assert verdict.outcome == "agrees"
    assert verdict.evidence["scope"] == "all units together"
    waiting = KnownConsignment((other(None, None, read=False, same=True),))
    verdict = verdict_of("mass", here, declaration, scan=part, known=waiting)
    assert verdict.outcome == "undetermined"
    assert "unit 2 is scanned and not read yet" in verdict.reason
