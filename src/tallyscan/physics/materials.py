"""Materials of cargo, of structure and of what is hidden.

Compositions are chemical formulas or mass fractions of the substance; densities in g/cm3 are of the solid or
liquid (CRC Handbook of Chemistry and Physics, and common data sheets), not of the stowed goods.
"""

from tallyscan.physics.attenuation import Material, mixture, of_atoms

POLYETHYLENE = of_atoms("polyethylene", 0.94, C=2, H=4)
WATER = of_atoms("water", 1.0, H=2, O=1)
CELLULOSE = of_atoms("cellulose", 1.5, C=6, H=10, O=5)
SUGAR = of_atoms("sugar", 1.59, C=12, H=22, O=11)
COCAINE = of_atoms("cocaine", 1.2, C=17, H=21, N=1, O=4)
FAT = of_atoms("fat", 0.92, C=57, H=104, O=6)
PROTEIN = Material("protein", {"C": 0.53, "H": 0.07, "N": 0.16, "O": 0.23, "S": 0.01}, 1.35)
RUBBER = of_atoms("rubber", 0.95, C=5, H=8)
NYLON = of_atoms("polyamide", 1.14, C=6, H=11, N=1, O=1)
POLYESTER = of_atoms("polyester", 1.38, C=10, H=8, O=4)
SALT = of_atoms("salt", 2.16, Na=1, Cl=1)
SILICA = of_atoms("silica", 2.2, Si=1, O=2)
LIME = of_atoms("calcium carbonate", 2.71, Ca=1, C=1, O=3)
APATITE = of_atoms("apatite", 3.16, Ca=5, P=3, O=13, H=1)
ALUMINIUM = Material("aluminium", {"Al": 1.0}, 2.70)
STEEL = Material("steel", {"Fe": 1.0}, 7.87)
COPPER = Material("copper", {"Cu": 1.0}, 8.96)
LEAD = Material("lead", {"Pb": 1.0}, 11.34)
TUNGSTEN = Material("tungsten", {"W": 1.0}, 19.3)
URANIUM = Material("uranium", {"U": 1.0}, 19.1)
GOLD = Material("gold", {"Au": 1.0}, 19.3)
CARBON = Material("carbon", {"C": 1.0}, 2.0)

WOOD = mixture("wood", [(CELLULOSE, 0.88), (WATER, 0.12)], 0.55)
PAPER = mixture("paper", [(CELLULOSE, 0.85), (LIME, 0.10), (WATER, 0.05)])
MEAT = mixture("meat", [(WATER, 0.70), (PROTEIN, 0.20), (FAT, 0.10)])
FRUIT = mixture("fruit", [(WATER, 0.85), (SUGAR, 0.12), (CELLULOSE, 0.03)])
TOBACCO = mixture("tobacco", [(CELLULOSE, 0.72), (WATER, 0.12), (PROTEIN, 0.10), (LIME, 0.06)])
TEXTILE = mixture("textile", [(CELLULOSE, 0.5), (POLYESTER, 0.5)])
COFFEE = mixture("coffee", [(CELLULOSE, 0.65), (PROTEIN, 0.12), (FAT, 0.13), (WATER, 0.10)])
CEMENT = mixture("cement", [(LIME, 0.65), (SILICA, 0.30), (Material("iron", {"Fe": 1.0}), 0.05)], 2.4)
TYRE = mixture("tyre", [(RUBBER, 0.60), (CARBON, 0.25), (STEEL, 0.15)])
ELECTRONICS = mixture("electronics", [(POLYESTER, 0.45), (SILICA, 0.2), (COPPER, 0.15), (STEEL, 0.2)])
GLASS = mixture("glass", [(SILICA, 0.72), (LIME, 0.18), (SALT, 0.10)], 2.5)
FERTILISER = of_atoms("ammonium nitrate", 1.72, N=2, H=4, O=3)
DRINKS = mixture("bottled drinks", [(WATER, 0.78), (GLASS, 0.22)])
CANNED = mixture("canned food", [(FRUIT, 0.88), (STEEL, 0.12)])

# What is hidden. Formulas of the pure substance; tissue and bone are ICRU Report 44 (NIST's tables of mixtures).
HEROIN = of_atoms("heroin", 1.1, C=21, H=23, N=1, O=5)
AMPHETAMINE = of_atoms("amphetamine sulphate", 1.0, C=18, H=28, N=2, O=4, S=1)
METHAMPHETAMINE = of_atoms("methamphetamine hydrochloride", 0.9, C=10, H=16, N=1, Cl=1)
CANNABIS_RESIN = mixture(
    "cannabis resin",
    [(of_atoms("cannabinol", None, C=21, H=30, O=2), 0.6), (CELLULOSE, 0.3), (WATER, 0.1)],
    1.1,
)
CANNABIS_HERB = mixture("cannabis herb", [(CELLULOSE, 0.7), (CANNABIS_RESIN, 0.2), (WATER, 0.1)], 0.3)
MOIST_TOBACCO = mixture("cut tobacco", [(TOBACCO, 0.93), (WATER, 0.07)], 0.35)
HEXOGEN = of_atoms("hexogen", 1.65, C=3, H=6, N=6, O=6)
BRASS = Material("brass", {"Cu": 0.70, "Zn": 0.30}, 8.53)
AMMUNITION = mixture("ammunition", [(LEAD, 0.32), (BRASS, 0.38), (STEEL, 0.22), (HEXOGEN, 0.08)])
SOFT_TISSUE = Material(
    "soft tissue",
    {
        "H": 0.102, "C": 0.143, "N": 0.034, "O": 0.708, "Na": 0.002, "P": 0.003, "S": 0.003, "Cl": 0.002, "K": 0.003,
    },
    1.06,
)  # fmt: skip
BONE = Material(
    "cortical bone",
    {
        "H": 0.034, "C": 0.155, "N": 0.042, "O": 0.435, "Na": 0.001, "Mg": 0.002, "P": 0.103, "S": 0.003, "Ca": 0.225,
    },
    1.92,
)  # fmt: skip
IVORY = mixture("ivory", [(APATITE, 0.65), (PROTEIN, 0.25), (WATER, 0.10)], 1.8)
ETHANOL = of_atoms("ethanol", 0.789, C=2, H=6, O=1)
SPIRITS = mixture("spirits", [(WATER, 0.667), (ETHANOL, 0.333)], 0.95)
MEDICINE = mixture("packed medicine", [(SUGAR, 0.35), (PAPER, 0.35), (POLYETHYLENE, 0.22), (ALUMINIUM, 0.08)])
SULPHURIC_ACID = of_atoms("sulphuric acid", 1.83, H=2, S=1, O=4)
LEAD_ACID = mixture(
    "lead-acid battery", [(LEAD, 0.65), (SULPHURIC_ACID, 0.08), (WATER, 0.17), (POLYETHYLENE, 0.1)], 2.5
)
POLYURETHANE = Material("polyurethane", {"C": 0.63, "H": 0.06, "N": 0.07, "O": 0.24}, 1.1)
PVC = of_atoms("polyvinyl chloride", 1.38, C=2, H=3, Cl=1)
DIESEL = of_atoms("diesel", 0.84, C=12, H=23)
POTASH = of_atoms("potassium chloride", 1.98, K=1, Cl=1)
UREA = of_atoms("urea", 1.32, C=1, H=4, N=2, O=1)
PHOSPHATE = of_atoms("diammonium phosphate", 1.62, N=2, H=9, P=1, O=4)
HEMATITE = of_atoms("hematite", 5.26, Fe=2, O=3)
BAUXITE = mixture(
    "bauxite", [(of_atoms("gibbsite", None, Al=1, O=3, H=3), 0.75), (HEMATITE, 0.2), (SILICA, 0.05)], 2.5
)
GYPSUM = of_atoms("gypsum", 2.32, Ca=1, S=1, O=6, H=4)
ALUMINA = of_atoms("alumina", 3.95, Al=2, O=3)
CERAMIC = mixture("fired ceramic", [(SILICA, 0.7), (ALUMINA, 0.22), (LIME, 0.08)], 2.3)
GRANITE = mixture("granite", [(SILICA, 0.73), (ALUMINA, 0.15), (POTASH, 0.07), (HEMATITE, 0.05)], 2.65)
ZINC = Material("zinc", {"Zn": 1.0}, 7.14)
LEATHER = mixture("leather", [(PROTEIN, 0.78), (WATER, 0.15), (FAT, 0.07)], 0.9)
WET_HIDE = mixture("wet-salted hide", [(PROTEIN, 0.32), (WATER, 0.50), (SALT, 0.12), (FAT, 0.06)], 1.15)
STARCH = mixture("grain", [(CELLULOSE, 0.76), (PROTEIN, 0.11), (WATER, 0.13)], 1.35)
PET = of_atoms("polyethylene terephthalate", 1.38, C=10, H=8, O=4)
POLYSTYRENE = of_atoms("polystyrene", 1.05, C=8, H=8)
SOAP = mixture("detergent", [(FAT, 0.4), (WATER, 0.35), (of_atoms("soda", None, Na=2, C=1, O=3), 0.25)], 1.05)
CAUSTIC = mixture(
    "caustic soda, 50 %", [(WATER, 0.5), (of_atoms("sodium hydroxide", None, Na=1, O=1, H=1), 0.5)], 1.53
)
WET_WOOD = mixture("wet timber", [(CELLULOSE, 0.6), (WATER, 0.4)], 0.85)
PHARMACEUTICALS = mixture(
    "medicines and cosmetics in packs", [(SUGAR, 0.3), (WATER, 0.25), (PAPER, 0.3), (PET, 0.15)]
)
CIGARETTES = mixture(
    "cigarettes in packs", [(TOBACCO, 0.68), (PAPER, 0.27), (ALUMINIUM, 0.01), (POLYESTER, 0.04)]
)
APPLIANCE = mixture(
    "white goods", [(STEEL, 0.55), (POLYSTYRENE, 0.3), (COPPER, 0.05), (ALUMINIUM, 0.05), (SILICA, 0.05)]
)
