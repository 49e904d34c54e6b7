"""The declared goods as classes that an X-ray can hope to tell, and why some of them are none."""

from collections.abc import Iterable
from dataclasses import dataclass

from tallyscan.classify.item import classes_of_item
from tallyscan.commodity import CommodityClass
from tallyscan.declaration import GoodsItem


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
    said = classes_of_item(item)
    if not said.classes:
        return None, f"item {item.goods_item_number} {said.unknown}"
    named = [candidate for candidate in said.classes if known is None or candidate.name in known]
    if not named:
        title = said.classes[0].title.lower()
        return None, f"the model does not know item {item.goods_item_number}, {title}"
    return named[0], ""  # words may name several, all of one confusable group


def _shares(items: tuple[GoodsItem, ...]) -> list[float]:
    masses = [item.gross_mass for item in items]
    known = [mass for mass in masses if mass is not None and mass > 0]
    typical = sum(known) / len(known) if known else 1.0
    weights = [typical if mass is None else max(mass, 0.0) for mass in masses]
    total = sum(weights)
    return [weight / total if total else 1 / len(items) for weight in weights]
