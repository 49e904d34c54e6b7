"""The declared goods as classes that an X-ray can hope to tell, and why some of them are none."""

from collections.abc import Iterable
from dataclasses import dataclass

from tallyscan.commodity import CommodityClass, class_of_hs
from tallyscan.declaration import GoodsItem
from tallyscan.reconcile.hs import usable_code


@dataclass(frozen=True)
class DeclaredGoods:
    """A goods item with its class; None where it has none, and `why_not` as half a sentence.

    `share` is its part of the declared gross mass; items without a mass count as much as the mean of the others.
    """

    item: GoodsItem
    commodity: CommodityClass | None
    why_not: str
    share: float

    @property
    def number(self) -> int:
        """Of the item in the declaration."""
        return self.item.goods_item_number


def declared_goods(
    items: tuple[GoodsItem, ...], known: Iterable[str] | None = None
) -> tuple[DeclaredGoods, ...]:
    """Every item with its class; with `known` only classes that a model can name count."""
    names = None if known is None else set(known)
    shares = _shares(items)
    return tuple(
        DeclaredGoods(item, *_class_of(item, names), share) for item, share in zip(items, shares, strict=True)
    )


def _class_of(item: GoodsItem, known: set[str] | None) -> tuple[CommodityClass | None, str]:
    code = usable_code(item)
    of_code = class_of_hs(code) if code else None
    if code is None:
        return None, f"item {item.goods_item_number} has no usable commodity code"
    if of_code is None:
        return None, f"item {item.goods_item_number} ({code}) is in none of the classes"
    if known is not None and of_code.name not in known:
        return None, f"the model does not know item {item.goods_item_number}, {of_code.title.lower()}"
    return of_code, ""


def _shares(items: tuple[GoodsItem, ...]) -> list[float]:
    masses = [item.gross_mass for item in items]
    known = [mass for mass in masses if mass is not None and mass > 0]
    typical = sum(known) / len(known) if known else 1.0
    weights = [typical if mass is None else max(mass, 0.0) for mass in masses]
    total = sum(weights)
    return [weight / total if total else 1 / len(items) for weight in weights]
