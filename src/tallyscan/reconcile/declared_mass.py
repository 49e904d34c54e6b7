"""The gross mass that a declaration gives for some goods items, and what cannot be right about it."""

from dataclasses import dataclass

from tallyscan.declaration import GoodsItem
from tallyscan.declaration_remarks import MOST_PER_UNIT_KG
from tallyscan.wording import Wording, said


@dataclass(frozen=True)
class DeclaredMass:
    """`mass_kg` is None when it is not declared; `faults` are half sentences."""

    mass_kg: float | None
    goods_items: tuple[int, ...]
    faults: tuple[Wording, ...] = ()


def declared_mass(items: tuple[GoodsItem, ...], total_kg: float | None, units: int) -> DeclaredMass:
    """The sum of the items' gross masses; where one is missing, `total_kg` if it is declared for just them.

    A single zero is allowed, for goods packed together with another item, as long as the sum is not zero. A
    negative mass is a fault and counts as zero.
    """
    faults = [fault for item in items if (fault := _fault(item))]
    masses = [item.gross_mass for item in items if item.gross_mass is not None]
    mass = sum(max(mass, 0.0) for mass in masses) if items and len(masses) == len(items) else total_kg
    if mass is not None and mass < 0:
        faults.append(said("the declared total is {mass_kg:,.0f} kg", mass_kg=mass))
        mass = 0.0
    if mass == 0 and not faults:
        faults.append(said("goods are declared with a gross mass of 0 kg"))
    if mass is not None and mass > MOST_PER_UNIT_KG * units:
        faults.append(
            said(
                "{mass_kg:,.0f} kg is more than {units} cargo {units:plural|unit|units} can carry",
                mass_kg=mass,
                units=units,
            )
        )
    return DeclaredMass(mass, tuple(item.goods_item_number for item in items), tuple(faults))


def _fault(item: GoodsItem) -> Wording | None:
    if item.gross_mass is None:
        return None
    if item.gross_mass < 0:
        return said(
            "item {number} declares {mass_kg:,.0f} kg",
            number=item.goods_item_number,
            mass_kg=item.gross_mass,
        )
    if item.gross_mass > 0 and item.net_mass is not None and item.net_mass > item.gross_mass:
        return said("the net mass of item {number} is above its gross mass", number=item.goods_item_number)
    return None
