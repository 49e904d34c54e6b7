"""The room of a load against the declared mass and packages."""

from typing import Any

import pytest

from tallyscan.reconcile.rule_fill import fill_score, outside
from tests.reconcile.builders import (
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_load,
    made_scan,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

FT20 = 6058.0
ROOM_20FT = 32.1  # m3, 8.5 ft high


def filled(share: float, **more: Any) -> Any:
    return made_detection(made_unit(length_mm=FT20, load=made_load(share), **more))


def declared(
    hs: str | None, kg: float | None, packaging: tuple[str, int] | None = None, size: str = "22G1"
) -> Any:
    item = made_item(hs=hs, gross=kg)
    if packaging:
        item["packaging"] = [{"typeOfPackages": packaging[0], "numberOfPackages": packaging[1]}]
    return made_declaration(item, containers=(made_container(size=size),))


@pytest.mark.parametrize(
    ("hs", "kg", "share", "outcome", "says"),
    [
        ("610910", 5000.0, 0.7, "agrees", "stowed at 120 to 350"),  # garments, 220 kg/m3
        ("610910", 25000.0, 0.7, "differs", "1112 kg/m3"),
        ("610910", 14000.0, 0.7, "undetermined", "nor far enough"),
        ("690721", 26000.0, 0.7, "agrees", "stowed at 1200 to 1900"),  # tiles
        ("690721", 2000.0, 0.9, "differs", "69 kg/m3"),
        ("690721", 12000.0, 0.9, "undetermined", "415 kg/m3"),  # tiles at one wall look like that
        (None, 12000.0, 0.9, "undetermined", "Neither a mass of goods"),
        ("610910", None, 0.9, "undetermined", "Neither a mass of goods"),
    ],
)
def test_density(hs: str | None, kg: float | None, share: float, outcome: str, says: str) -> None:
    verdict = verdict_of("fill", filled(share), declared(hs, kg))
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["room_m3"] == pytest.approx(share * ROOM_20FT, rel=0.01)
    assert verdict.evidence["region"] == [12, 12, 40, 20]


@pytest.mark.parametrize(
    ("packaging", "share", "outcome"),
    [
        (("PX", 10), 0.7, "agrees"),
        (("PX", 10), 0.02, "undetermined"),  # ten pallets in 0.6 m3
        (("PX", 40), 0.02, "differs"),
        (("BG", 10), 0.9, "differs"),  # ten bags fill no container
        (("ZZ", 40), 0.9, "undetermined"),
        (("PX", 0), 0.9, "undetermined"),
    ],
)
def test_packages(packaging: tuple[str, int], share: float, outcome: str) -> None:
    assert verdict_of("fill", filled(share), declared(None, 3000.0, packaging)).outcome == outcome


@pytest.mark.parametrize(
    ("unit", "size", "says"),
    [
        ({"load": made_load(0.5)}, "????", "The length of the unit is not known"),
        (
            {"load": made_load(0.5), "length_mm": 3300.0, "kind": "other"},
            "????",
            "height and width of such a vehicle",
        ),
        ({"load": made_load(0.5), "length_mm": FT20}, "22T1", "is no box"),
        ({"length_mm": FT20}, "22G1", "too few goods"),
    ],
)
def test_without_a_known_room_nothing_is_said(unit: dict[str, Any], size: str, says: str) -> None:
    verdict = verdict_of("fill", made_detection(made_unit(**unit)), declared("610910", 25000.0, size=size))
    assert verdict.outcome == "undetermined"
    assert says in verdict.reason


def test_a_trailer_has_room_by_its_length() -> None:
    declaration = made_declaration(made_item(hs="610910", gross=15000.0), registrations=("TR 1",))
    detection = made_detection(made_unit(length_mm=13600.0, kind="other", load=made_load(0.8)))
    verdict = verdict_of("fill", detection, declaration)
    assert verdict.outcome == "agrees"
    assert "a trailer 13.6 m long" in verdict.reason


def test_goods_that_also_lie_elsewhere_or_in_guessed_units_are_not_judged() -> None:
    both = made_container("CSQU3054383", 1, size="22G1"), made_container("TOLU4734787", 1, size="22G1")
    declaration = made_declaration(made_item(1, hs="610910", gross=25000.0), containers=both)
    verdict = verdict_of("fill", filled(0.7, number="CSQU3054383"), declaration)
    assert verdict.outcome == "undetermined"
    assert "other declared units" in verdict.reason
    guessed = made_scan(cautions=("scanner_assumed: the shape of one.",))
    assert "guess" in verdict_of("fill", filled(0.7), declared("610910", 25000.0), scan=guessed).reason


def test_goods_of_two_kinds_are_as_dense_as_their_mixture() -> None:
    items = made_item(1, hs="610910", gross=1000.0), made_item(2, hs="690721", gross=19000.0)
    declaration = made_declaration(*items, containers=(made_container(size="22G1"),))
    low, high = verdict_of("fill", filled(0.7), declaration).evidence["stow_density_kg_m3"]
    assert 120 < low < 1200
    assert 350 < high < 1900


def test_the_score_grows_with_the_distance_and_earlier_where_goods_seem_too_dense() -> None:
    dense = [fill_score(step / 10) for step in range(25)]
    assert dense[:13] == sorted(dense[:13])
    assert all(fill_score(-x) < fill_score(x) for x in (0.4, 0.8, 1.2))
    assert 0 < fill_score(float("-inf")) < 1
    assert outside(500, 300, 400) > 0 > outside(200, 300, 400)
    assert outside(350, 300, 400) == 0
