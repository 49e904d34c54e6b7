"""The declared goods as classes that an X-ray can hope to tell, and why some of them are none."""

from collections.abc import Iterable
from dataclasses import dataclass

from tallyscan.classify.item import classes_of_item
from tallyscan.commodity import CommodityClass
from tallyscan.declaration import GoodsItem
from tallyscan.wording import NOTHING, Wording, said


@dataclass(frozen=True)
class DeclaredGoods:
    """A goods item with its class; None where it has none, and `why_not` as half a sentence.

    `share` is its part of the declared gross mass; items without a mass count as much as the mean of the others.
    """

    item: GoodsItem
    commodity: CommodityClass | None
    why_not: Wording
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


def _class_of(item: GoodsItem, known: set[str] | None) -> tuple[CommodityClass | None, Wording]:
    declared = classes_of_item(item)
    number = item.goods_item_number
    if not declared.classes:
        return None, said("item {number} {why}", number=number, why=declared.unknown)
    named = [candidate for candidate in declared.classes if known is None or candidate.name in known]
    if not named:
        goods = declared.classes[0].in_words
        return None, said("the model does not know item {number}, {goods}", number=number, goods=goods)
    return named[0], NOTHING  # words may name several, all of one confusable group


def _shares(items: tuple[GoodsItem, ...]) -> list[float]:
    masses = [item.gross_mass for item in items]
    known = [mass for mass in masses if mass is not None and mass > 0]
    typical = sum(known) / len(known) if known else 1.0
    weights = [typical if mass is None else max(mass, 0.0) for mass in masses]
    total = sum(weights)
    return [weight / total if total else 1 / len(items) for weight in weights]
