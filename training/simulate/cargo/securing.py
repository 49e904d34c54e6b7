"""Where dunnage and honest oddities go: into the gaps, on the free floor, on the walls, over the goods."""

from collections.abc import Sequence

from training.simulate.cargo import dunnage
from training.simulate.cargo.stowage import Rng, Span, all_clipped, pick
from training.simulate.parts import Goods, Unit
from training.simulate.solids import Box3, Solid

BULK_UNITS = frozenset({"tipper_trailer", "open_wagon"})
NARROWEST_MM = 110.0  # a gap that something can be put in
AIRBAG_GAP_MM = (120.0, 520.0)
AIRBAG_SHARE, STRAP_SHARE = 0.3, 0.25
CLEAN_SHARE = 0.45  # of empty units that hold nothing at all


def free_spans(room: Box3, goods: Sequence[Goods]) -> list[Span]:
    """Stretches along the travel where no goods stand."""
    taken = sorted((s.extent.x0, s.extent.x1) for g in goods for s in g.solids)
    spans, x = [], room.x0
    for a, b in taken:
        if a - x > NARROWEST_MM:
            spans.append((x, a))
        x = max(x, b)
    if room.x1 - x > NARROWEST_MM:
        spans.append((x, room.x1))
    return spans


def dunnage_of(rng: Rng, unit: Unit, goods: Sequence[Goods]) -> tuple[tuple[Solid, ...], tuple[str, ...]]:
    """Solids of dunnage and oddities, and their names. In a unit without goods nothing heavy."""
    room = unit.room.inset(5, 0, 5)
    solids, notes = list[Solid](), list[str]()
    if not goods and rng.random() < CLEAN_SHARE:
        return (), ()
    spans = free_spans(room, goods)
    for a, b in spans:
        inside = goods and a > room.x0 + 1 and b < room.x1 - 1
        if inside and AIRBAG_GAP_MM[0] < b - a < AIRBAG_GAP_MM[1] and rng.random() < AIRBAG_SHARE:
            top = min(max(s.extent.y1 for g in goods for s in g.solids), room.y1)
            if top - room.y0 > 500:
                solids += dunnage.airbag(rng, Box3(a + 5, b - 5, room.y0, top, room.z0, room.z1))
                notes.append("airbag")
    for name, chance, length, put in dunnage.ON_FLOOR:
        wide = [s for s in spans if s[1] - s[0] > length + 20]
        if not wide or rng.random() > chance or (not goods and name in dunnage.MACHINES_LEFT_BEHIND):
            continue
        a, b = pick(rng, wide)
        solids += put(rng, room._replace(x0=a + 5, x1=b - 5))
        notes.append(name)
    if (
        unit.kind in ("container", "trailer")
        and unit.equipment not in BULK_UNITS
        and room.x1 - room.x0 > 2500
    ):
        for name, chance, place in dunnage.ON_WALLS:
            if rng.random() < chance:
                solids += place(rng, room)
                notes.append(name)
    if goods and rng.random() < STRAP_SHARE:
        block = pick(rng, goods).solids
        around = Box3(
            min(s.extent.x0 for s in block), max(s.extent.x1 for s in block), room.y0,
            max(s.extent.y1 for s in block), room.z0, room.z1,
        )  # fmt: skip
        if around.x1 - around.x0 > 300 and around.y1 - around.y0 > 400:
            solids += dunnage.straps(rng, around.inset(100, 0, 0))
            notes.append("straps")
    return tuple(all_clipped(solids, unit.room)), tuple(notes)
