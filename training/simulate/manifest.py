"""What the trader declares: the truth, or one thing that is wrong. All of it is invented."""

from typing import Any, Literal, get_args

import numpy as np

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.iso6346 import check_digit
from training.simulate.parts import Unit
from training.simulate.scene import LoadedUnit, Rng, Scene

Declared = Literal[
    "truth", "none", "other_commodity", "partly_other", "half_mass", "double_mass", "empty", "loaded"
]
SCENARIOS: tuple[str, ...] = get_args(Declared)
# An owner code that no register has: numbers of simulated containers can be told from real ones.
INVENTED_OWNER = "ZZZU"
# A container is goods of its own heading, a vehicle that comes without any is not declared as goods.
_EMPTY = {True: ("Empty container", "860900"), False: ("Empty vehicle", None)}
# Types of identification of NCTS and ICS2 (CL750): wagon, road vehicle, road trailer.
MEANS_OF_TRANSPORT = {"wagon": "20", "van": "30", "trailer": "31", "tank": "31", "container": "31"}
MASS_TOLERANCE = 0.02
EMPTY_BELOW_KG = 1.0
# One common subheading (HS 2022) of each class.
DECLARED_HS = {
    "frozen_meat_fish": "020230", "fresh_produce": "080510", "coffee_cocoa_bags": "090111", "grain_flour": "100630",
    "sugar_salt": "170199", "edible_oil_liquid": "151190", "bottled_drinks": "220299", "canned_food": "160414",
    "tobacco_leaf": "240110", "cigarettes": "240220", "minerals_cement": "252329", "chemicals_drums": "290511",
    "fertiliser": "310230", "pharma_cosmetics": "300490", "polymer_pellets": "390110",
    "plastic_articles_toys": "950300", "rubber_bales": "400122", "tyres": "401120", "hides_leather": "410449",
    "timber_plywood": "441231", "paper_rolls": "480100", "waste_bales": "470710", "cotton_fibre_bales": "520100",
    "textiles_garments": "610910", "footwear_bags": "640399", "stone_ceramic": "690721", "glass": "700529",
    "steel_products": "720839", "nonferrous_metal": "760110", "scrap_metal": "720449", "machinery": "847989",
    "electronics": "851713", "vehicles_parts": "870829", "furniture_household": "940360",
}  # fmt: skip


def invented_mark(rng: Rng, unit: Unit) -> str:
    """The number of a container with a right check digit; of anything else its registration, that of no country."""
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 6))
    if unit.iso_code:
        return f"{INVENTED_OWNER}{digits}{check_digit(INVENTED_OWNER + digits)}"
    return f"000000{digits}" if unit.kind == "wagon" else f"ZZ{digits[:4]}ZZ"


def cameras_read(unit: Unit, mark: str) -> dict[str, str]:
    """What a sidecar says of a unit."""
    return {"container_number" if unit.iso_code else "plate": mark}


def other_commodity(rng: Rng, name: str) -> str:
    """A class of another confusable group: X-rays can tell it from `name`."""
    group = CLASS_BY_NAME[name].group
    others = [c.name for c in CLASS_BY_NAME.values() if c.group not in (group, "empty")]
    return others[int(rng.integers(len(others)))]


def declared_shares(rng: Rng, unit: LoadedUnit, declared: str) -> dict[str, float]:
    """Share of the declared mass by class in one unit; {} is an empty one."""
    names = list(unit.commodities)
    if declared == "empty":
        return {}
    if declared == "loaded" and not names:
        names = [str(rng.choice(list(DECLARED_HS)))]
    if declared == "other_commodity" and names:
        names = [other_commodity(rng, names[0])]
    if declared == "partly_other" and names:
        names = [*names[: max(len(names) - 1, 1)], other_commodity(rng, names[-1])]
    true = unit.goods_kg
    if names == list(true):
        total = sum(true.values())
        return {name: mass / total for name, mass in true.items()}
    shares = rng.dirichlet(np.full(len(names), 6.0)) if len(names) > 1 else np.ones(len(names))
    return {name: float(share) for name, share in zip(names, shares, strict=True)}


def declared_mass_kg(rng: Rng, unit: LoadedUnit, declared: str) -> float:
    """Gross mass as declared: within `MASS_TOLERANCE` of that of the goods unless the mass is what is wrong."""
    factor = {"half_mass": 0.5, "double_mass": 2.0}.get(declared, 1.0)
    true = sum(unit.goods_kg.values())
    if not true and declared == "loaded":
        true = rng.uniform(4000, 24_000)
    return float(true * factor * rng.uniform(1 - MASS_TOLERANCE, 1 + MASS_TOLERANCE))


def is_true(unit: LoadedUnit, shares: dict[str, float], mass_kg: float) -> bool:
    """Whether what is declared of a unit is what is in it: groups of goods that X-rays can tell apart, and their mass.

    A unit that is declared empty must hold nothing hidden either; what is hidden among goods is no part of them.
    """
    if not shares:
        return unit.mass_kg < EMPTY_BELOW_KG
    true, true_kg = unit.goods_kg, sum(unit.goods_kg.values())
    said_groups, true_groups = ({CLASS_BY_NAME[name].group for name in names} for names in (shares, true))
    return said_groups == true_groups and abs(mass_kg - true_kg) <= MASS_TOLERANCE * true_kg + 1e-6


def declaration_of(
    rng: Rng, scene: Scene, marks: list[str], declared: str
) -> tuple[dict[str, Any] | None, str]:
    """The canonical declaration of a scene as a dictionary, None where nothing is declared; and what it is.

    That is `declared`, or "truth" where what should be wrong happens to be true of every unit.
    """
    if declared == "none":
        return None, declared
    items: list[dict[str, Any]] = []
    equipment, means = [], []
    all_true = True
    for loaded, mark in zip(scene.units, marks, strict=True):
        shares = declared_shares(rng, loaded, declared)
        mass = declared_mass_kg(rng, loaded, declared)
        all_true &= is_true(loaded, shares, mass)
        first = len(items) + 1
        if not shares:
            items.append(_item(first, *_EMPTY[loaded.unit.iso_code is not None], 0.0))
        for name, share in shares.items():
            items.append(
                _item(len(items) + 1, CLASS_BY_NAME[name].title, DECLARED_HS[name], round(mass * share))
            )
        if loaded.unit.iso_code:
            equipment.append(
                {
                    "containerIdentificationNumber": mark,
                    "containerSizeAndType": loaded.unit.iso_code,
                    "goodsItemNumbers": list(range(first, len(items) + 1)),
                }
            )
        else:
            kind = MEANS_OF_TRANSPORT[loaded.unit.kind]
            means.append({"typeOfIdentification": kind, "identificationNumber": mark})
    declaration = {
        "LRN": f"SIM-{int(rng.integers(10**8)):08d}",
        "transportEquipment": equipment,
        "transportMeans": means,
        "goodsItems": items,
        "extensions": {"invented": True},
    }
    return {name: part for name, part in declaration.items() if part}, "truth" if all_true else declared


def _item(number: int, description: str, hs: str | None, mass_kg: float) -> dict[str, Any]:
    code = {"commodityCode": {"harmonizedSystemSubHeadingCode": hs}} if hs else {}
    said = {"goodsItemNumber": number, "descriptionOfGoods": description}
    return {**said, **code, "grossMass": float(mass_kg)}
