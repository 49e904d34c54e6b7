"""How well the parts of a load, as the model sees them, fit groups of goods that X-rays can tell apart."""

from collections import defaultdict
from dataclasses import dataclass

from tallyscan.commodity import CLASS_BY_NAME, group_in_words
from tallyscan.finding import CommodityRegion
from tallyscan.wording import Wording

LEAST_REGION_SHARE = 0.2
"""A region smaller than this share of the named area does not decide: dunnage, edges and mixed pallets."""

EMPTY_GROUP = "empty"


@dataclass(frozen=True)
class PartFit:
    """One region of a load: the probability of each group, without `empty`, and that of the declared ones.

    Only the likeliest classes are known; `rest` is what all the others have together.
    """

    region: CommodityRegion
    groups: dict[str, float]
    declared: float
    rest: float

    @property
    def leader(self) -> tuple[str, float]:
        """The likeliest group and its probability."""
        return max(self.groups.items(), key=lambda item: item[1])

    def of(self, group: str) -> float:
        """The probability of a group."""
        return self.groups.get(group, 0.0)

    def at_most(self, group: str) -> float:
        """The probability of a group if all of the rest were of it."""
        return self.of(group) + self.rest

    def title(self, group: str) -> Wording:
        """The likeliest class of a group in this region, in words."""
        known = [(CLASS_BY_NAME.get(c.commodity), c.probability) for c in self.region.candidates]
        of_group = [(k, p) for k, p in known if k is not None and k.group == group]
        return max(of_group, key=lambda pair: pair[1])[0].in_words if of_group else group_in_words(group)


def part_fit(region: CommodityRegion, declared_groups: set[str]) -> PartFit | None:
    """None where the region is more likely empty than not."""
    groups: dict[str, float] = defaultdict(float)
    for candidate in region.candidates:
        known = CLASS_BY_NAME.get(candidate.commodity)
        groups[known.group if known else candidate.commodity] += candidate.probability
    loaded = 1 - groups.pop(EMPTY_GROUP, 0.0)
    if loaded < 0.5 or not groups:
        return None
    shares = {group: probability / loaded for group, probability in groups.items()}
    declared = sum(shares.get(group, 0.0) for group in declared_groups)
    return PartFit(region, shares, declared, max(1 - sum(shares.values()), 0.0))


def sizable(regions: tuple[CommodityRegion, ...], unit: int) -> list[CommodityRegion]:
    """The regions of a unit that are large enough to decide."""
    of_unit = [region for region in regions if region.unit == unit and region.candidates]
    area = sum(region.box.width * region.box.height for region in of_unit)
    return [
        region for region in of_unit if region.box.width * region.box.height >= LEAST_REGION_SHARE * area
    ] or of_unit
