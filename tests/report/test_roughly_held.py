"""What mass and goods say together where neither decides: enough for the green lane, or not."""

from typing import Any

import pytest

from tallyscan.finding import CommodityRegion, Interval
from tallyscan.known_consignment import KnownConsignment, UnitEstimate
from tallyscan.reconcile.outcome import DIFFERS_FROM
from tallyscan.reconcile.rules import judge
from tallyscan.report.indicators import GOODS_CONTRADICTED_FROM, contents_unverified
from tallyscan.report.risk_update import assess_risk
from tallyscan.verdict import Outcome, Verdict
from tests.reconcile.builders import (
    READABLE,
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_region,
    made_scan,
    made_unit,
)

WIDE = Interval(18500.0, 13100.0, 27500.0)  # too wide to support any declared mass
TOYS, TYRES, MEAT, STONE = "9503", "4011", "0202", "6802"
UNSURE = made_region(plastic_articles_toys=0.4, tyres=0.35, stone_ceramic=0.02)


def of_load(
    *goods: tuple[str, float],
    mass: Interval | None = WIDE,
    region: CommodityRegion = UNSURE,
    cautions: tuple[str, ...] = (),
    grade: Any = "transmission",
    **unit: Any,
) -> tuple[Outcome, Outcome, bool]:
    """Outcome of mass and of commodity, and whether the load counts as held against its declaration."""
    items = [made_item(number, code, gross=kg) for number, (code, kg) in enumerate(goods, start=1)]
    declaration = made_declaration(*items)
    detection = made_detection(made_unit(mass_kg=mass, **unit), commodities=(region,))
    scan = made_scan(grade, cautions=cautions)
    verdicts = judge(scan, READABLE, detection, declaration)
    risk = assess_risk(READABLE, detection, verdicts, scan_cautions=cautions)
    unverified = contents_unverified(verdicts)
    assert ("XR-UNVERIFIED" in {each.code for each in risk.indicators}) is unverified
    assert not unverified or risk.lane != "green"
    outcome = {each.rule: each.outcome for each in verdicts}
    return outcome["mass"], outcome["commodity"], not unverified


def test_the_two_rooms_hold_the_same_limit() -> None:
    assert GOODS_CONTRADICTED_FROM == DIFFERS_FROM


@pytest.mark.parametrize(
    ("code", "declared_kg", "held"),
    [
        (TOYS, 18500.0, True),
        (TYRES, 18500.0, True),  # not the likeliest, and nothing speaks against it
        (TOYS, 13800.0, True),  # 27,600 kg would have shown, and 6,900 kg
        (TOYS, 13700.0, False),  # twice as much, 27,400 kg, lies in the interval
        (TOYS, 26100.0, True),
        (TOYS, 26300.0, False),  # half of it, 13,150 kg, lies in the interval
        (TOYS, 9250.0, False),
        (TOYS, 37000.0, False),
        (STONE, 18500.0, False),  # another group is likelier, four to one and more
        ("0101", 18500.0, False),  # goods that the model has no class for
    ],
)
def test_mass_within_a_factor_of_two_and_goods_that_may_be_there(
    code: str, declared_kg: float, held: bool
) -> None:
    assert of_load((code, declared_kg)) == ("undetermined", "undetermined", held)


@pytest.mark.parametrize(
    ("load", "why"),
    [
        ({"mass": None}, "no estimate"),
        ({"not_penetrated": 0.02}, "a lower bound"),
        ({"cautions": ("no_open_beam: none.",)}, "guessed units"),
        ({"cautions": ("not_penetrated: 2 % of the scan.",)}, "opaque somewhere"),
        ({"grade": "display"}, "no physical units"),
        ({"mass": Interval(18500.0, 9000.0, 28000.0)}, "half is in the interval"),
        ({"mass": Interval(18500.0, 13000.0, 37500.0)}, "twice as much is in the interval"),
        ({"region": made_region(empty=0.9, tyres=0.1)}, "seems empty"),
    ],
)
def test_what_cannot_be_measured_holds_nothing(load: dict[str, Any], why: str) -> None:
    assert of_load((TOYS, 18500.0))[2]
    mass, commodity, held = of_load((TOYS, 18500.0), **load)
    assert (mass, held) == ("undetermined", False), why
    assert commodity != "agrees"


def test_all_declared_goods_must_be_able_to_be_there() -> None:
    clear = made_region(plastic_articles_toys=0.92, tyres=0.07, frozen_meat_fish=0.01)
    assert of_load((TOYS, 12000.0), (TYRES, 6000.0), region=UNSURE)[2]
    missing = of_load((TOYS, 12000.0), (MEAT, 6000.0), region=clear)
    assert missing == ("undetermined", "undetermined", False)


def test_the_goods_of_another_unit_hold_nothing_of_this_one() -> None:
    mass = Verdict(1, "mass", "undetermined", None, "invented", {"within_factor_two": True})
    goods = {"probability_declared": 0.5, "items": [{"sight": "unsure"}]}
    here, beside = (Verdict(unit, "commodity", "undetermined", None, "invented", goods) for unit in (1, 2))
    assert not contents_unverified([mass, here])
    assert contents_unverified([mass, here, beside])
    assert contents_unverified([mass, beside])
    assert contents_unverified([here])


def test_a_unit_whose_goods_lie_in_others_too_waits_for_them() -> None:
    here, there = "CSQU3054383", "TOLU4734787"
    spread = made_declaration(
        made_item(1, TOYS, gross=37000.0), containers=(made_container(here, 1), made_container(there, 1))
    )
    seen = made_detection(made_unit(mass_kg=WIDE, number=here), commodities=(UNSURE,))

    def unverified(*others: UnitEstimate) -> bool:
        known = KnownConsignment(others)
        return contents_unverified(judge(made_scan(), READABLE, seen, spread, known))

    assert unverified()
    assert unverified(UnitEstimate("other", there, None, read=True))
    assert not unverified(UnitEstimate("other", there, WIDE, read=True))
