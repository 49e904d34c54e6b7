import pytest

from tallyscan.finding import NotAssessed
from tallyscan.reconcile.case import NOT_PENETRATED, cases
from tallyscan.scan import Quality
from tests.reconcile.builders import (
    READABLE,
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_scan,
    made_unit,
)


def test_one_unit_and_one_container_are_the_same_whatever_was_read() -> None:
    detection = made_detection(made_unit(number="TOLU4734787"))
    (case,) = cases(made_scan(), READABLE, detection, made_declaration(made_item()))
    assert case.declared is not None
    assert case.declared.number == "CSQU3054383"


def test_units_are_joined_by_the_number_that_was_read() -> None:
    declaration = made_declaration(
        made_item(1),
        made_item(2),
        containers=(made_container("CSQU3054383", 1), made_container("TOLU4734787", 2)),
    )
    units = made_unit(2, number="csqu 305438-3"), made_unit(1, number="TOLU4734787")
    first, second = cases(made_scan(), READABLE, made_detection(*units), declaration)
    assert first.unit is not None
    assert first.unit.unit == 1
    assert first.declared is not None
    assert [item.goods_item_number for item in first.declared.items] == [2]
    assert not first.declared.shared
    assert second.declared is not None
    assert second.declared.number == "CSQU3054383"


@pytest.mark.parametrize(
    ("read", "says"), [(None, "no number was read"), ("MSKU9070323", "MSKU9070323, is not")]
)
def test_a_unit_that_cannot_be_joined_says_why(read: str | None, says: str) -> None:
    declaration = made_declaration(
        made_item(), containers=(made_container("CSQU3054383"), made_container("TOLU4734787"))
    )
    (case,) = cases(made_scan(), READABLE, made_detection(made_unit(number=read)), declaration)
    assert case.declared is None
    assert says in case.obstacle
    assert "2 declared containers" in case.obstacle


def test_goods_in_two_containers_are_shared() -> None:
    declaration = made_declaration(
        made_item(1),
        made_item(2),
        containers=(made_container("CSQU3054383", 1, 2), made_container("TOLU4734787", 2)),
    )
    (case,) = cases(made_scan(), READABLE, made_detection(made_unit(number="TOLU4734787")), declaration)
    assert case.declared is not None
    assert case.declared.shared


def test_a_vehicle_without_containers_holds_everything() -> None:
    declaration = made_declaration(made_item(1), made_item(2), registrations=("TR 1", "TRAILER 2"))
    (case,) = cases(made_scan(), READABLE, made_detection(made_unit()), declaration)
    assert case.declared is not None
    assert len(case.declared.items) == 2
    assert case.declared.registrations == ("TR1", "TRAILER2")
    two = cases(made_scan(), READABLE, made_detection(made_unit(1), made_unit(2)), declaration)
    assert [case.declared for case in two] == [None, None]
    assert "which of the 2 cargo units" in two[0].obstacle


@pytest.mark.parametrize(
    ("scan_is_there", "quality", "says"),
    [
        (True, Quality(False, ("black_image: no signal anywhere.",)), "black_image: no signal anywhere."),
        (True, READABLE, "too_noisy"),
        (False, READABLE, "too_noisy"),
    ],
)
def test_a_scan_that_was_not_read_says_why(scan_is_there: bool, quality: Quality, says: str) -> None:
    scan = made_scan() if scan_is_there else None
    (case,) = cases(scan, quality, NotAssessed(("too_noisy: nothing to see",)), made_declaration(made_item()))
    assert case.unit is None
    assert case.detection is None
    assert says in case.obstacle


def test_a_detection_of_an_unreadable_scan_does_not_count() -> None:
    detection = made_detection(made_unit())
    (case,) = cases(made_scan(), Quality(False, ("cut: half",)), detection, made_declaration(made_item()))
    assert case.detection is None


def test_no_unit_found_is_one_case_without_a_unit() -> None:
    (case,) = cases(made_scan(), READABLE, made_detection(), made_declaration(made_item()))
    assert case.unit is None
    assert "No cargo space" in case.obstacle


def test_a_unit_that_the_beam_did_not_get_through_says_nothing_of_the_other() -> None:
    opaque, seen = made_unit(1, not_penetrated=0.12), made_unit(2)
    caution = f"{NOT_PENETRATED}: 12 % of the goods in unit 1"
    first, second = cases(made_scan(), READABLE, made_detection(opaque, seen, cautions=(caution,)), None)
    assert first.not_penetrated(opaque)
    assert not second.not_penetrated(seen)
    assert second.not_penetrated(opaque, seen)


def test_a_caution_about_the_whole_scan_that_no_unit_accounts_for_is_about_any_of_them() -> None:
    units = made_unit(1), made_unit(2, not_penetrated=0.01)
    scan = made_scan(cautions=(f"{NOT_PENETRATED}: 12 % of the scan",))
    for case, unit in zip(cases(scan, READABLE, made_detection(*units), None), units, strict=True):
        assert case.not_penetrated(unit)
    for case, unit in zip(cases(made_scan(), READABLE, made_detection(*units), None), units, strict=True):
        assert not case.not_penetrated(unit)


def test_why_physical_units_are_a_guess() -> None:
    cautions = ("scanner_assumed: the shape of one.", "no_open_beam: the usual level.", "other_profile: x.")
    (case,) = cases(made_scan(cautions=cautions), READABLE, made_detection(made_unit()), None)
    assert "no scanner is named" in case.guessed_units
    assert "no open beam" in case.guessed_units
    (case,) = cases(made_scan(cautions=cautions[2:]), READABLE, made_detection(made_unit()), None)
    assert case.guessed_units == ""


def test_a_vehicle_whose_only_goods_are_that_it_is_empty_is_declared_empty() -> None:
    nothing = made_item(hs=None, gross=None) | {"descriptionOfGoods": "Empty trailer"}
    declaration = made_declaration(nothing, registrations=("TR 1",))
    (case,) = cases(made_scan(), READABLE, made_detection(made_unit()), declaration)
    assert case.declared is not None
    assert case.declared.empty
