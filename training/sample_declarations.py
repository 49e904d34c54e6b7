"""Ways of declaring wrongly that a sample case shows, and the rules that each of them must set off.

A way changes the true declaration of a simulated scan in place. What is in the scan stays what the simulator drew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.iso6346 import check_digit
from training.simulate.manifest import DECLARED_HS, INVENTED_OWNER

Document = dict[str, Any]
OTHER_NUMBER = INVENTED_OWNER + "246801"
NO_CHAPTER = "770110"
"""Chapter 77 is kept for later use and has no goods."""


def as_garments(declaration: Document) -> None:
    """Whatever it is, garments are declared, in words and in code; the mass is true."""
    for item in declaration["goodsItems"]:
        item["descriptionOfGoods"] = CLASS_BY_NAME["textiles_garments"].title
        item["commodityCode"] = {"harmonizedSystemSubHeadingCode": DECLARED_HS["textiles_garments"]}


def only_the_first(declaration: Document) -> None:
    """Of goods of several kinds only the first is declared, with the mass of all."""
    items, equipment = declaration["goodsItems"], declaration["transportEquipment"]
    items[0]["grossMass"] = sum(item["grossMass"] for item in items)
    del items[1:]
    equipment[0]["goodsItemNumbers"] = [items[0]["goodsItemNumber"]]


def a_third_of_the_mass(declaration: Document) -> None:
    """A third of the mass of each item."""
    for item in declaration["goodsItems"]:
        item["grossMass"] = float(round(item["grossMass"] / 3))


def four_times_the_mass(declaration: Document) -> None:
    """The mass of each item four times: so much does not fit into the room that the load takes."""
    for item in declaration["goodsItems"]:
        item["grossMass"] = float(round(item["grossMass"] * 4))


def another_container(declaration: Document) -> None:
    """The papers of another container: its number, with a right check digit, and its size, 40 ft."""
    container = declaration["transportEquipment"][0]
    container["containerIdentificationNumber"] = f"{OTHER_NUMBER}{check_digit(OTHER_NUMBER)}"
    container["containerSizeAndType"] = "45G1"


def careless_papers(declaration: Document) -> None:
    """Words that mean other goods than their code, a code of no chapter, and a total that is not the sum."""
    first = declaration["goodsItems"][0]
    gross = first["grossMass"]
    first["descriptionOfGoods"] = CLASS_BY_NAME["steel_products"].title
    first["grossMass"] = float(round(0.9 * gross))
    declaration["goodsItems"].append(
        {
            "goodsItemNumber": 2,
            "descriptionOfGoods": "Various",
            "commodityCode": {"harmonizedSystemSubHeadingCode": NO_CHAPTER},
            "grossMass": float(round(0.1 * gross)),
        }
    )
    declaration["totalGrossMass"] = float(round(1.2 * gross))
    declaration["transportEquipment"][0]["goodsItemNumbers"] = [1, 2]


@dataclass(frozen=True)
class WrongPapers:
    """A way of declaring wrongly. `differs` are the rules that must say so."""

    change: Callable[[Document], None]
    differs: tuple[str, ...]


WRONG_PAPERS: dict[str, WrongPapers] = {
    "as_garments": WrongPapers(as_garments, ("commodity", "material", "expectation")),
    "only_the_first": WrongPapers(only_the_first, ("commodity", "homogeneity")),
    "third_of_the_mass": WrongPapers(a_third_of_the_mass, ("mass",)),
    "four_times_the_mass": WrongPapers(four_times_the_mass, ("mass", "fill")),
    "another_container": WrongPapers(another_container, ("container_number", "conveyance")),
    "careless_papers": WrongPapers(careless_papers, ("hs_code", "description", "declaration")),
}
