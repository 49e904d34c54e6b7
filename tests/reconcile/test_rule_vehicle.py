"""A vehicle against its earlier scans."""

from dataclasses import replace
from typing import Any

import pytest

from tallyscan.known_unit import SeenUnit, VehicleShape
from tallyscan.reconcile.case import cases
from tallyscan.reconcile.earlier import Earlier
from tallyscan.reconcile.rule_vehicle import rule_vehicle
from tallyscan.reconcile.vehicle_shape import mirrored
from tallyscan.scan import Box
from tallyscan.verdict import Verdict
from tests.reconcile.builders import (
    READABLE,
    made_declaration,
    made_detection,
    made_item,
    made_scan,
    made_unit,
)
from tests.reconcile.earlier_units import SCANNER, Remembered, shape, vehicle

AS_EVER = shape(stretch=1.06, ride=1)
TRAILER = replace(made_unit(), box=Box(120, 40, 2400, 300))


def said(seen: VehicleShape | None, *earlier: Any, scan: Any = None, **of_unit: Any) -> Verdict:
    unit = SeenUnit(1, SCANNER, shape=seen, **{"plate": "AB1234", **of_unit})
    detection, declared = made_detection(TRAILER), made_declaration(made_item())
    memory = Remembered(vehicles=earlier)
    return rule_vehicle(
        cases(
            scan or made_scan(height=540, width=2640),
            READABLE,
            detection,
            declared,
            earlier=Earlier((unit,), memory),
        )[0]
    )


def test_the_same_trailer_at_another_speed_and_height_agrees() -> None:
    verdict = said(shape(), vehicle(1, AS_EVER))
    assert verdict.outcome == "agrees", verdict.reason
    assert verdict.evidence["earlier_scan"] == "v1"
    assert verdict.evidence["region"] is None


def test_a_new_tank_differs_and_is_shown_where_it_hangs() -> None:
    verdict = said(shape(tank=True), vehicle(1, AS_EVER))
    assert verdict.outcome == "differs", verdict.reason
    assert verdict.evidence["added"] is True
    x, y, width, height = verdict.evidence["region"]
    assert x == pytest.approx(260 * 4, abs=60)
    assert x + width == pytest.approx(320 * 4, abs=60)
    assert TRAILER.box.y + TRAILER.box.height < y < y + height < 540


def test_a_tank_that_is_gone_differs_too() -> None:
    verdict = said(shape(), vehicle(1, shape(tank=True)))
    assert (verdict.outcome, verdict.evidence["added"]) == ("differs", False)


def test_a_raised_floor_differs_by_its_height() -> None:
    verdict = said(shape(floor_mm=120), vehicle(1, AS_EVER))
    assert verdict.outcome == "differs", verdict.reason
    assert verdict.evidence["floor_higher_mm"] == pytest.approx(120, abs=40)


def test_a_layer_as_high_as_cargo_is_no_raised_floor() -> None:
    assert said(shape(floor_mm=500), vehicle(1, AS_EVER)).outcome == "undetermined"


def test_the_floor_of_another_container_says_nothing_of_this_one() -> None:
    verdict = said(shape(), vehicle(1, AS_EVER, container="CSQU3054383"), container="TGHU7599330")
    assert verdict.outcome == "undetermined"
    assert "nothing has changed below the cargo" in verdict.reason


def test_what_one_of_the_last_scans_shows_is_no_change() -> None:
    verdict = said(shape(tank=True), vehicle(1, AS_EVER), vehicle(2, shape(tank=True)))
    assert (verdict.outcome, verdict.evidence["earlier_scan"]) == ("agrees", "v2")


@pytest.mark.parametrize(
    ("seen", "earlier", "of_unit", "words"),
    [
        (shape(), (), {}, "No earlier scan of a vehicle"),
        (shape(), (vehicle(1, AS_EVER, scanner="another, 9 MV"),), {}, "another kind"),
        (None, (vehicle(1, AS_EVER),), {}, "size of a pixel"),
        (shape(), (vehicle(1, AS_EVER),), {"plate": None}, "plate of the vehicle is not known"),
        (shape(tank=True), (vehicle(1, mirrored(AS_EVER)),), {}, "cannot be laid over"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_undetermined(
    seen: VehicleShape | None, earlier: tuple[Any, ...], of_unit: dict[str, Any], words: str
) -> None:
    verdict = said(seen, *earlier, **of_unit)
    assert verdict.outcome == "undetermined"
    assert words in verdict.reason


def test_an_image_that_ends_at_the_floor_is_undetermined() -> None:
    cut = shape()
    cells = cut.cells.copy()
    cells[50:] = 255
    assert "cannot be laid over" in said(replace(cut, cells=cells), vehicle(1, AS_EVER)).reason


def test_a_display_image_is_not_compared() -> None:
    assert "display grade" in said(shape(), vehicle(1, AS_EVER), scan=made_scan("display")).reason
