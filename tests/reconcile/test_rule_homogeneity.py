"""One kind declared, and how far the looks of the load are apart."""

import pytest

from tallyscan.declaration import Declaration
from tallyscan.reconcile.rule_homogeneity import looks_score
from tests.reconcile.builders import (
    made_container,
    made_declaration,
    made_detection,
    made_item,
    made_load,
    made_unit,
)
from tests.reconcile.verdicts import verdict_of

GARMENTS, FOOTWEAR, STEEL, MACHINES = "610910", "640399", "720839", "847989"


@pytest.mark.parametrize(
    ("codes", "apart", "outcome", "says"),
    [
        ((GARMENTS,), 0.05, "agrees", "0.05 apart"),
        ((GARMENTS,), 0.15, "agrees", "0.15 apart"),
        ((GARMENTS,), 0.3, "undetermined", "one kind or two"),
        ((GARMENTS,), 0.6, "differs", "goods of two kinds"),
        ((GARMENTS, FOOTWEAR), 0.6, "differs", "goods of two kinds"),
        ((GARMENTS, STEEL), 0.6, "undetermined", "several looks are no fault, nor is one"),
        ((GARMENTS, STEEL), 0.01, "undetermined", "several looks are no fault, nor is one"),
        ((MACHINES,), 0.6, "undetermined", "Machinery can be of many looks"),
        ((MACHINES,), 0.1, "agrees", "0.10 apart"),
        ((None,), 0.6, "differs", "goods of two kinds"),
        ((None, GARMENTS), 0.6, "undetermined", "may be of several kinds"),
        ((GARMENTS,), None, "undetermined", "too few goods"),
        ((), 0.6, "undetermined", "No goods item"),
    ],
)
def test_homogeneity(codes: tuple[str | None, ...], apart: float | None, outcome: str, says: str) -> None:
    items = [made_item(n, hs=code) for n, code in enumerate(codes, 1)]
    declaration = made_declaration(*items) if items else _goods_elsewhere()
    detection = made_detection(made_unit(number="TOLU4734787", load=made_load(apart=apart)))
    verdict = verdict_of("homogeneity", detection, declaration)
    assert verdict.outcome == outcome
    assert says in verdict.reason
    if outcome in ("agrees", "differs"):
        assert verdict.evidence["regions"] == [[12, 12, 20, 20], [34, 12, 18, 20]]


def _goods_elsewhere() -> Declaration:
    containers = made_container("CSQU3054383", 1), made_container("TOLU4734787", 2)
    return made_declaration(made_item(1), containers=containers)


def test_the_score_grows_with_how_far_looks_are_apart() -> None:
    scores = [looks_score(apart / 50) for apart in range(51)]
    assert scores == sorted(scores)
    assert scores[0] < 0.02
    assert 0.8 < scores[-1] < 1
