"""Item by item: declared and seen, declared and not seen, seen and not declared, not to be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tallyscan.reconcile.commodity_fit import PartFit
from tallyscan.reconcile.declared_goods import DeclaredGoods

SEEN_FROM = 0.5
"""Goods are seen where their group is likelier than all others together."""

NOT_SEEN_UP_TO = 0.1
"""Not seen: in no part of the load can their group have more than this. A judgement."""

NOT_DECLARED_UP_TO = 0.2
"""Seen and not declared: another group leads where the declared ones have four to one against them."""

Sight = Literal["seen", "not_seen", "unsure", "not_distinguishable", "not_recognisable"]


@dataclass(frozen=True)
class ItemSight:
    """What the image shows of one declared item; `among` are the other items that look like it.

    `probability` is the highest of its group in any part of the load; None where the item is not recognisable.
    """

    goods: DeclaredGoods
    sight: Sight
    probability: float | None
    among: tuple[int, ...]
    parts: tuple[PartFit, ...]

    @property
    def as_evidence(self) -> dict[str, Any]:
        """As it is published; boxes in pixels of the original image."""
        commodity = self.goods.commodity
        return {
            "item": self.goods.number,
            "class": commodity.name if commodity else None,
            "group": commodity.group if commodity else None,
            "sight": self.sight,
            "probability": None if self.probability is None else round(self.probability, 4),
            "looks_like_items": list(self.among),
            "regions": [list(part.region.box) for part in self.parts],
        }


def sights(goods: Sequence[DeclaredGoods], parts: Sequence[PartFit]) -> tuple[ItemSight, ...]:
    """One for each declared item; the parts are those of the load that are not empty."""
    return tuple(_sight(each, goods, parts) for each in goods)


def seen_not_declared(parts: Sequence[PartFit], leader_at_least: float) -> list[dict[str, Any]]:
    """The parts of the load in which the image points to one group that is not declared."""
    return [
        {
            "group": part.leader[0],
            "looks_like": str(part.title(part.leader[0])),
            "probability": round(part.leader[1], 4),
            "region": list(part.region.box),
        }
        for part in parts
        if part.declared <= NOT_DECLARED_UP_TO and part.leader[1] >= leader_at_least
    ]


def _sight(goods: DeclaredGoods, all_goods: Sequence[DeclaredGoods], parts: Sequence[PartFit]) -> ItemSight:
    if goods.commodity is None:
        return ItemSight(goods, "not_recognisable", None, (), ())
    group = goods.commodity.group
    alike = tuple(
        other.number
        for other in all_goods
        if other is not goods and other.commodity is not None and other.commodity.group == group
    )
    best = max((part.of(group) for part in parts), default=0.0)
    shown = tuple(part for part in parts if part.of(group) >= min(SEEN_FROM, best))
    if best >= SEEN_FROM:
        return ItemSight(goods, "not_distinguishable" if alike else "seen", best, alike, shown)
    if max((part.at_most(group) for part in parts), default=0.0) <= NOT_SEEN_UP_TO:
        return ItemSight(goods, "not_seen", best, alike, ())
    return ItemSight(goods, "unsure", best, alike, shown)
