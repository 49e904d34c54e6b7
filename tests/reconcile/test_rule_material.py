"""Materials that two energies tell apart."""

import pytest

from tallyscan.reconcile.material_groups import MATERIALS
from tallyscan.reconcile.rule_material import MOST_MEAN_ALPHA, material_score
from tests.reconcile.builders import (
    made_declaration,
    made_detection,
    made_item,
    made_load,
    made_scan,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

PAPER, STEEL, STONE, SUGAR, ELECTRONICS = "480100", "720839", "690721", "170199", "851713"


@pytest.mark.parametrize(
    ("codes", "iron", "outcome", "says"),
    [
        ((PAPER,), 0.05, "agrees", "organic matter"),
        ((PAPER,), 0.3, "undetermined", "groups overlap"),
        ((PAPER,), 0.7, "differs", "70% acts like iron"),
        ((STEEL,), 0.6, "agrees", "metal"),
        ((STEEL,), 0.02, "differs", "2% acts like iron"),
        ((STONE,), 0.28, "agrees", "mineral or light metal"),
        ((STONE,), 0.75, "differs", "mineral"),
        ((SUGAR,), 0.15, "agrees", "organic matter or mineral"),
        ((PAPER, STEEL), 0.3, "agrees", "organic matter or mineral or light metal or metal"),
        ((ELECTRONICS,), 0.9, "undetermined", "of any material"),
        ((None,), 0.9, "undetermined", "have no class"),
        ((PAPER,), None, "undetermined", "too little"),
    ],
)
def test_material(codes: tuple[str | None, ...], iron: float | None, outcome: str, says: str) -> None:
    declaration = made_declaration(*(made_item(n, hs=code) for n, code in enumerate(codes, 1)))
    detection = made_detection(made_unit(load=made_load(iron=iron), mean_alpha=3.0))
    verdict = verdict_of("material", detection, declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason
    assert verdict.evidence["iron_share"] == iron
    assert verdict.evidence["region"] == [12, 12, 40, 20]


def test_with_one_energy_nothing_is_said() -> None:
    detection = made_detection(made_unit(load=made_load(iron=0.9)))
    verdict = verdict_of(
        "material", detection, made_declaration(made_item(hs=PAPER)), scan=made_scan(energies_mv=(6.0,))
    )
    assert verdict.outcome == "undetermined"
    assert "one energy" in verdict.reason


def test_behind_dense_goods_nothing_is_said() -> None:
    dense = made_unit(load=made_load(iron=0.9), mean_alpha=MOST_MEAN_ALPHA + 0.1)
    verdict = verdict_of("material", made_detection(dense), made_declaration(made_item(hs=PAPER)))
    assert verdict.outcome == "undetermined"
    assert "Too little comes through" in verdict.reason


def test_the_score_grows_away_from_the_expected_material() -> None:
    of_organic = [material_score(share / 20, ("organic",)) for share in range(21)]
    assert of_organic == sorted(of_organic)
    of_metal = [material_score(share / 20, ("metal",)) for share in range(21)]
    assert of_metal == sorted(of_metal, reverse=True)
    assert material_score(0.5, MATERIALS) == 0.1
