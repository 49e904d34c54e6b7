"""Common bottles, cans, drums and tubs (typical values of makers' data sheets)."""

from tallyscan.physics import materials as m
from training.simulate.cargo.rounds import BOTTLE, CYLINDER, JAR, Vessel

GLASS_BOTTLE = Vessel(
    (60, 90), (230, 330), BOTTLE, (0.75, 0.93), (2.5, 4.5), (m.WATER, m.DRINKS, m.SPIRITS), m.GLASS, 2.5
)
PET_BOTTLE = Vessel(
    (62, 120),
    (210, 340),
    ((0.72, 1.0), (0.86, 0.75), (1.0, 0.3)),
    (0.8, 0.95),
    (0.3, 0.6),
    (m.WATER,),
    m.PET,
    1.38,
)
CAN = Vessel(
    (65, 108),
    (70, 140),
    CYLINDER,
    (0.9, 0.98),
    (0.2, 0.3),
    (m.FRUIT, m.MEAT, m.WATER),
    m.STEEL,
    7.87,
    lid_mm=0.5,
)
GLASS_JAR = Vessel(
    (60, 110), (90, 190), JAR, (0.82, 0.93), (2.0, 4.0), (m.FRUIT, m.WATER, m.SUGAR), m.GLASS, 2.5
)
STEEL_DRUM = Vessel(
    (570, 600), (850, 900), CYLINDER, (0.75, 0.97), (0.9, 1.3), (m.WATER, m.FAT, m.ETHANOL, m.CAUSTIC, m.SOAP),
    m.STEEL, 7.87, (0.8, 1.2), 1.2,
)  # fmt: skip
PLASTIC_DRUM = Vessel(
    (380, 590), (560, 950), ((0.06, 0.92), (0.92, 1.0), (1.0, 0.8)), (0.7, 0.97), (3, 6),
    (m.WATER, m.CAUSTIC, m.SOAP), m.POLYETHYLENE, 0.95, (0.8, 1.3),
)  # fmt: skip
FIBRE_DRUM = Vessel(
    (350, 560),
    (500, 900),
    CYLINDER,
    (0.6, 0.95),
    (4, 7),
    (m.SOAP, m.SALT, m.UREA),
    m.PAPER,
    0.9,
    (0.6, 1.1),
    1,
)
OCTABIN = Vessel(
    (1020, 1150), (1000, 1900), CYLINDER, (0.8, 0.97), (12, 20), (m.POLYETHYLENE, m.POLYSTYRENE, m.PET, m.PVC),
    m.PAPER, 0.5, (0.5, 0.6),
)  # fmt: skip
HOGSHEAD = Vessel(
    (900, 1150), (1100, 1250), CYLINDER, (0.96, 1.0), (8, 14), (m.TOBACCO,), m.WOOD, 0.55, (0.3, 0.5), 12
)
COSMETIC_JAR = Vessel(
    (35, 75), (80, 220), JAR, (0.6, 0.92), (1.0, 3.0), (m.SOAP, m.WATER), m.POLYETHYLENE, 0.95
)
