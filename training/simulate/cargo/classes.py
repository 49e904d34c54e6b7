"""The table of packings: three or more ways for each loaded class, one of them held out of training."""

from training.simulate.cargo.packing import Packing
from training.simulate.cargo.packings_consumer import CONSUMER_GOODS
from training.simulate.cargo.packings_food import FOOD
from training.simulate.cargo.packings_industry import INDUSTRY
from training.simulate.cargo.packings_raw import RAW_MATERIALS

__all__ = ["PACKINGS", "PACKINGS_BY_CLASS", "Packing"]

PACKINGS: tuple[Packing, ...] = (*FOOD, *RAW_MATERIALS, *CONSUMER_GOODS, *INDUSTRY)
PACKINGS_BY_CLASS: dict[str, tuple[Packing, ...]] = {
    name: tuple(p for p in PACKINGS if p.commodity == name)
    for name in dict.fromkeys(p.commodity for p in PACKINGS)
}
