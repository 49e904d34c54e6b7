"""Of what material the classes of goods are, in the three groups that two energies tell apart."""

from collections.abc import Sequence
from typing import Literal

from tallyscan.reconcile.declared_goods import DeclaredGoods

Material = Literal["organic", "mineral", "metal"]
MATERIALS: tuple[Material, ...] = ("organic", "mineral", "metal")
"""By rising atomic number: what is between two of them can be a mix of both."""

_OF_ANY: frozenset[str] = frozenset({"electronics", "vehicles_parts", "furniture_household", "footwear_bags"})
_OTHER_THAN_ORGANIC: dict[str, tuple[Material, ...]] = {
    "minerals_cement": ("mineral",), "stone_ceramic": ("mineral",), "glass": ("mineral",),
    "steel_products": ("metal",), "machinery": ("metal",),
    # Aluminium acts like a mineral, copper and lead like steel and beyond.
    "nonferrous_metal": ("mineral", "metal"), "scrap_metal": ("mineral", "metal"),
    # Salt, glass bottles, tins, mineral chemicals.
    "sugar_salt": ("organic", "mineral"), "fertiliser": ("organic", "mineral"),
    "chemicals_drums": ("organic", "mineral"), "bottled_drinks": ("organic", "mineral"),
    "canned_food": ("organic", "mineral"),
}  # fmt: skip


def expected_materials(goods: Sequence[DeclaredGoods]) -> tuple[Material, ...] | None:
    """The groups that a mix of these goods may be of; None where one of them has no class, or is of any material."""
    names = [each.commodity.name if each.commodity else None for each in goods]
    if not names or any(name is None or name in _OF_ANY for name in names):
        return None
    places = [
        MATERIALS.index(one) for name in names for one in _OTHER_THAN_ORGANIC.get(name or "", ("organic",))
    ]
    return MATERIALS[min(places) : max(places) + 1]
