"""What tanks hold: a liquid up to a level, with some air above it."""

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.liquids import tank_fill
from training.simulate.cargo.stowage import Rng, pick
from training.simulate.parts import Goods, Unit

PACKING = "tank_fill"
# Liquid and its density in g/cm3 (common data sheets), by class.
LIQUIDS: dict[str, tuple[tuple[Material, float, float], ...]] = {
    "edible_oil_liquid": ((m.FAT, 0.90, 0.93), (m.WATER, 0.98, 1.1), (m.SUGAR, 1.3, 1.42)),
    "chemicals_drums": (
        (m.ETHANOL, 0.78, 0.88), (m.CAUSTIC, 1.3, 1.53), (m.SULPHURIC_ACID, 1.5, 1.83), (m.DIESEL, 0.78, 0.87),
        (m.SOAP, 1.0, 1.1),
    ),
    "bottled_drinks": ((m.WATER, 0.98, 1.05), (m.SPIRITS, 0.94, 0.97)),
}  # fmt: skip
FULL_SHARE = 0.7
"""Tanks are sent nearly full, for the sake of surge; the rest are part emptied."""


def tank_goods(rng: Rng, unit: Unit, commodity: str | None, most_kg: float, target_kg: float | None) -> Goods:
    """Liquid in a tank: 20 to 97 % full, level or, while the vehicle brakes or stands aslant, slanting."""
    name = (
        commodity
        if commodity in LIQUIDS
        else pick(rng, ("edible_oil_liquid", "chemicals_drums", "chemicals_drums"))
    )
    material, low, high = pick(rng, LIQUIDS[name])
    density = rng.uniform(low, high)
    length, height, depth = unit.room.size
    full_kg = 0.785 * height * depth * length * density * 1e-6
    fill = rng.uniform(0.8, 0.97) if rng.random() < FULL_SHARE else rng.uniform(0.2, 0.8)
    fill = target_kg / full_kg if target_kg is not None else fill
    fill = min(fill, most_kg / full_kg, 0.97)
    slant = rng.normal(0, 0.04) if rng.random() < 0.2 and 0.05 < fill < 0.93 else 0.0
    solids = tank_fill(rng, unit.room, material, fill, density_g_cm3=density, slant=slant)
    return Goods(name, PACKING, tuple(solids))
