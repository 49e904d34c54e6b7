"""Each declared goods item with what the scan says of it: agrees, differs or undetermined, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tallyscan.declaration import Declaration, GoodsItem
from tallyscan.verdict import Outcome, Verdict

_OF_SIGHT: dict[str, Outcome] = {"seen": "agrees", "not_seen": "differs"}


@dataclass(frozen=True)
class Sighting:
    """What the image shows of an item in one unit: `seen`, `not_seen`, `unsure`, `not_distinguishable` from the items
    `looks_like`, or `not_recognisable`. `probability` is the highest of its group of goods in any part of the load.
    """

    unit: int | None
    sight: str
    probability: float | None
    looks_like: tuple[int, ...]


@dataclass(frozen=True)
class ItemShown:
    """A goods item as it is declared. `outcome` is null while the reading is hidden, or where there is none;
    `faults` say what in its entry cannot be right.
    """

    number: int
    description: str | None
    code: str | None
    gross_mass_kg: float | None
    packages: int | None
    origin: str | None
    outcome: Outcome | None
    sightings: tuple[Sighting, ...]
    faults: tuple[str, ...]


def items_shown(declaration: Declaration, verdicts: Iterable[Verdict] | None) -> tuple[ItemShown, ...]:
    """Without verdicts, as it is declared alone."""
    known = list(verdicts) if verdicts is not None else None
    return tuple(_shown(item, known) for item in declaration.goods_items)


def _shown(item: GoodsItem, verdicts: list[Verdict] | None) -> ItemShown:
    number = item.goods_item_number
    packages = [each.number_of_packages for each in item.packaging if each.number_of_packages is not None]
    sightings = tuple(_sightings(number, verdicts or ()))
    faults = tuple(_faults(number, verdicts or ()))
    return ItemShown(
        number=number,
        description=item.description_of_goods,
        code=item.written_code,
        gross_mass_kg=item.gross_mass,
        packages=sum(packages) if packages else None,
        origin=item.country_of_origin,
        outcome=None if verdicts is None else _outcome(sightings, faults),
        sightings=sightings,
        faults=faults,
    )


def _outcome(sightings: tuple[Sighting, ...], faults: tuple[str, ...]) -> Outcome:
    """Goods that are seen in one unit need not be in another; what was looked for nowhere is not known."""
    if faults:
        return "differs"
    outcomes = {_OF_SIGHT.get(each.sight, "undetermined") for each in sightings}
    return next((each for each in ("agrees", "undetermined", "differs") if each in outcomes), "undetermined")


def _sightings(number: int, verdicts: Iterable[Verdict]) -> Iterable[Sighting]:
    for verdict in verdicts:
        for item in verdict.evidence.get("items", ()) if verdict.rule == "commodity" else ():
            if item["item"] == number:
                yield Sighting(
                    verdict.unit, item["sight"], item["probability"], tuple(item["looks_like_items"])
                )


def _faults(number: int, verdicts: Iterable[Verdict]) -> Iterable[str]:
    """Its code cannot be right, or its words contradict its code."""
    for verdict in verdicts:
        named: dict[str, Any] = {
            "hs_code": verdict.evidence.get("faults"),
            "description": verdict.evidence.get("contradictions"),
        }.get(verdict.rule) or {}
        fault = named.get(f"item {number}")
        if fault is not None and verdict.outcome == "differs":
            yield str(fault)
