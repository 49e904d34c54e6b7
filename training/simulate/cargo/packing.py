"""A way of packing goods of one class: a generator with the materials, sizes and heights of that class."""

from dataclasses import dataclass

from tallyscan.commodity import CLASS_BY_NAME
from training.simulate.cargo.stowage import Generator, Rng, Span, all_clipped, at_stow_density
from training.simulate.solids import Box3, Solid

MARGIN = 0.04  # of the published range that is not drawn at either end: goods are fitted, not exact


@dataclass(frozen=True)
class Packing:
    """Goods of a class, packed in one way.

    `height_mm` is how high such goods usually stand (None: as high as there is room); `stow_kg_m3` the part of the
    class's range of stow densities that this way of packing has (None: all of it); `least_mm` and
    `across_mm` are the length along the travel and the depth that one piece of it needs. One packing of every class is
    held out of training, to test generalisation.
    """

    commodity: str
    name: str
    stow: Generator
    held_out: bool = False
    height_mm: Span | None = None
    stow_kg_m3: Span | None = None
    least_mm: float = 300.0
    across_mm: float = 300.0

    @property
    def range_kg_m3(self) -> Span:
        """Stow densities that `pack` draws."""
        low, high = self.stow_kg_m3 or CLASS_BY_NAME[self.commodity].stow_density_kg_m3
        return low + MARGIN * (high - low), high - MARGIN * (high - low)

    def pack(self, rng: Rng, room: Box3, kg_m3: float | None = None) -> list[Solid]:
        """Goods standing on the floor of the room, with their pallets and packaging, as heavy as such goods are.

        `kg_m3` is the stow density; None draws it.
        """
        wanted = float(rng.uniform(*self.range_kg_m3)) if kg_m3 is None else kg_m3
        drawn = self.stow(rng, room, wanted)
        inside = drawn._replace(goods=all_clipped(drawn.goods, room), fixed=all_clipped(drawn.fixed, room))
        stow = at_stow_density(inside, room, wanted)
        return [*stow.goods, *stow.fixed]
